//! What must hold of every run, whatever the world: the promises of
//! `evidence.md`, held against what is true and what was served.

mod bounds;
mod carried;
mod claims;
mod conduct;
mod counts;
mod output;
mod silence;

use super::files;
use super::hub::{Served, What};
use super::play::Played;
use super::trouble::Trouble;
use super::truth::{Act, Extent, Machine, instant};
use crate::model::{Cycle, Gap, Period, Record, Run, Timestamp};

/// Times in claims may be off by this much: the grain of `Date`, of records,
/// and the windows of answers.
const GRAIN: i64 = 3500;

/// What a rotated recording would say otherwise.
pub(super) fn not_carried(played: &Played) -> Vec<Breach> {
    carried::breaches(played)
}

/// One broken promise, in words.
pub(super) type Breach = String;

/// All promises that a run broke.
pub(super) fn breaches(played: &Played) -> Vec<Breach> {
    let mut found = Vec::new();
    let made_later = [&played.again, &files::analysis(played)];
    for analysis in played.analyses.iter().chain(made_later) {
        for period in &analysis.periods {
            found.extend(claims::breaches(played, period));
            found.extend(bounds::breaches(played, period));
        }
    }
    if let Some(last) = played.analyses.last().filter(|_| played.fatal.is_none()) {
        found.extend(silence::breaches(played, last));
        found.extend(counts::breaches(played, last));
        found.extend(output::breaches(played, last));
    }
    found.extend(conduct::breaches(played));
    found.sort();
    found.dedup();
    found
}

/// The runner and the job of a period, if the period is about a job that
/// runs on that runner.
fn who<'w>(played: &Played<'w>, period: &Period) -> Option<(&'w Machine, &'w Act)> {
    let job = &period.job.as_ref()?.job;
    let act = played.world.acts.iter().find(|act| act.id == job.id.0)?;
    let machine = played.world.machines.get(act.machine()?)?;
    (machine.id == period.runner.key.id.0).then_some((machine, act))
}

/// Which process a header is of, from 0: one that goes on in another file has
/// several.
pub(super) fn process(run: &Run) -> usize {
    let number = run.id.rsplit('-').next();
    number
        .and_then(|number| number.parse().ok())
        .expect("a number")
}

/// Complete cycles with the process they are of and GitHub's time of their
/// beginning and end.
fn cycles<'p>(played: &'p Played) -> Vec<(usize, i64, i64, &'p Cycle)> {
    let mut of = 0;
    let cycles = played.records.iter().filter_map(|record| match record {
        Record::Run(run) => {
            of = process(run);
            None
        }
        Record::Cycle(cycle) => {
            let began = played.began[of];
            let from = began + cycle.window.sent.as_millis();
            let to = began + cycle.window.received.as_millis();
            Some((of, from, to, cycle))
        }
        _ => None,
    });
    cycles.collect()
}

/// What cycles say that they lack, each with its extent.
fn gaps<'p>(played: &'p Played) -> impl Iterator<Item = (Extent, &'p Gap)> {
    let cycles = cycles(played).into_iter();
    cycles.flat_map(|(process, .., cycle)| {
        let began = played.began[process];
        let gaps = cycle.gaps.iter();
        gaps.map(move |gap| {
            let [from, to] = [gap.from, gap.to].map(|at| began + at.as_millis());
            ((from, to), gap)
        })
    })
}

/// How far from the truth an answer can be placed.
fn slack(played: &Played) -> i64 {
    let slow = [Trouble::Slow, Trouble::TimeOuts, Trouble::Outages];
    let windows = if played.world.troubles.any(&slow) {
        40_000
    } else {
        GRAIN
    };
    // Placed by bounds that no longer hold.
    let slept: i64 = played.world.suspends.iter().map(|(_, length)| length).sum();
    let odd = if played.world.has(Trouble::OddDates) {
        250_000
    } else {
        0
    };
    let unknown = if played.world.has(Trouble::NoDates) {
        played.world.skew.abs()
    } else {
        0
    };
    let aged = if played.world.has(Trouble::Aged) {
        32_000
    } else {
        0
    };
    windows + slept + odd + unknown + aged
}

/// Instants at which a runner was shown in a way, around two times.
fn shown<'p>(
    played: &'p Played,
    (from, to): (Timestamp, Timestamp),
    way: impl Fn(&What) -> usize + 'p,
) -> impl Iterator<Item = i64> + 'p {
    let slack = slack(played);
    let (from, to) = (instant(from) - slack, instant(to) + slack);
    let served = played.served.iter();
    let near = served.filter(move |served| from <= served.at && served.at <= to);
    near.flat_map(move |served: &Served| {
        // What a cache gives was true when it was put there.
        let at = if served.aged {
            served.at - 30_000
        } else {
            served.at
        };
        std::iter::repeat_n(at, way(&served.what))
    })
}

fn flags(what: &What, id: u64, wanted: impl Fn(bool, bool) -> bool) -> usize {
    match what {
        What::Flags(flags) => {
            let own = flags.iter().filter(|flag| flag.0 == id);
            own.filter(|&&(_, busy, online)| wanted(busy, online))
                .count()
        }
        What::Missing(_)
        | What::Jobs(_)
        | What::Unchanged
        | What::Other
        | What::Down
        | What::Refused => 0,
    }
}
