//! The command line. Flags stand here and nowhere else; a flag that is not
//! built yet is absent, never ignored. The contract is kept in `README.md`
//! and `--help`, and a test compares both.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::model::{RepoName, Scope, Span, Timestamp};

/// Finds self-hosted GitHub Actions runners that the REST API calls idle
/// while a job runs on them.
#[derive(Debug, Parser)]
#[command(
    name = "runner-desync",
    version,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Cli {
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
    /// Play both incidents of actions/runner#4422; no token, no network
    #[command(args_override_self = true)]
    Demo(DemoArgs),
}

#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    #[command(flatten)]
    pub(crate) live: LiveArgs,
    /// Time from the beginning of one cycle to the next, at least 1s
    #[arg(long, value_name = "DUR", default_value = "30s", value_parser = interval)]
    pub(crate) interval: Span,
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

/// What `watch` and `check` share.
#[derive(Debug, Args)]
pub(crate) struct LiveArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) judging: JudgingArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Requests under way at once
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) max_concurrent: u16,
    /// Time for one request
    #[arg(long, value_name = "DUR", default_value = "15s", value_parser = interval)]
    pub(crate) timeout: Span,
    /// Recording to append to [default: one per target in the state directory]
    #[arg(long, value_name = "FILE", conflicts_with = "no_record")]
    pub(crate) record: Option<PathBuf>,
    /// Keep no recording; nothing then spans two checks
    #[arg(long)]
    pub(crate) no_record: bool,
    /// Only news since the last check on this recording; codes unchanged
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Say more: which credential, what each cycle read
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// Whose runners and jobs, and with which credential.
#[derive(Debug, Args)]
#[command(next_help_heading = "Target")]
pub(crate) struct TargetArgs {
    /// Runners registered on this repository, and its jobs; repeatable
    #[arg(short = 'R', long = "repo", value_name = "[HOST/]OWNER/REPO", env = "GH_REPO", required = true, value_parser = target_repo, action = ArgAction::Append)]
    pub(crate) repos: Vec<TargetRepo>,
    /// GitHub host
    #[arg(long, value_name = "HOST", env = "GH_HOST")]
    pub(crate) host: Option<String>,
    /// Base address of the REST API, overriding the host's
    #[arg(long, value_name = "URL", env = "GITHUB_API_URL")]
    pub(crate) api_url: Option<String>,
    /// Further certificate authorities, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// File with the token, - for stdin [otherwise: GH_TOKEN, GITHUB_TOKEN, gh auth token]
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Judge only runners whose name matches this glob; repeatable
    #[arg(long = "runner", value_name = "GLOB")]
    pub(crate) runners: Vec<String>,
    /// Judge only runners with this label; repeatable
    #[arg(long = "label", value_name = "NAME")]
    pub(crate) labels: Vec<String>,
}

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
    /// repeatable [default: stale, killed]
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(crate) fail_on: Vec<String>,
    /// Exit 0 where it would be 10 or 11
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
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Recordings, jobs files, readings files; - for stdin
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
    #[command(flatten)]
    pub(crate) judging: JudgingArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Play only this one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=2))]
    pub(crate) incident: Option<u8>,
    /// Record what is played, for `report`
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorArg {
    Auto,
    Always,
    Never,
}

/// `[HOST/]OWNER/REPO` as given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TargetRepo {
    pub(crate) host: Option<String>,
    pub(crate) repo: RepoName,
}

fn target_repo(text: &str) -> Result<TargetRepo, String> {
    let expected = || format!("expected [HOST/]OWNER/REPO, got `{text}`");
    let (host, rest) = match text.split('/').collect::<Vec<_>>()[..] {
        [_, _] => (None, text),
        [host, ..] if text.split('/').count() == 3 && !host.is_empty() => {
            (Some(host.to_owned()), &text[host.len() + 1..])
        }
        _ => return Err(expected()),
    };
    let repo = RepoName::parse(rest).ok_or_else(expected)?;
    Ok(TargetRepo { host, repo })
}

fn duration(text: &str) -> Result<Span, String> {
    let parsed = humantime::parse_duration(text);
    let parsed = parsed.map_err(|error| format!("{error}; write 90s, 5m, 2h or 3d"))?;
    Ok(Span::from_std(parsed))
}

fn interval(text: &str) -> Result<Span, String> {
    let span = duration(text)?;
    if span < Span::secs(1) {
        return Err("must be at least 1s".to_owned());
    }
    Ok(span)
}

fn share(text: &str) -> Result<f64, String> {
    let (number, unit) = match text.strip_suffix('%') {
        Some(number) => (number, 100.0),
        None => (text, 1.0),
    };
    let share = number.parse::<f64>().ok().map(|number| number / unit);
    let share = share.filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a share such as 90% or 0.9".to_owned())
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text)
        .ok_or_else(|| "expected repo:OWNER/REPO, org:ORG or enterprise:NAME".to_owned())
}

fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text)
        .ok_or_else(|| "expected RFC 3339, such as 2026-05-14T02:00:00Z".to_owned())
}
