//! How long the flag takes to follow the start of a job: over all judged jobs
//! the interval (last false, first true] since the start, as a distribution
//! of its upper ends (`evidence.md` §4).

use super::merge::{Word, Words};
use super::track::Track;
use crate::model::{Lag, Span};

/// No p99 and no suggestion from fewer jobs.
pub(super) const ENOUGH: usize = 100;

/// A suggestion is rounded up to this.
const ROUNDING_SECS: i64 = 30;

/// Lag of one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JobLag {
    /// The flag was true at most this long after the start; unknown when it
    /// was never read true: killed, unfinished, or never set.
    upper: Age,
    /// Age of the job at its last reading of `busy:false`.
    denied: Age,
}

/// An age in milliseconds up to 49 days, or [`Age::UNKNOWN`], which ranks above
/// all others: small, as a watch keeps two for every job it ever judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Age(u32);

impl Age {
    const UNKNOWN: Self = Self(u32::MAX);

    fn of(span: Option<Span>) -> Self {
        let millis = |span: Span| u32::try_from(span.as_millis()).unwrap_or(u32::MAX - 1);
        span.map_or(Self::UNKNOWN, |span| Self(millis(span).min(u32::MAX - 1)))
    }

    fn span(self) -> Option<Span> {
        (self != Self::UNKNOWN).then(|| Span::millis(i64::from(self.0)))
    }
}

/// The lag of the judged jobs of a runner, by their places among its lives.
pub(super) fn lags(track: &Track, words: &Words, jobs: impl Iterator<Item = usize>) -> Vec<JobLag> {
    jobs.filter_map(|job| lag_of(track, words.about(job), job))
        .collect()
}

/// To the first true reading after the last false one at the start of the
/// job. One that may be left over counts while no false one follows it; what
/// comes after evidence of the flag having been set is no lag.
fn lag_of(track: &Track, words: &[(usize, Word)], job: usize) -> Option<JobLag> {
    let start = track.lives.get(job)?.start.max?;
    let age = |index: usize| {
        let reading = track.readings.get(index)?;
        Some((reading.bounds.received - start).max(Span::ZERO))
    };
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
    let denials = words.iter().filter(|(_, word)| *word == Word::Denied);
    (!words.is_empty()).then(|| JobLag {
        upper: Age::of(first_true.and_then(age)),
        denied: Age::of(denials.filter_map(|&(index, _)| age(index)).max()),
    })
}

/// The distribution. Jobs known as "at least" rank above all others: a
/// percentile that falls on one is not known.
pub(super) fn distribution<'l>(lags: &(impl Iterator<Item = &'l JobLag> + Clone)) -> Lag {
    let mut uppers: Vec<_> = lags.clone().map(|lag| lag.upper).collect();
    uppers.sort_unstable();
    let enough = ENOUGH <= uppers.len();
    let p99 = nearest_rank(&uppers, 99).filter(|_| enough);
    let censored = uppers.iter().filter(|upper| **upper == Age::UNKNOWN);
    let wait = p99.map(round_up);
    let denied = || lags.clone().filter_map(|lag| lag.denied.span());
    Lag {
        jobs: uppers.len() as u64,
        p50: nearest_rank(&uppers, 50),
        p95: nearest_rank(&uppers, 95),
        p99,
        max: nearest_rank(&uppers, 100),
        censored: censored.count() as u64,
        suggested_idle_confirmation: wait,
        read_false: denied().count() as u64,
        protected: wait.map(|wait| denied().filter(|&age| age < wait).count() as u64),
    }
}

/// Nearest rank: the smallest value with at least this share at or below it.
fn nearest_rank(sorted: &[Age], percent: usize) -> Option<Span> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?)?.span()
}

fn round_up(span: Span) -> Span {
    let grain = ROUNDING_SECS * 1000;
    let grains = (span.as_millis() + grain - 1).div_euclid(grain);
    Span::millis(grains.max(1) * grain)
}
