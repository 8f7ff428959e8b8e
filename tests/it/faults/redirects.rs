//! Answers from elsewhere: a renamed repository is followed, another host is
//! not, and never gets the credential.

use std::sync::Arc;

use serde_json::json;

use super::story::{LIAR, Place, REPO, Says, Story, TOKEN, fleet, strikes_at};
use crate::support::fake::{Builder, Flag, RequestLine};
use crate::support::{Fault, JobSpec, RunnerSpec};

fn moved(status: u16, to: String) -> Fault {
    let body = json!({ "message": "Moved", "url": to }).to_string();
    Fault::Status(status, vec![("location", to)], body)
}

/// The same fleet, of a repository that was renamed.
fn renamed_fleet() -> Builder {
    fleet()
        .repo("acme/globe")
        .runner(11, "honest-11")
        .runner(13, "liar")
        .job(JobSpec::on(11).id(81).run(4001))
}

/// Under its old name every path of a repository leads to its new one.
fn follows_a_rename(status: u16) {
    let fake = renamed_fleet().liar(13).start();
    let new = format!("{}/repos/acme/globe", fake.url());
    fake.with(|world| world.repos.retain(|repo| repo != REPO));
    fake.fail_when(move |line| {
        let rest = line.path.strip_prefix("/repos/acme/atlas")?;
        Some(moved(status, format!("{new}{rest}?{}", line.query)))
    });
    let tool = crate::support::Tool::new()
        .args(["check", "-R", REPO, "--format", "json"])
        .against(&fake);
    let ran = tool.run();
    let report = ran.code_is(0).json();
    assert_eq!(report["verdict"], "clean", "{ran}");
    assert_eq!(report["coverage"]["runners"], 2, "{ran}");
    assert_eq!(report["coverage"]["jobs_judged"], 1, "{ran}");
    assert_eq!(report["coverage"]["gaps"], json!([]), "{ran}");
    let served = fake.requests().len();
    assert_eq!(report["requests"]["total"], served, "{ran}");
    assert_eq!(report["requests"]["charged"], served, "{ran}");
}

#[test]
fn a_renamed_repository_is_followed() {
    std::thread::scope(|scope| {
        for status in [301, 302, 307, 308] {
            scope.spawn(move || follows_a_rename(status));
        }
    });
}

/// A period goes on over the renaming of its repository.
#[test]
fn a_repository_renamed_under_a_period() {
    let story = Story::of(
        fleet()
            .repo("acme/globe")
            .runner(1, "honest-1")
            .runner_spec(RunnerSpec::new(LIAR, "liar").flag(Flag::Schedule(Arc::new(|_| false))))
            .job(JobSpec::on(1).id(71).run(3001))
            .job(JobSpec::on(LIAR).id(73).run(3003)),
    );
    let new = format!("{}/repos/acme/globe", story.fake.url());
    story.fake.fail_when(move |line| {
        let rest = line.path.strip_prefix("/repos/acme/atlas")?;
        Some(moved(301, format!("{new}{rest}?{}", line.query)))
    });
    story.check();
    story.check_healed();
}

/// Nothing of ours goes to another host: no request, so no credential.
#[test]
fn a_redirect_to_another_host() {
    let other = fleet().start();
    let origin = other.url().to_owned();
    let elsewhere = move |line: &RequestLine| format!("{origin}{}?{}", line.path, line.query);
    std::thread::scope(|scope| {
        for status in [301, 302, 307, 308] {
            let elsewhere = &elsewhere;
            scope.spawn(move || {
                let story = Story::begin();
                let elsewhere = elsewhere.clone();
                story.fake.fail_when(move |line| {
                    let hit = Place::Runners.is(line.asked) || Place::RunnerById.is(line.asked);
                    hit.then(|| moved(status, elsewhere(line)))
                });
                let ran = story.check();
                Says::Missing("http-error").of(&ran);
                ran.says_nowhere(TOKEN);
                story.check_healed();
            });
        }
    });
    assert!(other.requests().is_empty(), "the other host was asked");
}

#[test]
fn redirects_that_lead_nowhere() {
    let places = [Place::Runners, Place::RunnerById];
    for to in ["", "http://", "javascript:alert(1)", "//", "\u{e9}"] {
        let fault = moved(302, to.to_owned());
        strikes_at(&places, &fault, Says::Missing("http-error"));
    }
}
