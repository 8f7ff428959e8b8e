//! Worlds to be played: a few with every run of the suite, as many as wanted
//! by command, and those in which something was once wrong.

mod curves;
mod fleet;
mod recordings;
mod show;
mod speed;

use std::hash::{BuildHasher, RandomState};
use std::panic::catch_unwind;

use super::mutant::Mutant;
use super::oracle::{Breach, breaches, not_carried};
use super::plan::world;
use super::play::play;
use super::truth::World;

/// Seeds in which a promise was once broken.
const REGRESSIONS: &[u64] = &[
    // A 404 while the credential saw nothing was taken for the end of a runner.
    175_603_715_693_661,
    // The same for so short a time that only lists of jobs were refused.
    176_086_908_094_164,
    // A first cycle that ended at a refusal said that none of no runners lacked.
    781_140,
    // A runner whose status nobody knows counted as read until it told nothing.
    781_456,
    // Of two answers that overlapped the later to come was taken for the later.
    1_580_676_779,
    // A sandwich that a rotation carried over was counted twice by a report.
    77_137,
];

/// Worlds with every run of the suite.
const FEW: [u64; 8] = [1, 3, 5, 6, 9, 10, 13, 16];

/// Every mutant is found out in one of so many worlds.
const FOUND_WITHIN: u64 = 500;

/// Worlds with a breach after which looking for more is of no use.
const ENOUGH: usize = 20;

/// Plays one world; gives how many runners were read in all of its cycles,
/// and which promises were broken. A panic breaks one too.
fn outcome(seed: u64, budget: Option<f64>) -> (u64, Vec<Breach>) {
    let played = catch_unwind(|| {
        let world = World {
            budget,
            ..world(seed)
        };
        let played = play(&world, None);
        (played.runner_cycles, breaches(&played))
    });
    played.unwrap_or_else(|_| (0, vec!["a panic".to_owned()]))
}

fn told(seed: u64, breaches: &[Breach]) -> String {
    let troubles = world(seed).troubles.names();
    format!("seed {seed}, {troubles:?}:\n  {}", breaches.join("\n  "))
}

#[track_caller]
fn hold(seeds: impl Iterator<Item = u64>, budget: Option<f64>) {
    for seed in seeds {
        let (_, breaches) = outcome(seed, budget);
        assert!(breaches.is_empty(), "{}", told(seed, &breaches));
    }
}

#[test]
fn few_worlds() {
    hold(FEW.into_iter(), None);
}

/// A hundred requests an hour: most lists wait for their turn, and what they
/// would have shown is unknown.
#[test]
fn few_worlds_on_a_budget() {
    hold([1, 3, 6, 10].into_iter(), Some(0.02));
}

#[test]
fn worlds_that_were_wrong_once() {
    hold(REGRESSIONS.iter().copied(), None);
}

/// A number of the environment.
fn given(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}

/// `SIM_RUNNER_CYCLES` says how many; `SIM_SEED` where to begin, else it is
/// somewhere new each time.
#[test]
#[ignore = "long: by command, and in CI"]
fn many_worlds() {
    let wanted = given("SIM_RUNNER_CYCLES").unwrap_or(10_000);
    let anywhere = || RandomState::new().hash_one("where to begin") >> 16;
    let first = given("SIM_SEED").unwrap_or_else(anywhere);
    println!("SIM_SEED={first}");
    let (mut done, mut seed) = (0, first);
    let mut broken = Vec::new();
    while done < wanted && broken.len() < ENOUGH {
        let (cycles, breaches) = outcome(seed, None);
        if !breaches.is_empty() {
            println!("{}", told(seed, &breaches));
            broken.push(seed);
        }
        done += cycles;
        seed += 1;
    }
    let worlds = seed - first;
    println!("{done} runner-cycles in {worlds} worlds from seed {first} on: {broken:?} broken");
    assert!(
        broken.is_empty(),
        "promises broken with the seeds {broken:?}"
    );
}

/// What a rotated recording begins with says the same of what is open. Not held
/// by every run yet: one world in some thousands, 4231827389 the first, loses a
/// finding so.
#[test]
#[ignore = "not held in every world: by command"]
fn a_rotated_recording_says_the_same() {
    let first = given("SIM_SEED").unwrap_or(1);
    for seed in first..first + given("SIM_WORLDS").unwrap_or(200) {
        let world = world(seed);
        let breaches = not_carried(&play(&world, None));
        assert!(breaches.is_empty(), "{}", told(seed, &breaches));
    }
}

/// Whether a world finds a program with this fault out.
fn finds_out(seed: u64, mutant: Mutant) -> bool {
    !breaches(&play(&world(seed), Some(mutant))).is_empty()
}

/// The simulation is not tame: every faulty program is found out, and soon.
#[test]
#[ignore = "long: by command, and in CI"]
fn every_mutant_is_found_out() {
    let mut survivors = Vec::new();
    for mutant in Mutant::ALL {
        match (1..=FOUND_WITHIN).find(|&seed| finds_out(seed, mutant)) {
            Some(seed) => println!("{mutant:?} is found out in world {seed}"),
            None => survivors.push(mutant),
        }
    }
    assert!(survivors.is_empty(), "survivors: {survivors:?}");
}

/// The same with every run of the suite, on worlds that are known to do it.
#[test]
fn faulty_programs_are_found_out() {
    for (mutant, seed) in KNOWN {
        assert!(finds_out(seed, mutant), "{mutant:?} with seed {seed}");
    }
}

const KNOWN: [(Mutant, u64); 6] = [
    (Mutant::FirstJobReadTwice, 10),
    (Mutant::OfflineIsIdle, 5),
    (Mutant::QueuedRuns, 10),
    (Mutant::MixedRuns, 7),
    (Mutant::CompletedAtIsEnd, 5),
    (Mutant::LocalClock, 1),
];
