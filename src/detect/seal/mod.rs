//! Lets go of what is over, so that a watch of months needs no more memory
//! than one of an hour: readings that nothing can change any more are counted,
//! finished periods kept as they were measured, and the jobs behind them
//! forgotten. Judges nothing itself.
//!
//! It happens at ends of cycles and depends on records alone, so that a report
//! made again from the recording is the same report (`evidence.md` §9). Files
//! of other witnesses can bear on anything: with them nothing is sealed.
//!
//! The way: [`quiet`] leaves out what a runner at rest says again and again,
//! [`cut`] finds how much of its past stands by itself, [`thin`] what in the
//! rest says the same as its neighbors, [`lane`] counts all three, and
//! [`forget`] drops jobs and quotes that nobody refers to.

mod cut;
mod forget;
mod lane;
mod quiet;
mod thin;

use std::collections::BTreeSet;

pub(super) use lane::SealedLane;
use lane::Sealing;
pub(super) use quiet::Quiet;

use super::coverage::Tally;
use super::facts::{Facts, RunIndex, When};
use super::lag::JobLag;
use super::lanes::LaneIndex;
use super::track::Track;
use super::witness::Witness;
use super::{CoverageOf, Detector, View, judged};
use crate::model::{JobKey, MonoWindow, Period, Record, Span, Timestamp};

/// Readings younger than this when all jobs were last read are kept: a job can
/// be found late, and a record be closed late (up to 20 min were seen), and both
/// settle readings.
const KEPT: Span = Span::secs(30 * 60);

/// Readings for which jobs could not be read are kept for so long.
const KEPT_UNREAD: Span = Span::secs(24 * 3600);

/// How often something is let go: every reading kept is judged each time.
const EVERY: Span = Span::secs(60 * 60);

/// What is over, of all runners.
#[derive(Debug, Clone, Default)]
pub(super) struct Past {
    /// When something was last let go.
    sealed_at: Option<Timestamp>,
    pub(super) periods: Vec<Period>,
    pub(super) lags: Vec<JobLag>,
    /// Of runners that are gone.
    departed: Tally,
    /// The same of what the current run read.
    departed_of_run: Option<(RunIndex, Tally)>,
}

impl Past {
    /// The coverage of runners that are gone.
    pub(super) fn tally(&self, facts: &Facts, of: CoverageOf) -> Tally {
        match of {
            CoverageOf::Everything => self.departed.clone(),
            CoverageOf::LastRun => {
                let of_run = self.departed_of_run.as_ref();
                let of_run = of_run.filter(|(run, _)| Some(*run) == facts.current);
                of_run.map_or_else(Tally::default, |(_, tally)| tally.clone())
            }
        }
    }
}

impl Detector {
    /// Takes one record of a recording in; at the end of a cycle lets go of
    /// what is over, as the run that made the recording did.
    pub(crate) fn feed_again(&mut self, record: Record, view: impl FnOnce(&Self) -> View) {
        let ends_cycle = matches!(record, Record::Cycle(_));
        self.feed(record);
        if ends_cycle {
            self.seal(view);
        }
    }

    /// At the end of a cycle: lets go of what nothing can change any more, when
    /// it is time to. Later analyses must have the rules, times and runners of
    /// this view.
    pub(crate) fn seal(&mut self, view: impl FnOnce(&Self) -> View) {
        if self.wants_sealing() {
            let view = view(self);
            self.seal_after(&view, KEPT);
        }
    }

    fn wants_sealing(&self) -> bool {
        let Some(now) = now(&self.facts).filter(|_| !self.facts.imported) else {
            return false;
        };
        let last = self.past.sealed_at;
        last.is_none_or(|last| last + EVERY <= now || now < last)
    }

    /// The same, whatever the time, with an age of what is kept.
    pub(super) fn seal_after(&mut self, view: &View, kept: Span) {
        let Some(now) = now(&self.facts) else { return };
        self.past.sealed_at = Some(now);
        let (sealings, needed) = self.sealings(view, now, kept);
        for (index, is_wanted, sealing) in sealings {
            if is_wanted {
                self.past.periods.extend(sealing.periods);
                self.past.lags.extend(sealing.lags);
            }
            if let Some(lane) = self.facts.lanes.at(index) {
                sealing.fates.apply(lane);
                lane.sealed = sealing.sealed;
            }
        }
        self.depart(view);
        self.facts.forget(&needed, now, kept);
    }

    /// What is over of each runner, whether the view wants it, and the jobs that
    /// the rest still needs.
    fn sealings(
        &self,
        view: &View,
        now: Timestamp,
        kept: Span,
    ) -> (Vec<(LaneIndex, bool, Sealing)>, BTreeSet<JobKey>) {
        let witness = Witness::of(&self.facts);
        let mut needed = BTreeSet::new();
        let mut sealings = Vec::new();
        for (index, key, lane) in self.facts.lanes.indexed() {
            let beside = witness.beside(key);
            let read = beside.jobs_read_until().unwrap_or(now - KEPT_UNREAD);
            let old = (now.min(read) - kept).max(now - KEPT_UNREAD.max(kept));
            let quiet = Quiet::of(&self.facts, key, lane, view, beside, old);
            let track = Track::without(&self.facts, key, lane, view, &quiet);
            let judged = judged(&track, &witness, &view.rules);
            let sealing = Sealing::of(self, &track, &judged, view, old, &quiet);
            needed.extend(forget::needed(
                &track,
                &sealing.sealed,
                view.rules.lag_limit,
            ));
            sealings.push((index, view.wants(key), sealing));
        }
        (sealings, needed)
    }

    /// Forgets runners that are listed no more and of which all is over.
    fn depart(&mut self, view: &View) {
        let current = self.facts.current;
        let (mut all, mut of_run) = (std::mem::take(&mut self.past.departed), Tally::default());
        if let Some((run, tally)) = self.past.departed_of_run.take()
            && Some(run) == current
        {
            of_run = tally;
        }
        let facts = &self.facts;
        for (_, lane) in self.lanes(view).filter(|(_, lane)| lane.is_over()) {
            let of = CoverageOf::Everything;
            all.add(&lane.sealed.share(facts, of), lane.sealed.jobs);
            let of = CoverageOf::LastRun;
            of_run.add(&lane.sealed.share(facts, of), lane.sealed.jobs);
        }
        self.past.departed = all;
        self.past.departed_of_run = current.map(|run| (run, of_run));
        let moved = self.facts.lanes.retain(|lane| !lane.is_over());
        self.facts.bodies.follow(&moved);
    }
}

/// The end of the last cycle, by GitHub's clock.
fn now(facts: &Facts) -> Option<Timestamp> {
    let (run, of_run) = facts.current_run()?;
    let received = of_run.cycles.last.as_ref()?.window.received;
    let window = MonoWindow::at(received);
    Some(facts.place(When::Live { run, window })?.window.received)
}
