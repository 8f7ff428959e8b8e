//! What `report` is given: files of any kind, read one after the other and
//! put together into one detector.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::detect::{Detector, View};
use crate::exit::{Failure, Trouble};
use crate::import::runner_log::{self, LogFile, Process};
use crate::import::scaler_log::{self, ScalerLog};
use crate::import::{
    self, Account, Assumed, FileKind, Home, Joined, Lists, LoggedScopes, Opened, ReadingLine,
    StatedJobs,
};
use crate::model::{Caveat, Host, ImportedJob, Lacking, Record, RunnerId, Scope};
use crate::progress::Progress;
use crate::report::{SourceKind, SourceNote};

mod advice;
mod recordings;
#[cfg(test)]
mod tests;

use advice::what_to_try;
use recordings::{Recording, Together};

/// What the files hold. Of logs only what was understood is kept.
#[derive(Default)]
pub(super) struct Evidence {
    recordings: Vec<Recording>,
    jobs: Vec<ImportedJob>,
    /// With the note about the file that states it.
    stated: Vec<(Note, StatedJobs)>,
    /// Whether there may be jobs that could not be read.
    unread: bool,
    readings: Vec<ReadingLine>,
    scaler_logs: Vec<(Note, ScalerLog)>,
    runner_logs: Vec<(Note, LogFile)>,
    sources: Vec<SourceNote>,
    caveats: Vec<Caveat>,
}

/// Everything, ready to be judged.
pub(super) struct Gathered {
    pub(super) detector: Detector,
    /// What the detector was fed, where that is wanted.
    pub(super) records: Vec<Record>,
    pub(super) sources: Vec<SourceNote>,
    pub(super) caveats: Vec<Caveat>,
}

/// What an analysis will look at.
type ViewOf<'a> = &'a dyn Fn(&Detector) -> View;

/// Whether records are kept besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    Records,
    Nothing,
}

/// A detector, and what it is fed.
struct Feed {
    detector: Detector,
    records: Vec<Record>,
    keep: Keep,
}

impl Feed {
    fn feed(&mut self, record: Record) {
        if self.keep == Keep::Records {
            self.records.push(record.clone());
        }
        self.detector.feed(record);
    }

    /// Lets go of what is over, unless all of it is kept.
    fn feed_again(&mut self, record: Record, view: ViewOf) {
        match self.keep {
            Keep::Records => self.feed(record),
            Keep::Nothing => self.detector.feed_again(record, view),
        }
    }
}

/// Index of the note about a file whose account is still open.
type Note = usize;

impl Evidence {
    /// Reads all files. They are read in the order of their names, so that
    /// nothing depends on that of the arguments. Of recordings only the
    /// beginning is read here: they can be longer than memory.
    pub(super) fn read(files: &[PathBuf], progress: &Progress) -> Result<Self, Failure> {
        let mut files: Vec<_> = files.iter().collect();
        files.sort();
        let stdin = files.iter().filter(|file| **file == Path::new("-"));
        if 1 < stdin.count() {
            let error = anyhow::anyhow!("nothing was reported: standard input was given twice");
            let hint = "give - once, and the others as files";
            return Err(Failure::Usage(Trouble::new(error).hint(hint)));
        }
        let sizes = files.iter().filter_map(|file| fs::metadata(file).ok());
        progress.expects(sizes.map(|about| about.len()).sum());
        let mut evidence = Self::default();
        for file in files {
            evidence.file(file, progress).map_err(|error| {
                let hint = what_to_try(&error, file);
                let what = format!("nothing was reported: cannot read {}", file.display());
                Failure::Usage(Trouble::new(error.context(what)).hint(hint))
            })?;
        }
        Ok(evidence)
    }

    /// Adds jobs that were read elsewhere: what logs tell is joined with them,
    /// and nothing is judged before they are known.
    pub(super) fn know(&mut self, jobs: impl Iterator<Item = ImportedJob>) {
        self.jobs.extend(jobs);
    }

    /// Feeds everything to a detector. Recordings with nothing beside them are
    /// judged by the view as they are read.
    pub(super) fn gather(
        mut self,
        scope: Option<Scope>,
        view: ViewOf,
        keep: Keep,
    ) -> Result<Gathered, Failure> {
        // By all that they say: nothing depends on the names of files.
        let whole = |one: &ImportedJob, other: &ImportedJob| {
            (&one.job, &one.host).cmp(&(&other.job, &other.host))
        };
        self.jobs.sort_by(whole);
        let hosts = self.hosts();
        let home = self.home(scope, &hosts)?;
        let mut feed = Feed {
            detector: Detector::default(),
            records: Vec::new(),
            keep,
        };
        self.feed_recordings(&mut feed, view)
            .map_err(|error| Failure::Usage(Trouble::new(error)))?;
        for job in &self.jobs {
            feed.feed(Record::Job(job.clone()));
        }
        for lacking in self.lacking(hosts, &home) {
            feed.feed(Record::Lacking(lacking));
        }
        let order = |reading: &ReadingLine| (reading.at, reading.runner_id);
        if !self.readings.is_sorted_by_key(order) {
            self.readings.sort_by_key(order);
        }
        for reading in std::mem::take(&mut self.readings) {
            if let Some(record) = reading.record(&home.host, home.scope.as_ref()) {
                feed.feed(record);
            }
        }
        self.feed_logs(&home, &mut feed);
        Ok(Gathered {
            detector: feed.detector,
            records: feed.records,
            sources: self.sources,
            caveats: self.caveats,
        })
    }

    fn feed_recordings(&mut self, feed: &mut Feed, view: ViewOf) -> anyhow::Result<()> {
        let mut recordings = std::mem::take(&mut self.recordings);
        let alone = recordings.len() == self.sources.len() && self.jobs.is_empty();
        let together = if alone {
            recordings::together(&recordings)
        } else {
            Together::SideBySide
        };
        recordings.sort_by_cached_key(Recording::begins);
        for recording in recordings {
            let note = &mut self.sources[recording.note];
            let caveats = recording.feed(feed, together, view, note)?;
            self.caveats.extend(caveats);
        }
        Ok(())
    }

    /// What files of jobs lack, all of them together.
    fn lacking(&mut self, mut hosts: BTreeSet<Host>, home: &Home) -> BTreeSet<Lacking> {
        // A job that cannot be read can be of any of them.
        hosts.insert(home.host.clone());
        let unread = hosts.into_iter().filter(|_| self.unread);
        let of_all = unread.map(|host| Lacking { host, repo: None });
        let mut lacking: BTreeSet<_> = of_all.collect();
        let lists = Lists::of(&self.jobs, self.stated.iter().map(|(_, stated)| stated));
        for (note, stated) in &self.stated {
            if let Some(given) = lists.lacking(stated) {
                let (run, total) = (stated.run, stated.total);
                let text = format!("of the {total} jobs of run {run} only {given} are given");
                self.sources[*note].notes.push(text);
                lacking.insert(Lacking {
                    host: stated.host.clone(),
                    repo: Some(stated.repo.clone()),
                });
            }
        }
        lacking
    }

    fn feed_logs(&mut self, home: &Home, feed: &mut Feed) {
        let logs = self.scaler_logs.iter().map(|(_, log)| log);
        let Joined { records, files } =
            scaler_log::join(&logs.collect::<Vec<_>>(), &self.jobs, home);
        let notes = self.scaler_logs.iter().map(|(note, _)| *note);
        settle(&mut self.sources, notes, files);
        for record in records {
            feed.feed(record);
        }
        let (notes, logs): (Vec<_>, Vec<_>) = std::mem::take(&mut self.runner_logs)
            .into_iter()
            .map(|(note, log)| (note, (Arc::from(&*self.sources[note].file), log)))
            .unzip();
        let files = runner_log::join(logs, &self.jobs, home, |record| feed.feed(record));
        settle(&mut self.sources, notes.into_iter(), files);
    }

    /// All that the files name.
    fn hosts(&self) -> BTreeSet<Host> {
        let of_jobs = self.jobs.iter().map(|job| &job.host);
        let of_recordings = self.recordings.iter().flat_map(Recording::hosts);
        let homes = self.runner_logs.iter().flat_map(|(_, log)| log.homes());
        let of_logs = homes.map(|(_, (host, _))| host);
        let all: BTreeSet<_> = of_jobs.chain(of_recordings).chain(of_logs).collect();
        all.into_iter().cloned().collect()
    }

    /// The host of what names none: the only one that the files name. With
    /// another one's jobs readings would find no job, and agree.
    fn host(&self, hosts: &BTreeSet<Host>) -> Result<Host, Failure> {
        let mut logs = self.runner_logs.iter().map(|(_, log)| log);
        let needed = !self.readings.is_empty()
            || !self.scaler_logs.is_empty()
            || logs.any(LogFile::is_homeless);
        if needed && 1 < hosts.len() {
            let names: Vec<_> = hosts.iter().map(Host::as_str).collect();
            let error = anyhow::anyhow!(
                "nothing was reported: readings and logs do not say which host they are of, and \
                 the files are of several: {}",
                names.join(", ")
            );
            let hint = "report the files of each host by themselves";
            return Err(Failure::Usage(Trouble::new(error).hint(hint)));
        }
        let host = hosts.first().cloned();
        Ok(host.unwrap_or_else(Host::github_com))
    }

    /// Where runners are whose source does not say it.
    fn home(&mut self, stated: Option<Scope>, hosts: &BTreeSet<Host>) -> Result<Home, Failure> {
        let host = self.host(hosts)?;
        let homes = self.runner_logs.iter().flat_map(|(_, log)| log.homes());
        let homes: BTreeSet<_> = homes.collect();
        let logged = self.logged_scopes(&homes);
        let needed = self.readings.iter().any(|reading| reading.scope.is_none())
            || !self.scaler_logs.is_empty();
        let wanted = needed || !self.runner_logs.is_empty();
        let scope = match import::resolve_scope(stated, &logged, &self.jobs) {
            Ok((scope, assumed)) if wanted => {
                let assumed = needed && assumed == Assumed::FromOthers;
                self.caveats.extend(assumed.then_some(Caveat::ScopeAssumed));
                Some(scope)
            }
            Err(error) if needed || (wanted && logged.all.is_empty()) => {
                let hint = "give --scope repo:OWNER/REPO, org:ORG or enterprise:NAME";
                return Err(Failure::Usage(Trouble::new(error).hint(hint)));
            }
            Ok(_) | Err(_) => None,
        };
        Ok(Home { host, scope })
    }

    fn logged_scopes(&self, homes: &BTreeSet<(Option<RunnerId>, &(Host, Scope))>) -> LoggedScopes {
        let nameless = self
            .readings
            .iter()
            .filter(|reading| reading.scope.is_none());
        let read: BTreeSet<_> = nameless.map(|reading| reading.runner_id).collect();
        let is_read = |id: &Option<RunnerId>| id.is_some_and(|id| read.contains(&id));
        let scope = |(_, (_, scope)): &(_, &(Host, Scope))| scope.clone();
        LoggedScopes {
            of_readings: homes
                .iter()
                .filter(|(id, _)| is_read(id))
                .map(scope)
                .collect(),
            all: homes.iter().map(scope).collect(),
        }
    }

    fn file(&mut self, path: &Path, progress: &Progress) -> anyhow::Result<()> {
        let source: Box<dyn Read> = if path == Path::new("-") {
            Box::new(std::io::stdin())
        } else {
            Box::new(File::open(path)?)
        };
        let Opened { head, mut source } = import::open(progress.read(source))?;
        let file = path.display().to_string();
        match import::sniff(&head)? {
            FileKind::Recording => {
                let note = self.note(file.clone(), SourceKind::Recording);
                self.recordings.push(Recording::open(note, file, source)?);
                Ok(())
            }
            FileKind::Jobs => self.imported(file, SourceKind::Jobs, source),
            FileKind::Readings => self.imported(file, SourceKind::Readings, source),
            FileKind::ScaleDownLog => {
                let log = scaler_log::read(&mut *source, &head)?;
                let note = self.note(file, SourceKind::ScaleDownLog);
                self.scaler_logs.push((note, log));
                Ok(())
            }
            FileKind::RunnerLog(process, layout) => {
                let log = runner_log::read(&mut *source, layout, process)?;
                self.runner_log(file, process, log);
                Ok(())
            }
            FileKind::RunnerSettings => {
                self.runner_log(file, Process::Runner, LogFile::of_settings(&head));
                Ok(())
            }
            FileKind::Neighbor(neighbor) => {
                let note = self.note(file, SourceKind::RunnerLog);
                self.sources[note].skipped = 1;
                self.sources[note].notes.push(neighbor.as_str().to_owned());
                Ok(())
            }
        }
    }

    fn runner_log(&mut self, file: String, process: Process, log: LogFile) {
        let kind = match process {
            Process::Runner => SourceKind::RunnerLog,
            Process::Worker => SourceKind::WorkerLog,
        };
        let note = self.note(file, kind);
        self.runner_logs.push((note, log));
    }

    /// Opens the account of a file.
    fn note(&mut self, file: String, kind: SourceKind) -> Note {
        self.sources.push(SourceNote {
            file,
            kind,
            records: 0,
            skipped: 0,
            notes: Vec::new(),
        });
        self.sources.len() - 1
    }

    fn imported(
        &mut self,
        file: String,
        kind: SourceKind,
        mut reader: impl BufRead,
    ) -> anyhow::Result<()> {
        let imported = if kind == SourceKind::Readings {
            import::read_readings(&mut reader)?
        } else {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes)?;
            import::parse_jobs(&bytes)?
        };
        self.sources.push(SourceNote {
            file,
            kind,
            records: (imported.jobs.len() + imported.readings.len()) as u64,
            skipped: imported.skipped.len() as u64,
            notes: imported.skipped,
        });
        self.jobs.extend(imported.jobs);
        let note = self.sources.len() - 1;
        let stated = imported.stated.into_iter();
        self.stated.extend(stated.map(|stated| (note, stated)));
        self.unread |= imported.unread;
        if self.readings.is_empty() {
            // There can be millions: not held twice.
            self.readings = imported.readings;
        } else {
            self.readings.extend(imported.readings);
        }
        Ok(())
    }
}

/// Enters what became of files into the notes about them.
fn settle(sources: &mut [SourceNote], notes: impl Iterator<Item = Note>, files: Vec<Account>) {
    for (note, account) in notes.zip(files) {
        let source = &mut sources[note];
        source.records += account.records;
        source.skipped += account.skipped;
        source.notes.extend(account.notes);
    }
}
