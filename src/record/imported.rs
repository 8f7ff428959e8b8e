//! The lines of what other people's files told: `reading`, `event`, `log`,
//! `job`, `lacking` and `annotations`, each with both ways between line and record.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::text::{self, opt};
use super::values::{AnnotationValue, JobValue, RunnerValue};
use crate::model::{
    Annotated, Host, ImportedJob, ImportedReading, JobId, Lacking, LogEnd, LoggedJob, RepoName,
    RunId, RunnerEvent, RunnerEventKind, RunnerId, RunnerKey, RunnerLog, Scope, Sighting, Span,
    Timestamp,
};

/// `reading`. Without `seen` the runner was missing.
#[derive(Serialize, Deserialize)]
pub(super) struct ReadingLine {
    run: u64,
    #[serde(flatten)]
    by: By,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instance: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<RunnerValue>,
}

impl ReadingLine {
    pub(super) fn of(run: u64, reading: ImportedReading) -> Self {
        Self {
            run,
            by: By::of(reading.at, reading.key, reading.source),
            name: reading.name,
            instance: reading.instance,
            seen: match reading.said {
                Sighting::Seen(runner) => Some(runner.into()),
                Sighting::Missing => None,
            },
        }
    }
}

impl From<ReadingLine> for ImportedReading {
    fn from(line: ReadingLine) -> Self {
        Self {
            at: line.by.at,
            source: line.by.source,
            key: line.by.on.into(),
            name: line.name,
            instance: line.instance,
            said: match line.seen {
                Some(runner) => Sighting::Seen(runner.into()),
                None => Sighting::Missing,
            },
        }
    }
}

/// `event`.
#[derive(Serialize, Deserialize)]
pub(super) struct EventLine {
    run: u64,
    #[serde(flatten)]
    by: By,
    #[serde(default, skip_serializing_if = "is_zero")]
    place: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<Arc<str>>,
    #[serde(with = "text")]
    event: RunnerEventKind,
    #[serde(default, skip_serializing_if = "text::is_false")]
    orphan: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    logged: Option<LoggedText>,
    #[serde(default, with = "opt", skip_serializing_if = "Option::is_none")]
    valid_till: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<Arc<str>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(place: &u32) -> bool {
    *place == 0
}

impl EventLine {
    pub(super) fn of(run: u64, event: RunnerEvent) -> Self {
        Self {
            run,
            by: By::of(event.at, event.key, event.source),
            place: event.place,
            name: event.name,
            event: event.kind,
            orphan: event.orphan,
            logged: event.job.as_deref().map(LoggedText::of),
            valid_till: event.valid_till,
            detail: event.detail,
        }
    }
}

impl From<EventLine> for RunnerEvent {
    fn from(line: EventLine) -> Self {
        Self {
            at: line.by.at,
            source: line.by.source,
            key: line.by.on.into(),
            kind: line.event,
            orphan: line.orphan,
            place: line.place,
            name: line.name,
            job: line.logged.map(|logged| Arc::new(logged.into())),
            valid_till: line.valid_till,
            detail: line.detail,
        }
    }
}

/// A job as a log names it.
#[derive(Serialize, Deserialize)]
struct LoggedText {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plan: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    guid: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<Arc<str>>,
    #[serde(default, with = "opt", skip_serializing_if = "Option::is_none")]
    job: Option<JobId>,
    #[serde(default, with = "opt", skip_serializing_if = "Option::is_none")]
    workflow_run: Option<RunId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(default, with = "opt", skip_serializing_if = "Option::is_none")]
    repo: Option<RepoName>,
}

impl LoggedText {
    fn of(job: &LoggedJob) -> Self {
        Self {
            plan: job.plan.clone(),
            guid: job.guid.clone(),
            name: job.name.clone(),
            job: job.job,
            workflow_run: job.run,
            attempt: job.attempt,
            repo: job.repo.clone(),
        }
    }
}

impl From<LoggedText> for LoggedJob {
    fn from(text: LoggedText) -> Self {
        Self {
            plan: text.plan,
            guid: text.guid,
            name: text.name,
            job: text.job,
            run: text.workflow_run,
            attempt: text.attempt,
            repo: text.repo,
        }
    }
}

/// `log`: the extent of a runner's log.
#[derive(Serialize, Deserialize)]
pub(super) struct LogLine {
    run: u64,
    #[serde(flatten)]
    on: On,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<Arc<str>>,
    #[serde(with = "text")]
    from: Timestamp,
    #[serde(with = "text")]
    until: Timestamp,
    #[serde(default, with = "opt", skip_serializing_if = "Option::is_none")]
    offset_ms: Option<Span>,
    #[serde(with = "text")]
    end: LogEnd,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<Arc<str>>,
}

impl LogLine {
    pub(super) fn of(run: u64, log: RunnerLog) -> Self {
        Self {
            run,
            on: log.key.into(),
            name: log.name,
            version: log.version,
            from: log.from,
            until: log.until,
            offset_ms: log.offset,
            end: log.end,
            source: log.source,
        }
    }
}

impl From<LogLine> for RunnerLog {
    fn from(line: LogLine) -> Self {
        Self {
            key: line.on.into(),
            name: line.name,
            version: line.version,
            from: line.from,
            until: line.until,
            offset: line.offset_ms,
            end: line.end,
            source: line.source,
        }
    }
}

/// `job`.
#[derive(Serialize, Deserialize)]
pub(super) struct JobLine {
    run: u64,
    #[serde(with = "text")]
    host: Host,
    job: JobValue,
}

impl JobLine {
    pub(super) fn of(run: u64, job: ImportedJob) -> Self {
        Self {
            run,
            host: job.host,
            job: job.job.into(),
        }
    }
}

impl From<JobLine> for ImportedJob {
    fn from(line: JobLine) -> Self {
        Self {
            host: line.host,
            job: line.job.into(),
        }
    }
}

/// `lacking`.
#[derive(Serialize, Deserialize)]
pub(super) struct LackingLine {
    run: u64,
    #[serde(with = "text")]
    host: Host,
    #[serde(default, with = "opt", skip_serializing_if = "Option::is_none")]
    repo: Option<RepoName>,
}

impl LackingLine {
    pub(super) fn of(run: u64, lacking: Lacking) -> Self {
        Self {
            run,
            host: lacking.host,
            repo: lacking.repo,
        }
    }
}

impl From<LackingLine> for Lacking {
    fn from(line: LackingLine) -> Self {
        Self {
            host: line.host,
            repo: line.repo,
        }
    }
}

/// `annotations`: those of a job.
#[derive(Serialize, Deserialize)]
pub(super) struct AnnotatedLine {
    run: u64,
    #[serde(with = "text")]
    host: Host,
    #[serde(with = "text")]
    job: JobId,
    items: Vec<AnnotationValue>,
}

impl AnnotatedLine {
    pub(super) fn of(run: u64, annotated: Annotated) -> Self {
        let items = annotated.annotations.into_iter();
        Self {
            run,
            host: annotated.host,
            job: annotated.job,
            items: items.map(Into::into).collect(),
        }
    }
}

impl From<AnnotatedLine> for Annotated {
    fn from(line: AnnotatedLine) -> Self {
        Self {
            host: line.host,
            job: line.job,
            annotations: line.items.into_iter().map(Into::into).collect(),
        }
    }
}

/// When, about which runner, and by whom.
#[derive(Serialize, Deserialize)]
struct By {
    #[serde(with = "text")]
    at: Timestamp,
    #[serde(flatten)]
    on: On,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<Arc<str>>,
}

impl By {
    fn of(at: Timestamp, key: RunnerKey, source: Option<Arc<str>>) -> Self {
        Self {
            at,
            on: key.into(),
            source,
        }
    }
}

/// The runner that is meant.
#[derive(Serialize, Deserialize)]
struct On {
    #[serde(with = "text")]
    host: Host,
    #[serde(with = "text")]
    scope: Scope,
    #[serde(with = "text")]
    runner: RunnerId,
}

impl From<RunnerKey> for On {
    fn from(key: RunnerKey) -> Self {
        Self {
            host: key.host,
            scope: key.scope,
            runner: key.id,
        }
    }
}

impl From<On> for RunnerKey {
    fn from(on: On) -> Self {
        Self {
            host: on.host,
            scope: on.scope,
            id: on.runner,
        }
    }
}
