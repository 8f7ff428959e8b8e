//! Runners that are in no list any more while their jobs go on: GitHub's word
//! for that is a 404 by id, so they are asked for by id.

use serde_json::Value;

use crate::support::fake::Asked;
use crate::support::{FakeGitHub, JobSpec, Presence, Steps, Tool, secs};

const REPO: &str = "acme/atlas";

/// Runner 2 vanishes after three seconds; the job on it is as given.
fn fleet(job: JobSpec) -> FakeGitHub {
    FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "stays")
        .runner(2, "goes")
        .job(JobSpec::on(1))
        .job(job)
        .status(2, |at| {
            if at < secs(3) {
                Presence::Online
            } else {
                Presence::Missing
            }
        })
        .no_rate_limit()
        .start()
}

fn watch(fake: &FakeGitHub, cycles: u32) -> Value {
    let tool = Tool::new().args(["watch", "-R", REPO, "--interval", "1s", "--format", "json"]);
    // Lists are read in full once per lag limit, and only such a one vouches.
    let tool = tool.args(["--lag-limit", "2s", "--fail-on", "all"]);
    let tool = tool.args(["--cycles", &cycles.to_string()]);
    let ran = tool.against(fake).run();
    let report = ran.json();
    assert!(matches!(ran.code, Some(0 | 10 | 11)), "{ran}");
    report
}

fn asked_by_id(fake: &FakeGitHub) -> usize {
    fake.count(|asked| asked == Asked::Runner(2))
}

#[test]
fn one_that_works_on_is_missing() {
    let job = JobSpec::on(2).id(22).ends(secs(11)).steps(Steps::Moving);
    let fake = fleet(job);
    let report = watch(&fake, 16);
    let period = &report["periods"][0];
    assert_eq!(period["kind"], "missing", "{report}");
    assert_eq!(period["certainty"], "settled", "{report}");
    assert_eq!(period["job"]["id"], 22);
    assert_eq!(period["runner"]["name"], "goes");
    assert_eq!(period["proof"][0]["said"], "runner 2 404");
    assert!(period["readings"].as_u64() > Some(1), "{report}");
    assert_eq!(report["periods"].as_array().map(Vec::len), Some(1));
}

#[test]
fn one_whose_job_hangs_and_fails_is_lost() {
    let job = JobSpec::on(2).id(22).ends(secs(9)).conclusion("failure");
    let fake = fleet(job.steps(Steps::Frozen(secs(2))));
    let report = watch(&fake, 14);
    let period = &report["periods"][0];
    assert_eq!(period["kind"], "lost-runner", "{report}");
    assert_eq!(period["certainty"], "settled");
    assert_eq!(report["periods"].as_array().map(Vec::len), Some(1));
}

/// An ephemeral runner leaves with its job.
#[test]
fn one_that_leaves_after_its_job_is_not_asked_for() {
    let fake = fleet(JobSpec::on(2).id(22).ends(secs(2)));
    let report = watch(&fake, 6);
    assert_eq!(report["periods"], serde_json::json!([]));
    assert!(asked_by_id(&fake) <= 3, "{}", asked_by_id(&fake));
}
