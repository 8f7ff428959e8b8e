//! The circuit breaker: when GitHub is down, one request in a phase of a cycle
//! asks whether it is up again, and nothing else is asked.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use super::{PollError, Reply};
use crate::model::Target;

/// Opens when so many different reads have failed with nothing answered in
/// between. The same read counts again in another cycle.
const FAILURES: usize = 3;

#[derive(Debug, Default)]
pub(super) struct Breaker {
    /// Reads that failed since something was last answered, by cycle.
    failing: RefCell<BTreeSet<(u32, Target)>>,
    probe: Cell<Probe>,
}

/// The one request that is let through while it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Probe {
    #[default]
    Free,
    Taken,
}

/// Whether a read may be attempted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admitted {
    Yes,
    /// Once, as the probe.
    Once,
    No,
}

impl Breaker {
    pub(super) fn is_open(&self) -> bool {
        FAILURES <= self.failing.borrow().len()
    }

    /// Lets one more request through, if it is open.
    pub(super) fn begin_phase(&self) {
        self.probe.set(Probe::Free);
    }

    pub(super) fn admit(&self) -> Admitted {
        if !self.is_open() {
            return Admitted::Yes;
        }
        match self.probe.replace(Probe::Taken) {
            Probe::Free => Admitted::Once,
            Probe::Taken => Admitted::No,
        }
    }

    /// Any answer of the API closes it, be it a refusal.
    pub(super) fn note(&self, reply: &Reply) {
        if !reply.said.as_ref().is_err_and(is_outage) {
            self.failing.borrow_mut().clear();
        }
    }

    /// Counts a read that was given up.
    pub(super) fn failed(&self, cycle: u32, target: &Target, error: &PollError) {
        let mut failing = self.failing.borrow_mut();
        // Enough is enough: an outage may be long.
        if is_outage(error) && failing.len() < FAILURES {
            failing.insert((cycle, target.clone()));
        }
    }
}

fn is_outage(error: &PollError) -> bool {
    match error {
        PollError::NoAnswer(_) | PollError::NotAnAnswer(_) | PollError::Unavailable { .. } => true,
        PollError::Undecodable(_)
        | PollError::Limited { .. }
        | PollError::Unauthorized(_)
        | PollError::Renewing(_)
        | PollError::Forbidden { .. }
        | PollError::NotFound(_)
        | PollError::Rejected(_)
        | PollError::Withheld { .. } => false,
    }
}
