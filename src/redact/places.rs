//! Names inside other texts: addresses, and what a gap was to read.

use std::fmt::Write as _;
use std::sync::Arc;

use super::kept::is_word;
use super::{Names, Sort, name};

/// Parts of a path of the REST API that name nothing of the user's.
const SEGMENTS: [&str; 22] = [
    "api",
    "app",
    "hook",
    "hooks",
    "deliveries",
    "v3",
    "actions",
    "runners",
    "runs",
    "jobs",
    "job",
    "attempts",
    "check-runs",
    "annotations",
    "rate_limit",
    "installation",
    "repositories",
    "repos",
    "orgs",
    "enterprises",
    "users",
    "user",
];

/// How a path of the REST API begins; no owner can be called so.
const ROOTS: [&str; 9] = [
    "api",
    "app",
    "repos",
    "orgs",
    "enterprises",
    "rate_limit",
    "installation",
    "users",
    "user",
];

/// Parameters of a query that name nothing either, by their values.
const PARAMETERS: [&str; 6] = [
    "per_page",
    "cursor",
    "page",
    "status",
    "filter",
    "exclude_pull_requests",
];

/// What a gap was to read, before ` of `.
const PLACES: [&str; 11] = [
    "deliveries",
    "runners",
    "runner",
    "runs",
    "filtered runs",
    "run",
    "jobs of run",
    "jobs of every attempt of run",
    "annotations of job",
    "job",
    "repositories",
];

/// The address of a request, or of a page on GitHub.
pub(super) fn url(names: &dyn Names, text: &str) -> Arc<str> {
    parts(names, text).map_or_else(|| name(names, Sort::Text, text), Arc::from)
}

fn parts(names: &dyn Names, text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    if !matches!(scheme, "https" | "http") {
        return None;
    }
    let (rest, query) = rest
        .split_once('?')
        .map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let (authority, path) = rest
        .split_once('/')
        .map_or((rest, None), |(authority, path)| (authority, Some(path)));
    let mut url = format!("{scheme}://{}", self::authority(names, authority));
    if let Some(path) = path {
        url.push_str(&self::path(names, authority, path));
    }
    if let Some(query) = query {
        let parameters = query.split('&').map(|it| parameter(names, it));
        let parameters: Vec<_> = parameters.collect();
        let _ = write!(url, "?{}", parameters.join("&"));
    }
    Some(url)
}

/// `host`, `api.host`, with or without a port.
fn authority(names: &dyn Names, text: &str) -> String {
    let port = text.rsplit_once(':').filter(|(_, port)| is_number(port));
    let (host, port) = port.map_or((text, String::new()), |(host, port)| {
        (host, format!(":{port}"))
    });
    let plain = name(names, Sort::Host, host);
    let of_api = host.strip_prefix("api.").filter(|_| *plain != *host);
    let host = match of_api {
        Some(rest) => format!("api.{}", name(names, Sort::Host, rest)),
        None => plain.to_string(),
    };
    format!("{host}{port}")
}

fn path(names: &dyn Names, authority: &str, path: &str) -> String {
    let segments = path.split('/');
    let first = path.split('/').next();
    let of_api = authority != "github.com" && first.is_some_and(|it| ROOTS.contains(&it));
    // A page on GitHub begins with owner and repository.
    let mut awaited = if of_api {
        [None, None]
    } else {
        [Some(Sort::Owner), Some(Sort::Repo)]
    };
    let mut text = String::new();
    for segment in segments {
        text.push('/');
        let sort = awaited[0].take();
        awaited.swap(0, 1);
        let Some(sort) = sort else {
            text.push_str(&known(names, segment, &mut awaited));
            continue;
        };
        text.push_str(&name(names, sort, segment));
    }
    text
}

/// A part of a path that stands where no name is awaited, and what it lets
/// await.
fn known(names: &dyn Names, segment: &str, awaited: &mut [Option<Sort>; 2]) -> Arc<str> {
    *awaited = match segment {
        "repos" => [Some(Sort::Owner), Some(Sort::Repo)],
        "orgs" | "users" => [Some(Sort::Owner), None],
        "enterprises" => [Some(Sort::Enterprise), None],
        _ => [None, None],
    };
    if is_number(segment) || SEGMENTS.contains(&segment) {
        segment.into()
    } else {
        name(names, Sort::Text, segment)
    }
}

fn parameter(names: &dyn Names, text: &str) -> String {
    let Some((key, value)) = text
        .split_once('=')
        .filter(|(key, _)| PARAMETERS.contains(key))
    else {
        return name(names, Sort::Text, text).to_string();
    };
    if is_number(value) || is_word(value) {
        text.to_owned()
    } else {
        format!("{key}={}", name(names, Sort::Text, value))
    }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// What was to be read, as [`crate::model::Target`] words it.
pub(super) fn place(names: &dyn Names, text: &str) -> Arc<str> {
    if matches!(text, "the rate limit" | "deliveries of app") {
        return text.into();
    }
    let parts = text.rsplit_once(" of ");
    let parts =
        parts.filter(|(what, _)| PLACES.contains(&what.trim_end_matches(digits).trim_end()));
    let Some((what, place)) = parts else {
        return repos(names, text);
    };
    // Of a webhook its number follows.
    let (place, hook) = place
        .split_once('#')
        .filter(|(_, hook)| is_number(hook))
        .map_or((place, String::new()), |(place, hook)| {
            (place, format!("#{hook}"))
        });
    let level = place.split_once(':');
    let place = match level {
        Some(("org", org)) => format!("org:{}", name(names, Sort::Owner, org)),
        Some(("enterprise", it)) => format!("enterprise:{}", name(names, Sort::Enterprise, it)),
        Some(("repo", repo)) => format!("repo:{}", repos(names, repo)),
        Some(_) | None => repos(names, place).to_string(),
    };
    format!("{what} of {place}{hook}").into()
}

fn digits(c: char) -> bool {
    c.is_ascii_digit()
}

/// `OWNER/REPO`, `OWNER/*` or `OWNER`.
fn repos(names: &dyn Names, text: &str) -> Arc<str> {
    match text.split_once('/') {
        Some((owner, "*")) => format!("{}/*", name(names, Sort::Owner, owner)).into(),
        Some((owner, repo)) => {
            let (owner, repo) = (
                name(names, Sort::Owner, owner),
                name(names, Sort::Repo, repo),
            );
            format!("{owner}/{repo}").into()
        }
        None => name(names, Sort::Owner, text),
    }
}
