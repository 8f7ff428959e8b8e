//! The log of one listener or of one worker, all pages together: jobs that
//! several pages mention become one, and what is given twice is told once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::follow::may_be_one;
use super::header::Process;
use super::jobs::UNNAMED;
use super::page::{Beginning, LogEvent, Page, Skews};

use crate::model::{LogEnd, LoggedJob, Record, RunnerEvent, RunnerKey, RunnerLog, Timestamp};

/// The pages of one listener, or those of one worker.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) key: RunnerKey,
    called: Arc<str>,
    name: Option<Arc<str>>,
    pub(super) version: Option<Arc<str>>,
    pub(super) from: Timestamp,
    until: Timestamp,
    skews: Skews,
    pub(super) end: LogEnd,
    pub(super) process: Process,
    jobs: Vec<LoggedJob>,
    named: HashMap<JobName, usize>,
    pub(super) events: Vec<LogEvent>,
    /// Jobs that run on at the end of what was taken so far.
    open: Vec<usize>,
}

/// What names a job in the logs of its listener and of its worker: plan and
/// GUID.
pub(super) type JobName = (Arc<str>, Arc<str>);

impl Whole {
    pub(super) fn new(
        key: RunnerKey,
        extent: (Timestamp, Timestamp),
        called: Arc<str>,
        page: Page,
    ) -> Self {
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
    pub(super) fn is_continued_by(&self, page: &Page, extent: (Timestamp, Timestamp)) -> bool {
        let twice = self.from == extent.0;
        let later = page.process == Process::Runner && page.begins == Beginning::Inside;
        later || twice
    }

    pub(super) fn take(&mut self, extent: (Timestamp, Timestamp), page: Page) {
        let is_later = self.until < extent.0;
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
        // What is given twice is told once. Most pages are later ones.
        let so_far = self.events.iter().filter(|_| !is_later);
        let known: HashSet<_> = so_far.filter(|it| extent.0 <= it.at).cloned().collect();
        self.events
            .extend(events.filter(|event| !known.contains(event)));
    }

    /// Where the jobs of a page stand among all.
    fn places(&mut self, page: &Page) -> Vec<usize> {
        let mut places = Vec::new();
        for (index, job) in page.jobs.iter().enumerate() {
            let carried = page.began_before(index);
            let mut open = self.open.iter().copied();
            let known = open.find(|known| carried && may_be_one(&self.jobs[*known], job));
            let name = job_name(job);
            let known = known.or_else(|| self.named.get(name.as_ref()?).copied());
            let place = known.unwrap_or_else(|| {
                self.jobs.push(UNNAMED);
                self.jobs.len() - 1
            });
            self.jobs[place].learn(job);
            self.named.extend(name.map(|name| (name, place)));
            places.push(place);
        }
        places
    }

    /// The extent and the events, those of a second in the order of the log.
    pub(super) fn records(
        mut self,
        workers: &HashMap<JobName, LoggedJob>,
        each: &mut impl FnMut(Record),
    ) {
        for job in &mut self.jobs {
            if let Some(worked) = job_name(job).and_then(|name| workers.get(&name)) {
                job.learn(worked);
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
        for (place, event) in (0..).zip(self.events) {
            each(Record::Event(RunnerEvent {
                at: event.at,
                place,
                key: self.key.clone(),
                name: None,
                kind: event.kind,
                orphan: false,
                source: source.clone(),
                job: event.job.map(|job| Arc::clone(&jobs[job])),
                valid_till: event.valid_till,
                detail: event.detail,
            }));
        }
    }
}

pub(super) fn job_name(job: &LoggedJob) -> Option<JobName> {
    Some((
        Arc::clone(job.plan.as_ref()?),
        Arc::clone(job.guid.as_ref()?),
    ))
}
