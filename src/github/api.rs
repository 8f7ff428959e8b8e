//! Where the API is and which URL answers which read. Pure.
//!
//! Only operations and parameters of GitHub's published OpenAPI description
//! are built here, and enterprise runner by id, which it forgot
//! (`github-api.md` §1).

use reqwest::Url;

use crate::model::{Hook, Host, Scope, Target};
use crate::poll::Request;

/// The base address of the API and the host people know it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Api {
    pub(super) base: Url,
    host: Host,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Token,
    /// An installation of an App.
    App,
}

/// Why an address cannot be the base of the API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("`{0}` is not a host name")]
    BadHost(String),
    #[error("the API address is not a URL: {0}")]
    NotAUrl(String),
    #[error("the API address must begin with http:// or https://, not `{0}:`")]
    BadScheme(String),
    #[error("the API address must not hold a user name or password")]
    HasUserInfo,
    #[error("the API address must end with its path, without `?` or `#`")]
    HasQuery,
    #[error("`{0}` answers on https only; a token must not travel in the clear")]
    InTheClear(Host),
}

impl Api {
    /// From `--api-url`: any http or https address, with or without a path.
    pub(crate) fn from_url(text: &str) -> Result<Self, ApiError> {
        let base = Url::parse(text.trim()).map_err(|error| ApiError::NotAUrl(error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(ApiError::BadScheme(base.scheme().to_owned()));
        }
        if has_user_info(&base) {
            return Err(ApiError::HasUserInfo);
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(ApiError::HasQuery);
        }
        let host = host_of(base.host_str().unwrap_or(""));
        if base.scheme() == "http" && is_github_cloud(&host) {
            return Err(ApiError::InTheClear(host));
        }
        Ok(Self { base, host })
    }

    /// From a host name (`github-api.md` §7).
    pub(crate) fn from_host(name: &str) -> Result<Self, ApiError> {
        let name = name.trim().to_ascii_lowercase();
        let bad = || ApiError::BadHost(name.clone());
        let plain = Url::parse(&format!("https://{name}/")).map_err(|_| bad())?;
        let alone = plain.path() == "/" && plain.query().is_none() && plain.fragment().is_none();
        if !alone || has_user_info(&plain) || name.contains(['/', '\\', '?', '#']) {
            return Err(bad());
        }
        Self::from_url(&address_of(&name)).map_err(|_| bad())
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// Whether the API is on this machine: then no proxy is asked, and a
    /// token of any host is taken (`contract.md` §1).
    pub(crate) fn is_loopback(&self) -> bool {
        let name = self.base.host_str().unwrap_or("");
        let address = name.trim_start_matches('[').trim_end_matches(']');
        let loopback = |address: std::net::IpAddr| address.is_loopback();
        name == "localhost" || address.parse().is_ok_and(loopback)
    }

    /// Whether a URL has scheme, host and port of the API. A URL that brings
    /// its own credentials is never ours.
    pub(crate) fn is_own(&self, url: &Url) -> bool {
        url.origin() == self.base.origin() && !has_user_info(url)
    }

    /// The URL of a request; `None` if its `next` left the API's origin.
    pub(crate) fn url(&self, request: &Request, by: By) -> Option<Url> {
        match &request.next {
            Some(next) => Url::parse(next).ok().filter(|url| self.is_own(url)),
            None => Some(self.first_url(&request.target, request.per_page, by)),
        }
    }

    /// The URL of a path, whose segments are percent-encoded here.
    pub(super) fn at<T: AsRef<str>>(&self, path: &[T]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    fn first_url(&self, target: &Target, per_page: u32, by: By) -> Url {
        let mut url = match (target, by) {
            // The list of the organization hides what an App was given of
            // its private repositories.
            (Target::Repos { .. }, By::App) => self.at(&["installation", "repositories"]),
            _ => self.at(&path_of(target)),
        };
        let query = query_of(target, per_page);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}

fn has_user_info(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn address_of(host: &str) -> String {
    match host.strip_suffix(".ghe.com") {
        _ if host == "github.com" => "https://api.github.com".to_owned(),
        Some(subdomain) => format!("https://api.{subdomain}.ghe.com"),
        None => format!("https://{host}/api/v3"),
    }
}

/// `api.github.com` is known as `github.com`, `api.acme.ghe.com` as
/// `acme.ghe.com`; a server has one name for both.
fn host_of(api_host: &str) -> Host {
    let cloud = api_host.strip_prefix("api.").map(Host::new);
    cloud
        .filter(is_github_cloud)
        .unwrap_or_else(|| Host::new(api_host))
}

/// github.com or a data-residency host: these share the token variables.
pub(super) fn is_github_cloud(host: &Host) -> bool {
    host.as_str() == "github.com" || host.as_str().ends_with(".ghe.com")
}

/// Path segments; they are percent-encoded where they are joined.
fn path_of(target: &Target) -> Vec<String> {
    match target {
        Target::Runners { scope, .. } => under(scope_of(scope), &["runners"]),
        Target::Runner { scope, id } => under(scope_of(scope), &["runners", &id.to_string()]),
        Target::Runs { repo, .. } => under(repo_of(repo), &["runs"]),
        Target::Run { repo, id } => under(repo_of(repo), &["runs", &id.to_string()]),
        Target::Jobs { repo, run, .. } => under(repo_of(repo), &["runs", &run.to_string(), "jobs"]),
        Target::AllJobs { repo, run, .. } => {
            under(repo_of(repo), &["runs", &run.to_string(), "jobs"])
        }
        Target::Job { repo, id } => under(repo_of(repo), &["jobs", &id.to_string()]),
        // The check run of a job has the job's id (`runner-logs.md` §3).
        Target::Annotations { repo, job, .. } => {
            let mut path = repo_of(repo);
            path.extend(["check-runs".to_owned(), job.to_string()]);
            path.push("annotations".to_owned());
            path
        }
        Target::Repos { owner, .. } => ["orgs", owner, "repos"].map(str::to_owned).to_vec(),
        Target::Deliveries { hook, .. } => deliveries_of(hook),
        Target::RateLimit => vec!["rate_limit".to_owned()],
    }
}

fn under(mut path: Vec<String>, rest: &[&str]) -> Vec<String> {
    path.push("actions".to_owned());
    path.extend(rest.iter().map(|part| (*part).to_owned()));
    path
}

fn repo_of(repo: &crate::model::RepoName) -> Vec<String> {
    vec![
        "repos".to_owned(),
        repo.owner.to_string(),
        repo.name.to_string(),
    ]
}

fn deliveries_of(hook: &Hook) -> Vec<String> {
    let (mut path, rest) = match hook {
        Hook::App => (vec!["app".to_owned()], vec!["hook".to_owned()]),
        Hook::Org { org, id } => (
            vec!["orgs".to_owned(), org.to_string()],
            vec!["hooks".to_owned(), id.to_string()],
        ),
        Hook::Repo { repo, id } => (repo_of(repo), vec!["hooks".to_owned(), id.to_string()]),
    };
    path.extend(rest);
    path.push("deliveries".to_owned());
    path
}

fn scope_of(scope: &Scope) -> Vec<String> {
    match scope {
        Scope::Repo(repo) => repo_of(repo),
        Scope::Org(org) => vec!["orgs".to_owned(), org.to_string()],
        Scope::Enterprise(name) => vec!["enterprises".to_owned(), name.to_string()],
    }
}

fn query_of(target: &Target, per_page: u32) -> Vec<(&'static str, String)> {
    match target {
        Target::Runners { page, .. }
        | Target::Repos { page, .. }
        | Target::Annotations { page, .. } => paging(Vec::new(), per_page, *page),
        Target::Runs { status, page, .. } => {
            let mut query = vec![SMALLER];
            query.extend(status.as_ref().map(|status| ("status", status.as_ref())));
            paging(query, per_page, *page)
        }
        Target::Jobs { page, .. } => paging(vec![("filter", "latest")], per_page, *page),
        Target::AllJobs { page, .. } => paging(vec![("filter", "all")], per_page, *page),
        Target::Run { .. } => vec![(SMALLER.0, SMALLER.1.to_owned())],
        // Further pages have a cursor, which only their `Link` tells.
        Target::Deliveries { .. } => paging(Vec::new(), per_page, 1),
        Target::Runner { .. } | Target::Job { .. } | Target::RateLimit => Vec::new(),
    }
}

/// Leaves out what we never read (`github-api.md` §2).
const SMALLER: (&str, &str) = ("exclude_pull_requests", "true");

/// The first page is asked without `page`, as everybody's first request is:
/// its `ETag` belongs to that URL.
fn paging(
    query: Vec<(&'static str, &str)>,
    per_page: u32,
    page: u32,
) -> Vec<(&'static str, String)> {
    let own = query
        .into_iter()
        .map(|(key, value)| (key, value.to_owned()));
    let size = std::iter::once(("per_page", per_page.clamp(1, 100).to_string()));
    let page = (page > 1).then(|| ("page", page.to_string()));
    own.chain(size).chain(page).collect()
}
