//! A runner that is in no list any more is asked for by id while its job goes
//! on: a 404 is GitHub's word, an absence is none (`evidence.md` §3, rows 1
//! and 2).

use super::make::*;
use crate::model::{Candidate, Urgency};

fn candidates(tape: &Tape) -> Vec<Candidate> {
    tape.detector().candidates(&tape.view())
}

fn urgencies(tape: &Tape) -> Vec<Urgency> {
    candidates(tape).iter().map(|it| it.urgency).collect()
}

/// Seen at work, and in the next list no more.
fn gone() -> Tape {
    let mut tape = Tape::live();
    tape.list((s(200), s(201)), vec![runner(1, true)]);
    tape.jobs((s(202), s(203)), vec![running(7, s(100))]);
    tape.cycle(s(202));
    tape.list((s(230), s(231)), vec![]);
    tape.jobs((s(232), s(233)), vec![running(7, s(100))]);
    tape.cycle(s(232));
    tape
}

#[test]
fn it_is_to_be_looked_for() {
    let found = candidates(&gone());
    let [candidate] = &found[..] else {
        panic!("one candidate: {found:?}")
    };
    assert_eq!(candidate.urgency, Urgency::Vanished);
    assert_eq!((candidate.runner.0, candidate.job.0), (1, 7));
}

#[test]
fn also_after_its_404() {
    let mut tape = gone();
    tape.by_id((s(260), s(261)), 1, None);
    assert_eq!(urgencies(&tape), [Urgency::Vanished]);
}

#[test]
fn not_once_its_job_has_ended() {
    let mut tape = gone();
    tape.jobs((s(262), s(263)), vec![done(7, s(100), s(240))]);
    assert_eq!(urgencies(&tape), []);
}

#[test]
fn not_when_it_is_back() {
    let mut tape = gone();
    tape.list((s(260), s(261)), vec![runner(1, true)]);
    assert_eq!(urgencies(&tape), [Urgency::Control]);
}

#[test]
fn not_when_it_is_merely_offline() {
    let mut tape = gone();
    tape.list((s(260), s(261)), vec![offline(1, true)]);
    assert_eq!(urgencies(&tape), []);
}
