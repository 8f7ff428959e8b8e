//! One run of the program: its clock, its cycles, and what it spent.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::facts::RunIndex;
use super::offset::Offsets;
use crate::model::{
    Cycle, Exchange, Gap, Mono, RepoName, Requests, Run, Said, Sandwich, Scope, Sight, Target,
    UnknownReason,
};

/// Which runs wrote one recording one after another: each begins when the
/// one before has ended, whatever their clocks say.
#[derive(Debug, Clone, Default)]
pub(super) struct Sequence {
    by_id: HashMap<Arc<str>, RunIndex>,
    /// For each run the one that it follows.
    follows: Vec<Option<Arc<str>>>,
}

impl Sequence {
    /// Takes note of the next run.
    pub(super) fn begin(&mut self, header: &Run) {
        let index = RunIndex(self.follows.len());
        self.by_id.insert(Arc::clone(&header.id), index);
        self.follows.push(header.follows.clone());
    }

    /// The run of this id, if it began before.
    pub(super) fn index_of(&self, id: &str) -> Option<RunIndex> {
        self.by_id.get(id).copied()
    }

    /// Whether all that a run read came before all that another read.
    pub(super) fn precedes(&self, earlier: RunIndex, later: RunIndex) -> bool {
        let mut at = Some(later);
        // As many steps as there are runs: a recording could name a circle.
        for _ in &self.follows {
            at = at.and_then(|at| self.before(at));
            if at.is_none() || at == Some(earlier) {
                break;
            }
        }
        at == Some(earlier)
    }

    fn before(&self, run: RunIndex) -> Option<RunIndex> {
        let before = self.follows.get(run.0)?.as_ref()?;
        self.by_id.get(before).copied()
    }
}

/// One run of the program.
#[derive(Debug, Clone)]
pub(super) struct RunFacts {
    pub(super) header: Run,
    pub(super) offsets: Offsets,
    pub(super) cycles: Cycles,
    /// Failed attempts at reading runners, by reason.
    pub(super) failed: BTreeMap<UnknownReason, u64>,
    pub(super) requests: Requests,
    /// When the last complete reading of all jobs began.
    pub(super) jobs_from: Option<Mono>,
    /// Repositories whose runs were listed at least once.
    pub(super) listed: BTreeSet<RepoName>,
    /// Scopes whose runners were.
    pub(super) shown: BTreeSet<Scope>,
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

/// The cycles of a run, added up.
#[derive(Debug, Clone, Default)]
pub(super) struct Cycles {
    pub(super) count: u64,
    pub(super) complete: u64,
    pub(super) runners_expected: u64,
    pub(super) runners_read: u64,
    pub(super) only_unfiltered: u64,
    /// A newest page was full in one of them.
    pub(super) page_full: bool,
    pub(super) gaps: Vec<Gap>,
    /// Of what the last cycle lacked, and why, the place in `gaps`.
    lacked: BTreeMap<(Arc<str>, UnknownReason), usize>,
    pub(super) unreadable: BTreeSet<Arc<str>>,
    pub(super) last: Option<Cycle>,
}

impl Cycles {
    fn add(&mut self, mut cycle: Cycle) {
        self.count += 1;
        let complete = cycle.runners_read == cycle.runners_expected && cycle.jobs_complete;
        self.complete += u64::from(complete);
        // A total that GitHub states can be absurd.
        self.runners_expected = self.runners_expected.saturating_add(cycle.runners_expected);
        self.runners_read = self.runners_read.saturating_add(cycle.runners_read);
        self.only_unfiltered += cycle.only_unfiltered;
        self.page_full |= cycle.page_full;
        self.lack(cycle.number, std::mem::take(&mut cycle.gaps));
        self.unreadable.extend(cycle.unreadable.iter().cloned());
        self.last = Some(cycle);
    }

    /// What cycles one after another lack for the same reason is one gap: what
    /// can never be read must not fill the memory of a watch of months.
    fn lack(&mut self, cycle: u32, gaps: Vec<Gap>) {
        let last = self.last.as_ref().map(|last| last.number);
        let follows = last.and_then(|last| last.checked_add(1)) == Some(cycle);
        let before = std::mem::take(&mut self.lacked);
        for gap in gaps {
            let key = (Arc::clone(&gap.target), gap.reason);
            let known = self.lacked.get(&key);
            let known = known.or_else(|| before.get(&key).filter(|_| follows));
            let at = known.copied().unwrap_or(self.gaps.len());
            match self.gaps.get_mut(at) {
                Some(known) => known.to = known.to.max(gap.to),
                None => self.gaps.push(gap),
            }
            self.lacked.insert(key, at);
        }
    }
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
        self.cycles.add(cycle);
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

    /// Whether a sandwich is of a cycle that has ended, and so was fed before,
    /// though it may be let go by now: a rotation carried it over.
    pub(super) fn has_ended(&self, sandwich: &Sandwich) -> bool {
        let last = sandwich.parts.iter().max();
        last.is_none_or(|&last| last <= self.ended)
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
        if let Target::Runs { repo, .. } = &exchange.target
            && !matches!(exchange.said, Said::Failed(_))
            && !self.listed.contains(repo)
        {
            self.listed.insert(repo.clone());
        }
        if let (Target::Runners { scope, .. }, Said::Runners { .. }) =
            (&exchange.target, &exchange.said)
            && !self.shown.contains(scope)
        {
            self.shown.insert(scope.clone());
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
        | Said::Annotations { .. }
        | Said::Deliveries { .. }
        | Said::Repos { .. }
        | Said::RateLimit => None,
    }
}
