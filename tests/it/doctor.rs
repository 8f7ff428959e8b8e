//! `doctor` against the fake: what it says of each thing that can be wrong.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::fake::{Asked, Builder};
use crate::support::{AppSpec, FakeGitHub, Fault, JobSpec, Tool, secs};

const REPO: &str = "acme/atlas";

fn doctor(fake: &FakeGitHub) -> Tool {
    Tool::new()
        .args(["doctor", "-R", REPO, "--format", "json"])
        .against(fake)
}

fn schema() -> jsonschema::Validator {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/schemas/runner-desync.doctor-1.schema.json"
    );
    let text = std::fs::read_to_string(path).expect("a schema");
    jsonschema::validator_for(&serde_json::from_str(&text).expect("JSON")).expect("a schema")
}

/// Runs it, checks its code and its schema; gives what it found out.
#[track_caller]
fn expect(tool: &Tool, code: i32) -> Value {
    let ran = tool.run();
    let found = ran.code_is(code).json();
    let errors: Vec<_> = schema()
        .iter_errors(&found)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}\n{ran}");
    found
}

/// Results by what was read.
fn results(found: &Value) -> Vec<(&str, &str)> {
    let reads = found["reads"].as_array().expect("reads");
    let text = |read: &'_ Value, key: &str| read[key].as_str().expect("a text").to_owned();
    let each = reads.iter().map(|read| {
        let what: &str = read["what"].as_str().expect("a text");
        let result: &str = read["result"].as_str().expect("a text");
        assert!(!text(read, "of").is_empty());
        (what, result)
    });
    each.collect()
}

/// A repository with two runners, one of them at work.
fn fleet() -> Builder {
    FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "idle")
        .runner(2, "working")
        .job(JobSpec::on(2))
}

#[test]
fn all_is_well() {
    let fake = fleet().start();
    let found = expect(&doctor(&fake), 0);
    assert_eq!(found["health"], "ready");
    let all = [("runners", "ok"), ("runs", "ok"), ("jobs", "ok")];
    assert_eq!(results(&found), all);
    assert_eq!(found["credentials"][0]["source"], "GH_TOKEN");
    assert_eq!(found["credentials"][0]["scopes"], Value::Null);
    assert_eq!(found["etags"], "work");
    assert_eq!(found["limit"]["limited"], true);
    assert_eq!(found["limit"]["limit"], 5000);
    assert_eq!(found["limit"]["by_others"], 0, "{found}");
    assert_eq!(found["requests"], json!({ "total": 6, "charged": 3 }));
    assert_eq!(fake.charged(), 3);
    let outlook = &found["outlook"];
    assert_eq!(
        outlook["cycle"],
        json!({ "first": 6, "unchanged": 4, "changed": 6 })
    );
    assert_eq!(outlook["budget_per_hour"], 1000);
    assert_eq!(outlook["fitting_interval_s"], 30);
    assert!(95.0 <= outlook["would_detect_s"].as_f64().unwrap());
    let clock = &found["clock"];
    assert!(clock["ahead_at_least_s"].as_f64() <= Some(0.0), "{clock}");
    assert!(Some(0.0) <= clock["ahead_at_most_s"].as_f64(), "{clock}");
}

#[test]
fn people_get_a_line_each() {
    let fake = fleet().start();
    let ran = doctor(&fake).args(["--format", "table"]).run();
    ran.code_is(0)
        .stdout_has("ready: everything")
        .stdout_has("runners of repo:acme/atlas: ok, 2 runners")
        .stdout_has("runs of acme/atlas: ok, 1 open run on the newest page")
        .stdout_has("etags      work")
        .stdout_has("4,997 of 5,000 requests left until")
        .stdout_has("others     spent nothing in the")
        .stdout_has("30 s keeps to 20 % of the limit, 1,000 requests an hour");
}

/// The permission that is missing is named, and everything else is tried all
/// the same.
#[test]
fn a_missing_permission_is_named() {
    let fake = fleet()
        .lacks_permission("administration=read", |line| line.asked == Asked::Runners)
        .start();
    let tool = doctor(&fake);
    let found = expect(&tool, 4);
    assert_eq!(found["health"], "no-access");
    let all = [
        ("runners", "missing-permission"),
        ("runs", "ok"),
        ("jobs", "ok"),
    ];
    assert_eq!(results(&found), all);
    assert_eq!(found["reads"][0]["permission"], "administration=read");
    assert_eq!(found["outlook"], Value::Null);
    let ran = tool.args(["--format", "table"]).run();
    ran.code_is(4)
        .stdout_has("missing permission administration=read")
        .stdout_has("hint: reading runners needs Administration: read")
        .stderr_has("error: failed to read runners of repo:acme/atlas")
        .stderr_has("hint: reading runners needs");
    let jobs = fleet()
        .lacks_permission("actions=read", |line| line.path.contains("/runs"))
        .start();
    let found = expect(&doctor(&jobs), 4);
    assert_eq!(
        results(&found),
        [("runners", "ok"), ("runs", "missing-permission")]
    );
    assert_eq!(found["reads"][1]["permission"], "actions=read");
}

#[test]
fn a_classic_token_shows_its_scopes_and_its_end() {
    let classic = |scopes: &str| {
        fleet()
            .header("x-oauth-scopes", scopes)
            .header(
                "github-authentication-token-expiration",
                "2027-01-31 17:00:00 -0700",
            )
            .start()
    };
    let fake = classic("admin:org, repo");
    let credential = expect(&doctor(&fake), 0)["credentials"][0].clone();
    assert_eq!(credential["scopes"], json!(["admin:org", "repo"]));
    assert_eq!(credential["expires_at"], "2027-02-01T00:00:00Z");
    let none = classic("");
    let credential = expect(&doctor(&none), 0)["credentials"][0].clone();
    assert_eq!(credential["scopes"], json!([]));
}

#[test]
fn a_rejected_credential_exits_4() {
    let fake = fleet().start();
    let tool = doctor(&fake).env("GH_TOKEN", "another-token");
    let found = expect(&tool, 4);
    let all = [
        ("runners", "credential-rejected"),
        ("runs", "credential-rejected"),
    ];
    assert_eq!(results(&found), all);
    assert_eq!(found["limit"]["by_others"], Value::Null);
    tool.run()
        .stderr_has("GitHub rejected the credential from GH_TOKEN");
}

/// By an App alone, which lacks a permission or has all.
#[test]
fn an_app_is_examined_like_a_token() {
    let by_app = |app: AppSpec| {
        let fake = fleet().app(app).start();
        let tool = doctor(&fake).without("GH_TOKEN");
        let key = tool.file("app.pem", AppSpec::key());
        let tool = tool.args(["--app-id", "7", "--app-key"]).args([key]);
        (fake, tool)
    };
    let (_fake, tool) = by_app(AppSpec::new("7", "acme"));
    let found = expect(&tool, 0);
    assert_eq!(found["credentials"][0]["opens"], "everything");
    let source = found["credentials"][0]["source"].as_str().unwrap();
    assert!(source.starts_with("GitHub App 7"), "{source}");
    let (_fake, tool) = by_app(AppSpec::new("7", "acme").lacks("administration"));
    let found = expect(&tool, 4);
    assert_eq!(found["reads"][0]["result"], "missing-permission", "{found}");
    assert!(
        found["reads"][0]["detail"]
            .to_string()
            .contains("administration=read")
    );
    let (_fake, tool) = by_app(AppSpec::new("7", "someone"));
    expect(&tool, 4);
}

/// One credential for runners, another for jobs: each is told, and the limit
/// is that of the one for jobs.
#[test]
fn two_credentials_are_told_apart() {
    let fake = fleet().start();
    let tool = doctor(&fake);
    let token = tool.file("runners.token", fake.token());
    let tool = tool.args(["--runners-token-file"]).args([token]);
    let found = expect(&tool, 0);
    let credentials = found["credentials"].as_array().unwrap();
    let opens: Vec<_> = credentials.iter().map(|it| &it["opens"]).collect();
    assert_eq!(opens, ["jobs", "runners"]);
    let ran = tool.args(["--format", "table"]).run();
    ran.code_is(0)
        .stdout_has("credential GH_TOKEN, for jobs: ")
        .stdout_has("runners.token, for runners:");
    assert_eq!(found["limit"]["by_others"], 0, "{found}");
}

#[test]
fn single_sign_on_is_told_apart() {
    let fake = fleet().start();
    fake.fail_when(|line| {
        let sso = "required; url=https://github.com/orgs/acme/sso?authorization_request=canary";
        let headers = vec![("x-github-sso", sso.to_owned())];
        let body = json!({ "message": "Resource protected by organization SAML enforcement." });
        (line.asked != Asked::RateLimit).then(|| Fault::Status(403, headers, body.to_string()))
    });
    let tool = doctor(&fake);
    let found = expect(&tool, 4);
    let all = [("runners", "single-sign-on"), ("runs", "single-sign-on")];
    assert_eq!(results(&found), all);
    tool.run()
        .stderr_has("authorize the token from GH_TOKEN")
        .says_nowhere("authorization_request");
}

#[test]
fn what_is_not_there_or_hidden_exits_4() {
    let fake = fleet().start();
    let tool = doctor(&fake).args(["-R", "acme/ghost"]);
    let found = expect(&tool, 4);
    let missing: Vec<_> = results(&found)
        .into_iter()
        .filter(|(_, result)| *result == "not-found")
        .collect();
    assert_eq!(missing, [("runners", "not-found"), ("runs", "not-found")]);
}

/// Whatever meets it: nothing is asked after a stated limit, it is said until
/// when it lasts, and nothing is called ready.
#[test]
fn a_limit_ends_the_checkup() {
    let limits = [
        Fault::secondary_limit(Some(60)),
        Fault::Status(
            429,
            vec![("retry-after", "60".to_owned())],
            json!({ "message": "Too many requests" }).to_string(),
        ),
    ];
    for limit in limits {
        for (number, asked) in [
            (1, "/rate_limit"),
            (2, "/runners"),
            (4, "/runs"),
            (5, "/jobs"),
            (6, "/rate_limit"),
        ] {
            let fake = fleet().start();
            let limit = limit.clone();
            fake.fail_when(move |line| {
                let hit = line.path.ends_with(asked) && number <= line.number;
                hit.then(|| limit.clone())
            });
            let tool = doctor(&fake).args(["--max-concurrent", "1"]);
            let found = expect(&tool, 1);
            assert_eq!(fake.requests().len(), number, "{asked}: {found}");
            assert_eq!(found["health"], "failing", "{found}");
            tool.args(["--format", "table"])
                .run()
                .stderr_has("hint: GitHub wants to be left alone until 20");
        }
    }
}

#[test]
fn nothing_that_answers_exits_1() {
    let tool = Tool::new()
        .args(["doctor", "-R", REPO, "--format", "json"])
        .args(["--api-url", "http://127.0.0.1:9"])
        .env("GH_TOKEN", "test-token");
    let found = expect(&tool, 1);
    assert_eq!(found["health"], "failing");
    assert_eq!(results(&found), [("runners", "unreachable")]);
    assert_eq!(found["clock"], Value::Null);
    assert_eq!(found["limit"]["limited"], Value::Null);
    tool.run().stderr_has("hint: check --api-url");
    let fake = fleet().start();
    fake.fail_when(|line| (line.asked == Asked::Runs).then_some(Fault::Html200));
    let found = expect(&doctor(&fake), 1);
    assert_eq!(results(&found), [("runners", "ok"), ("runs", "failed")]);
}

#[test]
fn without_etags_every_read_is_charged() {
    let fake = fleet().no_etags().start();
    let found = expect(&doctor(&fake), 0);
    assert_eq!(found["etags"], "absent");
    assert_eq!(found["outlook"]["cycle"]["unchanged"], 6);
    assert!(found["outlook"]["would_detect_s"].as_f64() < Some(40.0));
    let deaf = fleet().start();
    // The same again, whole, and with the same tag.
    deaf.fail_when(|line| {
        let whole = json!({ "total_count": 0, "runners": [] }).to_string();
        (line.asked == Asked::Runners).then(|| {
            Fault::changed(move |reply| {
                reply.status = 200;
                reply.body.clone_from(&whole);
                reply.drop_header("content-type");
                let json = "application/json".to_owned();
                reply.headers.push(("content-type", json));
            })
        })
    });
    assert_eq!(expect(&doctor(&deaf), 0)["etags"], "ignored");
}

#[test]
fn a_clock_that_is_off_is_bounded() {
    let fake = fleet().date_skew(secs(-100)).start();
    let tool = doctor(&fake);
    let clock = expect(&tool, 0)["clock"].clone();
    let bound = |key: &str| clock[key].as_f64().expect("a bound");
    assert!(97.0 < bound("ahead_at_least_s"), "{clock}");
    assert!(bound("ahead_at_most_s") < 110.0, "{clock}");
    let ran = tool.args(["--format", "table"]).run();
    ran.code_is(0).stdout_has("clock      off: between");
}

/// Requests charged meanwhile that were not its own.
#[test]
fn another_spender_is_seen() {
    let fake = fleet().start();
    fake.fail_when(|line| {
        let last = line.asked == Asked::RateLimit && 1 < line.number;
        last.then(|| {
            Fault::json(|body| {
                for key in ["used", "remaining"] {
                    let figure = body["resources"]["core"][key].as_i64().expect("a figure");
                    let by = if key == "used" { 7 } else { -7 };
                    body["resources"]["core"][key] = (figure + by).into();
                }
            })
        })
    });
    let found = expect(&doctor(&fake), 0);
    assert_eq!(found["limit"]["by_others"], 7);
    assert_eq!(found["limit"]["remaining"], 4990);
}

/// As on a GitHub Enterprise Server, where limits are off by default.
#[test]
fn a_server_without_limits_needs_no_budget() {
    let fake = fleet().no_rate_limit().start();
    let found = expect(&doctor(&fake), 0);
    assert_eq!(found["limit"]["limited"], false);
    assert_eq!(found["outlook"]["budget_per_hour"], Value::Null);
}

/// A budget too small for the interval stretches it.
#[test]
fn the_interval_that_fits_the_budget() {
    let fake = fleet().rate_limit(1000).start();
    let found = expect(&doctor(&fake).args(["--budget", "30%"]), 0);
    let outlook = &found["outlook"];
    assert_eq!(outlook["budget_per_hour"], 300);
    assert_eq!(outlook["fitting_interval_s"], 72);
    assert!(95.0 <= outlook["would_detect_s"].as_f64().unwrap());
}

/// Of the repositories of an organization some are looked into; one that does
/// not open is said and does no harm.
#[test]
fn an_organization_is_sampled() {
    let mut builder = FakeGitHub::builder().org("acme").runner(1, "ours");
    for number in 0..30 {
        builder = builder.repo(&format!("acme/r{number:02}"));
    }
    let fake = builder.job(JobSpec::on(1)).start();
    fake.fail_when(|line| {
        line.path
            .starts_with("/repos/acme/r00/")
            .then(|| Fault::forbidden("actions=read"))
    });
    let tool = Tool::new()
        .args(["doctor", "--org", "acme", "--format", "json"])
        .against(&fake);
    let found = expect(&tool, 0);
    assert_eq!(found["outlook"]["repositories"], 30);
    assert!(found["outlook"]["repositories_counted"].as_u64() < Some(11));
    let refused = found["reads"].as_array().unwrap().iter();
    let mut refused = refused.filter(|read| read["result"] == "missing-permission");
    assert_eq!(refused.next().expect("one")["needed"], false);
    assert!(fake.requests().len() <= 20, "{}", fake.requests().len());
    let table = tool.args(["--format", "table"]).run();
    table
        .code_is(0)
        .stdout_has("but for repositories that do not open");
}

/// Whoever answers chooses these texts.
#[test]
fn hostile_headers_reach_no_terminal() {
    let fake = fleet()
        .header("x-oauth-scopes", "repo, ::error::x, ##[error]y")
        .start();
    let ran = doctor(&fake).args(["--format", "table"]).run();
    ran.code_is(0)
        .stdout_has("classic token with repo, ")
        .says_nowhere("::error::")
        .says_nowhere("##[error]");
    expect(&doctor(&fake), 0);
}

/// A fake that is slow to answer does not keep it from its end.
#[test]
fn it_can_be_interrupted() {
    let fake = fleet().latency(Duration::from_secs(20)).start();
    let live = doctor(&fake).spawn();
    crate::support::pause(Duration::from_millis(700));
    live.signal(crate::support::Signal::Int);
    live.wait().code_is(130);
}
