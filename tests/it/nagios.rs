//! `--format nagios`: the codes of monitoring plugins, one line on stdout,
//! and nothing on stderr, whatever happens.

use std::time::Duration;

use crate::support::{FakeGitHub, JobSpec, Ran, Tool, secs};

const REPO: &str = "acme/atlas";

#[track_caller]
fn assert_line(ran: &Ran, code: i32, status: &str) {
    ran.code_is(code);
    assert_eq!(ran.stderr, "", "{ran}");
    let beginning = format!("RUNNER-DESYNC {status}: ");
    assert!(ran.stdout.starts_with(&beginning), "{ran}");
    assert_eq!(ran.stdout.lines().count(), 1, "{ran}");
}

fn check(fake: &FakeGitHub) -> Tool {
    Tool::new()
        .args(["check", "-R", REPO, "--format", "nagios"])
        .against(fake)
}

fn fleet() -> FakeGitHub {
    FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "busy")
        .runner(2, "liar")
        .job(JobSpec::on(1))
        .job(JobSpec::on(2))
        .liar(2)
        .start()
}

#[test]
fn each_outcome_has_its_code() {
    let fake = fleet();
    assert_line(&check(&fake).run(), 2, "CRITICAL");
    assert_line(&check(&fake).args(["-q", "-v"]).run(), 2, "CRITICAL");
    assert_line(&check(&fake).args(["--runner", "busy"]).run(), 0, "OK");
    let nobody = check(&fake).args(["--runner", "no"]).run();
    assert_line(&nobody, 3, "UNKNOWN");
    nobody.stdout_has("no runner that was seen matches --runner and --label");
}

#[test]
fn lag_warns_when_it_is_asked_for() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "busy")
        .runner(2, "young")
        .job(JobSpec::on(1))
        .job(JobSpec::on(2).starts(secs(-15)))
        .flag_lag(2, Duration::from_secs(60))
        .start();
    let tool = check(&fake);
    assert_line(&tool.run(), 0, "OK");
    assert_line(&tool.args(["--fail-on", "lag"]).run(), 1, "WARNING");
}

#[test]
fn what_keeps_it_from_an_answer_is_unknown() {
    let fake = fleet();
    let rejected = check(&fake).env("GH_TOKEN", "another-token").run();
    assert_line(&rejected, 3, "UNKNOWN");
    let nowhere = check(&fake).args(["-o", "/no-such-directory/line"]).run();
    assert_line(&nowhere, 3, "UNKNOWN");
    let forgiven = check(&fake).args(["--exit-zero"]).run();
    assert_line(&forgiven, 3, "UNKNOWN");
    forgiven.stdout_has("hint: leave it out");
    let flag = check(&fake).args(["--no-such-flag"]).run();
    assert_line(&flag, 3, "UNKNOWN");
    flag.stdout_has("unexpected argument \u{2019}--no-such-flag\u{2019} found");
    assert!(!flag.stdout.contains("\\u{"), "{flag}");
    let value = check(&fake).args(["--interval", "1s"]).run();
    assert_line(&value, 3, "UNKNOWN");
}

#[test]
fn help_is_unknown_too() {
    let ran = Tool::new()
        .args(["check", "--format=nagios", "--help"])
        .run();
    ran.code_is(3).stdout_has("--fail-on");
    assert_eq!(ran.stderr, "");
    let ran = Tool::new()
        .args(["check", "--format=nagios", "--format", "json", "--help"])
        .run();
    ran.code_is(0);
}

/// A finding of any kind is critical; only lag has to be asked for.
#[test]
fn every_kind_but_lag_is_critical() {
    let tool = Tool::new();
    let jobs = r#"{"id":1,"run_id":1,"status":"completed","conclusion":"failure",
        "started_at":"2026-05-14T00:01:40Z","completed_at":"2026-05-14T00:20:00Z",
        "name":"Test","runner_id":18700,"runner_name":"r1","html_url":"https://github.com/acme/atlas/actions/runs/1/job/1",
        "url":"https://api.github.com/repos/acme/atlas/actions/jobs/1",
        "steps":[{"name":"Set up job","status":"completed","conclusion":"success","number":1,
        "started_at":"2026-05-14T00:01:40Z","completed_at":"2026-05-14T00:01:41Z"}]}"#;
    let gone = r#"{"at":"2026-05-14T00:05:00Z","runner_id":18700,"runner_name":"r1","busy":true,"status":"offline"}"#;
    tool.file("jobs.json", jobs);
    tool.file("readings.jsonl", gone);
    let report = tool.args(["report", "jobs.json", "readings.jsonl"]);
    report.run().code_is(0);
    let report = report.args(["--format", "nagios"]);
    let ran = report.run();
    assert_line(&ran, 2, "CRITICAL");
    ran.stdout_has("1 lost-runner finding");
    assert_line(&report.args(["--fail-on", "none"]).run(), 0, "OK");
}
