//! The logs of one runner with their extents by GitHub's clock. A listener's
//! log measures how far its host's clock is off (`evidence.md` §8): a lease is
//! 600 s long on GitHub's.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::lane::Lane;
use crate::model::{LogEnd, MARGIN, Rules, RunnerEvent, RunnerLog, Span, Timestamp};

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
    pub(super) offset: Option<Span>,
    pub(super) source: Option<Arc<str>>,
    /// First and last line by the host's clock.
    lines: (Timestamp, Timestamp),
}

/// The logs of a runner, by their first lines.
pub(super) fn logs(lane: &Lane, rules: &Rules) -> Vec<Log> {
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

/// Logs by their source, each with the time of its first line by its own
/// clock.
pub(super) struct Shelf<'a> {
    logs: &'a [Log],
    by_source: BTreeMap<Option<&'a str>, Vec<(Timestamp, usize)>>,
}

impl<'a> Shelf<'a> {
    pub(super) fn of(logs: &'a [Log]) -> Self {
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
    pub(super) fn holding(&self, event: &RunnerEvent) -> Option<usize> {
        let of_source = self.by_source.get(&event.source.as_deref())?;
        let begun = of_source.partition_point(|&(first, _)| first <= event.at);
        let mut begun = of_source.get(..begun)?.iter().rev();
        let holds = |at: usize| self.logs.get(at).is_some_and(|log| event.at <= log.lines.1);
        begun.find(|&&(_, at)| holds(at)).map(|&(_, at)| at)
    }
}
