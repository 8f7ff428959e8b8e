//! `--format json` and `ndjson`: the types of `runner-desync.report/1`.
//!
//! They are apart from the model on purpose: this is what other people's
//! programs read, and it changes only by addition. Unknown is `null`, never
//! `0` or `""`. Names are exact here, in escapes where they need them.

mod busy;
mod coverage;
mod doctor;
mod event;
mod period;
mod scan;
mod v1;

use std::io;

use serde::Serialize;

use super::{Report, escape};
use crate::model::Period;

pub(super) use busy::write_busy;
pub(super) use doctor::write_doctor;
pub(crate) use event::news_json;
pub(super) use scan::write_scan;

/// Name and version of the schema of a whole report.
pub(crate) const REPORT_SCHEMA: &str = "runner-desync.report/1";
/// The same of what `busy` answers.
pub(crate) const BUSY_SCHEMA: &str = "runner-desync.busy/1";
/// The same of what `doctor` found out.
pub(crate) const DOCTOR_SCHEMA: &str = "runner-desync.doctor/1";
/// The same of what `scan` finds.
pub(crate) const SCAN_SCHEMA: &str = "runner-desync.scan/1";
/// The same of one period on a line of its own.
pub(crate) const PERIOD_SCHEMA: &str = "runner-desync.period/1";

/// Writes the whole report as one JSON document.
pub(crate) fn write_report(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(&v1::ReportV1::from(report))?;
    writeln!(out, "{}", escape::json(&text))
}

/// Writes one period a line.
pub(crate) fn write_periods(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    for period in &report.analysis.periods {
        writeln!(out, "{}", period_json(period)?)?;
    }
    Ok(())
}

/// One period as a line of its own, without an end of line.
///
/// # Errors
/// Never: texts and numbers can all be written as JSON.
pub(crate) fn period_json(period: &Period) -> serde_json::Result<String> {
    let line = serde_json::to_string(&PeriodLine::from(period))?;
    Ok(escape::json(&line))
}

/// A period that says itself what it is.
#[derive(Serialize)]
struct PeriodLine<'a> {
    schema: &'static str,
    #[serde(flatten)]
    period: period::PeriodV1<'a>,
}

impl<'a> From<&'a Period> for PeriodLine<'a> {
    fn from(period: &'a Period) -> Self {
        Self {
            schema: PERIOD_SCHEMA,
            period: period.into(),
        }
    }
}
