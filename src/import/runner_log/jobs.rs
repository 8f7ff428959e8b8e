//! Which job a line is about. A job's GUID comes from its place in the
//! workflow and repeats in every run, so a line belongs to the job that is
//! open when it is written, never to a GUID over the whole file
//! (`runner-logs.md` §4). Jobs may overlap: a second one can be assigned
//! while the first still runs.

use std::sync::Arc;

use super::page::{Page, text};
use crate::model::{LoggedJob, RunnerEventKind, Span, Timestamp};

/// The jobs of one listener that run as its lines are read.
#[derive(Debug, Default)]
pub(super) struct OpenJobs {
    open: Vec<Open>,
    ended: Option<Ended>,
}

/// A job between its pick-up and its end.
#[derive(Debug)]
struct Open {
    job: usize,
    /// 0 on every self-hosted runner of the V2 flow, which is none.
    request: Option<u64>,
    started: Option<Timestamp>,
}

/// The job that ended last: its end is written twice.
#[derive(Debug, Clone, Copy)]
struct Ended {
    job: usize,
    at: Timestamp,
}

/// Two lines about one end stand no farther apart.
const SAME_END: Span = Span::secs(5);

/// Nor do a line of the log and the terminal's copy of it, each with a time of
/// its own.
const SAME_LINE: Span = Span::secs(2);

impl OpenJobs {
    /// `Job request {request} for plan {plan} job {guid} received.`
    pub(super) fn received(&mut self, page: &mut Page, at: Timestamp, line: Received<'_>) {
        let job = self.open(page, request(line.request));
        page.jobs[job].plan = Some(text(line.plan));
        page.jobs[job].guid = Some(text(line.guid));
        page.event(at, RunnerEventKind::JobReceived, Some(job));
    }

    /// `Running job: {name}`: of the job picked up last, if it has no name.
    pub(super) fn running(&mut self, page: &mut Page, at: Timestamp, name: &[u8]) {
        let name = text(name);
        let last = self.open.last().map(|open| (open.job, open.started));
        let job = match last {
            Some((job, _)) if page.jobs[job].name.is_none() => job,
            // The terminal's own line beside the log's.
            Some((job, Some(started)))
                if is_named(page, job, &name) && is_near(started, at, SAME_LINE) =>
            {
                return;
            }
            _ => self.open(page, None),
        };
        page.jobs[job].name = Some(name);
        self.started(page, at, job);
    }

    /// `Start renew job request {request} for job {guid}.`
    pub(super) fn leasing(&mut self, page: &mut Page, request_id: &[u8], guid: &[u8]) {
        let request = request(request_id);
        let known = match request {
            Some(_) => self.by_request(request),
            None => self.by_guid(page, guid),
        };
        let index = known.or_else(|| self.unidentified(page));
        let job = if let Some(index) = index {
            let open = &mut self.open[index];
            open.request = open.request.or(request);
            open.job
        } else {
            self.carried(page, request)
        };
        page.jobs[job].guid.get_or_insert_with(|| text(guid));
    }

    /// A renewal that names a request (V1).
    pub(super) fn of_request(&mut self, page: &mut Page, request_id: &[u8]) -> usize {
        let request = request(request_id);
        let known = self.by_request(request).or_else(|| self.unrequested());
        match known {
            Some(index) => {
                self.open[index].request = request;
                self.open[index].job
            }
            None => self.carried(page, request),
        }
    }

    /// A line that names a job's GUID.
    pub(super) fn of_guid(&mut self, page: &mut Page, guid: &[u8]) -> usize {
        let known = self
            .by_guid(page, guid)
            .or_else(|| self.unidentified(page))
            .map(|index| self.open[index].job);
        let job = known.unwrap_or_else(|| self.carried(page, None));
        page.jobs[job].guid.get_or_insert_with(|| text(guid));
        job
    }

    /// A worker gets the job. `Running job` comes first, where there is one.
    pub(super) fn started(&mut self, page: &mut Page, at: Timestamp, job: usize) {
        let open = self.open.iter_mut().find(|open| open.job == job);
        if let Some(open) = open.filter(|open| open.started.is_none()) {
            open.started = Some(at);
            page.event(at, RunnerEventKind::JobStarted, Some(job));
        }
    }

    /// `finish job request for job {guid} with result: {result}`.
    pub(super) fn finished(&mut self, page: &mut Page, at: Timestamp, guid: &[u8], how: &[u8]) {
        let is_open = self.by_guid(page, guid).is_some() || self.unidentified(page).is_some();
        if let Some(ended) = self.ended_at(at).filter(|_| !is_open) {
            let job = &mut page.jobs[ended.job];
            if job.guid.is_none() {
                job.guid = Some(text(guid));
                return;
            }
        }
        let job = self.of_guid(page, guid);
        self.end(page, at, job, how);
    }

    /// `Job {name} completed with result: {result}`: the end, where no line
    /// of the dispatcher has told it.
    pub(super) fn completed(&mut self, page: &mut Page, at: Timestamp, name: &[u8], how: &[u8]) {
        let name = text(name);
        if let Some(ended) = self.ended_at(at) {
            let job = &mut page.jobs[ended.job];
            let named = job.name.get_or_insert_with(|| Arc::clone(&name));
            if *named == name {
                return;
            }
        }
        let named = |open: &&Open| page.jobs[open.job].name.as_ref() == Some(&name);
        let nameless = |open: &&Open| page.jobs[open.job].name.is_none();
        let open = self.open.iter().rfind(named);
        let open = open.or_else(|| self.open.iter().rfind(nameless));
        let job = match open.map(|open| open.job) {
            Some(job) => job,
            None => self.carried(page, None),
        };
        page.jobs[job].name = Some(name);
        self.end(page, at, job, how);
    }

    /// The end of the page: what runs on.
    pub(super) fn close(self, page: &mut Page) {
        page.carried_out = self.open.into_iter().map(|open| open.job).collect();
    }

    pub(super) fn end(&mut self, page: &mut Page, at: Timestamp, job: usize, how: &[u8]) {
        self.open.retain(|open| open.job != job);
        self.ended = Some(Ended { job, at });
        page.detailed(at, RunnerEventKind::JobFinished, Some(job), Some(text(how)));
    }

    fn open(&mut self, page: &mut Page, request: Option<u64>) -> usize {
        let job = page.jobs.len();
        page.jobs.push(UNNAMED);
        self.open.push(Open {
            job,
            request,
            started: None,
        });
        job
    }

    /// A job whose beginning is not in the page.
    fn carried(&mut self, page: &mut Page, request: Option<u64>) -> usize {
        let job = self.open(page, request);
        page.carried_in.push(job);
        job
    }

    fn by_request(&self, request: Option<u64>) -> Option<usize> {
        let same = |open: &Open| request.is_some() && open.request == request;
        self.open.iter().rposition(same)
    }

    fn by_guid(&self, page: &Page, guid: &[u8]) -> Option<usize> {
        let named = |open: &Open| {
            let known = page.jobs[open.job].guid.as_deref();
            known.is_some_and(|known| known.as_bytes() == guid)
        };
        self.open.iter().rposition(named)
    }

    fn unidentified(&self, page: &Page) -> Option<usize> {
        let nameless = |open: &Open| page.jobs[open.job].guid.is_none();
        self.open.iter().rposition(nameless)
    }

    fn unrequested(&self) -> Option<usize> {
        self.open.iter().rposition(|open| open.request.is_none())
    }

    fn ended_at(&self, at: Timestamp) -> Option<Ended> {
        self.ended.filter(|ended| is_near(ended.at, at, SAME_END))
    }
}

/// What the line of a pick-up names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Received<'l> {
    pub(super) request: &'l [u8],
    pub(super) plan: &'l [u8],
    pub(super) guid: &'l [u8],
}

/// A job of which nothing is known yet.
pub(super) const UNNAMED: LoggedJob = LoggedJob {
    plan: None,
    guid: None,
    name: None,
    job: None,
    run: None,
    attempt: None,
    repo: None,
};

fn is_near(one: Timestamp, other: Timestamp, by: Span) -> bool {
    (one - other).as_millis().abs() <= by.as_millis()
}

fn is_named(page: &Page, job: usize, name: &Arc<str>) -> bool {
    page.jobs[job].name.as_ref() == Some(name)
}

fn request(id: &[u8]) -> Option<u64> {
    let id = std::str::from_utf8(id).ok()?.parse().ok()?;
    (id != 0).then_some(id)
}
