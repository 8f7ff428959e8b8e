//! What a running fake remembers and how it was told to behave.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use super::app::AppSpec;
use super::fault::{Fault, FaultRule, RequestLine, Served};
use super::world::World;
use crate::support::time::{FakeClock, Offset};

/// How the fake answers, apart from what it tells.
pub(crate) struct Behavior {
    pub(crate) token: String,
    pub(crate) app: Option<AppSpec>,
    pub(crate) latency: Duration,
    pub(crate) rules: Vec<FaultRule>,
    /// Added to the `Date` header, milliseconds.
    pub(crate) date_skew: i64,
    /// A replica behind the others: which answers it gives, and how far.
    pub(crate) lag: Option<(usize, Duration)>,
    /// Requests per hour; `None` sends no `x-ratelimit-*` and limits nothing.
    pub(crate) limit: Option<u64>,
    /// Where `Link` points instead of the fake itself.
    pub(crate) link_origin: Option<String>,
    /// Whether answers may break GitHub's description.
    pub(crate) odd_answers: bool,
    /// Whether a matching `If-None-Match` gives 304.
    pub(crate) etags: bool,
    /// More headers of every answer.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Behavior {
    /// As GitHub behaves on a good day.
    pub(crate) fn usual() -> Self {
        Self {
            token: "test-token".to_owned(),
            app: None,
            latency: Duration::ZERO,
            rules: Vec::new(),
            date_skew: 0,
            lag: None,
            limit: Some(5000),
            link_origin: None,
            odd_answers: false,
            etags: true,
            headers: Vec::new(),
        }
    }

    /// The first rule that finds fault decides.
    pub(crate) fn fault(&self, line: &RequestLine) -> Option<Fault> {
        self.rules.iter().find_map(|rule| rule(line))
    }
}

/// Everything behind the lock.
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) behavior: Behavior,
    pub(crate) log: Vec<Served>,
    pub(crate) violations: Vec<String>,
    pub(crate) used: u64,
    /// When `used` starts again at zero.
    pub(crate) reset: Offset,
    pub(crate) in_flight: usize,
    pub(crate) max_in_flight: usize,
    /// Bodies seen per operation, to validate a sample of them.
    bodies: BTreeMap<String, u64>,
}

impl State {
    /// Whether the next body of that operation is to be validated: the first
    /// ten, then every tenth.
    pub(crate) fn wants_validation(&mut self, operation: &str) -> bool {
        let seen = self.bodies.entry(operation.to_owned()).or_default();
        *seen += 1;
        *seen <= 10 || seen.is_multiple_of(10)
    }

    /// Counts a request against the limit; false when it is used up.
    pub(crate) fn charge(&mut self, at: Offset) -> bool {
        if self.reset <= at {
            self.used = 0;
            self.reset = at + Duration::from_secs(3600);
        }
        let Some(limit) = self.behavior.limit else {
            return true;
        };
        let granted = self.used < limit;
        self.used += u64::from(granted);
        granted
    }
}

/// What the server's thread and the test's thread share.
pub(crate) struct Shared {
    pub(crate) clock: FakeClock,
    /// `http://127.0.0.1:PORT`, without a slash.
    pub(crate) base: String,
    state: Mutex<State>,
}

impl Shared {
    pub(crate) fn new(clock: FakeClock, base: String, world: World, behavior: Behavior) -> Self {
        let state = State {
            world,
            behavior,
            log: Vec::new(),
            violations: Vec::new(),
            used: 0,
            reset: clock.now() + Duration::from_secs(3600),
            in_flight: 0,
            max_in_flight: 0,
            bodies: BTreeMap::new(),
        };
        Self {
            clock,
            base,
            state: Mutex::new(state),
        }
    }

    /// A panic inside `with` must not hide the test's own failure.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
