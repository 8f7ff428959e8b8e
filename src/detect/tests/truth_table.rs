//! Ring 1: the decision table of `evidence.md` §3, row by row with its
//! boundary cases, and exhaustively against an oracle written from the table.

use super::make::*;
use crate::model::{
    Certainty, Class, Job, JobStatus, Kind, ReportVerdict, Span, Timestamp, UnknownReason,
};
use Short::{Agrees, Desync, Idle, Late, Maybe, Unknown};
use UnknownReason as Why;

// Row 1: no usable answer.

#[test]
fn row_1_an_unknown_status_is_undecodable() {
    let strange = idle().with_status("hibernating");
    assert_eq!(
        imported(s(500), strange, vec![done(7, s(100), s(1000))]),
        Unknown(Why::Undecodable)
    );
}

#[test]
fn row_1_absent_from_a_list_is_unknown_never_idle() {
    let mut tape = Tape::live();
    tape.list((s(200), s(201)), vec![idle(), runner(2, false)]);
    tape.cycle(s(202));
    tape.list((s(300), s(301)), vec![runner(2, false)]);
    tape.jobs((s(302), s(303)), vec![running(7, s(100))]);
    tape.cycle(s(302));
    assert_eq!(tape.last(), Unknown(Why::RunnerAbsent));
}

#[test]
fn row_1_404_while_no_job_runs() {
    let mut tape = Tape::live();
    tape.list((s(200), s(201)), vec![idle()]);
    tape.by_id((s(202), s(203)), 1, None);
    tape.cycle(s(204));
    assert_eq!(tape.last(), Unknown(Why::RunnerAbsent));
}

#[test]
fn row_1_failures_and_304_count_and_say_nothing() {
    let mut tape = Tape::live();
    tape.jobs((s(150), s(151)), vec![done(7, s(100), s(1000))]);
    tape.failed((s(200), s(201)), 1);
    tape.by_id((s(202), s(203)), 1, Some(idle()));
    tape.amend(|exchange| exchange.said = crate::model::Said::NotModified);
    let analysis = tape.analysis();
    assert_eq!(analysis.periods, []);
    assert_eq!(analysis.coverage.readings.unknown, 2);
    let reasons: Vec<_> = analysis.coverage.unknown_reasons.into_keys().collect();
    assert_eq!(reasons, [Why::HttpError, Why::NotModified]);
}

// Row 2: 404 by id while a job runs.

fn missing(seen_before: bool, listed_after: bool, job: Job) -> Short {
    let mut tape = Tape::live();
    if seen_before {
        tape.list((s(200), s(201)), vec![busy()]);
    }
    tape.by_id((s(400), s(401)), 1, None);
    if listed_after {
        tape.list((s(402), s(403)), vec![runner(2, false)]);
    }
    tape.job((s(1100), s(1101)), job);
    tape.last()
}

#[test]
fn row_2_missing_needs_all_its_witnesses() {
    let moving = || moving_job(500);
    assert_eq!(missing(true, true, moving()), Desync(Kind::Missing));
    assert_eq!(missing(false, true, moving()), Maybe(Kind::Missing));
    assert_eq!(missing(true, false, moving()), Maybe(Kind::Missing));
    let still = running(7, s(100)).ended(s(1000), "success");
    assert_eq!(missing(true, true, still), Maybe(Kind::Missing));
}

#[test]
fn row_2_a_dead_runner_is_lost() {
    assert_eq!(missing(true, true, failed_job()), Desync(Kind::LostRunner));
}

#[test]
fn row_2_steps_unknown_show_no_death() {
    let bare = job(7).started(s(100)).ended(s(1000), "failure");
    let mut tape = Tape::live();
    let open = job(7).started(s(100));
    tape.job((s(150), s(151)), open);
    tape.list((s(200), s(201)), vec![busy()]);
    tape.by_id((s(400), s(401)), 1, None);
    tape.list((s(402), s(403)), vec![runner(2, false)]);
    tape.job((s(1100), s(1101)), bare);
    assert_eq!(tape.last(), Maybe(Kind::Missing));
}

#[test]
fn row_2_a_step_must_move_by_more_than_the_margin_after_the_404() {
    // The 404 was received at 401 s.
    let at = |millis: i64| {
        running(7, s(100))
            .step("test", Some(millis), Some((millis, "success")))
            .ended(s(1000), "success")
    };
    let edge = s(401) + LIVE_MARGIN;
    assert_eq!(missing(true, true, at(edge)), Maybe(Kind::Missing));
    assert_eq!(missing(true, true, at(edge + 1)), Desync(Kind::Missing));
}

// Row 3: offline.

#[test]
fn row_3_offline_alive_dead_and_undecided() {
    let read = |job| imported(s(400), offline(1, true), vec![job]);
    assert_eq!(read(moving_job(500)), Desync(Kind::Offline));
    assert_eq!(read(failed_job()), Desync(Kind::LostRunner));
    let undecided = running(7, s(100)).ended(s(1000), "success");
    assert_eq!(read(undecided), Maybe(Kind::Offline));
}

#[test]
fn row_3_the_flag_of_an_offline_runner_is_not_asked() {
    let read = |busy| imported(s(400), offline(1, busy), vec![moving_job(500)]);
    assert_eq!(read(true), read(false));
}

#[test]
fn row_3_closed_steps_show_no_life() {
    let closed = running(7, s(100))
        .step("later", Some(s(500)), Some((s(500), "skipped")))
        .ended(s(1000), "failure");
    assert_eq!(
        imported(s(400), offline(1, true), vec![closed]),
        Desync(Kind::LostRunner)
    );
}

#[test]
fn row_3_online_again_is_not_dead() {
    let mut tape = Tape::files();
    tape.import(failed_job());
    tape.reading(s(400), offline(1, true));
    tape.reading(s(600), busy());
    let first = tape.judged(1)[0].verdict;
    assert_eq!(short(first), Maybe(Kind::Offline));
}

/// "Offline or 404 from then on": also after the job's end, whenever that is.
#[test]
fn row_3_online_after_the_job_is_not_dead() {
    for moment in [s(1020), s(100_000)] {
        let mut tape = Tape::files();
        tape.import(failed_job());
        tape.reading(s(400), offline(1, true));
        tape.reading(s(900), offline(1, true));
        tape.reading(moment, idle());
        for judged in &tape.judged(1)[..2] {
            assert_eq!(short(judged.verdict), Maybe(Kind::Offline));
        }
    }
}

/// A host whose clock is ahead dates its steps later than they are read: what was
/// read before the reading has not moved after it.
#[test]
fn row_3_a_step_read_before_has_not_moved_after() {
    let verdict = |read_before: bool| {
        let job = running(7, s(100)).step("build", Some(s(110)), Some((s(460), "success")));
        let mut tape = Tape::live();
        tape.list((s(300), s(301)), vec![busy()]);
        if read_before {
            tape.job((s(390), s(391)), job.clone());
        }
        tape.list((s(400), s(401)), vec![offline(1, true)]);
        tape.job((s(1100), s(1101)), job.ended(s(1000), "failure"));
        tape.cycle(s(1100));
        let judged = tape.judged(1);
        short(judged[1].verdict)
    };
    assert_eq!(verdict(true), Desync(Kind::LostRunner));
    assert_eq!(verdict(false), Desync(Kind::Offline));
}

/// Online by another source and too near to tell which came first.
#[test]
fn row_3_online_beside_it_is_not_dead() {
    let read = |moment| {
        let mut tape = Tape::files();
        tape.import(failed_job());
        tape.reading(s(400), offline(1, true));
        tape.instance_reading(moment, "r1", busy());
        let judged = tape.judged(1);
        let gone = judged
            .iter()
            .map(|judged| short(judged.verdict))
            .find(|verdict| *verdict != Agrees);
        gone.unwrap()
    };
    assert_eq!(read(s(398)), Desync(Kind::LostRunner));
    assert_eq!(read(s(399)), Maybe(Kind::Offline));
    assert_eq!(read(s(401)), Maybe(Kind::Offline));
}

/// Of a step that moves within the margin of the reading nobody can tell
/// whether it moved after it: the runner is neither alive nor dead.
#[test]
fn row_3_a_step_within_the_margin_shows_neither_life_nor_death() {
    let read = |step: i64| {
        let job = running(7, s(100)).step("more", Some(step), Some((step, "failure")));
        imported(
            s(400),
            offline(1, true),
            vec![job.ended(s(1000), "failure")],
        )
    };
    assert_eq!(read(s(398)), Desync(Kind::LostRunner));
    assert_eq!(read(s(398) + 1), Maybe(Kind::Offline));
    assert_eq!(read(s(402)), Maybe(Kind::Offline));
    assert_eq!(read(s(402) + 1), Desync(Kind::Offline));
}

/// An unknown reading is not "gone": it is skipped, and what was read decides.
#[test]
fn row_3_an_orphans_termination_shows_no_life() {
    let mut tape = Tape::files();
    tape.import(failed_job());
    tape.reading(s(300), busy());
    tape.reading(s(400), offline(1, true));
    tape.terminated(s(450), 1);
    assert_eq!(tape.last(), Desync(Kind::LostRunner));
}

// Row 4: two jobs.

#[test]
fn row_4_double_assignment_needs_a_moving_earlier_job() {
    let earlier = |last| {
        running(7, s(100))
            .step("test", Some(s(110)), Some((last, "success")))
            .ended(s(1000), "success")
    };
    let double = |last| {
        let mut tape = Tape::files();
        tape.import(earlier(last));
        tape.import(done(8, s(400), s(1200)));
        tape.reading(s(500), busy());
        let judged = tape.judged(1)[0];
        assert_eq!(short(judged.verdict), Agrees);
        (judged.double, tape.analysis())
    };
    let margin = s(402);
    assert_eq!(double(margin).0, None);
    let (found, analysis) = double(margin + 1);
    assert!(found.is_some());
    let [period] = &analysis.periods[..] else {
        panic!("one period")
    };
    assert_eq!(period.kind, Kind::DoubleAssignment);
    assert_eq!(period.job.as_ref().unwrap().job.id.0, 8);
    assert_eq!(period.previous_job.as_ref().unwrap().job.id.0, 7);
    assert_eq!(period.end.by, Some(at(s(1000))));
    assert_eq!(analysis.coverage.readings.desync, 1);
    assert_eq!(analysis.coverage.readings.agree, 0);
}

#[test]
fn row_4_an_unsure_later_start_makes_no_double_assignment() {
    let mut tape = Tape::files();
    tape.import(moving_job(600));
    // Enqueued at 200 s, and its first known step much later.
    tape.import(
        job(8)
            .started(s(200))
            .set_up(s(400))
            .ended(s(1200), "success"),
    );
    tape.reading(s(800), busy());
    assert_eq!(tape.judged(1)[0].double, None);
}

/// The later job is the one whose work began later, however unsure the other
/// one's start is: its first step shows that.
#[test]
fn row_4_a_job_of_unsure_start_is_not_the_later_one() {
    let of = |earlier: Job| {
        let mut tape = Tape::files();
        tape.import(earlier);
        tape.import(done(8, s(200), s(1200)));
        tape.reading(s(600), idle());
        let analysis = tape.analysis();
        let job = analysis.periods[0].job.as_ref().unwrap().job.id.0;
        (tape.last(), job)
    };
    let exact = running(7, s(100));
    let queued_long = running(7, s(100)).started(s(-9000));
    for earlier in [exact, queued_long] {
        assert_eq!(of(earlier.clone()), (Desync(Kind::BusyFalse), 8));
        assert_eq!(of(earlier.ended(s(1000), "success")).1, 8);
    }
}

#[test]
fn row_4_a_false_reading_counts_once_and_belongs_to_the_later_job() {
    let mut tape = Tape::files();
    tape.import(moving_job(900));
    tape.import(done(8, s(400), s(1200)));
    tape.reading(s(500), idle());
    let analysis = tape.analysis();
    assert_eq!(analysis.coverage.readings.desync, 1);
    let jobs: Vec<_> = analysis
        .periods
        .iter()
        .map(|period| (period.kind, period.job.as_ref().unwrap().job.id.0))
        .collect();
    assert_eq!(jobs, [(Kind::BusyFalse, 8), (Kind::DoubleAssignment, 8)]);
}

// Rows 5 and 6: true or false while one runs; their edges, row 7.

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

// Row 6 by sandwich, row 8 without.

fn sandwiched(change: impl Fn(usize, &mut crate::model::Exchange)) -> Short {
    let mut tape = Tape::live();
    let open = running(7, s(100));
    tape.job((s(300), s(301)), open.clone());
    tape.amend(|exchange| change(0, exchange));
    tape.by_id((s(301), s(302)), 1, Some(idle()));
    tape.amend(|exchange| change(1, exchange));
    tape.job((s(302), s(303)), open);
    tape.amend(|exchange| change(2, exchange));
    tape.bind(1, 7);
    tape.last()
}

#[test]
fn row_6_a_sandwich_proves() {
    assert_eq!(sandwiched(|_, _| ()), Desync(Kind::BusyFalse));
}

#[test]
fn row_8_a_sandwich_that_breaks_a_condition_proves_nothing() {
    for part in 0..3 {
        let broken = |change: &dyn Fn(&mut crate::model::Exchange)| {
            sandwiched(|at, exchange| {
                if at == part {
                    change(exchange);
                }
            })
        };
        let candidate = Maybe(Kind::BusyFalse);
        assert_eq!(broken(&|e| e.age = Some(0)), candidate, "age, {part}");
        assert_eq!(broken(&|e| e.conditional = true), candidate, "{part}");
        assert_eq!(broken(&|e| e.request_id = None), candidate, "{part}");
        assert_eq!(broken(&|e| e.status = Some(203)), candidate, "{part}");
    }
    for pair in [[0, 1], [1, 2], [0, 2]] {
        let same_id = sandwiched(|at, e| {
            if pair.contains(&at) {
                e.request_id = Some("same".into());
            }
        });
        assert_eq!(same_id, Maybe(Kind::BusyFalse), "{pair:?}");
    }
    let overlap = sandwiched(|at, e| {
        if at == 1 {
            e.window.sent = crate::model::Mono::from_millis(s(301) - 1);
        }
    });
    assert_eq!(overlap, Maybe(Kind::BusyFalse));
    let elsewhere = sandwiched(|at, e| {
        if at == 2 {
            e.said = crate::model::Said::Job(Some(Box::new(running(7, s(100)).on(2))));
        }
    });
    assert!(!matches!(elsewhere, Desync(_)), "{elsewhere:?}");
    let mut queued = running(7, s(100));
    queued.status = JobStatus::Queued;
    for first in [running(7, s(100)).on(2), queued] {
        let not_yet = sandwiched(|at, e| {
            if at == 0 {
                e.said = crate::model::Said::Job(Some(Box::new(first.clone())));
            }
        });
        assert_eq!(not_yet, Maybe(Kind::BusyFalse), "{first:?}");
    }
}

/// The final record decides at the end: what does not lie wholly before it,
/// by the margin, is no longer claimed.
#[test]
fn row_6_a_proven_reading_near_the_end_is_not_claimed() {
    let with_end = |end: i64| {
        let mut tape = Tape::live();
        let open = running(7, s(100));
        tape.sandwich(s(300), &open, idle());
        tape.job((s(500), s(501)), open.ended(end, "success"));
        tape.cycle(s(500));
        tape.last()
    };
    let received = s(300) + 200;
    assert_eq!(with_end(received + LIVE_MARGIN), Desync(Kind::BusyFalse));
    assert_eq!(with_end(received + LIVE_MARGIN - 1), Unknown(Why::Edge));
    assert_eq!(with_end(s(250)), Late);
}

/// By the law row 5 asks only whether a job runs.
/// Without a clock nobody can tell whether it lay before the end: it is neither
/// claimed nor taken for an agreement.
#[test]
fn row_6_a_proven_reading_by_no_clock_is_not_confirmed() {
    let tape = |ended: bool| {
        let mut tape = Tape::skewed(0).undated();
        tape.sandwich(s(300), &running(7, s(100)), idle());
        if ended {
            tape.job((s(1100), s(1101)), done(7, s(100), s(1000)));
        }
        tape.cycle(s(1100));
        tape
    };
    assert_eq!(
        tape(false).analysis().periods[0].certainty,
        Certainty::Proven
    );
    let ended = tape(true).analysis();
    assert_eq!(ended.periods[0].certainty, Certainty::Provisional);
    assert_eq!(ended.verdict, ReportVerdict::Inconclusive);
}

#[test]
fn row_5_a_true_reading_agrees_with_a_job_last_known_to_run() {
    let mut tape = Tape::live();
    tape.jobs((s(200), s(201)), vec![running(7, s(100))]);
    tape.list((s(300), s(301)), vec![busy()]);
    assert_eq!(tape.last(), Agrees);
}

#[test]
fn row_8_false_beside_a_job_last_known_to_run_is_a_candidate() {
    let mut tape = Tape::live();
    tape.jobs((s(200), s(201)), vec![running(7, s(100))]);
    tape.list((s(300), s(301)), vec![idle()]);
    assert_eq!(tape.last(), Maybe(Kind::BusyFalse));
    let analysis = tape.analysis();
    assert_eq!(analysis.coverage.readings.unknown, 1);
    let reasons: Vec<_> = analysis.coverage.unknown_reasons.into_keys().collect();
    assert_eq!(reasons, [Why::NotConfirmed]);
    let [candidate] = &tape.detector().candidates(&tape.view())[..] else {
        panic!("one candidate")
    };
    assert_eq!(candidate.job.0, 7);
}

// Rows 9 to 11: nothing runs.

/// The jobs of another scope, however completely read, say nothing of ours.
#[test]
fn row_9_asks_for_the_jobs_of_the_readings_scope() {
    let mut tape = Tape::live();
    tape.list((s(500), s(501)), vec![idle()]);
    tape.cycle(s(400));
    assert_eq!(tape.last(), Unknown(Why::Jobs));
    let mut other = Tape::live();
    other.cycle(s(600));
    if let Some(crate::model::Record::Run(run)) = other.records.first_mut() {
        run.id = "run-2".into();
        run.targets = vec![crate::model::Scope::parse("repo:acme/other").unwrap()];
    }
    tape.records.extend(other.records);
    assert_eq!(tape.last(), Unknown(Why::Jobs));
}

/// Nothing bounds the beginning of a flag that was never read otherwise.
#[test]
fn busy_without_job_begins_after_the_last_agreement_if_there_is_one() {
    let onset = |agrees: bool| {
        let mut tape = Tape::live();
        let first = if agrees { idle() } else { busy() };
        tape.list((s(100), s(101)), vec![first]);
        tape.list((s(500), s(501)), vec![busy()]);
        tape.cycle(s(1000));
        let mut periods = tape.analysis().periods;
        let period = periods.remove(0);
        assert_eq!(period.kind, Kind::BusyWithoutJob);
        period.onset.after
    };
    assert_eq!(onset(true), Some(at(s(100))));
    assert_eq!(onset(false), None);
}

#[test]
fn row_9_idle_needs_jobs_read_at_or_after_the_window() {
    let read = |jobs_from: i64, complete: bool| {
        let mut tape = Tape::live();
        tape.list((s(500), s(501)), vec![idle()]);
        tape.end_cycle(jobs_from, |cycle| cycle.jobs_complete = complete);
        tape.last()
    };
    assert_eq!(read(s(501), true), Idle);
    assert_eq!(read(s(501) - 1, true), Unknown(Why::Jobs));
    assert_eq!(read(s(501), false), Unknown(Why::Jobs));
}

#[test]
fn row_9_files_tell_only_when_nothing_in_them_may_run_here() {
    let read = |jobs| imported(s(500), idle(), jobs);
    assert_eq!(read(vec![]), Unknown(Why::Jobs));
    let past = || done(7, s(10), s(100));
    assert_eq!(read(vec![past()]), Idle);
    let mut queued = job(8).queued();
    assert_eq!(read(vec![past(), queued.clone()]), Unknown(Why::Jobs));
    queued.created_at = Some(at(s(502) + 1));
    assert_eq!(read(vec![past(), queued.clone()]), Idle);
    queued.created_at = Some(at(s(502)));
    assert_eq!(read(vec![past(), queued]), Unknown(Why::Jobs));
}

fn busy_alone(watched_from: i64, last_job: Option<Job>, unreadable: bool) -> Short {
    busy_alone_until(watched_from, last_job, unreadable, s(600))
}

fn busy_alone_until(
    watched_from: i64,
    last_job: Option<Job>,
    unreadable: bool,
    jobs_read: i64,
) -> Short {
    let mut tape = Tape::live();
    tape.list((watched_from, watched_from + 100), vec![idle()]);
    tape.list((s(500), s(501)), vec![busy()]);
    if let Some(job) = last_job {
        tape.jobs((s(501), s(502)), vec![job]);
    }
    tape.end_cycle(s(501), |cycle| {
        if unreadable {
            cycle.unreadable.push("acme/secret".into());
        }
    });
    tape.cycle(jobs_read);
    // The second list does not show the runner, which adds an unknown.
    short(tape.judged(1)[1].verdict)
}

/// A start may be listed late.
#[test]
fn row_10_busy_without_job_waits_for_jobs_read_a_lag_limit_later() {
    let read = |jobs_read| busy_alone_until(s(10), None, false, jobs_read);
    assert_eq!(read(s(591)), Maybe(Kind::BusyWithoutJob));
    assert_eq!(read(s(591) - 1), Unknown(Why::Jobs));
}

/// A job can be handed over while it still reads as queued, and "Set up job"
/// comes seconds after the pick-up.
#[test]
fn row_10_a_job_that_begins_soon_explains_the_flag() {
    let next = |start| Some(done(7, start, s(900)));
    assert_eq!(busy_alone(s(10), next(s(591)), false), Unknown(Why::Edge));
    let found = Maybe(Kind::BusyWithoutJob);
    assert_eq!(busy_alone(s(10), next(s(591) + 1), false), found);
}

#[test]
fn row_10_busy_without_job_is_provisional_and_waits_for_the_lag_limit() {
    let found = Maybe(Kind::BusyWithoutJob);
    assert_eq!(busy_alone(s(410), None, false), found);
    assert_eq!(busy_alone(s(410) + 1, None, false), Unknown(Why::Edge));
    let ended = |end| Some(done(7, s(10), end));
    assert_eq!(busy_alone(s(10), ended(s(410) - 1), false), found);
    assert_eq!(busy_alone(s(10), ended(s(410)), false), Unknown(Why::Edge));
}

#[test]
fn row_11_scope_not_wholly_visible() {
    assert_eq!(busy_alone(s(10), None, true), Unknown(Why::Scope));
    let past = vec![done(7, s(10), s(100))];
    assert_eq!(imported(s(500), busy(), past), Unknown(Why::Scope));
}

#[test]
fn row_11_jobs_not_read_since() {
    let mut tape = Tape::live();
    tape.list((s(10), s(11)), vec![idle()]);
    tape.cycle(s(12));
    tape.list((s(500), s(501)), vec![busy()]);
    assert_eq!(tape.last(), Unknown(Why::Jobs));
}

// Cached answers.

/// An answer with `Age` may be as old as it says.
#[test]
fn a_cached_answer_is_judged_by_its_age() {
    let read = |age: Option<u64>| {
        let mut tape = Tape::live();
        tape.list((s(130), s(131)), vec![idle()]);
        tape.amend(|exchange| exchange.age = age);
        tape.jobs((s(1100), s(1101)), vec![done(7, s(100), s(1000))]);
        tape.cycle(s(1100));
        tape.last()
    };
    assert_eq!(read(None), Desync(Kind::BusyFalse));
    assert_eq!(read(Some(5)), Desync(Kind::BusyFalse));
    assert_eq!(read(Some(40)), Unknown(Why::Edge));
    assert_eq!(read(Some(4000)), Unknown(Why::Edge));
}

/// A false flag that may have been cached while the job was young shows no
/// staleness.
#[test]
fn a_cached_answer_is_no_older_than_its_age_allows() {
    let class = |age: Option<u64>| {
        let mut tape = Tape::live();
        tape.list((s(200), s(201)), vec![idle()]);
        tape.amend(|exchange| exchange.age = age);
        tape.jobs((s(1100), s(1101)), vec![done(7, s(100), s(1000))]);
        tape.cycle(s(1100));
        tape.analysis().periods[0].class
    };
    assert_eq!(class(None), Some(Class::Stale));
    assert_eq!(class(Some(5)), Some(Class::Stale));
    assert_eq!(class(Some(30)), Some(Class::Lag));
}

// Exhaustively.

/// What a reading says.
#[derive(Debug, Clone, Copy)]
enum Says {
    True,
    False,
    OfflineTrue,
    OfflineFalse,
    Missing,
    Strange,
}

/// What happens on the runner at the reading, 400 s.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Job1 {
    None,
    /// Last read as running.
    Open,
    /// Ended later; no step moves after the reading.
    FinalStill(&'static str),
    /// Ended later, and a step moves after the reading.
    FinalMoving,
    /// Begins or ends within the margin.
    Starting,
    Ending,
    /// Work over, record open.
    Closing,
    Mixed,
    Stranger,
    Over,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Terminated {
    No,
    Before,
    After,
}

const SAYS: [Says; 6] = [
    Says::True,
    Says::False,
    Says::OfflineTrue,
    Says::OfflineFalse,
    Says::Missing,
    Says::Strange,
];

const JOBS: [Job1; 11] = [
    Job1::None,
    Job1::Open,
    Job1::FinalStill("failure"),
    Job1::FinalStill("success"),
    Job1::FinalMoving,
    Job1::Starting,
    Job1::Ending,
    Job1::Closing,
    Job1::Mixed,
    Job1::Stranger,
    Job1::Over,
];

fn situation(job: Job1) -> Option<Job> {
    Some(match job {
        Job1::None => return None,
        Job1::Open => running(7, s(100)),
        Job1::FinalStill(conclusion) => running(7, s(100)).ended(s(1000), conclusion),
        Job1::FinalMoving => moving_job(500),
        Job1::Starting => done(7, s(401), s(1000)),
        Job1::Ending => done(7, s(100), s(401)),
        Job1::Closing => running(7, s(100))
            .step("Complete job", Some(s(300)), Some((s(300), "success")))
            .ended(s(600), "success"),
        Job1::Mixed => running(7, s(100)).step("Complete job", Some(s(300)), None),
        Job1::Stranger => done(7, s(100), s(1000)).on_named(1, "other"),
        Job1::Over => done(7, s(100), s(200)),
    })
}

fn tape_of(says: Says, job: Job1, terminated: Terminated, whole: bool, read: bool) -> Tape {
    let mut tape = Tape::live();
    tape.list((s(50), s(51)), vec![busy()]);
    let window = (s(400), s(401));
    match says {
        Says::True => tape.list(window, vec![busy()]),
        Says::False => tape.list(window, vec![idle()]),
        Says::OfflineTrue => tape.list(window, vec![offline(1, true)]),
        Says::OfflineFalse => tape.list(window, vec![offline(1, false)]),
        Says::Missing => tape.by_id(window, 1, None),
        Says::Strange => tape.list(window, vec![idle().with_status("asleep")]),
    }
    tape.list((s(402), s(403)), vec![runner(2, false)]);
    match terminated {
        Terminated::No => {}
        Terminated::Before => tape.terminated(s(350), 1),
        Terminated::After => tape.terminated(s(450), 1),
    }
    let jobs: Vec<_> = situation(job).into_iter().collect();
    tape.jobs((s(1100), s(1101)), jobs);
    tape.end_cycle(s(1100), |cycle| {
        cycle.jobs_complete = read;
        if !whole {
            cycle.unreadable.push("acme/secret".into());
        }
    });
    tape
}

/// The table, read as a person reads it: the first row that fits.
fn oracle(says: Says, job: Job1, terminated: Terminated, whole: bool, read: bool) -> Short {
    let runs = matches!(job, Job1::Open | Job1::FinalStill(_) | Job1::FinalMoving);
    let open = job == Job1::Open;
    let claim = |kind| if open { Maybe(kind) } else { Desync(kind) };
    let moved = job == Job1::FinalMoving;
    let online = matches!(says, Says::True | Says::False);
    let killed_before = terminated == Terminated::Before && !moved;
    // Alive: a step moves, or a termination follows a runner that last read
    // online; dead: a termination precedes, or it stayed away and failed.
    let alive = moved || (terminated == Terminated::After && online);
    let failed = job == Job1::FinalStill("failure");
    let dead = !alive && (killed_before || (failed && !online));
    if matches!(says, Says::Strange) {
        return Unknown(Why::Undecodable);
    }
    if runs {
        return match says {
            Says::True => Agrees,
            Says::False if killed_before => claim(Kind::LostRunner),
            Says::False => claim(Kind::BusyFalse),
            Says::Missing | Says::OfflineTrue | Says::OfflineFalse if dead => {
                claim(Kind::LostRunner)
            }
            Says::Missing if moved => claim(Kind::Missing),
            Says::Missing => Maybe(Kind::Missing),
            Says::OfflineTrue | Says::OfflineFalse if alive => claim(Kind::Offline),
            Says::OfflineTrue | Says::OfflineFalse => Maybe(Kind::Offline),
            Says::Strange => unreachable!(),
        };
    }
    match (job, says) {
        (Job1::Mixed, _) => Unknown(Why::MixedJob),
        (Job1::Stranger, _) => Unknown(Why::Ambiguous),
        (Job1::Closing, Says::True) if !read => Unknown(Why::Jobs),
        (Job1::Closing, Says::True) if !whole => Unknown(Why::Scope),
        (Job1::Starting | Job1::Ending, _) | (Job1::Closing, Says::True) => Unknown(Why::Edge),
        (Job1::Closing, _) => Late,
        (_, Says::Missing) => Unknown(Why::RunnerAbsent),
        _ if !read => Unknown(Why::Jobs),
        (_, Says::False | Says::OfflineFalse) => Idle,
        _ if !whole => Unknown(Why::Scope),
        _ => Maybe(Kind::BusyWithoutJob),
    }
}

#[test]
fn the_table_exhaustively() {
    let mut tried = 0;
    for says in SAYS {
        for job in JOBS {
            for terminated in [Terminated::No, Terminated::Before, Terminated::After] {
                for (whole, read) in [(true, true), (true, false), (false, true)] {
                    let tape = tape_of(says, job, terminated, whole, read);
                    let last = tape.judged(1).last().map(|last| short(last.verdict));
                    let expected = oracle(says, job, terminated, whole, read);
                    assert_eq!(
                        last,
                        Some(expected),
                        "{says:?}, {job:?}, {terminated:?}, whole {whole}, read {read}"
                    );
                    let counts = tape.analysis().coverage.readings;
                    let sum = counts.agree + counts.desync + counts.unknown + counts.jobs_late;
                    assert_eq!(sum, 3, "each of 3 readings counted once: {counts:?}");
                    tried += 1;
                }
            }
        }
    }
    assert_eq!(tried, 6 * 11 * 3 * 3);
}

/// The day the issue was filed; it states times only.
#[test]
fn the_timeline_begins_on_the_day_of_the_issue() {
    assert_eq!(at(0), Timestamp::parse("2026-05-14T00:00:00Z").unwrap());
}
