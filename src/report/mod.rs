//! From an analysis to bytes: the terminal table, Markdown for a ticket, JSON
//! and one period a line.
//!
//! A report is a pure function of what it is given: nothing here reads a
//! clock, a file, a socket or the environment, and the only error is that of
//! the writer. Two modules hold what every format shares: [`wording`] words
//! things, [`escape`] makes names from GitHub safe for one sink each.

mod busy;
mod contents;
mod csv;
mod doctor;
mod escape;
mod fail_on;
mod forms;
mod github;
mod html;
mod json;
mod lane;
mod markdown;
mod nagios;
mod news;
mod prometheus;
mod scan;
mod table;
mod wording;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io;

use crate::model::{Analysis, Finding, Period};

pub(crate) use busy::{BusyReport, render_busy};
pub(crate) use contents::{BUNDLED, Named, contents};
pub(crate) use doctor::{DoctorReport, render_doctor};
pub(crate) use escape::plugin as plugin_text;
pub(crate) use escape::shell as shell_word;
pub(crate) use escape::terminal as clean_line;
pub(crate) use fail_on::{Counted, FailOn};
pub(crate) use forms::forms;
pub(crate) use json::{news_json, period_json};
pub(crate) use nagios::line as status_line;
pub(crate) use news::news_line;
pub(crate) use prometheus::{last_success, render as metrics};
pub(crate) use scan::{ScanFormat, ScanReport, render_scan};
pub(crate) use wording::{count, expected, headline, stretched};

/// What a report is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For a terminal.
    Table,
    /// For an issue or a support ticket.
    Markdown,
    /// The whole report, schema `runner-desync.report/1`.
    Json,
    /// One period a line.
    Ndjson,
    /// One period a row.
    Csv,
    /// One line for a monitor.
    Nagios,
    /// Metrics of Prometheus.
    Prometheus,
    /// Annotations of a workflow.
    Github,
    /// A page for a browser.
    Html,
}

/// How a monitor shows the outcome of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Ok,
    Warning,
    Critical,
    Unknown,
}

impl Service {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// What the answer to a question is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerFormat {
    /// For people.
    Table,
    /// With a schema of its own.
    Json,
}

/// Whether escape sequences for color may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Color,
}

/// What a source was taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceKind {
    Recording,
    Jobs,
    Readings,
    ScaleDownLog,
    RunnerLog,
    WorkerLog,
}

impl SourceKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Jobs => "jobs",
            Self::Readings => "readings",
            Self::ScaleDownLog => "scale-down-log",
            Self::RunnerLog => "runner-log",
            Self::WorkerLog => "worker-log",
        }
    }
}

/// One file the analysis was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceNote {
    pub(crate) file: String,
    pub(crate) kind: SourceKind,
    pub(crate) records: u64,
    pub(crate) skipped: u64,
    /// Why records were skipped or repaired, for people.
    pub(crate) notes: Vec<String>,
}

/// What `--runner` and `--label` left of the runners that were seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Narrowed {
    /// All, or some.
    ToSome,
    /// None of those that were seen.
    ToNone,
}

/// How a report came about, for whoever makes it again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// Its flags of judging as a command line, each with a space before it.
    pub(crate) flags: &'a str,
    /// Whose names it shows where the evidence has the originals.
    pub(crate) named: Named,
    pub(crate) narrowed: Narrowed,
}

impl Asked<'_> {
    /// By the usual rules.
    pub(crate) const PLAIN: Self = Self {
        flags: "",
        named: Named::Originals,
        narrowed: Narrowed::ToSome,
    };
}

/// Everything a report is made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report<'a> {
    pub(crate) analysis: &'a Analysis,
    pub(crate) sources: &'a [SourceNote],
    /// What the caller wants said besides, such as a filter in force.
    pub(crate) notes: &'a [String],
    pub(crate) tool_version: &'a str,
    /// What counts for the exit code; the text says what does not.
    pub(crate) fail_on: &'a FailOn,
    /// What the outcome is to a monitor.
    pub(crate) service: Service,
    pub(crate) asked: Asked<'a>,
    /// Where the recording is, when there is one.
    pub(crate) recording: Option<&'a str>,
    /// Columns of the terminal.
    pub(crate) width: u16,
    pub(crate) style: Style,
}

impl<'a> Report<'a> {
    /// Periods that may be claimed, in the order of the analysis.
    fn findings(&self) -> impl Iterator<Item = &'a Period> + use<'a> {
        let periods = self.analysis.periods.iter();
        periods.filter(|period| period.finding == Finding::Yes)
    }

    /// Jobs that lost their runner after a finding, surely or likely, however
    /// many periods are theirs.
    fn killed_jobs(&self) -> u64 {
        let killed = self.findings().filter(|period| period.is_killed());
        let jobs = killed.filter_map(|period| {
            let job = &period.job.as_ref()?.job;
            Some((&period.runner.key.host, job.id))
        });
        jobs.collect::<BTreeSet<_>>().len() as u64
    }

    /// What counts comes first, then other findings, then candidates.
    fn by_importance(&self) -> impl Iterator<Item = &'a Period> + use<'a> {
        let (counted, others): (Vec<_>, Vec<_>) = self
            .findings()
            .partition(|period| self.fail_on.names(period));
        counted.into_iter().chain(others).chain(self.candidates())
    }

    /// Periods that are not confirmed.
    fn candidates(&self) -> impl Iterator<Item = &'a Period> + use<'a> {
        let periods = self.analysis.periods.iter();
        periods.filter(|period| period.finding == Finding::NotYet)
    }
}

/// Writes the report in one format.
pub(crate) fn render(
    report: &Report<'_>,
    format: Format,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Table => out.write_all(table::render(report).as_bytes()),
        Format::Markdown => out.write_all(markdown::render(report).as_bytes()),
        Format::Json => json::write_report(report, out),
        Format::Ndjson => json::write_periods(report, out),
        Format::Csv => csv::write(report, out),
        Format::Prometheus => out.write_all(metrics(report, None).as_bytes()),
        Format::Github => out.write_all(github::render(report).as_bytes()),
        Format::Html => out.write_all(html::render(report).as_bytes()),
        Format::Nagios => out.write_all(nagios::render(report).as_bytes()),
    }
}
