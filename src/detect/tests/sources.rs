//! The order of what two sources tell is claimed only where they lie a margin
//! apart (`evidence.md` §1): a reading too near is no neighbor.

use super::make::*;
use crate::model::{Class, EndReason, Pattern, Period};

/// One period of a job from 100 to 1000: false by the scaler at 500, with a
/// true reading of the poller's at an instant besides those at 300 and 700.
fn with_true_at(moment: i64) -> Period {
    let mut tape = Tape::files();
    tape.import(done(7, s(100), s(1000)));
    tape.reading(s(300), runner(1, true));
    tape.instance_reading(s(500), "r1", runner(1, false));
    tape.reading(moment, runner(1, true));
    tape.reading(s(700), runner(1, true));
    let mut periods = tape.analysis().periods;
    assert_eq!(periods.len(), 1);
    periods.remove(0)
}

#[test]
fn a_margin_before_is_before() {
    let period = with_true_at(s(498));
    assert_eq!(period.onset.after, Some(at(s(498))));
}

#[test]
fn nearer_than_that_is_neither_before_nor_after() {
    for moment in [s(499), s(501)] {
        let period = with_true_at(moment);
        assert_eq!(period.onset.after, Some(at(s(300))));
        assert_eq!(period.end.by, Some(at(s(700))), "{moment}");
        assert_eq!(period.end.reason, EndReason::Recovered);
    }
}

#[test]
fn a_margin_after_is_after() {
    let period = with_true_at(s(502));
    assert_eq!(period.onset.after, Some(at(s(300))));
    assert_eq!(period.end.by, Some(at(s(502))));
}

#[test]
fn what_is_too_near_makes_no_pattern() {
    let pattern = |moment| {
        let mut tape = Tape::files();
        tape.import(done(7, s(100), s(1000)));
        tape.instance_reading(s(500), "r1", runner(1, false));
        tape.reading(moment, runner(1, true));
        tape.analysis().periods[0].pattern
    };
    assert_eq!(pattern(s(498)), Some(Pattern::Flipped));
    assert_eq!(pattern(s(499)), Some(Pattern::NeverSet));
    assert_eq!(pattern(s(501)), Some(Pattern::NeverSet));
    assert_eq!(pattern(s(502)), Some(Pattern::Late));
}

/// One source writes its lines in order.
#[test]
fn one_source_tells_the_order_however_near() {
    let mut tape = Tape::files();
    tape.import(done(7, s(100), s(1000)));
    tape.reading(s(300), runner(1, true));
    tape.reading(s(500), runner(1, false));
    tape.reading(s(501), runner(1, true));
    let period = &tape.analysis().periods[0];
    assert_eq!(period.end.by, Some(at(s(501))));
    assert_eq!(period.pattern, Some(Pattern::Flapped));
}

/// What a cache gives after a true reading may have been put there before it.
#[test]
fn a_cached_answer_may_be_older_than_the_reading_before_it() {
    let period = |age: Option<u64>| {
        let mut tape = Tape::live();
        tape.list((s(200), s(201)), vec![runner(1, true)]);
        tape.list((s(210), s(211)), vec![runner(1, false)]);
        tape.amend(|exchange| exchange.age = age);
        tape.jobs((s(1100), s(1101)), vec![done(7, s(100), s(1000))]);
        tape.cycle(s(1100));
        tape.analysis().periods.remove(0)
    };
    assert_eq!(period(None).pattern, Some(Pattern::Flipped));
    assert_eq!(period(Some(5)).class, Some(Class::Stale));
    let older = period(Some(30));
    assert_eq!(older.pattern, Some(Pattern::NeverSet));
    assert_eq!(older.class, Some(Class::Lag));
    assert_eq!(older.onset.after, Some(at(s(100))));
}

/// And a true one given by a cache ends nothing that may be younger.
#[test]
fn a_cached_answer_is_no_recovery_from_what_may_be_younger() {
    let mut tape = Tape::live();
    tape.list((s(300), s(301)), vec![runner(1, false)]);
    tape.list((s(310), s(311)), vec![runner(1, true)]);
    tape.amend(|exchange| exchange.age = Some(30));
    tape.list((s(400), s(401)), vec![runner(1, false)]);
    tape.jobs((s(1100), s(1101)), vec![done(7, s(100), s(1000))]);
    tape.cycle(s(1100));
    let periods = tape.analysis().periods;
    assert_eq!(periods.len(), 1);
    assert_eq!(periods[0].readings, 2);
    assert_eq!(periods[0].end.reason, EndReason::JobCompleted);
}
