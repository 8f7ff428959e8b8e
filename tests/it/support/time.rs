//! The time of the tests: offsets from the start of a fake, and its clock.

use std::ops::{Add, Neg, Sub};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat, Utc};

/// A point in the time of a fake, in milliseconds since its start; negative
/// for what happened before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Offset(pub(crate) i64);

/// That many seconds after the start of the fake.
pub(crate) const fn secs(seconds: i64) -> Offset {
    Offset(seconds * 1000)
}

/// That many milliseconds after the start of the fake.
pub(crate) const fn millis(milliseconds: i64) -> Offset {
    Offset(milliseconds)
}

impl Offset {
    /// Before everything.
    pub(crate) const MIN: Self = Self(i64::MIN / 4);
}

impl Add<Duration> for Offset {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0 + whole_millis(span))
    }
}

impl Sub<Duration> for Offset {
    type Output = Self;
    fn sub(self, span: Duration) -> Self {
        Self(self.0 - whole_millis(span))
    }
}

impl Neg for Offset {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

fn whole_millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).expect("a span of the tests fits")
}

/// How a fake's time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// With the machine's clock.
    Real,
    /// Only by latency, [`Pace::Real`]'s waits becoming jumps, and by
    /// `advance`: for tests without a waiting client.
    Manual,
}

/// The clock of one fake.
#[derive(Debug)]
pub(crate) struct FakeClock {
    pace: Pace,
    origin: Instant,
    /// Wall time of offset zero, milliseconds since the epoch.
    wall_origin: i64,
    jumped: AtomicI64,
}

impl FakeClock {
    #[expect(clippy::disallowed_methods, reason = "the room of the tests' clock")]
    pub(crate) fn start(pace: Pace) -> Self {
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("the machine's clock is past 1970");
        Self {
            pace,
            origin: Instant::now(),
            wall_origin: whole_millis(wall),
            jumped: AtomicI64::new(0),
        }
    }

    /// The same time, jumps included, going its own way from here.
    pub(crate) fn another(&self) -> Self {
        let jumped = self.jumped.load(Ordering::SeqCst);
        Self {
            jumped: AtomicI64::new(jumped),
            ..*self
        }
    }

    pub(crate) fn now(&self) -> Offset {
        let real = match self.pace {
            Pace::Real => whole_millis(self.origin.elapsed()),
            Pace::Manual => 0,
        };
        Offset(real + self.jumped.load(Ordering::SeqCst))
    }

    /// Jumps forward.
    pub(crate) fn advance(&self, span: Duration) {
        self.jumped.fetch_add(whole_millis(span), Ordering::SeqCst);
    }

    /// Waits, or jumps when the time is manual.
    #[expect(clippy::disallowed_methods, reason = "the room of the tests' clock")]
    pub(crate) async fn pass(&self, span: Duration) {
        match self.pace {
            Pace::Real if span.is_zero() => {}
            Pace::Real => tokio::time::sleep(span).await,
            Pace::Manual => self.advance(span),
        }
    }

    /// UTC of an offset.
    pub(crate) fn utc(&self, at: Offset) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.wall_origin + at.0).expect("a date of the tests")
    }

    /// As GitHub writes the times of jobs and runs: whole seconds, floored.
    pub(crate) fn whole(&self, at: Offset) -> String {
        self.utc(at).to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// As GitHub writes the times of steps: whole seconds with `.000`.
    pub(crate) fn step(&self, at: Offset) -> String {
        self.utc(at).format("%Y-%m-%dT%H:%M:%S.000Z").to_string()
    }

    /// As the `Date` header writes it.
    pub(crate) fn http(&self, at: Offset) -> String {
        self.utc(at).format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Seconds since the epoch, as `x-ratelimit-reset` has them.
    pub(crate) fn epoch_seconds(&self, at: Offset) -> i64 {
        self.utc(at).timestamp()
    }
}
