//! What other witnesses tell of one runner, by GitHub's clock: terminations,
//! and what its own logs hold. A log measures how far its host's clock is off
//! (`evidence.md` §8); its lines are moved by that.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::lane::Lane;
use crate::model::{
    LogEnd, LoggedJob, MARGIN, Rules, RunnerEvent, RunnerEventKind, RunnerKey, RunnerLog, Span,
    TimelineEntry, Timestamp,
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
    pub(super) kind: RunnerEventKind,
    pub(super) source: Option<Arc<str>>,
    pub(super) job: Option<Arc<LoggedJob>>,
    pub(super) valid_till: Option<Timestamp>,
    pub(super) detail: Option<Arc<str>>,
    /// Index into [`Events::logs`]: the log that holds it.
    pub(super) log: Option<usize>,
}

/// A log with its extent by GitHub's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Log {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    /// 2 s, and the clock bound where its offset was not measured.
    pub(super) margin: Span,
    pub(super) end: LogEnd,
    pub(super) name: Option<Arc<str>>,
    pub(super) version: Option<Arc<str>>,
    /// By how much its times were moved.
    offset: Option<Span>,
    source: Option<Arc<str>>,
    /// First and last line by the host's clock.
    lines: (Timestamp, Timestamp),
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
    /// Its own log: it was told to shut down.
    Shutdown,
}

impl Events {
    pub(super) fn of(lane: &Lane, rules: &Rules) -> Self {
        let logs = logs(lane, rules);
        let all = events(lane, &logs);
        let at_of = |kind| {
            let of_kind = all.iter().filter(move |event| event.kind == kind);
            of_kind.map(|event| event.at)
        };
        let terminated = at_of(RunnerEventKind::Terminated);
        let shut_down = at_of(RunnerEventKind::Shutdown);
        let mut ends: Vec<_> = terminated
            .map(|at| (at, HowEnded::Terminated))
            .chain(shut_down.map(|at| (at, HowEnded::Shutdown)))
            .map(|(at, how)| RunnerEnd { at, how })
            .collect();
        ends.sort_unstable();
        Self {
            deregistered: at_of(RunnerEventKind::Deregistered).collect(),
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
            .find(|end| end.how == HowEnded::Terminated || !self.begins_within(end.at, at))
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

    /// The log that covers the instant, of several the last begun.
    pub(super) fn log_at(&self, at: Timestamp) -> Option<&Log> {
        let begun = self.logs.partition_point(|log| log.from <= at);
        let begun = self.logs.get(..begun)?;
        begun.iter().rev().find(|log| at <= log.until)
    }

    /// By how much times of logs were moved, each length once.
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

fn logs(lane: &Lane, rules: &Rules) -> Vec<Log> {
    let clock = HostClock::of(lane);
    let placed = lane.logs.iter().map(|log| clock.placed(log, rules));
    let mut logs: Vec<_> = placed.collect();
    logs.sort_by(|a, b| (a.from, a.until, &a.source).cmp(&(b.from, b.until, &b.source)));
    logs.dedup();
    logs
}

/// How far the clock of a runner's host was off, and when: what its listeners
/// measured holds for its workers too, whose logs show no lease.
struct HostClock<'a> {
    /// By their first lines.
    measured: Vec<&'a RunnerLog>,
}

impl<'a> HostClock<'a> {
    fn of(lane: &'a Lane) -> Self {
        let measured = lane.logs.iter().filter(|log| log.offset.is_some());
        let mut measured: Vec<_> = measured.collect();
        measured.sort_by_key(|log| (log.from, log.until));
        Self { measured }
    }

    /// That of the log itself, else of the one that it began in.
    fn offset(&self, log: &RunnerLog) -> Option<Span> {
        let begun = self
            .measured
            .partition_point(|known| known.from <= log.from);
        let mut around = self.measured.get(..begun)?.iter().rev();
        let around = around.find(|known| log.from <= known.until);
        log.offset.or(around.and_then(|known| known.offset))
    }

    /// An offset within the margin is grain: times are whole seconds on both
    /// sides.
    fn placed(&self, log: &RunnerLog, rules: &Rules) -> Log {
        let measured = self.offset(log);
        let offset = measured.filter(|&offset| is_measurable(offset));
        let by = offset.unwrap_or(Span::ZERO);
        let unmeasured = measured.map_or(rules.clock_bound, |_| Span::ZERO);
        Log {
            from: log.from - by,
            until: log.until - by,
            margin: MARGIN + unmeasured,
            end: log.end,
            name: log.name.clone(),
            version: log.version.clone(),
            offset,
            source: log.source.clone(),
            lines: (log.from, log.until),
        }
    }
}

fn is_measurable(offset: Span) -> bool {
    MARGIN < offset || offset < Span::ZERO - MARGIN
}

/// Equal events of one source count once, in whatever order they came.
fn events(lane: &Lane, logs: &[Log]) -> Vec<Event> {
    let shelf = Shelf::of(logs);
    let placed = lane.events.iter().map(|event| shelf.placed(event));
    let mut all: Vec<_> = placed.collect();
    all.sort_by(|a, b| order(a).cmp(&order(b)));
    all.dedup();
    all
}

fn order(event: &Event) -> impl Ord {
    let job = event.job.as_deref();
    (
        event.at,
        event.kind,
        event.source.as_deref(),
        job.map(|job| {
            (
                job.plan.as_deref(),
                job.guid.as_deref(),
                job.name.as_deref(),
            )
        }),
        event.valid_till,
        event.detail.as_deref(),
    )
}

/// Logs by their source, each with the time of its first line by its own
/// clock.
struct Shelf<'a> {
    logs: &'a [Log],
    by_source: BTreeMap<Option<&'a str>, Vec<(Timestamp, usize)>>,
}

impl<'a> Shelf<'a> {
    fn of(logs: &'a [Log]) -> Self {
        let mut by_source: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (at, log) in logs.iter().enumerate() {
            let of_source = by_source.entry(log.source.as_deref()).or_default();
            of_source.push((log.lines.0, at));
        }
        for of_source in by_source.values_mut() {
            of_source.sort_unstable();
        }
        Self { logs, by_source }
    }

    /// The log of the event's source whose lines are around it.
    fn holding(&self, event: &RunnerEvent) -> Option<usize> {
        let of_source = self.by_source.get(&event.source.as_deref())?;
        let begun = of_source.partition_point(|&(first, _)| first <= event.at);
        let mut begun = of_source.get(..begun)?.iter().rev();
        let holds = |at: usize| self.logs.get(at).is_some_and(|log| event.at <= log.lines.1);
        begun.find(|&&(_, at)| holds(at)).map(|&(_, at)| at)
    }

    fn placed(&self, event: &RunnerEvent) -> Event {
        let log = self.holding(event);
        let offset = log.and_then(|log| self.logs.get(log)?.offset);
        Event {
            at: event.at - offset.unwrap_or(Span::ZERO),
            kind: event.kind,
            source: event.source.clone(),
            job: event.job.clone(),
            valid_till: event.valid_till,
            detail: event.detail.clone(),
            log,
        }
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
