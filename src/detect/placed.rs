//! A runner's readings placed by GitHub's clock.

use std::sync::Arc;

use super::View;
use super::facts::ExchangeId;
use super::facts::{Facts, When};
use super::lane::{Answer, Lane, Look, LookIndex, Reading, Seen, Spacing, Via};
use super::offset::{GRAIN, Placed, UNBOUNDED};
use super::run::Sequence;
use super::seal::Quiet;
use crate::model::{IMPORTED_WINDOW, JobId, MARGIN, Rules, Span, Timestamp, Window};

/// A reading placed by GitHub's clock.
#[derive(Debug, Clone)]
pub(super) struct PlacedReading {
    /// What judging uses: an imported time is widened to a window.
    pub(super) window: Window,
    /// What the bounds of periods use: an imported time as it stands.
    pub(super) bounds: Window,
    /// How much older than its window the answer may be, by its `Age`.
    pub(super) aged: Span,
    /// 2 s plus the clock bound of the source.
    pub(super) margin: Span,
    pub(super) seen: Seen,
    pub(super) via: Via,
    pub(super) look: Option<LookIndex>,
    pub(super) when: When,
    pub(super) exchange: Option<ExchangeId>,
    /// Its place in [`Lane::readings`].
    pub(super) place: usize,
    pub(super) spacing: Spacing,
    /// Jobs that a sandwich around this reading showed running.
    pub(super) sandwiched: Option<JobId>,
}

impl PlacedReading {
    /// Whether it is known to come before another that was placed after it. Of
    /// one run those tell that do not overlap: each was true at some instant of
    /// its window, to which its age belongs. Of two runs on one recording the
    /// first had ended. Of different sources those that lie a margin apart
    /// (`evidence.md` §1).
    pub(super) fn surely_before(&self, later: &Self, lane: &Lane, sequence: &Sequence) -> bool {
        let source = |reading: &Self| lane.look_of(reading.look)?.source.clone();
        let apart = || {
            let margin = self.margin.max(later.margin);
            self.bounds.received + margin <= later.bounds.sent
        };
        match (self.when, later.when) {
            (
                When::Live { run, window },
                When::Live {
                    run: of,
                    window: next,
                },
            ) => {
                if run == of {
                    window.received + later.aged <= next.sent
                } else {
                    apart() || (later.aged == Span::ZERO && sequence.precedes(run, of))
                }
            }
            (When::Imported(_), When::Imported(_)) => source(self) == source(later) || apart(),
            (When::Live { .. } | When::Imported(_), _) => apart(),
        }
    }

    /// Its end, as early as its clock and its age allow.
    pub(super) fn earliest(&self) -> Timestamp {
        self.bounds.received - (self.margin - MARGIN) - self.aged
    }
}

/// The readings of a lane that are in view, by time, without those at rest.
pub(super) fn placed(facts: &Facts, lane: &Lane, view: &View, quiet: &Quiet) -> Vec<PlacedReading> {
    let readings = lane.readings.iter().enumerate();
    let judged = readings.filter_map(|(at, reading)| {
        let spacing = quiet.spacing(at, reading.spacing)?;
        let placed = place(facts, at, reading, &view.rules)?;
        Some(PlacedReading { spacing, ..placed })
    });
    let mut placed: Vec<_> = judged
        .filter(|reading| view.shows(reading.bounds))
        .collect();
    // As they came, nearly always.
    if !placed.is_sorted_by_key(order) {
        placed.sort_by_key(order);
    }
    placed
}

/// Equal readings from one source count once (`evidence.md` §1). One of a file
/// that gives no name is equal to one of the name that it takes, if any.
pub(super) fn count_once(lane: &Lane, readings: &mut Vec<PlacedReading>, taken: Option<&Arc<str>>) {
    let named = |look: Option<LookIndex>| {
        let look = lane.look_of(look)?.clone();
        let taken = taken.filter(|_| look.instance.is_none());
        let name = look.name.clone().or(taken.cloned());
        Some(Look { name, ..look })
    };
    let is_of_file = |reading: &PlacedReading| reading.via == Via::File;
    let repeats = |one: &PlacedReading, other: &PlacedReading| {
        is_of_file(one)
            && is_of_file(other)
            && one.seen == other.seen
            && (one.look == other.look || named(one.look) == named(other.look))
    };
    // Nearly always there is nothing to do.
    let same_time = |pair: &[PlacedReading]| match pair {
        [one, other] => is_of_file(one) && one.bounds == other.bounds,
        _ => false,
    };
    if !readings.windows(2).any(same_time) {
        return;
    }
    let mut counted: Vec<PlacedReading> = Vec::with_capacity(readings.len());
    for reading in readings.drain(..) {
        let before = counted.iter().rev();
        let mut same_time = before.take_while(|earlier| earlier.bounds == reading.bounds);
        if !same_time.any(|earlier| repeats(earlier, &reading)) {
            counted.push(reading);
        }
    }
    *readings = counted;
}

/// The order of readings: by time, and among those of one time any that does
/// not depend on how they came.
fn order(reading: &PlacedReading) -> impl Ord + use<> {
    (
        reading.bounds.received,
        reading.bounds.sent,
        reading.exchange,
        reading.seen,
        reading.look,
    )
}

pub(super) fn place(
    facts: &Facts,
    place: usize,
    reading: &Reading,
    rules: &Rules,
) -> Option<PlacedReading> {
    let answer = &*reading.answer;
    let mut at = facts.place(answer.when)?;
    let asked = at.window.sent;
    amend(&mut at, answer);
    let (window, bound) = match answer.when {
        When::Live { .. } => (at.window, at.clock_bound),
        When::Imported(time) => (
            Window {
                sent: time - IMPORTED_WINDOW,
                received: time,
            },
            rules.clock_bound,
        ),
    };
    Some(PlacedReading {
        window,
        bounds: at.window,
        aged: asked - at.window.sent,
        margin: MARGIN + bound,
        seen: reading.seen,
        via: answer.via,
        look: reading.look,
        when: answer.when,
        exchange: answer.exchange,
        place,
        spacing: reading.spacing,
        sandwiched: None,
    })
}

/// What the headers of an answer take from its window. One with `Age` may
/// have been true that long before it was asked for. One whose own `Date`
/// lies outside its window is placed by bounds that do not hold for it (the
/// machine was suspended a moment ago, say): nothing is settled by it.
fn amend(at: &mut Placed, answer: &Answer) {
    if let Some(age) = answer.age {
        let age = Span::secs(i64::try_from(age).unwrap_or(i64::MAX / 2000));
        at.window.sent = at.window.sent - age - GRAIN;
    }
    let fits = answer.date.is_none_or(|date| {
        let early = date + GRAIN + at.clock_bound < at.window.sent;
        let late = at.window.received + at.clock_bound < date;
        !early && !late
    });
    if !fits {
        at.clock_bound = UNBOUNDED;
    }
}
