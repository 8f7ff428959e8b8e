//! What stands behind flags as text, read into values.

use crate::model::{Scope, Span, Timestamp};

pub(super) fn duration(text: &str) -> Result<Span, String> {
    let how = "write 90s, 5m, 2h or 3d";
    let parsed = humantime::parse_duration(text);
    let parsed = parsed.map_err(|error| format!("{error}; {how}"))?;
    // `5M` would be five months, and is a slip.
    let mut units = text.split(|c: char| !c.is_ascii_alphabetic());
    let strange = units.find(|unit| !unit.is_empty() && !UNITS.contains(unit));
    match strange {
        Some(unit) => Err(format!("unknown unit `{unit}`; {how}")),
        None => Ok(Span::from_std(parsed)),
    }
}

/// Units of lengths (`contract.md` §1), and the milliseconds of our own lines.
const UNITS: [&str; 5] = ["ms", "s", "m", "h", "d"];

pub(super) fn interval(text: &str) -> Result<Span, String> {
    let span = duration(text)?;
    if span < Span::secs(1) {
        return Err("must be at least 1s".to_owned());
    }
    Ok(span)
}

pub(super) fn share(text: &str) -> Result<f64, String> {
    let (number, unit) = match text.strip_suffix('%') {
        Some(number) => (number, 100.0),
        None => (text, 1.0),
    };
    let share = number.parse::<f64>().ok().map(|number| number / unit);
    let share = share.filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a share such as 90% or 0.9".to_owned())
}

/// A share that is something.
pub(super) fn budget(text: &str) -> Result<f64, String> {
    let some = share(text).ok().filter(|share| 0.0 < *share);
    some.ok_or_else(|| "expected a share above 0, such as 20% or 0.2".to_owned())
}

pub(super) fn scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text)
        .ok_or_else(|| "expected repo:OWNER/REPO, org:ORG or enterprise:NAME".to_owned())
}

pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text)
        .ok_or_else(|| "expected RFC 3339, such as 2026-05-14T02:00:00Z".to_owned())
}
