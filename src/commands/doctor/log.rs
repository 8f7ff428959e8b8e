//! All reads of a checkup, and what their heads say together.

use super::reads::{BackOff, Read, count};
use crate::commands::access::CredentialSource;
use crate::detect::clock_bounds;
use crate::model::{
    Asked, ClockBounds, CredentialSeen, LimitSeen, Opens, Rate, Span, Spending, Timestamp,
};
use crate::poll::PollError;

/// What a sandwich may take beyond its reads (`evidence.md` §7).
const BEYOND_SANDWICH: Span = Span::secs(5);

/// Resets of one hour are stated alike; those of two are an hour apart.
const SAME_HOUR: Span = Span::secs(60);

/// Every attempt, in the order of the answers.
#[derive(Debug, Default)]
pub(super) struct Log(Vec<Read>);

/// The reads of the rate limit around all others.
#[derive(Debug)]
pub(super) struct Ends {
    pub(super) before: Read,
    pub(super) after: Read,
}

impl Log {
    pub(super) fn note(&mut self, read: Read) {
        self.0.push(read);
    }

    /// Whether, and until when, nothing is to be asked any more.
    pub(super) fn back_off(&self) -> Option<BackOff> {
        self.0.iter().find_map(|read| read.back_off.clone())
    }

    /// Whether anything was answered at all.
    pub(super) fn has_answers(&self) -> bool {
        self.0.iter().any(|read| read.head.status.is_some())
    }

    pub(super) fn asked(&self) -> Asked {
        let redirects = self.0.iter().map(|read| u64::from(read.redirects));
        Asked {
            total: count(self.0.len()) + redirects.sum::<u64>(),
            charged: self.0.iter().map(Read::charged).sum(),
        }
    }

    /// The highest `Age`.
    pub(super) fn age(&self) -> Option<u64> {
        self.0.iter().filter_map(|read| read.head.age).max()
    }

    /// `began` is the local wall clock at monotonic zero.
    pub(super) fn clock_bounds(&self, began: Timestamp) -> Option<ClockBounds> {
        let direct = self.0.iter().filter(|read| read.head.age.is_none());
        let dated = direct.filter_map(|read| Some((read.window, read.head.date?)));
        clock_bounds(began, dated)
    }

    /// What the answers say of each credential.
    pub(super) fn credentials(&self, from: &CredentialSource) -> Vec<CredentialSeen> {
        match &from.runners {
            None => vec![self.seen(&from.main, Opens::Everything)],
            Some(runners) => vec![
                self.seen(&from.main, Opens::Jobs),
                self.seen(runners, Opens::Runners),
            ],
        }
    }

    fn seen(&self, source: &str, opens: Opens) -> CredentialSeen {
        let its = self.0.iter().filter(|read| match opens {
            Opens::Everything => true,
            Opens::Jobs => !read.is_of_runners(),
            Opens::Runners => read.is_of_runners(),
        });
        let mut its = its.map(|read| &read.head.access);
        CredentialSeen {
            source: source.into(),
            opens,
            scopes: its.clone().find_map(|access| access.scopes.clone()),
            expires: its.find_map(|access| access.expires),
        }
    }

    /// The limit is that of the credential for jobs.
    pub(super) fn limit(&self, ends: &Ends, from: &CredentialSource) -> LimitSeen {
        let Ends { before, after } = ends;
        let main = |read: &&Read| from.runners.is_none() || !read.is_of_runners();
        // Two credentials may be of one account: nobody is blamed for ours.
        let own = self.asked().charged;
        let mut rates = self.0.iter().filter(main).filter_map(|read| read.head.rate);
        let Some(rate) = after.head.rate.or(rates.next_back()) else {
            return match after.said {
                Err(PollError::NotFound(_)) => LimitSeen::None,
                _ => LimitSeen::Unknown,
            };
        };
        let both = before.said.is_ok() && after.said.is_ok();
        let first = before.head.rate.filter(|_| both);
        LimitSeen::Limited(Spending {
            limit: rate.limit,
            remaining: rate.remaining,
            used: rate.used,
            reset: rate.reset,
            by_others: first.and_then(|first| by_others(first, rate, own)),
            over: after.window.received - before.window.sent,
        })
    }

    /// Three reads one after the other, each as slow as the slowest here.
    pub(super) fn sandwich(&self) -> Span {
        let took = self.0.iter().map(Read::took);
        let slowest = took.max().unwrap_or(Span::ZERO);
        slowest + slowest + slowest + BEYOND_SANDWICH
    }
}

/// What was charged beside the own requests, within one hour of GitHub's.
fn by_others(before: Rate, after: Rate, own: u64) -> Option<u64> {
    let apart = after.reset? - before.reset?;
    let same_hour = apart < SAME_HOUR && Span::ZERO - SAME_HOUR < apart;
    let spent = after.used?.checked_sub(before.used?)?;
    same_hour.then(|| spent.saturating_sub(own))
}
