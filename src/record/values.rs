//! How runners, jobs and workflow runs are written in a recording.
//!
//! These mirror the model by serde's `remote`, so a field added to the model
//! does not compile until the recording has a place for it. `null` and an
//! absent key are the same here; keys are kept forever within a major
//! version.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::text::{self, opt};
use crate::model::{
    Annotation, Assignment, Conclusion, Job, JobId, JobStatus, ListedRepo, MonoWindow,
    OnlineStatus, Rate, RepoId, RepoName, RepoState, RunId, Runner, RunnerId, Span, Step,
    Timestamp, WorkflowRun,
};

/// `{"sent": ms, "took": ms}` by the monotonic clock of the run.
pub(super) mod window {
    use super::{Deserialize, MonoWindow, Serialize, Span};
    use crate::model::Mono;
    use serde::{Deserializer, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Window {
        sent: i64,
        took: i64,
    }

    pub(crate) fn serialize<S: Serializer>(window: &MonoWindow, out: S) -> Result<S::Ok, S::Error> {
        Window {
            sent: window.sent.as_millis(),
            took: (window.received - window.sent).as_millis(),
        }
        .serialize(out)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<MonoWindow, D::Error> {
        let window = Window::deserialize(from)?;
        let sent = Mono::from_millis(window.sent);
        Ok(MonoWindow {
            sent,
            received: sent + Span::millis(window.took),
        })
    }
}

/// `x-ratelimit-*`.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Rate")]
pub(super) struct RateText {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    remaining: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    used: Option<u64>,
    #[serde(default, with = "opt", skip_serializing_if = "Option::is_none")]
    reset: Option<Timestamp>,
}

/// A repository.
#[derive(Serialize, Deserialize)]
#[serde(remote = "ListedRepo")]
pub(super) struct RepoText {
    #[serde(with = "text")]
    name: RepoName,
    #[serde(default, with = "opt", skip_serializing_if = "Option::is_none")]
    id: Option<RepoId>,
    #[serde(with = "text")]
    state: RepoState,
}

/// A runner.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Runner")]
pub(super) struct RunnerText {
    #[serde(with = "text")]
    id: RunnerId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    os: Option<Arc<str>>,
    #[serde(with = "text")]
    status: OnlineStatus,
    busy: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<Arc<str>>>,
    #[serde(rename = "group", default, skip_serializing_if = "Option::is_none")]
    group_id: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<Arc<str>>,
}

/// A workflow run.
#[derive(Serialize, Deserialize)]
#[serde(remote = "WorkflowRun")]
pub(super) struct WorkflowRunText {
    #[serde(with = "text")]
    id: RunId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<Arc<str>>,
    #[serde(
        rename = "created",
        default,
        with = "opt",
        skip_serializing_if = "Option::is_none"
    )]
    created_at: Option<Timestamp>,
    #[serde(
        rename = "updated",
        default,
        with = "opt",
        skip_serializing_if = "Option::is_none"
    )]
    updated_at: Option<Timestamp>,
}

/// An annotation of a job.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Annotation")]
pub(super) struct AnnotationText {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<Arc<str>>,
    message: Arc<str>,
}

/// A step of a job.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Step")]
struct StepText {
    name: Arc<str>,
    #[serde(with = "text")]
    status: JobStatus,
    #[serde(default, with = "opt", skip_serializing_if = "Option::is_none")]
    conclusion: Option<Conclusion>,
    #[serde(
        rename = "started",
        default,
        with = "opt",
        skip_serializing_if = "Option::is_none"
    )]
    started_at: Option<Timestamp>,
    #[serde(
        rename = "completed",
        default,
        with = "opt",
        skip_serializing_if = "Option::is_none"
    )]
    completed_at: Option<Timestamp>,
}

/// The runner a job names.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Assignment")]
struct AssignmentText {
    #[serde(rename = "id", with = "text")]
    runner_id: RunnerId,
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    runner_name: Option<Arc<str>>,
    #[serde(rename = "group", default, skip_serializing_if = "Option::is_none")]
    group_id: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group_name: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "text::is_false")]
    hosted: bool,
}

/// A job.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Job")]
pub(super) struct JobText {
    #[serde(with = "text")]
    id: JobId,
    #[serde(
        rename = "workflow_run",
        default,
        with = "opt",
        skip_serializing_if = "Option::is_none"
    )]
    run_id: Option<RunId>,
    #[serde(rename = "attempt", default, skip_serializing_if = "Option::is_none")]
    run_attempt: Option<u32>,
    #[serde(with = "text")]
    repo: RepoName,
    name: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    workflow: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    html_url: Option<Arc<str>>,
    #[serde(with = "text")]
    status: JobStatus,
    #[serde(default, with = "opt", skip_serializing_if = "Option::is_none")]
    conclusion: Option<Conclusion>,
    #[serde(
        rename = "created",
        default,
        with = "opt",
        skip_serializing_if = "Option::is_none"
    )]
    created_at: Option<Timestamp>,
    #[serde(
        rename = "started",
        default,
        with = "opt",
        skip_serializing_if = "Option::is_none"
    )]
    started_at: Option<Timestamp>,
    #[serde(
        rename = "completed",
        default,
        with = "opt",
        skip_serializing_if = "Option::is_none"
    )]
    completed_at: Option<Timestamp>,
    #[serde(
        rename = "runner",
        default,
        with = "assignment",
        skip_serializing_if = "Option::is_none"
    )]
    assignment: Option<Assignment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<Arc<str>>>,
    #[serde(default, with = "steps", skip_serializing_if = "Vec::is_empty")]
    steps: Vec<Step>,
}

/// A model value inside a list or an option, written by its mirror.
macro_rules! wrapped {
    ($($name:ident = $type:ident by $text:literal;)*) => {$(
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(super) struct $name(#[serde(with = $text)] pub(super) $type);
        impl From<$type> for $name {
            fn from(value: $type) -> Self {
                Self(value)
            }
        }
        impl From<$name> for $type {
            fn from(value: $name) -> Self {
                value.0
            }
        }
        impl From<Arc<$type>> for $name {
            fn from(value: Arc<$type>) -> Self {
                Self(Arc::unwrap_or_clone(value))
            }
        }
        impl From<$name> for Arc<$type> {
            fn from(value: $name) -> Self {
                Self::new(value.0)
            }
        }
    )*};
}

wrapped! {
    RunnerValue = Runner by "RunnerText";
    WorkflowRunValue = WorkflowRun by "WorkflowRunText";
    JobValue = Job by "JobText";
    AnnotationValue = Annotation by "AnnotationText";
    StepValue = Step by "StepText";
    AssignmentValue = Assignment by "AssignmentText";
    RateValue = Rate by "RateText";
    RepoValue = ListedRepo by "RepoText";
}

mod assignment {
    use super::{Assignment, AssignmentText, AssignmentValue, Deserialize};
    use serde::{Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde's `with` passes fields so")]
    pub(super) fn serialize<S: Serializer>(
        value: &Option<Assignment>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(assignment) => AssignmentText::serialize(assignment, out),
            None => out.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Assignment>, D::Error> {
        Ok(Option::<AssignmentValue>::deserialize(from)?.map(Into::into))
    }
}

mod steps {
    use super::{Deserialize, Step, StepValue};
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(steps: &[Step], out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(steps.iter().cloned().map(StepValue))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Step>, D::Error> {
        let steps = Vec::<StepValue>::deserialize(from)?;
        Ok(steps.into_iter().map(Into::into).collect())
    }
}
