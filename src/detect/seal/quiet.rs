//! Runners at rest: of what the lists said of one again and again, with no job
//! near, the ends are enough. Nearly all readings are of this sort, and they
//! are told before anything is judged: row 9 of the table says of each that
//! the answers agree.

use super::lane::{Fate, Fates, SealedLane};
use crate::detect::View;
use crate::detect::facts::{Facts, RunIndex, When};
use crate::detect::history::JobHistory;
use crate::detect::lane::{Lane, LookIndex, Seen, Spacing, Via};
use crate::detect::life::{RecordState, record_state};
use crate::detect::placed::{PlacedReading, place};
use crate::detect::witness::Beside;
use crate::model::{RunnerKey, Span, Timestamp, Window};

/// How far from a reading at rest a job begins or ends, besides the lag limit
/// and the margin: readings so near are judged, and drawn.
const APART: Span = Span::secs(120);

/// 200s of a stretch of which any can be left out.
const ENOUGH: u64 = 5;

/// What need not be judged of one runner, by the place in [`Lane::readings`].
#[derive(Debug, Clone, Default)]
pub(in crate::detect) struct Quiet {
    stretches: Vec<Stretch>,
}

/// Neighbors that say the same with nothing else near.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    run: RunIndex,
    look: Option<LookIndex>,
    leave: Leave,
    /// Places of the ends, and of the first two 200s and the last two: two
    /// pages of one cycle can list a runner, and only the second of two
    /// answers surely follows what one of them says.
    first: usize,
    last: usize,
    first_direct: [usize; 2],
    last_direct: [usize; 2],
    /// 200s and 304s.
    direct: u64,
    unchanged: u64,
    /// Of the last 200.
    bounds: Option<Window>,
    longest_gap: Option<Span>,
}

/// Whether a stretch can be let go of, or only be left out for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leave {
    LetGo,
    LeftOut,
}

/// How long a job may have been near.
#[derive(Debug, Clone, Copy)]
struct Near {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Quiet {
    /// Finds them. Those received by `old` are let go of.
    pub(in crate::detect) fn of(
        facts: &Facts,
        key: &RunnerKey,
        lane: &Lane,
        view: &View,
        beside: Beside,
        old: Timestamp,
    ) -> Self {
        let jobs = near(facts, key);
        let is_apart = |reading: &PlacedReading| {
            let apart = APART + view.rules.lag_limit + reading.margin;
            jobs.iter().all(|job| job.is_apart(reading.window, apart))
        };
        let mut found = Self::default();
        let mut before = None;
        for (at, reading) in lane.readings.iter().enumerate() {
            let placed = place(facts, at, reading, &view.rules);
            let Some(placed) = placed.filter(|placed| view.shows(placed.bounds)) else {
                continue;
            };
            if Some(placed.bounds.received) < before {
                // By a clock that stepped: which neighbors are which is not
                // told by their places.
                return Self::default();
            }
            before = Some(placed.bounds.received);
            if rests(lane, &placed)
                && beside.jobs_read_since(placed.bounds.received)
                && is_apart(&placed)
            {
                found.take(&placed, Leave::of(&placed, old));
            }
        }
        found.stretches.retain(|stretch| ENOUGH <= stretch.direct);
        found
    }

    /// Adds a reading at rest to the stretch that it goes on, or begins one.
    fn take(&mut self, placed: &PlacedReading, leave: Leave) {
        let last = self.stretches.last_mut();
        match last.filter(|stretch| stretch.goes_on_with(placed, leave)) {
            Some(stretch) => stretch.take(placed),
            None => self.stretches.extend(Stretch::begin(placed, leave)),
        }
    }

    fn at(&self, place: usize) -> Option<&Stretch> {
        let after = self.stretches.partition_point(|it| it.first <= place);
        let stretch = self.stretches.get(after.checked_sub(1)?)?;
        (place <= stretch.last).then_some(stretch)
    }

    /// The spacing of a reading from the one before that is judged; `None` if
    /// it is not judged itself.
    pub(in crate::detect) fn spacing(&self, place: usize, measured: Spacing) -> Option<Spacing> {
        let Some(stretch) = self.at(place) else {
            return Some(measured);
        };
        let spacing = if place == stretch.after_others() {
            Spacing::Counted
        } else {
            measured
        };
        stretch.keeps(place).then_some(spacing)
    }

    /// Counts what is let go of. What a cut takes besides is dropped after it.
    pub(super) fn seal(&self, facts: &Facts, sealed: &mut SealedLane, fates: &mut Fates) {
        let old = self.stretches.iter().filter(|it| it.leave == Leave::LetGo);
        for stretch in old {
            sealed.rest(facts, stretch.run, stretch.left_out(), stretch.longest_gap);
            for place in stretch.first..=stretch.last {
                if !stretch.keeps(place) {
                    fates.set(place, Fate::Dropped);
                }
            }
            fates.set(stretch.after_others(), Fate::KeptAfterOthers);
        }
    }
}

impl Leave {
    fn of(placed: &PlacedReading, old: Timestamp) -> Self {
        if placed.bounds.received <= old {
            Self::LetGo
        } else {
            Self::LeftOut
        }
    }
}

impl Stretch {
    fn begin(placed: &PlacedReading, leave: Leave) -> Option<Self> {
        let When::Live { run, .. } = placed.when else {
            return None;
        };
        let mut stretch = Self {
            run,
            look: placed.look,
            leave,
            first: placed.place,
            last: placed.place,
            first_direct: [placed.place; 2],
            last_direct: [placed.place; 2],
            direct: 0,
            unchanged: 0,
            bounds: None,
            longest_gap: None,
        };
        stretch.take(placed);
        Some(stretch)
    }

    /// Whether a reading is the next one of the lane and says the same.
    fn goes_on_with(&self, placed: &PlacedReading, leave: Leave) -> bool {
        placed.when.is_of(self.run)
            && placed.place == self.last + 1
            && placed.look == self.look
            && leave == self.leave
    }

    fn take(&mut self, placed: &PlacedReading) {
        self.last = placed.place;
        if placed.via == Via::Unchanged {
            self.unchanged += 1;
            return;
        }
        match self.direct {
            0 => self.first_direct = [placed.place; 2],
            1 => self.first_direct[1] = placed.place,
            _ => {}
        }
        self.last_direct = [self.last_direct[1], placed.place];
        self.direct += 1;
        let gap = self
            .bounds
            .map(|before| placed.bounds.received - before.sent);
        self.longest_gap = self.longest_gap.max(gap);
        self.bounds = Some(placed.bounds);
    }

    fn keeps(&self, place: usize) -> bool {
        let [first, second] = self.first_direct;
        let [before_last, last] = self.last_direct;
        [self.first, self.last, first, second, before_last, last].contains(&place)
    }

    /// The place of the reading before which others are left out.
    fn after_others(&self) -> usize {
        self.last_direct[0]
    }

    /// How many 200s and 304s are not kept.
    fn left_out(&self) -> (u64, u64) {
        let begins_unchanged = self.first < self.first_direct[0];
        let ends_unchanged = self.last_direct[1] < self.last;
        let kept = u64::from(begins_unchanged) + u64::from(ends_unchanged);
        (self.direct - 4, self.unchanged - kept)
    }
}

impl Near {
    fn is_apart(self, window: Window, apart: Span) -> bool {
        let before = self.from.is_some_and(|from| window.received + apart < from);
        let after = self.until.is_some_and(|until| until + apart < window.sent);
        before || after
    }
}

/// Whether a list shows the runner, by its name, online and idle.
fn rests(lane: &Lane, reading: &PlacedReading) -> bool {
    let named = lane
        .look_of(reading.look)
        .is_some_and(|look| look.name.is_some());
    reading.seen == Seen::IDLE
        && matches!(reading.via, Via::List | Via::Unchanged)
        && reading.aged == Span::ZERO
        && reading.spacing == Spacing::Measured
        && named
}

/// Every job that names the runner's id, whoever it means by it.
fn near(facts: &Facts, key: &RunnerKey) -> Vec<Near> {
    let jobs = facts.by_runner.get(&key.id.0).into_iter().flatten();
    let jobs = jobs.filter(|job| job.host == key.host);
    let jobs = jobs.filter_map(|job| facts.jobs.get(job));
    jobs.map(|history| span(facts, history)).collect()
}

/// As wide as its record, and what was read of it, allow.
fn span(facts: &Facts, history: &JobHistory) -> Near {
    let job = &history.record;
    let first_step = job.steps.first().and_then(|step| step.started_at);
    let from = job
        .started_at
        .map(|at| first_step.map_or(at, |step| step.min(at)));
    let seen_open = history.last_in_progress.and_then(|when| facts.place(when));
    let seen_open = seen_open.map(|placed| placed.window.received);
    let over = record_state(job) == RecordState::Completed;
    Near {
        from,
        until: job.completed_at.max(seen_open).filter(|_| over),
    }
}
