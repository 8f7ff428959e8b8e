//! The body of each kind of line: what stands between `rec` and `crc`.
//!
//! Types only. How records become lines is in `encode` and `same`, how lines
//! become records in `decode`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::text::{self, list, opt};
use super::values::{
    self, AnnotationValue, JobValue, RateValue, RepoValue, RunnerValue, WorkflowRunValue,
};
use crate::model::{
    About, Delivery, Hook, Host, JobId, Kind, Mono, MonoWindow, News, Purpose, RepoId, RepoName,
    RunId, RunnerId, Scope, Span, Target, Timestamp, UnknownReason,
};

/// `run`: the header of a run.
#[derive(Serialize, Deserialize)]
pub(super) struct RunLine {
    /// Version of the format: the first key after `seq` and `rec`.
    pub(super) format: String,
    pub(super) id: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) follows: Option<Arc<str>>,
    pub(super) tool: Arc<str>,
    pub(super) command: Arc<str>,
    #[serde(with = "text")]
    pub(super) host: Host,
    #[serde(with = "list")]
    pub(super) targets: Vec<Scope>,
    #[serde(default)]
    pub(super) runners: Vec<Arc<str>>,
    #[serde(default)]
    pub(super) labels: Vec<Arc<str>>,
    #[serde(default, with = "opt", skip_serializing_if = "Option::is_none")]
    pub(super) interval_ms: Option<Span>,
    #[serde(with = "text")]
    pub(super) lag_limit_ms: Span,
    /// As text: a share must come back to the last bit.
    pub(super) min_coverage: String,
    #[serde(with = "text")]
    pub(super) clock_bound_ms: Span,
    #[serde(with = "text")]
    pub(super) began: Timestamp,
}

/// What was asked for.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Target", tag = "of", rename_all = "kebab-case")]
enum TargetText {
    Runners {
        #[serde(with = "text")]
        scope: Scope,
        page: u32,
    },
    Runner {
        #[serde(with = "text")]
        scope: Scope,
        #[serde(with = "text")]
        id: RunnerId,
    },
    Runs {
        #[serde(with = "text")]
        repo: RepoName,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<Arc<str>>,
        page: u32,
    },
    Run {
        #[serde(with = "text")]
        repo: RepoName,
        #[serde(with = "text")]
        id: RunId,
    },
    Jobs {
        #[serde(with = "text")]
        repo: RepoName,
        #[serde(with = "text")]
        run: RunId,
        page: u32,
    },
    AllJobs {
        #[serde(with = "text")]
        repo: RepoName,
        #[serde(with = "text")]
        run: RunId,
        page: u32,
    },
    Job {
        #[serde(with = "text")]
        repo: RepoName,
        #[serde(with = "text")]
        id: JobId,
    },
    Annotations {
        #[serde(with = "text")]
        repo: RepoName,
        #[serde(with = "text")]
        job: JobId,
        page: u32,
    },
    Repos {
        owner: Arc<str>,
        page: u32,
    },
    Deliveries {
        #[serde(with = "text")]
        hook: Hook,
        page: u32,
    },
    RateLimit,
}

/// `read`: one exchange.
#[derive(Serialize, Deserialize)]
pub(super) struct ReadLine {
    pub(super) run: u64,
    pub(super) n: u64,
    pub(super) cycle: u32,
    #[serde(with = "TargetText")]
    pub(super) target: Target,
    #[serde(with = "values::window")]
    pub(super) window: MonoWindow,
    pub(super) url: Arc<str>,
    #[serde(default, skip_serializing_if = "text::is_zero")]
    pub(super) retry: u32,
    #[serde(default, skip_serializing_if = "text::is_false")]
    pub(super) conditional: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    #[serde(default, with = "opt", skip_serializing_if = "Option::is_none")]
    pub(super) date: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) request_id: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) etag: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) age: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rate: Option<RateValue>,
    #[serde(default, with = "opt", skip_serializing_if = "Option::is_none")]
    pub(super) retry_after_ms: Option<Span>,
    pub(super) said: SaidText,
}

/// What an answer said. `as` is the `seq` of the line that holds the answer
/// which this one repeats or changes.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SaidText {
    Runners(Page<RunnerValue>),
    RunnersChanged(Change<RunnerValue>),
    Runs(Page<WorkflowRunValue>),
    RunsChanged(Change<WorkflowRunValue>),
    Jobs(Page<JobValue>),
    JobsChanged(Change<JobValue>),
    /// 200, and the same as in line `as`.
    Unchanged {
        r#as: u64,
    },
    /// 304; `as` is absent when the file holds no full answer.
    NotModified {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        r#as: Option<u64>,
    },
    /// By id; `null` is a 404.
    Runner(Option<RunnerValue>),
    Run(Option<WorkflowRunValue>),
    Job(Option<Box<JobValue>>),
    Annotations(Page<AnnotationValue>),
    Deliveries(Page<DeliveryEntry>),
    Repos {
        #[serde(flatten)]
        page: Page<RepoValue>,
        /// Others may be hidden from the credential.
        #[serde(default, skip_serializing_if = "text::is_false")]
        part: bool,
    },
    RateLimit,
    Failed {
        #[serde(with = "text")]
        reason: UnknownReason,
        detail: Arc<str>,
    },
}

/// `[at, about a job, repository id]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct DeliveryEntry(
    #[serde(with = "text")] pub(super) Timestamp,
    pub(super) bool,
    #[serde(default, with = "opt", skip_serializing_if = "Option::is_none")]
    pub(super)  Option<RepoId>,
);

impl From<Delivery> for DeliveryEntry {
    fn from(delivery: Delivery) -> Self {
        match delivery.about {
            About::Job(repo) => Self(delivery.at, true, repo),
            About::Other => Self(delivery.at, false, None),
        }
    }
}

impl From<DeliveryEntry> for Delivery {
    fn from(DeliveryEntry(at, of_job, repo): DeliveryEntry) -> Self {
        let about = if of_job {
            About::Job(repo)
        } else {
            About::Other
        };
        Self { at, about }
    }
}

/// A page in full.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Page<T> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) total: Option<u64>,
    #[serde(default, skip_serializing_if = "text::is_zero")]
    pub(super) undecodable: u32,
    pub(super) items: Vec<T>,
}

/// What became of a page since line `as`: items new or changed, ids gone.
#[derive(Serialize, Deserialize)]
pub(super) struct Change<T> {
    pub(super) r#as: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) total: Option<u64>,
    #[serde(default, skip_serializing_if = "text::is_zero")]
    pub(super) undecodable: u32,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub(super) items: Vec<T>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) gone: Vec<u64>,
}

/// `same`: all unchanged answers of a sweep.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct SameLine {
    pub(super) run: u64,
    pub(super) cycle: u32,
    /// Offsets in the entries count from these.
    pub(super) sent: i64,
    #[serde(default, with = "opt", skip_serializing_if = "Option::is_none")]
    pub(super) date: Option<Timestamp>,
    /// 200 to a request without `If-None-Match`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) ok: Vec<SameEntry>,
    /// 200 to a request with it: another ETag, yet the same fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) ok_conditional: Vec<SameEntry>,
    /// 304.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) not_modified: Vec<SameEntry>,
    /// Of the last of these answers that stated one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rate: Option<LastRate>,
}

/// The newest rate limit in a `same` line, and whose it was.
#[derive(Serialize, Deserialize)]
pub(super) struct LastRate {
    pub(super) n: u64,
    #[serde(flatten)]
    pub(super) rate: RateValue,
}

/// `[as, sent offset ms, took ms, date offset s, n, retry, [request id, etag]]`.
/// The last is there for pages of runners only; a `null` ETag is that of the
/// line `as`.
#[derive(Serialize, Deserialize)]
pub(super) struct SameEntry(
    pub(super) u64,
    pub(super) i64,
    pub(super) i64,
    pub(super) Option<i64>,
    pub(super) u64,
    pub(super) u32,
    #[serde(default, skip_serializing_if = "Option::is_none")] pub(super) Option<SameHead>,
);

/// Headers kept of an unchanged page of runners.
#[derive(Serialize, Deserialize)]
pub(super) struct SameHead(
    pub(super) Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")] pub(super) Option<Arc<str>>,
);

/// `sandwich`.
#[derive(Serialize, Deserialize)]
pub(super) struct SandwichLine {
    pub(super) run: u64,
    pub(super) cycle: u32,
    #[serde(with = "text")]
    pub(super) scope: Scope,
    #[serde(with = "text")]
    pub(super) runner: RunnerId,
    #[serde(with = "text")]
    pub(super) job: JobId,
    #[serde(with = "text")]
    pub(super) purpose: Purpose,
    pub(super) parts: Vec<u64>,
}

/// `cycle`.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the fields of a line as the file has them"
)]
#[derive(Serialize, Deserialize)]
pub(super) struct CycleLine {
    pub(super) run: u64,
    pub(super) cycle: u32,
    #[serde(with = "values::window")]
    pub(super) window: MonoWindow,
    pub(super) runners_expected: u64,
    pub(super) runners_read: u64,
    #[serde(with = "text")]
    pub(super) jobs_from: Mono,
    pub(super) jobs_complete: bool,
    pub(super) reads_planned: u64,
    pub(super) reads_got: u64,
    pub(super) only_unfiltered: u64,
    pub(super) page_full: bool,
    #[serde(default, skip_serializing_if = "text::is_false")]
    pub(super) open_below: bool,
    pub(super) not_confirmed: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) gaps: Vec<GapText>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) unreadable: Vec<Arc<str>>,
    /// Other repositories may matter that were not to be read.
    #[serde(default, skip_serializing_if = "text::is_false")]
    pub(super) part: bool,
}

/// A gap of a cycle.
#[derive(Serialize, Deserialize)]
pub(super) struct GapText {
    #[serde(with = "text")]
    pub(super) from: Mono,
    #[serde(with = "text")]
    pub(super) to: Mono,
    pub(super) target: Arc<str>,
    #[serde(with = "text")]
    pub(super) reason: UnknownReason,
}

/// `told`.
#[derive(Serialize, Deserialize)]
pub(super) struct ToldLine {
    pub(super) run: u64,
    #[serde(with = "text")]
    pub(super) at: Mono,
    #[serde(with = "text")]
    pub(super) news: News,
    #[serde(with = "text")]
    pub(super) scope: Scope,
    #[serde(with = "text")]
    pub(super) runner: RunnerId,
    #[serde(with = "text")]
    pub(super) kind: Kind,
    #[serde(default, with = "opt", skip_serializing_if = "Option::is_none")]
    pub(super) job: Option<JobId>,
    #[serde(with = "text")]
    pub(super) since: Timestamp,
}

/// `raw`: the body of exchange `n` as received.
#[derive(Serialize, Deserialize)]
pub(super) struct RawLine {
    pub(super) run: u64,
    pub(super) n: u64,
    pub(super) body: Arc<str>,
}

/// `repaired`: so many bytes of a torn last line were dropped.
#[derive(Serialize, Deserialize)]
pub(super) struct RepairedLine {
    pub(super) run: u64,
    pub(super) bytes: u64,
}
