//! Real payloads of GitHub's own description, and what reality adds to them.

use serde_json::{Value, json};

use super::*;
use crate::model::*;

const RUNNERS: &str = include_str!("../../fixtures/github/runners-org.json");
const RUNNER: &str = include_str!("../../fixtures/github/runner.json");
const JOB: &str = include_str!("../../fixtures/github/job.json");
const JOBS: &str = include_str!("../../fixtures/github/jobs-for-run.json");
const RUNS: &str = include_str!("../../fixtures/github/workflow-runs-list.json");

fn repo() -> RepoName {
    RepoName::parse("octo-org/octo-repo").unwrap()
}

/// GitHub's job with some fields set, or removed by an absent value.
fn job_with(fields: Value) -> Result<Job, String> {
    job_from_value(&changed(JOB, fields), Some(&repo()))
}

fn runner_with(fields: Value) -> Result<Runner, String> {
    runner_from_value(&changed(RUNNER, fields))
}

fn changed(text: &str, fields: Value) -> Value {
    let mut value: Value = serde_json::from_str(text).unwrap();
    let Value::Object(fields) = fields else {
        panic!("fields are an object");
    };
    value.as_object_mut().unwrap().extend(fields);
    value
}

fn without(text: &str, field: &str) -> Value {
    let mut value: Value = serde_json::from_str(text).unwrap();
    value.as_object_mut().unwrap().remove(field).unwrap();
    value
}

fn texts(labels: Option<Vec<std::sync::Arc<str>>>) -> Vec<String> {
    let labels = labels.unwrap();
    labels.iter().map(ToString::to_string).collect()
}

#[test]
fn a_page_of_runners() {
    let page = page(RUNNERS, List::Runners, runner_from_value).unwrap();
    assert_eq!((page.total, page.undecodable), (Some(2), 0));
    let [linux, mac] = &page.items[..] else {
        panic!("two runners");
    };
    assert_eq!(linux.id, RunnerId(23));
    assert_eq!(linux.name.as_deref(), Some("linux_runner"));
    assert!(linux.busy && !mac.busy);
    assert_eq!(linux.status, OnlineStatus::Online);
    assert_eq!(mac.status, OnlineStatus::Offline);
    assert_eq!(texts(linux.labels.clone()), ["self-hosted", "X64", "Linux"]);
    assert_eq!(linux.version.as_deref(), Some("2.323.0"));
    assert_eq!(linux.group_id, None);
}

#[test]
fn a_page_of_runs() {
    let page = page(RUNS, List::Runs, run_from_value).unwrap();
    let run = &page.items[0];
    assert_eq!(run.id, RunId(30_433_642));
    assert_eq!(run.attempt, Some(1));
    assert_eq!(run.status.as_deref(), Some("queued"));
    assert_eq!(run.updated_at, Timestamp::parse("2020-01-22T19:33:08Z"));
}

/// GitHub's example lacks `created_at`, which its schema requires.
#[test]
fn a_page_of_jobs() {
    let page = page(JOBS, List::Jobs, |job| job_from_value(job, Some(&repo()))).unwrap();
    let job = &page.items[0];
    assert_eq!(job.id, JobId(399_444_496));
    assert_eq!(job.created_at, None);
    assert_eq!(job.status, JobStatus::Completed);
    assert_eq!(job.conclusion, Some(Conclusion::Success));
    assert_eq!(job.completed_at, Timestamp::parse("2020-01-20T17:44:39Z"));
    assert_eq!(texts(job.labels.clone()), ["self-hosted", "foo", "bar"]);
    let assignment = job.assignment.clone().unwrap();
    assert_eq!(assignment.runner_id, RunnerId(1));
    assert_eq!(assignment.runner_name.as_deref(), Some("my runner"));
    assert_eq!(assignment.group_id, Some(2));
    assert!(!assignment.hosted);
    // Step times have an offset.
    let first = &job.steps[0];
    assert_eq!(first.started_at, Timestamp::parse("2020-01-20T17:42:40Z"));
}

#[test]
fn one_odd_item_is_one_undecodable_item() {
    let odd = [
        "7",
        r#"{"id": 1}"#,
        r#"{"id": 1e999, "status": "online", "busy": true}"#,
        r#"{"id": 2, "status": "online", "busy": true, "name": "\ud800"}"#,
    ];
    let text = format!(r#"{{"runners": [{}, {RUNNER}]}}"#, odd.join(","));
    let page = page(&text, List::Runners, runner_from_value).unwrap();
    assert_eq!(page.total, None);
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.undecodable, 4);
}

#[test]
fn repeated_ids_are_passed_on() {
    let text = format!(r#"{{"total_count": 1, "runners": [{RUNNER}, {RUNNER}]}}"#);
    let page = page(&text, List::Runners, runner_from_value).unwrap();
    assert_eq!(page.items.len(), 2);
}

#[test]
fn no_page_without_its_list() {
    for text in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"total_count": 0}"#,
        r#"{"runners": null}"#,
        r#"{"runners": {}}"#,
        r#"{"jobs": []}"#,
        r#"{"runners": []"#,
        r#"{"runners": []} and more"#,
        r#"{"runners": [], "runners": []}"#,
    ] {
        page(text, List::Runners, runner_from_value).unwrap_err();
    }
}

#[test]
fn ids_are_64_bits_wide_and_whole() {
    let id = |value: Value| runner_with(json!({"id": value})).map(|runner| runner.id.0);
    assert_eq!(id(json!(u64::MAX)), Ok(u64::MAX));
    assert_eq!(
        id(json!(9_007_199_254_740_993_u64)),
        Ok(9_007_199_254_740_993)
    );
    for odd in [
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1.0),
        json!("1"),
        Value::Null,
    ] {
        id(odd).unwrap_err();
    }
}

#[test]
fn a_runner_without_busy_or_status_is_no_reading() {
    for odd in [json!(null), json!("false"), json!(0)] {
        runner_with(json!({"busy": odd})).unwrap_err();
    }
    runner_with(json!({"status": null})).unwrap_err();
    runner_from_value(&without(RUNNER, "busy")).unwrap_err();
    runner_from_value(&without(RUNNER, "status")).unwrap_err();
}

#[test]
fn a_runner_may_lack_the_rest_and_be_new() {
    let runner = runner_from_value(&json!({"id": 1, "status": "asleep", "busy": false})).unwrap();
    assert_eq!(runner.status, OnlineStatus::Other("asleep".into()));
    assert_eq!(runner.name, None);
    assert_eq!(runner.labels, None);
    let runner = runner_with(json!({
        "version": null, "runner_group_id": 4, "labels": [{"name": "gpu"}], "surprise": [1],
    }));
    let runner = runner.unwrap();
    assert_eq!((runner.version, runner.group_id), (None, Some(4)));
    assert_eq!(texts(runner.labels), ["gpu"]);
}

#[test]
fn partly_readable_labels_are_unknown() {
    let runner = runner_with(json!({"labels": [{"name": "gpu"}, {"id": 5}]})).unwrap();
    assert_eq!(runner.labels, None);
}

#[test]
fn null_zero_and_empty_are_no_runner() {
    for none in [json!(null), json!(0)] {
        let job = job_with(json!({"runner_id": none, "runner_name": "left over"})).unwrap();
        assert_eq!(job.assignment, None);
    }
    let job = job_from_value(&without(JOB, "runner_id"), Some(&repo())).unwrap();
    assert_eq!(job.assignment, None);
    let job = job_with(json!({"runner_name": "", "runner_group_name": ""})).unwrap();
    let assignment = job.assignment.unwrap();
    assert_eq!(
        (assignment.runner_name, assignment.group_name),
        (None, None)
    );
}

#[test]
fn an_odd_assignment_is_not_taken_for_none() {
    job_with(json!({"runner_id": "5"})).unwrap_err();
    job_with(json!({"runner_id": -5})).unwrap_err();
    job_with(json!({"runner_name": 5})).unwrap_err();
}

#[test]
fn hosted_by_group() {
    let hosted = |group: Value| job_with(group).unwrap().assignment.unwrap().hosted;
    assert!(hosted(json!({"runner_group_name": "GitHub Actions"})));
    assert!(hosted(
        json!({"runner_group_id": 0, "runner_group_name": ""})
    ));
    assert!(!hosted(
        json!({"runner_group_id": null, "runner_group_name": null})
    ));
}

#[test]
fn unknown_words_are_kept() {
    let job = job_with(json!({"status": "dreaming", "conclusion": "stale"})).unwrap();
    assert_eq!(job.status, JobStatus::Other("dreaming".into()));
    assert_eq!(job.conclusion, Some(Conclusion::Other("stale".into())));
}

#[test]
fn a_running_job() {
    let fields = json!({"status": "in_progress", "conclusion": null, "completed_at": null,
        "run_attempt": 2, "head_branch": null, "workflow_name": null, "html_url": null});
    let job = job_with(fields).unwrap();
    assert_eq!((job.conclusion, job.completed_at), (None, None));
    assert_eq!(job.run_attempt, Some(2));
    assert_eq!((job.workflow, job.html_url), (None, None));
}

#[test]
fn damage_is_not_taken_for_null() {
    for odd in [
        json!(""),
        json!("soon"),
        json!(7),
        json!("2020-01-20T17:44:39"),
    ] {
        job_with(json!({"completed_at": odd})).unwrap_err();
    }
    job_with(json!({"conclusion": 7})).unwrap_err();
    job_with(json!({"run_attempt": "2"})).unwrap_err();
    job_with(json!({"run_attempt": 1_u64 << 33})).unwrap_err();
    job_with(json!({"steps": {}})).unwrap_err();
    job_from_value(&without(JOB, "status"), Some(&repo())).unwrap_err();
    job_from_value(&without(JOB, "name"), Some(&repo())).unwrap_err();
}

#[test]
fn other_times_may_be_odd() {
    let job = job_with(json!({"started_at": "soon", "created_at": 7})).unwrap();
    assert_eq!((job.started_at, job.created_at), (None, None));
}

#[test]
fn steps_by_number() {
    let step = |name: &str, number: Value| json!({"name": name, "status": "queued", "number": number, "started_at": "odd"});
    let names = |steps: Value| -> Vec<String> {
        let steps = job_with(json!({"steps": steps})).unwrap().steps;
        assert!(steps.iter().all(|step| step.started_at.is_none()));
        steps.iter().map(|step| step.name.to_string()).collect()
    };
    let sorted = json!([step("b", json!(17)), step("a", json!(2))]);
    assert_eq!(names(sorted), ["a", "b"]);
    let unnumbered = json!([step("b", json!(17)), step("a", json!(null))]);
    assert_eq!(names(unnumbered), ["b", "a"]);
    assert!(names(json!(null)).is_empty());
    job_with(json!({"steps": [step("a", json!(1)), {"name": "b"}]})).unwrap_err();
}

/// A saved answer has no request: `url`, `run_url`, `html_url` name the
/// repository, on github.com and on servers.
#[test]
fn the_repository_by_url() {
    let repo_by = |key: &str, url: &str| {
        let mut job: Value = serde_json::from_str(JOB).unwrap();
        let fields = job.as_object_mut().unwrap();
        fields.retain(|key, _| !key.ends_with("url"));
        fields.insert(key.to_owned(), json!(url));
        job_from_value(&job, None).map(|job| job.repo.to_string())
    };
    let expected = Ok("O/R".to_owned());
    for (key, url) in [
        ("url", "https://api.github.com/repos/O/R/actions/jobs/1"),
        (
            "run_url",
            "https://git.example/api/v3/repos/O/R/actions/runs/1",
        ),
        ("html_url", "https://github.com/O/R/actions/runs/1/job/2"),
    ] {
        assert_eq!(repo_by(key, url), expected, "{url}");
    }
    for (key, url) in [
        ("url", "https://api.github.com/users/O/R/x"),
        ("url", "https://api.github.com/repos/O"),
        ("html_url", "https://github.com/O/a%20b/actions"),
        ("html_url", "nonsense"),
    ] {
        repo_by(key, url).unwrap_err();
    }
}

#[test]
fn deliveries_tell_when_and_where_and_no_more() {
    let text = r#"[
        {"id": 2, "delivered_at": "2026-05-14T02:00:01Z", "event": "workflow_job", "action": "queued", "repository_id": 7},
        {"id": 1, "delivered_at": "2026-05-14T02:00:00Z", "event": "workflow_job", "repository_id": null},
        {"id": 0, "delivered_at": "2026-05-14T01:59:59.5Z", "event": "push", "repository_id": 7},
        {"id": 3, "event": "workflow_job", "repository_id": 7},
        {"id": 4, "delivered_at": "2026-05-14T02:00:00Z", "event": "workflow_job", "repository_id": "7"}
    ]"#;
    let page = deliveries(text).unwrap();
    let at = |text| Timestamp::parse(text).unwrap();
    let expected = [
        (at("2026-05-14T02:00:01Z"), About::Job(Some(RepoId(7)))),
        (at("2026-05-14T02:00:00Z"), About::Job(None)),
        (at("2026-05-14T01:59:59.5Z"), About::Other),
    ];
    let told: Vec<_> = page.items.iter().map(|it| (it.at, it.about)).collect();
    assert_eq!(told, expected);
    assert_eq!(page.undecodable, 2);
    deliveries("{}").unwrap_err();
}
