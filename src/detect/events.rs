//! What other witnesses tell of one runner, by GitHub's clock: terminations,
//! and what its own logs hold, moved by what those measure of their clock.

use std::sync::Arc;

use super::lane::Lane;
use super::logs::{Log, Shelf, logs};
use crate::model::{
    LoggedJob, Rules, RunnerEvent, RunnerEventKind, RunnerKey, Span, TimelineEntry, Timestamp,
};

/// All events of a runner, in order.
#[derive(Debug, Clone)]
pub(super) struct Events {
    all: Vec<Event>,
    logs: Vec<Log>,
    /// Latest last line among the logs up to each index.
    written_until: Vec<Timestamp>,
    /// Terminations and shutdown lines.
    ends: Vec<RunnerEnd>,
    deregistered: Vec<Timestamp>,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) at: Timestamp,
    /// What its source calls the runner.
    pub(super) name: Option<Arc<str>>,
    pub(super) kind: RunnerEventKind,
    /// As in [`RunnerEvent`].
    orphan: bool,
    pub(super) source: Option<Arc<str>>,
    pub(super) job: Option<Arc<LoggedJob>>,
    pub(super) valid_till: Option<Timestamp>,
    pub(super) detail: Option<Arc<str>>,
    /// Index into [`Events::logs`]: the log that holds it.
    pub(super) log: Option<usize>,
}

/// The end of a runner, as a witness tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RunnerEnd {
    pub(super) at: Timestamp,
    pub(super) how: HowEnded,
}

/// Who tells of the end of a runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum HowEnded {
    /// An autoscaler that took its machine down.
    Terminated,
    /// The same of a machine that it took for an orphan.
    Orphaned,
    /// Its own log: it was told to shut down.
    Shutdown,
}

impl Events {
    /// Those of the runner of this name, if it has but one: an id can be that
    /// of another runner in another repository (`evidence.md` §1).
    pub(super) fn of(lane: &Lane, rules: &Rules, name: Option<&Arc<str>>) -> Self {
        let mut logs = logs(lane, rules);
        let mut all = events(lane, &logs);
        if let Some(name) = name {
            leave_out_others(&mut all, &mut logs, name);
        }
        let deregistered = all.iter();
        let deregistered = deregistered.filter(|event| event.kind == RunnerEventKind::Deregistered);
        let mut ends: Vec<_> = all.iter().filter_map(Event::end).collect();
        ends.sort_unstable();
        Self {
            deregistered: deregistered.map(|event| event.at).collect(),
            written_until: written_until(&logs),
            ends,
            all,
            logs,
        }
    }

    pub(super) fn all(&self) -> &[Event] {
        &self.all
    }

    pub(super) fn log(&self, index: usize) -> Option<&Log> {
        self.logs.get(index)
    }

    /// The ends from the instant on, in order. A deletion of the registration
    /// alone leaves the machine at work and is none.
    pub(super) fn ends_from(&self, at: Timestamp) -> &[RunnerEnd] {
        let first = self.ends.partition_point(|end| end.at < at);
        self.ends.get(first..).unwrap_or(&[])
    }

    /// The last end before the instant that the runner did not come back
    /// from: a program told to shut down can be started again, and its log
    /// shows that.
    pub(super) fn end_before(&self, at: Timestamp) -> Option<RunnerEnd> {
        let count = self.ends.partition_point(|end| end.at < at);
        let before = self.ends.get(..count)?.iter().rev();
        before
            .copied()
            .find(|end| end.how != HowEnded::Shutdown || !self.begins_within(end.at, at))
    }

    fn begins_within(&self, after: Timestamp, until: Timestamp) -> bool {
        let next = self.logs.partition_point(|log| log.from <= after);
        self.logs.get(next).is_some_and(|log| log.from <= until)
    }

    /// The first deletion of the registration from the instant on.
    pub(super) fn deregistered_from(&self, at: Timestamp) -> Option<Timestamp> {
        let first = self.deregistered.partition_point(|&deleted| deleted < at);
        self.deregistered.get(first).copied()
    }

    /// Whether a log begun by the one instant goes on after the other.
    pub(super) fn goes_on(&self, by: Timestamp, after: Timestamp) -> bool {
        let begun = self.logs.partition_point(|log| log.from <= by);
        let last = begun
            .checked_sub(1)
            .and_then(|at| self.written_until.get(at));
        last.is_some_and(|&until| after < until)
    }

    /// The logs begun by the instant, the last begun first.
    pub(super) fn logs_before(&self, at: Timestamp) -> impl Iterator<Item = &Log> {
        let begun = self.logs.partition_point(|log| log.from <= at);
        self.logs.iter().take(begun).rev()
    }

    /// By how much the times of each log that was moved were moved.
    pub(super) fn offsets(&self) -> impl Iterator<Item = Span> {
        self.logs.iter().filter_map(|log| log.offset)
    }

    /// The events as context, for reports.
    pub(super) fn timeline(&self, runner: &RunnerKey) -> impl Iterator<Item = TimelineEntry> {
        self.all.iter().map(|event| event.entry(runner))
    }

    /// The events from the one instant to the other, in order.
    pub(super) fn between(&self, from: Timestamp, until: Timestamp) -> &[Event] {
        let first = self.all.partition_point(|event| event.at < from);
        let end = self.all.partition_point(|event| event.at <= until);
        self.all.get(first..end).unwrap_or(&[])
    }
}

impl Event {
    /// The end of the runner, if it tells of one.
    fn end(&self) -> Option<RunnerEnd> {
        let how = match self.kind {
            RunnerEventKind::Terminated if self.orphan => HowEnded::Orphaned,
            RunnerEventKind::Terminated => HowEnded::Terminated,
            RunnerEventKind::Shutdown => HowEnded::Shutdown,
            RunnerEventKind::JobReceived
            | RunnerEventKind::JobStarted
            | RunnerEventKind::JobFinished
            | RunnerEventKind::JobState
            | RunnerEventKind::LeaseRenewed
            | RunnerEventKind::BrokerError
            | RunnerEventKind::SelfUpdate
            | RunnerEventKind::Deregistered => return None,
        };
        Some(RunnerEnd { at: self.at, how })
    }

    /// The event as context, for reports.
    pub(super) fn entry(&self, runner: &RunnerKey) -> TimelineEntry {
        TimelineEntry {
            at: self.at,
            runner: runner.clone(),
            source: self.source.clone(),
            event: self.kind,
            valid_till: self.valid_till,
            job: self.job.as_ref().and_then(|job| job.name.clone()),
            detail: self.detail.clone(),
        }
    }
}

/// Leaves out what is said of a runner of another name.
fn leave_out_others(all: &mut Vec<Event>, logs: &mut Vec<Log>, name: &Arc<str>) {
    let is_other = |called: Option<&Arc<str>>| called.is_some_and(|called| called != name);
    all.retain(|event| {
        let of_log = event.log.and_then(|log| logs.get(log)?.name.as_ref());
        !is_other(event.name.as_ref().or(of_log))
    });
    // Where each log goes that stays.
    let mut free = 0..;
    let stays = |log: &Log| !is_other(log.name.as_ref());
    let places = logs
        .iter()
        .map(|log| stays(log).then(|| free.next()).flatten());
    let places: Vec<_> = places.collect();
    for event in all {
        event.log = event.log.and_then(|log| places.get(log).copied().flatten());
    }
    logs.retain(stays);
}

/// Equal events of one source count once, in whatever order they came.
fn events(lane: &Lane, logs: &[Log]) -> Vec<Event> {
    let shelf = Shelf::of(logs);
    let placed = |event: &RunnerEvent| (placed(event, logs, &shelf), event.place);
    let mut all: Vec<_> = lane.events.iter().map(placed).collect();
    all.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut all: Vec<_> = all.into_iter().map(|(event, _)| event).collect();
    all.dedup();
    all
}

/// By time; those of one second in the order of their log's lines
/// (`runner-logs.md` §1.1), and the rest in any that does not depend on how
/// they came.
fn order((event, place): &(Event, u32)) -> impl Ord {
    let job = event.job.as_deref();
    (
        event.at,
        event.source.as_deref(),
        *place,
        event.kind,
        job.map(|job| {
            (
                job.plan.as_deref(),
                job.guid.as_deref(),
                job.name.as_deref(),
            )
        }),
        event.valid_till,
        event.detail.as_deref(),
        event.name.as_deref(),
    )
}

fn placed(event: &RunnerEvent, logs: &[Log], shelf: &Shelf) -> Event {
    let log = shelf.holding(event);
    let offset = log.and_then(|log| logs.get(log)?.offset);
    Event {
        at: event.at - offset.unwrap_or(Span::ZERO),
        name: event.name.clone(),
        kind: event.kind,
        orphan: event.orphan,
        source: event.source.clone(),
        job: event.job.clone(),
        valid_till: event.valid_till,
        detail: event.detail.clone(),
        log,
    }
}

fn written_until(logs: &[Log]) -> Vec<Timestamp> {
    let mut latest = Timestamp::from_millis(i64::MIN);
    let until = logs.iter().map(|log| {
        latest = latest.max(log.until);
        latest
    });
    until.collect()
}
