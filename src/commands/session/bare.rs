//! A session without its surroundings, for the simulation.

use std::rc::Rc;

use super::{Before, Session, Stretched};
use crate::clock::Clock;
use crate::commands::ledger::Ledger;
use crate::commands::output::Sink;
use crate::commands::shown::Shown;
use crate::poll::{Poller, Source};
use crate::progress::Progress;
use crate::report::FailOn;

impl<'a, S: Source, C: Clock> Session<'a, S, C> {
    /// A run that tells nobody and alerts nobody.
    pub(crate) fn bare(
        poller: Poller<'a, S, C>,
        clock: &'a C,
        ledger: Ledger,
        fail_on: &'a FailOn,
    ) -> Self {
        Self {
            poller,
            clock,
            ledger,
            before: Before {
                periods: Vec::new(),
                troubled: false,
            },
            fail_on,
            hook: None,
            last: Vec::new(),
            progress: Rc::new(Progress::hidden()),
            cycles: 0,
            uncut: 0,
            sink: Sink::Silent,
            shown: Shown::Names,
            stretched: Stretched::default(),
        }
    }
}
