//! Where a credential may come from, what becomes of it, and that it is seen
//! nowhere.

use std::time::Duration;

use crate::support::fake::Asked;
use crate::support::{AppSpec, FakeGitHub, Fault, JobSpec, Tool, shows};

const REPO: &str = "acme/atlas";

fn with_app(app: AppSpec) -> FakeGitHub {
    FakeGitHub::builder()
        .app(app)
        .repo(REPO)
        .runner(1, "honest")
        .runner(2, "liar")
        .job(JobSpec::on(1))
        .job(JobSpec::on(2))
        .liar(2)
        .start()
}

/// By the App alone: no other credential is set.
fn by_app(fake: &FakeGitHub) -> Tool {
    let tool = Tool::new();
    let key = tool.file("app.pem", AppSpec::key());
    tool.args(["check", "-R", REPO, "--app-id", "7", "--app-key"])
        .args([key])
        .against(fake)
        .without("GH_TOKEN")
}

#[test]
fn an_app_finds_what_a_token_finds() {
    let fake = with_app(AppSpec::new("7", "acme"));
    let ran = by_app(&fake).args(["-v"]).run();
    ran.code_is(10)
        .stderr_has("GitHub App 7")
        .stdout_has("liar");
    assert_eq!(fake.count(|asked| asked == Asked::Installation), 1);
    assert_eq!(fake.with_app(|app| app.tokens().len()), 1);
}

#[test]
fn a_given_installation_of_an_app_is_used() {
    let fake = with_app(AppSpec::new("7", "someone").on("acme"));
    let tool = by_app(&fake).args(["--app-installation", "2"]);
    tool.run().code_is(10);
    assert_eq!(fake.count(|asked| asked == Asked::Installation), 0);
}

#[test]
fn a_permission_that_an_app_lacks_is_named() {
    let fake = with_app(AppSpec::new("7", "acme").lacks("administration"));
    by_app(&fake)
        .run()
        .code_is(4)
        .stderr_has("administration=read");
    let tool = by_app(&fake).args(["--app-installation", "1"]);
    tool.run().code_is(4).stderr_has("administration=read");
    assert_eq!(fake.count(|asked| asked == Asked::Runners), 0);
}

#[test]
fn an_app_that_is_not_installed_there() {
    let fake = with_app(AppSpec::new("7", "someone"));
    let ran = by_app(&fake).run();
    ran.code_is(4).stderr_has("no App token for acme");
}

/// A token that expires during the run, and one that some server does not
/// know yet, cost no reading.
#[test]
fn tokens_that_are_refused_are_replaced() {
    let mut app = AppSpec::new("7", "acme");
    app.unknown_uses = 1;
    let fake = with_app(app);
    by_app(&fake).run().code_is(10);
    assert_eq!(fake.with_app(|app| app.tokens().len()), 1);

    let mut app = AppSpec::new("7", "acme");
    app.life = Duration::from_secs(40);
    let fake = with_app(app);
    let tool = by_app(&fake);
    tool.run().code_is(10);
    fake.with_app(AppSpec::revoke);
    let ran = tool.args(["--format", "json"]).run().json();
    assert_eq!(ran["coverage"]["gaps"], serde_json::json!([]));
}

#[test]
fn a_bad_key_is_found_before_any_request() {
    let fake = with_app(AppSpec::new("7", "acme"));
    let tool = by_app(&fake);
    tool.file(
        "app.pem",
        "-----BEGIN PRIVATE KEY-----\nCANARY0000\n-----END PRIVATE KEY-----\n",
    );
    tool.run()
        .code_is(4)
        .stderr_has("app.pem")
        .stderr_has("PEM")
        .says_nowhere("CANARY0000");
    assert!(fake.requests().is_empty());
}

#[test]
fn flags_of_an_app_belong_together() {
    for args in [
        &["--app-id", "7"][..],
        &["--app-key", "x.pem"],
        &["--app-installation", "7"],
        &["--token-file", "-", "--runners-token-file", "-"],
    ] {
        Tool::new()
            .args(["check", "-R", REPO])
            .args(args)
            .run()
            .code_is(2);
    }
}

#[test]
fn a_token_comes_from_stdin_too() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .token("from-stdin")
        .runner(1, "idle")
        .start();
    let tool = Tool::new()
        .args(["check", "-R", REPO, "--token-file", "-", "-v"])
        .against(&fake);
    let ran = tool.without("GH_TOKEN").stdin("from-stdin\n").run();
    ran.code_is(0).stderr_has("stdin");
}

/// Where runners need another credential than jobs.
#[test]
fn runners_may_have_a_token_of_their_own() {
    let fake = with_app(AppSpec::new("7", "acme").lacks("administration"));
    let tool = by_app(&fake);
    let token = tool.file("runners.token", fake.token());
    let tool = tool.args(["--runners-token-file"]).args([token]);
    tool.args(["-v"])
        .run()
        .code_is(10)
        .stderr_has("for runners token file");
}

const CANARY: &str = "canary-8f1c77d2a9";

/// A GitHub that repeats the credential where it refuses something.
fn echoing(builder: crate::support::fake::Builder, secret: &'static str) -> FakeGitHub {
    let fake = builder
        .repo(REPO)
        .runner(1, "honest")
        .job(JobSpec::on(1))
        .start();
    fake.fail_when(move |line| {
        let jobs = line.path.contains("/actions/runs");
        jobs.then(|| Fault::status(403, &format!("not for {secret}")))
    });
    fake
}

/// Wherever the token comes from, it is in no output and no file, however
/// much is said and whatever goes wrong.
#[test]
fn a_token_is_seen_nowhere() {
    let sources: [&dyn Fn(&Tool) -> Tool; 7] = [
        &|tool| tool.env("GH_TOKEN", CANARY),
        &|tool| tool.env("GITHUB_TOKEN", CANARY),
        &|tool| tool.env("GH_ENTERPRISE_TOKEN", CANARY),
        &|tool| tool.env("GITHUB_ENTERPRISE_TOKEN", CANARY),
        &|tool| tool.args(["--token-file".into(), tool.file("token.secret", CANARY)]),
        &|tool| tool.args(["--token-file", "-"]).stdin(CANARY),
        &|tool| {
            let directory = tool.dir().join("credentials.secret");
            std::fs::create_dir(&directory).unwrap();
            std::fs::write(directory.join("github-token"), CANARY).unwrap();
            tool.env("CREDENTIALS_DIRECTORY", directory)
        },
    ];
    for (number, source) in sources.iter().enumerate() {
        let fake = echoing(FakeGitHub::builder().token(CANARY), CANARY);
        let base = Tool::new().against(&fake).without("GH_TOKEN");
        let tool = base.args(["check", "-R", REPO, "-v", "--format", "json"]);
        let tool = source(&tool).args(["-o", "report.json"]);
        let ran = tool.run();
        ran.code_is(4);
        assert!(
            !ran.call.replace("GH_TOKEN", "").contains("--token "),
            "{ran}"
        );
        assert_eq!(shows(&ran, tool.dir(), CANARY), [""; 0], "source {number}");
        assert_eq!(shows(&ran, tool.dir(), "not for ***").len(), 2, "{ran}");
    }
}

#[test]
fn a_missing_key_of_an_app_is_no_token() {
    let tool = Tool::new().args(["check", "-R", REPO, "--app-id", "7"]);
    let ran = tool.args(["--app-key", "no.pem"]).run();
    ran.code_is(4)
        .stderr_has("cannot read the App's private key from file no.pem");
    ran.says_nowhere("the token");
}

#[test]
fn an_app_s_secrets_are_seen_nowhere() {
    let secret = "app-token-1-of-acme";
    let fake = echoing(FakeGitHub::builder().app(AppSpec::new("7", "acme")), secret);
    let tool = Tool::new();
    let key = tool.file("app.secret", AppSpec::key());
    let ran = tool
        .args(["check", "-R", REPO, "-v", "--app-id", "7", "--app-key"])
        .args([key])
        .against(&fake)
        .without("GH_TOKEN")
        .run();
    ran.code_is(4);
    assert_eq!(fake.with_app(|app| app.tokens()), [secret]);
    let key = AppSpec::key();
    let middle = &key.lines().nth(1).unwrap()[100..140];
    for secret in [secret, middle, "eyJ"] {
        assert_eq!(shows(&ran, tool.dir(), secret), [""; 0], "{secret}");
    }
}

/// Every run of these tests is watched for its credential.
#[test]
#[should_panic(expected = "a credential leaked to [\"stdout\"]")]
fn a_leak_would_be_seen() {
    let tool = Tool::new().env("GH_TOKEN", CANARY);
    let tool = tool.args(["-c", "echo \"$GH_TOKEN\""]);
    tool.spawn_other("sh").wait();
}

#[test]
#[should_panic(expected = "left.json")]
fn a_leak_into_a_file_would_be_seen() {
    let tool = Tool::new().env("GH_TOKEN", CANARY);
    let tool = tool.args(["-c", "echo \"$GH_TOKEN\" > left.json"]);
    tool.spawn_other("sh").wait();
}
