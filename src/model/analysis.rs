//! What the detector concludes: the input of every report format.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    Host, Job, Rules, RunnerEventKind, RunnerKey, Scope, Span, Timestamp, UnknownReason, Window,
};

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
    PostStepsSkipped,
    JobFailed,
    JobCancelled,
    JobSucceeded,
    PostStepsRan,
}

impl KilledBecause {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Terminated => "terminated",
            Self::PostStepsSkipped => "post-steps-skipped",
            Self::JobFailed => "job-failed",
            Self::JobCancelled => "job-cancelled",
            Self::JobSucceeded => "job-succeeded",
            Self::PostStepsRan => "post-steps-ran",
        }
    }
}

/// Bounds of the beginning of a period: it began after the one and by the
/// other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Onset {
    pub(crate) after: Timestamp,
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
    /// From agreement to agreement; `None` while open.
    pub(crate) at_most: Option<Span>,
    /// `first_false_at − start_max`.
    pub(crate) job_age: Option<Span>,
    pub(crate) readings: u64,
    /// Between neighboring contradicting readings; `None` with one reading.
    pub(crate) longest_gap: Option<Span>,
    pub(crate) killed: Killed,
    pub(crate) killed_because: Vec<KilledBecause>,
    pub(crate) proof: Vec<Proof>,
    /// The runner's readings in and around this job, oldest first.
    pub(crate) marks: Vec<Mark>,
}

/// Whether a period may be claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finding {
    Yes,
    /// A candidate: never claimed, and a stale one makes the report
    /// inconclusive.
    NotYet,
}

/// What was read, and what became of it (`evidence.md` §7).
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Coverage {
    pub(crate) cycles: u64,
    pub(crate) complete_cycles: u64,
    /// Usable readings over expected ones; `None` without cycles.
    pub(crate) ratio: Option<f64>,
    /// Longest spacing of usable readings of a judged runner.
    pub(crate) longest_gap: Option<Span>,
    /// Every desync at least this long, inside the sure life of a discovered
    /// job, would have been found; `None` where it cannot be said.
    pub(crate) would_detect: Option<Span>,
    pub(crate) jobs_judged: u64,
    pub(crate) readings: ReadingCounts,
    /// Only reasons that occurred.
    pub(crate) unknown_reasons: BTreeMap<UnknownReason, u64>,
    pub(crate) sandwiches: SandwichCounts,
    pub(crate) gaps: Vec<CoverageGap>,
    pub(crate) unreadable: Vec<Arc<str>>,
    /// Runners judged.
    pub(crate) runners: u64,
    /// Running jobs on self-hosted runners that are not among those watched.
    pub(crate) jobs_elsewhere: u64,
    /// Runs that only the unfiltered list showed.
    pub(crate) only_unfiltered: u64,
}

/// Every reading is counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ReadingCounts {
    pub(crate) agree: u64,
    /// 304s that agree; apart, as a 304 is an old body.
    pub(crate) agree_unchanged: u64,
    pub(crate) desync: u64,
    pub(crate) unknown: u64,
    pub(crate) jobs_late: u64,
}

/// Sandwiches by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SandwichCounts {
    /// For candidates; held + failed.
    pub(crate) tried: u64,
    pub(crate) held: u64,
    pub(crate) failed: u64,
    /// Negative controls, not among `tried`.
    pub(crate) controls: u64,
}

/// A gap placed in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CoverageGap {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) target: Arc<str>,
    pub(crate) reason: UnknownReason,
}

/// Distribution of assignment lag over all judged jobs (`evidence.md` §4):
/// upper ends, by nearest rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Lag {
    pub(crate) jobs: u64,
    pub(crate) p50: Option<Span>,
    pub(crate) p95: Option<Span>,
    /// Not from fewer than 100 jobs.
    pub(crate) p99: Option<Span>,
    pub(crate) max: Option<Span>,
    /// Jobs whose flag was never read true: known as "at least".
    pub(crate) censored: u64,
    /// `p99` rounded up to 30 s.
    pub(crate) suggested_idle_confirmation: Option<Span>,
}

/// A reason to trust an analysis less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Caveat {
    /// The scope was taken from the jobs.
    ScopeAssumed,
    /// An imported source's clock was taken as right.
    ClockAssumed,
    /// The local clock was off and readings were moved by this much.
    ClockOffset(Span),
    /// The start of a period's job is a range.
    StartUnsure,
    /// Runs of one recording used different rules; those given were used.
    RulesDiffer,
    RecordingRepaired,
    RecordingDamaged,
    /// A newest page was full.
    PageFull,
    /// Fewer than 100 jobs in the lag distribution.
    LowSample,
}

impl Caveat {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::ScopeAssumed => "scope-assumed",
            Self::ClockAssumed => "clock-assumed",
            Self::ClockOffset(_) => "clock-offset",
            Self::StartUnsure => "start-unsure",
            Self::RulesDiffer => "rules-differ",
            Self::RecordingRepaired => "recording-repaired",
            Self::RecordingDamaged => "recording-damaged",
            Self::PageFull => "page-full",
            Self::LowSample => "low-sample",
        }
    }
}

/// One line of context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimelineEntry {
    pub(crate) at: Timestamp,
    pub(crate) runner: RunnerKey,
    pub(crate) source: Option<Arc<str>>,
    pub(crate) event: RunnerEventKind,
}

/// Requests of a live run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Requests {
    pub(crate) total: u64,
    /// Those that count against the hourly limit.
    pub(crate) charged: u64,
    pub(crate) not_modified: u64,
    pub(crate) retried: u64,
    pub(crate) limit: Option<u64>,
    pub(crate) remaining: Option<u64>,
}

/// Verdict of a report (`evidence.md` §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReportVerdict {
    /// A finding of class stale or of another kind.
    Desync,
    /// Findings of class lag only.
    Lag,
    /// Coverage too low, nothing judged, or a stale candidate unconfirmed.
    Inconclusive,
    Clean,
}

impl ReportVerdict {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Desync => "desync",
            Self::Lag => "lag",
            Self::Inconclusive => "inconclusive",
            Self::Clean => "clean",
        }
    }
}

/// Everything the detector concludes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Analysis {
    pub(crate) verdict: ReportVerdict,
    pub(crate) host: Host,
    pub(crate) targets: Vec<Scope>,
    pub(crate) rules: Rules,
    /// First and last instant of what was observed; `None` if nothing was.
    pub(crate) window: Option<(Timestamp, Timestamp)>,
    pub(crate) coverage: Coverage,
    /// In the order of runner name, runner key, onset.
    pub(crate) periods: Vec<Period>,
    pub(crate) lag: Lag,
    pub(crate) timeline: Vec<TimelineEntry>,
    pub(crate) requests: Option<Requests>,
    /// Sorted, each at most once.
    pub(crate) caveats: Vec<Caveat>,
}
