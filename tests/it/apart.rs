//! A file named twice is a slip: neither evidence nor another output is lost
//! to it.

use crate::support::Tool;

const FIXTURE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/fixtures/recordings/incident-1.ndjson"
);

/// A room with a recording in it, and what it holds.
fn room() -> (Tool, String) {
    let text = std::fs::read_to_string(FIXTURE).expect("the fixture");
    let tool = Tool::new();
    tool.file("q.ndjson", &text);
    tool.file("q.names.json", &text);
    (tool, text)
}

#[test]
fn no_output_is_written_over_evidence_or_another_output() {
    let lines: [&[&str]; 11] = [
        &["report", "q.ndjson", "-o", "q.ndjson"],
        &["report", "q.ndjson", "-o", "./q.ndjson"],
        &["report", "q.ndjson", "--bundle", "q.ndjson"],
        &["report", "q.ndjson", "--bundle", "new", "-o", "new"],
        &[
            "report",
            "q.ndjson",
            "--bundle",
            "new",
            "-o",
            "new.names.json",
        ],
        &["report", "q.names.json", "--bundle", "q"],
        &[
            "check",
            "-R",
            "acme/atlas",
            "--record",
            "q.ndjson",
            "-o",
            "q.ndjson",
        ],
        &[
            "check",
            "-R",
            "acme/atlas",
            "--record",
            "q.ndjson",
            "--metrics-file",
            "q.ndjson",
        ],
        &[
            "watch",
            "-R",
            "acme/atlas",
            "--no-record",
            "-o",
            "new",
            "--metrics-file",
            "new",
        ],
        &["scan", "-R", "acme/atlas", "--state", "new", "-o", "new"],
        &["demo", "--record", "new", "-o", "new"],
    ];
    for line in lines {
        let (tool, text) = room();
        let tool = tool.args(line).env("GH_TOKEN", "canary-token");
        let ran = tool.run();
        ran.code_is(2).stderr_has("it would be lost");
        let kept = std::fs::read_to_string(tool.dir().join("q.ndjson"));
        assert_eq!(kept.expect("the recording"), text, "{line:?}");
        assert!(!tool.dir().join("new").exists(), "{line:?}");
    }
}

#[test]
fn a_dash_is_stdout_and_no_recording() {
    let (tool, _) = room();
    let ran = tool
        .args(["report", "q.ndjson", "--format", "json", "-o", "-"])
        .run();
    assert_eq!(ran.code_is(10).json()["verdict"], "desync");
    assert!(!tool.dir().join("-").exists());
    let refused = tool.with_args(["check", "-R", "acme/atlas", "--record", "-"]);
    refused
        .env("GH_TOKEN", "canary-token")
        .run()
        .code_is(2)
        .stderr_has("cannot go to stdout");
}

#[test]
fn a_dash_is_no_file_that_is_read_again() {
    let live = ["check", "-R", "acme/atlas", "--no-record"];
    let lines = [
        (vec!["report", "q.ndjson"], "--bundle"),
        (live.to_vec(), "--metrics-file"),
        (vec!["demo"], "--record"),
        (vec!["scan", "-R", "acme/atlas"], "--state"),
    ];
    for (line, flag) in lines {
        let (tool, _) = room();
        let tool = tool.args(line).args([flag, "-"]);
        let ran = tool.env("GH_TOKEN", "canary-token").run();
        ran.code_is(2)
            .stderr_has(&format!("hint: give {flag} FILE"));
        for name in ["-", "-.names.json"] {
            assert!(!tool.dir().join(name).exists(), "{flag} {name}");
        }
    }
}

/// Who may read a report does not change when it is written again.
#[cfg(unix)]
#[test]
fn a_report_written_again_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let (tool, _) = room();
    let path = tool.file("report.txt", "old");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("a mode");
    tool.args(["report", "q.ndjson", "-o", "report.txt"])
        .run()
        .code_is(10);
    let mode = std::fs::metadata(&path)
        .expect("the report")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
}
