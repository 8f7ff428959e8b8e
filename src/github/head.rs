//! Headers that are evidence, and headers that say how long to wait. Pure:
//! the only clock here is the server's `Date`.

use std::sync::Arc;

use reqwest::header::{AGE, CONTENT_TYPE, DATE, ETAG, HeaderMap, RETRY_AFTER};
use serde_json::Value;

use crate::model::{Rate, Span, Timestamp};
use crate::poll::{Access, Head};

/// No stated wait is believed beyond this (`github-api.md` §6: clamp absurd
/// values).
const LONGEST_WAIT_SECS: i64 = 24 * 60 * 60;

/// Seconds that an `Age` states at most.
const OLDEST: u64 = 1 << 31;

pub(super) fn read(url: &str, status: u16, headers: &HeaderMap) -> Head {
    let shared = |name: &str| text(headers, name).map(Arc::from);
    Head {
        url: url.into(),
        status: Some(status),
        date: date(headers),
        request_id: shared("x-github-request-id"),
        etag: shared(ETAG.as_str()),
        age: age(headers),
        rate: rate(headers),
        retry_after: retry_after(headers),
        access: access(headers),
    }
}

/// What is said about the credential (`github-api.md` §8).
fn access(headers: &HeaderMap) -> Access {
    let first = |names: [&str; 2]| names.into_iter().find_map(|name| text(headers, name));
    let accepted = first(["x-accepted-github-permissions", "x-accepted-oauth-scopes"]);
    let sso = text(headers, "x-github-sso");
    Access {
        scopes: scopes(headers),
        accepted: accepted.map(Arc::from),
        expires: text(headers, "github-authentication-token-expiration").and_then(expiry),
        sso_required: sso.is_some_and(|sso| sso.starts_with("required")),
    }
}

/// A classic token without scopes has the header, and nothing in it.
fn scopes(headers: &HeaderMap) -> Option<Vec<Arc<str>>> {
    let listed = headers.get("x-oauth-scopes")?.to_str().ok()?;
    let scopes = listed.split(',').map(str::trim);
    Some(scopes.filter(|s| !s.is_empty()).map(Arc::from).collect())
}

/// `2026-05-14 02:10:08 UTC`, or with an offset such as `-0700`.
fn expiry(text: &str) -> Option<Timestamp> {
    let (day, rest) = text.split_once(' ')?;
    let (time, zone) = rest.split_once(' ')?;
    let zone = match zone {
        "UTC" => "Z".to_owned(),
        offset => format!("{}:{}", offset.get(..3)?, offset.get(3..)?),
    };
    Timestamp::parse(&format!("{day}T{time}{zone}"))
}

pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty()).then_some(value)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name)?.parse().ok()
}

/// Whatever stands in `Age`, the answer comes from a cache: a figure that
/// cannot be read is as good as the largest (RFC 9111, section 1.2.2).
fn age(headers: &HeaderMap) -> Option<u64> {
    headers.get(AGE)?;
    let stated = number(headers, AGE.as_str());
    Some(stated.map_or(OLDEST, |age| age.min(OLDEST)))
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    text(headers, DATE.as_str()).and_then(Timestamp::parse_http_date)
}

/// Headers of the primary limit. On a server without limits they are absent,
/// which is unknown and not zero.
fn rate(headers: &HeaderMap) -> Option<Rate> {
    some_of(Rate {
        limit: number(headers, "x-ratelimit-limit"),
        remaining: number(headers, "x-ratelimit-remaining"),
        used: number(headers, "x-ratelimit-used"),
        reset: number(headers, "x-ratelimit-reset").and_then(epoch),
    })
}

/// `resources.core` of `GET /rate_limit`; `rate` beside it is gone in newer
/// API versions (`github-api.md` §6).
pub(super) fn rate_of_body(body: &Value) -> Option<Rate> {
    let core = body.get("resources")?.get("core")?;
    let figure = |key: &str| core.get(key).and_then(Value::as_u64);
    some_of(Rate {
        limit: figure("limit"),
        remaining: figure("remaining"),
        used: figure("used"),
        reset: figure("reset").and_then(epoch),
    })
}

fn some_of(rate: Rate) -> Option<Rate> {
    let Rate {
        limit,
        remaining,
        used,
        reset,
    } = rate;
    let any = limit.or(remaining).or(used).is_some() || reset.is_some();
    any.then_some(rate)
}

fn epoch(secs: u64) -> Option<Timestamp> {
    let millis = i64::try_from(secs).ok()?.checked_mul(1000)?;
    Some(Timestamp::from_millis(millis))
}

/// `retry-after` in seconds or as a date, which counts from `Date`. Anything
/// else is as good as absent.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Span> {
    let text = text(headers, RETRY_AFTER.as_str())?;
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        // All digits and yet no number: absurdly long, so the longest wait.
        let secs = text.parse().unwrap_or(LONGEST_WAIT_SECS);
        return Some(Span::secs(secs.min(LONGEST_WAIT_SECS)));
    }
    let wait = Timestamp::parse_http_date(text)? - date(headers)?;
    Some(wait.clamp(Span::ZERO, Span::secs(LONGEST_WAIT_SECS)))
}

/// Whether the answer claims to be JSON. A proxy's or a unicorn's page does
/// not, whatever its status.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = text(headers, CONTENT_TYPE.as_str()) else {
        return false;
    };
    let kind = value.split(';').next().unwrap_or(value).trim();
    let kind = kind.to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}
