//! What `busy` answers: one line a runner for people, or JSON.

use std::io;

use super::escape::terminal;
use super::{AnswerFormat, json, wording};
use crate::model::{Host, Occupancy, Requests, Rules, Scope};

/// Everything an answer is written from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BusyReport<'a> {
    pub(crate) tool_version: &'a str,
    pub(crate) host: &'a Host,
    pub(crate) targets: &'a [Scope],
    pub(crate) rules: &'a Rules,
    /// Ids or names as given, each with its answer.
    pub(crate) asked: &'a [String],
    pub(crate) answers: &'a [Occupancy],
    pub(crate) requests: Option<Requests>,
}

/// Writes the answers in one format.
pub(crate) fn render_busy(
    report: &BusyReport<'_>,
    format: AnswerFormat,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        AnswerFormat::Json => json::write_busy(report, out),
        AnswerFormat::Table => {
            for (asked, occupancy) in report.asked.iter().zip(report.answers) {
                let said = wording::occupancy(occupancy);
                writeln!(out, "{}: {said}", terminal(asked))?;
            }
            Ok(())
        }
    }
}
