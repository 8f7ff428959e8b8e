//! The table of `detect/occupancy`, row by row with its boundary cases.

use super::make::*;
use crate::model::{Because, Job, JobStatus, Occupancy, Runner, Sight, UnknownReason};

fn idle() -> Runner {
    runner(1, false).with_labels(&["self-hosted", "linux"])
}

/// Reads the runner by id four times, 30 s apart, from 0 to 90.1 s, and all
/// jobs after that; `change` is made before the jobs are read.
fn asked(jobs: &[Job], last: Runner) -> Occupancy {
    let mut tape = Tape::live();
    for moment in [0, 30, 60] {
        tape.by_id((s(moment), s(moment) + 50), 1, Some(idle()));
    }
    tape.list((s(91), s(91) + 100), vec![last, runner(2, false)]);
    for job in jobs {
        tape.jobs((s(92), s(93)), vec![job.clone()]);
    }
    tape.end_cycle(s(92), |_| ());
    answer(&tape)
}

fn answer(tape: &Tape) -> Occupancy {
    tape.detector().occupancy("r1", &tape.view())
}

fn because(jobs: &[Job], last: Runner) -> Because {
    asked(jobs, last).because
}

fn labeled(mut job: Job, labels: &[&str]) -> Job {
    job.labels = Some(labels.iter().map(|&label| label.into()).collect());
    job
}

#[test]
fn row_1_and_2_which_runner_is_meant() {
    let mut tape = Tape::live();
    tape.list((0, 100), vec![idle(), runner(2, false).named(Some("r1"))]);
    tape.end_cycle(200, |cycle| {
        cycle.runners_expected = 2;
        cycle.runners_read = 2;
    });
    assert_eq!(answer(&tape).because, Because::Ambiguous);
    let by = |tape: &Tape, asked| tape.detector().occupancy(asked, &tape.view()).because;
    assert_eq!(by(&tape, "nobody"), Because::NotFound);
    assert!(matches!(by(&tape, "1"), Because::TooShort { .. }));
    tape.by_id((300, 400), 1, None);
    assert_eq!(by(&tape, "1"), Because::NotFound);
}

/// What an incomplete list does not show may exist.
#[test]
fn row_1_an_incomplete_list_hides_runners() {
    let mut tape = Tape::live();
    tape.list((0, 100), vec![runner(2, false)]);
    tape.end_cycle(200, |cycle| cycle.runners_expected = 2);
    let reason = UnknownReason::IncompletePages;
    assert_eq!(answer(&tape).because, Because::Unread(reason));
}

#[test]
fn row_3_offline_whatever_runs() {
    assert_eq!(because(&[], offline(1, false)), Because::Offline);
    let orphan = asked(&[running(7, 0)], offline(1, false));
    assert_eq!(orphan.because, Because::Offline);
    assert!(orphan.job.is_some(), "the job is named");
}

#[test]
fn row_4_a_job_runs_whatever_the_flag() {
    for busy in [false, true] {
        let last = runner(1, busy);
        assert_eq!(because(&[running(7, 0)], last), Because::JobRunning);
    }
    assert_eq!(because(&[running(7, 0).on(2)], idle()), Because::Idle);
    assert_eq!(because(&[running(7, 0).hosted()], idle()), Because::Idle);
    let done = done(7, -s(600), -s(300));
    assert_eq!(because(&[done], idle()), Because::Idle);
}

#[test]
fn row_5_the_flag_says_busy() {
    assert_eq!(because(&[], runner(1, true)), Because::FlagSet);
}

#[test]
fn row_6_another_name_or_another_id() {
    for job in [
        running(7, 0).on_named(1, "r9"),
        running(7, 0).on_named(9, "r1"),
        labeled(running(7, 0), &["gpu"]),
    ] {
        assert_eq!(because(&[job], idle()), Because::Ambiguous);
    }
}

#[test]
fn row_7_a_record_that_contradicts_itself() {
    let mut job = running(7, 0);
    job.conclusion = Some(crate::model::Conclusion::Success);
    assert_eq!(because(&[job], idle()), Because::MixedJob);
}

#[test]
fn row_8_a_status_nobody_knows() {
    let strange = idle().with_status("hibernating");
    let reason = UnknownReason::Undecodable;
    assert_eq!(because(&[], strange), Because::Unread(reason));
}

#[test]
fn row_9_the_whole_lag_limit_without_a_break() {
    let read = |moments: &[i64], change: &dyn Fn(&mut Tape)| {
        let mut tape = Tape::live();
        for &moment in moments {
            tape.by_id((moment, moment + 50), 1, Some(idle()));
            change(&mut tape);
        }
        tape.end_cycle(moments.last().unwrap() + 60, |_| ());
        answer(&tape).because
    };
    let too_short = |because| matches!(because, Because::TooShort { .. });
    let as_is = |_: &mut Tape| ();
    // From the end of the first to the sending of the last.
    assert_eq!(read(&[0, s(45), s(90) + 50], &as_is), Because::Idle);
    assert!(too_short(read(&[0, s(45), s(90) + 49], &as_is)));
    // Two are not enough, and neighbors are less than 90 s apart.
    assert!(too_short(read(&[0, s(91)], &as_is)));
    assert_eq!(read(&[0, s(2), s(92) + 49], &as_is), Because::Idle);
    assert!(too_short(read(&[0, s(2), s(92) + 50], &as_is)));
    // What a cache or a condition answers does not count.
    let cached = |tape: &mut Tape| tape.amend(|exchange| exchange.age = Some(3));
    let conditional = |tape: &mut Tape| tape.amend(|exchange| exchange.conditional = true);
    for change in [&cached as &dyn Fn(&mut Tape), &conditional] {
        let because = read(&[0, s(30), s(60), s(91)], change);
        assert_eq!(because, Because::Unread(UnknownReason::NotModified));
    }
}

#[test]
fn row_9_another_answer_breaks_it() {
    for odd in [Some(runner(1, true)), Some(offline(1, false)), None] {
        let mut tape = Tape::live();
        for moment in [0, 30, 60, 91] {
            tape.by_id((s(moment), s(moment) + 50), 1, Some(idle()));
            if moment == 30 {
                tape.by_id((s(31), s(32)), 1, odd.clone());
            }
        }
        tape.end_cycle(s(92), |_| ());
        let because = answer(&tape).because;
        assert!(matches!(because, Because::TooShort { .. }), "{odd:?}");
    }
}

/// Readings that a job has denied are no idle readings, also once it ended.
#[test]
fn row_9_a_job_that_ended_meanwhile_begins_it_anew() {
    let because = because(&[done(7, s(10), s(40))], idle());
    assert!(matches!(because, Because::TooShort { .. }));
}

#[test]
fn row_10_all_jobs_after_the_last_reading() {
    let with = |jobs_from: i64, change: &dyn Fn(&mut crate::model::Cycle)| {
        let mut tape = Tape::live();
        for moment in [0, 30, 60, 91] {
            tape.by_id((s(moment), s(moment) + 50), 1, Some(idle()));
        }
        tape.end_cycle(jobs_from, change);
        answer(&tape).because
    };
    assert_eq!(with(s(91) + 50, &|_| ()), Because::Idle);
    assert_eq!(with(s(91) + 49, &|_| ()), Because::JobsUnread);
    assert_eq!(with(s(139), &|_| ()), Because::JobsUnread, "long after");
    let incomplete = |cycle: &mut crate::model::Cycle| cycle.jobs_complete = false;
    assert_eq!(with(s(92), &incomplete), Because::JobsUnread);
    let full = |cycle: &mut crate::model::Cycle| cycle.page_full = true;
    assert_eq!(with(s(92), &full), Because::Idle);
    let open = |cycle: &mut crate::model::Cycle| cycle.open_below = true;
    assert_eq!(with(s(92), &open), Because::JobsUnread);
    let blind = |cycle: &mut crate::model::Cycle| cycle.unreadable.push("acme/app".into());
    assert_eq!(with(s(92), &blind), Because::JobsUnread);
    let part = |cycle: &mut crate::model::Cycle| cycle.sight = Sight::Part;
    assert_eq!(with(s(92), &part), Because::JobsUnread);
}

#[test]
fn row_11_and_12_a_job_that_may_be_handed_to_it() {
    let queued = |labels: &[&str]| labeled(job(7).queued(), labels);
    assert_eq!(because(&[queued(&["Linux"])], idle()), Because::JobQueued);
    assert_eq!(because(&[job(7).queued()], idle()), Because::JobQueued);
    assert_eq!(because(&[queued(&["gpu"])], idle()), Because::Idle);
    let mut waiting = queued(&["linux"]);
    waiting.status = JobStatus::Waiting;
    assert_eq!(because(&[waiting], idle()), Because::Idle);
    let mut unplaced = queued(&["linux"]);
    unplaced.status = JobStatus::InProgress;
    assert_eq!(because(&[unplaced], idle()), Because::JobUnplaced);
}
