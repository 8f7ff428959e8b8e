//! The order of what two sources tell is claimed only where they lie a margin
//! apart (`evidence.md` §1): a reading too near is no neighbor.

use super::make::*;
use crate::model::{Class, EndReason, Killed, Pattern, Period, Record, Timestamp};

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

/// No order is claimed by it; but a true reading in the job was there, which
/// "never set" would deny.
#[test]
fn what_is_too_near_makes_a_pattern_by_its_stated_time() {
    let pattern = |moment| {
        let mut tape = Tape::files();
        tape.import(done(7, s(100), s(1000)));
        tape.instance_reading(s(500), "r1", runner(1, false));
        tape.reading(moment, runner(1, true));
        tape.analysis().periods[0].pattern
    };
    assert_eq!(pattern(s(498)), Some(Pattern::Flipped));
    assert_eq!(pattern(s(499)), Some(Pattern::Flipped));
    assert_eq!(pattern(s(501)), Some(Pattern::Late));
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

/// And a true one given by a cache is no end of what may be younger, though it
/// lies between that and what was read later.
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
    assert_eq!(periods.len(), 2);
    for period in periods {
        assert_eq!(period.readings, 1);
        assert_eq!(period.end.reason, EndReason::JobCompleted);
    }
}

/// Readings of a job from 100 to 1000, by which source and what, and what is
/// said: the pattern, the readings, and the bounds in seconds, of each period.
fn said(readings: &[(i64, Source, bool)]) -> Vec<(Pattern, Class, u64, i64, i64)> {
    let mut tape = Tape::files();
    tape.import(done(7, s(100), s(1000)));
    for &(moment, source, busy) in readings {
        match source {
            Source::Poller => tape.reading(s(moment), runner(1, busy)),
            Source::Scaler => tape.instance_reading(s(moment), "r1", runner(1, busy)),
        }
    }
    let periods = tape.analysis().periods.into_iter();
    let secs = |time: Option<Timestamp>| (time.unwrap() - at(0)).as_millis() / 1000;
    periods
        .map(|period| {
            let (pattern, class) = (period.pattern.unwrap(), period.class.unwrap());
            let bounds = (secs(period.onset.after), secs(period.end.by));
            (pattern, class, period.readings, bounds.0, bounds.1)
        })
        .collect()
}

#[derive(Debug, Clone, Copy)]
enum Source {
    Poller,
    Scaler,
}

/// Whichever of two disagreeing sources came first, the true reading surely
/// lies before what is read false later: that is another period, and not lag.
#[test]
fn a_true_reading_beside_a_false_one_lies_between_it_and_a_later_one() {
    use Source::{Poller, Scaler};
    let with_true_at = |moment| {
        said(&[
            (110, Poller, false),
            (moment, Scaler, true),
            (150, Poller, false),
        ])
    };
    // By the times stated it comes first: one period, and no lag.
    let whole = (Pattern::Flipped, Class::Stale, 2, 100, 1000);
    assert_eq!(with_true_at(109), [whole]);
    let first = (Pattern::Late, Class::Lag, 1, 100, 1000);
    let second = (Pattern::Flipped, Class::Stale, 1, 111, 1000);
    assert_eq!(with_true_at(111), [first, second]);
    // As of one source.
    let alone = said(&[
        (110, Poller, false),
        (112, Poller, true),
        (150, Poller, false),
    ]);
    let ended = (Pattern::Late, Class::Lag, 1, 100, 112);
    let second = (Pattern::Flipped, Class::Stale, 1, 112, 1000);
    assert_eq!(alone, [ended, second]);
}

/// Two that disagree each time: of the false readings at 300 and 500 a true
/// one surely lies between.
#[test]
fn what_two_sources_dispute_is_no_longer_period() {
    use Source::{Poller, Scaler};
    let times = [300, 400, 500];
    let both = |time| [(time, Poller, false), (time, Scaler, true)];
    let said = said(&times.map(both).concat());
    assert_eq!(
        said,
        [
            (Pattern::Late, Class::Stale, 2, 100, 500),
            (Pattern::Flapped, Class::Stale, 1, 400, 1000),
        ]
    );
}

/// A second poller that saw the same makes no second finding: each true reading
/// surely lies before the first false one of its own source.
#[test]
fn two_sources_that_saw_one_flip_make_one_period() {
    use Source::{Poller, Scaler};
    let alone = [
        (500, Poller, true),
        (501, Poller, false),
        (560, Poller, false),
    ];
    let seen = alone.map(|(at, _, busy)| (at, Scaler, busy));
    for (others, readings) in [(0..0, 2), (1..2, 3), (0..3, 4)] {
        let both = [&alone[..], &seen[others]].concat();
        let [(pattern, class, counted, _, to)] = said(&both)[..] else {
            panic!("one period");
        };
        let whole = (Pattern::Flipped, Class::Stale, readings, 1000);
        assert_eq!((pattern, class, counted, to), whole);
    }
    // Pollers of every minute, a second apart.
    let minutes = said(&[
        (300, Poller, true),
        (301, Scaler, false),
        (360, Poller, false),
        (361, Scaler, false),
    ]);
    assert_eq!(minutes, [(Pattern::Flipped, Class::Stale, 3, 100, 1000)]);
}

/// Nor is a period parted by a true reading that comes after what it would part it
/// from.
#[test]
fn a_true_reading_after_both_parts_nothing() {
    let mut tape = Tape::files();
    tape.import(done(7, s(100), s(1000)));
    tape.reading(s(300), runner(1, false));
    tape.instance_reading(s(300) + 500, "r1", runner(1, false));
    tape.instance_reading(s(301), "r1", runner(1, true));
    let periods = tape.analysis().periods;
    assert_eq!(periods.len(), 1);
    assert_eq!(periods[0].readings, 2);
    assert_eq!(periods[0].end.by, Some(at(s(301))));
}

/// A termination does not follow a false reading if a true one may lie
/// between them.
#[test]
fn killed_needs_no_true_reading_that_may_lie_between() {
    let killed = |moment| {
        let mut tape = Tape::files();
        tape.import(running(7, s(100)).ended(s(1000), "failure"));
        tape.reading(s(500), runner(1, false));
        tape.instance_reading(moment, "r1", runner(1, true));
        tape.terminated(s(503), 1);
        tape.analysis().periods[0].killed
    };
    assert_eq!(killed(s(498)), Killed::Yes);
    assert_eq!(killed(s(499)), Killed::Unknown);
    assert_eq!(killed(s(501)), Killed::Unknown);
    assert_eq!(killed(s(504)), Killed::Yes);
}

/// A run that was killed and begun again at once: one flip from 506 on, read by
/// clocks that say no more than the second.
fn begun_again(follows: Option<&str>) -> Vec<Period> {
    let mut tape = Tape::skewed(0);
    for moment in [s(500), s(503), s(506)] {
        tape.list((moment, moment + 10), vec![runner(1, true)]);
    }
    tape.jobs((s(506) + 20, s(506) + 30), vec![running(7, s(100))]);
    let Some(Record::Run(mut again)) = tape.records.first().cloned() else {
        panic!("a tape begins with a header");
    };
    again.id = "run-2".into();
    again.follows = follows.map(Into::into);
    tape.records.push(Record::Run(again));
    for moment in [s(507), s(508), s(509), s(520)] {
        tape.list((moment, moment + 10), vec![runner(1, false)]);
    }
    tape.jobs((s(521), s(521) + 10), vec![done(7, s(100), s(900))]);
    tape.analysis().periods
}

#[test]
fn what_a_run_read_came_before_what_the_next_on_its_recording_reads() {
    let [period] = &begun_again(Some("run-1"))[..] else {
        panic!("one flip is one period");
    };
    assert_eq!(period.pattern, Some(Pattern::Flipped));
    assert_eq!(period.readings, 4);
    assert_eq!(
        begun_again(None).len(),
        1,
        "nor are they torn apart by times"
    );
}
