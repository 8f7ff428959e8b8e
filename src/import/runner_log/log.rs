//! One stream of lines, made into pages: what holds for the listener's log
//! and the worker's alike. What their messages mean is in [`listener`] and
//! [`worker`].

use std::sync::Arc;

use super::dump::{Begins, Dump, Fed, Frame};
use super::header::{Head, Process, TIME, instant};
use super::jobs::OpenJobs;
use super::page::{Beginning, Page, text};
use super::trouble::{Failure, Rank, Sure, Trouble};
use super::{listener, worker};
use crate::model::{LogEnd, RunnerEventKind, Timestamp};

/// The log of one process as it is read.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) page: Page,
    pub(super) jobs: OpenJobs,
    pub(super) trouble: Trouble,
    /// What the result of the worker's job will be.
    pub(super) result: Option<Arc<str>>,
    /// The message that following lines without a head go on with.
    inside: Inside,
    /// The last time that was read: most lines repeat it.
    clock: Option<([u8; TIME], Timestamp)>,
    whole: Vec<Page>,
}

/// A message of several lines.
#[derive(Debug)]
pub(super) enum Inside {
    Nothing,
    /// A dump of settings or of a job.
    Dump {
        component: Component,
        dump: Dump,
    },
    /// Headers of a refused request, the server's `Date` among them.
    Refusal(Timestamp),
}

/// Components whose dumps are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Component {
    Settings,
    JobMessage,
}

impl Log {
    pub(super) fn new(process: Process, stream: Option<Arc<str>>) -> Self {
        Self {
            page: Page::new(process, stream),
            jobs: OpenJobs::default(),
            trouble: Trouble::default(),
            result: None,
            inside: Inside::Nothing,
            clock: None,
            whole: Vec::new(),
        }
    }

    /// A line with a head. In the container's form every line of a message
    /// has one.
    pub(super) fn head(&mut self, head: &Head<'_>) {
        let Some(at) = self.instant(head.time) else {
            return;
        };
        self.page.reaches(at);
        if self.trouble.is_pending() {
            let failure = self.trouble.settle(at);
            self.failed(failure);
        }
        if self.is_inside() {
            if head.process.is_some() && self.goes_on(head.message) {
                self.more(head.message);
                return;
            }
            self.inside = Inside::Nothing;
        }
        match self.page.process {
            Process::Runner => listener::message(self, at, head.component, head.message),
            Process::Worker => worker::message(self, at, head.component, head.message),
        }
    }

    /// A line without a head.
    pub(super) fn more(&mut self, line: &[u8]) {
        match &mut self.inside {
            Inside::Nothing => {}
            Inside::Dump { component, dump } => {
                let component = *component;
                let page = &mut self.page;
                let fed = dump.feed(line, |path, scalar| match component {
                    Component::Settings => listener::setting(page, path, scalar),
                    Component::JobMessage => worker::field(page, path, scalar),
                });
                match fed {
                    Fed::Inside => {}
                    Fed::Done => self.inside = Inside::Nothing,
                    Fed::Outgrown => self.page.jobs.clear(),
                }
            }
            Inside::Refusal(at) => {
                let date = line.strip_prefix(b"Date: ");
                let date = date.and_then(|date| std::str::from_utf8(date).ok());
                if let Some(date) = date.and_then(Timestamp::parse_http_date) {
                    self.page.skews.by_date(*at - date);
                    self.inside = Inside::Nothing;
                }
            }
        }
    }

    /// Whether lines without a head are read.
    pub(super) fn is_inside(&self) -> bool {
        !matches!(self.inside, Inside::Nothing)
    }

    /// A line without a head in the container's form: of a message, if it looks
    /// like one, else of the terminal.
    pub(super) fn goes_on_with(&mut self, line: &[u8]) {
        if self.goes_on(line) {
            self.more(line);
        }
    }

    /// A line of an excerpt that begins inside a worker's dump.
    pub(super) fn before_any_head(&mut self, line: &[u8]) {
        if self.page.process == Process::Worker && matches!(self.inside, Inside::Nothing) {
            self.enter(Component::JobMessage, Begins::Inside);
        }
        self.more(line);
    }

    pub(super) fn enter(&mut self, component: Component, begins: Begins) {
        let dump = Dump::new(begins);
        self.inside = Inside::Dump { component, dump };
    }

    pub(super) fn refused(&mut self, at: Timestamp) {
        self.inside = Inside::Refusal(at);
    }

    /// What follows is of a new process, or of one whose settings are shown
    /// again and may have changed.
    pub(super) fn turn_page(&mut self, begins: Beginning) {
        let fresh = Self::new(self.page.process, self.page.stream.clone());
        let old = std::mem::replace(self, fresh);
        self.clock = old.clock;
        if begins == Beginning::Inside {
            self.page.version.clone_from(&old.page.version);
        }
        self.page.begins = begins;
        self.whole = old.finish();
    }

    pub(super) fn finish(mut self) -> Vec<Page> {
        let failure = self.trouble.finish();
        self.failed(failure);
        self.jobs.close(&mut self.page);
        if !self.page.is_empty() {
            self.whole.push(self.page);
        }
        self.whole
    }

    pub(super) fn ends(&mut self, end: LogEnd) {
        self.page.end = self.page.end.min(end);
    }

    /// A line about a failed request.
    pub(super) fn fails(&mut self, at: Timestamp, sure: Sure, rank: Rank, what: &[u8]) {
        let before = self.trouble.line(at, sure, Some((rank, what)));
        self.failed(before);
    }

    /// The lines of `GitHubActionsService` about one request:
    /// `{method} request to {url} failed. HTTP Status: {status}`.
    pub(super) fn request(&mut self, at: Timestamp, message: &[u8]) {
        if message.starts_with(b"Authentication failed with status code 401") {
            self.refused(at);
            return;
        }
        let Some(request) = Request::of(message) else {
            return;
        };
        if let Some(session) = request.session {
            self.page.session(session);
        }
        match request.sure() {
            // An acknowledgment is made as best it can: its failure alone
            // means nothing.
            Some(_) if request.what == b"acknowledge" => {}
            Some(sure) => self.fails(at, sure, Rank::Answered, &request.worded()),
            None => {}
        }
    }

    fn failed(&mut self, failure: Option<Failure>) {
        if let Some(Failure { at, detail }) = failure {
            self.page
                .detailed(at, RunnerEventKind::BrokerError, None, detail);
        }
    }

    fn goes_on(&self, message: &[u8]) -> bool {
        let first = message.trim_ascii_start().first();
        match self.inside {
            Inside::Nothing => false,
            Inside::Dump { .. } => first.is_some_and(|byte| b"\"{}[]0123456789".contains(byte)),
            Inside::Refusal(_) => memchr::memmem::find(message, b": ").is_some(),
        }
    }

    fn instant(&mut self, time: &[u8]) -> Option<Timestamp> {
        if let Some((known, at)) = &self.clock
            && known == time
        {
            return Some(*at);
        }
        let at = instant(time)?;
        self.clock = time.try_into().ok().map(|time| (time, at));
        Some(at)
    }
}

/// A request and what became of it.
struct Request<'l> {
    method: &'l [u8],
    /// Last part of the path. The rest of the address holds ids.
    what: &'l [u8],
    session: Option<&'l [u8]>,
    outcome: &'l [u8],
}

impl<'l> Request<'l> {
    fn of(message: &'l [u8]) -> Option<Self> {
        let (method, rest) = cut(message, b" request to ")?;
        let (url, outcome) = cut(rest, b" ")?;
        let path = url.split(|byte| *byte == b'?').next()?;
        let what = path.rsplit(|byte| *byte == b'/').next()?;
        let outcome = outcome.split(|byte| *byte == b',').next()?;
        let session = cut(url, b"sessionId=").map(|(_, id)| id);
        Some(Self {
            method,
            what,
            session: session.and_then(|id| id.split(|byte| *byte == b'&').next()),
            outcome,
        })
    }

    /// Only polls are canceled by the runner itself.
    fn sure(&self) -> Option<Sure> {
        let polls = self.what.starts_with(b"message");
        if self.outcome.starts_with(b"failed") || self.outcome.starts_with(b"timed out") {
            Some(Sure::Yes)
        } else {
            (polls && self.outcome.starts_with(b"has been cancelled")).then_some(Sure::Perhaps)
        }
    }

    fn worded(&self) -> Vec<u8> {
        [self.method, self.what, self.outcome].join(&b' ')
    }
}

/// What stands before and behind the first `mark`.
pub(super) fn cut<'l>(line: &'l [u8], mark: &[u8]) -> Option<(&'l [u8], &'l [u8])> {
    let at = memchr::memmem::find(line, mark)?;
    Some((&line[..at], &line[at + mark.len()..]))
}

/// What stands behind the last `mark`, and what before it.
pub(super) fn cut_last<'l>(line: &'l [u8], mark: &[u8]) -> Option<(&'l [u8], &'l [u8])> {
    let at = memchr::memmem::rfind(line, mark)?;
    Some((&line[..at], &line[at + mark.len()..]))
}

/// Unescapes a text of a dump, when it is short enough to keep.
pub(super) fn unescaped(raw: &[u8]) -> Option<Arc<str>> {
    if LONGEST_SCALAR < raw.len() {
        return None;
    }
    let quoted = [b"\"", raw, b"\""].concat();
    let whole: String = serde_json::from_slice(&quoted).ok()?;
    Some(text(whole.as_bytes()))
}

const LONGEST_SCALAR: usize = 1024;

/// The innermost names of a path, for matching: `None` for an array.
pub(super) fn names(path: &[Frame]) -> impl Iterator<Item = Option<super::dump::Name>> + use<'_> {
    path.iter().map(|frame| match frame {
        Frame::Object { key, .. } => *key,
        Frame::Array => None,
    })
}
