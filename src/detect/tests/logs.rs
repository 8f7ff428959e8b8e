//! The third witness: what a runner's own log adds to the readings, and what
//! it never changes (`evidence.md` §6, `runner-logs.md` §4 and §5).

use std::sync::Arc;

use super::make::*;
use crate::model::{
    Caveat, ClockOf, EndReason, Job, JobId, Killed, KilledBecause, Kind, Lease, Liveness, LogEnd,
    LoggedJob, Period, RunId, RunnerEventKind as Event, RunnerLog, Span, StartDispute,
    UnknownReason as Why,
};
use Short::{Desync, Idle, Late, Unknown};

fn only(tape: &Tape) -> Period {
    let mut periods = tape.analysis().periods;
    assert_eq!(periods.len(), 1, "{periods:#?}");
    periods.remove(0)
}

/// The job with a false reading at 500 s and what a log tells of it.
fn tape(
    job: Job,
    log: RunnerLog,
    told: impl IntoIterator<Item = crate::model::RunnerEvent>,
) -> Tape {
    let mut tape = Tape::files();
    tape.import(job);
    tape.reading(s(500), idle());
    tape.log(log);
    told.into_iter().for_each(|event| tape.event(event));
    tape
}

/// The lease of a period whose log names its job so.
fn lease_of(job: Job, names: LoggedJob, picked_up: i64, renewed_at: i64) -> Option<Lease> {
    let names = Arc::new(names);
    let told = [
        line(picked_up, Event::JobStarted, &names),
        renewed(renewed_at, &names),
    ];
    only(&tape(job, log(0, s(2000)), told)).lease
}

// The join, row by row.

#[test]
fn join_1_an_id_is_enough_and_another_id_is_never_it() {
    let with_id = |id| LoggedJob {
        job: Some(JobId(id)),
        name: None,
        ..logged(7)
    };
    assert!(lease_of(failed_job(), with_id(7), s(450), s(451)).is_some());
    assert!(lease_of(failed_job(), with_id(8), s(100), s(101)).is_none());
    let named = LoggedJob {
        job: Some(JobId(8)),
        ..logged(7)
    };
    assert!(lease_of(failed_job(), named, s(100), s(101)).is_none());
}

#[test]
fn join_2_run_attempt_and_name() {
    let of_run = |run, attempt| LoggedJob {
        run: Some(RunId(run)),
        attempt: Some(attempt),
        ..logged(7)
    };
    assert!(lease_of(failed_job(), of_run(7, 1), s(450), s(451)).is_some());
    assert!(lease_of(failed_job(), of_run(7, 2), s(100), s(101)).is_none());
    assert!(lease_of(failed_job(), of_run(8, 1), s(100), s(101)).is_none());
}

/// From 10 s before `started_at` to 120 s after it; further off, the life
/// decides.
#[test]
fn join_3_name_and_pick_up() {
    let job = || done(7, s(100), s(510));
    let joins = |picked_up: i64| lease_of(job(), logged(7), picked_up, picked_up).is_some();
    assert!(!joins(s(90) - 1));
    assert!(joins(s(90)));
    assert!(joins(s(220)));
    let unnamed = LoggedJob {
        name: None,
        ..logged(7)
    };
    assert!(lease_of(job(), unnamed, s(100), s(101)).is_none());
}

#[test]
fn join_3_two_jobs_that_both_fit_are_neither() {
    let twin = || named("job 7", done(6, s(90), s(95)));
    let names = Arc::new(logged(7));
    let mut tape = tape(
        failed_job(),
        log(0, s(2000)),
        [
            line(s(101), Event::JobStarted, &names),
            renewed(s(101), &names),
        ],
    );
    assert!(only(&tape).lease.is_some());
    tape.import(twin());
    // By the start both fit; by the life only one does.
    assert!(only(&tape).lease.is_some());
    tape.import(named("job 7", done(5, s(80), s(102))));
    assert!(only(&tape).lease.is_none(), "two lives hold the pick-up");
}

/// `started_at` is when the job was queued, behind another of its name: the
/// log's first job fits by that time, and is another run's.
#[test]
fn join_3_a_finish_before_the_steps_moved_is_of_another_job() {
    let told = |second: bool| {
        let [one, two] = [logged(6), logged(7)].map(|names| {
            Arc::new(LoggedJob {
                name: Some("job 7".into()),
                ..names
            })
        });
        let first = [
            line(s(101), Event::JobStarted, &one),
            line(s(160), Event::JobFinished, &one),
        ];
        let second = [
            line(s(170), Event::JobStarted, &two),
            renewed(s(175), &two),
            line(s(999), Event::JobFinished, &two),
        ]
        .into_iter()
        .filter(move |_| second);
        first.into_iter().chain(second)
    };
    let queued = || running(7, s(170)).started(s(100));
    let works = queued().step("more", Some(s(700)), Some((s(900), "success")));
    let works = works.ended(s(1000), "success");
    let period = only(&tape(works.clone(), log(0, s(2000)), told(true)));
    assert_eq!(period.kind, Kind::BusyFalse);
    assert!(period.lease.is_some(), "the second is it");
    let period = only(&tape(works, log(0, s(2000)), told(false)));
    assert_eq!(period.kind, Kind::BusyFalse);
    // No step tells them apart: neither is it.
    let bare = queued().ended(s(1000), "cancelled");
    let period = only(&tape(bare, log(0, s(2000)), told(true)));
    assert_eq!((period.kind, period.lease), (Kind::BusyFalse, None));
}

#[test]
fn join_4_anywhere_in_the_life() {
    assert!(lease_of(failed_job(), logged(7), s(450), s(451)).is_some());
    assert!(lease_of(failed_job(), logged(7), s(1001), s(1002)).is_none());
}

fn named(name: &str, job: Job) -> Job {
    Job {
        name: name.into(),
        ..job
    }
}

/// One GUID names a job in every run of a workflow.
#[test]
fn a_guid_alone_names_the_job_that_has_not_finished() {
    let guid = |name: Option<&str>| {
        Arc::new(LoggedJob {
            plan: None,
            name: name.map(Into::into),
            ..logged(7)
        })
    };
    let mut tape = tape(failed_job(), log(0, s(2000)), []);
    tape.import(named("job 6", done(6, s(10), s(90))));
    for (id, start, end) in [(6, s(10), s(90)), (7, s(100), s(1000))] {
        let name = format!("job {id}");
        tape.event(line(start, Event::JobReceived, &guid(None)));
        tape.event(line(start, Event::JobStarted, &guid(Some(&name))));
        tape.event(renewed(start + s(60), &guid(None)));
        tape.event(line(end, Event::JobFinished, &guid(None)));
    }
    let lease = only(&tape).lease.unwrap();
    assert_eq!(lease.renewed_at, at(s(160)), "not that of job 6, at 70 s");
}

/// A job ends and the next is taken up in one second, under the same GUID: the
/// lines keep the order in which they were written.
#[test]
fn a_pick_up_in_the_second_of_a_finish_is_another_job() {
    for plan in [Some("plan 6".into()), None] {
        let first = Arc::new(LoggedJob { plan, ..logged(6) });
        let second = Arc::new(logged(7));
        let told = [
            renewed(s(60), &first),
            line(s(100), Event::JobFinished, &first),
            line(s(100), Event::JobReceived, &second),
            line(s(100), Event::JobStarted, &second),
            renewed(s(100), &second),
            renewed(s(160), &second),
            renewed(s(490), &second),
        ];
        let told = (0..).zip(told);
        let told = told.map(|(place, event)| crate::model::RunnerEvent { place, ..event });
        let mut tape = tape(failed_job(), log(0, s(2000)), told.collect::<Vec<_>>());
        tape.import(named("job 6", done(6, s(10), s(100))));
        let lease = only(&tape).lease.unwrap();
        assert_eq!(lease.renewed_at, at(s(490)));
    }
}

// The lease.

#[test]
fn the_lease_is_the_last_renewal_at_or_before_the_reading() {
    let job = Arc::new(logged(7));
    let mut told = vec![line(s(100), Event::JobStarted, &job)];
    assert_eq!(
        only(&tape(failed_job(), log(0, s(2000)), told.clone())).lease,
        None
    );
    told.extend([
        renewed(s(440), &job),
        renewed(s(500), &job),
        renewed(s(501), &job),
    ]);
    let lease = only(&tape(failed_job(), log(0, s(2000)), told)).lease;
    let at_reading = Lease {
        renewed_at: at(s(500)),
        valid_till: Some(at(s(1100))),
    };
    assert_eq!(lease, Some(at_reading));
}

/// A lease that was still valid shows no life (`evidence.md` §6).
#[test]
fn a_valid_lease_shows_no_life() {
    let job = Arc::new(logged(7));
    let told = [renewed(s(490), &job)];
    let period = only(&tape(failed_job(), log(0, s(490)), told));
    assert_eq!(period.liveness, Liveness::Undecided);
}

// Alive.

#[test]
fn a_log_that_goes_on_shows_life() {
    let liveness = |log| only(&tape(failed_job(), log, [])).liveness;
    assert_eq!(liveness(log(0, s(502))), Liveness::Undecided);
    assert_eq!(liveness(log(0, s(502) + 1)), Liveness::Alive);
    assert_eq!(
        liveness(log(s(496), s(2000))),
        Liveness::Undecided,
        "a log begun later is of a program started anew"
    );
}

#[test]
fn offline_with_a_log_that_goes_on_is_offline_not_lost() {
    let read = |until| {
        let mut tape = Tape::files();
        tape.import(failed_job());
        tape.reading(s(500), offline(1, false));
        tape.log(log(0, until));
        tape.last()
    };
    assert_eq!(read(s(600)), Desync(Kind::Offline));
    assert_eq!(read(s(400)), Desync(Kind::LostRunner));
}

// Killed.

#[test]
fn a_shutdown_line_is_an_end_of_the_runner() {
    let shutdown = |moment| {
        let job = Arc::new(logged(7));
        tape(
            failed_job(),
            RunnerLog {
                end: LogEnd::Shutdown,
                ..log(0, moment)
            },
            [
                line(s(100), Event::JobStarted, &job),
                line(moment, Event::Shutdown, &job),
            ],
        )
    };
    let period = only(&shutdown(s(700)));
    assert_eq!(period.end.reason, EndReason::RunnerTerminated);
    assert_eq!(period.end.by, Some(at(s(700))));
    assert_eq!(period.killed, Killed::Yes);
    let because = [KilledBecause::Shutdown, KilledBecause::JobFailed];
    assert_eq!(period.killed_because, because);
    // A reading after it is no busy-false any more, unless the program was
    // started again.
    let mut after = shutdown(s(300));
    assert_eq!(after.last(), Desync(Kind::LostRunner));
    after.log(log(s(310), s(2000)));
    assert_eq!(after.last(), Desync(Kind::BusyFalse));
    let mut too_near = shutdown(s(494));
    assert_eq!(too_near.last(), Unknown(Why::Edge));
    too_near.reading(s(501), idle());
    assert_eq!(too_near.last(), Desync(Kind::LostRunner));
}

#[test]
fn a_shutdown_before_the_job_was_taken_up_is_not_its_end() {
    let mut tape = tape(
        job(7).started(s(100)).step("late", Some(s(400)), None),
        log(0, s(2000)),
        [],
    );
    let none = Arc::new(logged(0));
    tape.event(line(s(150), Event::Shutdown, &none));
    tape.reading(s(720), idle());
    assert_eq!(tape.last(), Unknown(Why::Edge), "it may have been either");
}

/// What is gone for good is lost, whenever it was told to shut down.
#[test]
fn a_shutdown_in_an_unsure_start_range_keeps_no_runner_from_being_lost() {
    let mut tape = tape(
        failed_job().started(s(50)).set_up(s(44)),
        log(0, s(200)),
        [],
    );
    let none = Arc::new(logged(0));
    tape.event(line(s(150), Event::Shutdown, &none));
    tape.reading(s(720), offline(1, true));
    assert_eq!(tape.last(), Desync(Kind::LostRunner));
}

#[test]
fn a_dispatch_without_finish_is_a_sign_where_the_log_shows_it() {
    let job = Arc::new(logged(7));
    let killed = |log: RunnerLog, finish: Option<i64>| {
        let finish = finish.map(|moment| line(moment, Event::JobFinished, &job));
        let told = [line(s(100), Event::JobReceived, &job)];
        let period = only(&tape(failed_job(), log, told.into_iter().chain(finish)));
        (period.killed, period.killed_because)
    };
    let complete = |until| RunnerLog {
        end: LogEnd::Complete,
        ..log(0, until)
    };
    let signs = vec![
        KilledBecause::DispatchWithoutFinish,
        KilledBecause::JobFailed,
    ];
    assert_eq!(
        killed(complete(s(600)), None),
        (Killed::Likely, signs.clone())
    );
    assert_eq!(killed(log(0, s(1003)), None), (Killed::Likely, signs));
    assert_eq!(killed(log(0, s(1002)), None), (Killed::Unknown, vec![]));
    assert_eq!(
        killed(complete(s(1100)), Some(s(999))),
        (Killed::Unknown, vec![])
    );
}

/// The record was closed, by a cancellation perhaps, and the worker is still
/// there: its log is live.
#[test]
fn a_dispatch_that_still_renews_its_lease_is_no_sign() {
    let job = Arc::new(logged(7));
    let killed = |renewal: i64| {
        let told = [
            line(s(100), Event::JobReceived, &job),
            renewed(renewal, &job),
        ];
        only(&tape(failed_job(), log(0, s(1100)), told)).killed
    };
    assert_eq!(killed(s(1002)), Killed::Likely);
    assert_eq!(killed(s(1002) + 1), Killed::Unknown);
}

/// A log discovers a job too: while it runs, idle says nothing unless its
/// record is known.
#[test]
fn an_idle_reading_in_a_job_that_only_the_log_knows_is_unknown() {
    let read = |moment: i64, finish: Option<i64>| {
        let names = Arc::new(LoggedJob {
            name: Some("elsewhere".into()),
            ..logged(8)
        });
        let told = [
            line(s(1100), Event::JobStarted, &names),
            renewed(s(1500), &names),
        ];
        let finish = finish.map(|at| line(at, Event::JobFinished, &names));
        let mut tape = tape(
            done(7, s(100), s(1000)),
            log(0, s(3000)),
            told.into_iter().chain(finish),
        );
        tape.import(done(9, s(2000), s(2500)));
        tape.reading(moment, idle());
        tape.last()
    };
    assert_eq!(read(s(1300), Some(s(1600))), Unknown(Why::Jobs));
    // A window of 5 s, and the margin.
    assert_eq!(read(s(1107), Some(s(1600))), Unknown(Why::Jobs));
    assert_eq!(read(s(1107) - 1, Some(s(1600))), Idle);
    assert_eq!(read(s(1598), Some(s(1600))), Unknown(Why::Jobs));
    assert_eq!(read(s(1598) + 1, Some(s(1600))), Idle);
    // Up to the last renewal that is known.
    assert_eq!(read(s(1498), None), Unknown(Why::Jobs));
    assert_eq!(read(s(1498) + 1, None), Idle);
}

#[test]
fn broker_errors_and_updates_are_context_and_change_nothing() {
    let mut with = tape(failed_job(), log(0, s(400)), []);
    let before = with.analysis();
    for kind in [Event::BrokerError, Event::SelfUpdate] {
        let event = line(s(400), kind, &Arc::new(logged(7)));
        with.event(crate::model::RunnerEvent { job: None, ..event });
    }
    let mut after = with.analysis();
    let told: Vec<_> = after.timeline.iter().map(|entry| entry.event).collect();
    assert_eq!(told, [Event::BrokerError, Event::SelfUpdate]);
    after.timeline.clear();
    after.periods[0].events.clear();
    assert_eq!(after, before);
}

// The record lags behind the log.

/// The log has the job finished before the reading: the flag was right, and
/// the job's record lags. Near the finish nothing is said.
#[test]
fn a_reading_after_the_finish_in_the_log_is_no_desync() {
    let job = Arc::new(logged(7));
    let finished = |moment| {
        let told = [
            line(s(100), Event::JobStarted, &job),
            line(moment, Event::JobFinished, &job),
        ];
        tape(failed_job(), log(0, s(2000)), told)
    };
    assert_eq!(finished(s(493)).last(), Late);
    assert_eq!(finished(s(493) + 1).last(), Unknown(Why::Edge));
    assert_eq!(finished(s(502) - 1).last(), Unknown(Why::Edge));
    assert_eq!(finished(s(502)).last(), Desync(Kind::BusyFalse));
    let counts = finished(s(493)).analysis().coverage.readings;
    assert_eq!((counts.desync, counts.jobs_late), (0, 1));
}

#[test]
fn a_sandwich_after_the_finish_in_the_log_is_no_desync() {
    let open = running(7, s(100));
    let mut tape = Tape::live();
    tape.sandwich(s(500), &open, idle());
    assert_eq!(tape.last(), Desync(Kind::BusyFalse));
    tape.log(log(0, s(2000)));
    let job = Arc::new(logged(7));
    tape.event(line(s(100), Event::JobStarted, &job));
    tape.event(line(s(480), Event::JobFinished, &job));
    assert_eq!(tape.last(), Late);
    assert_eq!(tape.analysis().periods, []);
}

// Starts.

/// A page that begins within the job shows a renewal first: that is no pick-up.
#[test]
fn a_log_that_begins_within_the_job_disputes_no_start() {
    let job = Arc::new(logged(7));
    let period = only(&tape(
        failed_job(),
        log(0, s(2000)),
        [renewed(s(469), &job)],
    ));
    assert!(period.lease.is_some());
    assert_eq!(period.start_disputed, None);
}

#[test]
fn a_pick_up_outside_of_the_start_range_is_disputed_and_moves_nothing() {
    let disputed = |picked_up: i64| {
        let job = Arc::new(logged(7));
        let told = [line(picked_up, Event::JobStarted, &job)];
        let tape = tape(failed_job(), log(0, s(2000)), told);
        let period = only(&tape);
        assert_eq!(period.onset.after, Some(at(s(100))));
        let caveats = tape.analysis().caveats;
        let caveat = period
            .start_disputed
            .map(|times| Caveat::StartDisputed(JobId(7), times));
        assert!(caveat.is_none_or(|caveat| caveats.contains(&caveat)));
        period.start_disputed
    };
    assert_eq!(disputed(s(98)), None);
    assert_eq!(disputed(s(102)), None);
    let times = |log| {
        Some(StartDispute {
            record: at(s(100)),
            log: at(log),
        })
    };
    assert_eq!(disputed(s(98) - 1), times(s(98) - 1));
    assert_eq!(disputed(s(102) + 1), times(s(102) + 1));
    assert_eq!(disputed(s(469)), times(s(469)));
}

// Clocks.

/// A host clock two minutes off either way, measured by the lease: all of the
/// log's times are moved and it is said.
#[test]
fn a_measured_offset_moves_every_line_of_the_log() {
    for off in [s(120), s(-120), s(3)] {
        let job = Arc::new(logged(7));
        let log = RunnerLog {
            offset: Some(Span::millis(off)),
            ..log(off, s(2000) + off)
        };
        let renewal = crate::model::RunnerEvent {
            valid_till: Some(at(s(1080))),
            ..line(s(480) + off, Event::LeaseRenewed, &job)
        };
        let told = [
            line(s(100) + off, Event::JobStarted, &job),
            renewal,
            line(s(999) + off, Event::JobFinished, &job),
        ];
        let tape = tape(failed_job(), log, told);
        let period = only(&tape);
        let lease = Lease {
            renewed_at: at(s(480)),
            valid_till: Some(at(s(1080))),
        };
        assert_eq!(period.lease, Some(lease), "{off}");
        assert_eq!(period.start_disputed, None, "{off}");
        assert_eq!(period.liveness, Liveness::Alive, "{off}");
        let caveat = Caveat::ClockOffset(ClockOf::RunnerHost, Span::millis(off));
        assert!(tape.analysis().caveats.contains(&caveat), "{off}");
    }
}

/// A worker's log shows no lease: its host's clock is the one that the
/// listener's log measured.
#[test]
fn a_workers_log_is_moved_by_what_its_listener_measured() {
    for off in [s(120), s(-120)] {
        let job = Arc::new(logged(7));
        let listener = RunnerLog {
            offset: Some(Span::millis(off)),
            ..log(off, s(2000) + off)
        };
        let worker = RunnerLog {
            offset: None,
            source: Some("worker-log".into()),
            ..log(s(101) + off, s(999) + off)
        };
        let of_worker = |event: crate::model::RunnerEvent| crate::model::RunnerEvent {
            source: Some("worker-log".into()),
            ..event
        };
        let told = [
            line(s(100) + off, Event::JobStarted, &job),
            of_worker(line(s(101) + off, Event::JobStarted, &job)),
            of_worker(line(s(999) + off, Event::JobFinished, &job)),
        ];
        let mut tape = tape(failed_job(), listener, told);
        tape.log(worker);
        let period = only(&tape);
        assert_eq!(period.start_disputed, None, "{off}");
        assert_eq!(tape.last(), Desync(Kind::BusyFalse), "{off}");
        let finish = tape.analysis().timeline.pop().unwrap();
        assert_eq!(finish.at, at(s(999)), "{off}");
    }
}

/// Times are whole seconds on both sides: two of them are no offset.
#[test]
fn an_offset_within_the_margin_is_grain() {
    let log = RunnerLog {
        offset: Some(Span::secs(2)),
        ..log(0, s(2000))
    };
    let caveats = tape(failed_job(), log, []).analysis().caveats;
    let moved = |caveat: &Caveat| matches!(caveat, Caveat::ClockOffset(..));
    assert!(!caveats.iter().any(moved));
}

/// Lines of another source, such as the autoscaler's, keep their times.
#[test]
fn an_offset_moves_its_own_log_alone() {
    let log = RunnerLog {
        offset: Some(Span::secs(120)),
        ..log(0, s(2000))
    };
    let mut tape = tape(failed_job(), log, []);
    tape.terminated(s(501), 1);
    assert_eq!(only(&tape).end.by, Some(at(s(501))));
}
