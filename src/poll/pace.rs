//! How long to wait: between attempts at one read, and for everybody when
//! GitHub says so (`github-api.md` §6).

use std::cell::Cell;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use super::PollError;
use crate::model::{Mono, Span, Timestamp};

/// Attempts at one read after the first.
const RETRIES: usize = 2;

/// Two tokens, each given 5 s and an attempt more.
const RENEWALS: usize = 14;

/// A limit that states no time is waited for at least this long.
const UNSTATED_LIMIT: Span = Span::secs(60);

/// And no longer than this, however often it happens.
const UNSTATED_LIMIT_MAX: Span = Span::secs(900);

/// A reset this far away is nonsense and is cut.
const LONGEST_WAIT: Span = Span::secs(2 * 3600);

/// Pauses between the attempts at one read, in order.
pub(super) fn pauses() -> impl Iterator<Item = Span> {
    let pauses = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(250))
        .with_factor(3.0)
        .with_max_times(RETRIES)
        .build();
    pauses.map(Span::from_std)
}

/// Pauses while a credential is being renewed, in order: a fresh token may be
/// unknown to some servers for 5 s (`github-api.md` §8). The source says when
/// it is refused for good.
pub(super) fn renewals() -> impl Iterator<Item = Span> {
    std::iter::repeat_n(Span::secs(1), RENEWALS)
}

/// Closed for every request while a rate limit lasts: calling on may get an
/// integration banned.
#[derive(Debug, Default)]
pub(super) struct Gate {
    closed_until: Cell<Option<Mono>>,
    unstated: Cell<u32>,
}

impl Gate {
    /// Until when requests wait, if they must.
    pub(super) fn closed_until(&self, now: Mono) -> Option<Mono> {
        self.closed_until.get().filter(|&until| now < until)
    }

    /// Closes the gate for a limit, and tells until when, unless it was closed
    /// that long already. `date` is the server's clock at the answer, `now`
    /// the monotonic time of it.
    pub(super) fn close(
        &self,
        error: &PollError,
        date: Option<Timestamp>,
        now: Mono,
    ) -> Option<Mono> {
        let PollError::Limited {
            retry_after, reset, ..
        } = error
        else {
            return None;
        };
        let until_reset = reset
            .zip(date)
            .map(|(reset, date)| reset - date + Span::secs(1));
        let stated = retry_after.or(until_reset);
        let wait = stated.unwrap_or_else(|| self.unstated_wait());
        let until = now + wait.max(Span::secs(1)).min(LONGEST_WAIT);
        self.closed_until
            .set(self.closed_until.get().max(Some(until)));
        Some(until)
    }

    /// An answer came: the limit is over.
    pub(super) fn open(&self) {
        self.unstated.set(0);
    }

    fn unstated_wait(&self) -> Span {
        let times = self.unstated.get();
        self.unstated.set(times.saturating_add(1));
        let doubled = UNSTATED_LIMIT.as_millis() << times.min(10);
        Span::millis(doubled).min(UNSTATED_LIMIT_MAX)
    }
}
