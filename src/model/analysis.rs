//! What the detector concludes: the input of every report format.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    Host, JobId, Period, Rules, RunnerEventKind, RunnerKey, Scope, Span, StartDispute, Timestamp,
    UnknownReason,
};

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

impl std::ops::AddAssign for ReadingCounts {
    fn add_assign(&mut self, more: Self) {
        self.agree += more.agree;
        self.agree_unchanged += more.agree_unchanged;
        self.desync += more.desync;
        self.unknown += more.unknown;
        self.jobs_late += more.jobs_late;
    }
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

impl std::ops::AddAssign for SandwichCounts {
    fn add_assign(&mut self, more: Self) {
        self.tried += more.tried;
        self.held += more.held;
        self.failed += more.failed;
        self.controls += more.controls;
    }
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
    /// Jobs whose flag was never read true: known as "at least". They rank
    /// above all others, and a figure that falls on one is not known.
    pub(crate) censored: u64,
    /// `p99` rounded up to 30 s.
    pub(crate) suggested_idle_confirmation: Option<Span>,
    /// Jobs that were read `busy:false`.
    pub(crate) read_false: u64,
    /// Those of them that were younger than the suggestion at every such
    /// reading: it would have protected them.
    pub(crate) protected: Option<u64>,
}

/// A reason to trust an analysis less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Caveat {
    /// The scope was taken from the jobs.
    ScopeAssumed,
    /// An imported source's clock was taken as right.
    ClockAssumed,
    /// A clock was off and what it dated was moved by this much.
    ClockOffset(ClockOf, Span),
    /// A runner's log dates the start of a period's job otherwise.
    StartDisputed(JobId, StartDispute),
    /// The start of a period's job is a range.
    StartUnsure,
    /// Some agreements rest on a 304.
    ReliesOn304,
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
            Self::ClockOffset(..) => "clock-offset",
            Self::StartDisputed(..) => "start-disputed",
            Self::StartUnsure => "start-unsure",
            Self::ReliesOn304 => "relies-on-304",
            Self::RulesDiffer => "rules-differ",
            Self::RecordingRepaired => "recording-repaired",
            Self::RecordingDamaged => "recording-damaged",
            Self::PageFull => "page-full",
            Self::LowSample => "low-sample",
        }
    }
}

/// Whose clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ClockOf {
    /// That of the machine this program ran on.
    Recorder,
    /// That of a runner's host, by the leases in its log.
    RunnerHost,
}

/// One line of context.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct TimelineEntry {
    pub(crate) at: Timestamp,
    pub(crate) runner: RunnerKey,
    pub(crate) source: Option<Arc<str>>,
    pub(crate) event: RunnerEventKind,
    /// Name of the job it is about.
    pub(crate) job: Option<Arc<str>>,
    /// End of a renewed lease.
    pub(crate) valid_till: Option<Timestamp>,
    pub(crate) detail: Option<Arc<str>>,
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

impl Requests {
    /// With the redirects that were followed, each a request and charged.
    pub(crate) fn and_redirects(self, redirects: u64) -> Self {
        Self {
            total: self.total + redirects,
            charged: self.charged + redirects,
            ..self
        }
    }
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
