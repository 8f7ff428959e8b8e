//! `busy`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::{duration, interval};
use super::{CredentialArgs, RequestArgs, TargetArgs};
use crate::model::Span;

#[derive(Debug, Args)]
pub(crate) struct BusyArgs {
    /// Runners by id or name; the worst answer of several is the exit code
    #[arg(value_name = "RUNNER", required = true)]
    pub(crate) runners: Vec<String>,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) credential: CredentialArgs,
    /// Idle is said of a runner that was read as idle over this long
    #[arg(long, value_name = "DUR", default_value = "90s", value_parser = duration, help_heading = "Judging")]
    pub(crate) lag_limit: Span,
    /// Time for the whole answer [default: the lag limit and a minute]
    #[arg(long, value_name = "DUR", value_parser = interval, help_heading = "Judging")]
    pub(crate) deadline: Option<Span>,
    #[command(flatten)]
    pub(crate) requests: RequestArgs,
    #[command(flatten)]
    pub(crate) recording: SeenArgs,
    #[command(flatten)]
    pub(crate) output: AnswerArgs,
    /// Say which credential is used
    #[arg(short, long, help_heading = None)]
    pub(crate) verbose: bool,
}

/// What a watch has seen already.
#[derive(Debug, Args)]
#[command(next_help_heading = None)]
pub(crate) struct SeenArgs {
    /// Recording of a watch of this target, whose readings count [default: that
    /// in the state directory]
    #[arg(long, value_name = "FILE", conflicts_with = "no_record")]
    pub(crate) record: Option<PathBuf>,
    /// Count no recording's readings: always wait out the lag limit
    #[arg(long)]
    pub(crate) no_record: bool,
}

/// Output of commands that answer a question.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct AnswerArgs {
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = AnswerFormatArg::Table)]
    pub(crate) format: AnswerFormatArg,
    /// Write the answer here; whole, then renamed
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerFormatArg {
    /// For people
    Table,
    /// With a schema of its own
    Json,
}
