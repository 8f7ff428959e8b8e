//! Polling: what to read in a cycle, in which order, and what to do when a
//! read fails. Knows no HTTP: it asks a [`Source`]. Judges nothing: it hands
//! out [`Record`]s.
//!
//! A cycle reads the runners first and the jobs after them, whatever the busy
//! flags say: fetching jobs only of busy runners would hide exactly the
//! contradiction (`phenomena.md`, T18). What the listings contradict is then
//! confirmed by reads by id.

mod discovery;
mod pace;
mod sandwich;
mod session;
mod source;
mod sweep;

#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::model::{
    Candidate, Cycle, Gap, Mono, MonoWindow, OpenJob, Record, RepoName, Scope, Span, Timestamp,
    UnknownReason, Urgency,
};
pub(crate) use source::*;

use discovery::Discovery;
use pace::Gate;

/// What and how to poll.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// Whose runners.
    pub(crate) scopes: Vec<Scope>,
    /// Whose jobs.
    pub(crate) repos: Vec<RepoName>,
    /// Requests under way at once.
    pub(crate) max_concurrent: usize,
    /// Sandwiches a cycle may make, the control not counted.
    pub(crate) confirmations: usize,
    /// When a new contradiction gets its second sandwich.
    pub(crate) again: Again,
    /// Nothing is waited for beyond this.
    pub(crate) deadline: Option<Mono>,
}

/// When the second sandwich of a finding is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// In the same cycle, once 5 s have passed: for a check, which has no
    /// next cycle.
    SameCycle,
    NextCycle,
}

/// Why polling cannot go on.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Fatal {
    /// The credential does not open what was asked for.
    #[error("failed to read {what}: {error}")]
    Access {
        what: String,
        #[source]
        error: PollError,
    },
    /// Not one request was answered.
    #[error("failed to reach {what}: {error}")]
    Unreachable {
        what: String,
        #[source]
        error: PollError,
    },
}

/// Told while the poller waits for somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) span: Span,
    pub(crate) why: String,
}

/// The poll loop's hands: reads, in cycles, and keeps what it read until it
/// is drained.
pub(crate) struct Poller<'a, S, C> {
    source: &'a S,
    clock: &'a C,
    options: Options,
    on_wait: Box<dyn Fn(&Waiting) + 'a>,
    gate: Gate,
    /// Requests under way, over all that runs side by side.
    places: Semaphore,
    number: Cell<u64>,
    records: RefCell<Vec<Record>>,
    raws: RefCell<Vec<(u64, Arc<str>)>>,
    discovery: RefCell<Discovery>,
    cycle: RefCell<Cycle>,
    answered: Cell<u64>,
}

impl<'a, S: Source, C: Clock> Poller<'a, S, C> {
    /// A poller for a run that has just begun. `since` is when jobs were last
    /// read, by an earlier run: runs that ended after it are read once more.
    pub(crate) fn new(
        source: &'a S,
        clock: &'a C,
        options: Options,
        since: Timestamp,
        on_wait: Box<dyn Fn(&Waiting) + 'a>,
    ) -> Self {
        Self {
            source,
            clock,
            on_wait,
            gate: Gate::default(),
            places: Semaphore::new(options.max_concurrent.max(1)),
            options,
            number: Cell::new(0),
            records: RefCell::new(Vec::new()),
            raws: RefCell::new(Vec::new()),
            discovery: RefCell::new(Discovery::since(since)),
            cycle: RefCell::new(empty_cycle(0, Mono::from_millis(0))),
            answered: Cell::new(0),
        }
    }

    /// Begins a cycle and reads every runner, then every job. `open` are the
    /// jobs not known to have ended; each is read again, wherever it is
    /// listed.
    ///
    /// # Errors
    /// In the first cycle, when nothing answers or the credential does not
    /// open a target. Later failures are gaps.
    pub(crate) async fn sweep(&self, open: &[OpenJob]) -> Result<(), Fatal> {
        let number = self.cycle.borrow().number + 1;
        let expected = self.cycle.borrow().runners_expected;
        *self.cycle.borrow_mut() = Cycle {
            runners_expected: expected,
            ..empty_cycle(number, self.clock.mono())
        };
        self.read_runners().await?;
        self.read_jobs(open).await
    }

    /// Confirms candidates by sandwiches, the most urgent ones first, and one
    /// agreeing runner as a control.
    pub(crate) async fn confirm(&self, candidates: &[Candidate]) {
        let (controls, contradictions): (Vec<_>, Vec<_>) = candidates
            .iter()
            .partition(|candidate| candidate.urgency == Urgency::Control);
        let affordable = contradictions.len().min(self.options.confirmations);
        let (now, left) = contradictions.split_at(affordable);
        self.cycle.borrow_mut().not_confirmed += left.len() as u64;
        self.sandwiches(now, &self.control(&controls)).await;
    }

    /// One agreeing runner, another one each cycle.
    fn control<'c>(&self, controls: &[&'c Candidate]) -> Vec<&'c Candidate> {
        if self.options.confirmations == 0 || controls.is_empty() {
            return Vec::new();
        }
        let turn = self.cycle.borrow().number as usize % controls.len();
        controls.get(turn).copied().into_iter().collect()
    }

    /// Reads open jobs once more, outside any sweep: the last look of a run.
    pub(crate) async fn settle(&self, open: &[OpenJob]) {
        self.concurrently(open.iter().map(|job| self.read_job(job)))
            .await;
    }

    /// Ends the cycle, also one that was cut off.
    pub(crate) fn end_cycle(&self) {
        let mut cycle = self.cycle.borrow().clone();
        cycle.window.received = self.clock.mono();
        self.records.borrow_mut().push(Record::Cycle(cycle));
    }

    /// Notes that the cycle ran out of time before everything was read.
    pub(crate) fn cut_off(&self) {
        let from = self.cycle.borrow().window.sent;
        self.gap(from, "this cycle", UnknownReason::OutOfTime);
        let mut cycle = self.cycle.borrow_mut();
        cycle.jobs_complete = false;
        cycle.runners_expected = cycle.runners_expected.max(1);
    }

    /// Everything read since the last call, in the order of sending.
    pub(crate) fn drain(&self) -> Vec<Record> {
        let mut records = self.records.take();
        records.sort_by_key(|record| match record {
            Record::Exchange(exchange) => exchange.number,
            _ => u64::MAX,
        });
        records
    }

    /// Bodies of reads by id since the last call, by exchange number.
    pub(crate) fn drain_raws(&self) -> Vec<(u64, Arc<str>)> {
        self.raws.take()
    }

    /// Runners read in this cycle, for a progress line.
    pub(crate) fn runners_read(&self) -> u64 {
        self.cycle.borrow().runners_read
    }

    fn gap(&self, from: Mono, target: &str, reason: UnknownReason) {
        let gap = Gap {
            from,
            to: self.clock.mono(),
            target: target.into(),
            reason,
        };
        self.cycle.borrow_mut().gaps.push(gap);
    }
}

fn empty_cycle(number: u32, began: Mono) -> Cycle {
    Cycle {
        number,
        window: MonoWindow {
            sent: began,
            received: began,
        },
        runners_expected: 0,
        runners_read: 0,
        jobs_from: began,
        jobs_complete: false,
        reads_planned: 0,
        reads_got: 0,
        only_unfiltered: 0,
        page_full: false,
        not_confirmed: 0,
        gaps: Vec::new(),
        unreadable: Vec::new(),
    }
}
