//! How long a watch goes on, and when its next cycle begins.

use crate::clock::{Clock, System};
use crate::commands::session::Session;
use crate::model::{Mono, Span};
use crate::poll::{Rest, Source};
use crate::report;
use crate::streams;

/// A cycle under way may end after `--for` is over; one that waits for GitHub
/// may not.
const OVERRUN: Span = Span::secs(10);

/// How often, and how long to go on.
pub(super) struct Plan {
    pub(super) interval: Span,
    pub(super) until: Option<Mono>,
    pub(super) cycles: Option<u32>,
    /// Whether each cycle's expected price is said.
    pub(super) verbose: bool,
}

impl Plan {
    /// Returns when a cycle has gone on too long after the end of the plan.
    pub(super) async fn overrun(&self, clock: System) {
        match self.until {
            Some(until) => clock.sleep_until(until + OVERRUN).await,
            None => std::future::pending().await,
        }
    }

    pub(super) fn is_over<S, C: Clock>(&self, session: &Session<'_, S, C>) -> bool {
        let enough = self.cycles.is_some_and(|cycles| cycles <= session.cycles);
        let next = session.clock.mono();
        enough || self.until.is_some_and(|until| until <= next)
    }

    /// When the next cycle begins, or the plan ends. A stretched interval is
    /// said.
    pub(super) fn next<S: Source, C: Clock>(
        &self,
        session: &mut Session<'_, S, C>,
        began: Mono,
    ) -> Mono {
        let done = session.cycles;
        let rest = Rest {
            until: self.until,
            cycles: self.cycles.map(|cycles| cycles.saturating_sub(done)),
        };
        let stretch = session.poller.stretch(self.interval, rest);
        if let Some(news) = session.stretched.note(stretch) {
            let line = format!("{}\n", report::stretched(&news));
            session.progress.suspend(|| streams::say(&line));
        }
        let interval = stretch.map_or(self.interval, |stretch| stretch.interval);
        if let Some(price) = session.poller.expected_price().filter(|_| self.verbose) {
            let line = format!("{}\n", report::expected(price, interval));
            session.progress.suspend(|| streams::say(&line));
        }
        let wake = session.poller.next_cycle(began + interval);
        self.until.map_or(wake, |until| wake.min(until))
    }
}
