//! What `scan` found: jobs that died under their runner, and what was looked
//! at to say so.

use std::io;
use std::sync::Arc;

use super::{SourceNote, Style, csv, json, markdown, table};
use crate::model::{
    Caveat, CoverageGap, Fate, Host, Killed, Requests, Rules, ScanCounts, ScanEnd, ScanVerdict,
    Scope, Timestamp,
};

/// What the result of a scan is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanFormat {
    /// For a terminal.
    Table,
    /// For an issue or a support ticket.
    Markdown,
    /// With a schema of its own.
    Json,
    /// One death a row.
    Csv,
}

/// Everything that the result is written from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScanReport<'a> {
    pub(crate) tool_version: &'a str,
    pub(crate) host: &'a Host,
    pub(crate) targets: &'a [Scope],
    /// Runs created from the one to the other were looked at.
    pub(crate) since: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) min_coverage: f64,
    pub(crate) verdict: ScanVerdict,
    pub(crate) end: ScanEnd,
    pub(crate) counts: &'a ScanCounts,
    /// Of all jobs that were judged, in the order of their ends.
    pub(crate) fates: &'a [Fate],
    pub(crate) gaps: &'a [CoverageGap],
    pub(crate) unreadable: &'a [Arc<str>],
    pub(crate) requests: Option<Requests>,
    pub(crate) sources: &'a [SourceNote],
    /// Reasons to trust the evidence files less.
    pub(crate) caveats: &'a [Caveat],
    /// By which the evidence files were judged.
    pub(crate) rules: &'a Rules,
    /// Where it is kept what the next scan need not read.
    pub(crate) state: Option<&'a str>,
    pub(crate) width: u16,
    pub(crate) style: Style,
}

impl<'a> ScanReport<'a> {
    /// Jobs that died, the sure ones first.
    pub(super) fn deaths(&self) -> impl Iterator<Item = &'a Fate> + use<'a> {
        self.of(Killed::Yes).chain(self.of(Killed::Likely))
    }

    /// Jobs that ended badly, with no sign of how.
    pub(super) fn unclear(&self) -> impl Iterator<Item = &'a Fate> + use<'a> {
        self.of(Killed::Unknown)
    }

    fn of(&self, killed: Killed) -> impl Iterator<Item = &'a Fate> + use<'a> {
        self.fates.iter().filter(move |fate| fate.killed == killed)
    }
}

/// Writes the result in one format.
pub(crate) fn render_scan(
    report: &ScanReport<'_>,
    format: ScanFormat,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        ScanFormat::Table => out.write_all(table::render_scan(report).as_bytes()),
        ScanFormat::Markdown => out.write_all(markdown::render_scan(report).as_bytes()),
        ScanFormat::Json => json::write_scan(report, out),
        ScanFormat::Csv => csv::write_scan(report, out),
    }
}
