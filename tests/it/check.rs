//! `check` against the fake: liars are found and proven, everything that only
//! looks like a lie is not.

use std::time::Duration;

use serde_json::Value;

use crate::support::{
    FakeGitHub, Fault, Filtered, JobSpec, Late, StartedAt, Steps, Tool, millis, secs,
};

const REPO: &str = "acme/atlas";

fn check(fake: &FakeGitHub) -> Tool {
    Tool::new()
        .args(["check", "-R", REPO, "--format", "json"])
        .against(fake)
}

fn periods(report: &Value) -> &Vec<Value> {
    report["periods"].as_array().expect("periods")
}

fn findings(report: &Value) -> Vec<&Value> {
    let claimed = |period: &&Value| period["certainty"] != "provisional";
    periods(report).iter().filter(claimed).collect()
}

/// No period, and a verdict that says so.
#[track_caller]
fn assert_clean(fake: &FakeGitHub) {
    let ran = check(fake).run();
    ran.code_is(0);
    let report = ran.json();
    assert_eq!(report["verdict"], "clean", "{ran}");
    assert!(periods(&report).is_empty(), "{ran}");
}

#[test]
fn a_steady_liar_is_found_and_proven() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "honest")
        .runner(2, "liar")
        .job(JobSpec::on(1).id(11))
        .job(JobSpec::on(2).id(22).run(7))
        .liar(2)
        .start();
    let tool = check(&fake);
    let ran = tool.run();
    ran.code_is(10);
    let report = ran.json();
    assert_eq!(report["verdict"], "desync");
    let [period] = &periods(&report)[..] else {
        panic!("one period\n{ran}");
    };
    assert_eq!(period["kind"], "busy-false");
    assert_eq!(period["class"], "stale");
    assert_eq!(period["pattern"], "never-set");
    assert_eq!(period["certainty"], "proven");
    assert_eq!(period["runner"]["name"], "liar");
    assert_eq!(period["job"]["id"], 22);
    assert_eq!(period["end"]["reason"], "open");
    let proof = period["proof"].as_array().unwrap();
    assert_eq!(proof.len(), 6, "two sandwiches\n{ran}");
    let ids: std::collections::BTreeSet<_> = proof
        .iter()
        .map(|quote| quote["request_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 6, "distinct request ids");
    assert_eq!(report["coverage"]["sandwiches"]["controls"], 1);
    let again = tool.run();
    again.code_is(10);
    let later = again.json();
    assert_eq!(periods(&later).len(), 1, "the period spans checks\n{again}");
    assert_eq!(periods(&later)[0]["onset"], period["onset"]);
    assert!(period["readings"].as_u64() < periods(&later)[0]["readings"].as_u64());
}

/// Announced once: a quiet check after it has nothing new to say.
#[test]
fn a_period_is_told_once() {
    let fake = FakeGitHub::with_a_liar(REPO).start();
    let tool = Tool::new().args(["check", "-q", "-R", REPO]).against(&fake);
    let first = tool.run();
    first.code_is(10).stdout_has("liar");
    let second = tool.run();
    second.code_is(10);
    assert_eq!(second.stdout, "", "{second}");
}

/// Trouble is news also while a finding is open, which is the verdict then.
#[test]
fn trouble_is_told_while_a_finding_is_open() {
    let fake = FakeGitHub::with_a_liar(REPO).start();
    let tool = Tool::new().args(["check", "-q", "-R", REPO]).against(&fake);
    tool.run().code_is(10).stdout_has("opened");
    fake.fail_when(|line| {
        let runners = line.path.ends_with("/runners");
        runners.then_some(Fault::status(502, "Bad Gateway"))
    });
    let begun = tool.run();
    begun.code_is(10).stdout_has("trouble: inconclusive");
    assert_eq!(tool.run().code_is(10).stdout, "");
    fake.heal();
    tool.run()
        .code_is(10)
        .stdout_has("trouble over, now desync");
    assert_eq!(tool.run().code_is(10).stdout, "");
}

/// A recording can hold another target's open period: it is not this one's.
#[test]
fn what_a_recording_holds_of_another_target_is_not_judged() {
    let fake = FakeGitHub::with_a_liar(REPO)
        .repo("acme/beacon")
        .runner(3, "idle")
        .start();
    let tool = Tool::new().args(["check", "--format", "json", "--record", "m.ndjson", "-R"]);
    let tool = tool.against(&fake);
    tool.args([REPO]).run().code_is(10);
    let asked = fake.requests().len();
    let other = tool.args(["acme/beacon"]).run();
    let report = other.code_is(0).json();
    assert_eq!(periods(&report), &Vec::<Value>::new());
    let asked = fake.requests().split_off(asked);
    let strange = asked
        .iter()
        .find(|served| served.line.path.contains("atlas"));
    assert!(strange.is_none(), "{:?}", strange.map(|it| &it.line.path));
    tool.args([REPO]).run().code_is(10);
}

#[test]
fn a_target_given_twice_is_one() {
    let fake = FakeGitHub::with_a_liar(REPO).start();
    let ran = check(&fake).args(["-R", "ACME/Atlas"]).run();
    let report = ran.code_is(10).json();
    assert_eq!(report["targets"].as_array().map(Vec::len), Some(1), "{ran}");
    assert_eq!(periods(&report).len(), 1);
}

/// Quiet is said of streams: a file that was asked for is written.
#[test]
fn a_quiet_check_writes_its_file_and_tells_news_as_json() {
    let fake = FakeGitHub::with_a_liar(REPO).start();
    let tool = Tool::new().args(["check", "-q", "-R", REPO]).against(&fake);
    let told = tool.args(["--format", "json"]).run();
    let events: Vec<_> = told.code_is(10).ndjson();
    assert_eq!(events[0]["schema"], "runner-desync.event/1", "{told}");
    let again = tool.args(["--format", "json", "-o", "report.json"]).run();
    assert_eq!(again.code_is(10).stdout, "", "nothing is new");
    let file = std::fs::read_to_string(tool.dir().join("report.json")).expect("the file");
    let report: Value = serde_json::from_str(&file).expect("JSON");
    assert_eq!(report["verdict"], "desync");
}

#[test]
fn a_truthful_fleet_is_clean() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "busy")
        .runner(2, "idle")
        .job(JobSpec::on(1))
        .job(JobSpec::on(2).ends(secs(-60)))
        .start();
    assert_clean(&fake);
}

#[test]
fn what_is_not_ours_is_not_matched() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "busy")
        .runner(5, "ours")
        .job(JobSpec::hosted(5))
        .job(JobSpec::unassigned().starts(secs(3600)))
        .job(
            JobSpec::on(5)
                .starts(secs(-900))
                .ends(secs(-600))
                .conclusion("failure")
                .run(9)
                .attempt(1),
        )
        .job(JobSpec::on(1).run(9).attempt(2))
        .start();
    assert_clean(&fake);
}

/// The id of a runner of another level: no verdict, no finding.
#[test]
fn an_equal_id_with_another_name_is_ambiguous() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "busy")
        .runner(5, "ours")
        .job(JobSpec::on(1))
        .job(JobSpec::on(5).patch(|job, _| job["runner_name"] = "theirs".into()))
        .liar(5)
        .start();
    let ran = check(&fake).run();
    let report = ran.code_is(0).json();
    assert!(periods(&report).is_empty(), "{ran}");
    assert_eq!(
        report["coverage"]["unknown_reasons"]["ambiguous"], 1,
        "{ran}"
    );
}

#[test]
fn a_liar_on_the_third_page_is_found() {
    let mut builder = FakeGitHub::builder().repo(REPO);
    for id in 1..=250 {
        builder = builder.runner(id, &format!("runner-{id}"));
    }
    let fake = builder.job(JobSpec::on(245)).liar(245).start();
    let ran = check(&fake).run();
    let report = ran.code_is(10).json();
    assert_eq!(periods(&report)[0]["runner"]["id"], 245);
    assert_eq!(report["coverage"]["ratio"].as_f64(), Some(1.0), "{ran}");
}

/// A run says `queued` while its job runs, and the filtered lists are empty.
#[test]
fn a_job_in_a_queued_run_is_found_though_filtered_lists_are_stale() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(2, "liar")
        .job(JobSpec::on(2).run(7))
        .run_status(7, "queued")
        .filtered_lists(Filtered::Empty)
        .liar(2)
        .start();
    check(&fake).run().code_is(10);
}

#[test]
fn a_run_with_130_jobs_is_read_whole() {
    let mut builder = FakeGitHub::builder().repo(REPO).runner(500, "liar");
    for job in 0..129 {
        builder = builder.job(
            JobSpec::unassigned()
                .id(1000 + job)
                .run(7)
                .starts(secs(3600)),
        );
    }
    let fake = builder
        .job(JobSpec::on(500).id(5000).run(7))
        .liar(500)
        .start();
    check(&fake).run().code_is(10);
}

/// The record stays open after its last step: nothing is claimed, neither
/// while it does nor when it closes.
#[test]
fn a_job_record_that_closes_late_is_no_finding() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "busy")
        .runner(2, "late-3-s")
        .runner(3, "late-20-min")
        .job(JobSpec::on(1))
        .job(
            JobSpec::on(2)
                .ends(secs(-1))
                .closes_late(Duration::from_secs(3), Late::StepsEnded),
        )
        .job(
            JobSpec::on(3)
                .ends(secs(-30))
                .closes_late(Duration::from_secs(1200), Late::StepsEnded),
        )
        .start();
    let tool = check(&fake);
    for _ in 0..3 {
        let ran = tool.run();
        let report = ran.code_is(0).json();
        assert!(findings(&report).is_empty(), "{ran}");
        fake.advance(Duration::from_secs(2));
    }
    fake.advance(Duration::from_secs(1300));
    let ran = tool.run();
    let report = ran.code_is(0).json();
    assert!(findings(&report).is_empty(), "{ran}");
}

/// `started_at` from enqueueing, ten minutes before the pick-up.
#[test]
fn a_start_that_is_the_time_of_enqueueing_is_no_finding() {
    let enqueued = |steps| {
        JobSpec::on(2)
            .created(secs(-600))
            .starts(millis(-20_500))
            .started_at(StartedAt::Enqueued)
            .steps(steps)
    };
    for steps in [Steps::Moving, Steps::Empty, Steps::Absent] {
        let fake = FakeGitHub::builder()
            .repo(REPO)
            .runner(1, "busy")
            .runner(2, "picked-up")
            .job(JobSpec::on(1))
            .job(enqueued(steps))
            .flag_lag(2, Duration::from_secs(40))
            .start();
        let ran = check(&fake).run();
        let report = ran.code_is(0).json();
        let stale = periods(&report).iter().filter(|p| p["class"] == "stale");
        assert_eq!(stale.count(), 0, "{steps:?}\n{ran}");
    }
}

/// Assignment lag is reported apart and fails nothing by default.
#[test]
fn lag_is_told_and_not_counted() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "busy")
        .runner(2, "young")
        .job(JobSpec::on(1))
        .job(JobSpec::on(2).starts(secs(-15)))
        .flag_lag(2, Duration::from_secs(60))
        .start();
    let tool = check(&fake);
    let ran = tool.run();
    let report = ran.code_is(0).json();
    assert_eq!(report["verdict"], "lag", "{ran}");
    assert_eq!(periods(&report)[0]["class"], "lag");
    tool.args(["--fail-on", "lag"]).run().code_is(10);
}

#[test]
fn a_narrowed_check_judges_only_what_was_asked_for() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "busy-1")
        .runner(2, "liar")
        .job(JobSpec::on(1))
        .job(JobSpec::on(2))
        .liar(2)
        .start();
    check(&fake).args(["--runner", "busy-*"]).run().code_is(0);
    check(&fake).args(["--runner", "li?r"]).run().code_is(10);
    check(&fake)
        .args(["--label", "no-such-label"])
        .run()
        .code_is(11);
}

/// A record that is stale as a whole contradicts the flag, and two sandwiches
/// show it. When the job settles the claim is taken back, and said so.
#[test]
fn a_claim_that_the_final_record_refutes_is_taken_back() {
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
    let tool = check(&fake);
    tool.run().code_is(10);
    fake.advance(Duration::from_secs(60));
    let quiet = tool.args(["-q", "--format", "table"]).run();
    quiet.code_is(0).stdout_has("retracted");
    let ran = tool.run();
    let report = ran.code_is(0).json();
    assert!(periods(&report).is_empty(), "{ran}");
}
