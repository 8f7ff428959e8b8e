//! What `doctor` found out: labeled lines for people, or JSON.

use std::io;

use super::{AnswerFormat, json, table};
use crate::model::{Checkup, Host, Scope};

/// Everything a checkup is written from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DoctorReport<'a> {
    pub(crate) tool_version: &'a str,
    pub(crate) host: &'a Host,
    pub(crate) targets: &'a [Scope],
    pub(crate) checkup: &'a Checkup,
}

/// Writes a checkup in one format.
pub(crate) fn render_doctor(
    report: &DoctorReport<'_>,
    format: AnswerFormat,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        AnswerFormat::Json => json::write_doctor(report, out),
        AnswerFormat::Table => out.write_all(table::doctor(report).as_bytes()),
    }
}
