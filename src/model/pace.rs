//! What a watch says of the pace that a budget allows.

use super::Span;

/// Cycles are further apart than was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stretch {
    /// From the beginning of one cycle to the next.
    pub(crate) interval: Span,
    pub(crate) why: StretchedBy,
    /// Charged requests that the next cycle is expected to cost.
    pub(crate) price: u64,
}

/// Why cycles are further apart than was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum StretchedBy {
    /// To keep a share of the limit, which is so many requests an hour.
    Budget { share: f64, per_hour: u64 },
    /// Others have left so few requests of the hour.
    Reserve { remaining: u64 },
}
