//! What was read, what was judged, and how short a desync could have been
//! missed (`evidence.md` §7).

mod share;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use share::{Share, is_usable};

use super::CoverageOf;
use super::facts::{Facts, RunIndex, When};
use super::life::{RecordState, record_state};
use super::run::RunFacts;
use crate::model::{
    Coverage, CoverageGap, Mono, MonoWindow, ReadingCounts, SandwichCounts, Span, UnknownReason,
};

/// Added to the longest spacing and the longest sandwich.
const DETECTION_SLACK: Span = Span::secs(5);

/// Adds up the shares of all judged runners.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    counts: ReadingCounts,
    reasons: BTreeMap<UnknownReason, u64>,
    sandwiches: SandwichCounts,
    jobs: u64,
    runners: u64,
    lost: u64,
    longest_gap: Option<Span>,
    longest_sandwich: Option<Span>,
    /// A judged runner was read less than twice: nothing can be promised.
    unspaced: u64,
}

impl Tally {
    /// Adds one runner and the jobs that ran on it.
    pub(super) fn add(&mut self, share: &Share, jobs: u64) {
        self.counts += share.counts;
        for (&reason, count) in &share.reasons {
            *self.reasons.entry(reason).or_insert(0) += count;
        }
        self.sandwiches += share.sandwiches;
        self.lost += share.lost;
        self.longest_gap = self.longest_gap.max(share.longest_gap);
        self.longest_sandwich = self.longest_sandwich.max(share.longest_sandwich);
        if 0 < share.counted {
            self.runners += 1;
            self.jobs += jobs;
            self.unspaced += u64::from(share.longest_gap.is_none());
        }
    }

    /// The coverage of everything in view.
    pub(super) fn finish(mut self, facts: &Facts, of: CoverageOf) -> Coverage {
        let runs: Vec<_> = runs(facts, of).collect();
        for (reason, count) in runs.iter().flat_map(|run| &run.failed) {
            self.counts.unknown += count;
            *self.reasons.entry(*reason).or_insert(0) += count;
        }
        let cycles: u64 = runs.iter().map(|run| run.cycles.count).sum();
        let promised = self
            .longest_gap
            .filter(|_| self.unspaced == 0 && cycles != 0);
        Coverage {
            cycles,
            complete_cycles: runs.iter().map(|run| run.cycles.complete).sum(),
            ratio: ratio(&runs, self.lost),
            longest_gap: self.longest_gap,
            would_detect: promised
                .map(|gap| gap + self.longest_sandwich.unwrap_or(Span::ZERO) + DETECTION_SLACK),
            jobs_judged: self.jobs,
            readings: self.counts,
            unknown_reasons: self.reasons,
            sandwiches: self.sandwiches,
            gaps: runs.iter().copied().flat_map(gaps).collect(),
            unreadable: unreadable(&runs),
            runners: self.runners,
            jobs_elsewhere: jobs_elsewhere(facts, of),
            only_unfiltered: runs.iter().map(|run| run.cycles.only_unfiltered).sum(),
        }
    }
}

/// Usable readings over expected ones.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of readings are far below 2^52"
)]
fn ratio(runs: &[&RunFacts], lost: u64) -> Option<f64> {
    // A total that GitHub states can be absurd.
    let expected = runs.iter().map(|run| run.cycles.runners_expected);
    let expected = expected.fold(0, u64::saturating_add);
    let read: u64 = runs.iter().map(|run| run.cycles.runners_read).sum();
    let usable = read.min(expected).saturating_sub(lost);
    let cycles: u64 = runs.iter().map(|run| run.cycles.count).sum();
    // How many runners a scope has whose list never answered is not known.
    let is_shown = |run: &&RunFacts| run.header.targets.iter().all(|it| run.shown.contains(it));
    if cycles == 0 || (0 < expected && !runs.iter().all(is_shown)) {
        None
    } else if expected == 0 {
        let complete = runs
            .iter()
            .all(|run| run.cycles.count == run.cycles.complete);
        Some(if complete { 1.0 } else { 0.0 })
    } else {
        Some(usable as f64 / expected as f64)
    }
}

fn gaps(run: &RunFacts) -> impl Iterator<Item = CoverageGap> {
    let at = |instant: Mono| run.offsets.place(MonoWindow::at(instant)).window.sent;
    run.cycles.gaps.iter().map(move |gap| CoverageGap {
        from: at(gap.from),
        to: at(gap.to),
        target: gap.target.clone(),
        reason: gap.reason,
    })
}

/// What no cycle could read (`evidence.md` §7).
fn unreadable(runs: &[&RunFacts]) -> Vec<std::sync::Arc<str>> {
    let mut names: BTreeSet<_> = runs.iter().flat_map(|run| &run.cycles.unreadable).collect();
    let listed = runs.iter().flat_map(|run| &run.listed);
    let listed: BTreeSet<_> = listed.map(ToString::to_string).collect();
    names.retain(|name| !listed.contains(&***name));
    names.into_iter().cloned().collect()
}

fn runs(facts: &Facts, of: CoverageOf) -> impl Iterator<Item = &RunFacts> {
    let runs = facts.indexed_runs();
    let runs = runs.filter(move |(index, _)| run_in_view(facts, *index, of));
    runs.map(|(_, run)| run)
}

pub(super) fn in_view(facts: &Facts, when: When, of: CoverageOf) -> bool {
    match when {
        When::Live { run, .. } => run_in_view(facts, run, of),
        When::Imported(_) => true,
    }
}

pub(super) fn run_in_view(facts: &Facts, run: RunIndex, of: CoverageOf) -> bool {
    match of {
        CoverageOf::Everything => true,
        CoverageOf::LastRun => facts.current_run().is_some_and(|(last, _)| last == run),
    }
}

/// Jobs read as running in the last cycle on self-hosted runners that no list
/// of ours shows: they are registered on another level.
fn jobs_elsewhere(facts: &Facts, of: CoverageOf) -> u64 {
    let Some((last, run)) = facts.current_run() else {
        return 0;
    };
    let cycle = run.cycles.last.as_ref();
    let Some(cycle) = cycle.filter(|_| run_in_view(facts, last, of)) else {
        return 0;
    };
    let lanes = facts.lanes.keys();
    let known: BTreeSet<_> = lanes.map(|lane| (&lane.host, lane.id)).collect();
    let elsewhere = facts.jobs.iter().filter(|(key, history)| {
        let assignment = history.record.assignment.as_ref().filter(|a| !a.hosted);
        let current = history.last_read == Some((last, cycle.number));
        let running = record_state(&history.record) == RecordState::Running;
        let ours = assignment.is_none_or(|a| known.contains(&(&key.host, a.runner_id)));
        current && running && !ours
    });
    elsewhere.count() as u64
}
