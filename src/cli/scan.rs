//! `scan`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::{duration, interval, share};
use super::{ColorArg, CredentialArgs, NarrowArgs, RequestArgs, TargetArgs};
use crate::model::Span;

#[derive(Debug, Args)]
pub(crate) struct ScanArgs {
    /// Evidence to put beside the jobs: recordings, readings, scale-down logs,
    /// runner logs, jobs; - for stdin
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// How far to look back: runs created in it, and older ones that were
    /// unfinished at the last scan
    #[arg(long, value_name = "DUR", default_value = "3d", value_parser = interval)]
    pub(crate) since: Span,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) narrow: NarrowArgs,
    #[command(flatten)]
    pub(crate) credential: CredentialArgs,
    /// How far the clocks of evidence files may be off
    #[arg(long, value_name = "DUR", default_value = "0s", value_parser = duration, help_heading = "Judging")]
    pub(crate) clock_bound: Span,
    /// Without a death, below this share of runs and annotations read a scan
    /// is inconclusive
    #[arg(long, value_name = "SHARE", default_value = "90%", value_parser = share, help_heading = "Judging")]
    pub(crate) min_coverage: f64,
    /// What exits 10
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = ScanFailOn::Killed, help_heading = "Judging")]
    pub(crate) fail_on: ScanFailOn,
    /// Exit 0 where it would be 10 or 11
    #[arg(long, help_heading = "Judging")]
    pub(crate) exit_zero: bool,
    #[command(flatten)]
    pub(crate) requests: RequestArgs,
    #[command(flatten)]
    pub(crate) memory: MemoryArgs,
    #[command(flatten)]
    pub(crate) output: ScanOutputArgs,
    /// Say nothing unless jobs died that no scan has told of before, or too
    /// little could be read; codes unchanged
    #[arg(short, long, help_heading = None)]
    pub(crate) quiet: bool,
    /// Say which credential is used
    #[arg(short, long, help_heading = None)]
    pub(crate) verbose: bool,
}

/// What earlier scans have read.
#[derive(Debug, Args)]
#[command(next_help_heading = None)]
pub(crate) struct MemoryArgs {
    /// What earlier scans have read, so that it need not be read again
    /// [default: one file per target in the state directory]
    #[arg(long, value_name = "FILE", conflicts_with = "no_state")]
    pub(crate) state: Option<PathBuf>,
    /// Read everything, and remember nothing
    #[arg(long)]
    pub(crate) no_state: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct ScanOutputArgs {
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ScanFormatArg::Table)]
    pub(crate) format: ScanFormatArg,
    /// Write the report here; whole, then renamed
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ColorArg::Auto)]
    pub(crate) color: ColorArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScanFormatArg {
    /// For a terminal
    Table,
    /// For an issue or a support ticket
    Markdown,
    /// Schema runner-desync.scan/1
    Json,
    /// One death a row, safe in spreadsheets
    Csv,
}

/// What exits 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScanFailOn {
    /// A job that died under its runner, surely or likely
    #[value(alias = "all")]
    Killed,
    None,
}
