//! What the detector asks the poller to read next.

use super::{Job, JobId, RepoName, RunId, RunnerId, Scope};

/// Why a candidate is confirmed before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    OpenPeriod,
    FalseAfterTrue,
    OlderThanLagLimit,
    Young,
    /// The runner is in no list any more, and its job goes on: what GitHub
    /// says of that, it says by id alone.
    Vanished,
    /// Not a contradiction: an agreeing runner, read as a control.
    Control,
}

/// A runner and the job that its flag seems to deny.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    pub(crate) urgency: Urgency,
    pub(crate) scope: Scope,
    pub(crate) runner: RunnerId,
    pub(crate) repo: RepoName,
    pub(crate) job: JobId,
    /// Whether the period is a finding already.
    pub(crate) claimed: Claimed,
}

/// Whether a candidate's period may be claimed already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Claimed {
    NotYet,
    Already,
}

/// A job that has not ended as far as is known, for reading it again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OpenJob {
    pub(crate) repo: RepoName,
    pub(crate) run: Option<RunId>,
    pub(crate) job: JobId,
}

impl OpenJob {
    /// What to ask for to read this job again.
    pub(crate) fn of(job: &Job) -> Self {
        Self {
            repo: job.repo.clone(),
            run: job.run_id,
            job: job.id,
        }
    }
}
