//! The seam between polling and GitHub: one request in, one reply out.
//!
//! A source makes exactly one attempt. Retrying, waiting, following pages and
//! recording are the poller's, so that no attempt is ever invisible.

use std::sync::Arc;

use crate::model::{Rate, Said, Span, Target, Timestamp, UnknownReason};

/// Whatever answers requests: GitHub over HTTP, the demo's script, a test.
pub(crate) trait Source {
    /// One attempt at one request. It ends by itself: the source has its own
    /// timeout.
    fn ask(&self, request: &Request) -> impl Future<Output = Reply>;
}

/// One read to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) target: Target,
    /// The `next` URL of the page before; `None` for a first page and for
    /// single objects. Always on the origin of the API.
    pub(crate) next: Option<Arc<str>>,
    /// Page size of lists, at most 100.
    pub(crate) per_page: u32,
    /// Sent as `If-None-Match`, with quotes and `W/` as received.
    pub(crate) etag: Option<Arc<str>>,
}

/// What came back from one attempt.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) head: Head,
    /// Never [`Said::Failed`] inside `Ok`.
    pub(crate) said: Result<Said, PollError>,
    /// `Link: rel="next"`, only if scheme, host and port are the API's own.
    pub(crate) next: Option<Arc<str>>,
    /// The body as received, of reads by id only: proof for a ticket.
    pub(crate) raw: Option<Arc<str>>,
    /// What the attempt cost in requests: more than one where redirects were
    /// followed, none where there was no token to send one with.
    pub(crate) requests: u32,
}

/// Headers that are evidence.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head {
    pub(crate) url: Arc<str>,
    /// `None` when no answer came.
    pub(crate) status: Option<u16>,
    pub(crate) date: Option<Timestamp>,
    pub(crate) request_id: Option<Arc<str>>,
    pub(crate) etag: Option<Arc<str>>,
    pub(crate) age: Option<u64>,
    pub(crate) rate: Option<Rate>,
    /// `retry-after`, clamped to a day.
    pub(crate) retry_after: Option<Span>,
    pub(crate) access: Access,
}

/// What an answer says about the credential. Never recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Access {
    /// `x-oauth-scopes`: what a classic token has. Other credentials have no
    /// such header.
    pub(crate) scopes: Option<Vec<Arc<str>>>,
    /// What the request takes: `x-accepted-github-permissions`, else
    /// `x-accepted-oauth-scopes`.
    pub(crate) accepted: Option<Arc<str>>,
    /// `github-authentication-token-expiration`.
    pub(crate) expires: Option<Timestamp>,
    /// `x-github-sso: required`.
    pub(crate) sso_required: bool,
}

/// Why an attempt gave nothing usable, by what can be done about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PollError {
    /// DNS, connection, TLS, reset, time-out: no answer at all.
    #[error("{0}")]
    NoAnswer(String),
    /// 5xx, HTML, an empty or cut body, a wrong content type, even with 200.
    #[error("{0}")]
    NotAnAnswer(String),
    /// 503 that says when to come back.
    #[error("{detail}")]
    Unavailable {
        detail: String,
        /// `retry-after`, clamped to a day.
        retry_after: Span,
    },
    /// A 200 about one runner, run or job that says nothing usable about it.
    #[error("{0}")]
    Undecodable(String),
    /// 403 or 429 for a rate limit.
    #[error("{detail}")]
    Limited {
        detail: String,
        /// `retry-after`, clamped to a day.
        retry_after: Option<Span>,
        /// `x-ratelimit-reset` when `x-ratelimit-remaining` is 0.
        reset: Option<Timestamp>,
    },
    /// 401.
    #[error("{0}")]
    Unauthorized(String),
    /// 401 to a token so fresh that not every server knows it, or to one that
    /// will be replaced: asking again in a second can help.
    #[error("{0}")]
    Renewing(String),
    /// 403 for a missing permission or SSO. `permission` is what GitHub says
    /// the request needs (`x-accepted-github-permissions` or
    /// `x-accepted-oauth-scopes`).
    #[error("{detail}")]
    Forbidden {
        detail: String,
        permission: Option<String>,
    },
    /// 404 of a list: gone, or no access.
    #[error("{0}")]
    NotFound(String),
    /// 400, 422 and the like: our bug, or a feature this server lacks.
    #[error("{0}")]
    Rejected(String),
    /// Never asked: GitHub is down, or a limit lasts too long.
    #[error("not asked: {why}")]
    Withheld { why: String, reason: UnknownReason },
}

impl Reply {
    /// Redirects that were followed, each a request of its own.
    pub(crate) fn redirects(&self) -> u32 {
        self.requests.saturating_sub(1)
    }
}

impl PollError {
    /// The reason under which the reading is counted as unknown.
    pub(crate) fn reason(&self) -> UnknownReason {
        match self {
            Self::Limited { .. } => UnknownReason::RateLimited,
            Self::Withheld { reason, .. } => *reason,
            Self::Undecodable(_) => UnknownReason::Undecodable,
            Self::NoAnswer(_)
            | Self::NotAnAnswer(_)
            | Self::Unavailable { .. }
            | Self::Unauthorized(_)
            | Self::Renewing(_)
            | Self::Forbidden { .. }
            | Self::NotFound(_)
            | Self::Rejected(_) => UnknownReason::HttpError,
        }
    }

    /// Whether asking again can help, after a limit or soon.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::NoAnswer(_)
            | Self::NotAnAnswer(_)
            | Self::Unavailable { .. }
            | Self::Undecodable(_)
            | Self::Limited { .. } => true,
            Self::Unauthorized(_)
            | Self::Renewing(_)
            | Self::Forbidden { .. }
            | Self::NotFound(_)
            | Self::Rejected(_)
            | Self::Withheld { .. } => false,
        }
    }

    /// The same, worded otherwise.
    pub(crate) fn reworded(self, change: impl Fn(String) -> String) -> Self {
        match self {
            Self::NoAnswer(text) => Self::NoAnswer(change(text)),
            Self::NotAnAnswer(text) => Self::NotAnAnswer(change(text)),
            Self::Undecodable(text) => Self::Undecodable(change(text)),
            Self::Limited {
                detail,
                retry_after,
                reset,
            } => Self::Limited {
                detail: change(detail),
                retry_after,
                reset,
            },
            Self::Unauthorized(text) => Self::Unauthorized(change(text)),
            Self::Renewing(text) => Self::Renewing(change(text)),
            Self::Forbidden { detail, permission } => Self::Forbidden {
                detail: change(detail),
                permission,
            },
            Self::NotFound(text) => Self::NotFound(change(text)),
            Self::Rejected(text) => Self::Rejected(change(text)),
            Self::Unavailable {
                detail,
                retry_after,
            } => Self::Unavailable {
                detail: change(detail),
                retry_after,
            },
            Self::Withheld { why, reason } => Self::Withheld {
                why: change(why),
                reason,
            },
        }
    }
}
