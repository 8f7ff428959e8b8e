//! `report --bundle` and `--redact`: what leaves the house names nobody, and
//! the same periods come out of it.

use std::io::{Cursor, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value;
use zip::ZipArchive;

use crate::support::{FakeGitHub, JobSpec, Tool};

/// Names in the incidents' evidence.
const NAMES: [&str; 7] = [
    "acme",
    "atlas",
    "i-06cbe04821ccba677",
    "i-0f3edd56994b7e40b",
    "Publish",
    "Run tests",
    "incident-1.",
];

fn incidents() -> Vec<PathBuf> {
    let names = [
        "incidents/incident-1.Runner.log",
        "incidents/incident-1.jobs.json",
        "incidents/incident-1.readings.jsonl",
        "incidents/incident-1.scale-down.log",
        "recordings/incident-2.ndjson",
    ];
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    names.map(|name| fixtures.join(name)).to_vec()
}

fn bundling() -> Tool {
    let tool = Tool::new().args(["report", "--format", "json"]);
    tool.args(incidents()).args(["--bundle", "b.zip"])
}

/// The files of the bundle, in their order.
fn unzipped(tool: &Tool) -> Vec<(String, String)> {
    let bytes = std::fs::read(tool.dir().join("b.zip")).expect("a bundle");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let files = (0..archive.len()).map(|index| {
        let mut file = archive.by_index(index).expect("a file");
        let mut text = String::new();
        file.read_to_string(&mut text).expect("UTF-8");
        (file.name().expect("a name").into_owned(), text)
    });
    files.collect()
}

fn file<'a>(files: &'a [(String, String)], name: &str) -> &'a str {
    let found = files.iter().find(|(own, _)| own == name);
    &found.expect("a file of this name").1
}

#[track_caller]
fn names_nobody(what: &str, text: &str) {
    let text = text.to_lowercase();
    for name in NAMES {
        assert!(
            !text.contains(&name.to_lowercase()),
            "{name} in {what}:\n{text}"
        );
    }
}

#[test]
fn a_bundle_names_nobody_and_gives_the_same_periods() {
    let tool = bundling();
    let ran = tool.run();
    ran.code_is(10).stderr_has("b.zip.names.json");
    ran.stdout_has("i-06cbe04821ccba677");
    let files = unzipped(&tool);
    let listed: Vec<_> = files.iter().map(|(name, _)| &**name).collect();
    assert_eq!(
        listed,
        [
            "README.md",
            "report.md",
            "page.html",
            "report.json",
            "recording.ndjson"
        ]
    );
    for (name, text) in &files {
        names_nobody(name, text);
    }
    let told: Value = serde_json::from_str(file(&files, "report.json")).expect("JSON");
    tool.file("recording.ndjson", file(&files, "recording.ndjson"));
    let readme = file(&files, "README.md");
    let command = readme
        .split('`')
        .find(|it| it.starts_with("runner-desync report "));
    let command = command
        .expect("a command")
        .trim_start_matches("runner-desync ");
    let again = tool.with_args(command.split(' ').filter(|it| !it.is_empty()));
    let again = again.args(["--format", "json"]).run();
    again.code_is(10);
    let periods = &again.json()["periods"];
    assert_eq!(periods.as_array().map(Vec::len), Some(2));
    assert_eq!(*periods, told["periods"]);
    let kept = serde_json::to_string(periods).expect("JSON");
    for id in ["18700", "18701", "75859000002", "DEMO:2:", "Set up job"] {
        let recording = file(&files, "recording.ndjson");
        assert!(kept.contains(id) || recording.contains(id), "{id} stays");
    }
}

#[test]
fn the_list_of_names_is_for_its_owner_alone() {
    let tool = bundling();
    tool.run().code_is(10);
    let path = tool.dir().join("b.zip.names.json");
    let mode = std::fs::metadata(&path)
        .expect("a list")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let list: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).expect("JSON");
    assert_eq!(list["schema"], "runner-desync.names/1");
    let names = list["names"].as_array().expect("names");
    let runner = names.iter().find(|it| it["name"] == "i-06cbe04821ccba677");
    let pseudonym = runner.expect("the runner")["pseudonym"]
        .as_str()
        .expect("a text");
    assert!(file(&unzipped(&tool), "report.md").contains(pseudonym));
}

#[test]
fn a_bundle_keeps_names_on_request() {
    let tool = bundling().args(["--redact", "none"]);
    tool.run().code_is(10);
    assert!(file(&unzipped(&tool), "report.md").contains("i-06cbe04821ccba677"));
    assert!(!tool.dir().join("b.zip.names.json").exists());
}

#[test]
fn a_narrowed_bundle_holds_those_runners_alone() {
    let tool = bundling().args(["--runner", "i-06*"]);
    tool.run().code_is(10);
    let files = unzipped(&tool);
    for (name, text) in &files {
        names_nobody(name, text);
        assert!(!text.contains("18701"), "the other runner in {name}");
    }
}

#[test]
fn an_unwritable_bundle_is_found_before_any_work() {
    let tool = Tool::new().args([
        "report",
        "no-such-file",
        "--bundle",
        "/no-such-directory/b.zip",
    ]);
    tool.run().code_is(2).stderr_has("/no-such-directory/b.zip");
}

#[test]
fn every_format_can_be_redacted() {
    for format in [
        "table",
        "markdown",
        "json",
        "ndjson",
        "html",
        "csv",
        "nagios",
        "prometheus",
        "github",
    ] {
        let tool = Tool::new().args(["report", "--redact", "names", "--format", format]);
        let ran = tool.args(incidents()).run();
        names_nobody(format, &ran.stdout);
        names_nobody(format, &ran.stderr);
        assert!(!ran.stdout.is_empty(), "{ran}");
    }
}

/// News as it happens, and the report at the end.
#[test]
fn news_can_be_redacted() {
    let ran = Tool::new().args(["demo", "--redact", "names"]).run();
    ran.code_is(0).stdout_has(" opened: runner-");
    names_nobody("the demo", &ran.stdout);
}

#[test]
fn a_watch_can_be_redacted() {
    let fake = FakeGitHub::builder()
        .repo("acme/atlas")
        .runner(1, "honest-acme")
        .runner(2, "liar-acme")
        .job(JobSpec::on(1).id(11))
        .job(JobSpec::on(2).id(22).run(7))
        .liar(2)
        .start();
    for format in ["table", "ndjson"] {
        let watch = [
            "watch",
            "-R",
            "acme/atlas",
            "--cycles",
            "1",
            "--format",
            format,
        ];
        let tool = Tool::new().args(watch).args(["--redact", "names"]);
        let ran = tool.against(&fake).run();
        // One sandwich alone is no finding.
        ran.code_is(11);
        names_nobody(format, &ran.stdout);
        names_nobody(format, &ran.stderr);
    }
}
