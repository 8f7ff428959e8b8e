//! Whole fleets under lasting or scattered faults.

use std::time::Duration;

use crate::support::{FakeGitHub, Fault, JobSpec, Tool};

const REPO: &str = "acme/atlas";

fn fleet() -> crate::support::fake::Builder {
    let mut builder = FakeGitHub::builder().repo(REPO);
    for id in 1..=6 {
        builder = builder.runner(id, &format!("runner-{id}"));
        builder = builder.job(JobSpec::on(id));
    }
    builder
}

fn check(fake: &FakeGitHub) -> Tool {
    Tool::new()
        .args(["check", "-R", REPO, "--format", "json"])
        .against(fake)
}

#[test]
fn every_third_request_failing_gives_no_false_period() {
    let faults = [
        Fault::status(500, "Server Error"),
        Fault::Reset,
        Fault::Html200,
        Fault::TruncatedJson,
        Fault::CutBody,
        Fault::EmptyBody,
    ];
    for fault in faults {
        let fake = fleet().fail_every(3, fault.clone()).start();
        let ran = check(&fake).run();
        let report = ran.json();
        assert!(matches!(ran.code, Some(0 | 11)), "{fault:?}\n{ran}");
        assert_eq!(report["periods"], serde_json::json!([]), "{fault:?}\n{ran}");
        assert_ne!(report["requests"]["retried"], 0, "{fault:?}\n{ran}");
    }
}

#[test]
fn jobs_that_cannot_be_read_leave_idle_runners_unknown() {
    let fake = fleet().runner(7, "idle").start();
    fake.fail_when(|line| {
        line.path
            .ends_with("/jobs")
            .then(|| Fault::status(500, "Server Error"))
    });
    let ran = check(&fake).run();
    let report = ran.code_is(11).json();
    assert_eq!(report["verdict"], "inconclusive");
    assert_eq!(report["coverage"]["unknown_reasons"]["jobs"], 7, "{ran}");
    assert_ne!(report["coverage"]["gaps"], serde_json::json!([]));
}

#[test]
fn a_page_of_runners_that_fails_is_inconclusive() {
    let mut builder = FakeGitHub::builder().repo(REPO);
    for id in 1..=250 {
        builder = builder.runner(id, &format!("runner-{id}"));
    }
    let fake = builder.start();
    fake.fail_when(|line| {
        let second = line.path.ends_with("/runners") && line.param("page") == Some("2");
        second.then(|| Fault::status(502, "Bad Gateway"))
    });
    let ran = check(&fake).run();
    let report = ran.code_is(11).json();
    assert!(report["coverage"]["ratio"].as_f64().unwrap() < 0.5, "{ran}");
}

/// A failure between two false readings neither ends a period nor begins one.
#[test]
fn a_period_survives_failures() {
    let fake = fleet().liar(3).start();
    let tool = check(&fake);
    let first = tool.run();
    first.code_is(10);
    fake.fail_when(|line| line.path.ends_with("/runners").then_some(Fault::Html200));
    let during = tool.run();
    let report = during.code_is(10).json();
    assert_eq!(report["periods"].as_array().unwrap().len(), 1, "{during}");
    assert_eq!(report["periods"][0]["end"]["reason"], "open");
    fake.heal();
    let after = tool.run();
    let report = after.code_is(10).json();
    assert_eq!(report["periods"].as_array().unwrap().len(), 1, "{after}");
    assert_eq!(
        report["periods"][0]["onset"],
        first.json()["periods"][0]["onset"]
    );
}

#[test]
fn a_rate_limit_beyond_the_deadline_is_inconclusive_and_asks_no_more() {
    let fake = fleet().start();
    fake.fail_when(|_| Some(Fault::secondary_limit(Some(3600))));
    let ran = check(&fake).run();
    ran.code_is(11);
    assert!(
        fake.requests().len() <= 2,
        "{} requests",
        fake.requests().len()
    );
}

#[test]
fn a_deadline_cuts_a_slow_check() {
    let fake = fleet().start();
    fake.fail_when(|line| {
        line.path
            .ends_with("/jobs")
            .then_some(Fault::Slow(Duration::from_secs(30)))
    });
    let ran = check(&fake).args(["--deadline", "2s"]).run();
    let report = ran.code_is(11).json();
    assert!(ran.took < Duration::from_secs(10), "{ran}");
    assert_eq!(
        report["coverage"]["gaps"][0]["reason"], "out-of-time",
        "{ran}"
    );
}

/// A quiet check says when it can no longer tell, and when it can again.
#[test]
fn a_quiet_check_tells_trouble_once() {
    let fake = fleet().start();
    let tool = Tool::new().args(["check", "-q", "-R", REPO]).against(&fake);
    assert_eq!(tool.run().code_is(0).stdout, "");
    fake.fail_when(|line| line.path.ends_with("/runners").then_some(Fault::Html200));
    tool.run().code_is(11).stdout_has("trouble: inconclusive");
    assert_eq!(tool.run().code_is(11).stdout, "");
    fake.heal();
    tool.run().code_is(0).stdout_has("trouble over, now clean");
}
