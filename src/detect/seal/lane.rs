//! One runner: what of it is over, counted, and what is kept.

use super::{Quiet, cut, thin};
use crate::detect::coverage::{Share, in_view, run_in_view};
use crate::detect::facts::{ExchangeId, Facts, RunIndex};
use crate::detect::judge::{Judged, Verdict};
use crate::detect::lag::{JobLag, lags};
use crate::detect::lane::{Lane, LookIndex, Seen, Spacing};
use crate::detect::merge::{Words, groups};
use crate::detect::placed::PlacedReading;
use crate::detect::track::Track;
use crate::detect::{CoverageOf, Detector, View};
use crate::model::{Period, Sandwich, Span, Timestamp};

/// What was let go of one runner, as far as the rest needs it.
#[derive(Debug, Clone, Default)]
pub(in crate::detect) struct SealedLane {
    /// Jobs that ended before are counted, and their periods kept.
    until: Option<Timestamp>,
    /// Whether nothing else is known of the runner.
    over: bool,
    /// Jobs counted.
    pub(in crate::detect) jobs: u64,
    all: Share,
    /// The same of what the run read.
    of_run: Option<(RunIndex, Share)>,
    /// When the runner was first read.
    pub(in crate::detect) read_from: Option<Timestamp>,
    /// Whether a reading showed it.
    pub(in crate::detect) shown: bool,
    /// What it looked like, if it was offline at the end: the index of
    /// [`Lane::looks`].
    pub(in crate::detect) offline_as: Option<LookIndex>,
    /// When the last reading that agreed was sent.
    pub(in crate::detect) agreed: Option<Timestamp>,
}

/// What becomes of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Kept,
    /// Those between it and the one before are counted and not kept.
    KeptAfterOthers,
    Dropped,
}

/// By the place in [`Lane::readings`], and of sandwiches.
#[derive(Debug, Clone)]
pub(super) struct Fates {
    readings: Vec<Fate>,
    sandwiches: Vec<bool>,
}

/// What one sealing takes from a runner.
pub(super) struct Sealing {
    pub(super) sealed: SealedLane,
    pub(super) fates: Fates,
    pub(super) periods: Vec<Period>,
    pub(super) lags: Vec<JobLag>,
}

impl Sealing {
    /// Seals what is over among the readings received by `old`.
    pub(super) fn of(
        detector: &Detector,
        track: &Track,
        judged: &[Judged],
        view: &View,
        old: Timestamp,
        quiet: &Quiet,
    ) -> Self {
        let facts = &detector.facts;
        let groups = groups(track, judged);
        let at = cut::cut(track, &groups, old);
        let edge = cut::edge(track, at, old);
        let over: Vec<_> = groups
            .into_iter()
            .filter(|group| group.members.iter().all(|&member| member < at))
            .collect();
        let words = Words::of(track, judged, &view.rules);
        let mut sealed = track.lane.sealed.clone();
        let first_life = track.sealed_lives();
        sealed.until = sealed.until.max(Some(edge));
        let lives = first_life..sealed.lives_in(track);
        sealed.jobs += lives.len() as u64;
        sealed.take(facts, track, judged, at);
        sealed.over = at == track.readings.len() && lives.end == track.lives.len();
        let mut fates = thin::thin(facts, track, judged, at, old, &mut sealed);
        quiet.seal(facts, &mut sealed, &mut fates);
        fates.drop_before(track, at);
        fates.sandwiches = sealed.take_sandwiches(facts, track, edge);
        Self {
            sealed,
            fates,
            periods: detector.periods(track, &words, &over, &view.rules),
            lags: lags(track, &words, lives),
        }
    }
}

impl SealedLane {
    /// What is counted of the runs in view.
    pub(in crate::detect) fn share(&self, facts: &Facts, of: CoverageOf) -> Share {
        match of {
            CoverageOf::Everything => self.all.clone(),
            CoverageOf::LastRun => {
                let of_run = self.of_run.as_ref();
                let of_run = of_run.filter(|(run, _)| Some(*run) == facts.current);
                of_run.map_or_else(Share::default, |(_, share)| share.clone())
            }
        }
    }

    pub(super) fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// How many lives of the track ended before what is kept; they come first.
    pub(super) fn lives_in(&self, track: &Track) -> usize {
        let ended =
            |life: &crate::detect::life::Life| life.end.is_some_and(|end| Some(end) < self.until);
        track.lives.partition_point(ended)
    }

    /// Counts the readings before a place.
    fn take(&mut self, facts: &Facts, track: &Track, judged: &[Judged], at: usize) {
        for (of, share) in self.shares(facts) {
            share.add(facts, track, judged, 0..at, of);
        }
        let readings = track.readings.get(..at).unwrap_or(&[]);
        let Some(first) = readings.first() else {
            return;
        };
        self.read_from = self.read_from.or(Some(first.window.sent));
        for (reading, judged) in readings.iter().zip(judged) {
            if let Seen::Flag { online, .. } = reading.seen {
                self.shown = true;
                self.offline_as = reading.look.filter(|_| !online);
            }
            if matches!(judged.verdict, Verdict::Agree(_)) {
                self.agreed = Some(reading.bounds.sent);
            }
        }
    }

    /// Counts the sandwiches that were over before the instant; says of each
    /// whether it is kept.
    fn take_sandwiches(&mut self, facts: &Facts, track: &Track, edge: Timestamp) -> Vec<bool> {
        let kept = |of: &(RunIndex, Sandwich)| !is_over(facts, of, edge);
        let sandwiches = &track.lane.sandwiches;
        for (of, share) in self.shares(facts) {
            let over = sandwiches.iter().filter(|of| !kept(of));
            share.add_sandwiches(facts, track, over, of);
        }
        sandwiches.iter().map(kept).collect()
    }

    /// Counts one reading that is not kept, between two that are.
    pub(super) fn count(&mut self, facts: &Facts, reading: &PlacedReading, judged: &Judged) {
        for (of, share) in self.shares(facts) {
            if in_view(facts, reading.when, of) {
                share.count(reading, judged);
            }
        }
    }

    /// Counts readings of a runner at rest that are not kept, 200s and 304s, and
    /// takes note of how far the 200s among them and beside them lie apart.
    pub(super) fn rest(
        &mut self,
        facts: &Facts,
        run: RunIndex,
        readings: (u64, u64),
        longest_gap: Option<Span>,
    ) {
        for (of, share) in self.shares(facts) {
            if run_in_view(facts, run, of) {
                share.rest(readings, longest_gap);
            }
        }
    }

    /// Takes note of how far two neighbors lie apart.
    pub(super) fn space(&mut self, facts: &Facts, before: &PlacedReading, after: &PlacedReading) {
        if after.spacing == Spacing::Counted {
            return;
        }
        for (of, share) in self.shares(facts) {
            if in_view(facts, after.when, of) {
                share.spaced(before.bounds, after.bounds.received);
            }
        }
    }

    fn shares(&mut self, facts: &Facts) -> impl Iterator<Item = (CoverageOf, &mut Share)> {
        let of_run = facts.current.map(|current| {
            let known = self.of_run.take().filter(|(run, _)| *run == current);
            let share = known.map_or_else(Share::default, |(_, share)| share);
            &mut self.of_run.insert((current, share)).1
        });
        let of_run = of_run.map(|share| (CoverageOf::LastRun, share));
        std::iter::once((CoverageOf::Everything, &mut self.all)).chain(of_run)
    }
}

/// Whether a sandwich ended before the instant.
fn is_over(facts: &Facts, (run, sandwich): &(RunIndex, Sandwich), edge: Timestamp) -> bool {
    let id = sandwich
        .parts
        .last()
        .map(|&number| ExchangeId { run: *run, number });
    let quote = id.and_then(|id| facts.quotes.get(&id));
    let window = quote.and_then(|quote| Some(facts.run(*run)?.offsets.place(quote.window).window));
    window.is_none_or(|window| window.received < edge)
}

impl Fates {
    pub(super) fn keeping(readings: usize) -> Self {
        Self {
            readings: vec![Fate::Kept; readings],
            sandwiches: Vec::new(),
        }
    }

    pub(super) fn set(&mut self, place: usize, fate: Fate) {
        if let Some(known) = self.readings.get_mut(place) {
            *known = fate;
        }
    }

    /// Drops the readings of a track before a place.
    fn drop_before(&mut self, track: &Track, at: usize) {
        for reading in track.readings.iter().take(at) {
            self.set(reading.place, Fate::Dropped);
        }
    }

    /// Takes from the lane what is dropped.
    pub(super) fn apply(self, lane: &mut Lane) {
        let mut fates = self.readings.into_iter();
        lane.readings.retain_mut(|reading| match fates.next() {
            Some(Fate::Dropped) => false,
            Some(Fate::KeptAfterOthers) => {
                reading.spacing = Spacing::Counted;
                true
            }
            Some(Fate::Kept) | None => true,
        });
        let mut kept = self.sandwiches.into_iter();
        lane.sandwiches.retain(|_| kept.next() != Some(false));
        if lane.readings.len() < lane.readings.capacity() / 4 {
            lane.readings.shrink_to(lane.readings.len() * 2);
        }
    }
}

impl Lane {
    /// Whether the runner is listed no more, and nothing of it is kept.
    pub(super) fn is_over(&self) -> bool {
        let gone = self.listed.is_none() && self.sealed.over;
        gone && self.readings.is_empty() && self.sandwiches.is_empty()
    }
}

impl Track<'_> {
    /// How many of the lives ended before what is kept, and are counted.
    pub(in crate::detect) fn sealed_lives(&self) -> usize {
        self.lane.sealed.lives_in(self)
    }
}
