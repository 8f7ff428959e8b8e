//! Names are hostile: whoever can register a runner or write a workflow
//! chooses them. None reaches a terminal raw, in any sink or line.

use std::path::PathBuf;

use crate::support::{FakeGitHub, Fault, JobSpec, Ran, RunnerSpec, Tool};

const REPO: &str = "acme/atlas";

/// Colors, a title, a carriage return, forged lines, reordering, markup.
const EVIL: &str = "\u{1b}[31;5mred\u{1b}]0;title\u{7}\u{9b}2J\r\nerror: forged\n\u{202e}txt.exe\u{2066}\
                    |<!-- @acme/team fixes #1 --><script>alert(1)</script>`\u{0}\u{feff}";

fn long() -> String {
    format!("{EVIL}{}", "x".repeat(10_000))
}

/// A liar and an honest runner, hostile in every field that has a text.
fn fleet() -> FakeGitHub {
    let mut liar = RunnerSpec::new(2, &long()).labels(&[EVIL]).group(7, EVIL);
    EVIL.clone_into(&mut liar.os);
    liar.version = Some(EVIL.to_owned());
    let mut job = JobSpec::on(2).id(22).run(7).patch(|job, _| {
        for field in ["workflow_name", "html_url", "head_branch", "name"] {
            job[field] = long().into();
        }
        job["labels"] = serde_json::json!([EVIL]);
        for step in job["steps"].as_array_mut().into_iter().flatten() {
            step["name"] = EVIL.into();
        }
    });
    job.labels = vec![EVIL.to_owned()];
    FakeGitHub::builder()
        .repo(REPO)
        .odd_answers()
        .runner(1, EVIL)
        .runner_spec(liar)
        .job(JobSpec::on(1))
        .job(job)
        .liar(2)
        .start()
}

/// Nothing on either stream that moves a cursor, hides, reorders or begins a
/// line of its own.
#[track_caller]
fn harmless(ran: &Ran) {
    for (stream, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
        let raw = text.chars().find(|&c| is_harmful(c));
        assert_eq!(raw, None, "{stream} of {}:\n{text:?}", ran.call);
        let forged = text.lines().any(|line| line.starts_with("error: forged"));
        assert!(!forged, "{stream} of {}:\n{text}", ran.call);
    }
    ran.says_nowhere("panicked");
}

fn is_harmful(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// JSON keeps the exact name and escapes what a terminal would obey.
#[track_caller]
fn exact(ran: &Ran) {
    let report = ran.json();
    assert_eq!(report["periods"][0]["runner"]["name"], long(), "{ran}");
    assert_eq!(report["periods"][0]["job"]["name"], long(), "{ran}");
    let raw = ran.stdout.chars().find(|&c| c.is_control() && c != '\n');
    assert_eq!(raw, None);
}

fn recording(tool: &Tool) -> PathBuf {
    tool.dir().join("recording.ndjson")
}

#[test]
fn no_name_reaches_a_terminal_raw() {
    let fake = fleet();
    let tool = Tool::new().against(&fake);
    let kept = recording(&tool);
    let watch = tool
        .args([
            "watch",
            "-R",
            REPO,
            "-v",
            "--interval",
            "1s",
            "--cycles",
            "7",
            "--record",
        ])
        .args([&kept]);
    harmless(watch.run().code_is(10));
    let report = Tool::new().args(["report"]).args([&kept]);
    for format in ["table", "markdown", "csv", "nagios"] {
        harmless(&report.args(["--format", format]).run());
        harmless(
            &report
                .args(["--format", format, "-v"])
                .env("COLUMNS", "20")
                .run(),
        );
    }
    exact(&report.args(["--format", "json"]).run());
    assert!(
        !report
            .args(["--format", "ndjson"])
            .run()
            .ndjson()
            .is_empty()
    );
}

/// What GitHub says when it refuses is no better than a name.
#[test]
fn no_message_of_a_refusal_reaches_a_terminal_raw() {
    let fake = fleet();
    for status in [401, 403, 404, 422] {
        let body = serde_json::json!({ "message": long() }).to_string();
        let headers = vec![
            (
                "x-accepted-github-permissions",
                "administration=read; ".repeat(500),
            ),
            ("x-oauth-scopes", "\u{9b}31m".to_owned()),
            ("x-github-request-id", "\u{feff}|`@team`".to_owned()),
        ];
        let refused = Fault::Status(status, headers, body);
        fake.fail_when(move |_| Some(refused.clone()));
        for format in ["table", "json"] {
            let ran = Tool::new()
                .args(["check", "-R", REPO, "-v", "--format", format])
                .against(&fake)
                .run();
            harmless(ran.code_is(if status == 422 { 1 } else { 4 }));
            let longest = ran.stderr.lines().map(str::len).max();
            assert!(longest <= Some(2_000), "{ran}");
        }
    }
}
