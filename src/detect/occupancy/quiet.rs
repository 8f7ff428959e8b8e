//! How long a runner has been read as idle without a break.

use super::Desk;
use crate::detect::facts::When;
use crate::detect::judge::{Verdict, judge};
use crate::detect::lane::{Seen, Via};
use crate::detect::placed::PlacedReading;
use crate::model::{MARGIN, Quiet, Span, UnknownReason};

/// What a reading means for the time a runner has been idle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stillness {
    Idle,
    /// It neither counts nor speaks against it: no answer, a 304, a cache.
    Passed,
    Broken,
}

impl Desk<'_> {
    /// The unbroken series of idle readings at the end of the track; its last
    /// one is of this run.
    pub(super) fn quiet(&self) -> Option<Quiet> {
        let series = self.series();
        let newest = series
            .first()
            .filter(|newest| newest.when.is_of(self.run))?;
        let oldest = series.last()?;
        let recorded = series.iter().filter(|r| !r.when.is_of(self.run)).count();
        Some(Quiet {
            from: oldest.bounds.received,
            to: newest.bounds.sent.max(oldest.bounds.received),
            readings: series.len() as u64,
            recorded: recorded as u64,
            sure: between(oldest, newest).at_least.max(Span::ZERO),
        })
    }

    /// The idle readings of the series, the newest first.
    fn series(&self) -> Vec<&PlacedReading> {
        let mut series: Vec<&PlacedReading> = Vec::new();
        let largest = self.rules.lag_limit.max(MARGIN);
        for (index, reading) in self.track.readings.iter().enumerate().rev() {
            match self.stillness(index, reading) {
                Stillness::Passed => continue,
                Stillness::Broken => break,
                Stillness::Idle => {}
            }
            let later = series.last();
            let apart = later.map(|later| between(reading, later).at_most);
            if apart.is_some_and(|apart| largest <= apart) {
                break;
            }
            series.push(reading);
        }
        series
    }

    /// What follows the last complete reading of jobs counts for now:
    /// nothing is said before they are read again.
    fn stillness(&self, index: usize, reading: &PlacedReading) -> Stillness {
        let nothing = matches!(reading.seen, Seen::Nothing(_));
        if nothing || (reading.seen == Seen::IDLE && !self.is_direct(reading)) {
            return Stillness::Passed;
        }
        match judge(self.track, index, self.beside, self.rules).verdict {
            Verdict::Agree(None) | Verdict::Unknown(UnknownReason::Jobs)
                if reading.seen == Seen::IDLE =>
            {
                Stillness::Idle
            }
            Verdict::Agree(_)
            | Verdict::AgreeUnchanged
            | Verdict::Contradicts { .. }
            | Verdict::JobsLate(_)
            | Verdict::Unknown(_) => Stillness::Broken,
        }
    }

    /// Unconditional, 200, no `Age`, of the runner alone or in a list.
    fn is_direct(&self, reading: &PlacedReading) -> bool {
        let quote = reading.exchange.and_then(|id| self.facts.quotes.get(&id));
        let live = matches!(reading.via, Via::List | Via::ById);
        live && quote.is_some_and(|quote| quote.direct)
    }
}

/// How far two readings are apart, from the end of one to the beginning of
/// the other.
struct Apart {
    at_least: Span,
    at_most: Span,
}

/// One run has one monotonic clock. Between two the wall clocks count, less
/// and more what they leave open.
fn between(earlier: &PlacedReading, later: &PlacedReading) -> Apart {
    if let (
        When::Live { run, window },
        When::Live {
            run: of,
            window: to,
        },
    ) = (earlier.when, later.when)
        && run == of
    {
        let span = to.sent - window.received;
        return Apart {
            at_least: span,
            at_most: span,
        };
    }
    let span = later.bounds.sent - earlier.bounds.received;
    let open = (earlier.margin - MARGIN) + (later.margin - MARGIN);
    Apart {
        at_least: span - open,
        at_most: span + open,
    }
}
