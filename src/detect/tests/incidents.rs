//! Known incidents, with all they must give: `evidence.md` §5 and the worked
//! examples of `phenomena.md`.

use super::make::*;
use crate::model::{
    Caveat, Certainty, Class, EndReason, Finding, Job, JobId, Killed, KilledBecause, Kind, Lease,
    Liveness, LoggedJob, Pattern, Period, Record, ReportVerdict, RunnerEvent, RunnerEventKind,
    RunnerId, RunnerLog, Span, StartDispute, Timestamp,
};

fn t(text: &str) -> i64 {
    clock(text)
}

fn when(text: &str) -> Timestamp {
    at(clock(text))
}

fn only(periods: &[Period]) -> &Period {
    let [period] = periods else {
        panic!("{} periods: {periods:#?}", periods.len())
    };
    period
}

fn named(name: &str, job: Job) -> Job {
    Job {
        name: name.into(),
        ..job
    }
}

/// Readings, jobs and the termination of incident 1, as files give them.
fn incident_1() -> Tape {
    let (id, host) = (18700, "i-06cbe04821ccba677");
    let flag = |busy| runner(id, busy).named(Some(host));
    let mut tape = Tape::files();
    let a = done(11, t("01:47:02"), t("01:55:50")).on_named(id, host);
    let b = running(12, t("02:00:00")).ended(t("02:10:24"), "failure");
    tape.import(named("Test", a));
    tape.import(named("Package & Publish", b.on_named(id, host)));
    tape.reading(t("02:00:12"), flag(true));
    tape.reading(t("02:05:09"), flag(true));
    tape.reading(t("02:10:08"), flag(false));
    tape.terminated(t("02:10:09"), id);
    tape
}

fn incident_2() -> Tape {
    let (id, host) = (18701, "i-0f3edd56994b7e40b");
    let flag = |busy| runner(id, busy).named(Some(host));
    let mut tape = Tape::files();
    let a = done(21, t("01:47:47"), t("01:55:37")).on_named(id, host);
    let b = running(22, t("01:58:00")).ended(t("02:00:26"), "failure");
    tape.import(a);
    tape.import(b.on_named(id, host));
    tape.reading(t("01:55:04"), flag(true));
    tape.reading(t("02:00:11"), flag(false));
    tape.terminated(t("02:00:12"), id);
    tape
}

#[test]
fn incident_1_of_the_report() {
    let analysis = incident_1().analysis();
    let period = only(&analysis.periods);
    assert_eq!(period.runner.key.id, RunnerId(18700));
    assert_eq!(period.runner.name.as_deref(), Some("i-06cbe04821ccba677"));
    assert_eq!(period.job.as_ref().unwrap().job.id.0, 12);
    assert_eq!(period.previous_job.as_ref().unwrap().job.id.0, 11);
    assert_eq!(period.kind, Kind::BusyFalse);
    assert_eq!(period.class, Some(Class::Stale));
    assert_eq!(period.pattern, Some(Pattern::Flipped));
    assert_eq!(period.onset.after, Some(when("02:05:09")));
    assert_eq!(period.onset.by, when("02:10:08"));
    assert_eq!(period.end.after, when("02:10:08"));
    assert_eq!(period.end.by, Some(when("02:10:09")));
    assert_eq!(period.end.reason, EndReason::RunnerTerminated);
    assert_eq!(period.observed, Span::ZERO);
    assert_eq!(period.at_most, Some(Span::secs(300)));
    assert_eq!(period.job_age, Some(Span::secs(608)));
    assert_eq!(period.certainty, Certainty::Settled);
    assert_eq!(period.finding, Finding::Yes);
    assert_eq!(period.liveness, Liveness::Alive);
    assert_eq!(period.killed, Killed::Yes);
    let because = [KilledBecause::Terminated, KilledBecause::JobFailed];
    assert_eq!(period.killed_because, because);
    assert_eq!((period.readings, period.longest_gap), (1, None));
    let counts = analysis.coverage.readings;
    assert_eq!((counts.agree, counts.desync), (2, 1));
    assert_eq!((counts.unknown, counts.jobs_late), (0, 0));
    assert_eq!(analysis.verdict, ReportVerdict::Desync);
    assert!(analysis.caveats.contains(&Caveat::ClockAssumed));
}

#[test]
fn incident_2_of_the_report() {
    let analysis = incident_2().analysis();
    let period = only(&analysis.periods);
    assert_eq!(period.runner.key.id, RunnerId(18701));
    assert_eq!(period.job.as_ref().unwrap().job.id.0, 22);
    assert_eq!(period.kind, Kind::BusyFalse);
    assert_eq!(period.class, Some(Class::Stale));
    assert_eq!(period.pattern, Some(Pattern::NeverSet));
    assert_eq!(period.onset.after, Some(when("01:58:00")));
    assert_eq!(period.onset.by, when("02:00:11"));
    assert_eq!(period.end.after, when("02:00:11"));
    assert_eq!(period.end.by, Some(when("02:00:12")));
    assert_eq!(period.end.reason, EndReason::RunnerTerminated);
    assert_eq!(period.observed, Span::ZERO);
    assert_eq!(period.at_most, Some(Span::secs(132)));
    assert_eq!(period.job_age, Some(Span::secs(131)));
    assert_eq!(period.certainty, Certainty::Settled);
    assert_eq!(period.killed, Killed::Yes);
    let counts = analysis.coverage.readings;
    assert_eq!((counts.agree, counts.desync, counts.unknown), (1, 1, 0));
    assert_eq!(analysis.lag.censored, 1);
}

/// The runner's log of incident 1: three renewals, and a broker error before.
fn log_of_incident_1(tape: &mut Tape) {
    let job = LoggedJob {
        name: Some("Package & Publish".into()),
        ..logged(12)
    };
    let job = job.into();
    let own = |event: RunnerEvent| RunnerEvent {
        key: key(18700),
        ..event
    };
    tape.log(RunnerLog {
        key: key(18700),
        name: Some("i-06cbe04821ccba677".into()),
        version: Some("2.334.0".into()),
        ..log(t("01:46:50"), t("02:10:08"))
    });
    let broken = line(t("02:06:30"), RunnerEventKind::BrokerError, &job);
    tape.event(own(RunnerEvent {
        job: None,
        ..broken
    }));
    tape.event(own(line(t("02:07:48"), RunnerEventKind::JobReceived, &job)));
    tape.event(own(line(t("02:07:49"), RunnerEventKind::JobStarted, &job)));
    for renewal in ["02:07:49", "02:08:49", "02:09:49"] {
        tape.event(own(renewed(t(renewal), &job)));
    }
}

/// The log adds the lease and disputes the start; every bound stays.
#[test]
fn incident_1_with_the_runners_log() {
    let mut tape = incident_1();
    let without = tape.analysis();
    log_of_incident_1(&mut tape);
    let analysis = tape.analysis();
    let period = only(&analysis.periods);
    let lease = Lease {
        renewed_at: when("02:09:49"),
        valid_till: Some(when("02:19:49")),
    };
    assert_eq!(period.lease, Some(lease));
    let times = StartDispute {
        record: when("02:00:00"),
        log: when("02:07:49"),
    };
    assert_eq!(period.start_disputed, Some(times));
    let caveat = Caveat::StartDisputed(JobId(12), times);
    assert!(analysis.caveats.contains(&caveat));
    assert_eq!(period.runner.version.as_deref(), Some("2.334.0"));
    let told: Vec<_> = analysis.timeline.iter().map(|entry| entry.event).collect();
    let renewals = told
        .iter()
        .filter(|kind| **kind == RunnerEventKind::LeaseRenewed);
    assert_eq!(renewals.count(), 3);
    assert!(told.contains(&RunnerEventKind::BrokerError));
    // All else is as it was.
    let mut same = period.clone();
    let before = only(&without.periods);
    same.lease = None;
    same.start_disputed = None;
    same.events.clone_from(&before.events);
    same.runner.version = None;
    assert_eq!(same, *before);
}

/// What each subset of the sources gives, and what it then leaves unknown.
#[test]
fn incident_1_from_some_of_its_sources() {
    let with = |keep: &dyn Fn(&Record) -> bool| {
        let mut tape = incident_1();
        log_of_incident_1(&mut tape);
        tape.records.retain(|record| keep(record));
        tape.analysis()
    };
    let is_job = |record: &Record| matches!(record, Record::Job(_));
    let is_reading = |record: &Record| matches!(record, Record::Reading(_));
    let is_killed = |record: &Record| matches!(record, Record::Event(event) if event.kind == RunnerEventKind::Terminated);
    let is_log = |record: &Record| !is_job(record) && !is_reading(record) && !is_killed(record);

    let no_jobs = with(&|record| !is_job(record));
    assert_eq!(no_jobs.periods, [], "nothing to contradict");
    assert_eq!(no_jobs.verdict, ReportVerdict::Inconclusive);
    assert_eq!(no_jobs.coverage.readings.unknown, 3);

    let no_readings = with(&|record| !is_reading(record));
    assert_eq!(no_readings.periods, [], "nothing was said of the flag");
    assert_eq!(no_readings.verdict, ReportVerdict::Inconclusive);

    let no_end = with(&|record| !is_killed(record));
    let period = only(&no_end.periods);
    assert_eq!(period.end.reason, EndReason::JobCompleted);
    assert_eq!(period.end.by, Some(when("02:10:24")));
    assert_eq!(
        period.killed,
        Killed::Unknown,
        "a live log that stops shows no kill"
    );
    assert_eq!(period.liveness, Liveness::Undecided);
    assert!(period.lease.is_some());

    let no_log = with(&|record| !is_log(record));
    let period = only(&no_log.periods);
    assert_eq!((period.lease, period.start_disputed), (None, None));
    assert_eq!(period.killed, Killed::Yes);
}

/// A runner dies and is taken down; its job hangs in progress for ten
/// minutes. That is a lost runner, and no ten minutes of busy-false.
#[test]
fn a_dead_runner_whose_job_hangs_is_lost() {
    let mut tape = Tape::files();
    tape.import(running(7, 0).ended(s(900), "failure"));
    tape.reading(s(250), runner(1, true));
    tape.terminated(s(300), 1);
    for moment in (310..900).step_by(30) {
        tape.reading(s(moment), runner(1, false));
        tape.reading(s(moment + 10), offline(1, false));
    }
    let analysis = tape.analysis();
    let period = only(&analysis.periods);
    assert_eq!(period.kind, Kind::LostRunner);
    assert_eq!(period.liveness, Liveness::Dead);
    assert_eq!(period.onset.after, Some(at(s(250))));
    assert_eq!(period.end.by, Some(at(s(900))));
}

#[test]
fn both_incidents_in_one_report_stand_side_by_side() {
    let mut tape = incident_1();
    tape.records.extend(incident_2().records);
    let analysis = tape.analysis();
    assert_eq!(analysis.periods.len(), 2);
    tape.records.reverse();
    assert_eq!(tape.analysis(), analysis, "files come in any order");
}

/// W1: assigned at 17:55:42, read false 9 s later, terminated.
#[test]
fn worked_example_1_is_lag_and_ends_by_termination() {
    let mut tape = Tape::files();
    tape.import(done(1, t("17:50:00"), t("17:55:39")));
    tape.import(running(2, t("17:55:42")).ended(t("17:56:10"), "failure"));
    tape.reading(t("17:55:51"), runner(1, false));
    tape.terminated(t("17:55:52"), 1);
    let analysis = tape.analysis();
    let period = only(&analysis.periods);
    assert_eq!(period.class, Some(Class::Lag));
    assert_eq!(period.pattern, Some(Pattern::NeverSet));
    assert_eq!(period.job_age, Some(Span::secs(9)));
    assert_eq!(period.end.reason, EndReason::RunnerTerminated);
    assert_eq!(period.certainty, Certainty::Settled);
    assert_eq!(period.killed, Killed::Yes);
    assert_eq!(analysis.verdict, ReportVerdict::Lag);
}

/// W2: 60 s and 52 s old, two runners of one pass.
#[test]
fn worked_example_2_is_two_lags() {
    let mut tape = Tape::files();
    for (id, start, read) in [(1, "23:44:18", "23:45:18"), (2, "23:44:23", "23:45:15")] {
        let job = running(id, t(start)).on(id);
        tape.import(job.ended(t("23:45:40"), "failure"));
        tape.reading(t(read), runner(id, false));
        tape.terminated(t("23:45:19"), id);
    }
    let analysis = tape.analysis();
    let ages: Vec<_> = analysis.periods.iter().map(|p| p.job_age).collect();
    assert_eq!(ages, [Some(Span::secs(60)), Some(Span::secs(52))]);
    let lag = |p: &Period| p.class == Some(Class::Lag) && p.killed == Killed::Yes;
    assert!(analysis.periods.iter().all(lag));
    assert_eq!(analysis.lag.censored, 2);
}

/// The record stays open for a while after the last step: contradictions of
/// another sort, counted apart.
#[test]
fn a_lagging_record_is_no_desync() {
    for lag in [3, 30, 120, 1200] {
        let mut tape = Tape::live();
        let end = s(300);
        let open = running(7, 0);
        tape.list((s(200), s(200) + 100), vec![runner(1, true)]);
        tape.jobs((s(201), s(201) + 100), vec![open.clone()]);
        tape.cycle(s(201));
        // After the end: read false, and the record still says "running".
        let read = end + s(lag) - 400;
        tape.list((read, read + 100), vec![runner(1, false)]);
        let still = (read + 100, read + 200);
        tape.job(still, open.clone());
        tape.cycle(read + 100);
        let done = open
            .step("Complete job", Some(end), Some((end, "success")))
            .ended(end + s(lag), "success");
        tape.jobs((end + s(lag) + 1, end + s(lag) + 90), vec![done]);
        tape.cycle(end + s(lag) + 1);
        let analysis = tape.analysis();
        assert_eq!(analysis.periods, [], "{lag} s");
        let counts = analysis.coverage.readings;
        assert_eq!((counts.agree, counts.desync), (1, 0), "{lag} s");
        assert_eq!(counts.jobs_late, 1, "{lag} s: {counts:?}");
    }
}

/// Sandwiches in the tail of a lagging record prove a contradiction while it
/// lasts; the final record takes it back.
#[test]
fn sandwiches_after_the_end_are_taken_back_when_the_job_settles() {
    let mut tape = Tape::live();
    let open = running(7, 0);
    tape.list((s(100), s(100) + 100), vec![runner(1, true)]);
    tape.sandwich(s(310), &open, runner(1, false));
    tape.sandwich(s(330), &open, runner(1, false));
    let live = tape.analysis();
    assert_eq!(only(&live.periods).finding, Finding::Yes);
    assert_eq!(only(&live.periods).certainty, Certainty::Proven);
    let done = open
        .step("Complete job", Some(s(300)), Some((s(300), "success")))
        .ended(s(400), "success");
    tape.job((s(401), s(401) + 100), done);
    tape.cycle(s(401));
    let settled = tape.analysis();
    assert_eq!(settled.periods, []);
    assert_eq!(settled.coverage.readings.jobs_late, 2);
    assert_eq!(settled.verdict, ReportVerdict::Clean);
}

/// `started_at` is when the job was queued; the runner worked on another one.
#[test]
fn waiting_in_a_queue_is_not_running() {
    let mut tape = Tape::files();
    tape.import(done(1, 0, s(500)));
    let queued_early = job(2).started(s(10)).set_up(s(503));
    tape.import(queued_early.ended(s(900), "success"));
    tape.reading(s(250), runner(1, true));
    tape.reading(s(502), runner(1, false));
    tape.reading(s(600), runner(1, true));
    let analysis = tape.analysis();
    assert_eq!(analysis.periods, []);
    assert_eq!(analysis.coverage.readings.agree, 2);
    assert_eq!(analysis.coverage.readings.unknown, 1);
}

/// The previous job's flag still stands when the next job begins.
#[test]
fn a_left_over_true_reading_is_no_evidence() {
    let mut tape = Tape::files();
    tape.import(done(1, 0, s(500)));
    tape.import(done(2, s(503), s(1500)));
    tape.reading(s(515), runner(1, true));
    tape.reading(s(550), runner(1, false));
    tape.reading(s(580), runner(1, true));
    let analysis = tape.analysis();
    let period = only(&analysis.periods);
    assert_eq!(period.class, Some(Class::Lag));
    assert_eq!(period.pattern, Some(Pattern::Late));
    assert_eq!(period.onset.after, Some(at(s(503))));
    assert_eq!(period.end.reason, EndReason::Recovered);
    assert_eq!(analysis.lag.max, Some(Span::secs(77)));
    // Beyond the lag limit after the previous job it is evidence.
    tape.reading(s(600), runner(1, true));
    tape.reading(s(1000), runner(1, false));
    let later = tape.analysis();
    assert_eq!(later.periods[1].class, Some(Class::Stale));
    assert_eq!(later.periods[1].pattern, Some(Pattern::Flipped));
}

/// Without false readings a left-over true one is what the lag distribution
/// has: jobs in close succession do not look slow.
#[test]
fn jobs_in_close_succession_show_no_lag_of_a_lag_limit() {
    let mut tape = Tape::files();
    tape.import(done(1, 0, s(500)));
    tape.import(done(2, s(503), s(1500)));
    for read in [515, 545, 575, 605] {
        tape.reading(s(read), runner(1, true));
    }
    assert_eq!(tape.analysis().lag.max, Some(Span::secs(12)));
}

/// While the previous job's record is open, its end is not known, and any
/// true reading may be left over from it.
#[test]
fn a_true_reading_beside_an_open_previous_job_may_be_left_over() {
    let mut tape = Tape::live();
    let (a, b) = (running(1, 0), running(2, s(503)));
    tape.jobs((s(504), s(504) + 100), vec![a]);
    tape.list((s(510), s(510) + 100), vec![runner(1, true)]);
    tape.sandwich(s(520), &b, runner(1, false));
    tape.sandwich(s(530), &b, runner(1, false));
    let analysis = tape.analysis();
    let period = only(&analysis.periods);
    assert_eq!(period.class, Some(Class::Lag));
    assert_eq!(analysis.verdict, ReportVerdict::Lag);
}

#[test]
fn two_sandwiches_five_seconds_apart_make_a_finding() {
    for (second, expected) in [
        (0, Finding::NotYet),
        (s(4), Finding::NotYet),
        (s(5) - 1 + 100, Finding::NotYet),
        (s(5) + 100, Finding::Yes),
        (s(60), Finding::Yes),
    ] {
        let mut tape = Tape::live();
        let open = running(7, 0);
        tape.sandwich(s(200), &open, runner(1, false));
        if second != 0 {
            tape.sandwich(s(200) + second, &open, runner(1, false));
        }
        let analysis = tape.analysis();
        let period = only(&analysis.periods);
        assert_eq!(period.certainty, Certainty::Proven);
        assert_eq!(period.finding, expected, "{second}");
        let verdict = match expected {
            Finding::Yes => ReportVerdict::Desync,
            Finding::NotYet => ReportVerdict::Inconclusive,
        };
        assert_eq!(analysis.verdict, verdict);
    }
}

/// One sandwich, and the job's final record around it: settled and claimed.
#[test]
fn a_proven_reading_inside_the_final_life_is_claimed() {
    let mut tape = Tape::live();
    let open = running(7, 0);
    tape.sandwich(s(200), &open, runner(1, false));
    tape.job((s(400), s(400) + 100), open.ended(s(390), "success"));
    let analysis = tape.analysis();
    let period = only(&analysis.periods);
    assert_eq!(period.finding, Finding::Yes);
    assert_eq!(period.certainty, Certainty::Proven);
    assert_eq!(period.end.reason, EndReason::JobCompleted);
    assert_eq!(period.end.by, Some(at(s(390))));
    assert_eq!(period.killed, Killed::No);
    assert!(!period.proof.is_empty());
}

fn killed_of(job: Job, terminated: Option<i64>) -> (Killed, Vec<KilledBecause>) {
    let mut tape = Tape::files();
    tape.import(job);
    tape.reading(s(200), runner(1, false));
    if let Some(moment) = terminated {
        tape.terminated(moment, 1);
    }
    let analysis = tape.analysis();
    let period = only(&analysis.periods);
    (period.killed, period.killed_because.clone())
}

#[test]
fn killed_in_all_its_degrees() {
    use KilledBecause::{
        JobCancelled, JobFailed, JobSucceeded, PostStepsRan, PostStepsSkipped, Terminated,
    };
    let failed = || running(7, 0).ended(s(400), "failure");
    assert_eq!(
        killed_of(failed(), Some(s(201))),
        (Killed::Yes, vec![Terminated, JobFailed])
    );
    assert_eq!(killed_of(failed(), Some(s(401))).0, Killed::Unknown);
    assert_eq!(killed_of(failed(), None).0, Killed::Unknown);
    assert_eq!(
        killed_of(running(7, 0).ended(s(400), "success"), Some(s(201))),
        (Killed::No, vec![JobSucceeded])
    );
    let cleaned = running(7, 0)
        .step("Post work", Some(s(300)), Some((s(301), "success")))
        .ended(s(400), "cancelled");
    assert_eq!(
        killed_of(cleaned.clone(), Some(s(250))),
        (Killed::No, vec![PostStepsRan])
    );
    assert_eq!(killed_of(cleaned, None), (Killed::No, vec![PostStepsRan]));
    let skipped = running(7, 0)
        .step("Post work", Some(s(400)), Some((s(400), "skipped")))
        .ended(s(400), "cancelled");
    assert_eq!(
        killed_of(skipped, None),
        (Killed::Likely, vec![PostStepsSkipped, JobCancelled])
    );
    assert_eq!(
        killed_of(running(7, 0), Some(s(201))).0,
        Killed::Unknown,
        "not ended yet"
    );
}

/// An agreeing reading between the false one and the termination: the period
/// recovered, and nothing was killed in it.
#[test]
fn a_recovered_period_kills_nothing() {
    let mut tape = Tape::files();
    tape.import(running(7, 0).ended(s(400), "failure"));
    tape.reading(s(200), runner(1, false));
    tape.reading(s(230), runner(1, true));
    tape.terminated(s(300), 1);
    let analysis = tape.analysis();
    let period = only(&analysis.periods);
    assert_eq!(period.end.reason, EndReason::Recovered);
    assert_eq!(period.killed, Killed::Unknown);
}

/// Nearest rank over many jobs; no p99 and no suggestion from too few.
#[test]
fn lag_distribution_by_nearest_rank() {
    let with = |jobs: i64, killed: i64| {
        let mut tape = Tape::files();
        for index in 0..jobs {
            let start = s(index * 1000);
            let id = u64::try_from(index).unwrap() + 1;
            tape.import(done(id, start, start + s(600)));
            tape.reading(start + s(10), runner(1, false));
            if index < jobs - killed {
                // 21 s, 22 s, … after the start.
                tape.reading(start + s(21 + index % 50), runner(1, true));
            }
        }
        tape.analysis().lag
    };
    let few = with(99, 0);
    assert_eq!((few.jobs, few.p99), (99, None));
    assert_eq!(few.suggested_idle_confirmation, None);
    let enough = with(100, 0);
    assert_eq!(enough.p50, Some(Span::secs(45)));
    assert_eq!(enough.p95, Some(Span::secs(68)));
    assert_eq!(enough.p99, Some(Span::secs(70)));
    assert_eq!(enough.max, Some(Span::secs(70)));
    assert_eq!(enough.suggested_idle_confirmation, Some(Span::secs(90)));
    assert_eq!((enough.read_false, enough.protected), (100, Some(100)));
    let killed = with(100, 3);
    assert_eq!((killed.read_false, killed.protected), (100, None));
    assert_eq!((killed.jobs, killed.censored), (100, 3));
    assert!(killed.p50.is_some() && killed.p95.is_some());
    assert_eq!((killed.p99, killed.max), (None, None));
    assert_eq!(killed.suggested_idle_confirmation, None);
}

/// The share that the suggestion would have protected is that of the readings
/// there are: a stale flag is read false long after any lag.
#[test]
fn the_suggestion_protects_from_lag_and_not_from_a_stale_flag() {
    let mut tape = Tape::files();
    for index in 0..100 {
        let start = s(index * 1000);
        let id = u64::try_from(index).unwrap() + 1;
        tape.import(done(id, start, start + s(600)));
        tape.reading(start + s(20), runner(1, true));
        if index < 4 {
            tape.reading(start + s(29 + index), runner(1, false));
        }
    }
    let lag = tape.analysis().lag;
    assert_eq!(lag.suggested_idle_confirmation, Some(Span::secs(30)));
    assert_eq!((lag.read_false, lag.protected), (4, Some(1)));
}

/// A flag that flips in mid-job says nothing about assignment.
#[test]
fn a_late_flip_is_not_assignment_lag() {
    let mut tape = Tape::files();
    tape.import(done(7, 0, s(2000)));
    for (read, busy) in [(10, false), (30, true), (1000, false), (1100, true)] {
        tape.reading(s(read), runner(1, busy));
    }
    assert_eq!(tape.analysis().lag.max, Some(Span::secs(30)));
}

#[test]
fn verdict_rules() {
    let verdict = |build: &dyn Fn(&mut Tape)| {
        let mut tape = Tape::live();
        build(&mut tape);
        tape.analysis().verdict
    };
    let agree = |tape: &mut Tape| {
        tape.list((s(200), s(200) + 100), vec![runner(1, false)]);
        tape.jobs((s(201), s(201) + 100), vec![done(7, 0, s(100))]);
        tape.cycle(s(201));
    };
    assert_eq!(verdict(&|_| ()), ReportVerdict::Inconclusive);
    assert_eq!(verdict(&agree), ReportVerdict::Clean);
    // Half of what was to be read was not.
    let half = |tape: &mut Tape| {
        agree(tape);
        tape.end_cycle(s(300), |cycle| cycle.runners_read = 0);
    };
    assert_eq!(verdict(&half), ReportVerdict::Inconclusive);
    // A lag finding does not outrank missing coverage, a stale one does.
    let lag = |tape: &mut Tape| {
        tape.list((s(20), s(20) + 100), vec![runner(1, false)]);
        agree(tape);
    };
    assert_eq!(verdict(&lag), ReportVerdict::Lag);
    let lag_half = |tape: &mut Tape| {
        lag(tape);
        tape.end_cycle(s(300), |cycle| cycle.runners_read = 0);
    };
    assert_eq!(verdict(&lag_half), ReportVerdict::Inconclusive);
    let stale_half = |tape: &mut Tape| {
        tape.list((s(95), s(95) + 100), vec![runner(1, false)]);
        tape.jobs((s(201), s(201) + 100), vec![done(7, 0, s(100))]);
        tape.end_cycle(s(201), |cycle| cycle.runners_expected = 5);
    };
    assert_eq!(verdict(&stale_half), ReportVerdict::Desync);
    // A stale candidate that nobody confirmed yet.
    let waiting = |tape: &mut Tape| {
        agree(tape);
        tape.list((s(900), s(900) + 100), vec![runner(1, false)]);
        tape.jobs((s(901), s(901) + 100), vec![running(8, s(300))]);
        tape.cycle(s(901));
    };
    assert_eq!(verdict(&waiting), ReportVerdict::Inconclusive);
}

/// Times of two jobs, the first from 0 on: the class of a reading false at
/// 560, after one true at 530, in the second.
fn class_beside(other: Job) -> Option<Class> {
    let mut tape = Tape::files();
    tape.import(done(2, s(500), s(1700)));
    tape.import(other);
    tape.reading(s(530), runner(1, true));
    tape.reading(s(560), runner(1, false));
    only(&tape.analysis().periods).class
}

/// The record of a job that died stays open, while its runner works on: what
/// began later is not the job before.
#[test]
fn a_true_reading_is_left_over_from_nothing_that_began_later() {
    assert_eq!(class_beside(done(1, 0, s(480))), Some(Class::Lag));
    assert_eq!(
        class_beside(done(1, 0, s(400))),
        Some(Class::Stale),
        "long ago"
    );
    assert_eq!(class_beside(done(3, s(1100), s(1400))), Some(Class::Stale));
    assert_eq!(
        class_beside(done(1, 0, s(1800))),
        Some(Class::Stale),
        "dead"
    );
    assert_eq!(
        class_beside(done(1, 0, s(540))),
        Some(Class::Lag),
        "at work still"
    );
    assert_eq!(class_beside(running(1, 0)), Some(Class::Lag));
}

/// A runner works on one job at a time: a record that is open since before
/// another job has long lost its runner.
#[test]
fn an_open_record_before_another_job_is_not_the_job_before() {
    let mut tape = Tape::files();
    tape.import(running(1, 0));
    tape.import(done(2, s(100), s(200)));
    tape.import(done(3, s(500), s(1700)));
    tape.reading(s(530), runner(1, true));
    tape.reading(s(560), runner(1, false));
    let analysis = tape.analysis();
    let period = analysis
        .periods
        .iter()
        .find(|it| it.kind == Kind::BusyFalse);
    let period = period.unwrap();
    assert_eq!(period.class, Some(Class::Stale));
    assert_eq!(
        period.previous_job.as_ref().map(|job| job.job.id.0),
        Some(2)
    );
}
