//! Which candidates a cycle sandwiches: open periods and a control beside the
//! sweep, as they are known from the cycle before; after it what it brought
//! up, the most urgent first.

use std::collections::BTreeMap;

use futures_util::future::join;

use super::sandwich::Outcome;
use super::{Again, Poller, Source};
use crate::clock::Clock;
use crate::model::{
    Candidate, Claimed, FINDING_SPACING, JobId, Mono, RunnerId, Scope, Span, Urgency,
};

/// Sandwiches made in the current cycle; a control that was none is not among
/// them.
pub(super) type Confirmed = BTreeMap<(Scope, RunnerId, JobId), Urgency>;

/// A sandwich that was made, and when.
type Made<'c> = (&'c Candidate, Outcome, Mono);

impl<S: Source, C: Clock> Poller<'_, S, C> {
    /// Confirms candidates by sandwiches, the most urgent ones first, and one
    /// agreeing runner as a control. Those that were confirmed beside the
    /// sweep are passed over; what the budget leaves out is counted.
    pub(crate) async fn confirm(&self, candidates: &[Candidate]) {
        self.breaker.begin_phase();
        let mut chosen = self.contradictions(candidates, Urgency::Young);
        let left = chosen.split_off(chosen.len().min(self.affordable()));
        self.cycle.borrow_mut().not_confirmed += left.len() as u64;
        chosen.extend(self.control(candidates));
        let (made, ()) = join(self.sandwiches(&chosen), self.look_for(candidates)).await;
        if self.options.again == Again::SameCycle {
            self.once_more(&made).await;
        }
    }

    /// Asks for the runners that vanished under their jobs, each by id.
    async fn look_for(&self, candidates: &[Candidate]) {
        let vanished = candidates
            .iter()
            .filter(|candidate| candidate.urgency == Urgency::Vanished);
        let vanished = vanished.map(|candidate| (candidate.scope.clone(), candidate.runner));
        let vanished: Vec<_> = vanished.take(self.affordable()).collect();
        self.look(&vanished).await;
    }

    /// Confirms what was open before the sweep.
    pub(super) async fn confirm_standing(&self, candidates: &[Candidate]) {
        let mut chosen = self.contradictions(candidates, Urgency::OpenPeriod);
        chosen.truncate(self.affordable());
        chosen.extend(self.control(candidates));
        self.sandwiches(&chosen).await;
    }

    /// Contradictions at least that urgent, not confirmed in this cycle.
    fn contradictions<'c>(&self, of: &'c [Candidate], least: Urgency) -> Vec<&'c Candidate> {
        let confirmed = self.confirmed.borrow();
        let wanted = of.iter().filter(|candidate| {
            candidate.urgency <= least && !confirmed.contains_key(&key(candidate))
        });
        wanted.collect()
    }

    /// Sandwiches that the cycle may still make, the control not counted.
    fn affordable(&self) -> usize {
        let confirmed = self.confirmed.borrow();
        let made = confirmed.values();
        let made = made.filter(|&&urgency| urgency != Urgency::Control);
        let most = self.options.confirmations.saturating_sub(made.count());
        most.min(self.budget.sandwiches(self.clock.mono()))
    }

    /// One agreeing runner, another one each cycle.
    fn control<'c>(&self, of: &'c [Candidate]) -> Option<&'c Candidate> {
        let confirmed = self.confirmed.borrow();
        let made = confirmed.values().any(|&it| it == Urgency::Control);
        let controls: Vec<_> = of
            .iter()
            .filter(|it| it.urgency == Urgency::Control)
            .collect();
        if made || self.options.confirmations == 0 || controls.is_empty() {
            return None;
        }
        let turn = self.cycle.borrow().number as usize % controls.len();
        controls.get(turn).copied()
    }

    /// Sandwiches side by side.
    async fn sandwiches<'c>(&self, chosen: &[&'c Candidate]) -> Vec<Made<'c>> {
        let each = chosen.iter().map(|&candidate| async move {
            let outcome = self.sandwich(candidate).await;
            let is_control = candidate.urgency == Urgency::Control;
            if !is_control || outcome == Outcome::Held {
                let mut confirmed = self.confirmed.borrow_mut();
                confirmed.insert(key(candidate), candidate.urgency);
            }
            (candidate, outcome, self.clock.mono())
        });
        self.concurrently(each).await
    }

    /// New contradictions that held are sandwiched a second time, far enough
    /// apart for a finding.
    async fn once_more(&self, made: &[Made<'_>]) {
        let held = made.iter().filter(|(candidate, outcome, _)| {
            let contradicts = candidate.urgency != Urgency::Control;
            let new = candidate.claimed == Claimed::NotYet;
            *outcome == Outcome::Held && contradicts && new
        });
        let held: Vec<_> = held.collect();
        let Some(latest) = held.iter().map(|(_, _, at)| *at).max() else {
            return;
        };
        let apart = latest + FINDING_SPACING + Span::millis(100);
        self.clock.sleep_until(apart).await;
        let again: Vec<_> = held.iter().map(|(candidate, _, _)| *candidate).collect();
        self.sandwiches(&again).await;
    }
}

fn key(candidate: &Candidate) -> (Scope, RunnerId, JobId) {
    (candidate.scope.clone(), candidate.runner, candidate.job)
}
