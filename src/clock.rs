//! The only reader of the real clock, and the only place that sleeps.
//!
//! Everything that needs time takes a [`Clock`]; the demo and the tests pass
//! a [`Virtual`] one, on which hours pass at once.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::model::{Mono, Span, Timestamp};

/// Wall time for *when*, monotonic time for *in which order* and *how long*.
pub(crate) trait Clock {
    /// Local wall clock, UTC.
    fn wall(&self) -> Timestamp;
    /// Milliseconds since this clock was made.
    fn mono(&self) -> Mono;
    /// Returns at the given instant, at once if it has passed.
    fn sleep_until(&self, until: Mono) -> impl Future<Output = ()>;

    /// Returns after the given length.
    fn sleep(&self, span: Span) -> impl Future<Output = ()> {
        self.sleep_until(self.mono() + span)
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct System {
    origin: Instant,
}

impl System {
    #[expect(clippy::disallowed_methods, reason = "this is the room of the clock")]
    pub(crate) fn start() -> Self {
        Self {
            origin: Instant::now(),
        }
    }
}

impl Clock for System {
    #[expect(clippy::disallowed_methods, reason = "this is the room of the clock")]
    fn wall(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        Timestamp::from_millis(0) + since_epoch.map_or(Span::ZERO, Span::from_std)
    }

    fn mono(&self) -> Mono {
        Mono::from_millis(0) + Span::from_std(self.origin.elapsed())
    }

    #[expect(clippy::disallowed_methods, reason = "this is the room of the clock")]
    async fn sleep_until(&self, until: Mono) {
        tokio::time::sleep((until - self.mono()).to_std()).await;
    }
}

/// A clock that jumps: sleeping moves it to the wanted instant. Its copies
/// share the time.
#[derive(Debug, Clone)]
pub(crate) struct Virtual {
    began: Timestamp,
    passed: Rc<Cell<Mono>>,
}

impl Virtual {
    pub(crate) fn starting(began: Timestamp) -> Self {
        Self {
            began,
            passed: Rc::new(Cell::new(Mono::from_millis(0))),
        }
    }
}

impl Clock for Virtual {
    fn wall(&self) -> Timestamp {
        self.began + (self.passed.get() - Mono::from_millis(0))
    }

    fn mono(&self) -> Mono {
        self.passed.get()
    }

    async fn sleep_until(&self, until: Mono) {
        self.passed.set(self.passed.get().max(until));
    }
}
