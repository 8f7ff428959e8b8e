//! A new file alone continues what is open (`contract.md` §4).

use super::Breach;
use crate::model::{Class, Finding, JobId, Kind, Period, RunnerId};
use crate::sim::play::Played;

/// What must be the same of a finding. Times may differ by what fewer answers
/// tell of the clock, and so may what is not confirmed.
type Open = (RunnerId, Kind, Option<JobId>, Option<Class>);

pub(super) fn breaches(played: &Played) -> Vec<Breach> {
    let [whole, carried] = [&played.again, &played.carried].map(|it| open(&it.periods));
    if whole == carried {
        return Vec::new();
    }
    vec![format!(
        "open are {whole:?}, of which a rotated recording says {carried:?}"
    )]
}

fn open(periods: &[Period]) -> Vec<Open> {
    let found = periods
        .iter()
        .filter(|period| period.finding == Finding::Yes && period.end.by.is_none());
    let open = found.map(|period| {
        let job = period.job.as_ref().map(|it| it.job.id);
        (period.runner.key.id, period.kind, job, period.class)
    });
    open.collect()
}
