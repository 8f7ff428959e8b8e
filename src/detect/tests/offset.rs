//! The offset of the local clock: `evidence.md` §8.

use super::make::{BASE, Shape, Tape, at, done, runner, s};
use crate::detect::offset::{GRAIN, Offsets, UNBOUNDED};
use crate::model::{Caveat, Finding, Mono, MonoWindow, Span, Timestamp};

fn window(sent: i64, received: i64) -> MonoWindow {
    MonoWindow {
        sent: Mono::from_millis(sent),
        received: Mono::from_millis(received),
    }
}

/// Placed `sent` since [`BASE`], and the clock bound.
fn place(offsets: &Offsets, sent: i64) -> (i64, Span) {
    let placed = offsets.place(window(sent, sent));
    (placed.window.sent.as_millis() - BASE, placed.clock_bound)
}

#[test]
fn one_answer_bounds_the_offset_by_its_latency_and_the_grain() {
    let mut offsets = Offsets::new(at(0));
    offsets.learn(window(s(10), s(10) + 300), at(s(10)));
    // −1 s < θ < 0.3 s: the clock may be right, and is not corrected.
    assert_eq!(place(&offsets, s(50)), (s(50), Span::millis(1000)));
    assert_eq!(offsets.certain_offset(), None);
}

#[test]
fn bounds_are_intersected() {
    let mut offsets = Offsets::new(at(s(100)));
    offsets.learn(window(0, 300), at(0));
    // 99 s < θ < 100.3 s.
    assert_eq!(place(&offsets, 0).1, Span::millis(650));
    offsets.learn(window(s(5) + 900, s(6) + 100), at(s(5)));
    // 99.9 s < θ < 100.3 s.
    assert_eq!(place(&offsets, s(50)), (s(49) + 900, Span::millis(200)));
    assert_eq!(offsets.certain_offset(), Some(Span::millis(100_100)));
}

#[test]
fn a_single_odd_date_moves_nothing() {
    let mut offsets = Offsets::new(at(0));
    offsets.learn(window(s(10), s(10) + 300), at(s(10)));
    for odd in [s(500), -s(500), s(700)] {
        offsets.learn(window(s(20), s(20) + 300), at(odd));
        assert_eq!(place(&offsets, s(21)), (s(21), Span::millis(1000)));
        offsets.learn(window(s(30), s(30) + 300), at(s(30)));
    }
    assert_eq!(place(&offsets, s(31)), (s(31), Span::millis(1000)));
}

/// Nor when it is the first of all: what three agree on was so from the start.
#[test]
fn an_odd_date_at_the_start_moves_nothing_for_long() {
    let mut offsets = Offsets::new(at(0));
    offsets.learn(window(s(10), s(10) + 300), at(s(500)));
    for right in [s(11), s(12), s(13)] {
        offsets.learn(window(right, right + 300), at(right));
    }
    assert_eq!(place(&offsets, s(10)), (s(10), Span::millis(1000)));
}

#[test]
fn odd_dates_that_disagree_with_each_other_move_nothing() {
    let mut offsets = Offsets::new(at(0));
    offsets.learn(window(s(10), s(10) + 300), at(s(10)));
    for odd in 1..20 {
        offsets.learn(window(s(20), s(20) + 300), at(s(odd * 100)));
    }
    assert_eq!(place(&offsets, s(21)).0, s(21));
}

#[test]
fn a_suspended_machine_restarts_the_bounds_where_it_woke() {
    let mut offsets = Offsets::new(at(0));
    for awake in [s(10), s(11), s(12)] {
        offsets.learn(window(awake, awake + 300), at(awake));
    }
    for woke in [s(20), s(21), s(22)] {
        offsets.learn(window(woke, woke + 300), at(woke + s(600)));
    }
    assert_eq!(place(&offsets, s(15)).0, s(15), "before");
    let (placed, bound) = place(&offsets, s(20));
    let off = (placed - s(620)).abs();
    assert!(
        off <= bound.as_millis() && bound <= GRAIN,
        "{placed} {bound:?}"
    );
}

#[test]
fn without_any_date_nothing_is_sure() {
    let offsets = Offsets::new(at(0));
    assert_eq!(place(&offsets, s(20)), (s(20), UNBOUNDED));
}

#[test]
fn no_date_at_all_settles_nothing() {
    let mut tape = Tape::skewed(0).undated();
    tape.list((s(500), s(501)), vec![runner(1, false)]);
    tape.jobs((s(1100), s(1101)), vec![done(7, s(100), s(1000))]);
    tape.cycle(s(1100));
    assert_eq!(tape.analysis().periods, []);
    assert_eq!(tape.analysis().coverage.readings.unknown, 1);
}

/// Two sandwiches prove without any clock, but a lag they cannot tell from a
/// stale flag.
#[test]
fn no_date_at_all_shows_no_staleness() {
    let mut tape = Tape::skewed(0).undated();
    let open = super::make::running(7, s(100));
    tape.sandwich(s(500), &open, runner(1, false));
    tape.sandwich(s(510), &open, runner(1, false));
    let analysis = tape.analysis();
    assert_eq!(analysis.periods[0].finding, Finding::Yes);
    assert_eq!(analysis.periods[0].class, Some(crate::model::Class::Lag));
}

/// The first answer after a suspension, with nothing after it to move the
/// bounds: placed wrongly, and so worth nothing.
#[test]
fn a_reading_that_its_own_date_contradicts_settles_nothing() {
    let mut tape = Tape::live();
    tape.jobs((s(200), s(201)), vec![done(7, s(100), s(1000))]);
    tape.list((s(500), s(501)), vec![runner(1, false)]);
    assert_eq!(tape.analysis().coverage.readings.desync, 1);
    tape.amend(|exchange| exchange.date = Some(at(s(1100))));
    let worthless = |tape: &Tape| {
        let analysis = tape.analysis();
        assert_eq!(analysis.periods, []);
        assert_eq!(analysis.coverage.readings.unknown, 1);
    };
    worthless(&tape);
    // Nor if a cache had it.
    tape.amend(|exchange| exchange.age = Some(30));
    worthless(&tape);
}

/// Every reading of a machine ten minutes off is judged as if it were right.
#[test]
fn a_wrong_local_clock_changes_no_verdict() {
    let story = |skew| {
        let mut tape = Tape::skewed(skew);
        tape.calibrate(0);
        tape.list((s(500), s(501)), vec![runner(1, false)]);
        tape.list((s(995), s(996)), vec![runner(1, false)]);
        let job = done(7, s(100), s(1000)).step("x", None, None);
        tape.jobs((s(1100), s(1101)), vec![job]);
        tape.cycle(s(1100));
        tape.analysis()
    };
    let (right, wrong) = (story(0), story(s(600)));
    assert_eq!(right.coverage.readings, wrong.coverage.readings);
    assert_eq!(right.periods.len(), wrong.periods.len());
    let off = |caveat: &Caveat| matches!(caveat, Caveat::ClockOffset(..));
    assert!(wrong.caveats.iter().any(off) && !right.caveats.iter().any(off));
    let moved = |a: Timestamp, b: Timestamp| (a - b).as_millis().abs();
    let first = |analysis: &crate::model::Analysis| analysis.periods[0].first_false_at;
    assert!(moved(first(&right), first(&wrong)) <= 1);
}
