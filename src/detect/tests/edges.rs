//! Ring 1, rows 5 to 7 of `evidence.md` §3: where a job's life begins and ends,
//! and what a reading there may say.

use super::make::*;
use crate::model::{Job, Kind, Span, UnknownReason as Why};
use Short::{Agrees, Desync, Idle, Late, Maybe, Unknown};

#[test]
fn rows_5_to_7_at_the_edges_of_a_sure_life() {
    let job = || vec![done(7, s(100), s(1000))];
    for (flag, inside) in [(busy(), Agrees), (idle(), Desync(Kind::BusyFalse))] {
        let read = |moment| imported(moment, flag.clone(), job());
        // The window opens 5 s before: start + margin met, then missed.
        assert_eq!(read(s(107)), inside);
        assert_eq!(read(s(107) - 1), Unknown(Why::Edge));
        // received + margin ≤ end met, then missed.
        assert_eq!(read(s(998)), inside);
        assert_eq!(read(s(998) + 1), Unknown(Why::Edge));
    }
    let read = |moment| imported(moment, idle(), job());
    // Wholly before, and wholly after, by more than the margin.
    assert_eq!(read(s(98)), Unknown(Why::Edge));
    assert_eq!(read(s(98) - 1), Idle);
    assert_eq!(read(s(1007) - 1), Unknown(Why::Edge));
    assert_eq!(read(s(1007)), Idle);
}

#[test]
fn rows_5_to_7_with_a_wider_clock_bound() {
    let with = |moment| {
        let mut tape = Tape::files();
        tape.rules.clock_bound = Span::secs(30);
        tape.import(done(7, s(100), s(1000)));
        tape.reading(moment, idle());
        tape.last()
    };
    assert_eq!(with(s(137)), Desync(Kind::BusyFalse));
    assert_eq!(with(s(137) - 1), Unknown(Why::Edge));
    assert_eq!(with(s(968)), Desync(Kind::BusyFalse));
    assert_eq!(with(s(968) + 1), Unknown(Why::Edge));
}

#[test]
fn rows_5_to_7_live() {
    let read = |sent: i64, received: i64| {
        let mut tape = Tape::live();
        tape.list((sent, received), vec![idle()]);
        tape.jobs((s(1100), s(1101)), vec![done(7, s(100), s(1000))]);
        tape.cycle(s(1100));
        tape.last()
    };
    let (first, last) = (s(100) + LIVE_MARGIN, s(1000) - LIVE_MARGIN);
    assert_eq!(read(first, last), Desync(Kind::BusyFalse));
    assert_eq!(read(first - 1, last), Unknown(Why::Edge));
    assert_eq!(read(first, last + 1), Unknown(Why::Edge));
}

fn started_and_set_up(started: i64, set_up: i64) -> Job {
    job(7)
        .started(started)
        .set_up(set_up)
        .ended(s(1000), "success")
}

#[test]
fn row_7_a_set_up_step_makes_the_start_sure() {
    let read = |moment, job| imported(moment, idle(), vec![job]);
    // 60 s after the earliest start: sure, and the later of the two.
    let sure = || started_and_set_up(s(100), s(160));
    assert_eq!(read(s(167), sure()), Desync(Kind::BusyFalse));
    assert_eq!(read(s(167) - 1, sure()), Unknown(Why::Edge));
    // A clock 2 s early: the later of the two is the record's.
    let early = || started_and_set_up(s(100), s(98));
    assert_eq!(read(s(107), early()), Desync(Kind::BusyFalse));
    assert_eq!(read(s(107) - 1, early()), Unknown(Why::Edge));
}

#[test]
fn row_7_an_unsure_start_leaves_five_minutes() {
    let read = |moment, job| imported(moment, idle(), vec![job]);
    let late = || started_and_set_up(s(100), s(160) + 1);
    let from = s(160) + 1 + s(300) + s(2) + s(5);
    assert_eq!(read(from, late()), Desync(Kind::BusyFalse));
    assert_eq!(read(from - 1, late()), Unknown(Why::Edge));
    assert_eq!(read(s(150), late()), Unknown(Why::Edge));
    let early = || started_and_set_up(s(100), s(98) - 1);
    assert_eq!(read(s(407), early()), Desync(Kind::BusyFalse));
    assert_eq!(read(s(407) - 1, early()), Unknown(Why::Edge));
}

#[test]
fn row_7_without_steps_a_file_knows_no_start() {
    let bare = job(7).started(s(100)).ended(s(1000), "success");
    assert_eq!(imported(s(900), idle(), vec![bare]), Unknown(Why::Edge));
}

#[test]
fn row_7_without_steps_the_first_reading_of_the_job_bounds_the_start() {
    let read = |sent: i64| {
        let mut tape = Tape::live();
        let bare = job(7).started(s(100));
        tape.jobs((s(300), s(301)), vec![bare.clone()]);
        tape.list((sent, sent + 100), vec![idle()]);
        tape.jobs((s(1100), s(1101)), vec![bare.ended(s(1000), "success")]);
        tape.cycle(s(1100));
        tape.last()
    };
    assert_eq!(read(s(301) + LIVE_MARGIN), Desync(Kind::BusyFalse));
    assert_eq!(read(s(301) + LIVE_MARGIN - 1), Unknown(Why::Edge));
}

/// Nor is a list of steps that have not begun another start.
#[test]
fn row_7_steps_without_a_beginning_are_as_none() {
    let mut tape = Tape::live();
    let bare = job(7).started(s(100)).step("Set up job", None, None);
    tape.jobs((s(300), s(301)), vec![bare.clone()]);
    tape.list((s(500), s(501)), vec![idle()]);
    tape.jobs((s(1100), s(1101)), vec![bare.ended(s(1000), "success")]);
    tape.cycle(s(1100));
    assert_eq!(tape.last(), Desync(Kind::BusyFalse));
}

#[test]
fn row_7_the_previous_jobs_end_opens_the_range() {
    let jobs = || {
        let b = job(8).started(s(50)).set_up(s(510));
        vec![done(7, s(0), s(500)), b.ended(s(1000), "success")]
    };
    let read = |moment| imported(moment, idle(), jobs());
    assert_eq!(read(s(498)), Desync(Kind::BusyFalse), "the first job");
    assert_eq!(read(s(505)), Unknown(Why::Edge));
    assert_eq!(read(s(516)), Unknown(Why::Edge));
    assert_eq!(read(s(517)), Desync(Kind::BusyFalse));
}

#[test]
fn row_7_complete_job_ends_the_work() {
    let record_late = |conclusion| {
        running(7, s(100))
            .step("Complete job", Some(s(600)), Some((s(600), conclusion)))
            .ended(s(1000), "success")
    };
    let read = |job| imported(s(700), idle(), vec![job]);
    assert_eq!(read(record_late("success")), Late);
    assert_eq!(read(record_late("failure")), Late);
    // Closed without having run: shows nothing.
    assert_eq!(read(record_late("cancelled")), Desync(Kind::BusyFalse));
    // Another last step never shortens a life.
    assert_eq!(read(moving_job(600)), Desync(Kind::BusyFalse));
    assert_eq!(
        imported(s(700), busy(), vec![record_late("success")]),
        Unknown(Why::Scope)
    );
}

#[test]
fn row_7_a_mixed_record_gives_no_verdict() {
    let read = |job| imported(s(500), idle(), vec![job]);
    let mut closed = running(7, s(100));
    closed.completed_at = Some(at(s(900)));
    assert_eq!(read(closed), Unknown(Why::MixedJob));
    let mut unfinished = done(7, s(100), s(1000));
    unfinished.conclusion = None;
    assert_eq!(read(unfinished), Unknown(Why::MixedJob));
    let completing = running(7, s(100)).step("Complete job", Some(s(400)), None);
    assert_eq!(read(completing), Unknown(Why::MixedJob));
    let all_done =
        job(7)
            .started(s(100))
            .step("Set up job", Some(s(100)), Some((s(101), "success")));
    assert_eq!(read(all_done), Unknown(Why::MixedJob));
}

/// The job reached its last step: what was read of it before that stands.
#[test]
fn row_7_a_record_mixed_later_leaves_earlier_readings_as_they_were() {
    let mut tape = Tape::live();
    let open = running(7, s(100));
    tape.list((s(300), s(301)), vec![idle()]);
    tape.jobs((s(302), s(303)), vec![open.clone()]);
    tape.cycle(s(302));
    assert_eq!(tape.last(), Maybe(Kind::BusyFalse));
    tape.list((s(400), s(401)), vec![idle()]);
    let completing = open.step("Complete job", Some(s(401)), None);
    tape.jobs((s(402), s(403)), vec![completing]);
    tape.cycle(s(402));
    let verdicts: Vec<_> = tape.judged(1).iter().map(|j| short(j.verdict)).collect();
    assert_eq!(verdicts, [Maybe(Kind::BusyFalse), Unknown(Why::MixedJob)]);
}

/// Between two steps a list of steps can hold none that is unfinished.
#[test]
fn row_7_a_record_mixed_for_a_moment_runs_again() {
    let mut tape = Tape::live();
    let first = |job: Job| job.started(s(100)).step("Set up job", Some(s(100)), None);
    let mut between = first(job(7));
    between.steps[0].status = crate::model::JobStatus::Completed;
    between.steps[0].conclusion = Some(crate::model::Conclusion::Success);
    between.steps[0].completed_at = Some(at(s(101)));
    let goes_on = between.clone().step("work", Some(s(102)), None);
    tape.jobs((s(302), s(303)), vec![between]);
    tape.list((s(400), s(401)), vec![idle()]);
    tape.jobs((s(402), s(403)), vec![goes_on]);
    tape.cycle(s(402));
    assert_eq!(tape.last(), Maybe(Kind::BusyFalse));
}

/// A job that a cache shows running may have reached its last step by then.
#[test]
fn row_7_a_cached_job_says_nothing_of_now() {
    let first = |age: Option<u64>| {
        let mut tape = Tape::live();
        let open = running(7, s(100));
        tape.list((s(300), s(301)), vec![idle()]);
        tape.jobs((s(302), s(303)), vec![open.clone()]);
        tape.amend(|exchange| exchange.age = age);
        tape.cycle(s(302));
        let completing = open.step("Complete job", Some(s(301)), None);
        tape.jobs((s(402), s(403)), vec![completing]);
        tape.cycle(s(402));
        short(tape.judged(1)[0].verdict)
    };
    assert_eq!(first(None), Maybe(Kind::BusyFalse));
    assert_eq!(first(Some(30)), Unknown(Why::MixedJob));
}
