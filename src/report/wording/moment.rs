//! Times for people. A terminal names the day once when all of a report is
//! of one day; a ticket spells every time in full.

use chrono::{DateTime, NaiveDate, Utc};

use crate::model::{Analysis, Timestamp};

/// How times are written in one report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moments {
    /// RFC 3339.
    Full,
    /// Time of day alone on this day, the day before it on any other.
    Short(Option<NaiveDate>),
}

impl Moments {
    /// Short times on the one day that the window of an analysis lies on.
    pub(crate) fn short(analysis: &Analysis) -> Self {
        let day = analysis.window.and_then(|(from, to)| {
            let (from, to) = (from.to_chrono()?, to.to_chrono()?);
            (from.date_naive() == to.date_naive()).then(|| from.date_naive())
        });
        Self::Short(day)
    }

    /// One time.
    pub(crate) fn say(self, at: Timestamp) -> String {
        match (self, at.to_chrono()) {
            (Self::Full, _) | (Self::Short(_), None) => at.to_string(),
            (Self::Short(day), Some(instant)) if day == Some(instant.date_naive()) => {
                time_of_day(instant)
            }
            (Self::Short(_), Some(instant)) => with_day(instant),
        }
    }

    /// From one time to another, with the day named at least once.
    pub(crate) fn range(self, from: Timestamp, to: Timestamp) -> String {
        let end = self.say(to);
        match (self, from.to_chrono()) {
            (Self::Short(_), Some(instant)) => format!("{} to {end} UTC", with_day(instant)),
            (Self::Short(_), None) | (Self::Full, _) => format!("{from} to {end}"),
        }
    }
}

fn with_day(instant: DateTime<Utc>) -> String {
    format!("{} {}", instant.date_naive(), time_of_day(instant))
}

/// `NaiveTime` prints a fraction only when there is one.
fn time_of_day(instant: DateTime<Utc>) -> String {
    instant.time().to_string()
}
