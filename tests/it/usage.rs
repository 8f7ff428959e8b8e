//! Bad input and missing access: the exit code, what did not happen, and what
//! to try.

use crate::support::{FakeGitHub, Fault, JobSpec, Tool};

const REPO: &str = "acme/atlas";

fn fake() -> FakeGitHub {
    FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "busy")
        .job(JobSpec::on(1))
        .start()
}

#[test]
fn no_credential_says_what_was_tried() {
    let fake = fake();
    let ran = Tool::new()
        .args(["check", "-R", REPO])
        .against(&fake)
        .without("GH_TOKEN")
        .run();
    ran.code_is(4).stderr_has("GH_TOKEN").stderr_has("hint: ");
    assert!(fake.requests().is_empty());
}

#[test]
fn a_rejected_credential_names_its_source() {
    let fake = fake();
    let ran = Tool::new()
        .args(["check", "-R", REPO])
        .against(&fake)
        .env("GH_TOKEN", "another-token")
        .run();
    ran.code_is(4)
        .stderr_has("GH_TOKEN")
        .says_nowhere("another-token");
}

#[test]
fn a_repository_that_is_not_seen_names_both_possibilities() {
    let fake = fake();
    let ran = Tool::new()
        .args(["check", "-R", "acme/other"])
        .against(&fake)
        .run();
    ran.code_is(4)
        .stderr_has("acme/other")
        .stderr_has("does not exist")
        .stderr_has("may not see it");
}

#[test]
fn a_missing_permission_is_named() {
    let fake = fake();
    fake.fail_when(|line| {
        let runners = line.path.ends_with("/runners");
        runners.then(|| Fault::forbidden("administration=read"))
    });
    let ran = Tool::new().args(["check", "-R", REPO]).against(&fake).run();
    ran.code_is(4).stderr_has("administration=read");
    assert_eq!(fake.requests().len(), 1, "a permission is not retried");
}

#[test]
fn the_permission_named_is_that_of_what_was_refused() {
    for command in ["check", "watch", "scan"] {
        let fake = FakeGitHub::with_a_liar(REPO)
            .lacks_permission("actions=read", |line| line.path.contains("/runs"))
            .start();
        let ran = Tool::new().args([command, "-R", REPO]).against(&fake).run();
        ran.code_is(4)
            .stderr_has("hint: reading jobs needs Actions: read");
        ran.says_nowhere("Administration");
    }
}

#[test]
fn a_server_that_is_not_there_is_a_runtime_failure() {
    let ran = Tool::new()
        .args(["check", "-R", REPO, "--api-url", "http://127.0.0.1:9"])
        .env("GH_TOKEN", "test-token")
        .run();
    ran.code_is(1).stderr_has("error: ").stderr_has("hint: ");
}

#[test]
fn an_unwritable_recording_is_found_before_any_request() {
    let fake = fake();
    let ran = Tool::new()
        .args(["check", "-R", REPO, "--record", "/dev/null/x.ndjson"])
        .against(&fake)
        .run();
    ran.code_is(2).stderr_has("/dev/null/x.ndjson");
    assert!(fake.requests().is_empty());
}

#[test]
fn a_file_that_is_no_recording_is_not_written_to() {
    let fake = fake();
    let tool = Tool::new();
    let path = tool.file("notes.txt", "buy milk\n");
    let ran = tool
        .args(["check", "-R", REPO, "--record"])
        .args([&path])
        .against(&fake)
        .run();
    ran.code_is(2);
    assert_eq!(std::fs::read_to_string(path).unwrap(), "buy milk\n");
}

#[test]
fn an_unwritable_output_is_found_before_any_request() {
    let fake = fake();
    let ran = Tool::new()
        .args(["check", "-R", REPO, "-o", "/no-such-directory/report.json"])
        .against(&fake)
        .run();
    ran.code_is(2).stderr_has("/no-such-directory/report.json");
    assert!(fake.requests().is_empty());
}

#[test]
fn bad_flags_are_usage_errors() {
    let bad: [&[&str]; 7] = [
        &["watch", "-R", REPO, "--interval", "0"],
        &["watch", "-R", REPO, "--interval", "500ms"],
        &["check", "-R", "atlas"],
        &["check", "-R", "acme/../x"],
        &["check", "-R", REPO, "--fail-on", "everything"],
        &["check", "-R", REPO, "--min-coverage", "120%"],
        &["check"],
    ];
    for args in bad {
        let ran = Tool::new().args(args).env("GH_TOKEN", "test-token").run();
        ran.code_is(2);
        assert!(ran.stderr.contains("error: "), "{ran}");
    }
}

#[test]
fn a_recording_in_use_is_said_after_waiting() {
    let fake = fake();
    let tool = Tool::new().against(&fake);
    let watch = tool.args(["watch", "-R", REPO, "--interval", "1s"]);
    let mut running = watch.spawn();
    running.stderr_until(|line| line.contains("watching"));
    crate::support::pause(std::time::Duration::from_millis(300));
    let ran = tool.args(["check", "-R", REPO, "--deadline", "1s"]).run();
    ran.code_is(12).stderr_has("in use");
    running.signal(crate::support::Signal::Term);
    running.wait().code_is(0);
}

#[test]
fn exit_zero_forgives() {
    let fake = FakeGitHub::with_a_liar(REPO).start();
    let tool = Tool::new().args(["check", "-R", REPO]).against(&fake);
    tool.args(["--exit-zero"]).run().code_is(0);
    tool.args(["--fail-on", "none"]).run().code_is(0);
}

#[test]
fn absurd_durations_are_taken_or_refused_but_never_fatal() {
    let fake = fake();
    let endless = "10000000000000y";
    for flag in ["--timeout", "--deadline", "--lag-limit"] {
        let ran = Tool::new()
            .args(["check", "-R", REPO, flag, endless])
            .against(&fake)
            .run();
        ran.says_nowhere("panicked");
        assert!(matches!(ran.code, Some(0 | 2)), "{flag}\n{ran}");
    }
    for flag in ["--interval", "--for"] {
        for length in ["200000000y", endless, "99999999999999999999s"] {
            let ran = Tool::new()
                .args(["watch", "-R", REPO, "--cycles", "1", flag, length])
                .against(&fake)
                .run();
            ran.says_nowhere("panicked");
            assert!(matches!(ran.code, Some(0 | 2)), "{flag} {length}\n{ran}");
        }
    }
    let none = ["watch", "-R", REPO, "--for", "0s"];
    Tool::new().args(none).against(&fake).run().code_is(0);
}

#[test]
fn a_repository_from_the_environment() {
    let fake = fake();
    let check = Tool::new().args(["check"]).against(&fake);
    check.env("GH_REPO", REPO).run().code_is(0);
    let ran = check.env("GH_REPO", "").run();
    ran.code_is(2).stderr_has("--repo");
    // Empty counts as unset, also beside the flag.
    let both = check
        .args(["-R", REPO])
        .env("GH_REPO", "")
        .env("GH_HOST", "");
    both.run().code_is(0);
}

#[test]
fn several_hosts_are_refused() {
    let args = [
        "check",
        "-R",
        "git.acme.example/acme/atlas",
        "-R",
        "git.other.example/a/b",
    ];
    let ran = Tool::new()
        .args(args)
        .env("GH_ENTERPRISE_TOKEN", "test-token")
        .run();
    ran.code_is(2).stderr_has("one GitHub host at a time");
}

#[test]
fn addresses_of_an_api_with_path_and_slash() {
    let fake = fake();
    for end in ["", "/"] {
        let url = format!("{}{end}", fake.url());
        let ran = Tool::new()
            .args(["check", "-R", REPO, "--api-url", &url])
            .env("GH_TOKEN", fake.token())
            .run();
        ran.code_is(0);
    }
    for bad in [
        "127.0.0.1:1",
        "ftp://127.0.0.1",
        "http://",
        "http://me:pw@127.0.0.1:1",
        "http://[::1",
        "/api",
    ] {
        let ran = Tool::new()
            .args(["check", "-R", REPO, "--api-url", bad])
            .env("GH_TOKEN", "test-token")
            .run();
        ran.code_is(2).stderr_has("error: ");
    }
    let ran = Tool::new()
        .args(["check", "-R", REPO, "--api-url", "http://[::1]:9/api/v3/"])
        .env("GH_TOKEN", "test-token")
        .run();
    ran.code_is(1).stderr_has("failed to reach");
}
