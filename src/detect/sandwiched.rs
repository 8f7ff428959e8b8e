//! Which readings a sandwich holds around (`evidence.md` §2).

use std::collections::BTreeMap;

use super::facts::{ExchangeId, Facts};
use super::life::{RecordState, record_state};
use super::track::Track;
use crate::model::{JobKey, RunnerKey};

impl Track<'_> {
    /// Marks the readings that lie between two reads of a running job.
    pub(super) fn mark_sandwiches(&mut self, facts: &Facts) {
        let mut middles = BTreeMap::new();
        for (run, sandwich) in &self.lane.sandwiches {
            let ids: Vec<_> = sandwich
                .parts
                .iter()
                .map(|&number| ExchangeId { run: *run, number })
                .collect();
            let [before, middle, after] = ids[..] else {
                continue;
            };
            let shown = [before, after].map(|id| running_job(facts, self.key, id));
            let [Some(first), Some(second)] = shown else {
                continue;
            };
            let (first, attempt) = first;
            if (first, attempt) == second && in_sequence(facts, before, middle, after) {
                middles.insert(middle, first);
            }
        }
        if middles.is_empty() {
            return;
        }
        for reading in &mut self.readings {
            let job = reading.exchange.and_then(|id| middles.get(&id));
            let bread = job.filter(|key| self.by_job.contains_key(&key.id));
            reading.sandwiched = bread.map(|key| key.id);
        }
    }
}

/// The job that a read by id showed running on this runner, and its attempt
/// (`github-api.md` §3).
fn running_job<'f>(
    facts: &'f Facts,
    runner: &RunnerKey,
    id: ExchangeId,
) -> Option<(&'f JobKey, Option<u32>)> {
    let glimpse = facts.glimpses.get(&id)?;
    let assignment = glimpse.job.assignment.as_ref()?;
    let running = record_state(&glimpse.job) == RecordState::Running;
    let shown = (&glimpse.key, glimpse.job.run_attempt);
    (running && assignment.runner_id == runner.id).then_some(shown)
}

/// Three unconditional 200 answers with three request ids, no `Age`, each
/// sent after the one before was complete (`evidence.md` §2). The monotonic
/// clock of one run orders them; no clock is compared.
fn in_sequence(facts: &Facts, before: ExchangeId, middle: ExchangeId, after: ExchangeId) -> bool {
    let quotes = [before, middle, after].map(|id| facts.quotes.get(&id));
    let [Some(before), Some(middle), Some(after)] = quotes else {
        return false;
    };
    let ids = [before, middle, after].map(|quote| quote.request_id.as_ref());
    let distinct = match ids {
        [Some(a), Some(b), Some(c)] => a != b && b != c && a != c,
        _ => false,
    };
    distinct
        && [before, middle, after].iter().all(|quote| quote.direct)
        && before.window.received <= middle.window.sent
        && middle.window.received <= after.window.sent
}
