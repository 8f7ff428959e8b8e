//! Jobs as a runner's own logs name them, put together from their lines and
//! joined to the jobs of the API (`runner-logs.md` §4).
//!
//! | # | the log and the job agree on | join |
//! |---|---|---|
//! | 1 | the job's id | exact |
//! | 2 | run, attempt and name, and no other job does | exact |
//! | 3 | the name, and the pick-up lies −10 … +120 s from `started_at`, of one such job alone | strong |
//! | 4 | the name, and the pick-up or a renewal lies in the life of one such job alone | strong |
//!
//! The runner is the same throughout. Ids that both state and that differ
//! forbid every join, and so does a finish that lies long before a step that
//! moved. Of two logged jobs that fit one job by 3 or 4 neither is it. A log's
//! times never move the start of a job.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::events::{Event, Events};
use super::life::Life;
use crate::model::{JobId, Lease, LoggedJob, MARGIN, RunId, RunnerEventKind, Span, Timestamp};

/// A pick-up so long before `started_at` can still be of that job (join 3).
const EARLY: Span = Span::secs(10);

/// And so long after it. No finish lies longer before the last step.
const TARDY: Span = Span::secs(120);

/// A job as a log has it, by GitHub's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Logged {
    names: LoggedJob,
    received: Option<Timestamp>,
    started: Option<Timestamp>,
    pub(super) finished: Option<Timestamp>,
    /// In order.
    renewals: Vec<Lease>,
    /// The log of its first line.
    pub(super) log: Option<usize>,
    /// The runner's name by that log.
    runner: Option<Arc<str>>,
}

impl Logged {
    fn new(event: &Event, job: &LoggedJob, events: &Events) -> Self {
        let log = event.log.and_then(|log| events.log(log));
        Self {
            runner: log.and_then(|log| log.name.clone()),
            names: job.clone(),
            received: None,
            started: None,
            finished: None,
            renewals: Vec::new(),
            log: event.log,
        }
    }

    /// When the runner took it up: its worker's start, else the hand-over,
    /// else the first renewal that is known.
    pub(super) fn picked_up(&self) -> Option<Timestamp> {
        let renewed = self.renewals.first().map(|lease| lease.renewed_at);
        self.dispatched().or(renewed)
    }

    /// When a worker was sent to it: a log that begins later does not show it.
    pub(super) fn dispatched(&self) -> Option<Timestamp> {
        self.started.or(self.received)
    }

    /// From when to when the log shows it at work.
    fn at_work(&self) -> Option<(Timestamp, Timestamp)> {
        let renewed = self.renewals.last().map(|lease| lease.renewed_at);
        self.picked_up().zip(self.finished.or(renewed))
    }

    /// Whether its lease was renewed after the instant.
    pub(super) fn is_renewed_after(&self, at: Timestamp) -> bool {
        let last = self.renewals.last();
        last.is_some_and(|lease| at < lease.renewed_at)
    }

    /// Whether a worker was sent to it and is not known to have finished.
    pub(super) fn is_unfinished(&self) -> bool {
        self.dispatched().is_some() && self.finished.is_none()
    }

    /// The last renewal at or before the instant.
    pub(super) fn lease_at(&self, at: Timestamp) -> Option<Lease> {
        let count = self
            .renewals
            .partition_point(|lease| lease.renewed_at <= at);
        self.renewals.get(count.checked_sub(1)?).copied()
    }

    fn touches(&self) -> impl Iterator<Item = Timestamp> {
        let renewals = self.renewals.iter().map(|lease| lease.renewed_at);
        self.picked_up().into_iter().chain(renewals)
    }

    fn take(&mut self, event: &Event, job: &LoggedJob) {
        self.names.learn(job);
        match event.kind {
            RunnerEventKind::JobReceived => self.received = self.received.or(Some(event.at)),
            RunnerEventKind::JobStarted => self.started = self.started.or(Some(event.at)),
            RunnerEventKind::JobFinished => self.finished = self.finished.or(Some(event.at)),
            RunnerEventKind::LeaseRenewed => self.renewals.push(Lease {
                renewed_at: event.at,
                valid_till: event.valid_till,
            }),
            RunnerEventKind::Terminated
            | RunnerEventKind::Deregistered
            | RunnerEventKind::Shutdown
            | RunnerEventKind::BrokerError
            | RunnerEventKind::SelfUpdate
            | RunnerEventKind::JobState => {}
        }
    }

    /// Whether a line can be about this job. A GUID repeats in every run:
    /// without a plan it names the job that has not finished.
    fn is(&self, event: &Event, job: &LoggedJob) -> bool {
        let same_plan = match (&self.names.plan, &job.plan) {
            (Some(own), Some(other)) => own == other,
            _ => match self.finished {
                Some(_) if begins(event.kind) => false,
                Some(finished) => event.at <= finished,
                None => true,
            },
        };
        same_plan && agree(self.names.job, job.job) && agree(self.names.run, job.run)
    }
}

/// Whether a job is taken up by such a line: one that has finished is not.
const fn begins(kind: RunnerEventKind) -> bool {
    matches!(
        kind,
        RunnerEventKind::JobReceived | RunnerEventKind::JobStarted
    )
}

/// Whether two statements do not contradict each other.
fn agree<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one == other,
        (Some(_) | None, _) => true,
    }
}

/// What a line calls its job, best first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Handle {
    Guid(Arc<str>),
    Name(Arc<str>),
}

fn handle(job: &LoggedJob) -> Option<Handle> {
    let guid = job.guid.clone().map(Handle::Guid);
    guid.or_else(|| job.name.clone().map(Handle::Name))
}

/// The jobs of a runner's logs, in the order of their first lines. A job is
/// sought by all that its line says of it, then by what it is called.
pub(super) fn logged(events: &Events) -> Vec<Logged> {
    let mut all: Vec<Logged> = Vec::new();
    let mut own: HashMap<(Option<usize>, &LoggedJob), usize> = HashMap::new();
    let mut last: HashMap<Handle, usize> = HashMap::new();
    for event in events.all() {
        let Some(job) = event.job.as_deref() else {
            continue;
        };
        let Some(handle) = handle(job) else { continue };
        let can_be = |at: &usize| all.get(*at).is_some_and(|known| known.is(event, job));
        let known = own.get(&(event.log, job)).copied().filter(can_be);
        let known = known.or_else(|| last.get(&handle).copied().filter(can_be));
        let at = known.unwrap_or(all.len());
        if known.is_none() {
            all.push(Logged::new(event, job, events));
        }
        own.insert((event.log, job), at);
        last.insert(handle, at);
        if let Some(logged) = all.get_mut(at) {
            logged.take(event, job);
        }
    }
    all
}

/// The life that a logged job is, by one row of the table.
type Fits = fn(&Desk, &Logged) -> Option<usize>;

/// What it means that several logged jobs fit one life by a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rivals {
    /// They are pieces of one.
    Pieces,
    /// Nobody knows which is it.
    Unclear,
}

const ROWS: [(Fits, Rivals); 4] = [
    (by_id, Rivals::Pieces),
    (by_run, Rivals::Pieces),
    (by_start, Rivals::Unclear),
    (by_life, Rivals::Unclear),
];

/// For each life the logged job that is it, as an index.
pub(super) fn join(lives: &[Life], logged: &[Logged]) -> Vec<Option<usize>> {
    let mut joined = vec![None; lives.len()];
    let mut waiting: Vec<usize> = (0..logged.len()).collect();
    if waiting.is_empty() {
        return joined;
    }
    let index = Index::of(lives);
    for (fits, rivals) in ROWS {
        let desk = Desk {
            lives,
            index: &index,
            taken: joined.clone(),
        };
        let mut fitting = BTreeMap::<usize, Vec<usize>>::new();
        for &at in &waiting {
            if let Some(life) = logged.get(at).and_then(|job| fits(&desk, job)) {
                fitting.entry(life).or_default().push(at);
            }
        }
        let mut seated = BTreeSet::new();
        for (life, all) in fitting {
            let alone = rivals == Rivals::Pieces || all.len() == 1;
            let first = all.first().copied().filter(|_| alone);
            if let Some(seat) = joined.get_mut(life) {
                *seat = first;
            }
            seated.extend(first);
        }
        waiting.retain(|at| !seated.contains(at));
    }
    joined
}

/// When the logs show jobs at work that are none of the lives: in order, and
/// apart from each other.
pub(super) fn unknown_jobs(
    logged: &[Logged],
    joined: &[Option<usize>],
) -> Vec<(Timestamp, Timestamp)> {
    let known: BTreeSet<_> = joined.iter().flatten().collect();
    let unknown = logged.iter().enumerate();
    let unknown = unknown.filter(|(at, _)| !known.contains(at));
    let mut times: Vec<_> = unknown.filter_map(|(_, job)| job.at_work()).collect();
    times.sort_unstable();
    let mut apart: Vec<(Timestamp, Timestamp)> = Vec::with_capacity(times.len());
    for (from, to) in times {
        match apart.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            Some(_) | None => apart.push((from, to)),
        }
    }
    apart
}

/// Lives by what logs state of them.
struct Index<'a> {
    ids: HashMap<JobId, usize>,
    runs: HashMap<RunId, Vec<usize>>,
    /// By `started_at`.
    names: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Index<'a> {
    fn of(lives: &'a [Life]) -> Self {
        let mut runs: HashMap<_, Vec<_>> = HashMap::new();
        let mut names: HashMap<&str, Vec<_>> = HashMap::new();
        for (at, life) in lives.iter().enumerate() {
            names.entry(&life.job.name).or_default().push(at);
            if let Some(run) = life.job.run_id {
                runs.entry(run).or_default().push(at);
            }
        }
        for named in names.values_mut() {
            named.sort_by_key(|&at| lives.get(at).and_then(|life| life.job.started_at));
        }
        let ids = lives.iter().enumerate();
        Self {
            ids: ids.map(|(at, life)| (life.job.id, at)).collect(),
            runs,
            names,
        }
    }
}

/// The lives among which a logged job is sought.
struct Desk<'a> {
    lives: &'a [Life],
    index: &'a Index<'a>,
    /// Lives joined on better grounds: no rivals.
    taken: Vec<Option<usize>>,
}

fn by_id(desk: &Desk, logged: &Logged) -> Option<usize> {
    let at = desk.index.ids.get(&logged.names.job?).copied()?;
    desk.only(&[at], logged, |_| true)
}

fn by_run(desk: &Desk, logged: &Logged) -> Option<usize> {
    let of_run = desk.index.runs.get(&logged.names.run?)?;
    let attempt = logged.names.attempt?;
    let name = logged.names.name.as_deref()?;
    desk.only(of_run, logged, |life| {
        life.job.run_attempt == Some(attempt) && &*life.job.name == name
    })
}

fn by_start(desk: &Desk, logged: &Logged) -> Option<usize> {
    let named = desk.index.names.get(logged.names.name.as_deref()?)?;
    let picked_up = logged.picked_up()?;
    let started = |at: usize| desk.lives.get(at).and_then(|life| life.job.started_at);
    let first = named.partition_point(|&at| started(at) < Some(picked_up - TARDY));
    let end = named.partition_point(|&at| started(at) <= Some(picked_up + EARLY));
    let found = desk.only(named.get(first..end)?, logged, |_| true)?;
    // `started_at` can be the time of queueing: whatever of that name ran then
    // is as good.
    let mut rivals = named.iter().filter(|&&at| at != found && desk.is_free(at));
    let ran = |&at: &usize| {
        desk.lives
            .get(at)
            .is_some_and(|life| life.contains(picked_up))
    };
    (!rivals.any(ran)).then_some(found)
}

fn by_life(desk: &Desk, logged: &Logged) -> Option<usize> {
    let named = desk.index.names.get(logged.names.name.as_deref()?)?;
    let touches = |life: &Life| logged.touches().any(|at| life.contains(at));
    desk.only(named, logged, touches)
}

impl Desk<'_> {
    fn is_free(&self, at: usize) -> bool {
        self.taken.get(at) == Some(&None)
    }

    /// The only one of the lives that is free, may be the logged job, and
    /// fits.
    fn only(&self, of: &[usize], logged: &Logged, fits: impl Fn(&Life) -> bool) -> Option<usize> {
        let mut fitting = of.iter().copied().filter(|&at| {
            let life = self.lives.get(at);
            self.is_free(at) && life.is_some_and(|life| may_be(life, logged) && fits(life))
        });
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Some(only),
            (None | Some(_), _) => None,
        }
    }
}

/// Whether neither an id that both state nor their times tell them apart.
fn may_be(life: &Life, logged: &Logged) -> bool {
    let ended = logged.finished.zip(life.start.min);
    let before = ended.is_some_and(|(finished, start)| finished + MARGIN < start);
    let begun = logged.picked_up().zip(life.closing);
    let after = begun.is_some_and(|(picked_up, closing)| closing + MARGIN < picked_up);
    let moves = ended.is_some_and(|(finished, _)| life.moved_after(finished + TARDY));
    if before || after || moves {
        return false;
    }
    let (job, names) = (&life.job, &logged.names);
    let repos = names.repo.as_ref().is_none_or(|repo| repo.is(&job.repo));
    let runner = job.assignment.as_ref().and_then(|a| a.runner_name.as_ref());
    repos
        && agree(runner, logged.runner.as_ref())
        && agree(Some(job.id), names.job)
        && agree(job.run_id, names.run)
        && agree(job.run_attempt, names.attempt)
}
