//! Failed requests to the broker and its neighbors, as context. One failure
//! is written in many lines, its exception up to four times: what comes
//! within two seconds is one.
//!
//! A runner cancels its own long poll to send a new status, at every end of
//! a job in the V2 flow. That looks like a failure and is none
//! (`runner-logs.md` §2.7): just after a change of state or a shutdown, only
//! a stated HTTP status, a time-out or a later attempt makes it one.

use std::sync::Arc;

use super::discreet::told;
use crate::model::{Span, Timestamp};

/// Failures as they come.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    burst: Option<Burst>,
    /// When the runner last had a reason to cancel its own poll.
    excuse: Option<Timestamp>,
}

/// Lines about one failure.
#[derive(Debug)]
struct Burst {
    at: Timestamp,
    last: Timestamp,
    sure: Sure,
    excused: bool,
    what: Option<(Rank, Arc<str>)>,
    cause: Option<Arc<str>>,
}

/// A failure for certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) at: Timestamp,
    pub(super) detail: Option<Arc<str>>,
}

/// Whether a line alone shows a failure, or its own cancellation might be
/// meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sure {
    Perhaps,
    Yes,
}

/// What tells more about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// "Catch exception during …".
    Noticed,
    /// What the runner makes of it.
    Named,
    /// The answer, or that none came.
    Answered,
}

/// Lines this near to each other are about one thing.
const NEAR: Span = Span::secs(2);

impl Trouble {
    /// A line about a failure; gives the failure before, if it is another.
    pub(super) fn line(
        &mut self,
        at: Timestamp,
        sure: Sure,
        what: Option<(Rank, &[u8])>,
    ) -> Option<Failure> {
        let before = self.settle(at);
        let excused = self.excuse.is_some_and(|excuse| at - excuse <= NEAR);
        let burst = self.burst.get_or_insert(Burst {
            at,
            last: at,
            sure,
            excused,
            what: None,
            cause: None,
        });
        burst.last = at;
        burst.sure = sure.max(burst.sure);
        if let Some((rank, what)) = what
            && burst.what.as_ref().is_none_or(|(known, _)| *known < rank)
        {
            burst.what = Some((rank, told(what)));
        }
        before
    }

    /// The exception behind a failure; the first of its series is kept.
    pub(super) fn cause(&mut self, at: Timestamp, exception: &[u8]) {
        if let Some(burst) = self.burst.as_mut().filter(|burst| at - burst.last <= NEAR) {
            burst.last = at;
            burst.cause.get_or_insert_with(|| told(exception));
        }
    }

    /// The runner has a reason to cancel its poll, from now on and for what
    /// was written in this second.
    pub(super) fn excuse(&mut self, at: Timestamp) {
        self.excuse = Some(at);
        if let Some(burst) = &mut self.burst {
            burst.excused |= burst.at == at;
        }
    }

    /// "Get messages has been cancelled using local token source."
    pub(super) fn own_doing(&mut self) {
        self.burst.take_if(|burst| burst.sure == Sure::Perhaps);
    }

    /// Whether something waits for [`Self::settle`].
    pub(super) fn is_pending(&self) -> bool {
        self.burst.is_some()
    }

    /// The failure whose lines are all read at this time, if it is one.
    pub(super) fn settle(&mut self, at: Timestamp) -> Option<Failure> {
        let over = self.burst.take_if(|burst| NEAR < at - burst.last)?;
        over.failure()
    }

    /// What is left at the end of the log.
    pub(super) fn finish(&mut self) -> Option<Failure> {
        self.burst.take()?.failure()
    }
}

impl Burst {
    fn failure(self) -> Option<Failure> {
        if self.excused && self.sure == Sure::Perhaps {
            return None;
        }
        let detail = match (self.what, self.cause) {
            (Some((_, what)), Some(cause)) => {
                let what = what.trim_end_matches('.');
                Some(told(format!("{what}: {cause}").as_bytes()))
            }
            (what, cause) => what.map(|(_, what)| what).or(cause),
        };
        Some(Failure {
            at: self.at,
            detail,
        })
    }
}
