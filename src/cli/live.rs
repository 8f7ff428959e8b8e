//! `watch` and `check`.

use std::path::PathBuf;

use clap::Args;

use super::target::deliveries;
use super::values::{budget, duration, interval};
use super::{
    CredentialArgs, DeliveriesOf, JudgingArgs, NarrowArgs, OutputArgs, RequestArgs, TargetArgs,
};
use crate::model::Span;

#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    #[command(flatten)]
    pub(crate) live: LiveArgs,
    /// Time from the beginning of one cycle to the next, at least 1s
    #[arg(long, value_name = "DUR", default_value = "30s", value_parser = interval)]
    pub(crate) interval: Span,
    /// Share of the hourly request limit to keep to; the interval stretches
    /// where it must, and says so
    #[arg(long, value_name = "SHARE", default_value = "20%", value_parser = budget)]
    pub(crate) budget: f64,
    /// Learn from the deliveries of a webhook which repositories are at work:
    /// the App's own, or one of the organization's or the repository's; the
    /// others are read seldom
    #[arg(long, value_name = "app|org:HOOK_ID|repo:HOOK_ID", value_parser = deliveries)]
    pub(crate) deliveries: Option<DeliveriesOf>,
    /// Stop after this long
    #[arg(long = "for", value_name = "DUR", value_parser = duration)]
    pub(crate) for_: Option<Span>,
    /// Stop after this many cycles
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) cycles: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) live: LiveArgs,
    /// Time for the whole check; what is open then, the next check settles
    #[arg(long, value_name = "DUR", default_value = "45s", value_parser = interval)]
    pub(crate) deadline: Span,
}

/// Where the recording is.
#[derive(Debug, Args)]
#[command(next_help_heading = None)]
pub(crate) struct RecordArgs {
    /// Recording to append to [default: one per target in the state directory]
    #[arg(long, value_name = "FILE", conflicts_with = "no_record")]
    pub(crate) record: Option<PathBuf>,
    /// Keep no recording; nothing then spans two checks
    #[arg(long)]
    pub(crate) no_record: bool,
    /// Delete parts of the recording (FILE.1, FILE.2 and so on, each of 64 MiB)
    /// that ended longer ago than this; without it nothing is ever deleted
    #[arg(long, value_name = "DUR", value_parser = duration, conflicts_with = "no_record")]
    pub(crate) keep: Option<Span>,
}

/// What `watch` and `check` share.
#[derive(Debug, Args)]
pub(crate) struct LiveArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) narrow: NarrowArgs,
    #[command(flatten)]
    pub(crate) credential: CredentialArgs,
    #[command(flatten)]
    pub(crate) judging: JudgingArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) requests: RequestArgs,
    #[command(flatten)]
    pub(crate) recording: RecordArgs,
    /// Run this in a shell when a finding that counts opens, closes or is taken
    /// back: the period on stdin, RUNNER_DESYNC_EVENT=opened|closed|retracted
    #[arg(long, value_name = "CMD", help_heading = "Telling others")]
    pub(crate) on_desync: Option<String>,
    /// Metrics for node_exporter's textfile collector, written after each cycle
    #[arg(long, value_name = "FILE", help_heading = "Telling others")]
    pub(crate) metrics_file: Option<PathBuf>,
    /// Only news since the last check on this recording; codes unchanged
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Say more: which credential, what each cycle read
    #[arg(short, long)]
    pub(crate) verbose: bool,
}
