//! How the poller behaves: nothing asked inside a back-off, almost nothing in
//! an outage, everything read again when faults cease.

use super::{Breach, cycles};
use crate::model::{Cycle, Gap};
use crate::sim::play::Played;
use crate::sim::trouble::Trouble;

/// Cycles after which coverage is whole again.
const RETURN: usize = 2;

pub(super) fn breaches(played: &Played) -> Vec<Breach> {
    let mut found = back_offs(played);
    found.extend(outages(played));
    found.extend(returns(played));
    found.extend(wholes(played));
    found
}

fn back_offs(played: &Played) -> Vec<Breach> {
    let inside = played.back_offs.iter().filter_map(|back_off| {
        let mut served = played.served.iter();
        let early = served.find(|served| {
            served.process == back_off.process
                && back_off.from < served.sent
                && served.sent < back_off.to
        })?;
        Some(format!("request {} inside {back_off:?}", early.number))
    });
    inside.collect()
}

/// From the third cycle of an outage on, one probe for the sweep and one for
/// the confirmations: a small fleet needs two to fail three different reads.
fn outages(played: &Played) -> Vec<Breach> {
    if played.world.has(Trouble::Suspends) {
        return Vec::new();
    }
    let cycles = cycles(played);
    let mut found = Vec::new();
    for &(from, to) in &played.world.outages {
        let inside = |cycle: &(usize, i64, i64, &Cycle)| from < cycle.1 && cycle.2 < to - 1000;
        for three in cycles.windows(3).filter(|three| three.iter().all(inside)) {
            let [(before, ..), _, (process, _, _, cycle)] = three else {
                continue;
            };
            if before != process {
                continue;
            }
            let asked = played.served.iter().filter(|served| {
                served.process == *process
                    && cycle.window.sent <= served.sent
                    && served.sent < cycle.window.received
            });
            let asked = asked.count();
            if 2 < asked {
                found.push(format!(
                    "{asked} requests in cycle {} of an outage",
                    cycle.number
                ));
            }
        }
    }
    found
}

/// Pages can change while they are read, faults or none.
fn returns(played: &Played) -> Vec<Breach> {
    let world = played.world;
    let pages = [Trouble::SmallPages, Trouble::LargeFleet];
    // Where the budget does not pay for all, lists wait.
    if world.budget.is_some()
        || played.fatal.is_some()
        || world.troubles.any(&pages)
        || world.has(Trouble::Suspends)
    {
        return Vec::new();
    }
    let calm = cycles(played)
        .into_iter()
        .filter(|cycle| world.calm_from <= cycle.1);
    // A replica that is behind has no jobs yet for a run that is in progress.
    let behind = world
        .troubles
        .any(&[Trouble::JobListLag, Trouble::JobReplicas]);
    let is_excused = |gap: &Gap| behind && gap.target.starts_with("jobs of run ");
    let late = calm.skip(RETURN).filter(|(.., cycle)| {
        let excused = !cycle.gaps.is_empty() && cycle.gaps.iter().all(is_excused);
        let jobs_lack = !cycle.jobs_complete || !cycle.gaps.is_empty();
        cycle.runners_expected != cycle.runners_read
            || !cycle.unreadable.is_empty()
            || (jobs_lack && !excused)
    });
    late.map(|(.., cycle)| format!("not whole after all faults: {cycle:?}"))
        .collect()
}

/// With these the list of runners changes by itself, or has no true total.
const CHANGING: [Trouble; 7] = [
    Trouble::Ephemeral,
    Trouble::Lost,
    Trouble::FalseMissing,
    Trouble::RunnerReplicas,
    Trouble::RunnerListLag,
    Trouble::Aged,
    Trouble::NoTotals,
];

/// A cycle that says that it read all runners has read all that there are.
fn wholes(played: &Played) -> Vec<Breach> {
    let world = played.world;
    if world.troubles.any(&CHANGING) {
        return Vec::new();
    }
    let all = world.machines.len() as u64;
    let whole = cycles(played).into_iter().filter(|(.., cycle)| {
        let says_so = cycle.runners_expected == cycle.runners_read;
        let zero_total = world.has(Trouble::WrongTotals) && cycle.runners_read < all;
        says_so && cycle.runners_read != all && !zero_total
    });
    whole
        .map(|(.., cycle)| format!("{} of {all} runners are not all", cycle.runners_read))
        .collect()
}
