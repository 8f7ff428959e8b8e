//! The budget: a share of GitHub's hourly limit that a watch keeps to, so that
//! the user's other tools have the rest. What does not fit a cycle takes
//! turns; what does not fit the hour stretches the interval.
//!
//! A server without limits states none, and then nothing is held back.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use super::Reply;
use super::hour::Hour;
use crate::model::{Mono, MonoWindow, Rate, Span, Stretch, StretchedBy};

/// Lists leave this part of the hour's budget to sandwiches: a contradiction
/// that is not confirmed is no finding.
const FOR_SANDWICHES: u64 = 20;

/// Requests of a sandwich, and sandwiches that any cycle may make.
const SANDWICH: u64 = 3;
const ALWAYS: u64 = 4;

/// What the next cycle costs is foretold from so many before it.
const REMEMBERED: usize = 5;

/// A tenth of the limit is left to others: when less remains, whoever spent
/// it, only the budget's share of that is spent until the hour ends.
const RESERVE: u64 = 10;

/// The limit is reset within it; any other time is nonsense.
const HOUR: Span = Span::secs(3600);

/// A run may spend this part of the hour's budget at its own pace.
const AT_WILL: u64 = 4;

/// How long a run is to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Rest {
    pub(crate) until: Option<Mono>,
    pub(crate) cycles: Option<u32>,
}

/// What is spent, and what may be.
#[derive(Debug, Default)]
pub(super) struct Budget {
    /// Of the limit, from 0 to 1; `None` keeps to nothing.
    share: Option<f64>,
    hour: RefCell<Hour>,
    limit: Cell<Option<Limit>>,
    /// Charged since the run began, and since the cycle did.
    charged: Cell<u64>,
    in_cycle: Cell<u64>,
    cycles: Cell<u32>,
    /// What cycles cost, the latest last.
    prices: RefCell<VecDeque<u64>>,
}

/// The hourly limit as an answer stated it last.
#[derive(Debug, Clone, Copy)]
struct Limit {
    most: u64,
    remaining: Option<u64>,
    reset: Option<Mono>,
}

impl Budget {
    pub(super) fn new(share: Option<f64>) -> Self {
        Self {
            share,
            ..Self::default()
        }
    }

    /// Takes in an answer: what it cost, and what it says of the limit. A 304
    /// is free, the redirects to it are not.
    pub(super) fn note(&self, reply: &Reply, window: MonoWindow) {
        let answered = reply.head.status.is_some_and(|status| status != 304);
        let cost = u64::from(reply.redirects()) + u64::from(answered);
        for _ in 0..cost {
            self.hour.borrow_mut().charge(window.received);
        }
        self.charged.set(self.charged.get() + cost);
        self.in_cycle.set(self.in_cycle.get() + cost);
        // A 401 states the limit of the whole world.
        let rate = reply.head.rate.filter(|_| reply.said.is_ok());
        let Some(Rate {
            limit: Some(most),
            remaining,
            reset,
            ..
        }) = rate
        else {
            return;
        };
        let until = reset.zip(reply.head.date).map(|(reset, date)| reset - date);
        let until = until.filter(|until| Span::ZERO <= *until && *until <= HOUR);
        self.limit.set(Some(Limit {
            most,
            remaining,
            reset: until.map(|until| window.received + until),
        }));
    }

    pub(super) fn begin_cycle(&self) {
        self.in_cycle.set(0);
        self.cycles.set(self.cycles.get() + 1);
    }

    /// Notes what the cycle cost. The first of a run costs more than others,
    /// and serves only until there are others. One that had to leave something
    /// out would have cost as much as the dearest.
    pub(super) fn end_cycle(&self, now: Mono) {
        let mut prices = self.prices.borrow_mut();
        let cost = self.in_cycle.get();
        let dearest = prices.iter().copied().max().unwrap_or(0);
        if self.cycles.get() == 2 || prices.len() == REMEMBERED {
            prices.pop_front();
        }
        prices.push_back(if self.is_spent(now) {
            cost.max(dearest)
        } else {
            cost
        });
    }

    /// Whether lists have to wait, as the hour's budget is used up.
    pub(super) fn is_spent(&self, now: Mono) -> bool {
        let per_hour = self.per_hour();
        per_hour.is_some_and(|most| self.hour.borrow().free(now, most) <= most / FOR_SANDWICHES)
    }

    /// Sandwiches that can still be paid for.
    pub(super) fn sandwiches(&self, now: Mono) -> usize {
        let Some(most) = self.per_hour() else {
            return usize::MAX;
        };
        let paid = self.hour.borrow().free(now, most) / SANDWICH;
        usize::try_from(paid.max(ALWAYS)).unwrap_or(usize::MAX)
    }

    /// How cycles are stretched from now on, if they are.
    pub(super) fn stretch(
        &self,
        now: Mono,
        began: Mono,
        wanted: Span,
        rest: Rest,
    ) -> Option<Stretch> {
        let price = self.price()?;
        let spared = self.spared(now, price);
        let kept = self.kept(now, began, price, rest);
        let longest = spared.into_iter().chain(kept).max_by_key(|it| it.interval);
        longest.filter(|stretch| wanted < stretch.interval)
    }

    /// The pace that keeps the budget.
    fn kept(&self, now: Mono, began: Mono, price: u64, rest: Rest) -> Option<Stretch> {
        let (share, per_hour) = (self.share?, self.per_hour()?);
        let hour = self.hour.borrow();
        let cycles = rest.cycles.map(u64::from);
        let free = hour.free(now, per_hour);
        let at_will = self.charged.get() < per_hour / AT_WILL;
        // The second cycle is likely to be much cheaper than the first.
        let is_second = self.cycles.get() == 1 && price <= free;
        if at_will || is_second || cycles.is_some_and(|cycles| cycles * price <= free) {
            return None;
        }
        let go_on = rest.until.map_or(HOUR, |until| until - now);
        Some(Stretch {
            interval: hour.pace(began, price, per_hour, go_on),
            why: StretchedBy::Budget { share, per_hour },
            price,
        })
    }

    /// Charged requests that the next cycle is expected to cost.
    pub(super) fn price(&self) -> Option<u64> {
        let prices = self.prices.borrow();
        let number = u64::try_from(prices.len()).ok()?;
        let sum: u64 = prices.iter().sum();
        (0 < number).then(|| sum.div_ceil(number))
    }

    /// Below the reserve, cycles are spread over what is left of the hour so
    /// that they take their share of what others have left.
    fn spared(&self, now: Mono, price: u64) -> Option<Stretch> {
        let Limit {
            most,
            remaining,
            reset,
        } = self.limit.get()?;
        let remaining = remaining.filter(|left| left.saturating_mul(RESERVE) < most)?;
        let left = reset.filter(|reset| now < *reset)? - now;
        let cycles = share_of(remaining, self.share?).checked_div(price)?;
        let cycles = i64::try_from(cycles).unwrap_or(i64::MAX - 1) + 1;
        Some(Stretch {
            interval: Span::millis(left.as_millis() / cycles + 1000),
            why: StretchedBy::Reserve { remaining },
            price,
        })
    }

    /// Requests that the budget allows in an hour; `None` without one, or
    /// without a limit.
    fn per_hour(&self) -> Option<u64> {
        let share = self.share?;
        Some(share_of(self.limit.get()?.most, share))
    }
}

/// A share, in whole requests.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "limits are far below 2^52, and shares between 0 and 1"
)]
pub(crate) fn share_of(limit: u64, share: f64) -> u64 {
    (limit as f64 * share) as u64
}
