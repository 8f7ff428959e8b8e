//! From pages to records: whose they are is found out, pages of one listener
//! are put together, and everything gets the key of its runner.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::LogFile;
use super::header::Process;
use super::page::Page;
use super::whole::{JobName, Whole, job_name};
use super::whose;
use crate::import::account::{Account, Home};
use crate::model::{
    ImportedJob, LogEnd, LoggedJob, Record, RunnerEventKind, RunnerKey, Span, Timestamp,
};

/// A page and where it comes from.
#[derive(Debug)]
pub(super) struct Sheet {
    /// Index of its file.
    pub(super) file: usize,
    called: Arc<str>,
    pub(super) page: Page,
    pub(super) key: Option<RunnerKey>,
}

/// Makes records of the logs of any number of runners, given in any order,
/// and gives them to `each` one by one. `home` is where runners are
/// registered unless they say otherwise. Returns what became of each file.
pub(crate) fn join(
    logs: Vec<(Arc<str>, LogFile)>,
    jobs: &[ImportedJob],
    home: &Home,
    mut each: impl FnMut(Record),
) -> Vec<Account> {
    let mut files: Vec<_> = logs.iter().map(|(_, log)| log.unusable.account()).collect();
    let mut sheets = sheets(logs);
    whose::name(&mut sheets, jobs, home);
    let workers = worked(&sheets);
    let mut wholes = Wholes::default();
    for sheet in sheets {
        let account = &mut files[sheet.file];
        match (sheet.key, sheet.page.extent) {
            (Some(key), Some(extent)) => {
                account.records += sheet.page.events.len() as u64;
                wholes.add(key, extent, sheet.called, sheet.page);
            }
            (None, Some(_)) => account.leave_out(&sheet.page),
            (_, None) => {}
        }
    }
    let Wholes { mut all, .. } = wholes;
    complete(&mut all);
    for whole in all {
        whole.records(&workers, &mut each);
    }
    files
}

impl Account {
    /// Says what of a file nobody's is.
    fn leave_out(&mut self, page: &Page) {
        let what = match page.process {
            Process::Runner => {
                "it does not show the settings with AgentId: give the first page of the same \
                 log with it, or the runner's `.runner` file"
            }
            Process::Worker => {
                "give the Runner log of the same time with it, or its job in a jobs file"
            }
        };
        let stream = page.stream.as_ref();
        let stream = stream.map_or_else(String::new, |stream| format!(" of {stream}"));
        let events = page.events.len() as u64;
        self.skipped += events.max(1);
        self.notes.push(format!(
            "{events} events{stream} of an unknown runner: {what}"
        ));
    }
}

fn sheets(logs: Vec<(Arc<str>, LogFile)>) -> Vec<Sheet> {
    let mut sheets = Vec::new();
    for (file, (name, log)) in logs.into_iter().enumerate() {
        sheets.extend(log.pages.into_iter().map(|page| Sheet {
            file,
            called: page.called(&name),
            page,
            key: None,
        }));
    }
    sheets.sort_by(|a, b| {
        let a = (a.page.extent, &a.called, a.page.process);
        a.cmp(&(b.page.extent, &b.called, b.page.process))
    });
    sheets
}

impl Sheet {
    /// Of a `.runner` file, which is only there to say whose the logs are.
    pub(super) fn is_settings_file(&self) -> bool {
        self.page.extent.is_none() && self.page.settings.id.is_some()
    }

    /// A listener's page of which it is not known whose it is.
    pub(super) fn is_nobodys(&self) -> bool {
        self.key.is_none() && self.page.process == Process::Runner
    }

    /// How long nothing was written between this page and a later one.
    pub(super) fn silent_until(&self, later: &Self) -> Span {
        let ends = self.page.extent.map(|(_, until)| until);
        let begins = later.page.extent.map(|(from, _)| from);
        match (ends, begins) {
            (Some(ends), Some(begins)) => begins - ends,
            _ => Span::ZERO,
        }
    }

    pub(super) fn ends_before(&self, later: &Self) -> bool {
        let ends = self.page.extent.map(|(_, until)| until);
        let begins = later.page.extent.map(|(from, _)| from);
        ends <= begins
    }
}

/// The jobs that workers ran.
fn worked(sheets: &[Sheet]) -> HashMap<JobName, LoggedJob> {
    let workers = sheets
        .iter()
        .filter(|sheet| sheet.page.process == Process::Worker);
    let jobs = workers.flat_map(|sheet| &sheet.page.jobs);
    jobs.filter_map(|job| Some((job_name(job)?, job.clone())))
        .collect()
}

/// Logs, and the last one of each process of a runner.
#[derive(Default)]
struct Wholes {
    all: Vec<Whole>,
    last: HashMap<(RunnerKey, Process), usize>,
}

impl Wholes {
    /// Puts a page to the pages it goes on from, or begins anew.
    fn add(
        &mut self,
        key: RunnerKey,
        extent: (Timestamp, Timestamp),
        called: Arc<str>,
        page: Page,
    ) {
        let of = (key.clone(), page.process);
        let before = self.last.get(&of).and_then(|last| self.all.get_mut(*last));
        match before {
            Some(whole) if whole.is_continued_by(&page, extent) => whole.take(extent, page),
            _ => {
                self.last.insert(of, self.all.len());
                self.all.push(Whole::new(key, extent, called, page));
            }
        }
    }
}

/// What a listener's log says about the one before it: that it is complete,
/// and what a self-update made of it.
fn complete(wholes: &mut [Whole]) {
    let mut next: BTreeMap<RunnerKey, (Timestamp, Option<Arc<str>>)> = BTreeMap::new();
    for whole in wholes.iter_mut().rev() {
        if whole.process == Process::Worker {
            let mut events = whole.events.iter();
            if events.any(|event| event.kind == RunnerEventKind::JobFinished) {
                whole.end = whole.end.min(LogEnd::Complete);
            }
            continue;
        }
        let later = next.get(&whole.key);
        if later.is_some() {
            whole.end = whole.end.min(LogEnd::Complete);
        }
        let version = whole.version.clone();
        let events = whole.events.iter_mut();
        for update in events.filter(|event| event.kind == RunnerEventKind::SelfUpdate) {
            update.detail = updated(version.as_ref(), update.detail.take(), later);
        }
        next.insert(whole.key.clone(), (whole.from, version));
    }
}

/// `2.332.0 → 2.334.0, back at 2026-05-14T01:47:25Z`.
fn updated(
    old: Option<&Arc<str>>,
    announced: Option<Arc<str>>,
    later: Option<&(Timestamp, Option<Arc<str>>)>,
) -> Option<Arc<str>> {
    let back = later.filter(|(_, version)| version.is_some() && version.as_ref() != old);
    let new = back
        .and_then(|(_, version)| version.clone())
        .or(announced)?;
    let old = old.map_or("", |old| &**old);
    let back = back.map_or_else(String::new, |(at, _)| format!(", back at {at}"));
    Some(format!("{old} → {new}{back}").trim().into())
}
