//! A job as one answer of the jobs endpoints describes it.

use std::sync::Arc;

use super::{JobId, RepoName, RunId, RunnerId, Timestamp};

/// `status` of a job or of a step; unknown values are kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum JobStatus {
    Queued,
    InProgress,
    Completed,
    Waiting,
    Requested,
    Pending,
    Other(Arc<str>),
}

impl JobStatus {
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "queued" => Self::Queued,
            "in_progress" => Self::InProgress,
            "completed" => Self::Completed,
            "waiting" => Self::Waiting,
            "requested" => Self::Requested,
            "pending" => Self::Pending,
            other => Self::Other(other.into()),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Waiting => "waiting",
            Self::Requested => "requested",
            Self::Pending => "pending",
            Self::Other(text) => text,
        }
    }
}

/// `conclusion` of a job or of a step; unknown values are kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Conclusion {
    Success,
    Failure,
    Cancelled,
    Skipped,
    TimedOut,
    Other(Arc<str>),
}

impl Conclusion {
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "success" => Self::Success,
            "failure" => Self::Failure,
            "cancelled" => Self::Cancelled,
            "skipped" => Self::Skipped,
            "timed_out" => Self::TimedOut,
            other => Self::Other(other.into()),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::TimedOut => "timed_out",
            Self::Other(text) => text,
        }
    }
}

/// One step of a job, times by the runner's clock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Step {
    pub(crate) name: Arc<str>,
    pub(crate) status: JobStatus,
    pub(crate) conclusion: Option<Conclusion>,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) completed_at: Option<Timestamp>,
}

impl Step {
    /// The last one, in which the runner ends the job.
    pub(crate) fn is_complete_job(&self) -> bool {
        &*self.name == "Complete job"
    }

    /// Whether it cleans up after another; GitHub names such "Post …".
    pub(crate) fn is_post_step(&self) -> bool {
        self.name.starts_with("Post ")
    }

    /// Whether it does what the workflow is for.
    pub(crate) fn is_main(&self) -> bool {
        !self.is_post_step() && !self.is_complete_job()
    }
}

/// The runner a job names. `null`, `0` and `""` mean "none" on the wire and
/// never get here (`evidence.md` §1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Assignment {
    pub(crate) runner_id: RunnerId,
    pub(crate) runner_name: Option<Arc<str>>,
    pub(crate) group_id: Option<u64>,
    pub(crate) group_name: Option<Arc<str>>,
    /// GitHub's own machine (group "GitHub Actions" or group id 0): never
    /// matched with a runner of ours.
    pub(crate) hosted: bool,
}

/// One job attempt in one answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Job {
    pub(crate) id: JobId,
    pub(crate) run_id: Option<RunId>,
    pub(crate) run_attempt: Option<u32>,
    pub(crate) repo: RepoName,
    pub(crate) name: Arc<str>,
    pub(crate) workflow: Option<Arc<str>>,
    pub(crate) html_url: Option<Arc<str>>,
    pub(crate) status: JobStatus,
    pub(crate) conclusion: Option<Conclusion>,
    pub(crate) created_at: Option<Timestamp>,
    /// Not the pick-up: it can be the time of enqueueing and never be
    /// corrected (`github-api.md` §3).
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) completed_at: Option<Timestamp>,
    /// In the order GitHub numbers them; often absent, sometimes empty.
    pub(crate) steps: Vec<Step>,
    pub(crate) assignment: Option<Assignment>,
    /// `runs-on`.
    pub(crate) labels: Option<Vec<Arc<str>>>,
}

impl Job {
    /// Whether it has a runner, and not one of GitHub's.
    pub(crate) fn is_self_hosted(&self) -> bool {
        let runner = self.assignment.as_ref();
        runner.is_some_and(|runner| !runner.hosted)
    }

    /// Whether all that it runs on is among the labels of a runner. What is not
    /// known fits.
    pub(crate) fn fits_labels(&self, own: Option<&Vec<Arc<str>>>) -> bool {
        let Some((own, wanted)) = own.zip(self.labels.as_ref()) else {
            return true;
        };
        let has = |label: &Arc<str>| own.iter().any(|own| own.eq_ignore_ascii_case(label));
        wanted.iter().all(has)
    }
}
