//! Answers that are none, and requests as rules and logs see them.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::reply::Reply;
use super::route::Asked;
use crate::support::time::Offset;

/// What goes wrong with one request.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// That status with these headers and this JSON body.
    Status(u16, Vec<(&'static str, String)>, String),
    /// The connection is reset instead of an answer.
    Reset,
    /// A page for humans, said to be 200 and JSON.
    Html200,
    /// 200 and a complete body that is the first half of the JSON.
    TruncatedJson,
    /// 200, and the connection ends in the middle of the announced body.
    CutBody,
    /// 200 without a body.
    EmptyBody,
    /// The right answer, that much later.
    Slow(Duration),
    /// The right body as `text/plain`.
    WrongContentType,
    /// Never an answer.
    Hang,
    /// 200 and JSON by its headers, with these bytes.
    Bytes(Vec<u8>),
    /// The right answer, changed.
    Changed(Change),
}

/// What is done to a right answer.
#[derive(Clone)]
pub(crate) struct Change(Arc<dyn Fn(&mut Reply) + Send + Sync>);

impl Change {
    pub(super) fn make(&self, reply: &mut Reply) {
        (self.0)(reply);
    }
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Change")
    }
}

impl Fault {
    /// The right answer, changed somehow.
    pub(crate) fn changed(change: impl Fn(&mut Reply) + Send + Sync + 'static) -> Self {
        Self::Changed(Change(Arc::new(change)))
    }

    /// The right answer with its JSON changed.
    pub(crate) fn json(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::changed(move |reply| {
            // A 304 has none.
            if reply.body.is_empty() {
                return;
            }
            let mut body = serde_json::from_str(&reply.body).expect("the fake's answers are JSON");
            change(&mut body);
            reply.body = body.to_string();
        })
    }

    /// A list of jobs that is whole and empty.
    pub(crate) fn no_jobs() -> Self {
        Self::json(|body| {
            body["total_count"] = 0.into();
            body["jobs"] = Value::Array(Vec::new());
        })
    }

    /// The right answer with every item of its list changed, or its object.
    pub(crate) fn items(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::json(move |body| match list_in(body) {
            Some(items) => items.iter_mut().for_each(&change),
            None => change(body),
        })
    }

    /// The right answer with that header instead of its own; without it when
    /// there is no value.
    pub(crate) fn header(name: &'static str, value: Option<&str>) -> Self {
        let value = value.map(str::to_owned);
        Self::changed(move |reply| {
            reply.drop_header(name);
            let header = value.clone().map(|value| (name, value));
            reply.headers.extend(header);
        })
    }

    /// A status with GitHub's usual body.
    pub(crate) fn status(status: u16, message: &str) -> Self {
        Self::Status(status, Vec::new(), error_body(message, status))
    }

    /// The primary rate limit, until `reset` (seconds since the epoch).
    pub(crate) fn rate_limited(reset: i64) -> Self {
        let headers = vec![
            ("x-ratelimit-remaining", "0".to_owned()),
            ("x-ratelimit-reset", reset.to_string()),
        ];
        Self::Status(
            403,
            headers,
            error_body("API rate limit exceeded for user ID 1.", 403),
        )
    }

    /// The secondary rate limit; it often comes without `retry-after`.
    pub(crate) fn secondary_limit(retry_after: Option<u64>) -> Self {
        let headers = retry_after.map(|seconds| ("retry-after", seconds.to_string()));
        let message = "You have exceeded a secondary rate limit. Please wait a few minutes \
                       before you try again.";
        Self::Status(403, headers.into_iter().collect(), error_body(message, 403))
    }

    /// A missing permission, as `x-accepted-github-permissions` names it.
    pub(crate) fn forbidden(permission: &str) -> Self {
        let headers = vec![("x-accepted-github-permissions", permission.to_owned())];
        let message = "Resource not accessible by personal access token";
        Self::Status(403, headers, error_body(message, 403))
    }
}

/// The items of a page.
pub(crate) fn list_in(body: &mut Value) -> Option<&mut Vec<Value>> {
    let lists = ["runners", "workflow_runs", "jobs"];
    let list = lists.into_iter().find(|key| body[*key].is_array())?;
    body[list].as_array_mut()
}

/// GitHub's body of an error.
pub(crate) fn error_body(message: &str, status: u16) -> String {
    serde_json::json!({
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": status.to_string(),
    })
    .to_string()
}

/// A request as rules for faults see it.
#[derive(Debug, Clone)]
pub(crate) struct RequestLine {
    /// The first request is 1.
    pub(crate) number: usize,
    pub(crate) method: String,
    pub(crate) path: String,
    /// Without `?`.
    pub(crate) query: String,
    pub(crate) asked: Asked,
    pub(crate) conditional: bool,
    /// JSON sent with it.
    pub(crate) body: Value,
    /// When it arrived.
    pub(crate) at: Offset,
}

impl RequestLine {
    /// A query parameter.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        let mut pairs = self
            .query
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

/// A request that was served, or was being served when the client left.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    pub(crate) line: RequestLine,
    pub(crate) authorized: bool,
    /// `None`: no answer, by reset, hang or the client's leaving.
    pub(crate) status: Option<u16>,
    /// The instant whose world the answer shows.
    pub(crate) instant: Option<Offset>,
    pub(crate) answered: Option<Offset>,
    /// `x-github-request-id` of the answer.
    pub(crate) request_id: String,
    /// All headers of the request but `authorization`.
    pub(crate) headers: Vec<(String, String)>,
}

impl Served {
    /// A header of the request.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Decides about one request.
pub(crate) type FaultRule = Arc<dyn Fn(&RequestLine) -> Option<Fault> + Send + Sync>;
