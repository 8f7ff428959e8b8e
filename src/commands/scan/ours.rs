//! Which jobs a scan keeps, and how much of them.

use crate::detect::is_unclear;
use crate::model::Job;

/// Of the steps of a job that nobody will ask about, only those that bound
/// its life.
pub(super) fn trimmed(mut job: Job) -> Job {
    if job.completed_at.is_some() && !is_unclear(&job) {
        let first = job.steps.first().cloned();
        let rest = job.steps.iter().skip(1).filter(|step| !step.is_main());
        job.steps = first.into_iter().chain(rest.cloned()).collect();
    }
    job
}
