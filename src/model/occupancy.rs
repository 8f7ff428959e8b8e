//! What `busy` answers about one runner.

use super::{Job, Proof, RunnerFacts, Span, Timestamp, UnknownReason};

/// Whether a runner is busy; the later one is the worse news for whoever
/// wants to take it down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    /// And was over the whole lag limit.
    Idle,
    /// Treat as busy.
    CannotTell,
    /// Whatever its flag says.
    Busy,
}

impl Answer {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::CannotTell => "cannot-tell",
            Self::Busy => "busy",
        }
    }
}

/// Why: a closed list, in the order of the decision table of
/// `detect/occupancy.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Because {
    /// No list shows it, or GET by id answered 404.
    NotFound,
    /// Several runners bear the name or the id, or an unfinished job names
    /// the id with another name, or the name with another id.
    Ambiguous,
    Offline,
    JobRunning,
    FlagSet,
    /// A job on it has a record that contradicts itself.
    MixedJob,
    /// Its last reading says nothing usable, or there is none.
    Unread(UnknownReason),
    /// Not read as idle over the whole lag limit yet; so much is missing.
    TooShort {
        left: Span,
    },
    /// Not every job was read completely after the last reading of it.
    JobsUnread,
    /// A queued job fits its labels.
    JobQueued,
    /// A job in progress without a runner fits its labels.
    JobUnplaced,
    Idle,
}

impl Because {
    pub(crate) const fn answer(self) -> Answer {
        match self {
            Self::JobRunning | Self::FlagSet => Answer::Busy,
            Self::Idle => Answer::Idle,
            Self::NotFound
            | Self::Ambiguous
            | Self::Offline
            | Self::MixedJob
            | Self::Unread(_)
            | Self::TooShort { .. }
            | Self::JobsUnread
            | Self::JobQueued
            | Self::JobUnplaced => Answer::CannotTell,
        }
    }

    /// The word used in JSON.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Ambiguous => "ambiguous",
            Self::Offline => "offline",
            Self::JobRunning => "job-running",
            Self::FlagSet => "flag-set",
            Self::MixedJob => "mixed-job",
            Self::Unread(_) => "unread",
            Self::TooShort { .. } => "too-short",
            Self::JobsUnread => "jobs-unread",
            Self::JobQueued => "job-queued",
            Self::JobUnplaced => "job-unplaced",
            Self::Idle => "idle-over-lag-limit",
        }
    }
}

/// What was concluded about one runner.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Occupancy {
    pub(crate) because: Because,
    /// `None` when it is not known which runner is meant.
    pub(crate) runner: Option<RunnerFacts>,
    /// What its last reading said.
    pub(crate) flag: Option<FlagRead>,
    /// The job that decides.
    pub(crate) job: Option<Box<Job>>,
    /// When a sandwich of this run proved that its flag denies the job.
    pub(crate) proven_at: Option<Timestamp>,
    /// The answers of that sandwich.
    pub(crate) proof: Vec<Proof>,
    /// How long it has been read as idle.
    pub(crate) quiet: Option<Quiet>,
    /// When the last reading of jobs began, if it was complete: an answer holds
    /// for this instant.
    pub(crate) as_of: Option<Timestamp>,
}

impl Occupancy {
    /// An answer about a runner that is not known.
    pub(crate) const fn of_nobody(because: Because) -> Self {
        Self {
            because,
            runner: None,
            flag: None,
            job: None,
            proven_at: None,
            proof: Vec::new(),
            quiet: None,
            as_of: None,
        }
    }

    pub(crate) const fn answer(&self) -> Answer {
        self.because.answer()
    }
}

/// Flag and online status of one reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FlagRead {
    pub(crate) at: Timestamp,
    pub(crate) busy: bool,
    pub(crate) online: bool,
}

/// An unbroken series of readings that all said online and `busy:false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quiet {
    /// When the first was complete and the last was sent.
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) readings: u64,
    /// Those among them that a recording holds.
    pub(crate) recorded: u64,
    /// What is sure of the time between, clocks considered.
    pub(crate) sure: Span,
}
