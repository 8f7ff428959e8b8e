//! The end of a runner by other witnesses: what it means for readings after it,
//! and whether a job was killed (`evidence.md` §6).

use super::make::*;
use crate::model::{
    Job, Killed, Kind, Liveness, Runner, RunnerEvent, RunnerEventKind, RunnerLog,
    UnknownReason as Why,
};
use Short::{Agrees, Desync, Unknown};

#[test]
fn after_a_termination_a_false_reading_is_a_lost_runner() {
    let read = |moment, runner: Runner, job| {
        let mut tape = Tape::files();
        tape.import(job);
        tape.terminated(s(300), 1);
        tape.reading(moment, runner);
        tape.last()
    };
    assert_eq!(read(s(307), idle(), failed_job()), Desync(Kind::LostRunner));
    assert_eq!(read(s(307) - 1, idle(), failed_job()), Unknown(Why::Edge));
    assert_eq!(read(s(300), idle(), failed_job()), Desync(Kind::BusyFalse));
    assert_eq!(read(s(400), busy(), failed_job()), Agrees);
    assert_eq!(
        read(s(400), offline(1, true), failed_job()),
        Desync(Kind::LostRunner)
    );
    // A step that moves after the reading outweighs the termination.
    assert_eq!(
        read(s(400), idle(), moving_job(500)),
        Desync(Kind::BusyFalse)
    );
    assert_eq!(
        read(s(400), offline(1, true), moving_job(500)),
        Desync(Kind::Offline)
    );
}

#[test]
fn an_earlier_jobs_termination_is_not_held_against_the_next() {
    let mut tape = Tape::files();
    tape.terminated(s(50), 1);
    tape.import(failed_job());
    tape.reading(s(400), idle());
    assert_eq!(tape.last(), Desync(Kind::BusyFalse));
    let analysis = tape.analysis();
    assert_eq!(analysis.periods[0].liveness, Liveness::Undecided);
}

/// Which came first, the start or the termination, is not told by so little.
#[test]
fn a_termination_within_the_margin_of_the_start_is_held_against_the_job() {
    let read = |moment| {
        let mut tape = Tape::files();
        tape.terminated(moment, 1);
        tape.import(failed_job());
        tape.reading(s(400), idle());
        tape.last()
    };
    assert_eq!(read(s(98) - 1), Desync(Kind::BusyFalse));
    assert_eq!(read(s(98)), Desync(Kind::LostRunner));
    assert_eq!(read(s(99)), Desync(Kind::LostRunner));
}

// Killed.

/// Killed asks for no agreeing reading between; that the runner read offline
/// before it was taken down is no agreement.
#[test]
fn killed_after_an_offline_reading() {
    let killed = |between: Runner| {
        let mut tape = Tape::files();
        tape.import(failed_job());
        tape.reading(s(300), idle());
        tape.reading(s(310), between);
        tape.terminated(s(320), 1);
        let analysis = tape.analysis();
        let periods = analysis.periods.iter();
        let mut flags = periods.filter(|period| period.kind == Kind::BusyFalse);
        flags.next().unwrap().killed
    };
    assert_eq!(killed(offline(1, false)), Killed::Yes);
    assert_eq!(killed(busy()), Killed::Unknown);
}

/// A job whose main step was canceled at 600 s, and that ended then, with two
/// post-steps.
fn with_posts(posts: [(Option<i64>, (i64, &str)); 2]) -> Job {
    let [one, other] = posts;
    running(7, s(100))
        .step("Build", Some(s(110)), Some((s(600), "cancelled")))
        .step("Post Build", one.0, Some(one.1))
        .step("Post Set up", other.0, Some(other.1))
        .ended(s(600), "cancelled")
}

fn skipped() -> (Option<i64>, (i64, &'static str)) {
    (None, (s(600), "skipped"))
}

fn killed_of(job: Job, readings: &[(i64, Runner)], termination: Option<i64>) -> Killed {
    let mut tape = Tape::files();
    tape.import(job);
    for (moment, runner) in readings {
        tape.reading(*moment, runner.clone());
    }
    if let Some(moment) = termination {
        tape.terminated(moment, 1);
    }
    let periods = tape.analysis().periods.into_iter();
    let mut flags = periods.filter(|period| period.kind == Kind::BusyFalse);
    flags.next().unwrap().killed
}

/// A post-step that goes on after the termination ran after it, whenever it
/// began.
#[test]
fn a_post_step_that_ends_after_the_termination_was_not_killed() {
    let killed = |post: i64| {
        let job = with_posts([(Some(s(290)), (post, "success")), skipped()]);
        killed_of(job, &[(s(300), idle())], Some(s(302)))
    };
    assert_eq!(killed(s(302)), Killed::Yes);
    assert_eq!(killed(s(302) + 1), Killed::No);
    assert_eq!(killed(s(420)), Killed::No);
}

/// "`no` when its post-steps ran": when they began does not matter.
#[test]
fn post_steps_that_ran_before_the_last_false_reading_ran() {
    let killed = |post| killed_of(with_posts([post, skipped()]), &[(s(560), idle())], None);
    assert_eq!(killed((Some(s(550)), (s(570), "success"))), Killed::No);
    assert_eq!(killed((Some(s(540)), (s(545), "failure"))), Killed::No);
    assert_eq!(killed(skipped()), Killed::Likely);
}

/// A job canceled long after its flag was right again lost no runner to a
/// false one, as with a termination.
#[test]
fn signs_after_an_agreeing_reading_say_nothing() {
    let killed = |readings: &[(i64, Runner)]| {
        let job = with_posts([skipped(), skipped()]);
        killed_of(job, readings, None)
    };
    assert_eq!(killed(&[(s(130), idle())]), Killed::Likely);
    assert_eq!(
        killed(&[(s(130), idle()), (s(160), busy())]),
        Killed::Unknown
    );
    assert_eq!(
        killed(&[(s(130), busy()), (s(160), idle())]),
        Killed::Likely
    );
}

/// Two repositories of an owner can each have a runner of this id.
#[test]
fn the_end_of_a_runner_of_another_name_is_not_this_ones() {
    let killed = |name: Option<&str>, logged: &str| {
        let mut tape = Tape::files();
        tape.import(failed_job());
        tape.reading(s(400), idle());
        tape.event(RunnerEvent {
            name: name.map(Into::into),
            ..RunnerEvent::plain(at(s(500)), key(1), RunnerEventKind::Terminated, None)
        });
        tape.log(RunnerLog {
            name: Some(logged.into()),
            ..log(s(50), s(510))
        });
        let shutdown = RunnerEvent::plain(
            at(s(505)),
            key(1),
            RunnerEventKind::Shutdown,
            Some("runner-log".into()),
        );
        tape.event(shutdown);
        let analysis = tape.analysis();
        let period = &analysis.periods[0];
        (period.killed, period.end.by)
    };
    assert_eq!(killed(None, "r1"), (Killed::Yes, Some(at(s(500)))));
    assert_eq!(killed(Some("other"), "r1"), (Killed::Yes, Some(at(s(505)))));
    let (none, end) = killed(Some("other"), "other");
    assert_eq!(none, Killed::Unknown);
    assert!(end > Some(at(s(505))), "{end:?}");
}
