//! Flags of judging and of output, which several commands share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::{duration, share};
use crate::model::Span;

/// Rules of judgment, and what decides the exit code.
#[derive(Debug, Args)]
#[command(next_help_heading = "Judging")]
pub(crate) struct JudgingArgs {
    /// End of excusable assignment lag after the start of a job
    #[arg(long, value_name = "DUR", default_value = "90s", value_parser = duration)]
    pub(crate) lag_limit: Span,
    /// Below this share of readings a report is inconclusive
    #[arg(long, value_name = "SHARE", default_value = "90%", value_parser = share)]
    pub(crate) min_coverage: f64,
    /// Findings that exit 10: stale, lag, killed, a kind, all, none;
    /// repeatable, and in place of the default [default: stale, killed]: lag
    /// besides is --fail-on stale --fail-on killed --fail-on lag. For nagios
    /// every kind but lag counts, unless this is none
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(crate) fail_on: Vec<String>,
    /// Exit 0 where it would be 10 or 11; not for nagios
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = FormatArg::Table)]
    pub(crate) format: FormatArg,
    /// Write the report here; whole, then renamed
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ColorArg::Auto)]
    pub(crate) color: ColorArg,
    /// Pseudonyms in place of names, for a ticket [default: none; names in a
    /// --bundle]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) redact: Option<RedactArg>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RedactArg {
    /// Names as they are
    None,
    /// Owners, repositories, runners, groups, labels, jobs, workflows, steps,
    /// hosts and files; ids stay
    Names,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// For a terminal
    Table,
    /// For an issue or a support ticket
    Markdown,
    /// Schema runner-desync.report/1
    Json,
    /// One event (watch) or period (report) a line
    Ndjson,
    /// One period a row, for a spreadsheet
    Csv,
    /// One line for a monitor; exits 0, 1, 2 or 3 as monitoring plugins do
    Nagios,
    /// Metrics in Prometheus' text format
    Prometheus,
    /// Annotations and, where GITHUB_STEP_SUMMARY names one, a step summary
    Github,
    /// A page of timelines: one file, no script, nothing fetched
    Html,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorArg {
    Auto,
    Always,
    Never,
}
