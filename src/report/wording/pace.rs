//! What is said of a stretched interval.

use super::unit::{count, duration, grouped, percent};
use crate::model::{Span, Stretch, StretchedBy};

/// How far, and why.
pub(crate) fn stretched(stretch: &Stretch) -> String {
    let interval = duration(stretch.interval);
    match stretch.why {
        StretchedBy::Budget { share, per_hour } => {
            let share = percent(share).replace(' ', "");
            format!(
                "interval stretched to {interval} to keep --budget {share} ({} requests an hour)",
                grouped(per_hour)
            )
        }
        StretchedBy::Reserve { remaining } => format!(
            "interval stretched to {interval}, as others have left {} of this hour",
            count(remaining, "request", "requests")
        ),
    }
}

/// What the next cycle is expected to cost, and an hour of such cycles.
pub(crate) fn expected(price: u64, interval: Span) -> String {
    format!(
        "expected: {} in the next cycle, {} an hour at {}",
        count(price, "charged request", "charged requests"),
        grouped(hourly(price, interval)),
        duration(interval)
    )
}

/// Requests an hour of cycles at a price, rounded up.
pub(super) fn hourly(price: u64, interval: Span) -> u64 {
    let millis = u64::try_from(interval.as_millis()).unwrap_or(0);
    price.saturating_mul(3_600_000).div_ceil(millis.max(1))
}
