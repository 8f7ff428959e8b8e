//! What a 404 means: gone, or no access. A credential that lost a permission
//! reads 404 of everything, and that says nothing about anybody
//! (`github-api.md` §9).

use super::make::*;
use crate::model::{
    EndReason, Failure, Finding, Job, JobId, Kind, Period, RunId, Runner, Said, Target,
    UnknownReason,
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
    for refused in [list_of_runners(), list_of_jobs()] {
        let mut tape = blind_for_a_while(refused);
        assert_eq!(flag_of(&tape).end.reason, EndReason::Open);
        tape.by_id((s(800), s(801)), 1, None);
        tape.list((s(802), s(803)), vec![runner(2, false)]);
        let end = flag_of(&tape).end;
        let gone = (EndReason::RunnerGone, Some(at(s(801))));
        assert_eq!((end.reason, end.by), gone);
    }
}

/// The job that goes on shows that the runner was there all the time.
#[test]
fn a_404_while_the_scope_is_refused_is_no_missing_runner() {
    for refused in [list_of_runners(), list_of_jobs()] {
        let mut tape = blind_for_a_while(refused);
        tape.jobs((s(860), s(861)), vec![went_on()]);
        assert_eq!(missing_of(&tape).finding, Finding::NotYet);
    }
}

/// A repository that is never opened takes no credit from the rest.
#[test]
fn a_list_that_was_refused_before_blinds_nobody() {
    let mut tape = Tape::live();
    tape.calibrate(0);
    tape.list((s(400), s(401)), vec![runner(1, false)]);
    tape.jobs((s(402), s(403)), vec![running(7, s(100))]);
    tape.by_id((s(500), s(501)), 1, None);
    refuse(&mut tape, jobs_of(2));
    tape.list((s(700), s(701)), vec![runner(2, false)]);
    tape.jobs((s(860), s(861)), vec![went_on()]);
    assert_eq!(missing_of(&tape).finding, Finding::Yes);
}

fn list_of_runners() -> Target {
    let scope = scope();
    Target::Runners { scope, page: 1 }
}

fn jobs_of(run: u64) -> Target {
    Target::Jobs {
        repo: repo(),
        run: RunId(run),
        page: 1,
    }
}

/// The one that was read before.
fn list_of_jobs() -> Target {
    jobs_of(7)
}

fn refuse(tape: &mut Tape, list: Target) {
    let failure = Failure {
        reason: UnknownReason::HttpError,
        detail: "404 Not Found".into(),
    };
    tape.exchange((s(510), s(511)), list, Said::Failed(failure));
    tape.amend(|exchange| exchange.status = Some(404));
}

fn blind_for_a_while(refused: Target) -> Tape {
    let mut tape = Tape::live();
    tape.calibrate(0);
    tape.list((s(400), s(401)), vec![runner(1, false)]);
    tape.jobs((s(402), s(403)), vec![running(7, s(100))]);
    tape.by_id((s(500), s(501)), 1, None);
    refuse(&mut tape, refused);
    tape.list((s(700), s(701)), vec![runner(2, false)]);
    tape
}

/// The job went on long after all this.
fn went_on() -> Job {
    running(7, s(100))
        .step("Test", Some(s(750)), Some((s(800), "success")))
        .ended(s(850), "success")
}

fn missing_of(tape: &Tape) -> Period {
    let periods = tape.analysis().periods;
    let missing = periods.into_iter().find(|p| p.kind == Kind::Missing);
    missing.unwrap()
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
