//! `busy` against the fake: a wrong "idle" kills a job.

use std::time::Duration;

use serde_json::Value;

use crate::support::{
    FakeGitHub, Fault, JobSpec, Late, Presence, RunnerSpec, Signal, Steps, Tool, secs,
};

const REPO: &str = "acme/atlas";

/// With a lag limit that a test can wait out.
fn busy(fake: &FakeGitHub, runners: &[&str]) -> Tool {
    Tool::new()
        .args(["busy", "-R", REPO, "--lag-limit", "3s", "--format", "json"])
        .args(runners.iter().copied())
        .against(fake)
}

/// The one answer.
fn only(answer: &Value) -> &Value {
    let runners = answer["runners"].as_array().expect("runners");
    assert_eq!(runners.len(), 1, "{answer}");
    &runners[0]
}

fn schema() -> jsonschema::Validator {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/schemas/runner-desync.busy-1.schema.json"
    );
    let text = std::fs::read_to_string(path).expect("a schema");
    jsonschema::validator_for(&serde_json::from_str(&text).expect("JSON")).expect("a schema")
}

/// Runs it, checks its code, its schema, and that the one answer has that
/// reason; gives it.
#[track_caller]
fn expect(tool: &Tool, code: i32, because: &str) -> Value {
    let ran = tool.run();
    let answer = ran.code_is(code).json();
    let errors: Vec<_> = schema()
        .iter_errors(&answer)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}\n{ran}");
    assert_eq!(only(&answer)["because"], because, "{ran}");
    answer
}

#[test]
fn idle_is_said_after_the_whole_lag_limit() {
    let fake = FakeGitHub::builder().repo(REPO).runner(1, "idle").start();
    let answer = expect(&busy(&fake, &["idle"]), 0, "idle-over-lag-limit");
    let quiet = &only(&answer)["quiet"];
    assert!(3 <= quiet["readings"].as_u64().unwrap(), "{answer}");
    assert!(3.0 <= quiet["sure_s"].as_f64().unwrap(), "{answer}");
    assert_eq!(quiet["recorded"], 0);
    assert_eq!(only(&answer)["runner"]["id"], 1);
}

#[test]
fn a_liar_is_busy_at_once_and_proven() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(2, "liar")
        .job(JobSpec::on(2).id(22))
        .liar(2)
        .start();
    let answer = expect(&busy(&fake, &["2"]), 10, "job-running");
    let answer = only(&answer);
    assert_eq!(answer["flag"]["busy"], false);
    assert_eq!(answer["job"]["id"], 22);
    assert_eq!(answer["proof"].as_array().unwrap().len(), 3);
    let ran = busy(&fake, &["liar", "--format", "table"]).run();
    ran.code_is(10).stdout_has(
        "liar: busy: flag says idle, but job 22 \"build\" of acme/atlas is in progress: proven at ",
    );
}

#[test]
fn a_truthful_flag_is_busy() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "busy")
        .runner(2, "odd")
        .flag_schedule(2, |_| true)
        .job(JobSpec::on(1))
        .start();
    expect(&busy(&fake, &["busy"]), 10, "job-running");
    expect(&busy(&fake, &["odd"]), 10, "flag-set");
}

/// A job that starts while the lag limit is waited out.
#[test]
fn a_job_that_starts_meanwhile_prevents_idle() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "late")
        .job(JobSpec::on(1).starts(secs(2)))
        .liar(1)
        .start();
    expect(&busy(&fake, &["late"]), 10, "job-running");
}

/// A runner of an organization may work for any of its repositories: idle is
/// said only when all were read.
#[test]
fn of_an_organization_every_repository_is_read() {
    let acme = || FakeGitHub::builder().org("acme").runner(1, "ours");
    let ask = |fake: &FakeGitHub, target: &[&str]| {
        Tool::new()
            .args(["busy", "ours", "--lag-limit", "3s", "--format", "json"])
            .args(target.iter().copied())
            .against(fake)
    };
    let quiet = acme().repo(REPO).repo("acme/bolt").start();
    expect(&ask(&quiet, &["--org", "acme"]), 0, "idle-over-lag-limit");
    let at_work = acme()
        .liar(1)
        .repo(REPO)
        .repo("acme/bolt")
        .job(JobSpec::on(1))
        .start();
    expect(&ask(&at_work, &["--org", "acme"]), 10, "job-running");
    let named = ["--org", "acme", "--repo", REPO];
    let answer = expect(&ask(&at_work, &named), 11, "jobs-unread");
    assert_eq!(only(&answer)["as_of"], Value::Null);
}

#[test]
fn a_queued_job_counts_where_its_labels_fit() {
    let queued = |labels: &[&str]| {
        let builder = FakeGitHub::builder().repo(REPO);
        let runner = RunnerSpec::new(1, "idle").labels(&["self-hosted", "Linux", "X64"]);
        let job = JobSpec::unassigned().starts(secs(3600)).labels(labels);
        builder
            .runner_spec(runner)
            .job(job.created(secs(-5)))
            .start()
    };
    let fitting = queued(&["self-hosted", "linux"]);
    expect(&busy(&fitting, &["idle"]), 11, "job-queued");
    let other = queued(&["self-hosted", "gpu"]);
    expect(&busy(&other, &["idle"]), 0, "idle-over-lag-limit");
    let hosted = queued(&["ubuntu-latest"]);
    expect(&busy(&hosted, &["idle"]), 0, "idle-over-lag-limit");
}

/// In progress without a runner (cloudbase/garm#19).
#[test]
fn a_job_in_progress_without_a_runner_may_be_here() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "idle")
        .runner(2, "other")
        .job(JobSpec::on(2).steps(Steps::Empty).patch(|job, _| {
            for key in ["runner_id", "runner_group_id"] {
                job[key] = Value::Null;
            }
            for key in ["runner_name", "runner_group_name"] {
                job[key] = Value::Null;
            }
        }))
        .start();
    expect(&busy(&fake, &["idle"]), 11, "job-unplaced");
}

#[test]
fn what_cannot_be_told_is_not_idle() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner_spec(RunnerSpec::new(3, "off").presence(|_| Presence::Offline))
        .runner(4, "twin")
        .runner(5, "twin")
        .runner(6, "ours")
        .job(JobSpec::on(6).patch(|job, _| job["runner_name"] = "theirs".into()))
        .liar(6)
        .start();
    expect(&busy(&fake, &["off"]), 11, "offline");
    expect(&busy(&fake, &["twin"]), 11, "ambiguous");
    expect(&busy(&fake, &["ours"]), 11, "ambiguous");
    expect(&busy(&fake, &["nobody"]), 11, "not-found");
    expect(&busy(&fake, &["99"]), 11, "not-found");
}

/// Deregister, ask again: whether a job runs on is said of a runner that is
/// gone, too.
#[test]
fn a_deregistered_runner_is_gone_with_or_without_its_job() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner_spec(RunnerSpec::new(3, "gone").presence(|_| Presence::Missing))
        .runner_spec(RunnerSpec::new(4, "torn").presence(|_| Presence::Missing))
        .job(JobSpec::on(4).id(44))
        .start();
    let gone = expect(&busy(&fake, &["gone"]), 11, "not-found");
    assert_eq!(only(&gone)["job"], Value::Null);
    assert_ne!(only(&gone)["as_of"], Value::Null);
    for asked in ["torn", "4"] {
        let torn = expect(&busy(&fake, &[asked]), 11, "not-found");
        assert_eq!(only(&torn)["job"]["id"], 44);
    }
}

/// A record that is still open after its work counts as running.
#[test]
fn a_lagging_record_is_not_idle() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "late")
        .job(
            JobSpec::on(1)
                .ends(secs(-10))
                .closes_late(Duration::from_secs(600), Late::StepsEnded),
        )
        .start();
    expect(&busy(&fake, &["late"]), 11, "mixed-job");
}

#[test]
fn failing_job_lists_are_never_no_jobs() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "liar")
        .job(JobSpec::on(1))
        .liar(1)
        .start();
    fake.fail_when(|line| {
        line.path
            .ends_with("/jobs")
            .then_some(Fault::status(502, "Bad Gateway"))
    });
    let ran = busy(&fake, &["liar", "--deadline", "6s"]).run();
    assert_eq!(
        only(&ran.code_is(11).json())["answer"],
        "cannot-tell",
        "{ran}"
    );
}

/// A run that has begun, or is about to, and lists no jobs: one of them may run
/// here, and the flag may be late.
#[test]
fn a_run_without_jobs_is_no_quiet_repository() {
    std::thread::scope(|scope| {
        for status in ["in_progress", "queued", "pending", "waiting", "requested"] {
            scope.spawn(move || {
                let fake = FakeGitHub::builder()
                    .repo(REPO)
                    .runner(1, "liar")
                    .job(JobSpec::on(1).run(31))
                    .liar(1)
                    .run_status(31, status)
                    .odd_answers()
                    .start();
                fake.fail_when(|line| line.path.ends_with("/31/jobs").then(Fault::no_jobs));
                let tool = busy(&fake, &["liar"]).args(["--lag-limit", "3s"]);
                expect(&tool, 11, "jobs-unread");
            });
        }
    });
}

/// The worst answer of several is the exit code; each gets its own.
#[test]
fn the_worst_answer_wins() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "idle")
        .runner(2, "working")
        .job(JobSpec::on(2).labels(&["self-hosted"]))
        .start();
    let ran = busy(&fake, &["idle", "working", "nobody"]).run();
    let answer = ran.code_is(10).json();
    let answers: Vec<_> = answer["runners"]
        .as_array()
        .unwrap()
        .iter()
        .map(|runner| runner["answer"].as_str().unwrap())
        .collect();
    assert_eq!(answers, ["idle", "cannot-tell", "busy"], "{ran}");
    busy(&fake, &["idle", "nobody"]).run().code_is(11);
}

/// A watch that has kept watching makes the answer immediate, at the price of
/// one sweep; without it, or with a stale one, the lag limit is waited out.
#[test]
fn a_watch_answers_at_once() {
    let fake = FakeGitHub::builder().repo(REPO).runner(1, "idle").start();
    let tool = Tool::new();
    let watch = tool
        .args(["watch", "-R", REPO, "--interval", "1s", "--cycles", "8"])
        .args(["--record", "kept.ndjson", "--lag-limit", "5s"])
        .against(&fake);
    watch.run().code_is(0);
    let ask = tool
        .args(["busy", "idle", "-R", REPO, "--lag-limit", "5s"])
        .args(["--format", "json", "--record", "kept.ndjson"])
        .against(&fake);
    let before = fake.requests().len();
    let answer = expect(&ask, 0, "idle-over-lag-limit");
    let quiet = &only(&answer)["quiet"];
    assert_ne!(quiet["recorded"], 0, "{answer}");
    assert!(quiet["recorded"].as_u64() < quiet["readings"].as_u64());
    assert!(fake.requests().len() - before <= 4, "{answer}");
    crate::support::pause(Duration::from_secs(3));
    let stale = ask.args(["--lag-limit", "2s"]);
    let answer = expect(&stale, 0, "idle-over-lag-limit");
    assert_eq!(only(&answer)["quiet"]["recorded"], 0, "{answer}");
}

#[test]
fn it_refuses_to_be_told_what_counts() {
    for flag in ["--exit-zero", "--fail-on=none"] {
        let ran = Tool::new()
            .args(["busy", "idle", "-R", REPO, flag])
            .env("GH_TOKEN", "test-token")
            .run();
        ran.code_is(2).stderr_has("unexpected argument");
    }
}

#[test]
fn access_and_interruption_have_their_codes() {
    let fake = FakeGitHub::builder().repo(REPO).runner(1, "idle").start();
    let refused = busy(&fake, &["idle"]).env("GH_TOKEN", "another-token");
    refused.run().code_is(4).stderr_has("hint: ");
    let long = busy(&fake, &["idle", "--lag-limit", "60s"]);
    let live = long.spawn();
    crate::support::pause(Duration::from_millis(1500));
    live.signal(Signal::Int);
    live.wait().code_is(130);
    let short = busy(&fake, &["idle", "--lag-limit", "60s", "--deadline", "1s"]);
    expect(&short, 11, "too-short");
}
