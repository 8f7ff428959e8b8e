//! Odd values inside answers that are otherwise right.

use serde_json::{Value, json};

use super::story::{Place, REPO, Says, Story, strikes_at};
use crate::support::{FakeGitHub, Fault, JobSpec, Tool};

fn without<const N: usize>(fields: [&'static str; N]) -> Fault {
    Fault::items(move |item| {
        let item = item.as_object_mut().expect("an object");
        item.retain(|key, _| !fields.contains(&key.as_str()));
    })
}

fn set(field: &'static str, value: Value) -> Fault {
    Fault::items(move |item| item[field] = value.clone())
}

const RUNNER_READS: [Place; 2] = [Place::Runners, Place::RunnerById];
const JOB_READS: [Place; 1] = [Place::Jobs];
const UNDECODABLE: Says = Says::Missing("undecodable");

#[test]
fn a_status_nobody_knows() {
    strikes_at(
        &RUNNER_READS,
        &set("status", json!("sleeping")),
        UNDECODABLE,
    );
    strikes_at(&JOB_READS, &set("status", json!("dreaming")), Says::Nothing);
    strikes_at(
        &[Place::Runs],
        &set("status", json!("dreaming")),
        Says::Nothing,
    );
    let odd_end = set("conclusion", json!("startup_failure"));
    strikes_at(&JOB_READS, &odd_end, Says::Nothing);
}

#[test]
fn fields_that_are_missing() {
    let optional = ["os", "labels", "runner_group_id", "ephemeral", "version"];
    strikes_at(&RUNNER_READS, &without(optional), Says::Nothing);
    let optional = [
        "steps",
        "run_attempt",
        "labels",
        "created_at",
        "workflow_name",
        "html_url",
        "head_branch",
        "runner_group_id",
        "runner_group_name",
    ];
    strikes_at(&JOB_READS, &without(optional), Says::Nothing);
    strikes_at(&[Place::Runners], &without(["busy"]), UNDECODABLE);
    strikes_at(&[Place::Runners], &without(["status"]), UNDECODABLE);
    strikes_at(&[Place::Runners], &without(["id"]), UNDECODABLE);
    strikes_at(&[Place::RunnerById], &without(["busy"]), UNDECODABLE);
    strikes_at(&[Place::RunnerById], &without(["name"]), Says::Nothing);
    strikes_at(&JOB_READS, &without(["status"]), UNDECODABLE);
}

/// A run that cannot be read may hold a job of anybody.
#[test]
fn a_run_without_an_id() {
    strikes_at(&[Place::Runs], &without(["id"]), UNDECODABLE);
}

#[test]
fn fields_that_are_null() {
    strikes_at(&RUNNER_READS, &set("labels", Value::Null), Says::Nothing);
    strikes_at(&[Place::Runners], &set("busy", Value::Null), UNDECODABLE);
    let steps = Fault::items(|job| {
        for step in job["steps"].as_array_mut().into_iter().flatten() {
            step["started_at"] = Value::Null;
            step["completed_at"] = Value::Null;
        }
    });
    strikes_at(&JOB_READS, &steps, Says::Nothing);
    strikes_at(&JOB_READS, &set("started_at", Value::Null), Says::Nothing);
}

#[test]
fn times_out_of_order() {
    let before = set("completed_at", json!("2001-01-01T00:00:00Z"));
    strikes_at(&JOB_READS, &before, Says::Nothing);
    for far in [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "+262142-12-31T23:59:59Z",
    ] {
        strikes_at(&JOB_READS, &set("started_at", json!(far)), Says::Nothing);
    }
}

/// Where numbers are kept as floating point, these two runners are one.
#[test]
fn ids_over_2_to_the_53rd() {
    let (idle, busy) = (9_007_199_254_740_992, 9_007_199_254_740_993);
    let fleet = || {
        FakeGitHub::builder()
            .repo(REPO)
            .runner(idle, "idle")
            .runner(busy, "busy")
            .runner(u64::MAX, "largest")
            .job(JobSpec::on(busy).id(u64::MAX - 1).run(u64::MAX - 2))
            .job(JobSpec::on(u64::MAX).id(u64::MAX))
    };
    let check = |fake: &FakeGitHub| {
        let args = ["check", "-R", REPO, "--format", "json"];
        Tool::new().args(args).against(fake).run()
    };
    let truthful = fleet().odd_answers().start();
    let ran = check(&truthful);
    assert_eq!(ran.code_is(0).json()["verdict"], "clean", "{ran}");
    let lying = fleet().odd_answers().liar(busy).start();
    let ran = check(&lying);
    let report = ran.code_is(10).json();
    assert_eq!(report["periods"][0]["runner"]["id"], busy, "{ran}");
    assert_eq!(report["periods"][0]["job"]["id"], u64::MAX - 1, "{ran}");
}

#[test]
fn ids_that_are_none() {
    for id in [json!(-1), json!(1e20), json!("1")] {
        strikes_at(&[Place::Runners], &set("id", id.clone()), UNDECODABLE);
        strikes_at(&JOB_READS, &set("runner_id", id), UNDECODABLE);
    }
    strikes_at(&[Place::Runners], &set("id", json!(0)), UNDECODABLE);
    strikes_at(&JOB_READS, &set("runner_id", json!(0)), Says::Nothing);
}

/// Two runners of one name.
#[test]
fn runners_with_one_name() {
    let story = Story::begin();
    story.fake.fail_when(|line| {
        let same = set("name", json!("liar"));
        RUNNER_READS
            .iter()
            .any(|place| place.is(line.asked))
            .then_some(same)
    });
    story.check();
}
