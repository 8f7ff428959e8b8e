//! What a page of a runner's log gave: the events, the jobs they are about,
//! how far the page reaches and whose it is, as far as the page itself says.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::header::Process;
use crate::model::{Host, LogEnd, LoggedJob, RunnerEventKind, RunnerId, Scope, Span, Timestamp};

/// A stretch of the log of one process, in the order of writing.
#[derive(Debug)]
pub(crate) struct Page {
    pub(super) process: Process,
    /// Which of several streams in one file, such as a pod.
    pub(super) stream: Option<Arc<str>>,
    pub(super) begins: Beginning,
    pub(super) settings: Settings,
    pub(super) version: Option<Arc<str>>,
    /// First and last line by the host's clock; none without a time.
    pub(super) extent: Option<(Timestamp, Timestamp)>,
    pub(super) skews: Skews,
    /// The first and the last session with the broker that it mentions.
    pub(super) sessions: Option<(Arc<str>, Arc<str>)>,
    pub(super) end: LogEnd,
    /// In the order of their appearance.
    pub(super) jobs: Vec<LoggedJob>,
    pub(super) events: Vec<LogEvent>,
    /// Jobs that ran before the page began, as indices.
    pub(super) carried_in: Vec<usize>,
    /// Jobs still running at its end.
    pub(super) carried_out: Vec<usize>,
}

/// Where a page begins in the life of its process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beginning {
    /// With the lines a program writes when it starts.
    Start,
    /// Later: pages after the first, and excerpts.
    Inside,
}

/// Whose log it is, by the settings it shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(super) id: Option<RunnerId>,
    pub(super) name: Option<Arc<str>>,
    /// Where it is registered.
    pub(super) home: Option<(Host, Scope)>,
}

/// One event, its time by the host's clock.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct LogEvent {
    pub(super) at: Timestamp,
    pub(super) kind: RunnerEventKind,
    /// Index into [`Page::jobs`].
    pub(super) job: Option<usize>,
    pub(super) valid_till: Option<Timestamp>,
    pub(super) detail: Option<Arc<str>>,
}

/// How often the host's clock was seen to be off by how many seconds. Their
/// number does not grow with the log.
#[derive(Debug, Clone, Default)]
pub(super) struct Skews {
    by_lease: BTreeMap<Span, u64>,
    /// Of the `Date` in a dump of headers: a grain of one second coarser.
    by_date: BTreeMap<Span, u64>,
}

impl Page {
    pub(super) fn new(process: Process, stream: Option<Arc<str>>) -> Self {
        Self {
            process,
            stream,
            begins: Beginning::Inside,
            settings: Settings::default(),
            version: None,
            extent: None,
            skews: Skews::default(),
            sessions: None,
            end: LogEnd::Open,
            jobs: Vec::new(),
            events: Vec::new(),
            carried_in: Vec::new(),
            carried_out: Vec::new(),
        }
    }

    pub(super) fn reaches(&mut self, at: Timestamp) {
        let (from, until) = self.extent.get_or_insert((at, at));
        *from = at.min(*from);
        *until = at.max(*until);
    }

    /// A listener creates its session when it starts, after it has shown its
    /// settings. A page that shows that and not them lacks its beginning, and
    /// goes on from none.
    pub(super) fn creates_session(&mut self) {
        if self.settings.id.is_none() && self.events.is_empty() {
            self.begins = Beginning::Start;
        }
    }

    pub(super) fn session(&mut self, id: &[u8]) {
        match &mut self.sessions {
            Some((_, last)) if last.as_bytes() == id => {}
            Some((_, last)) => *last = text(id),
            none => *none = Some((text(id), text(id))),
        }
    }

    pub(super) fn event(&mut self, at: Timestamp, kind: RunnerEventKind, job: Option<usize>) {
        self.detailed(at, kind, job, None);
    }

    pub(super) fn detailed(
        &mut self,
        at: Timestamp,
        kind: RunnerEventKind,
        job: Option<usize>,
        detail: Option<Arc<str>>,
    ) {
        self.events.push(LogEvent {
            at,
            kind,
            job,
            valid_till: None,
            detail,
        });
    }

    /// Whether a job of it began before the page did. Its pick-up can stand at
    /// the end of one page, and all else about it on the next one.
    pub(super) fn began_before(&self, job: usize) -> bool {
        let of = &self.jobs[job];
        let received =
            |event: &LogEvent| event.job == Some(job) && event.kind == RunnerEventKind::JobReceived;
        let not_received =
            || of.guid.is_some() && of.plan.is_none() && !self.events.iter().any(received);
        self.carried_in.contains(&job) || not_received()
    }

    /// Jobs that run at its end.
    pub(super) fn open(&self) -> impl Iterator<Item = &LoggedJob> {
        self.carried_out.iter().map(|job| &self.jobs[*job])
    }

    /// The first job of it that began before the page did.
    pub(super) fn goes_on_with(&self) -> Option<&LoggedJob> {
        let first = (0..self.jobs.len()).find(|job| self.began_before(*job))?;
        self.jobs.get(first)
    }

    /// Whether nothing of it is of use.
    pub(super) fn is_empty(&self) -> bool {
        self.extent.is_none() && self.jobs.is_empty() && self.settings.id.is_none()
    }

    /// What a person calls it.
    pub(super) fn called(&self, file: &str) -> Arc<str> {
        match &self.stream {
            Some(stream) => format!("{file} ({stream})").into(),
            None => file.into(),
        }
    }
}

impl Settings {
    /// Reads `https://HOST/ORG`, `https://HOST/O/R` or
    /// `https://HOST/enterprises/E`.
    pub(super) fn registered_at(&mut self, url: &str) {
        let Some((_, rest)) = url.split_once("://") else {
            return;
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = path.trim_end_matches('/');
        let scope = match path.strip_prefix("enterprises/") {
            Some(name) => Scope::parse(&format!("enterprise:{name}")),
            None if path.contains('/') => Scope::parse(&format!("repo:{path}")),
            None => Scope::parse(&format!("org:{path}")),
        };
        let host = host.strip_prefix("www.").unwrap_or(host);
        self.home = scope.map(|scope| (Host::new(host), scope));
    }
}

impl Skews {
    pub(super) fn by_lease(&mut self, skew: Span) {
        *self.by_lease.entry(skew).or_insert(0) += 1;
    }

    pub(super) fn by_date(&mut self, skew: Span) {
        *self.by_date.entry(skew).or_insert(0) += 1;
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (skew, count) in &other.by_lease {
            *self.by_lease.entry(*skew).or_insert(0) += count;
        }
        for (skew, count) in &other.by_date {
            *self.by_date.entry(*skew).or_insert(0) += count;
        }
    }

    /// The median: of the leases, where there are any.
    pub(super) fn median(&self) -> Option<Span> {
        median(&self.by_lease).or_else(|| median(&self.by_date))
    }
}

fn median(counts: &BTreeMap<Span, u64>) -> Option<Span> {
    let total: u64 = counts.values().sum();
    let mut before = 0;
    let middle = counts.iter().find(|(_, count)| {
        before += *count;
        total <= before * 2
    });
    middle.map(|(skew, _)| *skew)
}

/// Longest text of a log that is kept, in characters.
const LONGEST: usize = 256;

/// A text of a log, as much of it as is worth keeping.
pub(super) fn text(bytes: &[u8]) -> Arc<str> {
    // Four bytes hold the longest character.
    let bytes = &bytes[..bytes.len().min(LONGEST * 4)];
    let text = String::from_utf8_lossy(bytes);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => text[..end].into(),
        None => text.into(),
    }
}
