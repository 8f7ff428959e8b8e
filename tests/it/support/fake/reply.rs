//! One answer as GitHub would give it: status, headers, body, of one instant.

use std::hash::{DefaultHasher, Hash, Hasher};

use hyper::header::HeaderValue;
use hyper::{HeaderMap, Response};
use serde_json::json;

use super::app::is_for_apps;
use super::body::Snapshot;
use super::deliveries::deliveries;
use super::fault::{RequestLine, error_body};
use super::openapi::description;
use super::route::{Asked, Content, Route, content, installation_repos};
use super::server::{Body, request_id};
use super::state::{Shared, State};
use crate::support::time::Offset;

/// API versions that GitHub knows.
const VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];

/// An answer before it is sent.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn drop_header(&mut self, name: &str) {
        self.headers.retain(|(known, _)| *known != name);
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::builder().status(self.status);
        for (name, value) in &self.headers {
            response = response.header(*name, value);
        }
        let body = Body::whole(self.body);
        response
            .body(body)
            .expect("the headers of the fake are valid")
    }

    pub(crate) fn error(status: u16, message: &str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: error_body(message, status),
        }
    }

    pub(crate) fn found(content: Content) -> Self {
        let link = content.link.map(|link| ("link", link));
        Self {
            status: 200,
            headers: link.into_iter().collect(),
            body: content.body,
        }
    }
}

/// The answer to a request, of now.
pub(crate) fn reply(
    shared: &Shared,
    headers: &HeaderMap,
    route: &Route,
    line: &RequestLine,
) -> Reply {
    let mut state = shared.lock();
    let now = shared.clock.now();
    state.log[line.number - 1].instant = Some(now);
    let refused = refusal(shared, &mut state, headers, route, now);
    let token = token_of(headers);
    let mut reply = refused.unwrap_or_else(|| answer(shared, &mut state, route, line, token, now));
    if matches!(reply.status, 200 | 201) {
        validate(&mut state, line, &reply.body);
    }
    if reply.status == 200 {
        tag(&state, headers, &mut reply);
    }
    // What an App asks as itself has a limit of its own.
    let free = reply.status == 304 || route.asked == Asked::RateLimit || is_for_apps(route.asked);
    if !free && !state.charge(now) {
        reply = Reply::error(403, "API rate limit exceeded for user ID 1.");
    }
    head(shared, &state, line, now, &mut reply);
    reply
}

/// What GitHub checks before it looks at the path.
fn refusal(
    shared: &Shared,
    state: &mut State,
    headers: &HeaderMap,
    route: &Route,
    now: Offset,
) -> Option<Reply> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if header("user-agent").is_none() {
        let message = "Request forbidden by administrative rules. Please make sure your \
                       request has a User-Agent header";
        return Some(Reply::error(403, message));
    }
    if header("x-github-api-version").is_some_and(|version| !VERSIONS.contains(&version)) {
        return Some(Reply::error(
            400,
            "The version is not a supported API version.",
        ));
    }
    if header("authorization").is_none() {
        return Some(Reply::error(401, "Requires authentication"));
    }
    let token = token_of(headers);
    let bad = || Some(Reply::error(401, "Bad credentials"));
    if is_for_apps(route.asked) {
        let app = state.behavior.app.as_ref();
        return app.map_or_else(bad, |app| app.jwt_fault(token, &shared.clock, now));
    }
    if token == state.behavior.token {
        return None;
    }
    let app = state.behavior.app.as_mut();
    let Some(account) = app.and_then(|app| app.account_of(token, now)) else {
        return bad();
    };
    let own = route.scope.split('/').nth(1);
    let foreign = own.is_some_and(|own| own != account);
    foreign.then(|| Reply::error(404, "Not Found"))
}

fn token_of(headers: &HeaderMap) -> &str {
    let given = headers.get("authorization");
    let given = given.and_then(|value| value.to_str().ok()).unwrap_or("");
    let bare = given.strip_prefix("Bearer ");
    bare.or_else(|| given.strip_prefix("token ")).unwrap_or("")
}

fn answer(
    shared: &Shared,
    state: &mut State,
    route: &Route,
    line: &RequestLine,
    token: &str,
    now: Offset,
) -> Reply {
    if route.asked == Asked::RateLimit {
        return rate_limit(shared, state);
    }
    if let Some(app) = &mut state.behavior.app {
        match route.asked {
            Asked::Installation => return app.installation(route, &shared.base, &shared.clock),
            Asked::AccessTokens(id) => return app.issue(id, &line.body, &shared.clock, now),
            _ => {}
        }
    }
    let base = state.behavior.link_origin.clone();
    let lag = state.behavior.lag;
    let lag = lag.filter(|(every, _)| line.number.is_multiple_of(*every));
    let snapshot = Snapshot {
        world: &state.world,
        clock: &shared.clock,
        base: base.as_deref().unwrap_or(&shared.base),
        at: lag.map_or(now, |(_, by)| now - by),
    };
    if route.asked == Asked::AppDeliveries {
        return Reply::found(deliveries(&snapshot, line));
    }
    if route.asked == Asked::InstallationRepos {
        let app = state.behavior.app.as_ref();
        let seen = app.and_then(|app| Some((app.owner_of(token)?, app.selection)));
        return seen.map_or_else(
            || {
                Reply::error(
                    403,
                    "You must authenticate with an installation access token",
                )
            },
            |(account, selection)| {
                Reply::found(installation_repos(&snapshot, account, selection, line))
            },
        );
    }
    if let Some(path) = state.world.moved(&line.path) {
        return moved(&shared.base, &path, line);
    }
    let found = (line.method == "GET").then(|| content(&snapshot, route, line));
    found
        .flatten()
        .map_or_else(|| Reply::error(404, "Not Found"), Reply::found)
}

/// GitHub's answer at the old name of a repository.
fn moved(base: &str, path: &str, line: &RequestLine) -> Reply {
    let mut reply = Reply::error(301, "Moved Permanently");
    let to = format!("{base}{path}?{}", line.query);
    reply.headers.push(("location", to));
    reply
}

fn rate_limit(shared: &Shared, state: &State) -> Reply {
    let Some(limit) = state.behavior.limit else {
        return Reply::error(404, "Rate limiting is not enabled.");
    };
    let reset = shared.clock.epoch_seconds(state.reset);
    let used = state.used;
    let core = json!({ "limit": limit, "used": used, "remaining": limit - used, "reset": reset });
    let search = json!({ "limit": 30, "used": 0, "remaining": 30, "reset": reset });
    let body = json!({ "resources": { "core": core, "search": search }, "rate": core });
    Reply::found(body.to_string().into())
}

fn validate(state: &mut State, line: &RequestLine, body: &str) {
    let Some(operation) = description().operation(&line.method, &line.path) else {
        return;
    };
    if !state.behavior.odd_answers && state.wants_validation(&operation.id) {
        state.violations.extend(operation.body_faults(body));
    }
}

/// Adds the `ETag`, and turns into 304 what the client has already. As
/// GitHub's, it depends on the credential.
fn tag(state: &State, headers: &HeaderMap, reply: &mut Reply) {
    if !state.behavior.etags {
        return;
    }
    let mut hasher = DefaultHasher::new();
    let credential = headers.get("authorization").map(HeaderValue::as_bytes);
    (&reply.body, credential).hash(&mut hasher);
    let etag = format!("W/\"{:016x}\"", hasher.finish());
    let known = headers
        .get("if-none-match")
        .and_then(|value| value.to_str().ok());
    if known == Some(&etag) {
        *reply = Reply {
            status: 304,
            headers: Vec::new(),
            body: String::new(),
        };
    }
    reply.headers.push(("etag", etag));
    let caching = "private, max-age=60, s-maxage=60";
    reply.headers.push(("cache-control", caching.to_owned()));
}

/// The headers of every answer.
fn head(shared: &Shared, state: &State, line: &RequestLine, now: Offset, reply: &mut Reply) {
    let dated = Offset(now.0 + state.behavior.date_skew);
    reply.headers.push(("date", shared.clock.http(dated)));
    reply.headers.push(("server", "github.com".to_owned()));
    reply
        .headers
        .push(("x-github-request-id", request_id(line.number)));
    if reply.status != 304 {
        let json = "application/json; charset=utf-8";
        reply.headers.push(("content-type", json.to_owned()));
    }
    if let Some(limit) = state.behavior.limit {
        let reset = shared.clock.epoch_seconds(state.reset);
        reply.headers.extend([
            ("x-ratelimit-limit", limit.to_string()),
            ("x-ratelimit-used", state.used.to_string()),
            ("x-ratelimit-remaining", (limit - state.used).to_string()),
            ("x-ratelimit-reset", reset.to_string()),
            ("x-ratelimit-resource", "core".to_owned()),
        ]);
    }
    reply.headers.extend(state.behavior.headers.iter().cloned());
}
