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
    assert_line(&check(&fake).args(["--exit-zero"]).run(), 0, "OK");
    assert_line(&check(&fake).args(["--runner", "busy"]).run(), 0, "OK");
    assert_line(&check(&fake).args(["--runner", "no"]).run(), 3, "UNKNOWN");
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
    let flag = check(&fake).args(["--no-such-flag"]).run();
    assert_line(&flag, 3, "UNKNOWN");
    assert!(flag.stdout.contains("--no-such-flag"), "{flag}");
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
