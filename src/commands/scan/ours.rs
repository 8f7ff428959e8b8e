//! Which jobs a scan keeps, and how much of them.

use crate::detect::is_unclear;
use crate::model::{Job, Step};

/// Whether a job has a runner, and not one of GitHub's.
pub(super) fn is_ours(job: &Job) -> bool {
    job.assignment.as_ref().is_some_and(|a| !a.hosted)
}

/// Of the steps of a job that nobody will ask about, only those that bound
/// its life.
pub(super) fn trimmed(mut job: Job) -> Job {
    if job.completed_at.is_some() && !is_unclear(&job) {
        let first = job.steps.first().cloned();
        let last = |step: &Step| &*step.name == "Complete job" || step.name.starts_with("Post ");
        let rest = job.steps.iter().skip(1).filter(|step| last(step)).cloned();
        job.steps = first.into_iter().chain(rest).collect();
    }
    job
}
