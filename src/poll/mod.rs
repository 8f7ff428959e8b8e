//! Polling: what to read in a cycle, in which order, and what to do when a
//! read fails. Knows no HTTP: it asks a [`Source`]. Judges nothing: it hands
//! out [`Record`]s.
//!
//! A cycle reads the runners first and the jobs after them, whatever the busy
//! flags say: fetching jobs only of busy runners would hide exactly the
//! contradiction (`phenomena.md`, T18). What the listings contradict is then
//! confirmed by reads by id.

mod breaker;
mod budget;
mod confirm;
mod deliveries;
mod discovery;
mod etags;
mod hour;
mod jobs;
mod list;
mod minute;
mod pace;
mod past;
mod price;
mod read;
mod repos;
mod runners;
mod runs;
mod sandwich;
mod source;

#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::{join, join3};
use futures_util::stream::{self, StreamExt};
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::model::{
    Candidate, Cycle, Gap, Hook, Mono, MonoWindow, OpenJob, Record, RepoName, RunnerId, Scope,
    Sight, Span, Stretch, Target, Timestamp, UnknownReason,
};
pub(crate) use budget::{Rest, share_of};
pub(crate) use past::*;
pub(crate) use price::{Fleet, fitting};
pub(crate) use read::PER_PAGE;
pub(crate) use source::*;

use breaker::Breaker;
use budget::Budget;
use confirm::Confirmed;
use deliveries::{Heard, Log};
use discovery::Discovery;
use etags::Etags;
use minute::Minute;
use pace::Gate;
use read::{EVERY_REQUEST, LIMITED};
use repos::Lookup;

/// What and how to poll.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// Whose runners.
    pub(crate) scopes: Vec<Scope>,
    /// Whose jobs: these repositories,
    pub(crate) repos: Vec<RepoName>,
    /// and all that these owners have.
    pub(crate) owners: Vec<Arc<str>>,
    /// Whether those are all whose jobs can run on the runners.
    pub(crate) sight: Sight,
    /// Whose deliveries tell which repositories are at work.
    pub(crate) hook: Option<Hook>,
    /// Requests under way at once.
    pub(crate) max_concurrent: usize,
    /// Sandwiches a cycle may make, the control not counted.
    pub(crate) confirmations: usize,
    /// When a new contradiction gets its second sandwich.
    pub(crate) again: Again,
    /// Runners are read without a condition at least once in it.
    pub(crate) lag_limit: Span,
    /// Runs of the program before this one on the same recording: reading
    /// that takes turns goes on where they stood.
    pub(crate) turn: u32,
    pub(crate) breadth: Breadth,
    /// Share of the hourly limit to keep to, from 0 to 1.
    pub(crate) budget: Option<f64>,
    /// Nothing is waited for beyond this.
    pub(crate) deadline: Option<Mono>,
    /// The run is over then: nobody waits for what comes later.
    pub(crate) ends: Option<Mono>,
}

/// How much of the job lists one cycle reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breadth {
    /// What changes seldom takes turns, and a 304 will do.
    Turns,
    /// Every list in full, as an answer that must hold alone needs it.
    Everything,
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
    /// The request was refused, whatever the credential.
    #[error("failed to read {what}: {error}")]
    Refused {
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
    pub(crate) until: Mono,
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
    minute: Minute,
    budget: Budget,
    breaker: Breaker,
    /// The end of the wait that was told last.
    announced: Cell<Option<Mono>>,
    /// Since when in this cycle the breaker holds reads back.
    withheld_since: Cell<Option<Mono>>,
    /// Requests under way, over all that runs side by side.
    places: Semaphore,
    number: Cell<u64>,
    records: RefCell<Vec<Record>>,
    raws: RefCell<Vec<(u64, Arc<str>)>>,
    etags: RefCell<Etags>,
    /// Whose jobs are read.
    repos: RefCell<Vec<RepoName>>,
    lookup: RefCell<Lookup>,
    /// When every page of a scope's runners was last read unconditionally.
    read_whole: RefCell<BTreeMap<Scope, Mono>>,
    /// How many runners a scope's list had when it was last read.
    registered: RefCell<BTreeMap<Scope, u64>>,
    /// From the beginning of the cycle before to that of this one.
    spacing: Cell<Span>,
    confirmed: RefCell<Confirmed>,
    discovery: RefCell<Discovery>,
    heard: RefCell<Heard>,
    cycle: RefCell<Cycle>,
    answered: Cell<u64>,
    redirects: Cell<u64>,
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
            minute: Minute::default(),
            budget: Budget::new(options.budget),
            breaker: Breaker::default(),
            announced: Cell::new(None),
            withheld_since: Cell::new(None),
            places: Semaphore::new(options.max_concurrent.max(1)),
            repos: RefCell::new(options.repos.clone()),
            options,
            number: Cell::new(0),
            records: RefCell::new(Vec::new()),
            raws: RefCell::new(Vec::new()),
            etags: RefCell::default(),
            lookup: RefCell::default(),
            read_whole: RefCell::default(),
            registered: RefCell::default(),
            spacing: Cell::new(Span::ZERO),
            confirmed: RefCell::default(),
            discovery: RefCell::new(Discovery::since(since)),
            heard: RefCell::default(),
            cycle: RefCell::new(empty_cycle(0, Mono::from_millis(0))),
            answered: Cell::new(0),
            redirects: Cell::new(0),
        }
    }

    /// Begins a cycle and reads every runner, then every job. `open` are the
    /// jobs not known to have ended; each is read again, wherever it is
    /// listed. `standing` are the candidates of the cycle before: what was
    /// open then is confirmed beside the sweep.
    ///
    /// # Errors
    /// In the first cycle, when nothing answers or the credential does not
    /// open a target. Later failures are gaps.
    pub(crate) async fn sweep(
        &self,
        open: &[OpenJob],
        standing: &[Candidate],
    ) -> Result<(), Fatal> {
        self.begin_cycle();
        let sweep = async {
            let log = self.read_runners_and_repos().await?;
            self.read_jobs(open, log).await?;
            self.some_repo_is_readable()
        };
        if self.breaker.is_open() {
            sweep.await?;
            self.confirm_standing(standing).await;
            return Ok(());
        }
        let (swept, ()) = join(sweep, self.confirm_standing(standing)).await;
        swept
    }

    /// Side by side, unless nothing answers: then the first page of runners is
    /// the probe.
    async fn read_runners_and_repos(&self) -> Result<Log, Fatal> {
        if self.breaker.is_open() {
            self.read_runners().await?;
            self.look_up_repos().await?;
            return Ok(Log::Lacking);
        }
        // On the heap, as few runs have a log.
        let hearing = Box::pin(self.hear());
        let reads = join3(self.read_runners(), self.look_up_repos(), hearing);
        let (runners, repos, log) = reads.await;
        runners.and(repos).map(|()| log)
    }

    fn begin_cycle(&self) {
        let now = self.clock.mono();
        let last = self.cycle.borrow().clone();
        if 0 < last.number {
            self.spacing.set(now - last.window.sent);
        }
        self.confirmed.borrow_mut().clear();
        self.withheld_since.set(None);
        self.breaker.begin_phase();
        self.budget.begin_cycle();
        if self.options.breadth == Breadth::Everything {
            self.forget_answers();
            self.discovery.borrow_mut().forget_turns();
            self.look_up_again();
        }
        *self.cycle.borrow_mut() = Cycle {
            runners_expected: last.runners_expected,
            ..empty_cycle(last.number + 1, now)
        };
    }

    /// Forgets what lists said: the next answers are whole bodies again, as
    /// at the beginning of a recording's file.
    pub(crate) fn forget_answers(&self) {
        self.etags.borrow_mut().forget();
    }

    /// Reads runners by id, outside any sweep.
    pub(crate) async fn look(&self, runners: &[(Scope, RunnerId)]) {
        let reads = runners.iter().map(|(scope, id)| {
            self.object(Target::Runner {
                scope: scope.clone(),
                id: *id,
            })
        });
        self.concurrently(reads).await;
    }

    /// Ends the cycle, also one that was cut off.
    pub(crate) fn end_cycle(&self) {
        if let Some(since) = self.withheld_since.get() {
            self.gap(since, EVERY_REQUEST, UnknownReason::HttpError);
        }
        self.budget.end_cycle(self.clock.mono());
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

    /// Redirects that were followed in this run. They are requests, and no
    /// records: an attempt is one, whatever it takes.
    pub(crate) fn redirects(&self) -> u64 {
        self.redirects.get()
    }

    /// When the next cycle can begin, if it is wanted at an instant: not
    /// while a limit lasts.
    pub(crate) fn next_cycle(&self, wanted: Mono) -> Mono {
        let closed = self.gate.closed_until(wanted);
        if let Some(until) = closed {
            self.say_waiting(until, LIMITED);
        }
        closed.unwrap_or(wanted)
    }

    /// How the budget stretches a wanted interval, if it does.
    pub(crate) fn stretch(&self, wanted: Span, rest: Rest) -> Option<Stretch> {
        let began = self.cycle.borrow().window.sent;
        self.budget.stretch(self.clock.mono(), began, wanted, rest)
    }

    /// Charged requests that the next cycle is expected to cost; `None` before
    /// that can be said.
    pub(crate) fn expected_price(&self) -> Option<u64> {
        self.budget.price()
    }

    /// Runs futures side by side, so many at once as requests may be.
    async fn concurrently<F: Future>(&self, futures: impl Iterator<Item = F>) -> Vec<F::Output> {
        let running = stream::iter(futures);
        let running = running.buffer_unordered(self.options.max_concurrent.max(1));
        running.collect().await
    }

    /// What ends a first cycle: no access, a refusal, or nothing answering.
    fn fatal(&self, what: &str, error: Option<&PollError>) -> Result<(), Fatal> {
        let first = self.cycle.borrow().number == 1;
        let Some(error) = error.filter(|_| first) else {
            return Ok(());
        };
        let what = what.to_owned();
        let error = error.clone();
        match error {
            PollError::Unauthorized(_)
            | PollError::Renewing(_)
            | PollError::Forbidden { .. }
            | PollError::NotFound(_) => Err(Fatal::Access { what, error }),
            PollError::Rejected(_) => Err(Fatal::Refused { what, error }),
            PollError::NoAnswer(_) if self.answered.get() == 0 => {
                Err(Fatal::Unreachable { what, error })
            }
            PollError::NoAnswer(_)
            | PollError::NotAnAnswer(_)
            | PollError::Unavailable { .. }
            | PollError::Undecodable(_)
            | PollError::Limited { .. }
            | PollError::Withheld { .. } => Ok(()),
        }
    }

    /// Notes what could not be read, and why. What was never asked has a gap
    /// of its own for all requests.
    fn missed(&self, from: Mono, target: &str, error: &PollError) {
        if !matches!(error, PollError::Withheld { .. }) {
            self.gap(from, target, error.reason());
        }
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
        window: MonoWindow::at(began),
        runners_expected: 0,
        runners_read: 0,
        jobs_from: began,
        jobs_complete: false,
        reads_planned: 0,
        reads_got: 0,
        only_unfiltered: 0,
        page_full: false,
        open_below: false,
        not_confirmed: 0,
        gaps: Vec::new(),
        unreadable: Vec::new(),
        sight: Sight::Whole,
    }
}
