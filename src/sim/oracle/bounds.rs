//! Bounds contain the truth: a wrong flag begins and ends between the
//! instants that a period states.

use super::{Breach, GRAIN, slack, who};
use crate::model::{Finding, JobStatus, Kind, Period};
use crate::sim::play::Played;
use crate::sim::trouble::Trouble;
use crate::sim::truth::{Extent, instant};

/// With these, answers come from several truths at once, or cannot be placed.
const BLURRED: [Trouble; 6] = [
    Trouble::RunnerReplicas,
    Trouble::RunnerListLag,
    Trouble::Aged,
    Trouble::Suspends,
    Trouble::OddDates,
    Trouble::NoDates,
];

pub(super) fn breaches(played: &Played, period: &Period) -> Vec<Breach> {
    let mut found = Vec::new();
    if period.at_most.is_some_and(|most| most < period.observed) {
        found.push(format!("observed more than at most: {period:?}"));
    }
    let settled = period
        .job
        .as_ref()
        .is_some_and(|job| job.job.status == JobStatus::Completed);
    let claimed = period.finding == Finding::Yes && period.kind == Kind::BusyFalse;
    if !claimed || !settled || played.world.troubles.any(&BLURRED) {
        return found;
    }
    let Some((machine, act)) = who(played, period) else {
        return found;
    };
    let episodes = played.world.episodes(machine, act);
    let first = instant(period.first_false_at);
    // A runner works on one job at a time by law, so that a job is taken to
    // begin after the one before it, whatever its missing first steps did.
    let overlaps = |&other: &usize| {
        let other = &played.world.acts[other];
        other.id != act.id && other.start < act.over() && act.start < other.over()
    };
    let beside = machine.acts.iter().any(overlaps);
    // And by law the first step of a record is the first there was.
    let later = act
        .script
        .first()
        .is_some_and(|step| step.0 != "Set up job");
    let after = period.onset.after.filter(|_| !beside && !later);
    let after = after.map_or(i64::MIN / 2, instant) - GRAIN;
    let by = instant(period.onset.by) + GRAIN;
    let begins = near(played, &episodes, first).any(|(from, _)| after <= from && from <= by);
    if !begins {
        found.push(format!(
            "runner {} job {}: began not from {after} to {by}: {episodes:?}",
            machine.id, act.id
        ));
    }
    let last = instant(period.last_false_at);
    let after = instant(period.end.after) - GRAIN;
    let by = period.end.by.map_or(i64::MAX / 2, instant) + GRAIN;
    let ends = near(played, &episodes, last).any(|(_, to)| after <= to && to <= by);
    if !ends {
        found.push(format!(
            "runner {} job {}: ended not from {after} to {by}: {episodes:?}",
            machine.id, act.id
        ));
    }
    found
}

/// Episodes that a reading can have been in.
fn near<'e>(played: &Played, episodes: &'e [Extent], at: i64) -> impl Iterator<Item = Extent> + 'e {
    let slack = slack(played);
    let around = episodes.iter().copied();
    around.filter(move |&(from, to)| from - slack <= at && at <= to + slack)
}
