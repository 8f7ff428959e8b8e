//! The table of `death`, row by row, and how fates are put together.

use super::make::*;
use crate::detect::death::{Dispatch, Signs, Told, died, is_judged, is_unclear, tells_of_loss};
use crate::model::{
    Annotated, Annotation, AnnotationsRead, Conclusion, Fate, Job, JobId, JobStatus, Killed,
    KilledBecause as Because, Record, RunnerEvent, RunnerEventKind, Step, Timestamp,
};

const POST: &str = "Post Run actions/checkout@v5";

/// A job that was cut off: canceled main step, skipped post-step.
fn cut_off(id: u64) -> Job {
    let job = job(id).step("Set up job", Some(s(0)), Some((s(1), "success")));
    let job = job.step("work", Some(s(1)), Some((s(60), "cancelled")));
    job.step(POST, None, Some((s(60), "skipped")))
        .ended(s(60), "cancelled")
}

/// The service closed the job, and left its steps as they were.
fn left_open(conclusion: &str) -> Job {
    let open = job(7).set_up(s(0));
    let steps = open.steps.clone();
    let mut closed = open.ended(s(700), conclusion);
    closed.steps = steps;
    closed
}

fn finished(conclusion: &str) -> Job {
    let job = job(7).step("work", Some(s(1)), Some((s(50), conclusion)));
    job.step("Complete job", Some(s(59)), Some((s(60), "success")))
        .ended(s(60), conclusion)
}

fn told(told: Told) -> Signs {
    Signs {
        told,
        ..Signs::NONE
    }
}

fn taken(how: Because) -> Signs {
    Signs {
        taken: Some(how),
        ..Signs::NONE
    }
}

#[track_caller]
fn row(job: &Job, signs: Signs, killed: Killed, because: &[Because]) {
    assert!(is_judged(job));
    let (said, why) = died(job, signs);
    assert_eq!(said, killed);
    assert_eq!(why.into_iter().collect::<Vec<_>>(), because);
}

#[test]
fn row_1_is_not_judged() {
    assert!(!is_judged(&job(7)));
    assert!(!is_judged(&job(7).queued()));
    assert!(!is_judged(&job(7).ended(s(9), "skipped")));
    assert!(!is_judged(&cut_off(7).hosted()));
    let mut unassigned = cut_off(7);
    unassigned.assignment = None;
    assert!(!is_judged(&unassigned));
    assert!(!is_unclear(&unassigned));
}

#[test]
fn row_2_succeeded() {
    let signs = Signs {
        taken: Some(Because::Terminated),
        told: Told::Loss,
        dispatch: Dispatch::Unfinished,
    };
    row(
        &finished("success"),
        signs,
        Killed::No,
        &[Because::JobSucceeded],
    );
}

#[test]
fn row_3_taken_outweighs_everything_else() {
    for how in [Because::Terminated, Because::Shutdown] {
        for job in [cut_off(7), finished("failure"), left_open("cancelled")] {
            row(&job, taken(how), Killed::Yes, &[how]);
        }
    }
}

#[test]
fn row_4_the_runner_was_there_to_the_end() {
    let ran = [Because::PostStepsRan];
    row(&finished("failure"), Signs::NONE, Killed::No, &ran);
    row(&finished("cancelled"), told(Told::Loss), Killed::No, &ran);
    let post = job(7).step("work", Some(s(1)), Some((s(50), "cancelled")));
    let post = post.step(POST, Some(s(50)), Some((s(51), "failure")));
    row(
        &post.ended(s(60), "cancelled"),
        told(Told::Loss),
        Killed::No,
        &ran,
    );
    let unfinished = Signs {
        dispatch: Dispatch::Unfinished,
        ..Signs::NONE
    };
    row(&finished("failure"), unfinished, Killed::No, &ran);
}

#[test]
fn row_5_signs_add_up() {
    row(
        &cut_off(7),
        Signs::NONE,
        Killed::Likely,
        &[Because::PostStepsSkipped],
    );
    let bare = job(7).ended(s(60), "failure");
    row(
        &bare,
        told(Told::Loss),
        Killed::Likely,
        &[Because::Annotation],
    );
    let all = Signs {
        taken: None,
        told: Told::Loss,
        dispatch: Dispatch::Unfinished,
    };
    row(
        &cut_off(7),
        all,
        Killed::Likely,
        &[
            Because::PostStepsSkipped,
            Because::Annotation,
            Because::DispatchWithoutFinish,
        ],
    );
    for conclusion in ["failure", "timed_out"] {
        let open = [Because::StepsUnfinished];
        row(&left_open(conclusion), Signs::NONE, Killed::Likely, &open);
    }
}

/// Only a step that began and never ended is a sign: by its time or by its
/// status, whichever the record has.
#[test]
fn row_5_a_step_that_did_not_begin_or_has_ended_is_no_sign() {
    let with = |shape: fn(&mut Step)| {
        let mut job = left_open("failure");
        shape(job.steps.last_mut().unwrap());
        died(&job, Signs::NONE)
            .1
            .contains(&Because::StepsUnfinished)
    };
    assert!(with(|step| step.started_at = None), "it is in progress");
    assert!(with(|step| step.status = JobStatus::Queued), "it has begun");
    assert!(!with(|step| {
        step.started_at = None;
        step.status = JobStatus::Queued;
    }));
    assert!(!with(|step| step.conclusion = Some(Conclusion::Failure)));
}

#[test]
fn row_6_is_unknown() {
    let unknown = |job: Job| row(&job, Signs::NONE, Killed::Unknown, &[]);
    unknown(job(7).ended(s(60), "failure"));
    unknown(job(7).ended(s(60), "neutral"));
    // Canceled by force, perhaps.
    unknown(left_open("cancelled"));
    // No post-step says anything.
    unknown(job(7).set_up(s(0)).ended(s(60), "cancelled"));
}

/// A request is spent where it can change something.
#[test]
fn annotations_are_wanted_of_what_is_unclear() {
    assert!(is_unclear(&cut_off(7)));
    assert!(is_unclear(&job(7).ended(s(60), "failure")));
    assert!(!is_unclear(&finished("failure")));
    assert!(!is_unclear(&finished("success")));
    assert!(!is_unclear(&job(7)));
}

#[test]
fn what_tells_of_a_loss() {
    for message in [
        "The self-hosted runner: r1 lost communication with the server. Verify the machine",
        "The self-hosted runner lost communication with the server.",
        "The runner has received a shutdown signal. This can happen when",
    ] {
        assert!(tells_of_loss(message), "{message}");
    }
    for message in [
        "The operation was canceled.",
        "Process completed with exit code 143.",
        "",
    ] {
        assert!(!tells_of_loss(message), "{message}");
    }
}

fn fate_of(job: Job, others: Vec<Record>) -> Fate {
    let id = job.id;
    let mut tape = Tape::files();
    tape.import(job);
    tape.records.extend(others);
    let detector = tape.detector();
    let mut fates = detector.fates(&view(), &[id].into());
    assert_eq!(fates.len(), 1);
    fates.remove(0)
}

fn terminated(at: Timestamp) -> Record {
    let kind = RunnerEventKind::Terminated;
    Record::Event(RunnerEvent::plain(at, key(1), kind, None))
}

fn annotated(message: &str) -> Record {
    Record::Annotated(Annotated {
        host: key(1).host,
        job: JobId(7),
        annotations: vec![Annotation {
            level: None,
            message: message.into(),
        }],
    })
}

#[test]
fn a_termination_counts_inside_the_life_and_before_the_last_step() {
    let inside = fate_of(cut_off(7), vec![terminated(at(s(40)))]);
    assert_eq!(inside.killed, Killed::Yes);
    assert_eq!(inside.taken_at, Some(at(s(40))));
    assert_eq!(inside.because, [Because::Terminated, Because::JobCancelled]);
    let after = fate_of(cut_off(7), vec![terminated(at(s(70)))]);
    assert_eq!(after.killed, Killed::Likely);
    assert_eq!(after.taken_at, None);
    let before = fate_of(cut_off(7), vec![terminated(at(s(-70)))]);
    assert_eq!(before.killed, Killed::Likely);
    let moved = finished("failure");
    let moved = fate_of(moved, vec![terminated(at(s(40)))]);
    assert_eq!(moved.killed, Killed::No, "a step ended ten seconds later");
}

#[test]
fn annotations_are_known_or_not() {
    let silent = fate_of(
        job(7).ended(s(60), "failure"),
        vec![annotated("exit code 1")],
    );
    assert_eq!(silent.annotations, AnnotationsRead::Yes);
    assert_eq!((silent.killed, silent.annotation), (Killed::Unknown, None));
    let unread = fate_of(job(7).ended(s(60), "failure"), Vec::new());
    assert_eq!(unread.annotations, AnnotationsRead::No);
    let lost = "The self-hosted runner lost communication with the server.";
    let lost = fate_of(job(7).ended(s(60), "failure"), vec![annotated(lost)]);
    assert_eq!(lost.killed, Killed::Likely);
    assert!(lost.annotation.is_some());
}

/// What a report says of a period's job knows the annotation too.
#[test]
fn a_period_knows_the_annotation() {
    let mut tape = Tape::files();
    tape.import(running(7, s(0)).ended(s(600), "failure"));
    tape.reading(s(300), runner(1, false));
    tape.records
        .push(annotated("lost communication with the server"));
    let period = tape.analysis().periods.remove(0);
    assert_eq!(period.killed, Killed::Likely);
    assert_eq!(
        period.killed_because,
        [Because::Annotation, Because::JobFailed]
    );
}
