//! Whose runners and jobs.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use crate::model::RepoName;

/// Whose runners and jobs.
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
    /// Judge only runners whose name matches this glob; repeatable
    #[arg(long = "runner", value_name = "GLOB")]
    pub(crate) runners: Vec<String>,
    /// Judge only runners with this label; repeatable
    #[arg(long = "label", value_name = "NAME")]
    pub(crate) labels: Vec<String>,
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
