//! How long the flag takes to follow the start of a job: over all judged jobs
//! the interval (last false, first true] since the start, as a distribution
//! of its upper ends (`evidence.md` §4).

use super::merge::{Word, Words};
use super::track::Track;
use crate::model::{Lag, Span, Timestamp};

/// No p99 and no suggestion from fewer jobs.
pub(super) const ENOUGH: usize = 100;

/// A suggestion is rounded up to this.
const ROUNDING_SECS: i64 = 30;

/// Lag of one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum JobLag {
    /// The flag was true at most this long after the start.
    AtMost(Span),
    /// It was never read true: killed, unfinished, or never set.
    Censored,
}

/// The lag of every judged job of a runner.
pub(super) fn lags(track: &Track, words: &Words) -> Vec<JobLag> {
    let jobs = 0..track.lives.len();
    jobs.filter_map(|job| lag_of(track, words.about(job), job))
        .collect()
}

/// To the first true reading after the last false one at the start of the
/// job. One that may be left over counts while no false one follows it; what
/// comes after evidence of the flag having been set is no lag.
fn lag_of(track: &Track, words: &[(usize, Word)], job: usize) -> Option<JobLag> {
    let start = track.lives.get(job)?.start.max?;
    let mut first_true = None;
    for &(index, word) in words {
        match word {
            Word::Denied => first_true = None,
            Word::LeftOver | Word::Agreed => first_true = first_true.or(Some(index)),
        }
        if word == Word::Agreed {
            break;
        }
    }
    let first_true = first_true.and_then(|index| track.readings.get(index));
    match first_true {
        Some(reading) => Some(JobLag::AtMost(since(start, reading.bounds.received))),
        None => (!words.is_empty()).then_some(JobLag::Censored),
    }
}

fn since(start: Timestamp, at: Timestamp) -> Span {
    (at - start).max(Span::ZERO)
}

/// The distribution. Censored jobs rank above all others: a percentile that
/// falls on one is not known.
pub(super) fn distribution(mut lags: Vec<JobLag>) -> Lag {
    lags.sort_unstable();
    let enough = ENOUGH <= lags.len();
    let p99 = nearest_rank(&lags, 99).filter(|_| enough);
    let censored = lags.iter().filter(|lag| **lag == JobLag::Censored).count();
    Lag {
        jobs: lags.len() as u64,
        p50: nearest_rank(&lags, 50),
        p95: nearest_rank(&lags, 95),
        p99,
        max: nearest_rank(&lags, 100),
        censored: censored as u64,
        suggested_idle_confirmation: p99.map(round_up),
    }
}

/// Nearest rank: the smallest value with at least this share at or below it.
fn nearest_rank(sorted: &[JobLag], percent: usize) -> Option<Span> {
    let rank = (sorted.len() * percent).div_ceil(100);
    match sorted.get(rank.checked_sub(1)?)? {
        JobLag::AtMost(span) => Some(*span),
        JobLag::Censored => None,
    }
}

fn round_up(span: Span) -> Span {
    let grain = ROUNDING_SECS * 1000;
    let grains = (span.as_millis() + grain - 1).div_euclid(grain);
    Span::millis(grains.max(1) * grain)
}
