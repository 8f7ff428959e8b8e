//! Where recording and judging meet: every record goes to the recording
//! first, and what the recording holds of it goes to the detector, so that a
//! report made again from the recording is the same report.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::carry::Carry;
use crate::detect::{Detector, View};
use crate::model::{
    Analysis, Caveat, Finding, JobId, Purpose, Record, RunnerId, Sandwich, Span, Timestamp,
};
use crate::record::{Notes, ROTATE_AT, Read, Reader, Recorder, RecordingError, delete_before};

#[cfg(test)]
mod tests;

/// A recording, if one is kept, and the detector behind it.
pub(crate) struct Ledger {
    pub(crate) detector: Detector,
    recorder: Option<Recorder>,
    path: Option<PathBuf>,
    caveats: Vec<Caveat>,
    raws: RawProofs,
    /// Rotated parts older than this are deleted.
    kept: Option<Span>,
    /// The first failed write, told at once and in the summary.
    failed: Option<RecordingError>,
}

/// Whether the recording went on in a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rotated {
    Yes,
    No,
}

/// Raw bodies of sandwiches: the first and the last that held are kept, as long
/// as their period is open.
#[derive(Debug, Default)]
struct RawProofs {
    bodies: BTreeMap<u64, Arc<str>>,
    first: BTreeMap<(RunnerId, JobId), Sandwich>,
    last: BTreeMap<(RunnerId, JobId), Sandwich>,
}

impl Ledger {
    /// A ledger that keeps no recording.
    pub(crate) fn unrecorded() -> Self {
        Self {
            detector: Detector::default(),
            recorder: None,
            path: None,
            caveats: Vec::new(),
            raws: RawProofs::default(),
            kept: None,
            failed: None,
        }
    }

    /// A ledger on a recording: what it holds is read first, then it is
    /// appended to. What is over in it is judged by the view.
    ///
    /// # Errors
    /// When the file is in use, is not a recording, or cannot be written.
    pub(crate) fn open(
        path: &Path,
        view: &dyn Fn(&Detector) -> View,
    ) -> Result<Self, RecordingError> {
        Self::open_short(path, ROTATE_AT, view)
    }

    /// The same, with files that are rotated at another length.
    pub(crate) fn open_short(
        path: &Path,
        rotate_at: u64,
        view: &dyn Fn(&Detector) -> View,
    ) -> Result<Self, RecordingError> {
        let mut ledger = Self::unrecorded();
        // The lock first: nothing is written while it is read.
        ledger.recorder = Some(Recorder::open(path, rotate_at)?);
        ledger.read(path, view)?;
        ledger.path = Some(path.to_owned());
        Ok(ledger)
    }

    /// The same, with rotated parts kept for so long; `None` keeps all.
    pub(crate) fn keeping(self, kept: Option<Span>) -> Self {
        Self { kept, ..self }
    }

    fn read(
        &mut self,
        path: &Path,
        view: &dyn Fn(&Detector) -> View,
    ) -> Result<(), RecordingError> {
        let mut reader = reader(path)?;
        for read in &mut reader {
            if let Read::Record { record, .. } = read? {
                self.detector.feed_again(*record, view);
            }
        }
        self.caveats.extend(caveats(reader.notes()));
        Ok(())
    }

    /// Where the recording is.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Records, then judges. A failed write loses no judgment; it is kept for
    /// the summary.
    pub(crate) fn take(&mut self, records: Vec<Record>) {
        self.raws.note(&records);
        let recorded = match &mut self.recorder {
            None => records,
            Some(recorder) => {
                let appended = recorder.append(records);
                if let Some(error) = appended.failure {
                    self.failed.get_or_insert(error);
                }
                appended.records
            }
        };
        for record in recorded {
            self.detector.feed(record);
        }
    }

    /// Keeps bodies of reads by id until it is known whether they are proof.
    pub(crate) fn take_raws(&mut self, raws: Vec<(u64, Arc<str>)>) {
        self.raws.bodies.extend(raws);
    }

    /// Makes everything durable, and writes the bodies of what an analysis
    /// proved.
    pub(crate) fn sync(&mut self, analysis: &Analysis) {
        for (number, body) in self.raws.worth_keeping(analysis) {
            self.write(|recorder| recorder.append_raw(number, &body));
        }
        self.write(Recorder::sync);
    }

    /// Begins a new file when the recording has grown long. The detector knows
    /// everything already; the new file begins with what is open.
    pub(crate) fn rotate_if_long(&mut self, analysis: &Analysis) -> Rotated {
        let long = self.recorder.as_ref().filter(|it| it.wants_rotation());
        let Some(path) = long.map(Recorder::written_to) else {
            return Rotated::No;
        };
        let mut carry = Carry::of(analysis);
        if let Err(error) = each_record(&path, |record| carry.take(record)) {
            self.failed.get_or_insert(error);
            return Rotated::No;
        }
        self.write(|recorder| {
            let appended = recorder.rotate(carry.finish())?;
            appended.failure.map_or(Ok(()), Err)
        });
        Rotated::Yes
    }

    /// Deletes the rotated parts that are not to be kept any longer.
    pub(crate) fn delete_old(&self, now: Timestamp) -> Result<(), RecordingError> {
        let Some((path, kept)) = self.path.as_ref().zip(self.kept) else {
            return Ok(());
        };
        delete_before(path, now - kept)
    }

    /// What a report must say about the recording.
    pub(crate) fn caveats(&self) -> &[Caveat] {
        &self.caveats
    }

    /// The first write that failed.
    pub(crate) fn failed(&self) -> Option<&RecordingError> {
        self.failed.as_ref()
    }

    fn write(&mut self, write: impl FnOnce(&mut Recorder) -> Result<(), RecordingError>) {
        let Some(recorder) = &mut self.recorder else {
            return;
        };
        if let Err(error) = write(recorder) {
            self.failed.get_or_insert(error);
        }
    }
}

/// What a recording holds that somebody else may be writing: read without its
/// lock, up to the last whole line. A recording that does not exist holds
/// nothing.
///
/// # Errors
/// When it cannot be read, or is none.
pub(crate) fn glance(path: &Path) -> Result<Detector, RecordingError> {
    let mut detector = Detector::default();
    if path.try_exists().is_ok_and(|exists| exists) {
        each_record(path, |record| detector.feed(record))?;
    }
    Ok(detector)
}

fn reader(path: &Path) -> Result<Reader<BufReader<File>>, RecordingError> {
    let file = File::open(path).map_err(|source| RecordingError::File {
        doing: "read",
        path: path.to_owned(),
        source,
    })?;
    Ok(Reader::new(BufReader::with_capacity(1 << 16, file)))
}

/// Hands on every record of a file.
fn each_record(path: &Path, mut take: impl FnMut(Record)) -> Result<(), RecordingError> {
    for read in &mut reader(path)? {
        match read? {
            Read::Record { record, .. } => take(*record),
            Read::Raw { .. } => {}
        }
    }
    Ok(())
}

/// What damage in a recording means for trust in a report from it.
pub(super) fn caveats(notes: &Notes) -> Vec<Caveat> {
    let repaired = (0 < notes.repaired).then_some(Caveat::RecordingRepaired);
    let damaged = (0 < notes.skipped()).then_some(Caveat::RecordingDamaged);
    repaired.into_iter().chain(damaged).collect()
}

impl RawProofs {
    fn note(&mut self, records: &[Record]) {
        for record in records {
            let Record::Sandwich(sandwich) = record else {
                continue;
            };
            let key = (sandwich.runner, sandwich.job);
            let whole = sandwich
                .parts
                .iter()
                .all(|part| self.bodies.contains_key(part));
            let candidate = sandwich.purpose == Purpose::Candidate;
            if candidate && sandwich.parts.len() == 3 && whole {
                self.first.entry(key).or_insert_with(|| sandwich.clone());
                self.last.insert(key, sandwich.clone());
            }
        }
        let kept = self.first.values().chain(self.last.values());
        let kept: Vec<_> = kept
            .flat_map(|sandwich| sandwich.parts.iter().copied())
            .collect();
        self.bodies.retain(|number, _| kept.contains(number));
    }

    /// Bodies of the first sandwich of every finding, at once; of the last,
    /// when the period has ended.
    fn worth_keeping(&mut self, analysis: &Analysis) -> Vec<(u64, Arc<str>)> {
        let mut worth = Vec::new();
        for period in analysis
            .periods
            .iter()
            .filter(|p| p.finding == Finding::Yes)
        {
            let Some(job) = &period.job else { continue };
            let key = (period.runner.key.id, job.job.id);
            let first = self.first.get(&key).into_iter();
            let last = self.last.get(&key).filter(|_| period.end.by.is_some());
            for part in first.chain(last).flat_map(|sandwich| &sandwich.parts) {
                worth.extend(self.bodies.remove_entry(part));
            }
        }
        self.forget_closed(analysis);
        worth
    }

    fn forget_closed(&mut self, analysis: &Analysis) {
        let open = analysis.periods.iter().filter(|p| p.end.by.is_none());
        let open = open.filter_map(|p| Some((p.runner.key.id, p.job.as_ref()?.job.id)));
        let open: BTreeSet<_> = open.collect();
        self.first.retain(|key, _| open.contains(key));
        self.last.retain(|key, _| open.contains(key));
    }
}
