//! The command line. Flags stand in this room and nowhere else; a flag that
//! is not built yet is absent, never ignored. The contract is kept in
//! `README.md` and `--help`, and a test compares both.

mod busy;
mod credential;
mod demo;
mod doctor;
mod live;
mod manual;
mod refused;
mod report;
mod scan;
mod shared;
mod target;
mod values;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use crate::exit::{Convention, MEANINGS};

pub(crate) use busy::*;
pub(crate) use credential::*;
pub(crate) use demo::*;
pub(crate) use doctor::*;
pub(crate) use live::*;
pub(crate) use manual::*;
pub(crate) use refused::*;
pub(crate) use report::*;
pub(crate) use scan::*;
pub(crate) use shared::*;
pub(crate) use target::*;

/// Finds self-hosted GitHub Actions runners that the REST API calls idle
/// while a job runs on them.
#[derive(Debug, Parser)]
#[command(
    name = "runner-desync",
    version,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = MEANINGS
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Poll until stopped; print periods as they open and close, record,
    /// end with a report
    #[command(args_override_self = true)]
    Watch(WatchArgs),
    /// One verdict now, for cron and monitoring
    #[command(args_override_self = true)]
    Check(CheckArgs),
    /// Rebuild the report from recordings and other evidence files; offline
    #[command(args_override_self = true)]
    Report(ReportArgs),
    /// Is this runner truly busy? Exit 0 idle, 10 busy, 11 cannot tell: ask
    /// before terminating it
    #[command(args_override_self = true)]
    Busy(BusyArgs),
    /// Check credential, permissions, clock and limits, and say what a watch
    /// of the target would cost
    #[command(args_override_self = true)]
    Doctor(DoctorArgs),
    /// Look back for jobs that died under their runner, with the sign for each
    #[command(args_override_self = true)]
    Scan(ScanArgs),
    /// Play both incidents of actions/runner#4422; no token, no network
    #[command(args_override_self = true)]
    Demo(DemoArgs),
    /// Print the completion script of a shell
    Completions(CompletionsArgs),
    /// Print the manual page, in roff
    Man,
}

/// Reads a command line, the program's name first.
///
/// # Errors
/// When it is not understood, or asks for help: nothing is to be run then.
pub(crate) fn parse(args: &[OsString]) -> Result<Cli, Refused> {
    Cli::try_parse_from(args).map_err(|error| Refused::new(error, args))
}

impl Cli {
    /// Whose exit codes are given.
    pub(crate) fn convention(&self) -> Convention {
        let output = match &self.command {
            Command::Watch(args) => &args.live.output,
            Command::Check(args) => &args.live.output,
            Command::Report(args) => &args.output,
            Command::Demo(args) => &args.output,
            Command::Busy(_)
            | Command::Doctor(_)
            | Command::Scan(_)
            | Command::Completions(_)
            | Command::Man => {
                return Convention::Own;
            }
        };
        match output.format {
            FormatArg::Nagios => Convention::Plugin,
            FormatArg::Table
            | FormatArg::Markdown
            | FormatArg::Json
            | FormatArg::Ndjson
            | FormatArg::Csv
            | FormatArg::Prometheus
            | FormatArg::Github
            | FormatArg::Html => Convention::Own,
        }
    }
}
