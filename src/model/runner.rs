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
    /// The machine's id at its provider, where the file gives one instead of
    /// a name: the runner's name ends with it (`evidence.md` §1).
    pub(crate) instance: Option<Arc<str>>,
    pub(crate) said: Sighting,
    /// What the file calls its source, such as `poller`.
    pub(crate) source: Option<Arc<str>>,
}

/// What happened to a runner or on it, by a source other than the two
/// endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum RunnerEventKind {
    /// The machine was taken down.
    Terminated,
    /// The registration was deleted.
    Deregistered,
    /// The runner's log says that it was told to shut down.
    Shutdown,
    /// The lease on its job was renewed.
    LeaseRenewed,
    /// A request to the broker failed. Context, never a cause.
    BrokerError,
    SelfUpdate,
    /// What the runner was to tell GitHub from then on, as its detail says: `Busy`
    /// or `Online`.
    JobState,
    /// The listener took a job over.
    JobReceived,
    /// A worker was started for it.
    JobStarted,
    /// The runner reported it finished.
    JobFinished,
}

impl RunnerEventKind {
    pub(crate) const ALL: [Self; 10] = [
        Self::Terminated,
        Self::Deregistered,
        Self::Shutdown,
        Self::LeaseRenewed,
        Self::BrokerError,
        Self::SelfUpdate,
        Self::JobState,
        Self::JobReceived,
        Self::JobStarted,
        Self::JobFinished,
    ];

    /// The word used in reports, recordings and JSON.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Terminated => "terminated",
            Self::Deregistered => "deregistered",
            Self::Shutdown => "shutdown",
            Self::LeaseRenewed => "lease-renewed",
            Self::BrokerError => "broker-error",
            Self::SelfUpdate => "self-update",
            Self::JobState => "job-state",
            Self::JobReceived => "job-received",
            Self::JobStarted => "job-started",
            Self::JobFinished => "job-finished",
        }
    }
}

/// An imported event about a runner.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct RunnerEvent {
    /// By the clock of its source.
    pub(crate) at: Timestamp,
    /// Its place among the events of its log: those of one second keep the
    /// order of their lines. 0 of an event by itself.
    pub(crate) place: u32,
    pub(crate) key: super::RunnerKey,
    /// What its source calls the runner; the log of a runner says it itself.
    pub(crate) name: Option<Arc<str>>,
    pub(crate) kind: RunnerEventKind,
    /// Of a termination: the machine was taken for one that serves no runner.
    pub(crate) orphan: bool,
    pub(crate) source: Option<Arc<str>>,
    /// The job it is about, where a runner's log names one.
    pub(crate) job: Option<Arc<super::LoggedJob>>,
    /// End of a renewed lease, by GitHub's clock.
    pub(crate) valid_till: Option<Timestamp>,
    /// More for people, such as a result or a status. Untrusted text.
    pub(crate) detail: Option<Arc<str>>,
}

impl RunnerEvent {
    /// An event of which only the kind is known.
    pub(crate) fn plain(
        at: Timestamp,
        key: super::RunnerKey,
        kind: RunnerEventKind,
        source: Option<Arc<str>>,
    ) -> Self {
        Self {
            at,
            place: 0,
            key,
            name: None,
            kind,
            orphan: false,
            source,
            job: None,
            valid_till: None,
            detail: None,
        }
    }
}
