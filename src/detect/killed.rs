//! Whether the job lost its runner after a desync (`evidence.md` §6). It
//! *follows* the desync; nothing here says that one caused the other.

use std::collections::BTreeSet;

use super::events::{HowEnded, RunnerEnd};
use super::life::{Life, RecordState, worked};
use super::placed::PlacedReading;
use super::track::Track;
use crate::model::{Conclusion, Job, Killed, KilledBecause, LogEnd, Step, Timestamp};

/// Judges what became of the job of a period, given by its index, whose last
/// contradicting reading is `last` and after which a reading agreed, or may
/// have, at `agreed`.
pub(super) fn killed(
    track: &Track,
    job: Option<usize>,
    last: &PlacedReading,
    agreed: Option<Timestamp>,
) -> (Killed, Vec<KilledBecause>) {
    let life = job.and_then(|job| Some((job, track.lives.get(job)?)));
    let completed = life.filter(|(_, life)| life.state == RecordState::Completed);
    let Some((at, life)) = completed else {
        return (Killed::Unknown, Vec::new());
    };
    if life.job.conclusion == Some(Conclusion::Success) {
        return (Killed::No, vec![KilledBecause::JobSucceeded]);
    }
    let last_false = last.bounds.received;
    // A machine that is taken down tells its programs to shut down: that is
    // one end, and the autoscaler's word for it stands.
    let how = ends(track, life, last_false, agreed).map(|end| end.how);
    let ends: BTreeSet<_> = how.min().map(reason_of).into_iter().collect();
    if !ends.is_empty() {
        return (Killed::Yes, because(ends, &life.job));
    }
    if post_steps(&life.job).any(worked) {
        return (Killed::No, vec![KilledBecause::PostStepsRan]);
    }
    let signs = signs(track, at, life);
    // What happened after the answers agreed again followed no desync.
    if signs.is_empty() || agreed.is_some() {
        return (Killed::Unknown, Vec::new());
    }
    (Killed::Likely, because(signs, &life.job))
}

/// The ends of the runner inside the job's life from an instant on, with no
/// agreeing reading between and no post-step after it.
pub(super) fn ends(
    track: &Track,
    life: &Life,
    from: Timestamp,
    agreed: Option<Timestamp>,
) -> impl Iterator<Item = RunnerEnd> {
    let ends = track.events.ends_from(from).iter().copied();
    ends.filter(move |end| {
        let in_life = life.end.is_none_or(|over| end.at <= over);
        in_life
            && agreed.is_none_or(|agreed| end.at <= agreed)
            && !post_steps(&life.job).any(|step| ran_after(step, end.at))
    })
}

/// The end of a runner as a sign.
pub(super) const fn reason_of(how: HowEnded) -> KilledBecause {
    match how {
        HowEnded::Terminated | HowEnded::Orphaned => KilledBecause::Terminated,
        HowEnded::Shutdown => KilledBecause::Shutdown,
    }
}

/// What points to a runner that was taken away, and does not show it.
fn signs(track: &Track, at: usize, life: &Life) -> BTreeSet<KilledBecause> {
    let signs = [
        (
            KilledBecause::PostStepsSkipped,
            died_under_main_step(&life.job),
        ),
        (
            KilledBecause::Annotation,
            track.told_lost.contains(&life.job.id),
        ),
        (
            KilledBecause::DispatchWithoutFinish,
            never_finished(track, at, life),
        ),
    ];
    let there = signs.into_iter().filter(|(_, there)| *there);
    there.map(|(sign, _)| sign).collect()
}

/// Whether the runner's log shows a worker sent to the job and no finish,
/// although it goes on past the job's end or is complete. A worker that renews
/// its lease after that end is still there.
pub(super) fn never_finished(track: &Track, at: usize, life: &Life) -> bool {
    let Some(logged) = track.logged_as(at).filter(|logged| logged.is_unfinished()) else {
        return false;
    };
    let log = logged.log.and_then(|log| track.events.log(log));
    log.is_some_and(|log| match log.end {
        LogEnd::Shutdown | LogEnd::Complete => true,
        LogEnd::Open => life.end.is_some_and(|end| {
            let over = end + log.margin;
            over < log.until && !logged.is_renewed_after(over)
        }),
    })
}

/// The signs, and how the job ended.
fn because(signs: BTreeSet<KilledBecause>, job: &Job) -> Vec<KilledBecause> {
    signs.into_iter().chain(concluded(job)).collect()
}

/// How a job that did not succeed ended.
pub(super) const fn concluded(job: &Job) -> Option<KilledBecause> {
    match job.conclusion {
        Some(Conclusion::Failure | Conclusion::TimedOut) => Some(KilledBecause::JobFailed),
        Some(Conclusion::Cancelled) => Some(KilledBecause::JobCancelled),
        Some(Conclusion::Success | Conclusion::Skipped | Conclusion::Other(_)) | None => None,
    }
}

pub(super) fn post_steps(job: &Job) -> impl Iterator<Item = &Step> {
    job.steps.iter().filter(|step| step.is_post_step())
}

/// Whether a step ran after the instant, and worked, whenever it began.
fn ran_after(step: &Step, instant: Timestamp) -> bool {
    let began = step.started_at.is_some_and(|at| instant <= at);
    let ended = step.completed_at.is_some_and(|at| instant < at);
    worked(step) && (began || ended)
}

/// A main step cancelled with every post-step skipped points to a runner
/// killed under the job; post-steps that ran point to a person or to
/// concurrency (actions/runner#4422, a comment of its reporter).
pub(super) fn died_under_main_step(job: &Job) -> bool {
    let mut main = job.steps.iter().filter(|step| step.is_main());
    let main_cancelled = main.any(|step| step.conclusion == Some(Conclusion::Cancelled));
    let mut posts = post_steps(job).peekable();
    main_cancelled
        && posts.peek().is_some()
        && posts.all(|step| step.conclusion == Some(Conclusion::Skipped))
}
