//! Tests only: a reader is given files that are nearly right. Seeds are real
//! ones; each case damages one as disks, networks and people do.
//!
//! The same cases on every machine: `FUZZ_SEED` gives others, `FUZZ_SECONDS`
//! more of them for each target. What was found once is kept as a file below
//! `fixtures/fuzz`, and so is a seed.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::clock::{Clock, System};
use crate::model::Span;

/// Cases between two looks at the clock; what every run of the suite tries.
const ROUND: u32 = 48;

/// No case is longer.
const LONGEST: usize = 1 << 16;

/// What has a meaning to one reader or another.
const TOKENS: [&[u8]; 36] = [
    b"null",
    b"true",
    b"false",
    b"0",
    b"-1",
    b"18446744073709551616",
    b"1e999",
    b"\"\"",
    b"{}",
    b"[]",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b"\\ud800",
    b",",
    b":",
    b"\n",
    b"\r\n",
    b"\n\n",
    b"\0",
    b"\0\0\0\0\0\0\0\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
    b"\xc3",
    b"9999-99-99T99:99:99Z",
    b"2026-02-29T24:00:60Z",
    b"Busy: false",
    b"; rel=\"next\"",
    b"missing",
    b"\x1b[31m",
];

/// One piece of damage: what is done, where, how much, with what.
type Damage = (u8, usize, usize, usize);

/// Tries cases of the seeds (files, or directories of files, from the root
/// of the repository) until the time is over; panics with the smallest case
/// that does not hold.
pub(crate) fn fuzz(target: &str, seeds: &[&str], holds: impl Fn(&[u8])) {
    let seeds = read(target, seeds);
    for seed in &seeds {
        holds(seed);
    }
    let first = setting("FUZZ_SEED").unwrap_or(1);
    let clock = System::start();
    let until = clock.mono() + Span::secs(setting("FUZZ_SECONDS").unwrap_or(0).cast_signed());
    let mut seed = first;
    loop {
        round(target, seed, &seeds, &holds);
        seed += 1;
        if until <= clock.mono() {
            break;
        }
    }
    let cases = (seed - first) * u64::from(ROUND);
    println!("{target}: {cases} cases, FUZZ_SEED={first}");
}

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a whole number"))
}

fn round(target: &str, seed: u64, seeds: &[Vec<u8>], holds: &impl Fn(&[u8])) {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases: ROUND,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let damage = vec(
        (0..10_u8, any::<usize>(), any::<usize>(), any::<usize>()),
        1..8,
    );
    let result = runner.run(&(any::<usize>(), damage), |(which, damage)| {
        holds(&damaged(seeds, which, &damage));
        Ok::<_, TestCaseError>(())
    });
    if let Err(TestError::Fail(why, (which, damage))) = result {
        let case = damaged(seeds, which, &damage);
        panic!("{target}, FUZZ_SEED={seed}: {why}\n{}", case.escape_ascii());
    }
}

fn damaged(seeds: &[Vec<u8>], which: usize, damage: &[Damage]) -> Vec<u8> {
    let mut bytes = seeds[which % seeds.len()].clone();
    for damage in damage {
        bytes = hurt(bytes, seeds, *damage);
        bytes.truncate(LONGEST);
    }
    bytes
}

fn hurt(mut bytes: Vec<u8>, seeds: &[Vec<u8>], (how, at, len, what): Damage) -> Vec<u8> {
    let at = at % (bytes.len() + 1);
    let few = (at + len % 9).min(bytes.len());
    let many = (at + len % 2000).min(bytes.len());
    let token = TOKENS[what % TOKENS.len()];
    match how {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << (what % 8);
            }
        }
        1 => bytes.truncate(at),
        2 => drop(bytes.drain(at..many)),
        3 => {
            let twice = bytes[at..many].to_vec();
            bytes.splice(at..at, twice);
        }
        4 => drop(bytes.splice(at..few, token.iter().copied())),
        5 => drop(bytes.splice(at..at, token.iter().copied())),
        6 => bytes[at..many].fill(0),
        7 => {
            let other = &seeds[what % seeds.len()];
            let from = len % (other.len() + 1);
            let to = (from + 500).min(other.len());
            bytes.splice(at..few, other[from..to].iter().copied());
        }
        8 => return lines(&bytes, len, what),
        _ => drop(bytes.splice(at..at, token.repeat(1 + len % 300))),
    }
    bytes
}

/// A line lost, repeated or moved.
fn lines(bytes: &[u8], from: usize, what: usize) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let from = from % lines.len();
    let line = lines[from];
    let to = (what / 3) % (lines.len() + 1);
    match what % 3 {
        0 => drop(lines.remove(from)),
        1 => lines.insert(to, line),
        _ => {
            lines.insert(to, line);
            lines.remove(from + usize::from(to <= from));
        }
    }
    lines.concat()
}

/// The seeds and what was found before, in one order on every machine.
fn read(target: &str, seeds: &[&str]) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = root.join("fixtures/fuzz").join(target);
    let mut files: Vec<PathBuf> = seeds.iter().map(|seed| root.join(seed)).collect();
    files.extend(own.exists().then_some(own));
    let mut all = Vec::new();
    for file in files {
        let mut inside = vec![file.clone()];
        if file.is_dir() {
            let entries = fs::read_dir(&file).expect("a directory");
            inside = entries
                .map(|entry| entry.expect("an entry").path())
                .collect();
            inside.sort();
        }
        all.extend(inside.iter().map(|file| fs::read(file).expect("a seed")));
    }
    all.retain(|seed| seed.len() < LONGEST);
    assert!(!all.is_empty(), "{target} has no seed");
    all
}
