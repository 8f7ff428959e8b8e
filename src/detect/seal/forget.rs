//! Forgets jobs that are over and exchanges that nothing quotes.

use std::collections::{BTreeSet, HashSet};

use super::SealedLane;
use crate::detect::facts::{ExchangeId, Facts, job_key};
use crate::detect::life::{Life, RecordState, record_state};
use crate::detect::track::Track;
use crate::model::{JobKey, Span, Timestamp};

/// An answer that lags is not believed to lag longer.
const REMEMBERED: Span = Span::secs(24 * 3600);

/// Jobs that judging what is kept of a runner looks at: those that are not
/// over, those that ended shortly before, the last one, and the one before
/// the first of these, whose end bounds its start.
pub(super) fn needed(track: &Track, sealed: &SealedLane, lag_limit: Span) -> Vec<JobKey> {
    let since = sealed.until().map(|until| until - lag_limit - lag_limit);
    let is_needed = |life: &&Life| life.closing.is_none_or(|closing| since <= Some(closing));
    let last = sealed.lives_in(track).saturating_sub(1);
    let recent = track.lives.iter().position(|life| is_needed(&life));
    let first = recent.map_or(last, |recent| recent.min(last));
    let lives = track.lives.iter().skip(first.saturating_sub(1));
    let strangers = track.strangers.iter().filter(is_needed);
    lives
        .chain(strangers)
        .map(|life| job_key(&track.key.host, life.job.id))
        .collect()
}

impl Facts {
    /// Forgets what ended long ago, unless it is needed.
    pub(super) fn forget(&mut self, needed: &BTreeSet<JobKey>, now: Timestamp, kept: Span) {
        let over = &mut self.over;
        self.jobs.retain(|key, history| {
            let completed_at = history.record.completed_at;
            let completed = record_state(&history.record) == RecordState::Completed;
            let old = completed && completed_at < Some(now - kept) && !needed.contains(key);
            if let Some(completed_at) = completed_at.filter(|_| old) {
                over.insert(key.clone(), completed_at);
            }
            !old
        });
        over.retain(|_, completed_at| now - REMEMBERED <= *completed_at);
        let jobs = &self.jobs;
        self.by_runner.retain(|_, named| {
            named.retain(|key| jobs.contains_key(key));
            !named.is_empty()
        });
        self.unassigned.retain(|key| jobs.contains_key(key));
        self.forget_quotes();
    }

    /// Keeps what readings came by, what sandwiches are made of, and what
    /// showed that a job had ended.
    fn forget_quotes(&mut self) {
        let mut quoted = HashSet::new();
        for lane in self.lanes.values() {
            for (run, sandwich) in &lane.sandwiches {
                let parts = sandwich.parts.iter();
                quoted.extend(parts.map(|&number| ExchangeId { run: *run, number }));
            }
        }
        quoted.extend(
            self.jobs
                .values()
                .filter_map(|history| history.completed_by),
        );
        self.quotes
            .retain(|id, quote| quote.is_read() || quoted.contains(id));
        self.glimpses.retain(|id, _| quoted.contains(id));
    }
}
