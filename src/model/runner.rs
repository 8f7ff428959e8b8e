//! A runner as one answer of the runners endpoints describes it.

use std::sync::Arc;

use super::{RunnerId, Timestamp};

/// `status` of a runner. GitHub declares no closed list of values, so an
/// unknown one is kept and never judged (`github-api.md` §1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum OnlineStatus {
    Online,
    Offline,
    Other(Arc<str>),
}

impl OnlineStatus {
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "online" => Self::Online,
            "offline" => Self::Offline,
            other => Self::Other(other.into()),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
            Self::Other(text) => text,
        }
    }
}

/// One runner in one answer. Optional fields were absent or null there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Runner {
    pub(crate) id: RunnerId,
    /// Untrusted text; absent in imported readings that do not state it.
    pub(crate) name: Option<Arc<str>>,
    pub(crate) os: Option<Arc<str>>,
    pub(crate) status: OnlineStatus,
    /// The busy flag, the subject of this program.
    pub(crate) busy: bool,
    pub(crate) labels: Option<Vec<Arc<str>>>,
    pub(crate) group_id: Option<u64>,
    pub(crate) version: Option<Arc<str>>,
}

/// What a poller of somebody else's read about a runner, or a 404.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sighting {
    Seen(Runner),
    /// GET by id answered 404.
    Missing,
}

/// A runner reading from an imported file: one time `at`, no window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImportedReading {
    pub(crate) at: Timestamp,
    pub(crate) key: super::RunnerKey,
    /// The name the file gives, also when the runner was missing.
    pub(crate) name: Option<Arc<str>>,
    pub(crate) said: Sighting,
    /// What the file calls its source, such as `poller`.
    pub(crate) source: Option<Arc<str>>,
}

/// What somebody did to a runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RunnerEventKind {
    /// The machine was taken down.
    Terminated,
    /// The registration was deleted.
    Deregistered,
}

/// An imported event about a runner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunnerEvent {
    pub(crate) at: Timestamp,
    pub(crate) key: super::RunnerKey,
    pub(crate) kind: RunnerEventKind,
    pub(crate) source: Option<Arc<str>>,
}
