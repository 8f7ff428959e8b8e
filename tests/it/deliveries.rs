//! `--deliveries`: a webhook's log tells where work is, and proves nothing.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::fake::{Asked, Builder, RequestLine};
use crate::support::{AppSpec, FakeGitHub, Fault, JobSpec, Ran, Tool, secs};

/// Idle repositories beside the one that works.
const IDLE: usize = 130;

/// An organization of which one repository works, and another soon will.
fn acme(told: bool) -> Builder {
    let mut builder = FakeGitHub::builder()
        .org("acme")
        .runner(1, "honest")
        .runner(2, "liar")
        .liar(2)
        .no_rate_limit();
    for number in 0..IDLE {
        builder = builder.repo(&format!("acme/r{number:03}"));
    }
    let soon = JobSpec::on(2).starts(secs(4)).created(secs(3));
    let soon = if told { soon } else { soon.untold() };
    builder
        .repo("acme/busy")
        .job(JobSpec::on(1))
        // The last that takes its turn.
        .repo("acme/zeta")
        .job(soon)
}

fn watch(fake: &FakeGitHub, deliveries: &[&str], cycles: u32) -> Tool {
    Tool::new()
        .args([
            "watch",
            "--org",
            "acme",
            "--interval",
            "1s",
            "--format",
            "json",
        ])
        .args(["--cycles", &cycles.to_string()])
        .args(deliveries)
        .limit(Duration::from_secs(120))
        .against(fake)
}

fn lists_after_the_first_cycle(fake: &FakeGitHub) -> usize {
    fake.count(|asked| asked == Asked::Runs) - (IDLE + 2)
}

/// Asserts that the lie about the second job was seen and proven.
#[track_caller]
fn is_found(ran: &Ran) {
    let report = ran.json();
    let period = &report["periods"][0];
    assert_eq!(period["runner"]["id"], 2, "{ran}");
    assert_eq!(period["job"]["repo"], "acme/zeta");
    assert_eq!(period["certainty"], "proven");
}

fn is_log(line: &RequestLine) -> bool {
    matches!(line.asked, Asked::Deliveries(_))
}

#[test]
fn a_job_that_is_told_of_is_found_at_once_and_little_else_is_listed() {
    let fake = acme(true).start();
    let ran = watch(&fake, &["--deliveries", "org:77"], 8).run();
    is_found(&ran);
    let logs = fake.count(|asked| asked == Asked::Deliveries(77));
    assert_eq!(logs, 8, "one a cycle");
    let lists = lists_after_the_first_cycle(&fake);
    assert!(lists < 50, "{lists} lists in seven cycles");

    let without = acme(true).start();
    watch(&without, &[], 2).run();
    let all = lists_after_the_first_cycle(&without);
    assert!(100 <= all, "{all} lists in a cycle");
}

/// What no delivery tells of is found by the slow turns, later.
#[test]
fn a_delivery_that_is_lost_makes_a_job_found_late_and_nothing_untrue() {
    let fake = acme(false).start();
    let ran = watch(&fake, &["--deliveries", "org:77"], 8).run();
    let report = ran.json();
    assert_eq!(report["periods"], json!([]), "{ran}");
    assert_eq!(report["coverage"]["readings"]["desync"], 0);
    // Nobody knows yet what the runner did.
    let unknown = &report["coverage"]["unknown_reasons"]["jobs"];
    assert!(unknown.as_u64() > Some(0), "{ran}");
}

#[test]
fn a_log_that_is_refused_is_a_gap_and_everything_takes_its_turn() {
    let fake = acme(true)
        .fail_when(|line| is_log(line).then(|| Fault::forbidden("organization_hooks=read")))
        .start();
    let ran = watch(&fake, &["--deliveries", "org:77"], 2).run();
    let report = ran.json();
    let gaps = report["coverage"]["gaps"].as_array().expect("gaps");
    let of_the_log = |gap: &&Value| gap["target"] == "deliveries of org:acme#77";
    let gap = gaps.iter().find(of_the_log).expect("a gap");
    assert_eq!(gap["reason"], "http-error", "{ran}");
    assert!(100 <= lists_after_the_first_cycle(&fake));
}

#[test]
fn a_log_that_fails_now_and_then_loses_nothing() {
    let fake = acme(true)
        .fail_when(|line| {
            let faults = [
                Some(Fault::status(500, "")),
                Some(Fault::Html200),
                Some(Fault::TruncatedJson),
                None,
            ];
            is_log(line)
                .then(|| faults[line.number % 4].clone())
                .flatten()
        })
        .start();
    is_found(&watch(&fake, &["--deliveries", "org:77"], 8).run());
}

/// With a GitHub App as the credential.
fn as_app(tool: &Tool) -> Tool {
    let key = tool.file("key.pem", AppSpec::key());
    let tool = tool.without("GH_TOKEN").args(["--app-id", "7"]);
    tool.args(["--app-key"]).args([key])
}

#[test]
fn an_app_reads_the_log_of_its_own_webhook() {
    let fake = acme(true).app(AppSpec::new("7", "acme")).start();
    is_found(&as_app(&watch(&fake, &["--deliveries", "app"], 8)).run());
    assert_eq!(fake.count(|asked| asked == Asked::AppDeliveries), 8);
}

#[test]
fn the_permission_for_a_log_is_asked_for_where_it_is_needed() {
    let app = AppSpec::new("7", "acme").grants("organization_hooks");
    let fake = acme(true).app(app).start();
    is_found(&as_app(&watch(&fake, &["--deliveries", "org:77"], 8)).run());

    let lacking = acme(true).app(AppSpec::new("7", "acme")).start();
    let ran = as_app(&watch(&lacking, &["--deliveries", "org:77"], 1)).run();
    ran.code_is(4).stderr_has("organization_hooks=read");
    as_app(&watch(&lacking, &[], 1)).run().code_is(0);
}

#[test]
fn what_cannot_be_heard_is_a_usage_error() {
    let fake = acme(true).start();
    let refused = |args: &[&str]| {
        let ran = Tool::new().args(["watch"]).args(args).against(&fake).run();
        ran.code_is(2).clone()
    };
    refused(&["--org", "acme", "--deliveries", "app"])
        .stderr_has("--deliveries app needs a GitHub App as the credential")
        .stderr_has("hint: give --app-id and --app-key");
    refused(&[
        "--repo",
        "acme/busy",
        "--repo",
        "other/x",
        "--deliveries",
        "org:7",
    ])
    .stderr_has("--deliveries org:HOOK_ID needs one --org");
    refused(&["--org", "acme", "--deliveries", "repo:7"])
        .stderr_has("--deliveries repo:HOOK_ID needs --repo");
    refused(&["--org", "acme", "--deliveries", "org:seven"])
        .stderr_has("expected app, org:HOOK_ID or repo:HOOK_ID");
    assert_eq!(fake.requests().len(), 0);
}

#[test]
fn doctor_tells_what_a_log_saves_and_what_it_takes() {
    let fake = acme(true).start();
    let doctor = |args: &[&str]| {
        let tool = Tool::new().args(["doctor", "--org", "acme", "--format", "json"]);
        tool.args(args).against(&fake).run()
    };
    let report = doctor(&["--deliveries", "org:77"]).code_is(0).json();
    let outlook = &report["outlook"];
    assert_eq!(outlook["told_of_within_s"], 30, "{report}");
    assert!(
        outlook["discovered_within_s"].as_f64() > Some(1000.0),
        "{report}"
    );
    assert!(doctor(&[]).code_is(0).json()["outlook"]["told_of_within_s"].is_null());

    let closed = acme(true)
        .fail_when(|line| is_log(line).then(|| Fault::forbidden("organization_hooks=read")))
        .start();
    let tool = Tool::new().args(["doctor", "--org", "acme", "--deliveries", "org:77"]);
    let ran = tool.against(&closed).run();
    ran.code_is(4).stdout_has("organization_hooks=read");
}
