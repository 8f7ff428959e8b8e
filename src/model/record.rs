//! What was observed, in the order of observing: the one input of the
//! detector, and what a recording holds.
//!
//! A live poll, a recording and imported files all become a sequence of
//! [`Record`]s. The detector is a fold over them, so live and offline mode
//! are the same program.

use std::fmt;
use std::sync::Arc;

use super::{
    Delivery, Hook, Host, ImportedReading, Job, JobId, Kind, Mono, MonoWindow, RepoId, RepoName,
    Rules, RunId, Runner, RunnerEvent, RunnerId, RunnerLog, Scope, Span, Timestamp,
};

/// One record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Record {
    /// A run of the program began; what follows, up to the next one, is its.
    Run(Run),
    /// One attempt at one HTTP request, answered or not.
    Exchange(Box<Exchange>),
    /// Three reads in strict sequence that try to confirm a candidate.
    Sandwich(Sandwich),
    /// A cycle is complete.
    Cycle(Cycle),
    /// An imported runner reading.
    Reading(ImportedReading),
    /// An imported event about a runner.
    Event(RunnerEvent),
    /// The extent of an imported log of a runner.
    Log(RunnerLog),
    /// A job from an imported file.
    Job(ImportedJob),
    /// Files that hold jobs do not hold all that they should.
    Lacking(Lacking),
    /// The annotations of a job.
    Annotated(Annotated),
    /// Something was told to whoever watches or was alerted.
    Told(Told),
}

/// Header of one run of the program.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    /// Unlike that of any other run.
    pub(crate) id: Arc<str>,
    /// The run before it in the same recording: all that it read came before.
    pub(crate) follows: Option<Arc<str>>,
    pub(crate) tool_version: Arc<str>,
    pub(crate) command: Arc<str>,
    pub(crate) host: Host,
    pub(crate) targets: Vec<Scope>,
    /// Only runners whose name matches one of these globs are judged; empty
    /// means all. Likewise labels.
    pub(crate) runner_globs: Vec<Arc<str>>,
    pub(crate) labels: Vec<Arc<str>>,
    pub(crate) interval: Option<Span>,
    pub(crate) rules: Rules,
    /// Local wall clock at monotonic zero.
    pub(crate) began: Timestamp,
}

/// Which read was meant by a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Target {
    /// One page of the runners of a scope.
    Runners { scope: Scope, page: u32 },
    /// One runner by id.
    Runner { scope: Scope, id: RunnerId },
    /// One page of the runs of a repository, unfiltered or with one status.
    Runs {
        repo: RepoName,
        status: Option<Arc<str>>,
        page: u32,
    },
    /// One run by id.
    Run { repo: RepoName, id: RunId },
    /// One page of the jobs of a run's latest attempt.
    Jobs {
        repo: RepoName,
        run: RunId,
        page: u32,
    },
    /// One page of the jobs of all attempts of a run.
    AllJobs {
        repo: RepoName,
        run: RunId,
        page: u32,
    },
    /// One job by id.
    Job { repo: RepoName, id: JobId },
    /// One page of the annotations of a job, whose check run has its id.
    Annotations {
        repo: RepoName,
        job: JobId,
        page: u32,
    },
    /// One page of the repositories of an owner that the credential sees.
    Repos { owner: Arc<str>, page: u32 },
    /// One page of the deliveries of a webhook.
    Deliveries { hook: Hook, page: u32 },
    /// The rate limit.
    RateLimit,
}

impl Target {
    /// Whether only an App as itself may read it, with none of its
    /// installations' tokens.
    pub(crate) fn is_of_an_app(&self) -> bool {
        matches!(
            self,
            Self::Deliveries {
                hook: Hook::App,
                ..
            }
        )
    }
}

impl fmt::Display for Target {
    /// As a gap names what was not read: a list as a whole.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Runners { scope, .. } => write!(f, "runners of {scope}"),
            Self::Runner { scope, id } => write!(f, "runner {id} of {scope}"),
            Self::Runs {
                repo, status: None, ..
            } => write!(f, "runs of {repo}"),
            Self::Runs { repo, .. } => write!(f, "filtered runs of {repo}"),
            Self::Run { repo, id } => write!(f, "run {id} of {repo}"),
            Self::Jobs { repo, run, .. } => write!(f, "jobs of run {run} of {repo}"),
            Self::AllJobs { repo, run, .. } => {
                write!(f, "jobs of every attempt of run {run} of {repo}")
            }
            Self::Job { repo, id } => write!(f, "job {id} of {repo}"),
            Self::Annotations { repo, job, .. } => {
                write!(f, "annotations of job {job} of {repo}")
            }
            Self::Repos { owner, .. } => write!(f, "repositories of {owner}"),
            Self::Deliveries { hook, .. } => write!(f, "deliveries of {hook}"),
            Self::RateLimit => f.write_str("the rate limit"),
        }
    }
}

/// One attempt at one request. Every attempt, retries included, is one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Exchange {
    /// Counts the attempts of a run, from 1, in the order of sending.
    pub(crate) number: u64,
    pub(crate) cycle: u32,
    pub(crate) target: Target,
    pub(crate) window: MonoWindow,
    pub(crate) url: Arc<str>,
    /// 0 for a first attempt.
    pub(crate) retry: u32,
    /// Whether `If-None-Match` was sent.
    pub(crate) conditional: bool,
    /// Absent when no answer came.
    pub(crate) status: Option<u16>,
    /// `Date`: the server's clock, 1 s grain.
    pub(crate) date: Option<Timestamp>,
    pub(crate) request_id: Option<Arc<str>>,
    pub(crate) etag: Option<Arc<str>>,
    /// `Age`: the answer comes from a cache and proves nothing.
    pub(crate) age: Option<u64>,
    pub(crate) rate: Option<Rate>,
    /// `retry-after`: for how long nothing is to be asked.
    pub(crate) retry_after: Option<Span>,
    pub(crate) said: Said,
}

/// `x-ratelimit-*` of one answer; a missing header is unknown, not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) limit: Option<u64>,
    pub(crate) remaining: Option<u64>,
    pub(crate) used: Option<u64>,
    /// End of the hour's budget by GitHub's clock.
    pub(crate) reset: Option<Timestamp>,
}

/// What an answer said.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Said {
    /// A page of runners. `undecodable` items were skipped and counted.
    Runners {
        total: Option<u64>,
        runners: Vec<Arc<Runner>>,
        undecodable: u32,
    },
    /// A runner read by id; `None` is a 404.
    Runner(Option<Runner>),
    /// A page of runs.
    Runs {
        total: Option<u64>,
        runs: Vec<Arc<WorkflowRun>>,
        undecodable: u32,
    },
    /// A run read by id; `None` is a 404.
    Run(Option<WorkflowRun>),
    /// A page of the jobs of a run.
    Jobs {
        total: Option<u64>,
        jobs: Vec<Arc<Job>>,
        undecodable: u32,
    },
    /// A job read by id; `None` is a 404.
    Job(Option<Box<Job>>),
    /// A page of the annotations of a job.
    Annotations {
        annotations: Vec<Annotation>,
        undecodable: u32,
    },
    /// A page of repositories.
    Repos {
        total: Option<u64>,
        repos: Vec<ListedRepo>,
        undecodable: u32,
        sight: Sight,
    },
    /// A page of deliveries, newest first.
    Deliveries {
        deliveries: Vec<Delivery>,
        undecodable: u32,
    },
    /// `GET /rate_limit`; the figures are in [`Exchange::rate`].
    RateLimit,
    /// 304: as in the last full answer of this URL.
    NotModified,
    /// No usable answer. Never a value (`evidence.md`, third law).
    Failed(Failure),
}

/// The items of a list: an answer that repeats an earlier one shares them.
pub(crate) fn shared<T>(items: impl IntoIterator<Item = T>) -> Vec<Arc<T>> {
    items.into_iter().map(Arc::new).collect()
}

/// Why an attempt gave nothing usable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) reason: UnknownReason,
    /// For people: "502 Bad Gateway", "body cut after 812 bytes".
    pub(crate) detail: Arc<str>,
}

/// The little of a workflow run that discovery needs. A run's status is
/// never evidence: it follows its least advanced job (`github-api.md` §2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WorkflowRun {
    pub(crate) id: RunId,
    pub(crate) attempt: Option<u32>,
    pub(crate) status: Option<Arc<str>>,
    /// A re-run does not change it.
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) updated_at: Option<Timestamp>,
}

impl WorkflowRun {
    pub(crate) fn is_completed(&self) -> bool {
        self.status.as_deref() == Some("completed")
    }
}

/// What is attached to a job: by GitHub, by its runner, or by the job itself,
/// which can write whatever it likes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Annotation {
    pub(crate) level: Option<Arc<str>>,
    pub(crate) message: Arc<str>,
}

/// All annotations of a finished job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Annotated {
    pub(crate) host: Host,
    pub(crate) job: JobId,
    pub(crate) annotations: Vec<Annotation>,
}

/// A repository as a list of repositories shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ListedRepo {
    pub(crate) name: RepoName,
    pub(crate) id: Option<RepoId>,
    pub(crate) state: RepoState,
}

/// Whether new jobs can run in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RepoState {
    Active,
    Archived,
    Disabled,
}

impl RepoState {
    pub(crate) const ALL: [Self; 3] = [Self::Active, Self::Archived, Self::Disabled];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
            Self::Disabled => "disabled",
        }
    }
}

/// Whether every repository is in view whose jobs can run on the runners of
/// the scopes (`evidence.md` §3, rows 10 and 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sight {
    Whole,
    /// Some are not, or nobody knows.
    Part,
}

/// One attempt to confirm a candidate (or, as a control, an agreement) by
/// job → runner → job, each by id, unconditional, in strict sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sandwich {
    pub(crate) cycle: u32,
    pub(crate) scope: Scope,
    pub(crate) runner: RunnerId,
    pub(crate) job: JobId,
    pub(crate) purpose: Purpose,
    /// [`Exchange::number`] of job, runner, job; fewer when a read failed or
    /// made the rest pointless. The detector checks whether they hold.
    pub(crate) parts: Vec<u64>,
}

/// Why a sandwich was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// The listings contradict each other.
    Candidate,
    /// Negative control: the listings agree, and the same reads are seen to
    /// agree (`evidence.md` §7).
    Control,
}

/// What one cycle set out to read and what it got (`evidence.md` §7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cycle {
    pub(crate) number: u32,
    pub(crate) window: MonoWindow,
    /// Runners this cycle set out to read, and those it read.
    pub(crate) runners_expected: u64,
    pub(crate) runners_read: u64,
    /// When the reading of runs and jobs began. Readings of runners received
    /// before it are judged by jobs read later.
    pub(crate) jobs_from: Mono,
    /// Every discovered job of every repository was read.
    pub(crate) jobs_complete: bool,
    /// Requests planned and answered usably, retries not counted twice.
    pub(crate) reads_planned: u64,
    pub(crate) reads_got: u64,
    /// Runs that only the unfiltered page showed.
    pub(crate) only_unfiltered: u64,
    /// A newest page was full, so older runs are known by filtered lists
    /// only, which can be stale.
    pub(crate) page_full: bool,
    /// The oldest run on such a page was open, so that others below it may well
    /// be.
    pub(crate) open_below: bool,
    /// Candidates that the request budget left unconfirmed.
    pub(crate) not_confirmed: u64,
    pub(crate) gaps: Vec<Gap>,
    /// Repositories that could not be read at all.
    pub(crate) unreadable: Vec<Arc<str>>,
    /// Whether the others were all that matter.
    pub(crate) sight: Sight,
}

/// Time without usable readings of a target, by the run's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) from: Mono,
    pub(crate) to: Mono,
    pub(crate) target: Arc<str>,
    pub(crate) reason: UnknownReason,
}

/// A job from a file, without a read time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImportedJob {
    pub(crate) host: Host,
    pub(crate) job: Job,
}

/// Jobs that files of jobs should hold and do not: a page is missing, or one
/// of them could not be read. That there are no others is unknown then.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lacking {
    pub(crate) host: Host,
    /// `None` where nobody can tell of which.
    pub(crate) repo: Option<RepoName>,
}

/// What was said about a period to whoever listens, so that the next check
/// neither repeats it nor forgets to take it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) at: Mono,
    pub(crate) news: News,
    pub(crate) scope: Scope,
    pub(crate) runner: RunnerId,
    pub(crate) kind: Kind,
    pub(crate) job: Option<JobId>,
    /// `onset.by` of the period: with runner, kind and job its identity.
    pub(crate) since: Timestamp,
}

/// Kinds of news about a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum News {
    /// It became a finding.
    Opened,
    /// It became a finding that `--fail-on` names, then or later.
    Counted,
    /// It ended.
    Closed,
    /// The job's final record confirmed it.
    Settled,
    /// The job's final record took it back.
    Retracted,
}

/// Why there is no judgment on a reading: the closed list of `evidence.md` §3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum UnknownReason {
    HttpError,
    RateLimited,
    IncompletePages,
    Undecodable,
    NotModified,
    RunnerAbsent,
    Ambiguous,
    ReRegistered,
    MixedJob,
    Edge,
    NotConfirmed,
    Jobs,
    Scope,
    OutOfTime,
}

impl UnknownReason {
    /// Every reason, in the order of the table.
    pub(crate) const ALL: [Self; 14] = [
        Self::HttpError,
        Self::RateLimited,
        Self::IncompletePages,
        Self::Undecodable,
        Self::NotModified,
        Self::RunnerAbsent,
        Self::Ambiguous,
        Self::ReRegistered,
        Self::MixedJob,
        Self::Edge,
        Self::NotConfirmed,
        Self::Jobs,
        Self::Scope,
        Self::OutOfTime,
    ];

    /// The word used in reports, recordings and JSON.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::HttpError => "http-error",
            Self::RateLimited => "rate-limited",
            Self::IncompletePages => "incomplete-pages",
            Self::Undecodable => "undecodable",
            Self::NotModified => "not-modified",
            Self::RunnerAbsent => "runner-absent",
            Self::Ambiguous => "ambiguous",
            Self::ReRegistered => "re-registered",
            Self::MixedJob => "mixed-job",
            Self::Edge => "edge",
            Self::NotConfirmed => "not-confirmed",
            Self::Jobs => "jobs",
            Self::Scope => "scope",
            Self::OutOfTime => "out-of-time",
        }
    }
}
