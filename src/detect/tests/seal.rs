//! What is let go changes nothing that is said.

use proptest::prelude::*;

use super::make::*;
use super::world::{Play, detector, restful_world, world};
use crate::detect::seal::Quiet;
use crate::detect::track::Track;
use crate::detect::witness::Witness;
use crate::detect::{Detector, View};
use crate::model::{Analysis, Job, Mono, OnlineStatus, Record, Runner, Span};

/// Fed record by record, and sealed at the end of every fifth cycle.
fn sealed(records: &[Record], kept: Span) -> Detector {
    sealed_as(records, kept, |_| view())
}

fn sealed_as(records: &[Record], kept: Span, view: impl Fn(&Detector) -> View) -> Detector {
    let mut detector = Detector::default();
    for record in records {
        let ends_fifth = matches!(record, Record::Cycle(cycle) if cycle.number % 5 == 0);
        detector.feed(record.clone());
        if ends_fifth {
            let view = view(&detector);
            detector.seal_after(&view, kept);
        }
    }
    detector
}

/// Of the runners known those with an even id.
fn narrowed(detector: &Detector) -> View {
    let wanted = detector.keys().filter(|key| key.id.0 % 2 == 0);
    View {
        runners: Some(wanted.cloned().collect()),
        ..view()
    }
}

/// Without the marks that are drawn: of a stretch the ends are enough.
fn said(mut analysis: Analysis) -> Analysis {
    for period in &mut analysis.periods {
        period.marks = [].into();
    }
    analysis
}

/// Records whose first two answers say to the millisecond how late it is: what
/// is sealed by an estimate of the clock does not follow when it gets better.
fn by_a_sure_clock(mut records: Vec<Record>) -> Vec<Record> {
    let exchanges = records.iter_mut().filter_map(|record| match record {
        Record::Exchange(exchange) => Some(exchange),
        _ => None,
    });
    let mut first = exchanges.take(2);
    let (one, two) = (first.next().unwrap(), first.next().unwrap());
    let began = at(0);
    let zero = Mono::from_millis(0);
    one.date = Some(began + (one.window.received - zero));
    two.date = Some(began + (two.window.sent - zero) - Span::millis(999));
    records
}

/// Minute by minute: runner 1 works on a job of 10 min every quarter of an hour
/// and lags at each start, runner 2 on one of 20 h a day, runner 3 rests, and
/// every hour comes a new runner for one job, and goes.
fn days(count: i64) -> Tape {
    let mut tape = Tape::live();
    for minute in 0..count * 24 * 60 {
        let now = s(60 * minute);
        let jobs = jobs_at(minute);
        let busy = |id: u64| {
            let own = jobs
                .iter()
                .find(|job| job.assignment.as_ref().unwrap().runner_id.0 == id);
            own.is_some_and(|job| {
                job.started_at < Some(at(now - s(61))) && job.conclusion.is_none()
            })
        };
        let passing = 100 + u64::try_from(minute / 60).unwrap();
        let listed = [1, 2, 3, passing];
        tape.list(
            (now, now + 200),
            listed.map(|id| runner(id, busy(id))).to_vec(),
        );
        tape.jobs((now + 300, now + 500), jobs);
        tape.end_cycle(now + 300, |cycle| {
            cycle.window.sent = Mono::from_millis(now);
            cycle.runners_expected = 4;
            cycle.runners_read = 4;
        });
    }
    tape
}

/// The jobs that a poller reads in a minute: those that run, and those that
/// just ended.
fn jobs_at(minute: i64) -> Vec<Job> {
    let mut jobs = Vec::new();
    let mut add = |first: u64, runner: u64, period: i64, length: i64| {
        let round = minute / period;
        let start = s(60 * (round * period + 1) - 30);
        let end = start + s(60 * length);
        let id = first + u64::try_from(round).unwrap();
        let job = running(id, start).on(runner);
        let now = s(60 * minute);
        match now {
            now if now < start + s(40) || end + s(300) < now => {}
            now if now < end => jobs.push(job),
            _ => jobs.push(job.ended(end, "success")),
        }
    };
    add(1_000, 1, 15, 10);
    add(200_000, 2, 24 * 60, 20 * 60);
    add(300_000, 100 + u64::try_from(minute / 60).unwrap(), 60, 30);
    jobs
}

fn held(detector: &Detector) -> [usize; 5] {
    let facts = &detector.facts;
    let lanes = || facts.lanes.values();
    [
        lanes().count(),
        lanes().map(|lane| lane.readings.len()).sum(),
        facts.jobs.len(),
        facts.quotes.len() + facts.glimpses.len(),
        facts.over.len(),
    ]
}

#[test]
fn a_watch_of_days_keeps_what_one_of_hours_keeps() {
    let tape = days(3);
    let mut detector = Detector::default();
    let mut most = [0; 5];
    for record in &tape.records {
        detector.feed_again(record.clone(), |_| view());
        let held = held(&detector);
        most = std::array::from_fn(|at| most[at].max(held[at]));
    }
    let analysis = detector.analysis(&view());
    let coverage = &analysis.coverage;
    assert_eq!((coverage.runners, coverage.cycles), (3 + 72, 3 * 24 * 60));
    assert_eq!(said(analysis), said(tape.analysis()));
    let [lanes, readings, jobs, quotes, over] = most;
    assert!(lanes <= 6, "{lanes}");
    assert!(readings <= 4 * 91 + 8, "{readings}");
    assert!(jobs <= 15, "{jobs}");
    assert!(quotes <= 110, "{quotes}");
    assert!(over <= 24 * 5 + 10, "{over}");
}

/// Runners that come and go are let go of, wanted or not; and of the others
/// nothing is said.
#[test]
fn a_narrowed_watch_of_days_keeps_no_more() {
    let tape = days(2);
    let mut detector = Detector::default();
    let mut lanes = 0;
    for record in &tape.records {
        detector.feed_again(record.clone(), narrowed);
        lanes = lanes.max(held(&detector)[0]);
    }
    assert!(lanes <= 6, "{lanes}");
    let analysis = detector.analysis(&narrowed(&detector));
    assert_eq!(analysis.coverage.runners, 1 + 24);
    let whole = tape.detector();
    assert_eq!(said(analysis), said(whole.analysis(&narrowed(&whole))));
}

/// What ended long ago does not run again because an answer lags.
#[test]
fn a_forgotten_job_does_not_run_again() {
    let mut tape = Tape::live();
    tape.list((0, 200), vec![runner(1, false)]);
    tape.jobs((300, 500), vec![done(7, -s(600), -s(300))]);
    tape.cycle(300);
    for minute in 1..150 {
        let now = s(60 * minute);
        tape.list((now, now + 200), vec![runner(1, false)]);
        // The last two are kept: they bound the start of the next.
        let later = [8, 9].map(|id| done(id, now - s(45), now - s(15)));
        if let 40 | 50 = minute {
            tape.jobs(
                (now + 300, now + 500),
                vec![later[usize::from(minute == 50)].clone()],
            );
        }
        tape.cycle(now + 300);
    }
    let now = s(150 * 60);
    tape.list((now, now + 200), vec![runner(1, false)]);
    tape.jobs((now + 300, now + 500), vec![running(7, -s(600))]);
    tape.cycle(now + 300);
    let mut detector = Detector::default();
    for record in &tape.records {
        detector.feed_again(record.clone(), |_| view());
    }
    assert_eq!(detector.facts.jobs.len(), 2);
    assert_eq!(detector.candidates(&view()), vec![]);
}

/// What a minute brings to a runner without jobs.
#[derive(Debug, Clone, Copy)]
enum Minute {
    Idle,
    Unchanged,
    /// In two lists at once, as when it moves from one page to the next.
    Twice(bool, bool),
    Busy,
    Offline,
    ById(bool),
    Renamed,
    Undecodable,
    Absent,
    /// By a cache.
    Aged,
    /// Jobs are not read.
    Blind,
}

fn minute() -> impl Strategy<Value = Minute> {
    prop_oneof![
        20 => Just(Minute::Idle),
        10 => Just(Minute::Unchanged),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(one, other)| Minute::Twice(one, other)),
        1 => Just(Minute::Busy),
        1 => Just(Minute::Offline),
        1 => any::<bool>().prop_map(Minute::ById),
        1 => Just(Minute::Renamed),
        1 => Just(Minute::Undecodable),
        1 => Just(Minute::Absent),
        1 => Just(Minute::Aged),
        1 => Just(Minute::Blind),
    ]
}

/// A runner as it goes through some minutes.
fn restless(minutes: &[Minute]) -> Tape {
    let mut tape = Tape::live();
    let idle = || vec![runner(1, false), runner(2, false)];
    let mut is_listed = false;
    for (number, minute) in minutes.iter().enumerate() {
        let now = s(60 * i64::try_from(number).unwrap());
        let window = (now, now + 200);
        match *minute {
            // Unchanged since a list without one of the two, that one would be
            // gone for good: if it came back, it would count as another.
            Minute::Unchanged if is_listed => tape.list_unchanged(window),
            Minute::Idle | Minute::Unchanged | Minute::Blind => tape.list(window, idle()),
            Minute::Twice(one, other) => {
                tape.list(window, vec![runner(1, one), runner(2, false)]);
                tape.list((now + 10, now + 210), vec![runner(1, other)]);
            }
            Minute::Busy => tape.list(window, vec![runner(1, true), runner(2, false)]),
            Minute::Offline => tape.list(window, vec![offline(1, false), runner(2, false)]),
            Minute::ById(busy) => {
                tape.list(window, idle());
                tape.by_id((now + 210, now + 250), 1, Some(runner(1, busy)));
            }
            Minute::Renamed => {
                let name = Some("another".into());
                let renamed = Runner {
                    name,
                    ..runner(1, false)
                };
                tape.list(window, vec![renamed, runner(2, false)]);
            }
            Minute::Undecodable => {
                let status = OnlineStatus::Other("asleep".into());
                let asleep = Runner {
                    status,
                    ..runner(1, false)
                };
                tape.list(window, vec![asleep, runner(2, false)]);
            }
            Minute::Absent => tape.list(window, vec![runner(2, false)]),
            Minute::Aged => {
                tape.list(window, idle());
                tape.amend(|exchange| exchange.age = Some(70));
            }
        }
        is_listed = !matches!(minute, Minute::Absent | Minute::Twice(..));
        tape.jobs((now + 300, now + 500), Vec::new());
        tape.end_cycle(now + 300, |cycle| {
            cycle.jobs_complete = !matches!(minute, Minute::Blind);
        });
    }
    tape
}

/// How many readings of runner 1 are judged when those up to `old` are let go.
fn judged_of(tape: &Tape, old: i64) -> usize {
    let detector = tape.detector();
    let facts = &detector.facts;
    let view = view();
    let witness = Witness::of(facts);
    let (key, lane) = facts.lanes.iter().next().unwrap();
    let quiet = Quiet::of(facts, key, lane, &view, witness.beside(key), at(old));
    let track = Track::without(facts, key, lane, &view, &quiet);
    track.readings.len()
}

/// Of a runner at rest the ends are judged, and nothing else.
#[test]
fn rest_is_told_before_it_is_judged() {
    let tape = restless(&[Minute::Idle; 120]);
    assert_eq!(judged_of(&tape, s(120 * 60)), 4);
    // What is not old yet is not mixed with what is.
    assert_eq!(judged_of(&tape, s(60 * 60)), 8);
}

/// From minute 57 to minute 65 a lag limit, 120 s and the margin are not over.
/// The last cycle had no list of runners, so that the runner is absent at its end.
#[test]
fn what_lies_around_a_job_is_judged() {
    let mut tape = restless(&[Minute::Idle; 120]);
    let now = s(120 * 60);
    tape.jobs((now, now + 200), vec![done(7, s(60 * 60), s(62 * 60))]);
    tape.cycle(now);
    assert_eq!(judged_of(&tape, now), 4 + 9 + 4 + 1);
}

/// By a clock that stepped back, neighbors are not told by their places.
#[test]
fn where_order_is_not_that_of_time_all_is_judged() {
    let mut tape = restless(&[Minute::Idle; 120]);
    let last = s(119 * 60);
    tape.list((last - 100, last + 100), vec![runner(1, false)]);
    tape.cycle(last + 300);
    assert_eq!(judged_of(&tape, s(120 * 60)), 121);
    let mut tape = restless(&[Minute::Idle; 120]);
    tape.list((last, last + 200), vec![runner(1, false)]);
    tape.cycle(last + 300);
    assert_eq!(judged_of(&tape, s(120 * 60)), 4);
}

/// A contradiction that no reading has ended yet may go on with the next one.
#[test]
fn a_period_without_a_job_is_not_cut_in_two() {
    let mut minutes = vec![Minute::Idle, Minute::Idle, Minute::Busy];
    minutes.extend([Minute::Undecodable; 6]);
    minutes.push(Minute::Busy);
    minutes.extend([Minute::Idle; 20]);
    let records = by_a_sure_clock(restless(&minutes).records);
    let whole = detector(records.iter().cloned()).analysis(&view());
    assert_eq!(whole.periods.len(), 1);
    assert_eq!(whole.periods[0].readings, 2);
    let sealed = sealed(&records, Span::secs(250)).analysis(&view());
    assert_eq!(said(sealed), said(whole));
}

proptest! {
    #[test]
    fn sealing_changes_nothing_that_is_said(
        mut world in prop_oneof![world(true, true), restful_world()],
        kept in 250..900_i64,
    ) {
        world.skew = 0;
        let play = Play::new(&world).play(|_| ());
        let records = by_a_sure_clock(play.tape.records.clone());
        let whole = detector(records.iter().cloned()).analysis(&view());
        let sealed = sealed(&records, Span::secs(kept));
        prop_assert_eq!(said(sealed.analysis(&view())), said(whole));
    }

    #[test]
    fn sealing_changes_nothing_that_is_said_of_some_runners(
        mut world in world(true, true),
        kept in 250..900_i64,
    ) {
        world.skew = 0;
        let play = Play::new(&world).play(|_| ());
        let records = by_a_sure_clock(play.tape.records.clone());
        let whole = detector(records.iter().cloned());
        let sealed = sealed_as(&records, Span::secs(kept), narrowed);
        let sealed = said(sealed.analysis(&narrowed(&sealed)));
        let whole = said(whole.analysis(&narrowed(&whole)));
        prop_assert_eq!(sealed, whole);
    }

    #[test]
    fn sealing_changes_nothing_that_is_said_of_a_runner_without_jobs(
        minutes in proptest::collection::vec(minute(), 30..200),
        kept in 250..1800_i64,
    ) {
        let records = by_a_sure_clock(restless(&minutes).records);
        let whole = detector(records.iter().cloned()).analysis(&view());
        let sealed = sealed(&records, Span::secs(kept));
        prop_assert_eq!(said(sealed.analysis(&view())), said(whole));
    }
}
