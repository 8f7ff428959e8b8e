//! What a refusal means: statuses 4xx → [`PollError`] (`github-api.md` §6,
//! §9). Pure.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::head;
use crate::model::{Rate, Timestamp};
use crate::poll::PollError;

/// Longest piece of a server's message or header that is passed on.
const MESSAGE_CHARS: usize = 300;

/// An answer that is no 200, 304 or redirect.
pub(super) struct Refusal<'a> {
    pub(super) status: StatusCode,
    pub(super) headers: &'a HeaderMap,
    pub(super) rate: Option<Rate>,
    /// The body, if it is JSON by content type and by content.
    pub(super) body: Option<&'a Value>,
}

impl Refusal<'_> {
    pub(super) fn error(&self) -> PollError {
        // Known without a body: repeating either does harm.
        if self.status == StatusCode::UNAUTHORIZED {
            return PollError::Unauthorized(self.detail());
        }
        if self.is_limit() {
            return self.limited();
        }
        if !self.status.is_client_error() || self.status == StatusCode::REQUEST_TIMEOUT {
            return PollError::NotAnAnswer(self.line());
        }
        if self.body.is_none() {
            return PollError::NotAnAnswer(format!("{} without JSON", self.line()));
        }
        match self.status {
            StatusCode::FORBIDDEN => PollError::Forbidden {
                detail: self.detail(),
                permission: self.permission(),
            },
            StatusCode::NOT_FOUND => PollError::NotFound(self.detail()),
            _ => PollError::Rejected(self.detail()),
        }
    }

    /// 429 always; 403 by the first sign that applies. "Resource not
    /// accessible" is a permission even when it used up the last request.
    fn is_limit(&self) -> bool {
        match self.status {
            StatusCode::TOO_MANY_REQUESTS => true,
            StatusCode::FORBIDDEN => {
                head::retry_after(self.headers).is_some()
                    || (!self.names_permission() && (self.used_up() || self.names_limit()))
            }
            _ => false,
        }
    }

    fn limited(&self) -> PollError {
        PollError::Limited {
            detail: self.detail(),
            retry_after: head::retry_after(self.headers),
            reset: self.reset(),
        }
    }

    fn used_up(&self) -> bool {
        self.rate.is_some_and(|rate| rate.remaining == Some(0))
    }

    fn reset(&self) -> Option<Timestamp> {
        let rate = self.rate.filter(|rate| rate.remaining == Some(0))?;
        rate.reset
    }

    /// A secondary limit often has no header (`github-api.md` §6).
    fn names_limit(&self) -> bool {
        let message = self.message().to_ascii_lowercase();
        let signs = ["secondary rate", "rate limit exceeded", "abuse"];
        signs.iter().any(|sign| message.contains(sign))
    }

    fn names_permission(&self) -> bool {
        let message = self.message().to_ascii_lowercase();
        message.contains("resource not accessible")
    }

    fn message(&self) -> &str {
        let message = self.body.and_then(|body| body.get("message")?.as_str());
        message.unwrap_or("")
    }

    /// What GitHub says the request needs.
    fn permission(&self) -> Option<String> {
        head::text(self.headers, "x-accepted-github-permissions")
            .or_else(|| head::text(self.headers, "x-accepted-oauth-scopes"))
            .map(|text| short(text).collect())
    }

    fn line(&self) -> String {
        status_line(self.status, self.headers)
    }

    /// Status, request id, the server's message, and for a refused access
    /// what the credential has and needs.
    fn detail(&self) -> String {
        let mut detail = self.line();
        if !self.message().is_empty() {
            detail.push_str(": ");
            detail.extend(short(self.message()));
        }
        // The rest of this header is a link with a request of its own.
        if head::text(self.headers, "x-github-sso").is_some() {
            detail.push_str("; the token must be authorized for single sign-on (x-github-sso)");
        }
        for name in self.access_headers() {
            if let Some(value) = head::text(self.headers, name) {
                detail.push_str("; ");
                detail.push_str(name);
                detail.push_str(": ");
                detail.extend(short(value));
            }
        }
        detail
    }

    fn access_headers(&self) -> &'static [&'static str] {
        match self.status {
            StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => &[
                "x-accepted-github-permissions",
                "x-accepted-oauth-scopes",
                "x-oauth-scopes",
            ],
            _ => &[],
        }
    }
}

fn short(text: &str) -> impl Iterator<Item = char> {
    text.chars().take(MESSAGE_CHARS)
}

/// `502 Bad Gateway (request ABCD:1)`.
pub(super) fn status_line(status: StatusCode, headers: &HeaderMap) -> String {
    match head::text(headers, "x-github-request-id") {
        Some(id) => format!("{status} (request {id})"),
        None => status.to_string(),
    }
}
