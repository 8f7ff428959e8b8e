//! Instants and lengths, all in whole milliseconds.
//!
//! Two clocks are kept apart by type. [`Timestamp`] is UTC by GitHub's clock
//! (or by the clock of an imported source) and answers *when*. [`Mono`] is
//! the monotonic clock of one run of the program and answers *in which order*
//! and *how long*. `evidence.md` §8 tells how one becomes the other.

use std::fmt;
use std::ops::{Add, Sub};

use chrono::{DateTime, SecondsFormat, Utc};

/// A length of time in milliseconds; negative lengths are differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Span(i64);

impl Span {
    pub(crate) const ZERO: Self = Self(0);

    pub(crate) const fn millis(millis: i64) -> Self {
        Self(millis)
    }

    pub(crate) const fn secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    pub(crate) const fn as_millis(self) -> i64 {
        self.0
    }

    /// Seconds, with the fraction kept.
    #[expect(
        clippy::cast_precision_loss,
        reason = "lengths are far below 2^52 milliseconds"
    )]
    pub(crate) fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The length as a [`std::time::Duration`]; a negative one is zero.
    pub(crate) fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_millis(u64::try_from(self.0).unwrap_or(0))
    }

    /// The length of a [`std::time::Duration`], cut at what 64 bits hold.
    pub(crate) fn from_std(duration: std::time::Duration) -> Self {
        Self(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// An instant in UTC, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Timestamp(i64);

impl Timestamp {
    pub(crate) const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub(crate) const fn as_millis(self) -> i64 {
        self.0
    }

    /// Reads full RFC 3339, offsets and fractions included: GitHub sends
    /// whole seconds for jobs, `.000Z` or an offset for steps, and GHES sends
    /// offsets (`github-api.md` §3).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let instant = DateTime::parse_from_rfc3339(text.trim()).ok()?;
        Some(Self(instant.timestamp_millis()))
    }

    /// Reads the `Date` header of an answer (RFC 2822 / RFC 9110).
    pub(crate) fn parse_http_date(text: &str) -> Option<Self> {
        let instant = DateTime::parse_from_rfc2822(text.trim()).ok()?;
        Some(Self(instant.timestamp_millis()))
    }

    /// The calendar form, where the instant has one.
    pub(crate) fn to_chrono(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.0)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC; a fraction only when it is not zero (`evidence.md` §8).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = if self.0.rem_euclid(1000) == 0 {
            SecondsFormat::Secs
        } else {
            SecondsFormat::Millis
        };
        match self.to_chrono() {
            Some(instant) => f.write_str(&instant.to_rfc3339_opts(format, true)),
            None => write!(f, "{} ms since 1970", self.0),
        }
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Sub for Timestamp {
    type Output = Span;
    fn sub(self, other: Self) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

/// An instant of one run's monotonic clock: milliseconds since the run began.
/// Comparable only within that run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Mono(i64);

impl Mono {
    pub(crate) const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub(crate) const fn as_millis(self) -> i64 {
        self.0
    }
}

impl Add<Span> for Mono {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub for Mono {
    type Output = Span;
    fn sub(self, other: Self) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

/// Closed window of one request by the monotonic clock: the answer was true
/// at some instant between sending and the complete answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MonoWindow {
    pub(crate) sent: Mono,
    pub(crate) received: Mono,
}

impl MonoWindow {
    /// One instant.
    pub(crate) const fn at(instant: Mono) -> Self {
        Self {
            sent: instant,
            received: instant,
        }
    }
}

/// Closed window of a reading in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Window {
    pub(crate) sent: Timestamp,
    pub(crate) received: Timestamp,
}
