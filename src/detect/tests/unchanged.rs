//! What a 304 may say (`evidence.md` §1): agreement, apart, and no more.

use super::make::*;
use crate::model::{Caveat, Kind, Span, UnknownReason};
use Short::{AgreesUnchanged, Maybe, Unknown};

#[test]
fn a_304_agrees_apart() {
    let mut tape = Tape::live();
    tape.jobs((s(150), s(151)), vec![running(7, s(100))]);
    tape.list((s(200), s(201)), vec![busy()]);
    tape.list_unchanged((s(230), s(231)));
    tape.cycle(s(232));
    assert_eq!(tape.last(), AgreesUnchanged);
    let analysis = tape.analysis();
    let readings = analysis.coverage.readings;
    assert_eq!((readings.agree, readings.agree_unchanged), (1, 1));
    assert!(analysis.caveats.contains(&Caveat::ReliesOn304));
}

#[test]
fn a_304_never_contradicts() {
    let mut tape = Tape::live();
    tape.list((s(90), s(91)), vec![idle()]);
    tape.jobs((s(150), s(151)), vec![done(7, s(100), s(1000))]);
    tape.list_unchanged((s(200), s(201)));
    tape.cycle(s(202));
    assert_eq!(tape.last(), Unknown(UnknownReason::NotModified));
    assert_eq!(tape.analysis().periods, []);
}

#[test]
fn a_304_that_would_contradict_is_still_worth_a_sandwich() {
    let mut tape = Tape::live();
    tape.list((s(90), s(91)), vec![idle()]);
    tape.jobs((s(150), s(151)), vec![running(7, s(100))]);
    tape.list_unchanged((s(300), s(301)));
    let candidates = tape.detector().candidates(&tape.view());
    assert_eq!(candidates.len(), 1);
}

#[test]
fn a_304_never_closes_a_period_nor_bounds_one() {
    let mut tape = Tape::live();
    tape.jobs((s(150), s(151)), vec![done(7, s(100), s(1000))]);
    tape.list((s(200), s(201)), vec![busy()]);
    tape.list_unchanged((s(230), s(231)));
    tape.list((s(260), s(261)), vec![idle()]);
    tape.list_unchanged((s(290), s(291)));
    tape.list((s(320), s(321)), vec![idle()]);
    tape.cycle(s(322));
    let analysis = tape.analysis();
    let [period] = &analysis.periods[..] else {
        panic!("{:?}", analysis.periods)
    };
    assert_eq!(period.kind, Kind::BusyFalse);
    assert_eq!(period.readings, 2);
    // The true answer, not the 304 that referred to it.
    assert_eq!(period.onset.after, Some(at(s(200))));
}

#[test]
fn a_304_to_the_jobs_keeps_them_as_they_were() {
    let mut tape = Tape::live();
    tape.jobs((s(150), s(151)), vec![running(7, s(100))]);
    tape.cycle(s(152));
    tape.list((s(200), s(201)), vec![idle()]);
    tape.jobs_unchanged((s(202), s(203)), 7);
    tape.cycle(s(202));
    assert_eq!(tape.last(), Maybe(Kind::BusyFalse));
}

#[test]
fn a_304_of_another_page_size_says_nothing() {
    let mut tape = Tape::live();
    tape.list((s(200), s(201)), vec![busy()]);
    tape.list_unchanged((s(230), s(231)));
    tape.amend(|exchange| exchange.url = "https://api.github.com/x?per_page=50".into());
    tape.cycle(s(232));
    let coverage = tape.analysis().coverage;
    assert_eq!(coverage.unknown_reasons[&UnknownReason::NotModified], 1);
    assert_eq!(tape.judged(1).len(), 1);
}

#[test]
fn a_304_does_not_shorten_what_would_be_detected() {
    let spaced = |between: fn(&mut Tape)| {
        let mut tape = Tape::live();
        tape.list((s(200), s(201)), vec![idle()]);
        between(&mut tape);
        tape.list((s(260), s(261)), vec![idle()]);
        tape.cycle(s(262));
        tape.analysis().coverage.would_detect
    };
    let with_304 = spaced(|tape| tape.list_unchanged((s(230), s(231))));
    assert_eq!(with_304, spaced(|_| ()));
    assert!(with_304.is_some());
}

#[test]
fn a_304_shows_a_runner_listed() {
    let mut tape = Tape::live();
    tape.list((s(200), s(201)), vec![idle(), runner(2, false)]);
    tape.cycle(s(202));
    tape.list_unchanged((s(230), s(231)));
    tape.cycle(s(232));
    assert_eq!(tape.last(), AgreesUnchanged);
}

/// A runner that is there and says nothing usable has gone unread, also when
/// it never says anything usable again.
#[test]
fn what_is_garbled_to_the_end_counts_as_unread() {
    let would_detect = |status: &str| {
        let mut tape = Tape::live();
        tape.list((s(200), s(201)), vec![runner(1, true)]);
        tape.list((s(230), s(231)), vec![runner(1, true)]);
        tape.list((s(400), s(401)), vec![runner(1, true).with_status(status)]);
        tape.jobs((s(402), s(403)), vec![running(7, s(100))]);
        tape.cycle(s(402));
        tape.analysis().coverage.would_detect
    };
    // To the end of the answer, or to the last that was observed.
    assert_eq!(would_detect("online"), Some(Span::secs(176)));
    assert_eq!(would_detect("dreaming"), Some(Span::secs(178)));
}

/// So has one of which no list was read while the rest went on, unless it is no
/// longer listed, or was read but once.
#[test]
fn what_is_not_read_to_the_end_counts_as_unread() {
    let both = || vec![runner(1, true), runner(2, false)];
    let would_detect = |lists: &[i64], last: Vec<crate::model::Runner>| {
        let mut tape = Tape::live();
        for &list in lists {
            tape.list((s(list), s(list + 1)), both());
            tape.cycle(s(list + 2));
        }
        tape.list((s(230), s(231)), last);
        tape.cycle(s(232));
        tape.jobs((s(299), s(300)), vec![running(7, s(100))]);
        tape.analysis().coverage.would_detect
    };
    let to_the_end = Span::secs(300 - 230 + 5);
    assert_eq!(would_detect(&[200], both()), Some(to_the_end));
    assert_eq!(would_detect(&[], both()), None);
    let gone = would_detect(&[170, 200], vec![runner(2, false)]);
    assert_eq!(gone, Some(to_the_end), "of runner 2");
}
