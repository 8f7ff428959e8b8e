//! What the unfinished jobs of a scope mean for one runner.

use std::sync::Arc;

use crate::detect::facts::Facts;
use crate::detect::history::JobHistory;
use crate::detect::identity::fits;
use crate::detect::lane::Look;
use crate::detect::life::{RecordState, record_state};
use crate::model::{Assignment, Job, JobKey, JobStatus, RunnerKey};

/// What an unfinished job means for a runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bears {
    /// It runs on it.
    Runs,
    /// It is on it, and its record contradicts itself.
    Mixed,
    /// It names the runner's id or its name, and something else of another.
    Unclear,
    /// It waits, and may be handed to it.
    Queued,
    /// It is in progress on a runner not yet named, which may be this one.
    Unplaced,
}

/// The unfinished jobs that mean something for a runner that looks so.
pub(super) fn bearing<'a>(
    facts: &'a Facts,
    runner: &RunnerKey,
    look: Option<&Look>,
) -> Vec<(Bears, &'a Arc<Job>)> {
    let open = facts
        .jobs
        .iter()
        .filter(|(key, history)| is_open(key, history, runner));
    let bearing = open.filter_map(|(_, history)| {
        let job = &history.record;
        let bears = match &job.assignment {
            None => unassigned(job, look),
            Some(assignment) => assigned(job, assignment, runner, look),
        };
        Some((bears?, job))
    });
    bearing.collect()
}

/// An unfinished job that names a runner which is gone, by its id or its name.
/// A registration can be deleted under a job that runs on.
pub(super) fn of_gone<'a>(facts: &'a Facts, asked: &str) -> Option<&'a Arc<Job>> {
    let names = |job: &Arc<Job>| {
        job.assignment.as_ref().is_some_and(|assignment| {
            let id = asked.parse() == Ok(assignment.runner_id.0);
            !assignment.hosted && (id || assignment.runner_name.as_deref() == Some(asked))
        })
    };
    let open = facts.jobs.values().filter(|history| history.is_open());
    open.map(|history| &history.record).find(|job| names(job))
}

fn is_open(key: &JobKey, history: &JobHistory, runner: &RunnerKey) -> bool {
    let job = &history.record;
    let here = key.host == runner.host && runner.scope.covers(&job.repo);
    here && history.is_open()
}

fn assigned(
    job: &Job,
    assignment: &Assignment,
    runner: &RunnerKey,
    look: Option<&Look>,
) -> Option<Bears> {
    let name = look.and_then(|look| look.name.as_ref());
    let same_id = assignment.runner_id == runner.id;
    let same_name = name.is_some() && name == assignment.runner_name.as_ref();
    if assignment.hosted || !(same_id || same_name) {
        return None;
    }
    let same = same_id && same_name && look.is_some_and(|look| fits(look, assignment, job));
    Some(match record_state(job) {
        _ if !same => Bears::Unclear,
        RecordState::Running => Bears::Runs,
        RecordState::Waiting => Bears::Queued,
        RecordState::Mixed | RecordState::Completed => Bears::Mixed,
    })
}

/// A job that waits for a person or a timer (`waiting`) is handed to nobody
/// before it reads as queued.
fn unassigned(job: &Job, look: Option<&Look>) -> Option<Bears> {
    if job.status == JobStatus::Waiting || !may_take(look, job) {
        return None;
    }
    Some(match record_state(job) {
        RecordState::Waiting => Bears::Queued,
        RecordState::Running | RecordState::Mixed | RecordState::Completed => Bears::Unplaced,
    })
}

/// Whether the labels of a job are among those of the runner; what is not
/// known fits.
fn may_take(look: Option<&Look>, job: &Job) -> bool {
    job.fits_labels(look.and_then(|look| look.labels.as_ref()))
}
