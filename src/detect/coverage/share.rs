//! What one runner adds to the coverage: its readings, each counted once, its
//! sandwiches, and how far its readings lie apart.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{in_view, run_in_view};
use crate::detect::CoverageOf;
use crate::detect::facts::{ExchangeId, Facts, RunIndex};
use crate::detect::judge::{Judged, Verdict};
use crate::detect::lane::{Seen, Spacing, Via};
use crate::detect::placed::PlacedReading;
use crate::detect::track::Track;
use crate::model::{
    Certainty, Purpose, ReadingCounts, Sandwich, SandwichCounts, Span, Timestamp, UnknownReason,
    Window,
};

/// The share of one runner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::detect) struct Share {
    pub(super) counts: ReadingCounts,
    pub(super) reasons: BTreeMap<UnknownReason, u64>,
    pub(super) sandwiches: SandwichCounts,
    /// List readings that could not be judged for want of jobs.
    pub(super) lost: u64,
    pub(super) longest_gap: Option<Span>,
    pub(super) longest_sandwich: Option<Span>,
    /// Readings counted.
    pub(super) counted: u64,
    /// The last usable reading: the next is spaced from it.
    last_usable: Option<Window>,
}

impl Share {
    /// Adds some readings of the runner, all later than those added before.
    pub(in crate::detect) fn add(
        &mut self,
        facts: &Facts,
        track: &Track,
        judged: &[Judged],
        range: Range<usize>,
        of: CoverageOf,
    ) {
        let readings = track.readings.get(range.clone()).unwrap_or(&[]);
        let judged = judged.get(range).unwrap_or(&[]);
        for (reading, judged) in readings.iter().zip(judged) {
            if in_view(facts, reading.when, of) {
                self.count(reading, judged);
                self.space(reading);
            }
        }
    }

    /// Counts one reading that is not kept, between two that are.
    pub(in crate::detect) fn count(&mut self, reading: &PlacedReading, judged: &Judged) {
        self.counted += 1;
        match outcome(judged) {
            Outcome::Agree => self.counts.agree += 1,
            Outcome::AgreeUnchanged => self.counts.agree_unchanged += 1,
            Outcome::Desync => self.counts.desync += 1,
            Outcome::JobsLate => self.counts.jobs_late += 1,
            Outcome::Unknown(reason) => {
                self.counts.unknown += 1;
                *self.reasons.entry(reason).or_insert(0) += 1;
                let listed = matches!(reading.via, Via::List | Via::Unchanged);
                self.lost += u64::from(listed && loses_coverage(reason));
            }
        }
    }

    /// Counts readings that agree that nothing runs, 200s and 304s.
    pub(in crate::detect) fn rest(&mut self, readings: (u64, u64), longest_gap: Option<Span>) {
        let (direct, unchanged) = readings;
        self.counted += direct + unchanged;
        self.counts.agree += direct;
        self.counts.agree_unchanged += unchanged;
        self.longest_gap = self.longest_gap.max(longest_gap);
    }

    /// A runner that is there and tells nothing usable has gone unread since the
    /// last time it did, also when it never does again.
    fn space(&mut self, reading: &PlacedReading) {
        let usable = is_usable(reading);
        let garbled = reading.seen == Seen::Nothing(UnknownReason::Undecodable);
        if reading.spacing == Spacing::Measured
            && (usable || garbled)
            && let Some(before) = self.last_usable
        {
            self.spaced(before, reading.bounds.received);
        }
        if usable {
            self.last_usable = Some(reading.bounds);
        }
    }

    /// A runner that is still there has gone unread from its last usable
    /// reading to the end of what was observed: nothing is promised of a shorter
    /// desync there (`evidence.md` §7). One reading alone promises nothing.
    pub(in crate::detect) fn unread_until(&mut self, end: Timestamp) {
        let last = self.last_usable.filter(|last| last.received <= end);
        if let Some(last) = last.filter(|_| self.longest_gap.is_some()) {
            self.spaced(last, end);
        }
    }

    /// Takes note of how far what was received lies from the reading before.
    pub(in crate::detect) fn spaced(&mut self, before: Window, received: Timestamp) {
        let gap = received - before.sent;
        self.longest_gap = self.longest_gap.max(Some(gap));
    }

    /// Adds the sandwiches of a runner that are of the runs in view.
    pub(in crate::detect) fn add_sandwiches<'s>(
        &mut self,
        facts: &Facts,
        track: &Track,
        sandwiches: impl Iterator<Item = &'s (RunIndex, Sandwich)>,
        of: CoverageOf,
    ) {
        for (run, sandwich) in sandwiches.filter(|(run, _)| run_in_view(facts, *run, of)) {
            self.sandwich(facts, track, *run, sandwich);
        }
    }

    fn sandwich(&mut self, facts: &Facts, track: &Track, run: RunIndex, sandwich: &Sandwich) {
        let part = |&number: &u64| ExchangeId { run, number };
        let middle = sandwich.parts.get(1).map(part);
        let reading = middle.and_then(|id| track.by_exchange(id));
        let held = reading.is_some_and(|r| r.sandwiched.is_some() && r.seen == Seen::IDLE);
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
        let quote = |id| facts.quotes.get(&id);
        let first = sandwich.parts.first().map(part).and_then(quote);
        let last = sandwich.parts.last().map(part).and_then(quote);
        // From the sending of the first part to the end of the last.
        let length = first
            .zip(last)
            .map(|(first, last)| last.window.received - first.window.sent);
        self.longest_sandwich = self.longest_sandwich.max(length);
    }
}

/// Whether a reading is a 200 that shows the flag.
pub(in crate::detect) fn is_usable(reading: &PlacedReading) -> bool {
    matches!(reading.seen, Seen::Flag { .. }) && reading.via != Via::Unchanged
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
