//! GitHub's limit by the minute: 900 points, of which every read costs one, a
//! 304 too (`github-api.md` §6).

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::VecDeque;

use crate::model::{Mono, Span};

/// Requests sent in any minute; a tenth is left to others.
const MOST: usize = 800;

const MINUTE: Span = Span::secs(60);

/// When the latest requests were sent.
#[derive(Debug, Default)]
pub(super) struct Minute(RefCell<VecDeque<Mono>>);

impl Minute {
    /// Notes that a request is sent, or tells from when on it can be.
    pub(super) fn admit(&self, now: Mono) -> Result<(), Mono> {
        let mut sent = self.0.borrow_mut();
        while sent.front().is_some_and(|&at| at + MINUTE <= now) {
            sent.pop_front();
        }
        match sent.front() {
            Some(&first) if MOST <= sent.len() => Err(first + MINUTE),
            Some(_) | None => {
                sent.push_back(now);
                Ok(())
            }
        }
    }

    /// Notes redirects that were followed meanwhile.
    pub(super) fn followed(&self, redirects: u32, now: Mono) {
        let mut sent = self.0.borrow_mut();
        sent.extend((0..redirects).map(|_| now));
    }
}
