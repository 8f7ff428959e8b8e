//! One run of the program: its clock, its cycles, and what it spent.

use std::collections::{BTreeMap, BTreeSet};

use super::offset::Offsets;
use crate::model::{Cycle, Exchange, Mono, Requests, Run, Said, Sight, Target, UnknownReason};

/// One run of the program.
#[derive(Debug, Clone)]
pub(super) struct RunFacts {
    pub(super) header: Run,
    pub(super) offsets: Offsets,
    pub(super) cycles: Vec<Cycle>,
    /// Failed attempts at reading runners, by reason.
    pub(super) failed: BTreeMap<UnknownReason, u64>,
    pub(super) requests: Requests,
    /// When the last complete reading of all jobs began.
    pub(super) jobs_from: Option<Mono>,
    /// Whether every cycle could read every repository that matters.
    pub(super) sight: Sight,
    pub(super) last_seen: Mono,
    /// Every exchange up to this number is known: it is of a cycle that has
    /// ended.
    pub(super) ended: u64,
    /// Exchanges known since. They come in any order within a cycle, as a
    /// recording writes unchanged lists last.
    pub(super) known: BTreeSet<u64>,
}

impl RunFacts {
    /// Ends a cycle.
    pub(super) fn end_cycle(&mut self, cycle: Cycle) {
        if cycle.jobs_complete {
            self.jobs_from = self.jobs_from.max(Some(cycle.jobs_from));
        }
        self.sight = self.sight.max(cycle.sight);
        if !cycle.unreadable.is_empty() {
            self.sight = Sight::Part;
        }
        self.cycles.push(cycle);
    }

    /// Counts an exchange and learns its clock; `false` for one seen before,
    /// as after a rotation that carried it over.
    pub(super) fn account(&mut self, exchange: &Exchange) -> bool {
        if exchange.number <= self.ended || !self.known.insert(exchange.number) {
            return false;
        }
        self.last_seen = self.last_seen.max(exchange.window.received);
        if let (Some(date), None) = (exchange.date, exchange.age) {
            self.offsets.learn(exchange.window, date);
        }
        self.count(exchange);
        true
    }

    fn count(&mut self, exchange: &Exchange) {
        let unchanged = exchange.said == Said::NotModified;
        self.requests.total += 1;
        self.requests.retried += u64::from(0 < exchange.retry);
        self.requests.not_modified += u64::from(unchanged);
        let free = unchanged || exchange.target == Target::RateLimit || exchange.status.is_none();
        self.requests.charged += u64::from(!free);
        if let Some(rate) = exchange.rate {
            self.requests.limit = rate.limit.or(self.requests.limit);
            self.requests.remaining = rate.remaining.or(self.requests.remaining);
        }
        let about_runners = matches!(
            exchange.target,
            Target::Runners { .. } | Target::Runner { .. }
        );
        if let Some((reason, count)) = lost(&exchange.said).filter(|_| about_runners) {
            *self.failed.entry(reason).or_insert(0) += count;
        }
    }
}

/// Readings of runners that an answer failed to give.
fn lost(said: &Said) -> Option<(UnknownReason, u64)> {
    match said {
        Said::Failed(failure) => Some((failure.reason, 1)),
        Said::Runners { undecodable, .. } if 0 < *undecodable => {
            Some((UnknownReason::Undecodable, u64::from(*undecodable)))
        }
        // A 304 stands for the body it refers to.
        Said::NotModified
        | Said::Runners { .. }
        | Said::Runner(_)
        | Said::Runs { .. }
        | Said::Run(_)
        | Said::Jobs { .. }
        | Said::Job(_)
        | Said::Repos { .. }
        | Said::RateLimit => None,
    }
}
