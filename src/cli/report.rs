//! `report`.

use std::path::PathBuf;

use clap::Args;

use super::values::{duration, instant, scope};
use super::{JudgingArgs, OutputArgs};
use crate::model::{Scope, Span, Timestamp};

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Recordings, jobs, readings, scale-down logs, runner logs; - for stdin
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Scope of sources that name none: repo:OWNER/REPO, org:ORG or
    /// enterprise:NAME
    #[arg(long, value_name = "SCOPE", value_parser = scope)]
    pub(crate) scope: Option<Scope>,
    /// How far the clocks of imported sources may be off
    #[arg(long, value_name = "DUR", default_value = "0s", value_parser = duration)]
    pub(crate) clock_bound: Span,
    /// Leave out readings before
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) since: Option<Timestamp>,
    /// Leave out readings after
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) until: Option<Timestamp>,
    /// Judge only runners whose name matches this glob; repeatable
    #[arg(long = "runner", value_name = "GLOB")]
    pub(crate) runners: Vec<String>,
    /// Write a bundle for a support ticket besides: report, page, JSON and the
    /// recording of the periods, under pseudonyms; who is who goes to
    /// FILE.names.json
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) judging: JudgingArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}
