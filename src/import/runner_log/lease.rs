//! The end of a renewed lease. A runner prints it in UTC but in the culture
//! of its process and without a zone (`runner-logs.md` §3), so the figures
//! alone do not say which is the day. A lease is 600 s long: of all readings
//! of the figures, the one nearest to that is meant.

use chrono::NaiveDate;

use crate::model::{Span, Timestamp};

/// Length of a lease on GitHub's clock.
pub(super) const LENGTH: Span = Span::secs(600);

/// No clock is taken to be off by more.
const FARTHEST: Span = Span::secs(3600);

/// The end of the lease that was renewed at `at`, when some reading of the
/// text comes near to what is expected.
pub(super) fn valid_till(text: &[u8], at: Timestamp) -> Option<Timestamp> {
    let [a, b, c, hour, minute, second] = figures(text)?;
    let expected = at + LENGTH;
    let days = [(c, a, b), (c, b, a), (a, b, c), (a, c, b)];
    let hours = [hour, hour.wrapping_add(12), hour.wrapping_sub(12)];
    let instants = days.iter().filter_map(|&(year, month, day)| {
        let date = NaiveDate::from_ymd_opt(full_year(year)?, month, day)?;
        Some(hours.map(|hour| date.and_hms_opt(hour, minute, second)))
    });
    let instants = instants.flatten().flatten();
    let instants = instants.map(|at| Timestamp::from_millis(at.and_utc().timestamp_millis()));
    let nearest = instants.min_by_key(|instant| (distance(*instant, expected), *instant))?;
    (distance(nearest, expected) <= FARTHEST).then_some(nearest)
}

/// Exactly six runs of digits, whatever stands between and around them:
/// separators, `AM`, narrow spaces.
fn figures(text: &[u8]) -> Option<[u32; 6]> {
    let mut runs = text
        .split(|byte| !byte.is_ascii_digit())
        .filter(|run| !run.is_empty());
    let mut figures = [0; 6];
    for figure in &mut figures {
        let digits = std::str::from_utf8(runs.next()?).ok()?;
        *figure = digits.parse().ok()?;
    }
    runs.next().is_none().then_some(figures)
}

/// Two digits are of this century.
fn full_year(year: u32) -> Option<i32> {
    i32::try_from(if year < 100 { 2000 + year } else { year }).ok()
}

fn distance(a: Timestamp, b: Timestamp) -> Span {
    Span::millis((a - b).as_millis().saturating_abs())
}
