//! What was read, what was judged, and how short a desync could have been
//! missed (`evidence.md` §7).

use std::collections::{BTreeMap, BTreeSet};

use super::CoverageOf;
use super::facts::{ExchangeId, Facts, RunIndex, When};
use super::judge::{Judged, Verdict};
use super::lane::{Seen, Via};
use super::placed::PlacedReading;
use super::run::RunFacts;
use super::track::Track;
use crate::model::{
    Certainty, Coverage, CoverageGap, Cycle, Mono, MonoWindow, Purpose, ReadingCounts,
    SandwichCounts, Span, UnknownReason,
};

/// Added to the longest spacing and the longest sandwich.
const DETECTION_SLACK: Span = Span::secs(5);

/// Counts readings of all judged runners as they come by.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    counts: ReadingCounts,
    reasons: BTreeMap<UnknownReason, u64>,
    sandwiches: SandwichCounts,
    jobs: u64,
    runners: u64,
    /// List readings that could not be judged for want of jobs.
    lost: u64,
    longest_gap: Option<Span>,
    longest_sandwich: Option<Span>,
    /// A judged runner was read less than twice: nothing can be promised.
    unspaced: u64,
}

impl Tally {
    /// Adds one runner.
    pub(super) fn add(&mut self, facts: &Facts, track: &Track, judged: &[Judged], of: CoverageOf) {
        let pairs = track.readings.iter().zip(judged);
        let mut counted = 0;
        for (reading, judged) in pairs.filter(|(reading, _)| in_view(facts, reading.when, of)) {
            self.count(reading, judged);
            counted += 1;
        }
        if 0 < counted {
            self.runners += 1;
            self.jobs += track.lives.len() as u64;
            self.space(facts, track, of);
        }
        self.count_sandwiches(facts, track, of);
    }

    fn count(&mut self, reading: &PlacedReading, judged: &Judged) {
        match outcome(judged) {
            Outcome::Agree => self.counts.agree += 1,
            Outcome::AgreeUnchanged => self.counts.agree_unchanged += 1,
            Outcome::Desync => self.counts.desync += 1,
            Outcome::JobsLate => self.counts.jobs_late += 1,
            Outcome::Unknown(reason) => {
                self.unknown(reason, 1);
                let listed = matches!(reading.via, Via::List | Via::Unchanged);
                self.lost += u64::from(listed && loses_coverage(reason));
            }
        }
    }

    fn unknown(&mut self, reason: UnknownReason, count: u64) {
        self.counts.unknown += count;
        *self.reasons.entry(reason).or_insert(0) += count;
    }

    fn space(&mut self, facts: &Facts, track: &Track, of: CoverageOf) {
        let usable = track.readings.iter().filter(|reading| {
            let shown = matches!(reading.seen, Seen::Flag { .. });
            let direct = reading.via != Via::Unchanged;
            shown && direct && in_view(facts, reading.when, of)
        });
        let times: Vec<_> = usable.map(|reading| reading.bounds).collect();
        let gaps = times.windows(2).map(|pair| match pair {
            [first, second] => second.received - first.sent,
            _ => Span::ZERO,
        });
        match gaps.max() {
            Some(gap) => self.longest_gap = self.longest_gap.max(Some(gap)),
            None => self.unspaced += 1,
        }
    }

    fn count_sandwiches(&mut self, facts: &Facts, track: &Track, of: CoverageOf) {
        let sandwiches = track.lane.sandwiches.iter();
        for (run, sandwich) in sandwiches.filter(|(run, _)| run_in_view(facts, *run, of)) {
            let middle = sandwich
                .parts
                .get(1)
                .map(|&number| ExchangeId { run: *run, number });
            let reading = middle.and_then(|id| track.by_exchange(id));
            let idle = Seen::Flag {
                busy: false,
                online: true,
            };
            let held = reading.is_some_and(|r| r.sandwiched.is_some() && r.seen == idle);
            match sandwich.purpose {
                Purpose::Control => {
                    self.sandwiches.controls += u64::from(sandwich.parts.len() == 3);
                }
                Purpose::Candidate => {
                    self.sandwiches.tried += 1;
                    self.sandwiches.held += u64::from(held);
                    self.sandwiches.failed += u64::from(!held);
                }
            }
            self.longest_sandwich = self
                .longest_sandwich
                .max(length(facts, *run, &sandwich.parts));
        }
    }

    /// The coverage of everything in view.
    pub(super) fn finish(mut self, facts: &Facts, of: CoverageOf) -> Coverage {
        for (index, run) in facts.indexed_runs() {
            if run_in_view(facts, index, of) {
                for (reason, count) in &run.failed {
                    self.unknown(*reason, *count);
                }
            }
        }
        let cycles: Vec<_> = cycles(facts, of).collect();
        let promised = self
            .longest_gap
            .filter(|_| self.unspaced == 0 && !cycles.is_empty());
        Coverage {
            cycles: cycles.len() as u64,
            complete_cycles: cycles
                .iter()
                .filter(|(_, cycle)| is_complete(cycle))
                .count() as u64,
            ratio: ratio(&cycles, self.lost),
            longest_gap: self.longest_gap,
            would_detect: promised
                .map(|gap| gap + self.longest_sandwich.unwrap_or(Span::ZERO) + DETECTION_SLACK),
            jobs_judged: self.jobs,
            readings: self.counts,
            unknown_reasons: self.reasons,
            sandwiches: self.sandwiches,
            gaps: gaps(&cycles),
            unreadable: unreadable(&cycles),
            runners: self.runners,
            jobs_elsewhere: jobs_elsewhere(facts, of),
            only_unfiltered: cycles.iter().map(|(_, cycle)| cycle.only_unfiltered).sum(),
        }
    }
}

/// How a judged reading is counted: once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Agree,
    AgreeUnchanged,
    Desync,
    JobsLate,
    Unknown(UnknownReason),
}

fn outcome(judged: &Judged) -> Outcome {
    let double = judged.double.map(|double| double.certainty);
    match (judged.verdict, double) {
        (Verdict::Contradicts { certainty, .. }, _) if Certainty::Provisional < certainty => {
            Outcome::Desync
        }
        (_, Some(Certainty::Settled | Certainty::Proven)) => Outcome::Desync,
        (Verdict::Contradicts { .. }, _) | (_, Some(Certainty::Provisional)) => {
            Outcome::Unknown(UnknownReason::NotConfirmed)
        }
        (Verdict::Agree(_), None) => Outcome::Agree,
        (Verdict::AgreeUnchanged, None) => Outcome::AgreeUnchanged,
        (Verdict::JobsLate(_), None) => Outcome::JobsLate,
        (Verdict::Unknown(reason), None) => Outcome::Unknown(reason),
    }
}

/// Reasons by which something that was to be read was not.
fn loses_coverage(reason: UnknownReason) -> bool {
    match reason {
        UnknownReason::HttpError
        | UnknownReason::RateLimited
        | UnknownReason::IncompletePages
        | UnknownReason::Undecodable
        | UnknownReason::Jobs
        | UnknownReason::Scope
        | UnknownReason::OutOfTime => true,
        UnknownReason::NotModified
        | UnknownReason::RunnerAbsent
        | UnknownReason::Ambiguous
        | UnknownReason::ReRegistered
        | UnknownReason::MixedJob
        | UnknownReason::Edge
        | UnknownReason::NotConfirmed => false,
    }
}

/// Usable readings over expected ones.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of readings are far below 2^52"
)]
fn ratio(cycles: &[(&RunFacts, &Cycle)], lost: u64) -> Option<f64> {
    // A total that GitHub states can be absurd.
    let expected = cycles.iter().map(|(_, cycle)| cycle.runners_expected);
    let expected = expected.fold(0, u64::saturating_add);
    let read: u64 = cycles.iter().map(|(_, cycle)| cycle.runners_read).sum();
    let usable = read.min(expected).saturating_sub(lost);
    if cycles.is_empty() {
        None
    } else if expected == 0 {
        let complete = cycles.iter().all(|(_, cycle)| is_complete(cycle));
        Some(if complete { 1.0 } else { 0.0 })
    } else {
        Some(usable as f64 / expected as f64)
    }
}

fn is_complete(cycle: &Cycle) -> bool {
    cycle.runners_read == cycle.runners_expected && cycle.jobs_complete
}

fn gaps(cycles: &[(&RunFacts, &Cycle)]) -> Vec<CoverageGap> {
    let at = |run: &RunFacts, instant: Mono| {
        let window = MonoWindow {
            sent: instant,
            received: instant,
        };
        run.offsets.place(window).window.sent
    };
    let gaps = cycles.iter().flat_map(|(run, cycle)| {
        cycle.gaps.iter().map(move |gap| CoverageGap {
            from: at(run, gap.from),
            to: at(run, gap.to),
            target: gap.target.clone(),
            reason: gap.reason,
        })
    });
    gaps.collect()
}

fn unreadable(cycles: &[(&RunFacts, &Cycle)]) -> Vec<std::sync::Arc<str>> {
    let mut names: Vec<_> = cycles
        .iter()
        .flat_map(|(_, cycle)| cycle.unreadable.iter().cloned())
        .collect();
    names.sort();
    names.dedup();
    names
}

fn cycles(facts: &Facts, of: CoverageOf) -> impl Iterator<Item = (&RunFacts, &Cycle)> {
    facts
        .indexed_runs()
        .filter(move |(index, _)| run_in_view(facts, *index, of))
        .flat_map(|(_, run)| run.cycles.iter().map(move |cycle| (run, cycle)))
}

fn in_view(facts: &Facts, when: When, of: CoverageOf) -> bool {
    match when {
        When::Live { run, .. } => run_in_view(facts, run, of),
        When::Imported(_) => true,
    }
}

fn run_in_view(facts: &Facts, run: RunIndex, of: CoverageOf) -> bool {
    match of {
        CoverageOf::Everything => true,
        CoverageOf::LastRun => facts.current_run().is_some_and(|(last, _)| last == run),
    }
}

/// From the sending of the first part to the end of the last.
fn length(facts: &Facts, run: RunIndex, parts: &[u64]) -> Option<Span> {
    let quote = |number: &u64| {
        facts.quotes.get(&super::facts::ExchangeId {
            run,
            number: *number,
        })
    };
    let first = parts.first().and_then(quote)?;
    let last = parts.last().and_then(quote)?;
    Some(last.window.received - first.window.sent)
}

/// Jobs read as running in the last cycle on self-hosted runners that no list
/// of ours shows: they are registered on another level.
fn jobs_elsewhere(facts: &Facts, of: CoverageOf) -> u64 {
    let Some((last, run)) = facts.current_run() else {
        return 0;
    };
    let Some(cycle) = run.cycles.last().filter(|_| run_in_view(facts, last, of)) else {
        return 0;
    };
    let lanes = facts.lanes.keys();
    let known: BTreeSet<_> = lanes.map(|lane| (&lane.host, lane.id)).collect();
    let elsewhere = facts.jobs.iter().filter(|(key, history)| {
        let assignment = history.record.assignment.as_ref().filter(|a| !a.hosted);
        let current = history.last_read == Some((last, cycle.number));
        let running =
            super::life::record_state(&history.record) == super::life::RecordState::Running;
        let ours = assignment.is_none_or(|a| known.contains(&(&key.host, a.runner_id)));
        current && running && !ours
    });
    elsewhere.count() as u64
}
