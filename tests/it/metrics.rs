//! `--metrics-file`: what a collector finds beside a watch and after checks.

use std::os::unix::fs::PermissionsExt;

use crate::support::{FakeGitHub, JobSpec, Tool};

const REPO: &str = "acme/atlas";

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

fn check(fake: &FakeGitHub) -> Tool {
    Tool::new()
        .args(["check", "-R", REPO, "--metrics-file", "out.prom"])
        .against(fake)
}

fn metrics(tool: &Tool) -> String {
    std::fs::read_to_string(tool.dir().join("out.prom")).expect("a metrics file")
}

/// The value of the first series with this beginning.
#[track_caller]
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find(|line| line.starts_with(series));
    let line = line.unwrap_or_else(|| panic!("{series} in {text}"));
    line.rsplit_once(' ')
        .expect("a value")
        .1
        .parse()
        .expect("a number")
}

#[test]
fn a_check_leaves_its_figures_for_everybody_to_read() {
    let fake = fleet();
    let tool = check(&fake);
    tool.run().code_is(10);
    let text = metrics(&tool);
    assert!(
        value(&text, "runner_desync_counted_findings{").eq(&1.0),
        "{text}"
    );
    assert!(value(&text, "runner_desync_last_success_timestamp_seconds") > 1e9);
    let path = tool.dir().join("out.prom");
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
    let left: Vec<_> = std::fs::read_dir(tool.dir())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().starts_with(".tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// The file is there from the start, and a failed check leaves the time of the
/// last success behind, by which an alert finds it.
#[test]
fn zeros_come_first_and_failures_keep_the_last_success() {
    let fake = fleet();
    let tool = check(&fake);
    let failing = tool.env("GH_TOKEN", "another-token");
    failing.run().code_is(4);
    let text = metrics(&tool);
    assert!(value(&text, "runner_desync_last_success_timestamp_seconds").eq(&0.0));
    assert!(value(&text, "runner_desync_counted_findings{").eq(&0.0));
    tool.run().code_is(10);
    let well = value(
        &metrics(&tool),
        "runner_desync_last_success_timestamp_seconds",
    );
    failing.run().code_is(4);
    let after = value(
        &metrics(&tool),
        "runner_desync_last_success_timestamp_seconds",
    );
    assert!(well.eq(&after) && well > 1e9);
}

#[test]
fn a_place_that_takes_no_file_is_found_before_any_request() {
    let fake = fleet();
    let ran = Tool::new()
        .args([
            "check",
            "-R",
            REPO,
            "--metrics-file",
            "/no-such-directory/x.prom",
        ])
        .against(&fake)
        .run();
    ran.code_is(2).stderr_has("/no-such-directory/x.prom");
    assert!(fake.requests().is_empty());
}

/// Neither has a collector's file in it, and each can be without an end or a
/// reader: what was there is read first, and that hung for ever.
#[test]
fn a_pipe_or_a_device_is_refused_before_any_request() {
    let fake = fleet();
    for place in ["/dev/full", "/dev/stdout"] {
        let ran = Tool::new()
            .args(["check", "-R", REPO, "--metrics-file", place])
            .against(&fake)
            .limit(std::time::Duration::from_secs(20))
            .run();
        ran.code_is(2).stderr_has(place).stderr_has("hint: ");
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn a_watch_rewrites_it_after_each_cycle() {
    let fake = fleet();
    let tool = Tool::new()
        .args(["watch", "-R", REPO, "--interval", "1s", "--cycles", "2"])
        .args(["--metrics-file", "out.prom", "--format", "json"])
        .against(&fake);
    // Two sandwiches within a second: a candidate, and no finding yet.
    tool.run().code_is(11);
    assert!(value(&metrics(&tool), "runner_desync_candidates{").eq(&1.0));
}
