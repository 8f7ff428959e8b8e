//! A period of contradiction: what it is, how sure, between which bounds.

use std::sync::Arc;

use super::{Job, RunnerKey, Span, TimelineEntry, Timestamp, Window};

/// The sorts of contradiction (`evidence.md` §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    BusyFalse,
    Offline,
    Missing,
    LostRunner,
    BusyWithoutJob,
    DoubleAssignment,
}

impl Kind {
    pub(crate) const ALL: [Self; 6] = [
        Self::BusyFalse,
        Self::Offline,
        Self::Missing,
        Self::LostRunner,
        Self::BusyWithoutJob,
        Self::DoubleAssignment,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::BusyFalse => "busy-false",
            Self::Offline => "offline",
            Self::Missing => "missing",
            Self::LostRunner => "lost-runner",
            Self::BusyWithoutJob => "busy-without-job",
            Self::DoubleAssignment => "double-assignment",
        }
    }
}

/// Class of a busy-false period (`evidence.md` §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Assignment lag: all within the lag limit, never true before.
    Lag,
    /// Everything else.
    Stale,
}

impl Class {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Lag => "lag",
            Self::Stale => "stale",
        }
    }
}

/// True readings of the job around the false ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pattern {
    /// None.
    NeverSet,
    /// None before, some after.
    Late,
    /// Some before, none after.
    Flipped,
    /// Some before and after.
    Flapped,
}

impl Pattern {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NeverSet => "never-set",
            Self::Late => "late",
            Self::Flipped => "flipped",
            Self::Flapped => "flapped",
        }
    }
}

/// What a reading or a period rests on (`evidence.md` §2), weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Certainty {
    Provisional,
    Settled,
    Proven,
}

impl Certainty {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Provisional => "provisional",
            Self::Settled => "settled",
            Self::Proven => "proven",
        }
    }
}

/// Whether the runner still worked at a reading's instant (`evidence.md` §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Liveness {
    Alive,
    Dead,
    Undecided,
}

impl Liveness {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Alive => "alive",
            Self::Dead => "dead",
            Self::Undecided => "undecided",
        }
    }
}

/// Why a period ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndReason {
    Recovered,
    JobCompleted,
    RunnerTerminated,
    RunnerGone,
    Open,
}

impl EndReason {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Recovered => "recovered",
            Self::JobCompleted => "job-completed",
            Self::RunnerTerminated => "runner-terminated",
            Self::RunnerGone => "runner-gone",
            Self::Open => "open",
        }
    }
}

/// Whether the job lost its runner after the desync (`evidence.md` §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Killed {
    Yes,
    Likely,
    No,
    Unknown,
}

impl Killed {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Likely => "likely",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

/// Signs on which [`Killed`] rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum KilledBecause {
    Terminated,
    /// The runner's log says that it was told to shut down.
    Shutdown,
    PostStepsSkipped,
    /// An annotation tells of a runner that was lost or stopped.
    Annotation,
    /// A step began and never ended. Only `scan` says so.
    StepsUnfinished,
    /// The runner's log shows a worker sent to it and no end, although it
    /// goes on or is complete.
    DispatchWithoutFinish,
    JobFailed,
    JobCancelled,
    JobSucceeded,
    PostStepsRan,
}

impl KilledBecause {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Terminated => "terminated",
            Self::Shutdown => "shutdown",
            Self::PostStepsSkipped => "post-steps-skipped",
            Self::Annotation => "annotation",
            Self::StepsUnfinished => "steps-unfinished",
            Self::DispatchWithoutFinish => "dispatch-without-finish",
            Self::JobFailed => "job-failed",
            Self::JobCancelled => "job-cancelled",
            Self::JobSucceeded => "job-succeeded",
            Self::PostStepsRan => "post-steps-ran",
        }
    }
}

/// Bounds of the beginning of a period: it began after the one, where that is
/// known, and by the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Onset {
    pub(crate) after: Option<Timestamp>,
    pub(crate) by: Timestamp,
}

/// Bounds of the end of a period; `by` is `None` while it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) after: Timestamp,
    pub(crate) by: Option<Timestamp>,
    pub(crate) reason: EndReason,
}

/// A runner as last seen, for reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunnerFacts {
    pub(crate) key: RunnerKey,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) group: Option<Arc<str>>,
    pub(crate) labels: Option<Vec<Arc<str>>>,
    pub(crate) os: Option<Arc<str>>,
    pub(crate) version: Option<Arc<str>>,
}

/// A job and its life as far as known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JobFacts {
    pub(crate) job: Job,
    /// Earliest possible start.
    pub(crate) start_min: Option<Timestamp>,
    /// Latest possible start; judging counts from here.
    pub(crate) start_max: Option<Timestamp>,
    /// End of the work, when known; can be earlier than `completed_at`.
    pub(crate) end: Option<Timestamp>,
}

impl JobFacts {
    /// The earliest start that is known of.
    pub(crate) fn start(&self) -> Option<Timestamp> {
        self.start_min.or(self.job.started_at)
    }

    /// The end, once there is one.
    pub(crate) fn end(&self) -> Option<Timestamp> {
        self.end.or(self.job.completed_at)
    }
}

/// One quoted answer: a reading that proves a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proof {
    /// End of the window.
    pub(crate) at: Timestamp,
    pub(crate) window: Window,
    pub(crate) url: Arc<str>,
    pub(crate) status: Option<u16>,
    pub(crate) request_id: Option<Arc<str>>,
    pub(crate) server_date: Option<Timestamp>,
    /// "busy:false, online", "in_progress on 18700", for people.
    pub(crate) said: Arc<str>,
}

/// A runner's claim on its job, as its log shows the last renewal of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) renewed_at: Timestamp,
    pub(crate) valid_till: Option<Timestamp>,
}

/// Two witnesses that disagree on when a job began on its runner
/// (`evidence.md` §1). Nothing is decided by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StartDispute {
    /// By the job's record: the end of its start range that is nearer.
    pub(crate) record: Timestamp,
    /// By the runner's log.
    pub(crate) log: Timestamp,
}

/// What the flag was at one reading, for drawing a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flag {
    /// `busy:true`.
    True,
    /// `busy:false`, online.
    False,
    /// `offline`, whatever the flag.
    Offline,
    /// 404 by id.
    Missing,
}

/// One mark on the lane of a period's runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) at: Timestamp,
    pub(crate) flag: Flag,
}

/// A maximal run of contradicting readings of one runner, kind and job
/// (`evidence.md` §4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) kind: Kind,
    /// Of busy-false only.
    pub(crate) class: Option<Class>,
    /// Of busy-false only.
    pub(crate) pattern: Option<Pattern>,
    pub(crate) certainty: Certainty,
    /// A settled reading, or two sandwiches at least 5 s apart.
    pub(crate) finding: Finding,
    pub(crate) liveness: Liveness,
    pub(crate) runner: RunnerFacts,
    /// None for busy-without-job.
    pub(crate) job: Option<JobFacts>,
    pub(crate) previous_job: Option<JobFacts>,
    pub(crate) first_false_at: Timestamp,
    pub(crate) last_false_at: Timestamp,
    pub(crate) onset: Onset,
    pub(crate) end: End,
    /// From proof to proof; at least 0.
    pub(crate) observed: Span,
    /// From agreement to agreement; `None` while open, or with no bound of
    /// its beginning.
    pub(crate) at_most: Option<Span>,
    /// `first_false_at − start_max`.
    pub(crate) job_age: Option<Span>,
    pub(crate) readings: u64,
    /// Between neighboring contradicting readings; `None` with one reading.
    pub(crate) longest_gap: Option<Span>,
    pub(crate) killed: Killed,
    pub(crate) killed_because: Vec<KilledBecause>,
    /// The last renewal before the last contradicting reading; only runners'
    /// logs show it.
    pub(crate) lease: Option<Lease>,
    pub(crate) start_disputed: Option<StartDispute>,
    pub(crate) proof: Vec<Proof>,
    /// The runner's readings in and around this job, oldest first.
    pub(crate) marks: Arc<[Mark]>,
    /// What other witnesses tell of the runner in and around this job, oldest
    /// first.
    pub(crate) events: Vec<TimelineEntry>,
}

impl Period {
    /// Whether the job lost its runner afterwards, surely or likely.
    pub(crate) const fn is_killed(&self) -> bool {
        match self.killed {
            Killed::Yes | Killed::Likely => true,
            Killed::No | Killed::Unknown => false,
        }
    }
}

/// Whether a period may be claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finding {
    Yes,
    /// A candidate: never claimed, and a stale one makes the report
    /// inconclusive.
    NotYet,
}
