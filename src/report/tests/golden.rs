//! Analyses built by hand, one for each thing a report must be able to say.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::*;

pub(super) fn at(text: &str) -> Timestamp {
    let full = if text.contains('T') {
        text.to_owned()
    } else {
        format!("2026-05-14T{text}Z")
    };
    Timestamp::parse(&full).expect("a time")
}

pub(super) fn scope() -> Scope {
    Scope::parse("repo:acme/atlas").expect("a scope")
}

pub(super) fn runner(id: u64, name: &str) -> RunnerFacts {
    RunnerFacts {
        key: RunnerKey {
            host: Host::github_com(),
            scope: scope(),
            id: RunnerId(id),
        },
        name: Some(name.into()),
        group: None,
        labels: None,
        os: None,
        version: Some("2.334.0".into()),
    }
}

/// A finished job; `end` of "-" leaves it running.
pub(super) fn job(id: u64, run: u64, name: &str, start: &str, end: &str, how: &str) -> JobFacts {
    let ended = (end != "-").then(|| at(end));
    JobFacts {
        job: Job {
            id: JobId(id),
            run_id: Some(RunId(run)),
            run_attempt: Some(1),
            repo: RepoName::parse("acme/atlas").expect("a repository"),
            name: name.into(),
            workflow: None,
            html_url: Some(
                format!("https://github.com/acme/atlas/actions/runs/{run}/job/{id}").into(),
            ),
            status: if ended.is_some() {
                JobStatus::Completed
            } else {
                JobStatus::InProgress
            },
            conclusion: ended.map(|_| Conclusion::parse(how)),
            created_at: None,
            started_at: Some(at(start)),
            completed_at: ended,
            steps: Vec::new(),
            assignment: None,
            labels: None,
        },
        start_min: Some(at(start)),
        start_max: Some(at(start)),
        end: ended,
    }
}

fn marks(list: &[(&str, Flag)]) -> Arc<[Mark]> {
    list.iter()
        .map(|(time, flag)| Mark {
            at: at(time),
            flag: *flag,
        })
        .collect()
}

fn base(verdict: ReportVerdict, from: &str, to: &str) -> Analysis {
    Analysis {
        verdict,
        host: Host::github_com(),
        targets: vec![scope()],
        rules: Rules::STANDARD,
        window: Some((at(from), at(to))),
        coverage: Coverage::default(),
        periods: Vec::new(),
        lag: Lag::default(),
        timeline: Vec::new(),
        requests: None,
        caveats: vec![Caveat::ScopeAssumed, Caveat::ClockAssumed],
    }
}

/// A single false reading in a job whose runner is terminated a second later.
fn killed_period(
    runner: RunnerFacts,
    job: JobFacts,
    onset: &str,
    read: &str,
    gone: &str,
) -> Period {
    let read = at(read);
    Period {
        kind: Kind::BusyFalse,
        class: Some(Class::Stale),
        pattern: Some(Pattern::NeverSet),
        certainty: Certainty::Settled,
        finding: Finding::Yes,
        liveness: Liveness::Alive,
        runner,
        first_false_at: read,
        last_false_at: read,
        onset: Onset {
            after: Some(at(onset)),
            by: read,
        },
        end: End {
            after: read,
            by: Some(at(gone)),
            reason: EndReason::RunnerTerminated,
        },
        observed: Span::ZERO,
        at_most: Some(at(gone) - at(onset)),
        job_age: job.start_max.map(|start| read - start),
        job: Some(job),
        previous_job: None,
        readings: 1,
        longest_gap: None,
        killed: Killed::Yes,
        killed_because: vec![KilledBecause::Terminated, KilledBecause::JobFailed],
        lease: None,
        start_disputed: None,
        proof: Vec::new(),
        marks: Arc::default(),
        events: Vec::new(),
    }
}

fn imported(analysis: &mut Analysis, agree: u64) {
    analysis.coverage.jobs_judged = 2;
    analysis.coverage.runners = 1;
    analysis.coverage.readings.agree = agree;
    analysis.coverage.readings.desync = 1;
    analysis.lag = Lag {
        jobs: 1,
        p50: Some(Span::secs(12)),
        p95: Some(Span::secs(12)),
        p99: None,
        max: Some(Span::secs(12)),
        censored: 0,
        suggested_idle_confirmation: None,
        read_false: 1,
        protected: None,
    };
    analysis.caveats.push(Caveat::LowSample);
}

fn terminated(id: u64, name: &str, time: &str) -> TimelineEntry {
    TimelineEntry {
        at: at(time),
        runner: runner(id, name).key,
        source: Some("autoscaler".into()),
        event: RunnerEventKind::Terminated,
        job: None,
        valid_till: None,
        detail: None,
    }
}

/// Incident 1 of the report: flipped after two true readings.
pub(super) fn incident_1() -> Analysis {
    let mut analysis = base(ReportVerdict::Desync, "01:47:02", "02:10:24");
    let name = "i-06cbe04821ccba677";
    let job = job(2, 1, "Package & Publish", "02:00:00", "02:10:24", "failure");
    let mut period = killed_period(runner(18700, name), job, "02:05:09", "02:10:08", "02:10:09");
    period.pattern = Some(Pattern::Flipped);
    period.marks = marks(&[
        ("02:00:12", Flag::True),
        ("02:05:09", Flag::True),
        ("02:10:08", Flag::False),
    ]);
    analysis.periods.push(period);
    analysis.timeline.push(terminated(18700, name, "02:10:09"));
    analysis.periods[0].events.clone_from(&analysis.timeline);
    imported(&mut analysis, 2);
    analysis
}

/// What the runner's log of incident 1 dates otherwise.
pub(super) fn start_dispute() -> StartDispute {
    StartDispute {
        record: at("02:00:00"),
        log: at("02:07:49"),
    }
}

/// Incident 1 with the runner's log beside it.
pub(super) fn incident_1_with_log() -> Analysis {
    let mut analysis = incident_1();
    let told = |time: &str, event| TimelineEntry {
        source: Some("Runner_20260514-014650-utc.log".into()),
        event,
        job: Some("Package & Publish".into()),
        ..terminated(18700, "i-06cbe04821ccba677", time)
    };
    let renewed = |time: &str, till: &str| TimelineEntry {
        valid_till: Some(at(till)),
        ..told(time, RunnerEventKind::LeaseRenewed)
    };
    let broken = TimelineEntry {
        job: None,
        detail: Some("NotFound on the broker's poll".into()),
        ..told("02:06:30", RunnerEventKind::BrokerError)
    };
    let log = [
        broken,
        told("02:07:48", RunnerEventKind::JobReceived),
        told("02:07:49", RunnerEventKind::JobStarted),
        renewed("02:07:49", "02:17:49"),
        renewed("02:08:49", "02:18:49"),
        renewed("02:09:49", "02:19:49"),
    ];
    analysis.timeline = log.into_iter().chain(analysis.timeline).collect();
    let period = &mut analysis.periods[0];
    period.events.clone_from(&analysis.timeline);
    period.lease = Some(Lease {
        renewed_at: at("02:09:49"),
        valid_till: Some(at("02:19:49")),
    });
    period.start_disputed = Some(start_dispute());
    analysis
        .caveats
        .insert(2, Caveat::StartDisputed(JobId(2), start_dispute()));
    analysis
}

/// Incident 2 of the report: never set.
pub(super) fn incident_2() -> Analysis {
    let mut analysis = base(ReportVerdict::Desync, "01:47:47", "02:00:26");
    let name = "i-0f3edd56994b7e40b";
    let job = job(
        4,
        25_837_142_256,
        "build",
        "01:58:00",
        "02:00:26",
        "failure",
    );
    let mut period = killed_period(runner(18701, name), job, "01:58:00", "02:00:11", "02:00:12");
    period.marks = marks(&[("01:55:04", Flag::True), ("02:00:11", Flag::False)]);
    analysis.periods.push(period);
    analysis.timeline.push(terminated(18701, name, "02:00:12"));
    analysis.periods[0].events.clone_from(&analysis.timeline);
    imported(&mut analysis, 1);
    analysis.lag.censored = 1;
    analysis
}

/// A short lag at the start of a job.
fn lag_period(id: u64, start: &str, read: &str, recovered: &str) -> Period {
    let job = job(100 + id, 7000 + id, "test", start, "10:30:00", "success");
    let mut period = killed_period(
        runner(id, &format!("atlas-{id}")),
        job,
        start,
        read,
        recovered,
    );
    period.class = Some(Class::Lag);
    period.pattern = Some(Pattern::Late);
    period.end.reason = EndReason::Recovered;
    period.killed = Killed::No;
    period.killed_because = vec![KilledBecause::JobSucceeded];
    period
}

/// A watch with nothing but lag: clean for whoever does not count lag.
pub(super) fn clean_with_lag() -> Analysis {
    let mut analysis = base(ReportVerdict::Lag, "10:00:00", "11:00:00");
    for id in 1..=12 {
        analysis
            .periods
            .push(lag_period(id, "10:00:00", "10:00:09", "10:00:39"));
    }
    analysis.coverage = Coverage {
        cycles: 120,
        complete_cycles: 119,
        ratio: Some(0.998),
        longest_gap: Some(Span::secs(60)),
        would_detect: Some(Span::millis(66_400)),
        jobs_judged: 148,
        readings: ReadingCounts {
            agree: 1_190,
            agree_unchanged: 310,
            desync: 12,
            unknown: 31,
            jobs_late: 1,
        },
        unknown_reasons: BTreeMap::from([(UnknownReason::Edge, 30), (UnknownReason::HttpError, 1)]),
        sandwiches: SandwichCounts {
            tried: 12,
            held: 11,
            failed: 1,
            controls: 119,
        },
        gaps: Vec::new(),
        unreadable: Vec::new(),
        runners: 12,
        jobs_elsewhere: 0,
        only_unfiltered: 0,
    };
    analysis.lag = Lag {
        jobs: 148,
        p50: Some(Span::secs(4)),
        p95: Some(Span::secs(31)),
        p99: Some(Span::secs(39)),
        max: Some(Span::secs(41)),
        censored: 2,
        suggested_idle_confirmation: Some(Span::secs(60)),
        read_false: 12,
        protected: Some(11),
    };
    analysis.requests = Some(Requests {
        total: 1_812,
        charged: 640,
        not_modified: 1_172,
        retried: 3,
        limit: Some(5_000),
        remaining: Some(4_360),
    });
    analysis.caveats = vec![
        Caveat::ClockOffset(ClockOf::Recorder, Span::millis(1_250)),
        Caveat::PageFull,
    ];
    analysis
}

/// A watch of which too much is missing.
pub(super) fn inconclusive() -> Analysis {
    let mut analysis = base(
        ReportVerdict::Inconclusive,
        "2026-05-13T22:00:00Z",
        "01:00:00",
    );
    let job = job(9, 90, "deploy", "00:40:00", "-", "");
    let mut period = killed_period(
        runner(31, "atlas-31"),
        job,
        "00:50:00",
        "00:59:30",
        "01:00:00",
    );
    period.certainty = Certainty::Provisional;
    period.finding = Finding::NotYet;
    period.pattern = Some(Pattern::Flipped);
    period.liveness = Liveness::Undecided;
    period.end.by = None;
    period.end.reason = EndReason::Open;
    period.at_most = None;
    period.killed = Killed::Unknown;
    period.killed_because = Vec::new();
    period.marks = marks(&[("00:50:00", Flag::True), ("00:59:30", Flag::False)]);
    analysis.periods.push(period);
    analysis.coverage = Coverage {
        cycles: 360,
        complete_cycles: 214,
        ratio: Some(0.613),
        longest_gap: Some(Span::secs(3_720)),
        would_detect: None,
        jobs_judged: 3,
        readings: ReadingCounts {
            agree: 410,
            agree_unchanged: 0,
            desync: 0,
            unknown: 265,
            jobs_late: 0,
        },
        unknown_reasons: BTreeMap::from([
            (UnknownReason::RateLimited, 200),
            (UnknownReason::Jobs, 64),
            (UnknownReason::NotConfirmed, 1),
        ]),
        sandwiches: SandwichCounts::default(),
        gaps: vec![CoverageGap {
            from: at("2026-05-13T22:58:00Z"),
            to: at("00:00:00"),
            target: "runners of repo:acme/atlas".into(),
            reason: UnknownReason::RateLimited,
        }],
        unreadable: vec!["acme/vault".into()],
        runners: 5,
        jobs_elsewhere: 3,
        only_unfiltered: 2,
    };
    analysis.requests = Some(Requests {
        total: 5_400,
        charged: 5_000,
        not_modified: 390,
        retried: 10,
        limit: Some(5_000),
        remaining: Some(0),
    });
    analysis.caveats = Vec::new();
    analysis
}

/// Names that try everything.
pub(super) const HOSTILE: [&str; 6] = [
    "a|b\\|c `x` ``` @acme/ops <img src=x onerror=1> [l](https://e.example)",
    "Fixes #1, GH-2 closes acme/atlas#3 :tada: https://github.com/acme/atlas/issues/4",
    "\u{1b}[31mred\u{1b}[0m\r\n\u{7}\u{9b}31m\u{85}\u{2028}",
    "rtl \u{202e}gnp.exe\u{202c} zero\u{200b}width\u{200d} \u{feff}soft\u{ad}",
    "`",
    "ｗｉｄｅ 名前 ⚙\u{fe0f} e\u{301}\u{301}\u{301}\u{301} ",
];

/// The same period under each hostile name.
pub(super) fn hostile() -> Analysis {
    let mut analysis = incident_1();
    let template = analysis.periods.remove(0);
    for (id, name) in (1..).zip(HOSTILE) {
        analysis.periods.push(renamed(&template, id, name));
    }
    analysis.coverage.unreadable = vec![HOSTILE[0].into()];
    analysis
}

/// A period whose every name is the given one.
pub(super) fn renamed(template: &Period, id: u64, name: &str) -> Period {
    let mut period = template.clone();
    let text: Arc<str> = name.into();
    period.runner.key.id = RunnerId(id);
    period.runner.name = Some(text.clone());
    period.runner.group = Some(text.clone());
    period.runner.labels = Some(vec![text.clone()]);
    period.runner.os = Some(text.clone());
    if let Some(facts) = &mut period.job {
        facts.job.name = text.clone();
        facts.job.html_url = Some(text.clone());
        facts.job.conclusion = Some(Conclusion::Other(text));
    }
    period
}

fn proof(sent: &str, received: &str, url: &str, id: &str, said: &str) -> Proof {
    Proof {
        at: at(received),
        window: Window {
            sent: at(sent),
            received: at(received),
        },
        url: url.into(),
        status: Some(200),
        request_id: Some(id.into()),
        server_date: Some(at(&sent[..8])),
        said: said.into(),
    }
}

/// A desync that goes on, proven by two sandwiches.
pub(super) fn open_proven() -> Analysis {
    let mut analysis = base(ReportVerdict::Desync, "08:00:00", "08:20:30.350");
    let job = job(77, 700, "integration", "08:02:00", "-", "");
    let mut period = killed_period(
        runner(501, "atlas-gpu-1"),
        job,
        "08:15:00.120",
        "08:15:30.480",
        "08:16:00",
    );
    period.certainty = Certainty::Proven;
    period.pattern = Some(Pattern::Flipped);
    period.last_false_at = at("08:20:30.350");
    period.end = End {
        after: at("08:20:30.100"),
        by: None,
        reason: EndReason::Open,
    };
    period.observed = Span::millis(299_620);
    period.at_most = None;
    period.readings = 11;
    period.longest_gap = Some(Span::millis(30_400));
    period.killed = Killed::Unknown;
    period.killed_because = Vec::new();
    let runner_url = "https://api.github.com/repos/acme/atlas/actions/runners/501";
    let job_url = "https://api.github.com/repos/acme/atlas/actions/jobs/77";
    period.proof = vec![
        proof(
            "08:15:31.100",
            "08:15:31.300",
            job_url,
            "C0DE:1A2B:3:4:5",
            "in_progress on 501",
        ),
        proof(
            "08:15:31.310",
            "08:15:31.450",
            runner_url,
            "C0DE:1A2B:3:4:6",
            "busy:false, online",
        ),
        proof(
            "08:15:31.460",
            "08:15:31.600",
            job_url,
            "C0DE:1A2B:3:4:7",
            "in_progress on 501",
        ),
    ];
    let minute = |m: i64, flag| Mark {
        at: at("08:02:30") + Span::secs(60 * m),
        flag,
    };
    let busy = (0..13).map(|m| minute(m, Flag::True));
    period.marks = busy
        .chain((13..19).map(|m| minute(m, Flag::False)))
        .collect();
    analysis.periods.push(period);
    analysis.coverage = Coverage {
        cycles: 41,
        complete_cycles: 41,
        ratio: Some(1.0),
        longest_gap: Some(Span::millis(30_400)),
        would_detect: Some(Span::millis(35_900)),
        jobs_judged: 6,
        readings: ReadingCounts {
            agree: 230,
            agree_unchanged: 0,
            desync: 11,
            unknown: 5,
            jobs_late: 0,
        },
        unknown_reasons: BTreeMap::from([(UnknownReason::Edge, 5)]),
        sandwiches: SandwichCounts {
            tried: 11,
            held: 11,
            failed: 0,
            controls: 41,
        },
        runners: 6,
        ..Coverage::default()
    };
    analysis.caveats = Vec::new();
    analysis
}

/// Every golden analysis by name.
pub(super) fn all() -> Vec<(&'static str, Analysis)> {
    vec![
        ("incident_1", incident_1()),
        ("incident_1_with_log", incident_1_with_log()),
        ("incident_2", incident_2()),
        ("clean_with_lag", clean_with_lag()),
        ("inconclusive", inconclusive()),
        ("hostile", hostile()),
        ("open_proven", open_proven()),
    ]
}
