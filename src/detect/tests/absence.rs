//! What a 404 means: gone, or no access. A credential that lost a permission
//! reads 404 of everything, and that says nothing about anybody
//! (`github-api.md` §9).

use super::make::*;
use crate::model::{EndReason, JobId, Kind, Runner, Said, Target};

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
