//! What a 404 means: gone, or no access. A credential that lost a permission
//! reads 404 of everything, and that says nothing about anybody
//! (`github-api.md` §9).

use super::make::*;
use crate::model::{
    EndReason, Failure, Finding, JobId, Kind, Period, Runner, Said, Target, UnknownReason,
};

/// How the period of a runner ends that read idle in its job and then 404.
fn end(listed_after: Option<Vec<Runner>>) -> EndReason {
    let mut tape = Tape::live();
    tape.calibrate(0);
    tape.list((s(400), s(401)), vec![runner(1, false)]);
    tape.jobs((s(402), s(403)), vec![running(7, s(100))]);
    tape.by_id((s(500), s(501)), 1, None);
    if let Some(runners) = listed_after {
        tape.list((s(502), s(503)), runners);
    }
    let periods = tape.analysis().periods;
    let flag = periods.iter().find(|p| p.kind == Kind::BusyFalse);
    flag.map(|period| period.end.reason).unwrap()
}

#[test]
fn a_404_alone_ends_no_period() {
    assert_eq!(end(None), EndReason::Open);
}

#[test]
fn a_404_ends_a_period_when_the_scope_is_still_seen() {
    assert_eq!(end(Some(vec![runner(2, false)])), EndReason::RunnerGone);
}

/// The credential saw nothing for a while, and the runner was gone before it
/// saw again (found by the simulation): when, nobody knows.
#[test]
fn a_404_while_the_scope_is_refused_ends_no_period() {
    let mut tape = blind_for_a_while();
    assert_eq!(flag_of(&tape).end.reason, EndReason::Open);
    tape.by_id((s(800), s(801)), 1, None);
    tape.list((s(802), s(803)), vec![runner(2, false)]);
    let end = flag_of(&tape).end;
    assert_eq!(
        (end.reason, end.by),
        (EndReason::RunnerGone, Some(at(s(801))))
    );
}

/// The job that goes on shows that the runner was there all the time.
#[test]
fn a_404_while_the_scope_is_refused_is_no_missing_runner() {
    let mut tape = blind_for_a_while();
    let moved = running(7, s(100)).step("Test", Some(s(750)), None);
    tape.jobs((s(760), s(761)), vec![moved]);
    let missing = tape.analysis().periods;
    let missing = missing.iter().find(|p| p.kind == Kind::Missing).unwrap();
    assert_eq!(missing.finding, Finding::NotYet);
}

fn blind_for_a_while() -> Tape {
    let mut tape = Tape::live();
    tape.calibrate(0);
    tape.list((s(400), s(401)), vec![runner(1, false)]);
    tape.jobs((s(402), s(403)), vec![running(7, s(100))]);
    tape.by_id((s(500), s(501)), 1, None);
    let scope = scope();
    let failure = Failure {
        reason: UnknownReason::HttpError,
        detail: "404 Not Found".into(),
    };
    let target = Target::Runners { scope, page: 1 };
    tape.exchange((s(510), s(511)), target, Said::Failed(failure));
    tape.amend(|exchange| exchange.status = Some(404));
    tape.list((s(700), s(701)), vec![runner(2, false)]);
    tape
}

fn flag_of(tape: &Tape) -> Period {
    let periods = tape.analysis().periods;
    let flag = periods.into_iter().find(|p| p.kind == Kind::BusyFalse);
    flag.unwrap()
}

#[test]
fn a_runner_that_is_read_again_was_not_gone() {
    assert_eq!(end(Some(vec![runner(1, false)])), EndReason::Open);
    assert_eq!(end(Some(vec![runner(1, true)])), EndReason::Recovered);
}

#[test]
fn a_job_that_is_read_again_was_not_gone() {
    let mut tape = Tape::live();
    tape.jobs((s(402), s(403)), vec![running(7, s(100))]);
    let target = Target::Job {
        repo: repo(),
        id: JobId(7),
    };
    tape.exchange((s(500), s(501)), target, Said::Job(None));
    assert!(tape.detector().open_jobs().is_empty());
    tape.jobs((s(600), s(601)), vec![running(7, s(100))]);
    assert_eq!(tape.detector().open_jobs().len(), 1);
}
