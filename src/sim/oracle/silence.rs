//! No silent miss: a desync of at least `would_detect_s`, inside the sure
//! life of a discovered job, overlaps a claim or a declared gap.

use super::{Breach, flags, gaps, slack};
use crate::model::{Analysis, Finding, Period};
use crate::sim::hub::What;
use crate::sim::play::Played;
use crate::sim::trouble::Trouble;
use crate::sim::truth::{Act, Extent, Machine, instant};

/// With these there is no one flag that could be read, or no telling when.
const BLURRED: [Trouble; 6] = [
    Trouble::RunnerReplicas,
    Trouble::RunnerListLag,
    Trouble::Aged,
    Trouble::Suspends,
    Trouble::OddDates,
    Trouble::NoDates,
];

/// The margin of judging, with the clock's bound and the grain of records.
const EDGE: i64 = 6000;

pub(super) fn breaches(played: &Played, analysis: &Analysis) -> Vec<Breach> {
    let Some(least) = analysis.coverage.would_detect else {
        return Vec::new();
    };
    if played.world.troubles.any(&BLURRED) {
        return Vec::new();
    }
    let world = played.world;
    let mut found: Vec<_> = understated(played, least.as_millis()).collect();
    found.extend(undeclared(played, analysis));
    for act in &world.acts {
        let Some(machine) = act.machine().map(|machine| &world.machines[machine]) else {
            continue;
        };
        let Some(life) = sure_life(played, machine, act).filter(|_| !machine.odd) else {
            continue;
        };
        for (from, to) in world.episodes(machine, act) {
            let (from, to) = (from.max(life.0), to.min(life.1));
            let long = least.as_millis() <= to - from;
            if long && !is_told(played, analysis, machine, (from, to)) {
                let least = least.as_millis();
                found.push(format!(
                    "missed: runner {} job {}: {from} to {to}, at least {least}",
                    machine.id, act.id
                ));
            }
        }
    }
    found
}

/// Every gap of a cycle lies in one that the report declares.
fn undeclared(played: &Played, analysis: &Analysis) -> impl Iterator<Item = Breach> {
    let slack = slack(played);
    let undeclared = gaps(played).filter(move |&((from, to), gap)| {
        let mut declared = analysis.coverage.gaps.iter();
        !declared.any(|it| {
            let (begins, ends) = (instant(it.from) - slack, instant(it.to) + slack);
            (&it.target, it.reason) == (&gap.target, gap.reason) && begins <= from && to <= ends
        })
    });
    undeclared.map(|(_, gap)| format!("not declared: {gap:?}"))
}

/// What would be found is no shorter than the time between two readings.
fn understated(played: &Played, least: i64) -> impl Iterator<Item = Breach> {
    let machines = played.world.machines.iter();
    machines.filter_map(move |machine| {
        let served = played.served.iter();
        let read = served.filter(|served| 0 < flags(&served.what, machine.id, |_, _| true));
        let mut read: Vec<_> = read.map(|served| served.at).collect();
        read.sort_unstable();
        let spacing = read.windows(2).map(|pair| pair[1] - pair[0]).max()?;
        let id = machine.id;
        (least < spacing)
            .then(|| format!("would find {least} ms, read runner {id} {spacing} ms apart"))
    })
}

/// The extent in which the job surely ran, from the first reading of its runner to
/// the last answer of all, if its final record was read.
fn sure_life(played: &Played, machine: &Machine, act: &Act) -> Option<Extent> {
    let jobs = played
        .served
        .iter()
        .filter_map(|served| match &served.what {
            What::Jobs(jobs) => Some((served, jobs.iter().find(|shown| shown.id.0 == act.id)?)),
            _ => None,
        });
    let mut jobs = jobs.peekable();
    let first_running = jobs.clone().find(|(_, shown)| shown.running_on.is_some());
    jobs.find(|(_, shown)| shown.completed)?;
    let mut read = played.served.iter();
    let mut read = read
        .by_ref()
        .filter(|served| 0 < flags(&served.what, machine.id, |_, _| true));
    let (first, last) = (read.next()?.at, played.served.last()?.at);
    let start = match act.script.first() {
        None => first_running?.0.at + 60_000,
        Some(step) => {
            let recorded = if act.enqueued { act.created } else { act.start };
            step.1
                + if step.1 <= recorded + 58_000 {
                    0
                } else {
                    305_000
                }
        }
    };
    Some(((start + EDGE).max(first), (act.end - EDGE).min(last)))
}

fn is_told(played: &Played, analysis: &Analysis, machine: &Machine, extent: Extent) -> bool {
    let overlaps = |from: i64, to: i64| from <= extent.1 && extent.0 <= to;
    let claims = |period: &Period| {
        period.finding == Finding::Yes
            && period.runner.key.id.0 == machine.id
            && overlaps(
                instant(period.first_false_at),
                instant(period.last_false_at),
            )
    };
    // As the cycles have them: a report makes one of those in a row.
    let mut gaps = gaps(played);
    analysis.periods.iter().any(claims) || gaps.any(|((from, to), _)| overlaps(from, to))
}
