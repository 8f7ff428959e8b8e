//! `report --bundle`: everything a support ticket needs in one file, under
//! pseudonyms.
//!
//! It is written beside its place, read again and searched for every name
//! before it gets its own: a bundle with a name in it never exists.

mod archive;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use serde::Serialize;

use super::again;
use super::excerpt::{excerpt, headed};
use super::output::{Output, Surroundings, failed, no_place, rendered};
use crate::detect::{Detector, View};
use crate::exit::{Failure, Trouble};
use crate::model::{Analysis, Period, Record};
use crate::record;
use crate::redact::{Blank, Original, Redactor, Search};
use crate::report::{self, Asked, BUNDLED, Format, Named, SourceNote};
use crate::streams;
use crate::whole::{Readers, WholeFile, Written};

/// A bundle's place, and that of the list of names; known to be writable
/// before any work.
pub(super) struct Bundle {
    zip: WholeFile,
    list: Option<WholeFile>,
    named: PathBuf,
}

/// What a bundle is made from.
#[derive(Clone)]
pub(super) struct Made<'a> {
    pub(super) output: &'a Output,
    pub(super) analysis: &'a Analysis,
    pub(super) records: &'a [Record],
    pub(super) around: Surroundings<'a>,
    pub(super) view: &'a View,
    /// Judging flags as a command line.
    pub(super) flags: String,
}

/// A file by its name.
type File = (&'static str, Vec<u8>);

impl Bundle {
    /// # Errors
    /// When a file cannot be created where it is wanted.
    pub(super) fn open(path: &Path, named: Named) -> Result<Self, Failure> {
        let open = |path: &Path, readers| {
            WholeFile::create(path, readers).map_err(|error| no_place(path, &error))
        };
        let list = match named {
            Named::Originals => None,
            Named::Pseudonyms => Some(open(&list_of(path), Readers::Owner)?),
        };
        Ok(Self {
            zip: open(path, Readers::Usual)?,
            list,
            named: path.to_owned(),
        })
    }

    /// Writes it with names as they are.
    pub(super) fn write_plain(self, made: &Made) -> Result<(), Failure> {
        let files = made.files(
            made.analysis,
            made.around.sources,
            Clone::clone,
            Named::Originals,
        )?;
        check_periods(&files, made.analysis, made.view)?;
        let zipped = archive::zipped(&files).map_err(unmade)?;
        let what = format!("cannot write {}", self.named.display());
        self.zip
            .finish(&zipped)
            .map_err(|error| failed(&what, error))?;
        streams::say(&format!("bundle: {}, with names\n", self.named.display()));
        Ok(())
    }

    /// Writes it under pseudonyms, unless a name is found in it.
    pub(super) fn write(self, made: &Made, redactor: &Redactor) -> Result<(), Failure> {
        let files = made.redacted(redactor)?;
        let control = made.blank(redactor)?;
        let (zip, list) = (self.named.clone(), list_of(&self.named));
        self.keep(&files, &control, &redactor.originals())?;
        streams::say(&format!(
            "bundle: {}, under pseudonyms; {} says who is who: keep it to yourself\n",
            zip.display(),
            list.display()
        ));
        Ok(())
    }

    /// Writes, reads again, searches, and only then gives the files their
    /// names.
    fn keep(self, files: &[File], control: &[File], originals: &[Original]) -> Result<(), Failure> {
        let what = format!("cannot write {}", self.named.display());
        let io = |error| failed(&what, error);
        let zipped = archive::zipped(files).map_err(unmade)?;
        let mut zip = self.zip.write(&zipped).map_err(io)?;
        let again = zip.read().map_err(io)?.unwrap_or(zipped);
        search(&again, control, originals)?;
        let text = listed(originals).map_err(unmade)?;
        let list = self.list.map(|list| list.write(&text).map_err(io));
        let list = list.transpose()?;
        zip.keep().map_err(io)?;
        list.map_or(Ok(()), Written::keep).map_err(io)
    }
}

/// `FILE.names.json`.
pub(super) fn list_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".names.json");
    name.into()
}

impl Made<'_> {
    /// Every file under pseudonyms.
    fn redacted(&self, redactor: &Redactor) -> Result<Vec<File>, Failure> {
        let analysis = redactor.analysis(self.analysis);
        let sources = named(self.around.sources, &|file| redactor.file(file));
        let record = |it: &Record| redactor.record(it);
        let files = self.files(&analysis, &sources, record, Named::Pseudonyms)?;
        let keys = self.view.runners.as_ref();
        let view = View {
            runners: keys.map(|keys| keys.iter().map(|key| redactor.runner_key(key)).collect()),
            ..self.view.clone()
        };
        check_periods(&files, &analysis, &view)?;
        Ok(files)
    }

    /// Every file, made from these values.
    fn files(
        &self,
        analysis: &Analysis,
        sources: &[SourceNote],
        record: impl Fn(&Record) -> Record,
        named: Named,
    ) -> Result<Vec<File>, Failure> {
        let notes =
            ["recording.ndjson beside this report holds the evidence of its periods".to_owned()];
        let mut flags = self.flags.clone();
        if self.view.runners.is_some() {
            flags.push_str(&again::runners(again::names_of(&analysis.periods)));
        }
        let around = Surroundings {
            sources,
            recording: None,
            notes: &notes,
            asked: Asked {
                flags: &flags,
                // The recording beside it has the names that it shows.
                named: Named::Originals,
                ..self.around.asked
            },
            ..self.around
        };
        let recording = Some("recording.ndjson");
        let report = self.output.report(analysis, around, recording);
        let recording = self.recording(&record)?;
        let texts = [
            report::contents(&report, named, &flags).into_bytes(),
            rendered(&report, Format::Markdown)?,
            rendered(&report, Format::Html)?,
            rendered(&report, Format::Json)?,
            recording,
        ];
        Ok(BUNDLED.iter().map(|(name, _)| *name).zip(texts).collect())
    }

    /// The excerpt if the same periods come out of it, else everything.
    fn recording(&self, record: impl Fn(&Record) -> Record) -> Result<Vec<u8>, Failure> {
        let part = excerpt(self.records, self.analysis);
        let same =
            told_apart(periods_of(&part, self.view)) == told_apart(self.analysis.periods.clone());
        let chosen = if same {
            part
        } else {
            headed(self.records.to_vec(), self.analysis)
        };
        let records = chosen.iter().map(record).collect();
        record::written(records).map_err(unmade)
    }

    /// The same bundle with blanks for names.
    fn blank(&self, redactor: &Redactor) -> Result<Vec<File>, Failure> {
        let blank = Blank(redactor);
        let sources = named(self.around.sources, &|file| blank.file(file));
        let analysis = blank.analysis(self.analysis);
        self.files(
            &analysis,
            &sources,
            |it| blank.record(it),
            Named::Pseudonyms,
        )
    }
}

/// Whether what was written gives the same periods when it is read.
fn check_periods(files: &[File], wanted: &Analysis, view: &View) -> Result<(), Failure> {
    let recording = files.iter().find(|(name, _)| *name == "recording.ndjson");
    let bytes = recording.map_or(&[][..], |(_, bytes)| bytes);
    let mut records = Vec::new();
    for read in record::Reader::new(bytes) {
        if let record::Read::Record { record, .. } = read.map_err(unmade)? {
            records.push(*record);
        }
    }
    if told_apart(periods_of(&records, view)) == told_apart(wanted.periods.clone()) {
        return Ok(());
    }
    let error = anyhow!("no bundle was written: other periods come out of its recording");
    let hint = "this is a bug; attach the recording itself if its names may be seen";
    Err(Failure::Runtime(Trouble::new(error).hint(hint)))
}

/// With their events in an order that is theirs: those of one instant stand by
/// the names of their sources.
fn told_apart(mut periods: Vec<Period>) -> Vec<Period> {
    for period in &mut periods {
        let events = &mut period.events;
        events.sort_by_cached_key(|event| format!("{event:?}"));
        events.dedup();
    }
    periods
}

fn periods_of(records: &[Record], view: &View) -> Vec<Period> {
    let mut detector = Detector::default();
    for record in records {
        detector.feed(record.clone());
    }
    detector.analysis(view).periods
}

/// Sources by other names, without what they say of what was skipped.
fn named(sources: &[SourceNote], file: &dyn Fn(&str) -> String) -> Vec<SourceNote> {
    let own = |source: &SourceNote| SourceNote {
        file: file(&source.file),
        notes: Vec::new(),
        ..source.clone()
    };
    sources.iter().map(own).collect()
}

/// Looks for every original in every file of the archive as it was read
/// again.
fn search(zipped: &[u8], control: &[File], originals: &[Original]) -> Result<(), Failure> {
    let search = Search::new(originals, report::forms).map_err(unmade)?;
    let files = archive::unzipped(zipped).map_err(unmade)?;
    if files.len() != control.len() {
        return Err(unmade(anyhow!("the archive is not what was written")));
    }
    for ((name, bytes), (_, own)) in files.iter().zip(control) {
        let is_json = Path::new(name)
            .extension()
            .is_some_and(|it| it != "md" && it != "html");
        let value = is_json.then(|| search.value(bytes)).flatten();
        if let Some(leak) = search.leak(bytes, own).or(value) {
            let (sort, text) = (leak.sort.as_str(), &leak.name);
            let error =
                anyhow!("no bundle was written: the {sort} name `{text}` is still in its {name}");
            let hint =
                "this is a bug; --redact none makes a bundle with names, if they may be seen";
            return Err(Failure::Runtime(Trouble::new(error).hint(hint)));
        }
    }
    Ok(())
}

fn unmade(error: impl Into<anyhow::Error>) -> Failure {
    Failure::Runtime(Trouble::new(error.into().context("no bundle was written")))
}

/// Who is who.
#[derive(Serialize)]
struct List<'a> {
    schema: &'static str,
    names: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    sort: &'static str,
    name: &'a str,
    pseudonym: &'a str,
}

fn listed(originals: &[Original]) -> serde_json::Result<Vec<u8>> {
    let names = originals.iter().map(|original| Entry {
        sort: original.sort.as_str(),
        name: &original.name,
        pseudonym: &original.pseudonym,
    });
    let list = List {
        schema: "runner-desync.names/1",
        names: names.collect(),
    };
    let mut text = serde_json::to_vec_pretty(&list)?;
    text.push(b'\n');
    Ok(text)
}
