//! What `doctor` found out about a target and the credential for it.

use std::sync::Arc;

use super::{Span, Target, Timestamp};

/// Everything that was found out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Checkup {
    pub(crate) credentials: Vec<CredentialSeen>,
    pub(crate) tried: Vec<Tried>,
    pub(crate) limit: LimitSeen,
    /// `None` when no answer had a `Date`.
    pub(crate) clock: Option<ClockBounds>,
    pub(crate) etags: EtagsSeen,
    /// The highest `Age`: something on the way answers in place of GitHub.
    pub(crate) age: Option<u64>,
    pub(crate) asked: Asked,
    /// `None` when the size of the fleet could not be read.
    pub(crate) outlook: Option<Outlook>,
}

/// What the checkup itself asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Asked {
    pub(crate) total: u64,
    /// To the hourly limit.
    pub(crate) charged: u64,
}

/// What a checkup comes to; the later one is the worse news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Health {
    /// A watch of the target can read everything.
    Ready,
    /// Something failed that may pass, or is not a matter of access.
    Failing,
    /// The credential does not open something.
    NoAccess,
}

impl Health {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Failing => "failing",
            Self::NoAccess => "no-access",
        }
    }
}

impl Checkup {
    pub(crate) fn health(&self) -> Health {
        let needed = self.tried.iter().filter(|tried| tried.need == Need::Needed);
        let health = needed.map(|tried| tried.opened.health());
        health.max().unwrap_or(Health::Failing)
    }

    /// Whether repositories of those looked into do not open: a watch goes on
    /// without them.
    pub(crate) fn lacks_samples(&self) -> bool {
        let mut tried = self.tried.iter();
        tried.any(|it| it.need == Need::Sample && it.opened.health() != Health::Ready)
    }

    /// The first read that stands for the health.
    pub(crate) fn worst(&self) -> Option<&Tried> {
        let health = self.health();
        let mut needed = self.tried.iter().filter(|tried| tried.need == Need::Needed);
        needed.find(|tried| tried.opened.health() == health)
    }
}

/// A credential as answers show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CredentialSeen {
    /// Where it is from: `GH_TOKEN`, `token file x`.
    pub(crate) source: Arc<str>,
    pub(crate) opens: Opens,
    /// `x-oauth-scopes`: only classic tokens have any.
    pub(crate) scopes: Option<Vec<Arc<str>>>,
    pub(crate) expires: Option<Timestamp>,
}

/// What a credential is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opens {
    Everything,
    Jobs,
    Runners,
}

impl Opens {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Jobs => "jobs",
            Self::Runners => "runners",
        }
    }
}

/// One read that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tried {
    pub(crate) target: Target,
    pub(crate) need: Need,
    pub(crate) opened: Opened,
    /// What the answer held: runners, repositories, open runs, jobs.
    pub(crate) found: Option<u64>,
    /// The permission that GitHub says the read takes, if it was refused.
    pub(crate) permission: Option<Arc<str>>,
    /// Of a failure, for people.
    pub(crate) detail: Option<Arc<str>>,
    pub(crate) hint: Option<Arc<str>>,
    pub(crate) request_id: Option<Arc<str>>,
    pub(crate) took: Span,
}

/// Whether a watch can do without a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Needed,
    /// Of one repository among many that were only listed.
    Sample,
}

/// Whether a read was answered, and what kept it from that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opened {
    Yes,
    MissingPermission,
    SingleSignOn,
    Rejected,
    /// There is no such thing, or it is hidden.
    NotFound,
    Limited,
    Unreachable,
    /// An answer that is none.
    Failed,
}

impl Opened {
    /// The word used in JSON.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "ok",
            Self::MissingPermission => "missing-permission",
            Self::SingleSignOn => "single-sign-on",
            Self::Rejected => "credential-rejected",
            Self::NotFound => "not-found",
            Self::Limited => "rate-limited",
            Self::Unreachable => "unreachable",
            Self::Failed => "failed",
        }
    }

    const fn health(self) -> Health {
        match self {
            Self::Yes => Health::Ready,
            Self::MissingPermission | Self::SingleSignOn | Self::Rejected | Self::NotFound => {
                Health::NoAccess
            }
            Self::Limited | Self::Unreachable | Self::Failed => Health::Failing,
        }
    }
}

/// The hourly limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LimitSeen {
    Unknown,
    /// This server has none.
    None,
    Limited(Spending),
}

/// What is left of the hour's requests, and who spends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spending {
    pub(crate) limit: Option<u64>,
    pub(crate) remaining: Option<u64>,
    pub(crate) used: Option<u64>,
    pub(crate) reset: Option<Timestamp>,
    /// Requests charged during the checkup that were not its own; `None`
    /// when that cannot be said, as when the hour ended meanwhile.
    pub(crate) by_others: Option<u64>,
    /// Length of the checkup.
    pub(crate) over: Span,
}

/// Bounds of how far the local clock is ahead of GitHub's; negative is behind
/// (`evidence.md` §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClockBounds {
    pub(crate) low: Span,
    pub(crate) high: Span,
}

/// What became of asking whether a list had changed; the later one says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EtagsSeen {
    /// No list was read.
    Unknown,
    /// The list changed each time.
    Changed,
    /// Answers have none.
    Absent,
    /// The same answer came again, whole.
    Ignored,
    Work,
}

impl EtagsSeen {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Changed => "changed",
            Self::Absent => "absent",
            Self::Ignored => "ignored",
            Self::Work => "work",
        }
    }
}

/// Charged requests of a cycle, foretold. Each contradiction costs three more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Price {
    /// Of the first cycle, which knows nothing yet.
    pub(crate) first: u64,
    /// Of a later one when no list has changed,
    pub(crate) unchanged: u64,
    /// and when every list in use has.
    pub(crate) changed: u64,
}

/// What a watch of the target would cost, and would find.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Outlook {
    pub(crate) price: Price,
    /// Repositories whose runs were counted, and all: the price is estimated
    /// when they differ.
    pub(crate) counted: u64,
    pub(crate) repos: u64,
    /// Share of the hourly limit, and what it comes to; `None` without a
    /// limit.
    pub(crate) budget: f64,
    pub(crate) per_hour: Option<u64>,
    /// As asked for.
    pub(crate) interval: Span,
    /// The shortest that is not below it and keeps the budget.
    pub(crate) fitting: Span,
    /// A desync at least this long would be found.
    pub(crate) would_detect: Span,
    /// A job in a repository without others is found this much later at most.
    pub(crate) found_within: Span,
    /// With a webhook that tells of jobs: one of which a delivery arrives is
    /// found this much later at most.
    pub(crate) told_within: Option<Span>,
}
