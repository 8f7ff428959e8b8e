//! The `Link` header (RFC 8288), read strictly: a page that is followed
//! wrongly leaks the token or loops. Pure.

use reqwest::Url;
use reqwest::header::{HeaderMap, LINK};

use super::api::Api;

/// The URL of `rel="next"`, as received, if it is on the API's own origin. A
/// foreign one is not followed (`github-api.md` §4): the poller sees by
/// `total_count` that pages are missing.
pub(super) fn next(headers: &HeaderMap, api: &Api) -> Option<String> {
    let values = headers.get_all(LINK).iter();
    let texts: Vec<&str> = values
        .map(|value| value.to_str().ok())
        .collect::<Option<_>>()?;
    let links = texts.into_iter().map(links).collect::<Option<Vec<_>>>()?;
    let mut nexts = links.into_iter().flatten().filter(|link| link.is_next);
    let first = nexts.next()?;
    // Two different next pages are no direction.
    if nexts.any(|other| other.url != first.url) {
        return None;
    }
    let url = Url::parse(first.url).ok()?;
    api.is_own(&url).then(|| first.url.to_owned())
}

struct Link<'a> {
    url: &'a str,
    is_next: bool,
}

/// All links of one header value, or nothing if it is malformed anywhere.
fn links(mut text: &str) -> Option<Vec<Link<'_>>> {
    let mut links = Vec::new();
    loop {
        text = text.trim_start_matches([' ', '\t', ',']);
        if text.is_empty() {
            return Some(links);
        }
        let (url, rest) = text.strip_prefix('<')?.split_once('>')?;
        let (is_next, rest) = parameters(rest)?;
        links.push(Link { url, is_next });
        text = rest;
    }
}

/// Reads `; name=value` up to the comma that ends the link; only the first
/// `rel` counts (RFC 8288 §3.3).
fn parameters(mut text: &str) -> Option<(bool, &str)> {
    let mut rel = None;
    loop {
        text = text.trim_start();
        if text.is_empty() || text.starts_with(',') {
            return Some((rel.is_some_and(names_next), text));
        }
        text = text.strip_prefix(';')?.trim_start();
        let end = text.find(['=', ';', ',']).unwrap_or(text.len());
        let name = text[..end].trim_end();
        let (found, rest) = value(&text[end..])?;
        text = rest;
        if name.eq_ignore_ascii_case("rel") {
            rel = rel.or(Some(found));
        }
    }
}

fn names_next(rel: &str) -> bool {
    rel.split_ascii_whitespace()
        .any(|relation| relation.eq_ignore_ascii_case("next"))
}

/// `="quoted"`, `=token` or nothing.
fn value(text: &str) -> Option<(&str, &str)> {
    let Some(text) = text.strip_prefix('=') else {
        return Some(("", text));
    };
    let text = text.trim_start();
    match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"'),
        None => Some(text.split_at(text.find([';', ',', ' ']).unwrap_or(text.len()))),
    }
}
