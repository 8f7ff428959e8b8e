//! From pages to records: pages of one listener stand together, jobs seen on
//! several pages or by several processes become one, and everything gets the
//! key of its runner.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::header::Process;
use super::jobs::UNNAMED;
use super::page::{Beginning, LogEvent, Page, Skews};
use super::whose::{self, may_be_one};
use super::{LogFile, Unusable};
use crate::import::account::{Account, Home};
use crate::model::{
    ImportedJob, LogEnd, LoggedJob, Record, RunnerEvent, RunnerEventKind, RunnerKey, RunnerLog,
    Span, Timestamp,
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

/// The pages of one listener, or those of one worker.
#[derive(Debug)]
struct Whole {
    key: RunnerKey,
    called: Arc<str>,
    name: Option<Arc<str>>,
    version: Option<Arc<str>>,
    from: Timestamp,
    until: Timestamp,
    skews: Skews,
    end: LogEnd,
    process: Process,
    jobs: Vec<LoggedJob>,
    named: HashMap<JobName, usize>,
    events: Vec<LogEvent>,
    /// Jobs that run on at the end of what was taken so far.
    open: Vec<usize>,
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
    let mut wholes: Vec<Whole> = Vec::new();
    for sheet in sheets {
        let account = &mut files[sheet.file];
        match (sheet.key, sheet.page.extent) {
            (Some(key), Some(extent)) => {
                account.records += sheet.page.events.len() as u64;
                add(&mut wholes, key, extent, sheet.called, sheet.page);
            }
            (None, Some(_)) => account.leave_out(&sheet.page),
            (_, None) => {}
        }
    }
    complete(&mut wholes);
    for whole in wholes {
        whole.records(&workers, &mut each);
    }
    files
}

impl Unusable {
    fn account(self) -> Account {
        let mut account = Account::default();
        account.skip(self.undated, "lines without a date, which are no evidence");
        account.skip(
            self.self_update,
            "lines of a self-update, by local time, which are no evidence",
        );
        account
    }
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

/// What names a job in the logs of its listener and of its worker: plan and
/// GUID.
type JobName = (Arc<str>, Arc<str>);

/// The jobs that workers ran.
fn worked(sheets: &[Sheet]) -> HashMap<JobName, LoggedJob> {
    let workers = sheets
        .iter()
        .filter(|sheet| sheet.page.process == Process::Worker);
    let jobs = workers.flat_map(|sheet| &sheet.page.jobs);
    jobs.filter_map(|job| Some((job_name(job)?, job.clone())))
        .collect()
}

fn job_name(job: &LoggedJob) -> Option<JobName> {
    Some((
        Arc::clone(job.plan.as_ref()?),
        Arc::clone(job.guid.as_ref()?),
    ))
}

/// Puts a page to the pages it goes on from, or begins anew.
fn add(
    wholes: &mut Vec<Whole>,
    key: RunnerKey,
    extent: (Timestamp, Timestamp),
    called: Arc<str>,
    page: Page,
) {
    let before = wholes
        .iter_mut()
        .rfind(|whole| whole.key == key && whole.process == page.process);
    match before {
        Some(whole) if whole.is_continued_by(&page, extent) => whole.take(extent, page),
        _ => wholes.push(Whole::new(key, extent, called, page)),
    }
}

impl Whole {
    fn new(key: RunnerKey, extent: (Timestamp, Timestamp), called: Arc<str>, page: Page) -> Self {
        let mut whole = Self {
            key,
            called,
            name: None,
            version: None,
            from: extent.0,
            until: extent.1,
            skews: Skews::default(),
            end: LogEnd::Open,
            process: page.process,
            jobs: Vec::new(),
            named: HashMap::new(),
            events: Vec::new(),
            open: Vec::new(),
        };
        whole.take(extent, page);
        whole
    }

    /// A later page of one listener, or the same page given twice.
    fn is_continued_by(&self, page: &Page, extent: (Timestamp, Timestamp)) -> bool {
        let twice = self.from == extent.0;
        let later = page.process == Process::Runner && page.begins == Beginning::Inside;
        later || twice
    }

    fn take(&mut self, extent: (Timestamp, Timestamp), page: Page) {
        self.until = self.until.max(extent.1);
        self.name = page.settings.name.clone().or(self.name.take());
        self.version = page.version.clone().or(self.version.take());
        self.skews.add(&page.skews);
        self.end = page.end;
        let places = self.places(&page);
        self.open = page.carried_out.iter().map(|job| places[*job]).collect();
        let events = page.events.into_iter().map(|event| LogEvent {
            job: event.job.map(|job| places[job]),
            ..event
        });
        // What is given twice is told once.
        let known: HashSet<_> = self
            .events
            .iter()
            .filter(|it| extent.0 <= it.at)
            .cloned()
            .collect();
        self.events
            .extend(events.filter(|event| !known.contains(event)));
    }

    /// Where the jobs of a page stand among all.
    fn places(&mut self, page: &Page) -> Vec<usize> {
        let mut places = Vec::new();
        for (index, job) in page.jobs.iter().enumerate() {
            let carried = page.carried_in.contains(&index);
            let mut open = self.open.iter().copied();
            let known = open.find(|known| carried && may_be_one(&self.jobs[*known], job));
            let name = job_name(job);
            let known = known.or_else(|| self.named.get(name.as_ref()?).copied());
            let place = known.unwrap_or_else(|| {
                self.jobs.push(UNNAMED);
                self.jobs.len() - 1
            });
            fill(&mut self.jobs[place], job);
            self.named.extend(name.map(|name| (name, place)));
            places.push(place);
        }
        places
    }

    /// The extent and the events, those of a second in the order of the log.
    fn records(mut self, workers: &HashMap<JobName, LoggedJob>, each: &mut impl FnMut(Record)) {
        for job in &mut self.jobs {
            if let Some(worked) = job_name(job).and_then(|name| workers.get(&name)) {
                fill(job, worked);
            }
        }
        let jobs: Vec<_> = self.jobs.into_iter().map(Arc::new).collect();
        self.events.sort_by_key(|event| event.at);
        let source = Some(self.called);
        each(Record::Log(RunnerLog {
            key: self.key.clone(),
            name: self.name,
            version: self.version,
            from: self.from,
            until: self.until,
            offset: self.skews.median(),
            end: self.end,
            source: source.clone(),
        }));
        for event in self.events {
            each(Record::Event(RunnerEvent {
                at: event.at,
                key: self.key.clone(),
                kind: event.kind,
                source: source.clone(),
                job: event.job.map(|job| Arc::clone(&jobs[job])),
                valid_till: event.valid_till,
                detail: event.detail,
            }));
        }
    }
}

/// Adds what another mention of the same job states.
fn fill(job: &mut LoggedJob, other: &LoggedJob) {
    fn either<T: Clone>(own: &mut Option<T>, other: Option<&T>) {
        *own = own.take().or_else(|| other.cloned());
    }
    either(&mut job.plan, other.plan.as_ref());
    either(&mut job.guid, other.guid.as_ref());
    either(&mut job.name, other.name.as_ref());
    either(&mut job.job, other.job.as_ref());
    either(&mut job.run, other.run.as_ref());
    either(&mut job.attempt, other.attempt.as_ref());
    either(&mut job.repo, other.repo.as_ref());
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
