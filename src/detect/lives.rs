//! The lives of one runner's jobs, found by time: there can be thousands, and
//! a reading touches few.

use std::ops::Deref;

use super::life::Life;
use crate::model::{Span, Timestamp, Window};

/// Lives ordered by end, open ones last.
#[derive(Debug, Clone)]
pub(super) struct Lives {
    all: Vec<Life>,
    /// Earliest possible start among the lives from each index on.
    earliest_from: Vec<Option<Timestamp>>,
    /// Latest closing among the lives up to each index; `None` while open.
    closed_until: Vec<Option<Timestamp>>,
    /// For each life the one that began before it.
    before: Vec<Option<usize>>,
}

impl Lives {
    pub(super) fn of(all: Vec<Life>) -> Self {
        Self {
            earliest_from: earliest_from(&all),
            closed_until: closed_until(&all),
            before: before(&all),
            all,
        }
    }

    /// The job before it on the runner: of those that began before and were not
    /// closed after it, the one that began last. A record can stay open long
    /// after its job has died.
    pub(super) fn previous(&self, at: usize) -> Option<usize> {
        self.before.get(at).copied().flatten()
    }

    /// The lives that a window may touch, with their indices.
    pub(super) fn around(
        &self,
        window: Window,
        margin: Span,
    ) -> impl Iterator<Item = (usize, &Life)> {
        let closed =
            |closed: &Option<Timestamp>| closed.is_some_and(|closed| closed + margin < window.sent);
        let first = self.closed_until.partition_point(closed);
        let begins = move |at: &usize| {
            let earliest = self.earliest_from.get(*at).copied().flatten();
            earliest.is_none_or(|start| start <= window.received + margin)
        };
        let indices = (first..self.all.len()).take_while(begins);
        indices.filter_map(|at| Some((at, self.all.get(at)?)))
    }
}

impl Deref for Lives {
    type Target = [Life];
    fn deref(&self) -> &[Life] {
        &self.all
    }
}

fn earliest_from(lives: &[Life]) -> Vec<Option<Timestamp>> {
    let mut earliest = Some(Timestamp::from_millis(i64::MAX));
    let mut from: Vec<_> = lives
        .iter()
        .rev()
        .map(|life| {
            earliest = earliest.min(life.start.min).min(life.job.started_at);
            earliest
        })
        .collect();
    from.reverse();
    from
}

/// One whose start nobody states is as old as its end.
fn before(lives: &[Life]) -> Vec<Option<usize>> {
    let began = |at: &usize| lives.get(*at).map(|life| life.start.min.or(life.end));
    let mut order: Vec<_> = (0..lives.len()).collect();
    order.sort_by_key(began);
    let mut before = vec![None; lives.len()];
    for (place, &later) in order.iter().enumerate() {
        let mut earlier = order.get(..place).unwrap_or(&[]).iter().rev();
        let found = earlier.find(|&&at| is_of_one(lives, at, later) && !outlasts(lives, at, later));
        let found = found.copied();
        if let Some(slot) = before.get_mut(later) {
            *slot = found;
        }
    }
    before
}

/// Whether two jobs name one runner: an id can be that of another one, too.
fn is_of_one(lives: &[Life], one: usize, other: usize) -> bool {
    let name = |at: usize| {
        let runner = lives.get(at)?.job.assignment.as_ref()?;
        runner.runner_name.as_ref()
    };
    name(one) == name(other)
}

/// Whether a record was closed after another job had begun and ended: its job
/// had long lost the runner.
fn outlasts(lives: &[Life], one: usize, other: usize) -> bool {
    let end = |at: usize| lives.get(at).and_then(|life| life.end);
    end(one)
        .zip(end(other))
        .is_some_and(|(one, other)| other < one)
}

fn closed_until(lives: &[Life]) -> Vec<Option<Timestamp>> {
    let mut latest = Some(Timestamp::from_millis(i64::MIN));
    let closings = lives.iter().map(|life| {
        latest = match (latest, life.closing) {
            (Some(latest), Some(closing)) => Some(latest.max(closing)),
            _ => None,
        };
        latest
    });
    closings.collect()
}
