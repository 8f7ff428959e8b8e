//! Whether the job lost its runner after a desync (`evidence.md` §6). It
//! *follows* the desync; nothing here says that one caused the other.

use super::life::{Life, RecordState};
use super::liveness::terminations;
use super::placed::PlacedReading;
use super::track::Track;
use crate::model::{Conclusion, Job, Killed, KilledBecause, Step, Timestamp};

/// Judges what became of the job of a period whose last contradicting reading
/// is `last` and whose end is at most `ended`.
pub(super) fn killed(
    track: &Track,
    life: Option<&Life>,
    last: &PlacedReading,
    ended: Option<Timestamp>,
) -> (Killed, Vec<KilledBecause>) {
    let Some(life) = life.filter(|life| life.state == RecordState::Completed) else {
        return (Killed::Unknown, Vec::new());
    };
    if life.job.conclusion == Some(Conclusion::Success) {
        return (Killed::No, vec![KilledBecause::JobSucceeded]);
    }
    let last_false = last.bounds.received;
    let mut terminated = terminations(track).filter(|&at| {
        let in_life = last_false <= at && life.end.is_none_or(|end| at <= end);
        in_life && ended.is_none_or(|ended| at <= ended)
    });
    if terminated.any(|at| !post_steps(&life.job).any(|step| ran_after(step, at))) {
        return (Killed::Yes, because(KilledBecause::Terminated, &life.job));
    }
    if post_steps(&life.job).any(|step| ran_after(step, last_false)) {
        return (Killed::No, vec![KilledBecause::PostStepsRan]);
    }
    if died_under_main_step(&life.job) {
        let reasons = because(KilledBecause::PostStepsSkipped, &life.job);
        return (Killed::Likely, reasons);
    }
    (Killed::Unknown, Vec::new())
}

fn because(sign: KilledBecause, job: &Job) -> Vec<KilledBecause> {
    let conclusion = match job.conclusion {
        Some(Conclusion::Failure | Conclusion::TimedOut) => Some(KilledBecause::JobFailed),
        Some(Conclusion::Cancelled) => Some(KilledBecause::JobCancelled),
        Some(Conclusion::Success | Conclusion::Skipped | Conclusion::Other(_)) | None => None,
    };
    std::iter::once(sign).chain(conclusion).collect()
}

/// Steps that clean up after others; GitHub names them "Post …".
fn post_steps(job: &Job) -> impl Iterator<Item = &Step> {
    job.steps
        .iter()
        .filter(|step| step.name.starts_with("Post "))
}

fn ran_after(step: &Step, instant: Timestamp) -> bool {
    let worked = matches!(
        step.conclusion,
        Some(Conclusion::Success | Conclusion::Failure)
    );
    worked && step.started_at.is_some_and(|at| instant <= at)
}

/// A main step cancelled with every post-step skipped points to a runner
/// killed under the job; post-steps that ran point to a person or to
/// concurrency (actions/runner#4422, a comment of its reporter).
fn died_under_main_step(job: &Job) -> bool {
    let main_cancelled = job.steps.iter().any(|step| {
        !step.name.starts_with("Post ") && step.conclusion == Some(Conclusion::Cancelled)
    });
    let mut posts = post_steps(job).peekable();
    main_cancelled
        && posts.peek().is_some()
        && posts.all(|step| step.conclusion == Some(Conclusion::Skipped))
}
