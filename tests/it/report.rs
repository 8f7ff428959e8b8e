//! `report` on files: both incidents of actions/runner#4422, in any order of
//! the files, from readings and from recordings; and bad input.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::Tool;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

fn incident(number: u8) -> [PathBuf; 2] {
    let names = if number == 1 {
        ["incident-1.jobs.json", "incident-1.readings.jsonl"]
    } else {
        ["incident-2.jobs.json", "incident-2.readings.jsonl"]
    };
    names.map(|name| fixture("incidents").join(name))
}

fn report(files: &[PathBuf]) -> Tool {
    Tool::new().args(["report", "--format", "json"]).args(files)
}

/// What the law says each incident must give (evidence, §5).
fn expected(number: u8) -> Value {
    let at = |clock: &str| format!("2026-05-14T{clock}Z");
    if number == 1 {
        json!({
            "kind": "busy-false", "class": "stale", "pattern": "flipped", "certainty": "settled",
            "liveness": "alive", "first_false_at": at("02:10:08"), "last_false_at": at("02:10:08"),
            "onset": {"after": at("02:05:09"), "by": at("02:10:08")},
            "end": {"after": at("02:10:08"), "by": at("02:10:09"), "reason": "runner-terminated"},
            "observed_s": 0, "at_most_s": 300, "job_age_s": 608, "readings": 1,
            "longest_gap_s": null, "killed": "yes", "killed_because": ["terminated", "job-failed"],
        })
    } else {
        json!({
            "kind": "busy-false", "class": "stale", "pattern": "never-set", "certainty": "settled",
            "liveness": "alive", "first_false_at": at("02:00:11"), "last_false_at": at("02:00:11"),
            "onset": {"after": at("01:58:00"), "by": at("02:00:11")},
            "end": {"after": at("02:00:11"), "by": at("02:00:12"), "reason": "runner-terminated"},
            "observed_s": 0, "at_most_s": 132, "job_age_s": 131, "readings": 1,
            "longest_gap_s": null, "killed": "yes", "killed_because": ["terminated", "job-failed"],
        })
    }
}

#[track_caller]
fn assert_incident(report: &Value, number: u8) {
    let periods = report["periods"].as_array().expect("periods");
    assert_eq!(periods.len(), 1, "{report:#}");
    for (field, value) in expected(number).as_object().expect("fields") {
        assert_eq!(&periods[0][field], value, "incident {number}: {field}");
    }
    assert_eq!(report["verdict"], "desync");
}

#[test]
fn both_incidents_come_out_as_the_law_says() {
    for number in [1, 2] {
        let files = incident(number);
        let ran = report(&files).run();
        assert_incident(&ran.code_is(10).json(), number);
        let counts = &ran.json()["coverage"]["readings"];
        let agree = if number == 1 { 2 } else { 1 };
        assert_eq!(
            (&counts["agree"], &counts["desync"]),
            (&json!(agree), &json!(1))
        );
    }
}

#[test]
fn the_order_of_files_changes_no_byte() {
    let mut files: Vec<_> = incident(1).into_iter().chain(incident(2)).collect();
    let first = report(&files).run();
    assert_eq!(
        first.code_is(10).json()["periods"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    files.reverse();
    assert_eq!(report(&files).run().stdout, first.stdout);
    files.swap(0, 2);
    assert_eq!(report(&files).run().stdout, first.stdout);
}

#[test]
fn the_recordings_of_the_incidents_give_the_same_periods() {
    for (number, name) in [(1, "incident-1.ndjson"), (2, "incident-2.ndjson")] {
        let file = fixture("recordings").join(name);
        let ran = report(&[file]).run();
        assert_incident(&ran.code_is(10).json(), number);
    }
}

#[test]
fn words_say_what_json_says() {
    let ran = Tool::new().args(["report"]).args(incident(1)).run();
    ran.code_is(10)
        .stdout_has("02:05:09")
        .stdout_has("02:10:08")
        .stdout_has("02:10:09")
        .stdout_has("stale")
        .stdout_has("settled");
}

/// Every format of every incident, read as prose in review.
#[test]
fn formats() {
    for number in [1, 2] {
        for format in ["table", "markdown", "json", "ndjson"] {
            let [jobs, readings] = incident(number);
            let tool = Tool::new();
            std::fs::copy(&jobs, tool.dir().join("jobs.json")).unwrap();
            std::fs::copy(&readings, tool.dir().join("readings.jsonl")).unwrap();
            let ran = tool
                .args(["report", "--format", format, "jobs.json", "readings.jsonl"])
                .run();
            insta::assert_snapshot!(format!("incident-{number}-{format}"), ran.stdout);
        }
    }
}

#[test]
fn a_broken_line_is_counted_and_named_and_the_rest_used() {
    let [jobs, _] = incident(1);
    let broken = fixture("imports/readings-broken-line.jsonl");
    let ran = report(&[jobs, broken]).run();
    let report = ran.json();
    let sources = report["sources"].as_array().unwrap();
    let readings = sources.iter().find(|s| s["kind"] == "readings").unwrap();
    assert_eq!(readings["skipped"], 1, "{ran}");
    assert_ne!(readings["records"], 0);
}

#[test]
fn an_unrecognized_file_says_what_was_expected() {
    let ran = report(&[fixture("imports/unrecognized.txt")]).run();
    ran.code_is(2)
        .stderr_has("unrecognized.txt")
        .stderr_has("recording");
    report(&[fixture("imports/no-such-file")]).run().code_is(2);
}

#[test]
fn stdin_is_a_file() {
    let [jobs, readings] = incident(2);
    let ran = Tool::new()
        .args(["report", "--format", "json", "-"])
        .args([&readings])
        .stdin(std::fs::read(jobs).unwrap())
        .run();
    assert_incident(&ran.code_is(10).json(), 2);
}

#[test]
fn readings_without_a_scope_need_one() {
    let [_, readings] = incident(1);
    let files = [readings];
    report(&files).run().code_is(2).stderr_has("--scope");
    let scoped = report(&files).args(["--scope", "repo:acme/atlas"]).run();
    assert_eq!(
        scoped.code_is(11).json()["verdict"],
        "inconclusive",
        "{scoped}"
    );
}

#[test]
fn a_report_goes_whole_into_a_file() {
    let tool = report(&incident(1)).args(["-o", "out.json"]);
    let ran = tool.run();
    assert_eq!(ran.code_is(10).stdout, "");
    let text = std::fs::read_to_string(tool.dir().join("out.json")).unwrap();
    assert_incident(&serde_json::from_str(&text).unwrap(), 1);
    assert_eq!(
        std::fs::read_dir(tool.dir()).unwrap().count(),
        3,
        "home, state, out.json"
    );
}
