//! `--on-desync`: once for each event, across checks, and no trouble of the
//! command is the watch's.

use std::time::Duration;

use serde_json::Value;

use crate::support::{FakeGitHub, JobSpec, Late, Tool, secs};

const REPO: &str = "acme/atlas";

/// Appends the event and the period to `alerts` in the current directory.
const NOTE: &str = r#"{ printf '%s ' "$RUNNER_DESYNC_EVENT"; cat; echo; } >> alerts"#;

fn check(fake: &FakeGitHub, command: &str) -> Tool {
    Tool::new()
        .args(["check", "-R", REPO, "--format", "json"])
        .args(["--on-desync", command])
        .against(fake)
}

fn alerts(tool: &Tool) -> Vec<(String, Value)> {
    let text = std::fs::read_to_string(tool.dir().join("alerts")).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (event, period) = line.split_once(' ').expect("an event");
            (
                event.to_owned(),
                serde_json::from_str(period).expect("JSON"),
            )
        })
        .collect()
}

fn events(tool: &Tool) -> Vec<String> {
    alerts(tool).into_iter().map(|(event, _)| event).collect()
}

#[test]
fn a_period_that_spans_checks_opens_and_closes_once() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "busy")
        .runner(2, "$(touch pwned) \"; touch pwned; '")
        .job(JobSpec::on(1))
        .job(JobSpec::on(2).id(22).ends(secs(600)))
        .liar(2)
        .start();
    let tool = check(&fake, NOTE);
    tool.run().code_is(10);
    tool.run().code_is(10);
    let opened = alerts(&tool);
    assert_eq!(events(&tool), ["opened"]);
    assert_eq!(opened[0].1["job"]["id"], 22);
    assert_eq!(opened[0].1["schema"], "runner-desync.period/1");
    assert!(!tool.dir().join("pwned").exists());
    fake.advance(Duration::from_secs(700));
    tool.run();
    tool.run();
    assert_eq!(events(&tool), ["opened", "closed"]);
    assert_eq!(alerts(&tool)[1].1["end"]["reason"], "job-completed");
}

#[test]
fn what_is_taken_back_is_told_with_the_period_as_it_was() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "busy")
        .runner(2, "stale-record")
        .job(JobSpec::on(1))
        .job(
            JobSpec::on(2)
                .ends(secs(-30))
                .closes_late(Duration::from_secs(60), Late::Stale),
        )
        .start();
    let tool = check(&fake, NOTE);
    tool.run().code_is(10);
    fake.advance(Duration::from_secs(60));
    tool.run().code_is(0);
    tool.run().code_is(0);
    assert_eq!(events(&tool), ["opened", "retracted"]);
    assert_eq!(alerts(&tool)[1].1["runner"]["name"], "stale-record");
}

#[test]
fn lag_alerts_nobody_until_it_turns_stale() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "busy")
        .runner(2, "young")
        .job(JobSpec::on(1))
        .job(JobSpec::on(2).starts(secs(-20)))
        .liar(2)
        .start();
    let tool = check(&fake, NOTE);
    tool.run().code_is(0);
    assert!(alerts(&tool).is_empty());
    fake.advance(Duration::from_secs(120));
    tool.run().code_is(10);
    tool.run().code_is(10);
    assert_eq!(events(&tool), ["opened"]);
    assert_eq!(alerts(&tool)[0].1["class"], "stale");
}

#[test]
fn a_narrowed_check_takes_back_nothing_of_others() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "busy")
        .runner(2, "liar")
        .job(JobSpec::on(1))
        .job(JobSpec::on(2))
        .liar(2)
        .start();
    let tool = check(&fake, NOTE);
    tool.run().code_is(10);
    tool.args(["--runner", "busy"]).run().code_is(0);
    assert_eq!(events(&tool), ["opened"]);
}

#[test]
fn a_command_that_fails_is_said_and_changes_nothing() {
    let fake = FakeGitHub::with_a_liar(REPO).start();
    let ran = check(&fake, "echo out; echo err >&2; exit 3").run();
    ran.code_is(10)
        .stderr_has("--on-desync (opened) failed: exit status: 3")
        .stderr_has("out")
        .stderr_has("err");
    assert_eq!(ran.json()["verdict"], "desync");
}
