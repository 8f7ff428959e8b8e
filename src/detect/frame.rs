//! What an analysis says around its periods: of which host and targets, over
//! which time, at what price, and with which reasons to trust it less.

use std::collections::BTreeSet;

use super::facts::Facts;
use super::judge::is_live;
use super::lag;
use super::track::Track;
use super::{CoverageOf, View};
use crate::model::{
    Caveat, ClockOf, Host, Mono, MonoWindow, Period, Requests, Rules, Scope, Span, TimelineEntry,
    Timestamp,
};

impl Facts {
    pub(super) fn host(&self) -> Host {
        let run = self.runs.first().map(|run| &run.header.host);
        let lane = self.lanes.keys().next().map(|key| &key.host);
        let job = self.jobs.keys().next().map(|key| &key.host);
        run.or(lane)
            .or(job)
            .cloned()
            .unwrap_or_else(Host::github_com)
    }

    pub(super) fn targets(&self) -> Vec<Scope> {
        let runs = self.runs.iter().flat_map(|run| &run.header.targets);
        let lanes = self.lanes.keys().map(|key| &key.scope);
        let targets: BTreeSet<_> = runs.chain(lanes).cloned().collect();
        targets.into_iter().collect()
    }

    /// From the first to the last instant of what was observed: readings and
    /// cycles of live runs; of files also the events and the jobs' lives.
    pub(super) fn window(&self, view: &View) -> Option<(Timestamp, Timestamp)> {
        let mut instants = self.live_instants();
        if instants.is_empty() || self.imported {
            instants.extend(self.imported_instants());
        }
        let first = instants.iter().min().copied()?;
        let last = instants.iter().max().copied()?;
        let from = view.since.map_or(first, |since| since.max(first));
        let to = view.until.map_or(last, |until| until.min(last));
        (from <= to).then_some((from, to))
    }

    fn live_instants(&self) -> Vec<Timestamp> {
        // A recording made of other files has a run that read nothing.
        let live = (self.runs.iter()).filter(|run| 0 < run.requests.total);
        let ends = live.flat_map(|run| {
            let all = MonoWindow {
                sent: Mono::from_millis(0),
                received: run.last_seen,
            };
            let placed = run.offsets.place(all).window;
            [placed.sent, placed.received]
        });
        ends.collect()
    }

    fn imported_instants(&self) -> Vec<Timestamp> {
        let seen = self.lanes.values().flat_map(|lane| {
            let readings = lane.readings.iter();
            let readings = readings.filter_map(|r| Some(self.place(r.answer.when)?.window.sent));
            readings.chain(lane.events.iter().map(|event| event.at))
        });
        let jobs = self.jobs.values().flat_map(|history| {
            let job = &history.record;
            job.started_at.into_iter().chain(job.completed_at)
        });
        seen.chain(jobs).collect()
    }

    pub(super) fn requests(&self, of: CoverageOf) -> Option<Requests> {
        let runs = match of {
            CoverageOf::Everything => &self.runs[..],
            CoverageOf::LastRun => self
                .current_run()
                .map_or(&[][..], |(_, run)| std::slice::from_ref(run)),
        };
        let sum = |field: fn(&Requests) -> u64| runs.iter().map(|run| field(&run.requests)).sum();
        let last = runs.last()?.requests;
        Some(Requests {
            total: sum(|requests| requests.total),
            charged: sum(|requests| requests.charged),
            not_modified: sum(|requests| requests.not_modified),
            retried: sum(|requests| requests.retried),
            limit: last.limit,
            remaining: last.remaining,
        })
    }

    pub(super) fn caveats(
        &self,
        periods: &[Period],
        lags: usize,
        context: &Context,
        rules: &Rules,
    ) -> Vec<Caveat> {
        let largest = self
            .runs
            .iter()
            .filter_map(|run| run.offsets.certain_offset())
            .max_by_key(|offset| offset.as_millis().abs());
        let holds = [
            (Caveat::ClockAssumed, self.has_imported_readings()),
            (Caveat::RulesDiffer, self.was_recorded_by_other_rules(rules)),
            (Caveat::ReliesOn304, self.had_unchanged_answers()),
            (Caveat::PageFull, self.had_a_full_page()),
            (Caveat::StartUnsure, periods.iter().any(starts_unsure)),
            (Caveat::LowSample, 0 < lags && lags < lag::ENOUGH),
        ];
        let holding = holds.into_iter().filter(|(_, holds)| *holds);
        let mut caveats: BTreeSet<_> = holding.map(|(caveat, _)| caveat).collect();
        let offsets = [
            (ClockOf::Recorder, largest),
            (ClockOf::RunnerHost, context.offset),
        ];
        let offsets = offsets.into_iter();
        caveats.extend(offsets.filter_map(|(of, by)| Some(Caveat::ClockOffset(of, by?))));
        caveats.extend(periods.iter().filter_map(starts_disputed));
        caveats.into_iter().collect()
    }

    fn has_imported_readings(&self) -> bool {
        let mut readings = self.lanes.values().flat_map(|lane| &lane.readings);
        readings.any(|reading| !is_live(reading.answer.when))
    }

    fn was_recorded_by_other_rules(&self, rules: &Rules) -> bool {
        let mut recorded = self.runs.iter().map(|run| &run.header.rules);
        recorded.any(|recorded| recorded.lag_limit != rules.lag_limit)
    }

    fn had_unchanged_answers(&self) -> bool {
        let mut requests = self.runs.iter().map(|run| run.requests);
        requests.any(|requests| 0 < requests.not_modified)
    }

    fn had_a_full_page(&self) -> bool {
        self.runs.iter().any(|run| run.cycles.page_full)
    }
}

fn starts_disputed(period: &Period) -> Option<Caveat> {
    let job = period.job.as_ref()?.job.id;
    Some(Caveat::StartDisputed(job, period.start_disputed?))
}

fn starts_unsure(period: &Period) -> bool {
    let job = period.job.as_ref();
    job.is_some_and(|job| job.start_min != job.start_max)
}

/// What other witnesses tell around the readings of all runners.
#[derive(Debug, Clone, Default)]
pub(super) struct Context {
    entries: Vec<TimelineEntry>,
    /// By how much the clocks of runners' hosts were off, the largest.
    offset: Option<Span>,
}

impl Context {
    /// Adds one runner.
    pub(super) fn add(&mut self, track: &Track) {
        self.entries.extend(track.events.timeline(track.key));
        let offsets = track.events.offsets().chain(self.offset);
        self.offset = offsets.max_by_key(|offset| offset.as_millis().abs());
    }

    /// Every event, in order; those of one runner and second as they came.
    pub(super) fn timeline(mut self) -> Vec<TimelineEntry> {
        self.entries
            .sort_by(|a, b| (a.at, &a.runner).cmp(&(b.at, &b.runner)));
        self.entries
    }
}
