//! Whether a finished job lost its runner, whatever the runner's flag was:
//! what `scan` looks for (`evidence.md` §6). First row that fits:
//!
//! | # | the job | killed |
//! |---|---|---|
//! | 1 | has not ended, was skipped, has no runner, or one of GitHub's | not judged |
//! | 2 | succeeded | no: job-succeeded |
//! | 3 | its runner was terminated or told to shut down inside its life, and no step moved after that | yes: terminated, shutdown |
//! | 4 | `Complete job` or a post-step ran: the runner was there to the end | no: post-steps-ran |
//! | 5 | an annotation tells of a lost or stopped runner | likely: annotation |
//! | 5 | its main step was canceled and all post-steps were skipped | likely: post-steps-skipped |
//! | 5 | it failed or timed out with a step begun that never ended | likely: steps-unfinished |
//! | 5 | a runner's log shows it begun and not finished | likely: dispatch-without-finish |
//! | 6 | anything else | unknown |
//!
//! The signs of row 5 add up. A job can write any annotation, and can be
//! canceled by force: none of them is more than a sign.

use std::collections::BTreeSet;

use super::killed::{died_under_main_step, post_steps};
use super::life::{RecordState, record_state, worked};
use crate::model::{Conclusion, Job, JobStatus, Killed, KilledBecause};

/// What the service writes at a job whose runner it does not hear any more,
/// and the runner itself when it is told to stop.
const TELLING: [&str; 2] = [
    "lost communication with the server",
    "The runner has received a shutdown signal",
];

/// Whether an annotation tells of the loss of the runner.
pub(super) fn tells_of_loss(message: &str) -> bool {
    TELLING.iter().any(|telling| message.contains(telling))
}

/// What is known of a job's end besides its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signs {
    /// How its runner ended inside its life, with no step moved after it.
    pub(super) taken: Option<KilledBecause>,
    pub(super) told: Told,
    pub(super) dispatch: Dispatch,
}

/// What the annotations of a job tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Loss,
    Nothing,
}

/// How a runner's log has the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dispatch {
    /// Begun and not finished.
    Unfinished,
    FinishedOrUnknown,
}

impl Signs {
    /// The record alone.
    pub(super) const NONE: Self = Self {
        taken: None,
        told: Told::Nothing,
        dispatch: Dispatch::FinishedOrUnknown,
    };
}

/// Row 1: whether a job is judged at all.
pub(super) fn is_judged(job: &Job) -> bool {
    job.is_self_hosted()
        && record_state(job) == RecordState::Completed
        && job.conclusion != Some(Conclusion::Skipped)
}

/// Rows 2 to 6.
pub(super) fn died(job: &Job, signs: Signs) -> (Killed, BTreeSet<KilledBecause>) {
    if job.conclusion == Some(Conclusion::Success) {
        return (Killed::No, [KilledBecause::JobSucceeded].into());
    }
    if let Some(how) = signs.taken {
        return (Killed::Yes, [how].into());
    }
    if ended_by_itself(job) {
        return (Killed::No, [KilledBecause::PostStepsRan].into());
    }
    let there = [
        (KilledBecause::PostStepsSkipped, died_under_main_step(job)),
        (KilledBecause::Annotation, signs.told == Told::Loss),
        (KilledBecause::StepsUnfinished, stopped_within_a_step(job)),
        (
            KilledBecause::DispatchWithoutFinish,
            signs.dispatch == Dispatch::Unfinished,
        ),
    ];
    let there = there.into_iter().filter(|(_, there)| *there);
    let there: BTreeSet<_> = there.map(|(sign, _)| sign).collect();
    if there.is_empty() {
        (Killed::Unknown, there)
    } else {
        (Killed::Likely, there)
    }
}

/// Whether the annotations of a job can change what is said of it: they cost
/// a request each.
pub(crate) fn is_unclear(job: &Job) -> bool {
    is_judged(job)
        && match died(job, Signs::NONE).0 {
            Killed::Likely | Killed::Unknown => true,
            Killed::Yes | Killed::No => false,
        }
}

/// Whether the runner worked at the job's last steps, which it does of its
/// own accord, also when somebody cancels.
fn ended_by_itself(job: &Job) -> bool {
    let completed = job.steps.iter().filter(|step| step.is_complete_job());
    completed.chain(post_steps(job)).any(worked)
}

/// Whether a step began and never ended, although the service has closed the
/// job. A cancellation by force leaves the same behind, so that one is no
/// sign.
fn stopped_within_a_step(job: &Job) -> bool {
    let failed = matches!(
        job.conclusion,
        Some(Conclusion::Failure | Conclusion::TimedOut)
    );
    failed
        && job.steps.iter().any(|step| {
            let begun = step.started_at.is_some() || step.status == JobStatus::InProgress;
            begun && step.conclusion.is_none()
        })
}
