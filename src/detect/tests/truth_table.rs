//! Ring 1: the decision table of `evidence.md` §3, row by row with its
//! boundary cases. The edges of a job's life are in `edges`; the whole table is
//! held against an oracle in `exhaustive`.

use super::make::*;
use crate::model::{
    Certainty, Class, Job, JobStatus, Kind, ReportVerdict, Timestamp, UnknownReason,
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

/// The day the issue was filed; it states times only.
#[test]
fn the_timeline_begins_on_the_day_of_the_issue() {
    assert_eq!(at(0), Timestamp::parse("2026-05-14T00:00:00Z").unwrap());
}
