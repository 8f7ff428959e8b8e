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

/// What to do next names what is missing, and a name that fits nobody.
#[test]
fn what_is_missing_is_asked_for() {
    let [jobs, readings] = incident(1);
    let tool = |files: &[&PathBuf]| Tool::new().args(["report"]).args(files.iter().copied());
    let without_readings = tool(&[&jobs]).run();
    without_readings
        .code_is(11)
        .stdout_has("next: give readings of these runners too");
    let without_jobs = tool(&[&readings]).args(["--scope", "repo:acme/atlas"]);
    without_jobs
        .run()
        .code_is(11)
        .stdout_has("next: give the jobs of these runners too");
    let nobody = tool(&[&jobs, &readings]).args(["--runner", "nobody"]).run();
    nobody
        .code_is(11)
        .stdout_has("inconclusive: no runner that was seen matches --runner")
        .stdout_has("next: give names and labels as GitHub has them");
}

/// What a ticket says of how to make it again does that, whatever its files are
/// called.
#[test]
fn a_ticket_is_made_again_by_its_own_command() {
    let tool = Tool::new();
    let files = ["it's jobs.json", "readings.jsonl"];
    for (own, name) in incident(1).iter().zip(files) {
        tool.file(name, std::fs::read(own).expect("the incident"));
    }
    let flags = "report --format markdown --lag-limit 700s --clock-bound 1500ms --fail-on none \
                 --runner i-0* --scope repo:acme/atlas --since 2026-05-14T01:00:00Z";
    let ran = tool.args(flags.split_whitespace()).args(files).run();
    let mut spans = ran.code_is(0).stdout.split('`');
    let command = spans.find(|span| span.starts_with("runner-desync report "));
    let command = command
        .expect("a command")
        .replacen("runner-desync", "\"$0\"", 1);
    let again = std::process::Command::new("sh")
        .args(["-c", &command, env!("CARGO_BIN_EXE_runner-desync")])
        .current_dir(tool.dir())
        .output()
        .expect("a shell");
    let again = String::from_utf8(again.stdout).expect("UTF-8");
    assert_eq!(again, ran.stdout, "{command}");
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

/// The same incidents out of what the Lambda and the runner wrote.
fn incident_logs(number: u8) -> Vec<PathBuf> {
    let names: &[&str] = if number == 1 {
        &[
            "incident-1.jobs.json",
            "incident-1.scale-down.log",
            "incident-1.Runner.log",
        ]
    } else {
        &[
            "incident-2.jobs.json",
            "incident-2.scale-down.log",
            "incident-2.Runner-1.log",
            "incident-2.Runner-2.log",
        ]
    };
    let names = names.iter();
    names.map(|name| fixture("incidents").join(name)).collect()
}

#[test]
fn both_incidents_come_out_of_logs_as_well() {
    for number in [1, 2] {
        let mut files = incident_logs(number);
        let ran = report(&files).run();
        assert_incident(&ran.code_is(10).json(), number);
        assert_eq!(ran.json()["targets"], json!(["repo:acme/atlas"]));
        files.reverse();
        assert_eq!(report(&files).run().stdout, ran.stdout);
        let without_runner = &incident_logs(number)[..2];
        assert_incident(&report(without_runner).run().json(), number);
    }
}

/// Every event of a kind: its time and what else is said of it.
fn told(report: &Value, event: &str) -> Vec<(String, Value)> {
    let timeline = report["timeline"].as_array().expect("a timeline");
    let events = timeline.iter().filter(|entry| entry["event"] == event);
    events
        .map(|entry| {
            (
                entry["at"].as_str().expect("a time").to_owned(),
                entry["detail"].clone(),
            )
        })
        .collect()
}

#[test]
fn logs_give_the_context_of_the_incidents() {
    let at = |clock: &str| format!("2026-05-14T{clock}Z");
    let first = report(&incident_logs(1)).run().json();
    let renewed: Vec<_> = told(&first, "lease-renewed")
        .into_iter()
        .map(|it| it.0)
        .collect();
    assert_eq!(
        renewed[9..],
        [at("02:07:49"), at("02:08:49"), at("02:09:49")]
    );
    let errors = told(&first, "broker-error");
    assert_eq!(
        errors.len(),
        1,
        "the poll canceled at the end of a job is none"
    );
    assert_eq!(errors[0].0, at("02:06:30"));
    assert_eq!(told(&first, "terminated")[0].0, at("02:10:09"));
    let period = &first["periods"][0];
    assert_eq!(period["runner"]["version"], "2.334.0");
    assert_eq!(
        period["lease"],
        json!({"renewed_at": at("02:09:49"), "valid_till": at("02:19:49")})
    );
    assert_eq!(
        period["start_disputed"],
        json!({"by_record": at("02:00:00"), "by_log": at("02:07:49")})
    );
    let caveats = first["caveats"].as_array().expect("caveats").iter();
    let codes: Vec<_> = caveats.map(|caveat| caveat["code"].clone()).collect();
    assert!(codes.contains(&json!("start-disputed")));
    let second = report(&incident_logs(2)).run().json();
    assert_eq!(told(&second, "self-update")[0].0, at("01:47:06"));
    for format in ["table", "markdown", "html"] {
        let shown = report(&incident_logs(2)).args(["--format", format]).run();
        assert!(!shown.stdout.starts_with('{'), "{shown}");
        shown.stdout_has("self-update");
    }
    assert_eq!(told(&second, "shutdown")[0].0, at("02:00:12"));
    let kinds = second["sources"].as_array().unwrap().iter();
    let kinds: Vec<_> = kinds.map(|source| source["kind"].clone()).collect();
    assert_eq!(
        kinds,
        ["runner-log", "runner-log", "jobs", "scale-down-log"]
    );
}

/// Each log tells one side; what is then unknown is said, nothing invented.
#[test]
fn each_witness_alone_says_what_it_knows() {
    for number in [1, 2] {
        let [jobs, scaled, logs @ ..] = &incident_logs(number)[..] else {
            panic!("three files at least");
        };
        let no_readings: Vec<_> = [jobs].into_iter().chain(logs).cloned().collect();
        let ran = report(&no_readings).run();
        assert_eq!(ran.code_is(11).json()["verdict"], "inconclusive");
        let no_jobs: Vec<_> = [scaled].into_iter().chain(logs).cloned().collect();
        let ran = report(&no_jobs).run();
        assert_eq!(ran.code_is(11).json()["verdict"], "inconclusive");
    }
}

#[test]
fn logs_come_compressed_and_by_standard_input() {
    let files = incident_logs(1);
    let tool = Tool::new();
    let mut packed = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let bytes = std::fs::read(file).unwrap();
        let path = tool.dir().join(format!("evidence-{at}"));
        std::fs::write(&path, zstd::encode_all(&bytes[..], 1).unwrap()).unwrap();
        packed.push(path);
    }
    let ran = tool
        .args(["report", "--format", "json"])
        .args(&packed)
        .run();
    assert_incident(&ran.code_is(10).json(), 1);
    let piped = Tool::new()
        .args(["report", "--format", "json", "-"])
        .args(&files[..2])
        .stdin(std::fs::read(&files[2]).unwrap())
        .run();
    assert_incident(&piped.code_is(10).json(), 1);
}

#[test]
fn neighbors_of_runner_logs_are_skipped_and_named() {
    let tool = Tool::new();
    let jobs = &incident_logs(1)[0];
    let update = tool.dir().join("a");
    std::fs::write(
        &update,
        "[2026-05-14 03:49:10-2074] --------whoami--------\n",
    )
    .unwrap();
    let output = tool.dir().join("b");
    std::fs::write(&output, "2026-05-14T02:00:00.1234567Z ##[group]Run make\n").unwrap();
    let ran = tool
        .args(["report", "--format", "json"])
        .args([jobs, &update, &output])
        .run();
    let report = ran.code_is(11).json();
    let sources = report["sources"].as_array().unwrap();
    let neighbors = sources.iter().filter(|source| source["kind"] != "jobs");
    for source in neighbors {
        assert_eq!(
            (&source["records"], &source["skipped"]),
            (&json!(0), &json!(1))
        );
    }
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

/// Readings name no host: with jobs of several they are of none for sure.
#[test]
fn readings_beside_jobs_of_several_hosts_are_not_guessed_at() {
    let [jobs, readings] = incident(1);
    let tool = Tool::new();
    let text = std::fs::read_to_string(&jobs).unwrap();
    let other = text.replace("github.com", "acme.ghe.com");
    let other = tool.file("other.jobs.json", other);
    let ran = tool.args(["report"]).args([&jobs, &other, &readings]).run();
    ran.code_is(2).stderr_has("acme.ghe.com, github.com");
    ran.stderr_has("the files of each host by themselves");
    // `html_url` can be null.
    let without = text.replace("\"html_url\"", "\"html\"");
    let without = without.replace("github.com", "acme.ghe.com");
    let without = tool.file("without.jobs.json", without);
    let ran = report(&[without, readings]).run();
    assert_eq!(ran.code_is(10).json()["host"], "acme.ghe.com");
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

/// A finished job of a run.
fn ended_in(run: u64, id: u64) -> Value {
    json!({
        "id": id, "run_id": run, "run_attempt": 1, "name": "build", "status": "completed",
        "conclusion": "success", "created_at": "2026-05-14T01:00:00Z",
        "started_at": "2026-05-14T01:00:00Z", "completed_at": "2026-05-14T01:10:00Z",
        "runner_id": 18700, "runner_name": "i-06", "runner_group_id": 1,
        "runner_group_name": "Default", "labels": ["self-hosted"], "steps": [],
        "run_url": format!("https://api.github.com/repos/acme/atlas/actions/runs/{run}"),
        "html_url": format!("https://github.com/acme/atlas/actions/runs/{run}/job/{id}"),
    })
}

const IDLE_LATER: &str = r#"{"at":"2026-05-14T02:05:00Z","runner_id":18700,"runner_name":"i-06","status":"online","busy":false}"#;

/// The code of a report on an idle reading with nothing running, and files of
/// jobs.
#[track_caller]
fn with_jobs(files: &[String]) -> (i32, Value) {
    let tool = Tool::new();
    let mut named = vec![tool.file("readings.jsonl", IDLE_LATER)];
    for (at, text) in files.iter().enumerate() {
        named.push(tool.file(&format!("jobs-{at}.json"), text));
    }
    let ran = tool
        .with_args(["report", "--format", "json"])
        .args(named)
        .run();
    (ran.code.expect("a code"), ran.json())
}

/// What a file of jobs does not hold can be the job that runs.
#[test]
fn jobs_that_files_lack_are_unknown_and_never_none() {
    let page = |total: u64, jobs: &[Value]| json!({"total_count": total, "jobs": jobs}).to_string();
    let (one, other) = (ended_in(9, 6), ended_in(9, 5));
    let mut odd = other.clone();
    odd["status"] = json!(7);
    let both = page(2, &[one.clone(), other.clone()]);
    let first = page(2, std::slice::from_ref(&one));
    let second = page(2, std::slice::from_ref(&other));
    for whole in [vec![both.clone()], vec![first.clone(), second.clone()]] {
        let (code, report) = with_jobs(&whole);
        assert_eq!(code, 0, "{report:#}");
        assert_eq!(report["coverage"]["readings"]["agree"], 1);
    }
    let cut = &second[..second.len() / 2];
    let lacking = [
        first.clone(),
        format!("{first}{{\"message\":\"Server Error\"}}"),
        format!("{first}\n{cut}"),
        page(2, &[one, odd]),
        page(1, &[]),
    ];
    for text in lacking {
        let (code, report) = with_jobs(&[text.clone(), page(1, &[ended_in(8, 4)])]);
        assert_eq!(code, 11, "{text}\n{report:#}");
        assert_eq!(report["coverage"]["unknown_reasons"]["jobs"], 1, "{text}");
    }
}
