//! Folds records into facts: readings per runner, histories per job, clock
//! bounds and cycles per run. Judges nothing.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::life::{RecordState, record_state};
use super::offset::{Offsets, Placed};
use crate::model::{
    Cycle, Exchange, Host, ImportedReading, Job, JobId, JobKey, Mono, MonoWindow, OnlineStatus,
    Record, Requests, Run, Runner, RunnerEvent, RunnerId, RunnerKey, Said, Sandwich, Scope,
    Sighting, Target, Timestamp, Told, UnknownReason, Window,
};

/// Index of a run in [`Facts::runs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RunIndex(usize);

/// When something was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Live { run: RunIndex, window: MonoWindow },
    Imported(Timestamp),
}

/// What a reading of a runner showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seen {
    Flag {
        busy: bool,
        online: bool,
    },
    /// 404 by id.
    Missing,
    /// No usable answer about this runner.
    Nothing(UnknownReason),
}

/// How a reading came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Via {
    List,
    ById,
    File,
}

/// One reading of one runner.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) when: When,
    pub(super) seen: Seen,
    pub(super) via: Via,
    /// Index into [`Lane::looks`]: what the runner looked like.
    pub(super) look: Option<usize>,
    /// The exchange it came by.
    pub(super) exchange: Option<ExchangeId>,
}

/// An exchange of a run, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ExchangeId {
    pub(super) run: RunIndex,
    pub(super) number: u64,
}

/// What a runner looked like besides its flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) name: Option<Arc<str>>,
    pub(super) os: Option<Arc<str>>,
    pub(super) labels: Option<Vec<Arc<str>>>,
    pub(super) group_id: Option<u64>,
    pub(super) version: Option<Arc<str>>,
}

/// Everything read about one runner.
#[derive(Debug, Clone, Default)]
pub(super) struct Lane {
    pub(super) readings: Vec<Reading>,
    pub(super) looks: Vec<Look>,
    pub(super) events: Vec<RunnerEvent>,
    pub(super) sandwiches: Vec<(RunIndex, Sandwich)>,
    /// The last run and cycle whose list showed it.
    listed: Option<(RunIndex, u32)>,
}

/// A quoted exchange: kept for reads that can be proof.
#[derive(Debug, Clone)]
pub(super) struct Quote {
    pub(super) window: MonoWindow,
    pub(super) url: Arc<str>,
    pub(super) status: Option<u16>,
    pub(super) request_id: Option<Arc<str>>,
    pub(super) date: Option<Timestamp>,
    /// `Age` in seconds: how old the answer was when it was sent.
    pub(super) age: Option<u64>,
    /// Unconditional, 200, no `Age`: may be part of a sandwich.
    pub(super) direct: bool,
}

/// A job read by id, for sandwiches.
#[derive(Debug, Clone)]
pub(super) struct Glimpse {
    pub(super) key: JobKey,
    pub(super) job: Arc<Job>,
}

/// All that was read about one job.
#[derive(Debug, Clone)]
pub(super) struct JobHistory {
    /// The record that shows the most progress; once completed, a lagging
    /// answer never takes that back.
    pub(super) record: Arc<Job>,
    /// First reading that showed it running on the runner it names.
    pub(super) first_running: Option<(RunnerId, When)>,
    /// Last reading that showed it running.
    pub(super) last_running: Option<When>,
    /// Last reading that showed it in progress.
    pub(super) last_in_progress: Option<When>,
    /// The exchange that first showed it completed.
    pub(super) completed_by: Option<ExchangeId>,
    /// Last cycle that read it.
    pub(super) last_read: Option<(RunIndex, u32)>,
    /// GET by id answered 404: there is nothing to read again.
    pub(super) gone: bool,
}

/// One run of the program.
#[derive(Debug, Clone)]
pub(super) struct RunFacts {
    pub(super) header: Run,
    pub(super) offsets: Offsets,
    pub(super) cycles: Vec<Cycle>,
    /// Failed attempts at reading runners, by reason.
    pub(super) failed: BTreeMap<UnknownReason, u64>,
    pub(super) requests: Requests,
    pub(super) last_seen: Mono,
    /// Every exchange up to this number is known: it is of a cycle that has
    /// ended.
    ended: u64,
    /// Exchanges known since. They come in any order within a cycle, as a
    /// recording writes unchanged lists last.
    known: BTreeSet<u64>,
}

/// The state of the fold.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub(super) runs: Vec<RunFacts>,
    pub(super) lanes: BTreeMap<RunnerKey, Lane>,
    pub(super) jobs: BTreeMap<JobKey, JobHistory>,
    /// Jobs by the runner id they name, for matching.
    pub(super) by_runner: BTreeMap<u64, BTreeSet<JobKey>>,
    /// Jobs without a runner that have not ended: they may be anywhere.
    pub(super) unassigned: BTreeSet<JobKey>,
    pub(super) quotes: BTreeMap<ExchangeId, Quote>,
    pub(super) glimpses: BTreeMap<ExchangeId, Glimpse>,
    pub(super) told: Vec<Told>,
    /// The last list answer of each scope.
    listed: BTreeMap<(Host, Scope), When>,
    imported: HashSet<String>,
    current: Option<RunIndex>,
}

impl Facts {
    /// Takes one record in.
    pub(super) fn feed(&mut self, record: Record) {
        match record {
            Record::Run(header) => self.begin_run(header),
            Record::Exchange(exchange) => self.exchange(*exchange),
            Record::Sandwich(sandwich) => self.sandwich(sandwich),
            Record::Cycle(cycle) => self.cycle(cycle),
            Record::Reading(reading) => self.imported_reading(reading),
            Record::Event(event) => self.event(event),
            Record::Job(imported) => self.job(&imported.host, &imported.job, None, None),
            Record::Told(told) => self.told.push(told),
        }
    }

    pub(super) fn run(&self, index: RunIndex) -> Option<&RunFacts> {
        self.runs.get(index.0)
    }

    /// The last run begun.
    pub(super) fn current_run(&self) -> Option<(RunIndex, &RunFacts)> {
        let index = self.current?;
        Some((index, self.run(index)?))
    }

    /// Runs with their indices, in the order of feeding.
    pub(super) fn indexed_runs(&self) -> impl Iterator<Item = (RunIndex, &RunFacts)> {
        self.runs
            .iter()
            .enumerate()
            .map(|(at, run)| (RunIndex(at), run))
    }

    /// The window by GitHub's clock. An imported time is its own window.
    pub(super) fn place(&self, when: When) -> Option<Placed> {
        match when {
            When::Live { run, window } => Some(self.run(run)?.offsets.place(window)),
            When::Imported(at) => Some(Placed {
                window: Window {
                    sent: at,
                    received: at,
                },
                clock_bound: crate::model::Span::ZERO,
            }),
        }
    }

    /// Window of the last list answer of a runner's scope.
    pub(super) fn scope_listed(&self, key: &RunnerKey) -> Option<Window> {
        let when = self.listed.get(&(key.host.clone(), key.scope.clone()))?;
        Some(self.place(*when)?.window)
    }

    /// A run that continues in another file (after rotation) is one run.
    fn begin_run(&mut self, header: Run) {
        let known = self.runs.iter().position(|run| run.header.id == header.id);
        let index = known.unwrap_or(self.runs.len());
        self.current = Some(RunIndex(index));
        if known.is_none() {
            self.runs.push(RunFacts {
                offsets: Offsets::new(header.began),
                header,
                cycles: Vec::new(),
                failed: BTreeMap::new(),
                requests: Requests::default(),
                last_seen: Mono::from_millis(0),
                ended: 0,
                known: BTreeSet::new(),
            });
        }
    }

    fn exchange(&mut self, exchange: Exchange) {
        let Some(run) = self.current else { return };
        let Some(facts) = self.runs.get_mut(run.0) else {
            return;
        };
        if !facts.account(&exchange) {
            return;
        }
        let host = facts.header.host.clone();
        let id = ExchangeId {
            run,
            number: exchange.number,
        };
        self.quote(&host, id, &exchange);
        self.said(&host, id, exchange);
    }

    /// Keeps what a proof can quote: reads of runners, of jobs by id, and
    /// what first showed a job completed.
    fn quote(&mut self, host: &Host, id: ExchangeId, exchange: &Exchange) {
        let quotable = match &exchange.said {
            Said::Runners { .. } | Said::Runner(_) | Said::Job(_) => true,
            Said::Jobs { jobs, .. } => jobs.iter().any(|job| self.completes(host, job)),
            Said::Runs { .. }
            | Said::Run(_)
            | Said::RateLimit
            | Said::NotModified
            | Said::Failed(_) => false,
        };
        if quotable {
            self.quotes.insert(id, Quote::of(exchange));
        }
    }

    /// Whether this record is the first to show its job completed.
    fn completes(&self, host: &Host, job: &Job) -> bool {
        let known = self.jobs.get(&job_key(host, job.id));
        record_state(job) == RecordState::Completed
            && known.is_some_and(|known| known.completed_by.is_none())
    }

    fn said(&mut self, host: &Host, id: ExchangeId, exchange: Exchange) {
        let when = When::Live {
            run: id.run,
            window: exchange.window,
        };
        let cycle = exchange.cycle;
        match (exchange.target, exchange.said) {
            (Target::Runners { scope, .. }, Said::Runners { runners, .. }) => {
                if exchange.age.is_none() {
                    self.listed.insert((host.clone(), scope.clone()), when);
                }
                for runner in runners {
                    let key = runner_key(host, &scope, runner.id);
                    let lane = self.lanes.entry(key).or_default();
                    lane.listed = Some((id.run, cycle));
                    lane.saw(when, Via::List, runner, Some(id));
                }
            }
            (Target::Runner { scope, .. }, Said::Runner(Some(runner))) => {
                let key = runner_key(host, &scope, runner.id);
                let lane = self.lanes.entry(key).or_default();
                lane.saw(when, Via::ById, runner, Some(id));
            }
            (Target::Runner { scope, id: runner }, Said::Runner(None)) => {
                let key = runner_key(host, &scope, runner);
                let lane = self.lanes.entry(key).or_default();
                lane.push(when, Via::ById, Seen::Missing, None, Some(id));
            }
            (_, Said::Jobs { jobs, .. }) => {
                for job in jobs {
                    self.job(host, &job, Some((when, cycle)), Some(id));
                }
            }
            (_, Said::Job(Some(job))) => {
                let key = job_key(host, job.id);
                let glimpse = Glimpse {
                    key,
                    job: Arc::new(Job::clone(&job)),
                };
                self.glimpses.insert(id, glimpse);
                self.job(host, &job, Some((when, cycle)), Some(id));
            }
            (Target::Job { id: job, .. }, Said::Job(None)) => {
                if let Some(history) = self.jobs.get_mut(&job_key(host, job)) {
                    history.gone = true;
                }
            }
            _ => {}
        }
    }

    fn sandwich(&mut self, sandwich: Sandwich) {
        let Some((index, run)) = self.current_run() else {
            return;
        };
        let key = runner_key(&run.header.host, &sandwich.scope, sandwich.runner);
        let lane = self.lanes.entry(key).or_default();
        let known = (index, sandwich);
        if !lane.sandwiches.contains(&known) {
            lane.sandwiches.push(known);
        }
    }

    /// Ends a cycle: runners that its complete lists no longer show are
    /// absent, which is unknown, never idle.
    fn cycle(&mut self, cycle: Cycle) {
        let Some(run) = self.current else { return };
        let Some(facts) = self.runs.get_mut(run.0) else {
            return;
        };
        let known = facts.cycles.last();
        if known.is_some_and(|known| cycle.number <= known.number) {
            return;
        }
        facts.ended = facts.known.pop_last().unwrap_or(0).max(facts.ended);
        facts.known.clear();
        facts.last_seen = facts.last_seen.max(cycle.window.received);
        let complete = cycle.runners_expected == cycle.runners_read;
        let scopes = facts.header.targets.clone();
        let when = When::Live {
            run,
            window: cycle.window,
        };
        if complete {
            self.note_absent(&scopes, run, cycle.number, when);
        }
        if let Some(facts) = self.runs.get_mut(run.0) {
            facts.cycles.push(cycle);
        }
    }

    fn note_absent(&mut self, scopes: &[Scope], run: RunIndex, cycle: u32, when: When) {
        for (key, lane) in &mut self.lanes {
            let listed_here = lane.listed == Some((run, cycle));
            if lane.listed.is_some() && !listed_here && scopes.contains(&key.scope) {
                lane.listed = None;
                let absent = Seen::Nothing(UnknownReason::RunnerAbsent);
                lane.push(when, Via::List, absent, None, None);
            }
        }
    }

    /// Equal readings from one source count once (`evidence.md` §1).
    fn imported_reading(&mut self, reading: ImportedReading) {
        if !self.imported.insert(format!("{reading:?}")) {
            return;
        }
        let when = When::Imported(reading.at);
        let lane = self.lanes.entry(reading.key).or_default();
        match reading.said {
            Sighting::Seen(runner) => lane.saw(when, Via::File, runner, None),
            Sighting::Missing => {
                let look = lane.look(Look::named(reading.name));
                lane.push(when, Via::File, Seen::Missing, Some(look), None);
            }
        }
    }

    fn event(&mut self, event: RunnerEvent) {
        let lane = self.lanes.entry(event.key.clone()).or_default();
        if !lane.events.contains(&event) {
            lane.events.push(event);
            lane.events.sort_by_key(|event| (event.at, event.kind));
        }
    }

    fn job(&mut self, host: &Host, job: &Job, read: Option<(When, u32)>, by: Option<ExchangeId>) {
        let key = job_key(host, job.id);
        let state = record_state(job);
        let history = self.jobs.entry(key.clone()).or_insert_with(|| JobHistory {
            record: Arc::new(job.clone()),
            first_running: None,
            last_running: None,
            last_in_progress: None,
            completed_by: None,
            last_read: None,
            gone: false,
        });
        history.read(job, state, read, by);
        let record = Arc::clone(&history.record);
        if record.assignment.is_none() && record_state(&record) != RecordState::Completed {
            self.unassigned.insert(key);
            return;
        }
        self.unassigned.remove(&key);
        if let Some(assignment) = &record.assignment {
            let named = self.by_runner.entry(assignment.runner_id.0).or_default();
            named.insert(key);
        }
    }
}

impl RunFacts {
    /// Counts an exchange and learns its clock; `false` for one seen before,
    /// as after a rotation that carried it over.
    fn account(&mut self, exchange: &Exchange) -> bool {
        if exchange.number <= self.ended || !self.known.insert(exchange.number) {
            return false;
        }
        self.last_seen = self.last_seen.max(exchange.window.received);
        if let (Some(date), None) = (exchange.date, exchange.age) {
            self.offsets.learn(exchange.window, date);
        }
        self.count(exchange);
        true
    }

    fn count(&mut self, exchange: &Exchange) {
        let unchanged = exchange.said == Said::NotModified;
        self.requests.total += 1;
        self.requests.retried += u64::from(0 < exchange.retry);
        self.requests.not_modified += u64::from(unchanged);
        let free = unchanged || exchange.target == Target::RateLimit || exchange.status.is_none();
        self.requests.charged += u64::from(!free);
        if let Some(rate) = exchange.rate {
            self.requests.limit = rate.limit.or(self.requests.limit);
            self.requests.remaining = rate.remaining.or(self.requests.remaining);
        }
        let about_runners = matches!(
            exchange.target,
            Target::Runners { .. } | Target::Runner { .. }
        );
        if let Some((reason, count)) = lost(&exchange.said).filter(|_| about_runners) {
            *self.failed.entry(reason).or_insert(0) += count;
        }
    }
}

/// Readings of runners that an answer failed to give.
fn lost(said: &Said) -> Option<(UnknownReason, u64)> {
    match said {
        Said::Failed(failure) => Some((failure.reason, 1)),
        Said::NotModified => Some((UnknownReason::NotModified, 1)),
        Said::Runners { undecodable, .. } if 0 < *undecodable => {
            Some((UnknownReason::Undecodable, u64::from(*undecodable)))
        }
        Said::Runners { .. }
        | Said::Runner(_)
        | Said::Runs { .. }
        | Said::Run(_)
        | Said::Jobs { .. }
        | Said::Job(_)
        | Said::RateLimit => None,
    }
}

impl Quote {
    fn of(exchange: &Exchange) -> Self {
        Self {
            window: exchange.window,
            url: Arc::clone(&exchange.url),
            status: exchange.status,
            request_id: exchange.request_id.clone(),
            date: exchange.date,
            age: exchange.age,
            direct: !exchange.conditional && exchange.age.is_none() && exchange.status == Some(200),
        }
    }
}

impl JobHistory {
    fn read(
        &mut self,
        job: &Job,
        state: RecordState,
        read: Option<(When, u32)>,
        by: Option<ExchangeId>,
    ) {
        if self.advances(job) {
            self.record = Arc::new(job.clone());
        }
        if state == RecordState::Completed && self.completed_by.is_none() {
            self.completed_by = by;
        }
        let Some((when, cycle)) = read else { return };
        if let When::Live { run, .. } = when {
            self.last_read = Some((run, cycle));
        }
        if job.status != crate::model::JobStatus::InProgress {
            return;
        }
        self.last_in_progress = Some(when);
        if let Some(assignment) = &job.assignment
            && state == RecordState::Running
        {
            self.last_running = Some(when);
            let first = self.first_running;
            let moved = first.is_none_or(|(runner, _)| runner != assignment.runner_id);
            if moved {
                self.first_running = Some((assignment.runner_id, when));
            }
        }
    }

    /// Whether a record shows at least as much progress as the one kept.
    fn advances(&self, job: &Job) -> bool {
        progress(&self.record) <= progress(job)
    }
}

/// Orders records of one job by progress, whatever order they came in.
fn progress(job: &Job) -> (RecordState, bool, Option<Timestamp>, Option<Timestamp>) {
    let steps = job.steps.iter();
    let last_step = steps.filter_map(|s| s.completed_at.max(s.started_at)).max();
    (
        record_state(job),
        job.assignment.is_some(),
        last_step,
        job.completed_at,
    )
}

impl Look {
    fn named(name: Option<Arc<str>>) -> Self {
        Self {
            name,
            os: None,
            labels: None,
            group_id: None,
            version: None,
        }
    }
}

impl Lane {
    fn saw(&mut self, when: When, via: Via, runner: Runner, exchange: Option<ExchangeId>) {
        let seen = match runner.status {
            OnlineStatus::Online => Seen::Flag {
                busy: runner.busy,
                online: true,
            },
            OnlineStatus::Offline => Seen::Flag {
                busy: runner.busy,
                online: false,
            },
            OnlineStatus::Other(_) => Seen::Nothing(UnknownReason::Undecodable),
        };
        let look = self.look(Look {
            name: runner.name,
            os: runner.os,
            labels: runner.labels,
            group_id: runner.group_id,
            version: runner.version,
        });
        self.push(when, via, seen, Some(look), exchange);
    }

    fn push(
        &mut self,
        when: When,
        via: Via,
        seen: Seen,
        look: Option<usize>,
        exchange: Option<ExchangeId>,
    ) {
        self.readings.push(Reading {
            when,
            seen,
            via,
            look,
            exchange,
        });
    }

    /// Looks change rarely; each is kept once.
    fn look(&mut self, look: Look) -> usize {
        let known = self.looks.iter().rposition(|known| *known == look);
        known.unwrap_or_else(|| {
            self.looks.push(look);
            self.looks.len() - 1
        })
    }
}

pub(super) fn runner_key(host: &Host, scope: &Scope, id: crate::model::RunnerId) -> RunnerKey {
    RunnerKey {
        host: host.clone(),
        scope: scope.clone(),
        id,
    }
}

fn job_key(host: &Host, id: JobId) -> JobKey {
    JobKey {
        host: host.clone(),
        id,
    }
}
