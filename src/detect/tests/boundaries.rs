//! Conditions that other tests pass by: each was found by changing it with no
//! test noticing (`benches/mutants.sh`).

use super::make::*;
use crate::detect::killed::died_under_main_step;
use crate::detect::life::{RecordState, record_state};
use crate::model::{Certainty, EndReason, JobStatus, Kind, Pattern, Span, UnknownReason};
use Short::{Desync, Maybe, Unknown};

const DAY: i64 = 86_400_000;

/// Of two jobs that run, the one that started last is meant, though it ends
/// first.
#[test]
fn the_later_of_two_jobs_is_meant() {
    let mut tape = Tape::files();
    tape.import(done(7, s(100), s(1000)));
    tape.import(done(8, s(300), s(600)));
    tape.reading(s(400), runner(1, false));
    let periods = tape.analysis().periods;
    let jobs: Vec<_> = periods.iter().filter_map(|p| p.job.as_ref()).collect();
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].job.id.0, 8);
}

/// A proven reading a margin before the end stays proven.
#[test]
fn a_margin_before_the_end_is_still_proven() {
    let mut tape = Tape::live();
    let open = running(7, s(100));
    tape.sandwich(s(300), &open, runner(1, false));
    let end = s(300) + 200 + LIVE_MARGIN;
    tape.job((s(500), s(501)), open.ended(end, "success"));
    tape.cycle(s(500));
    let period = &tape.analysis().periods[0];
    assert_eq!(period.certainty, Certainty::Proven);
}

/// Row 4 is settled by two final records only.
#[test]
fn a_double_assignment_of_an_open_job_is_provisional() {
    let certainty = |later| {
        let mut tape = Tape::live();
        let earlier =
            done(7, s(100), s(1000)).step("more", Some(s(500)), Some((s(501), "success")));
        tape.list((s(400), s(401)), vec![runner(1, true)]);
        tape.jobs((s(1100), s(1101)), vec![earlier, later]);
        tape.cycle(s(1100));
        let double = tape.judged(1)[0].double.expect("two run");
        double.certainty
    };
    assert_eq!(certainty(running(8, s(300))), Certainty::Provisional);
    assert_eq!(certainty(done(8, s(300), s(900))), Certainty::Settled);
}

#[test]
fn skipped_post_steps_beside_a_main_step_that_worked_are_no_sign() {
    let with = |main: &str, post: &str| {
        job(7)
            .step("work", Some(s(100)), Some((s(200), main)))
            .step("Post work", None, Some((s(200), post)))
    };
    assert!(died_under_main_step(&with("cancelled", "skipped")));
    assert!(!died_under_main_step(&with("success", "skipped")));
    assert!(!died_under_main_step(&with("success", "cancelled")));
    let completing = with("success", "skipped");
    let completing = completing.step("Complete job", None, Some((s(200), "cancelled")));
    assert!(!died_under_main_step(&completing));
}

#[test]
fn a_record_that_waits_and_has_ended_is_mixed() {
    let mut ended = job(7).queued();
    ended.completed_at = Some(at(s(100)));
    assert_eq!(record_state(&ended), RecordState::Mixed);
    let mut completing = running(7, s(100)).step("Complete job", Some(s(200)), None);
    completing.steps[2].status = JobStatus::Queued;
    assert_eq!(record_state(&completing), RecordState::Mixed);
}

/// Set up at the very end of the job before: they do not overlap.
#[test]
fn a_job_set_up_at_the_end_of_another_begins_there() {
    let mut tape = Tape::files();
    tape.import(done(7, s(100), s(500)));
    tape.import(
        job(8)
            .started(s(300))
            .set_up(s(500))
            .ended(s(900), "success"),
    );
    tape.reading(s(600), runner(1, false));
    let period = &tape.analysis().periods[0];
    assert_eq!(period.onset.after, Some(at(s(500))));
}

/// Of a step that moves within the margin of a reading nobody can tell whether
/// it outweighs the termination.
#[test]
fn a_step_within_the_margin_leaves_it_open_whether_it_outweighs_a_termination() {
    let read = |step: i64| {
        let mut tape = Tape::files();
        let open = running(7, s(100)).step("more", Some(step), Some((step, "success")));
        tape.import(open.ended(s(1000), "failure"));
        tape.terminated(s(300), 1);
        tape.reading(s(400), runner(1, false));
        tape.last()
    };
    assert_eq!(read(s(398)), Desync(Kind::LostRunner));
    assert_eq!(read(s(399)), Unknown(UnknownReason::Edge));
    assert_eq!(read(s(402)), Unknown(UnknownReason::Edge));
    assert_eq!(read(s(403)), Desync(Kind::BusyFalse));
}

/// A true reading soon after the job before counts once the flag was read
/// false in this one.
#[test]
fn true_after_false_is_not_left_over() {
    let mut tape = Tape::files();
    tape.import(done(6, s(10), s(100)));
    tape.import(done(7, s(100), s(1000)));
    tape.reading(s(110), runner(1, false));
    tape.reading(s(150), runner(1, true));
    let period = &tape.analysis().periods[0];
    assert_eq!(period.pattern, Some(Pattern::Late));
}

/// A true reading agrees with the later job, and ends no double assignment.
#[test]
fn a_double_assignment_goes_on_while_the_flag_is_true() {
    let mut tape = Tape::files();
    tape.import(moving_job(600));
    tape.import(done(8, s(400), s(1200)));
    tape.reading(s(500), busy());
    tape.reading(s(520), busy());
    let periods = tape.analysis().periods;
    assert_eq!(periods.len(), 1);
    assert_eq!(periods[0].readings, 2);
}

/// Near the end of the earlier job a reading is about the later one alone: the
/// assignment is over when that job is.
#[test]
fn a_double_assignment_ends_with_the_earlier_job_not_with_a_reading_near_its_end() {
    let mut tape = Tape::files();
    let earlier = running(7, s(100)).step("test", Some(s(110)), Some((s(700), "success")));
    tape.import(earlier.ended(s(1000), "success"));
    tape.import(done(8, s(400), s(1200)));
    tape.reading(s(500), busy());
    tape.reading(s(999), busy());
    tape.reading(s(1100), busy());
    let period = &tape.analysis().periods[0];
    let end = (period.end.by, period.end.reason);
    assert_eq!(end, (Some(at(s(1000))), EndReason::JobCompleted));
}

/// The start of a job that has not ended is an edge as well.
#[test]
fn false_at_the_start_of_an_open_job_is_at_the_edge() {
    let read = |sent: i64| {
        let mut tape = Tape::live();
        tape.list((sent, sent + 100), vec![idle()]);
        tape.job((s(150), s(151)), running(7, s(100)));
        tape.cycle(s(152));
        tape.last()
    };
    let begun = s(100) + LIVE_MARGIN;
    assert_eq!(read(begun - 1), Unknown(UnknownReason::Edge));
    assert_eq!(read(begun), Maybe(Kind::BusyFalse));
}

#[test]
fn the_longest_gap_is_between_neighbors() {
    let mut tape = Tape::files();
    tape.import(done(7, s(100), s(1000)));
    for moment in [200, 230, 300, 310] {
        tape.reading(s(moment), runner(1, false));
    }
    let period = &tape.analysis().periods[0];
    assert_eq!(period.longest_gap, Some(Span::secs(70)));
}

/// Ages are kept in 32 bits: 49 days and a half.
#[test]
fn a_lag_of_weeks_is_known_and_one_of_months_at_least_so_long() {
    let longest = |moment: i64| {
        let mut tape = Tape::files();
        tape.import(done(7, s(100), 90 * DAY));
        tape.reading(moment, runner(1, true));
        tape.analysis().lag.max
    };
    assert_eq!(longest(40 * DAY), Some(Span::millis(40 * DAY - s(100))));
    let most = Span::millis(i64::from(u32::MAX) - 1);
    assert_eq!(longest(60 * DAY), Some(most));
}

/// A lag of just a grain is not rounded up to two.
#[test]
fn a_suggestion_is_the_p99_where_that_is_even() {
    let suggested = |lag: i64| {
        let mut tape = Tape::files();
        for id in 1..=100 {
            tape.import(done(id, s(100), s(1000)).on(id));
            tape.reading(s(100) + lag, runner(id, true));
        }
        tape.analysis().lag.suggested_idle_confirmation
    };
    assert_eq!(suggested(s(30)), Some(Span::secs(30)));
    assert_eq!(suggested(s(30) + 1), Some(Span::secs(60)));
}
