//! Whose runners and jobs.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{ArgAction, Args};

use super::values::interval;
use crate::model::{RepoName, Scope, Span};

/// Whose runners and jobs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Target")]
pub(crate) struct TargetArgs {
    /// Runners registered on this repository, and its jobs; with --org or
    /// --enterprise, the jobs of this one alone; repeatable
    /// [env: GH_REPO, when no target is given]
    #[arg(short = 'R', long = "repo", value_name = "[HOST/]OWNER/REPO", value_parser = target_repo, action = ArgAction::Append)]
    pub(crate) repos: Vec<TargetRepo>,
    /// Runners of this organization, and jobs of every repository that the
    /// credential sees there; with --enterprise, its jobs; repeatable
    #[arg(long = "org", value_name = "[HOST/]ORG", value_parser = target_name, action = ArgAction::Append)]
    pub(crate) orgs: Vec<TargetName>,
    /// Runners of this enterprise, and jobs of the given --org or --repo
    #[arg(long, value_name = "[HOST/]NAME", value_parser = target_name)]
    pub(crate) enterprise: Option<TargetName>,
    /// GitHub host
    #[arg(long, value_name = "HOST", env = "GH_HOST")]
    pub(crate) host: Option<String>,
    /// Base address of the REST API, overriding the host's
    #[arg(long, value_name = "URL", env = "GITHUB_API_URL")]
    pub(crate) api_url: Option<String>,
    /// Further certificate authorities, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
}

/// Which of the target's runners are judged.
#[derive(Debug, Args)]
#[command(next_help_heading = "Target")]
pub(crate) struct NarrowArgs {
    /// Judge only runners whose name matches this glob; repeatable
    #[arg(long = "runner", value_name = "GLOB")]
    pub(crate) runners: Vec<String>,
    /// Judge only runners with this label; repeatable
    #[arg(long = "label", value_name = "NAME")]
    pub(crate) labels: Vec<String>,
}

/// `--deliveries` as given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeliveriesOf {
    App,
    Org(u64),
    Repo(u64),
}

/// How GitHub is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = None)]
pub(crate) struct RequestArgs {
    /// Requests under way at once
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) max_concurrent: u16,
    /// Time for one request
    #[arg(long, value_name = "DUR", default_value = "15s", value_parser = interval)]
    pub(crate) timeout: Span,
}

/// `[HOST/]OWNER/REPO` as given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TargetRepo {
    pub(crate) host: Option<String>,
    pub(crate) repo: RepoName,
}

/// `[HOST/]NAME` of an organization or an enterprise as given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TargetName {
    pub(crate) host: Option<String>,
    pub(crate) name: Arc<str>,
}

/// Reads `[HOST/]OWNER/REPO`.
pub(crate) fn target_repo(text: &str) -> Result<TargetRepo, String> {
    let expected = || format!("expected [HOST/]OWNER/REPO, got `{text}`");
    let (rest, name) = text.rsplit_once('/').ok_or_else(expected)?;
    let (host, owner) = split_host(rest).ok_or_else(expected)?;
    let repo = RepoName::parse(&format!("{owner}/{name}")).ok_or_else(expected)?;
    Ok(TargetRepo { host, repo })
}

pub(super) fn deliveries(text: &str) -> Result<DeliveriesOf, String> {
    let expected = || {
        "expected app, org:HOOK_ID or repo:HOOK_ID; the id is the number at the end of the \
         webhook's address in the settings"
            .to_owned()
    };
    if text == "app" {
        return Ok(DeliveriesOf::App);
    }
    let (level, id) = text.split_once(':').ok_or_else(expected)?;
    let id = id.parse().map_err(|_| expected())?;
    match level {
        "org" => Ok(DeliveriesOf::Org(id)),
        "repo" => Ok(DeliveriesOf::Repo(id)),
        _ => Err(expected()),
    }
}

fn target_name(text: &str) -> Result<TargetName, String> {
    let expected = || format!("expected [HOST/]NAME, got `{text}`");
    let (host, name) = split_host(text).ok_or_else(expected)?;
    // An organization and an enterprise are spelled alike.
    let Some(Scope::Org(name)) = Scope::parse(&format!("org:{name}")) else {
        return Err(expected());
    };
    Ok(TargetName { host, name })
}

/// `[HOST/]REST`, where neither holds a slash.
fn split_host(text: &str) -> Option<(Option<String>, &str)> {
    let Some((host, rest)) = text.split_once('/') else {
        return Some((None, text));
    };
    let plain = !host.is_empty() && !rest.contains('/');
    plain.then(|| (Some(host.to_owned()), rest))
}
