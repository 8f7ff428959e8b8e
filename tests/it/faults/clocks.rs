//! Clocks that are wrong, step or stand still, and answers out of a store.

use std::time::Duration;

use super::story::{LIAR, Place, Says, Story, stands, strikes, strikes_at};
use crate::support::{FakeGitHub, Fault, JobSpec, Signal, Tool, secs};

#[test]
fn a_date_that_is_missing_or_garbage() {
    strikes_at(&Place::ALL, &Fault::header("date", None), Says::Nothing);
    for date in [
        "soon",
        "Thu, 32 Foo 2026 99:99:99 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ] {
        let places = [Place::Runners, Place::Jobs, Place::RunnerById];
        strikes_at(&places, &Fault::header("date", Some(date)), Says::Nothing);
    }
}

/// A server, or this machine, hours off: only differences count.
#[test]
fn a_date_that_is_skewed() {
    for hours in [-30, 30] {
        let story = Story::begin();
        story.fake.skew_date(secs(hours * 3600));
        let ran = story.tool.run();
        story.says_no_secret(&ran);
        let report = ran.code_is(10).json();
        let runners = report["periods"].as_array().expect("periods");
        assert!(
            runners.iter().all(|period| period["runner"]["id"] == LIAR),
            "{ran}"
        );
        story.check_healed_or_skewed();
    }
}

/// An answer with `Age` may be older than the request: it proves nothing.
#[test]
fn answers_out_of_a_store() {
    strikes(&Fault::header("age", Some("30")), Says::Nothing);
    strikes_at(
        &[Place::Runners],
        &Fault::header("age", Some("99999999999999")),
        Says::Nothing,
    );
    // Two stores in a row.
    strikes_at(
        &[Place::RunnerById],
        &Fault::header("age", Some("30, 30")),
        Says::Nothing,
    );
}

/// A store that serves a flag from before the job, for ten minutes.
#[test]
fn a_flag_out_of_a_store_is_no_finding() {
    let fake = FakeGitHub::builder()
        .repo("acme/atlas")
        .runner(1, "busy")
        .runner(2, "cached")
        .job(JobSpec::on(1))
        .job(JobSpec::on(2).starts(secs(-500)).ends(secs(20)))
        .list_flag_schedule(2, |_| false)
        .header("age", "599")
        .start();
    let tool = Tool::new()
        .args(["check", "-R", "acme/atlas", "--format", "json"])
        .against(&fake);
    let findings = |ran: &crate::support::Ran| {
        let report = ran.json();
        let periods = report["periods"].as_array().expect("periods").clone();
        periods.iter().filter(|p| p["finding"] == true).count()
    };
    let ran = tool.run();
    assert_eq!(findings(&ran), 0, "{ran}");
    fake.advance(Duration::from_secs(60));
    let ran = tool.run();
    assert_eq!(findings(&ran), 0, "{ran}");
}

/// A watch over which the clocks jump apart: by the setting of a clock, or
/// because the machine was suspended.
fn watch_over(jump: impl FnOnce(&FakeGitHub)) -> (crate::support::Ran, serde_json::Value) {
    let story = Story::begin();
    let mut running = story.watch().spawn();
    running.stderr_until(|line| line.starts_with("cycle 1:"));
    jump(&story.fake);
    running.stderr_until(|line| line.starts_with("cycle 3:"));
    running.signal(Signal::Int);
    let ran = running.wait();
    story.says_no_secret(&ran);
    let report = ran.code_is(10).json();
    (ran, report)
}

#[test]
fn a_clock_that_is_set_under_a_watch() {
    for seconds in [3600, -3600] {
        let (ran, report) = watch_over(|fake| fake.skew_date(secs(seconds)));
        let periods = report["periods"].as_array().expect("periods");
        let accused: Vec<_> = periods.iter().map(|p| &p["runner"]["id"]).collect();
        assert_eq!(accused, [LIAR], "{ran}");
    }
}

/// Two hours pass for GitHub and none for us; a job has ended meanwhile.
#[test]
fn a_machine_that_was_suspended() {
    let (ran, report) = watch_over(|fake| {
        fake.with(|world| world.job_mut(72).ends = Some(fake.now() + Duration::from_secs(600)));
        fake.advance(Duration::from_secs(7200));
    });
    stands(&report, &ran);
    let coverage = &report["coverage"];
    let blind = coverage["would_detect_s"].as_f64();
    assert!(blind.is_none_or(|blind| 7000.0 < blind), "{ran}");
}
