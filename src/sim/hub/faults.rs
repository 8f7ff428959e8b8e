//! Answers that are none.

use super::Hub;
use crate::model::{Span, Target};
use crate::poll::{PollError, Request};
use crate::sim::trouble::Trouble;
use crate::sim::truth::{Extent, stamp, within};

/// One read in so many meets a passing fault.
const SHARE: u64 = 4;

impl Hub<'_> {
    pub(super) fn fault(&self, request: &Request, at: i64) -> Option<PollError> {
        if within(&self.world.outages, at) {
            return Some(self.down());
        }
        if let Some(&(_, to)) = self.limit(at) {
            return Some(limited(None, Some(to)));
        }
        if within(&self.world.forbidden, at) {
            return forbidden(request);
        }
        if !self.percent(SHARE) {
            return None;
        }
        self.passing(request)
    }

    fn limit(&self, at: i64) -> Option<&Extent> {
        let mut limits = self.world.limits.iter();
        limits.find(|&&(from, to)| from <= at && at < to)
    }

    fn down(&self) -> PollError {
        match self.dice.borrow_mut().below(3) {
            0 => PollError::NoAnswer("connection refused".into()),
            1 => PollError::NotAnAnswer("502 Bad Gateway".into()),
            _ => PollError::NoAnswer("timed out".into()),
        }
    }

    fn passing(&self, request: &Request) -> Option<PollError> {
        let possible = [
            Trouble::ServerErrors,
            Trouble::Garbage,
            Trouble::TimeOuts,
            Trouble::SecondaryLimit,
            Trouble::UnstatedLimit,
            Trouble::Unavailable,
            Trouble::Unauthorized,
            Trouble::Undecodable,
        ];
        let on: Vec<_> = possible.into_iter().filter(|&it| self.has(it)).collect();
        if on.is_empty() {
            return None;
        }
        let chosen = on[self.dice.borrow_mut().index(on.len())];
        let wait = Span::secs(1 + self.dice.borrow_mut().tail(300));
        Some(match chosen {
            Trouble::ServerErrors => PollError::NotAnAnswer("500 Internal Server Error".into()),
            Trouble::Garbage => PollError::NotAnAnswer("200 OK: a body cut after 812 bytes".into()),
            Trouble::TimeOuts => PollError::NoAnswer("timed out".into()),
            Trouble::SecondaryLimit => PollError::Limited {
                detail: "403: a secondary rate limit".into(),
                retry_after: Some(wait),
                reset: None,
            },
            Trouble::UnstatedLimit => limited(None, None),
            Trouble::Unavailable => PollError::Unavailable {
                detail: "503 Service Unavailable".into(),
                retry_after: wait,
            },
            Trouble::Unauthorized => PollError::Unauthorized("401 Unauthorized".into()),
            _ if matches!(request.target, Target::Runner { .. } | Target::Job { .. }) => {
                PollError::Undecodable("200 OK: no `busy`".into())
            }
            _ => return None,
        })
    }

    /// Whether a thing that is there is a 404 to this reader.
    pub(super) fn is_hidden(&self, at: i64) -> bool {
        within(&self.world.forbidden, at) && !self.is_calm(at)
    }
}

/// Of a list it is an error; by id it is what GitHub says of things that
/// are not there, and the reader gets a 404.
fn forbidden(request: &Request) -> Option<PollError> {
    let by_id = matches!(
        request.target,
        Target::Runner { .. } | Target::Job { .. } | Target::Run { .. }
    );
    (!by_id).then(|| PollError::NotFound("404 Not Found".into()))
}

fn limited(retry_after: Option<Span>, reset: Option<i64>) -> PollError {
    PollError::Limited {
        detail: "403: API rate limit exceeded".into(),
        retry_after,
        reset: reset.map(|at| stamp(at + 999)),
    }
}
