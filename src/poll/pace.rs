//! How long to wait: between attempts at one read, and for everybody when
//! GitHub says so (`github-api.md` §6).

use std::cell::Cell;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use super::PollError;
use crate::model::{Mono, MonoWindow, Span, Timestamp};

/// Attempts at one read after the first.
const RETRIES: usize = 2;

/// Two tokens, each given 5 s and an attempt more.
const RENEWALS: usize = 14;

/// A limit that states no time is waited for at least this long.
const UNSTATED_LIMIT: Span = Span::secs(60);

/// And no longer than this, however often it happens.
const UNSTATED_LIMIT_MAX: Span = Span::secs(900);

/// Stated waits grow from one second to this when they prove too short.
const STATED_LIMIT_MIN: Span = Span::secs(60);

/// No wait is longer, whatever a header says.
const LONGEST_WAIT: Span = Span::secs(2 * 3600);

/// The hour's budget is reset within the hour; any other time is nonsense and
/// as good as none.
const FARTHEST_RESET: Span = Span::secs(3600 + 60);

/// A cycle waits this long for a limit to end. For more, it ends and the next
/// one begins after the limit, so that what was read is kept.
const PATIENCE: Span = Span::secs(90);

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
    /// When it was last closed: requests sent before were on their way.
    closed_at: Cell<Option<Mono>>,
    /// Closings with no answer in between.
    in_a_row: Cell<u32>,
}

/// A reply that bears on the gate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sign<'a> {
    pub(super) error: Option<&'a PollError>,
    /// The server's clock.
    pub(super) date: Option<Timestamp>,
    pub(super) window: MonoWindow,
}

impl Gate {
    /// Until when requests wait, if they must.
    pub(super) fn closed_until(&self, now: Mono) -> Option<Mono> {
        self.closed_until.get().filter(|&until| now < until)
    }

    /// Closes for a limit, opens for an answer. Tells until when, if it is
    /// closed for longer than it was.
    pub(super) fn note(&self, sign: Sign<'_>) -> Option<Mono> {
        let sent_before = self.closed_at.get().is_some_and(|at| sign.window.sent < at);
        let Some(stated) = sign.error.and_then(|error| stated(error, sign.date)) else {
            if sign.error.is_none() && !sent_before {
                self.in_a_row.set(0);
            }
            return None;
        };
        if !sent_before {
            self.in_a_row.set(self.in_a_row.get().saturating_add(1));
        }
        let now = sign.window.received;
        let until = now + self.wait(stated).min(LONGEST_WAIT);
        self.closed_at.set(Some(now));
        let longer = self.closed_until.get() < Some(until);
        longer.then(|| {
            self.closed_until.set(Some(until));
            until
        })
    }

    /// What was stated, and more each time that it was not enough.
    fn wait(&self, stated: Stated) -> Span {
        let times = self.in_a_row.get().saturating_sub(1);
        let doubled = |from: Span| Span::millis(from.as_millis() << times.min(10));
        match stated {
            Stated::For(wait) => wait.max(doubled(Span::secs(1)).min(STATED_LIMIT_MIN)),
            Stated::Nothing => doubled(UNSTATED_LIMIT).min(UNSTATED_LIMIT_MAX),
        }
    }
}

/// How long a limit says that it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stated {
    For(Span),
    Nothing,
}

/// What a limit states: `retry-after`, else its reset by the server's clock.
/// `None` for what is no limit.
fn stated(error: &PollError, date: Option<Timestamp>) -> Option<Stated> {
    match error {
        PollError::Unavailable { retry_after, .. } => Some(Stated::For(*retry_after)),
        PollError::Limited {
            retry_after, reset, ..
        } => {
            let until_reset = reset.zip(date).map(|(reset, date)| reset - date);
            let sensible = |wait: &Span| Span::ZERO <= *wait && *wait <= FARTHEST_RESET;
            let until_reset = until_reset.filter(sensible);
            let until_reset = until_reset.map(|wait| wait + Span::secs(1));
            let wait = retry_after.or(until_reset);
            Some(wait.map_or(Stated::Nothing, Stated::For))
        }
        PollError::NoAnswer(_)
        | PollError::NotAnAnswer(_)
        | PollError::Undecodable(_)
        | PollError::Unauthorized(_)
        | PollError::Renewing(_)
        | PollError::Forbidden { .. }
        | PollError::NotFound(_)
        | PollError::Rejected(_)
        | PollError::Withheld { .. } => None,
    }
}

/// The instant beyond which a cycle does not wait: its deadline, or what its
/// patience allows.
pub(super) fn patience(deadline: Option<Mono>, now: Mono) -> Mono {
    deadline.unwrap_or(now + PATIENCE)
}
