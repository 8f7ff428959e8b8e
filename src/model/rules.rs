//! Rules in force: what a user may set about judging.

use super::Span;

/// Tolerance at the edges of a job's life, before the clock bound of the
/// source is added (`evidence.md` §1).
pub(crate) const MARGIN: Span = Span::secs(2);

/// An imported reading states the time its answer was complete; judging
/// allows the request to have begun this much earlier (`evidence.md` §1).
pub(crate) const IMPORTED_WINDOW: Span = Span::secs(5);

/// Two sandwiches this far apart make a live finding (`evidence.md` §2).
pub(crate) const FINDING_SPACING: Span = Span::secs(5);

/// Rules of judgment, recorded with every run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rules {
    /// End of excusable assignment lag, counted from the start of the job.
    pub(crate) lag_limit: Span,
    /// Coverage below this share makes a report inconclusive.
    pub(crate) min_coverage: f64,
    /// How far the clocks of imported sources may be off.
    pub(crate) clock_bound: Span,
}

impl Rules {
    /// The rules a user gets who sets nothing.
    pub(crate) const STANDARD: Self = Self {
        lag_limit: Span::secs(90),
        min_coverage: 0.9,
        clock_bound: Span::ZERO,
    };
}
