//! Access that is lost, for a while or for good.

use super::story::{Place, REPO, Says, Story, TOKEN, fleet, stands};
use crate::support::{Fault, Signal, Tool};

fn sso() -> Fault {
    let headers = vec![(
        "x-github-sso",
        "required; url=https://github.com/orgs/acme/sso?authorization_request=canary".to_owned(),
    )];
    let body = serde_json::json!({ "message": "Resource protected by organization SAML \
        enforcement. You must grant your OAuth token access to this organization." });
    Fault::Status(403, headers, body.to_string())
}

/// Before anything was read nothing can be concluded: 4, and why. What was
/// open stays open.
#[track_caller]
fn refuses(fault: &Fault, said: &str) {
    let story = Story::begin();
    let strike = fault.clone();
    story.fake.fail_when(move |_| Some(strike.clone()));
    let ran = story.tool.run();
    ran.code_is(4)
        .stderr_has(said)
        .says_nowhere("authorization_request");
    story.says_no_secret(&ran);
    assert!(story.fake.requests().len() <= 2, "{ran}");
    // The check that failed is a gap in every later report.
    let report = ["report", "recording.ndjson", "--format", "json"];
    Says::Missing("http-error").of(&story.tool.with_args(report).run());
    story.check_healed();
}

#[test]
fn a_credential_that_expired() {
    refuses(&Fault::status(401, "Bad credentials"), "GH_TOKEN");
}

#[test]
fn a_credential_without_single_sign_on() {
    refuses(&sso(), "single sign-on");
}

#[test]
fn a_permission_that_was_lost() {
    refuses(
        &Fault::forbidden("administration=read"),
        "administration=read",
    );
    refuses(&Fault::status(404, "Not Found"), "may not see it");
}

/// What refuses the request is no matter of the credential: 1, and another hint
/// than to ask again.
#[test]
fn a_refusal_that_is_about_no_credential() {
    let commands: [&[&str]; 5] = [
        &["check", "--no-record"],
        &["watch", "--no-record", "--cycles", "1"],
        &["busy", "--no-record", "liar"],
        &["scan", "--no-state"],
        &["doctor"],
    ];
    std::thread::scope(|scope| {
        for status in [400, 405, 409, 410, 418, 422, 451] {
            scope.spawn(move || {
                let fake = fleet().start();
                fake.fail_when(move |_| Some(Fault::status(status, "No")));
                for command in commands {
                    let tool = Tool::new().args(command).args(["-R", REPO]);
                    let ran = tool.env("GH_TOKEN", TOKEN).against(&fake).run();
                    ran.code_is(1)
                        .stderr_has("hint: the credential is not what is wrong")
                        .says_nowhere("that may pass");
                }
            });
        }
    });
}

/// In the middle of a watch every refusal is a gap, nobody is accused, the
/// period stands, and nothing is asked in a storm.
#[test]
fn a_watch_outlives_every_refusal() {
    let refusals = [
        Fault::status(401, "Bad credentials"),
        sso(),
        Fault::forbidden("administration=read"),
        Fault::status(404, "Not Found"),
        Fault::status(422, "Validation Failed"),
    ];
    let story = Story::begin();
    let mut running = story.watch().spawn();
    running.stderr_until(|line| line.starts_with("cycle 1:"));
    for (refusal, cycle) in refusals.iter().zip([3, 6, 9, 12, 15]) {
        let strike = refusal.clone();
        story.fake.fail_when(move |_| Some(strike.clone()));
        running.stderr_until(|line| line.starts_with(&format!("cycle {cycle}:")));
        story.fake.heal();
        running.stderr_until(|line| line.starts_with(&format!("cycle {}:", cycle + 1)));
    }
    running.signal(Signal::Int);
    let ran = running.wait();
    story.says_no_secret(&ran);
    let report = ran.code_is(10).json();
    stands(&report, &ran);
    Says::Missing("http-error").of(&ran);
}

/// The token is replaced at GitHub while a watch runs on the old one.
#[test]
fn a_token_revoked_under_a_watch() {
    let story = Story::begin();
    let mut running = story.watch().spawn();
    running.stderr_until(|line| line.starts_with("cycle 1:"));
    story.fake.change_token("another-token");
    running.stderr_until(|line| line.starts_with("cycle 3:"));
    story.fake.change_token(TOKEN);
    running.stderr_until(|line| line.starts_with("cycle 5:"));
    running.signal(Signal::Term);
    let ran = running.wait();
    story.says_no_secret(&ran);
    stands(&ran.code_is(10).json(), &ran);
    Says::Missing("http-error").of(&ran);
}

/// A runner's own 404 is no end of its period while nobody knows whether the
/// credential sees the scope still.
#[test]
fn a_404_by_id_after_the_permission_was_lost() {
    let story = Story::begin();
    story.fake.fail_when(|line| {
        let by_id = Place::RunnerById.is(line.asked);
        by_id.then(|| Fault::status(404, "Not Found"))
    });
    story.check();
    story.check_healed();
}

/// A repository that is deleted, or whose runners are, under a period.
#[test]
fn a_repository_deleted_under_a_watch() {
    let story = Story::begin();
    let mut running = story.watch().spawn();
    running.stderr_until(|line| line.starts_with("cycle 1:"));
    story.fake.fail_when(|line| {
        let gone = line.path.starts_with(&format!("/repos/{REPO}/"));
        gone.then(|| Fault::status(404, "Not Found"))
    });
    running.stderr_until(|line| line.starts_with("cycle 4:"));
    running.signal(Signal::Int);
    let ran = running.wait();
    stands(&ran.code_is(10).json(), &ran);
    Says::Missing("http-error").of(&ran);
}

/// Archived: nothing runs, everything answers.
#[test]
fn a_repository_that_is_archived() {
    let fake = fleet().start();
    fake.with(|world| {
        for job in [71, 72, 73] {
            world.job_mut(job).ends = Some(crate::support::secs(-300));
        }
    });
    fake.fail_when(|_| {
        Some(Fault::items(|item| {
            if item["repository"].is_object() {
                item["repository"]["archived"] = true.into();
            }
        }))
    });
    let tool = crate::support::Tool::new()
        .args(["check", "-R", REPO, "--format", "json"])
        .against(&fake);
    let ran = tool.run();
    assert_eq!(ran.code_is(0).json()["verdict"], "clean", "{ran}");
}
