//! Numbers and lengths for people.

use crate::model::Span;

/// A length in at most two units: seconds below three minutes, then minutes
/// and seconds, from two hours on hours and minutes, from two days on days
/// and hours. Never rounded up, so that nothing observed looks longer than it
/// was; what is the most or a promise goes by [`at_most`].
pub(crate) fn duration(span: Span) -> String {
    let millis = span.as_millis();
    let sign = if millis < 0 { "-" } else { "" };
    format!("{sign}{}", positive(millis.unsigned_abs()))
}

/// The same of an upper bound, a guarantee or what is still to wait: rounded up
/// to the unit that is shown, so that none looks shorter than it is.
pub(crate) fn at_most(span: Span) -> String {
    let Ok(millis) = u64::try_from(span.as_millis()) else {
        return duration(span);
    };
    positive(millis.next_multiple_of(shown_unit(millis)))
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The smaller unit that a length is shown in, in milliseconds.
const fn shown_unit(millis: u64) -> u64 {
    let secs = millis / 1000;
    if secs < 3 * MINUTE {
        1
    } else if secs < 2 * HOUR {
        1000
    } else if secs < 2 * DAY {
        1000 * MINUTE
    } else {
        1000 * HOUR
    }
}

fn positive(millis: u64) -> String {
    let secs = millis / 1000;
    if secs < 3 * MINUTE {
        format!("{secs}{} s", fraction(millis % 1000))
    } else if secs < 2 * HOUR {
        format!("{} min {} s", secs / MINUTE, secs % MINUTE)
    } else if secs < 2 * DAY {
        format!("{} h {} min", secs / HOUR, secs % HOUR / MINUTE)
    } else {
        format!("{} d {} h", secs / DAY, secs % DAY / HOUR)
    }
}

/// A length in seconds for machines: `300`, `35.9`, `-2`.
pub(crate) fn secs(span: Span) -> String {
    let millis = span.as_millis();
    let sign = if millis < 0 { "-" } else { "" };
    let millis = millis.unsigned_abs();
    format!("{sign}{}{}", millis / 1000, fraction(millis % 1000))
}

/// `.35` for 350 ms, nothing for none.
fn fraction(millis: u64) -> String {
    if millis == 0 {
        return String::new();
    }
    let digits = format!(".{millis:03}");
    digits.trim_end_matches('0').to_owned()
}

/// The longest of some lengths, or a dash.
pub(super) fn at_most_or_dash(span: Option<Span>) -> String {
    span.map_or_else(|| super::UNKNOWN.to_owned(), at_most)
}

/// A number with its noun: "1 period", "30 periods".
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        grouped(number),
        if number == 1 { one } else { many }
    )
}

/// A number with its thousands apart: `1,204`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A part of a whole in percent.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of jobs are far below 2^52"
)]
pub(crate) fn percent_of(part: u64, whole: u64) -> String {
    percent(part as f64 / whole as f64)
}

/// A share in percent with at most one digit after the point, cut and never
/// rounded up: 89.99 % must not read as 90 %.
pub(crate) fn percent(share: f64) -> String {
    let text = format!("{:.1}", (share * 1000.0 + 1e-6).floor() / 10.0);
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}

/// The length of a countable thing as the number it is printed with.
pub(super) fn len<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}
