//! Requests charged over the last hour, minute by minute. Pure.
//!
//! The wait for the next cycle is found by walking through the hour ahead as
//! spent minutes leave it, never from how fast anything refills just now:
//! after a burst that would be as good as never.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::model::{Mono, Span};

/// Minutes of an hour.
const MINUTES: i64 = 60;

const MINUTE: i64 = 60_000;

/// No pace is slower than a cycle an hour.
const SLOWEST: Span = Span::millis(MINUTES * MINUTE);

/// What was charged, by the minute.
#[derive(Debug, Clone, Default)]
pub(super) struct Hour(BTreeMap<i64, u64>);

impl Hour {
    /// Remembers one charged request, and forgets those of more than an hour
    /// ago.
    pub(super) fn charge(&mut self, now: Mono) {
        let minute = minute(now);
        *self.0.entry(minute).or_default() += 1;
        self.0 = self.0.split_off(&(minute - MINUTES + 1));
    }

    /// Charged in the hour that ends so many minutes from now, as far as it
    /// has been spent already.
    fn left_of(&self, now: Mono, ahead: i64) -> u64 {
        let first = minute(now) + ahead - MINUTES + 1;
        self.0.range(first..).map(|(_, charged)| charged).sum()
    }

    /// What may still be charged now so that no hour holds more than `most`.
    pub(super) fn free(&self, now: Mono, most: u64) -> u64 {
        most.saturating_sub(self.left_of(now, 0))
    }

    /// How far from the beginning of the last cycle on the next ones of such a
    /// price must begin so that no hour holds more than `most` requests, if
    /// they go on for so long.
    pub(super) fn pace(&self, began: Mono, price: u64, most: u64, go_on: Span) -> Span {
        let minutes = go_on.as_millis() / MINUTE + 1;
        let needed = (1..=minutes.clamp(1, MINUTES)).map(|ahead| {
            let free = most.saturating_sub(self.left_of(began, ahead));
            // So many cycles fit until then. Where not even one does, the
            // first begins after it.
            match free.checked_div(price) {
                None => 0,
                Some(0) => millis(ahead + 1),
                Some(_) => millis(ahead).saturating_mul(price).div_ceil(free),
            }
        });
        let needed = needed.max().unwrap_or(0);
        Span::millis(i64::try_from(needed).unwrap_or(i64::MAX)).min(SLOWEST)
    }
}

fn minute(at: Mono) -> i64 {
    at.as_millis().div_euclid(MINUTE)
}

fn millis(minutes: i64) -> u64 {
    u64::try_from(minutes * MINUTE).unwrap_or(0)
}
