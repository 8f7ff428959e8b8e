//! Organizations and enterprises, and what of them can be seen.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::fake::{Asked, Builder};
use crate::support::{AppSpec, FakeGitHub, Fault, JobSpec, RunnerSpec, Tool};

/// Runners of the organization, and repositories where they work.
fn acme() -> Builder {
    let mut builder = FakeGitHub::builder()
        .org("acme")
        .runner(1, "honest")
        .runner(2, "liar")
        .runner(3, "idle")
        .liar(2);
    for repo in ["acme/atlas", "acme/bolt", "other/foreign"] {
        builder = builder.repo(repo);
    }
    builder
        .repo("acme/atlas")
        .job(JobSpec::on(1))
        .repo("acme/bolt")
        .job(JobSpec::on(2))
}

fn check(fake: &FakeGitHub, args: &[&str]) -> Tool {
    let tool = Tool::new().args(["check", "--format", "json"]).args(args);
    tool.against(fake)
}

fn repos_read(fake: &FakeGitHub) -> Vec<String> {
    let runs = fake
        .requests()
        .into_iter()
        .filter(|it| it.line.asked == Asked::Runs);
    let mut repos: Vec<_> = runs
        .filter_map(|it| {
            Some(
                it.line
                    .path
                    .strip_prefix("/repos/")?
                    .split("/actions")
                    .next()?
                    .to_owned(),
            )
        })
        .collect();
    repos.sort();
    repos.dedup();
    repos
}

#[test]
fn an_organization_with_all_its_repositories() {
    let fake = acme().start();
    let ran = check(&fake, &["--org", "acme"]).run();
    let report = ran.code_is(10).json();
    assert_eq!(report["targets"], json!(["org:acme"]));
    let period = &report["periods"][0];
    assert_eq!(period["runner"]["scope"], "org:acme");
    assert_eq!(period["job"]["repo"], "acme/bolt");
    assert_eq!(period["certainty"], "proven");
    assert_eq!(repos_read(&fake), ["acme/atlas", "acme/bolt"]);
    assert_eq!(report["coverage"]["unreadable"], json!([]));
}

#[test]
fn named_repositories_of_an_organization_alone() {
    let fake = acme().start();
    let ran = check(&fake, &["--org", "acme", "--repo", "acme/atlas"]).run();
    assert_eq!(ran.code_is(0).json()["periods"], json!([]));
    assert_eq!(repos_read(&fake), ["acme/atlas"]);
    assert_eq!(fake.count(|asked| asked == Asked::OrgRepos), 0);
}

#[test]
fn an_app_reads_what_its_installation_lists() {
    let app = AppSpec::new("7", "acme").lacks("administration");
    let fake = acme().app(app).start();
    let tool = check(&fake, &["--org", "acme", "--app-id", "7", "--app-key"]);
    let key = tool.file("app.pem", AppSpec::key());
    let ran = tool.args([key]).without("GH_TOKEN").run();
    ran.code_is(10);
    assert_eq!(fake.count(|asked| asked == Asked::InstallationRepos), 1);
    assert_eq!(repos_read(&fake), ["acme/atlas", "acme/bolt"]);
}

/// No App opens the runners of an enterprise: a second credential does.
#[test]
fn an_enterprise_by_two_credentials() {
    let app = AppSpec::new("7", "acme")
        .lacks("administration")
        .lacks("organization_self_hosted_runners");
    let fake = FakeGitHub::builder()
        .app(app)
        .enterprise("acme-inc")
        .runner(2, "liar")
        .liar(2)
        .repo("acme/bolt")
        .job(JobSpec::on(2))
        .start();
    let tool = check(
        &fake,
        &["--enterprise", "acme-inc", "--org", "acme", "--app-id", "7"],
    );
    let key = tool.file("app.pem", AppSpec::key());
    let tool = tool.args(["--app-key".into(), key]).without("GH_TOKEN");
    tool.run().code_is(4).stderr_has("--runners-token-file");
    let token = tool.file("runners.token", fake.token());
    let ran = tool.args(["--runners-token-file".into(), token]).run();
    let period = &ran.code_is(10).json()["periods"][0];
    assert_eq!(period["runner"]["scope"], "enterprise:acme-inc");
    // GitHub's description forgot the enterprise's runner by id.
    fake.take_violations();
}

#[test]
fn what_a_target_cannot_be() {
    for args in [
        &["--enterprise", "acme-inc"][..],
        &["--org", "acme", "--repo", "other/foreign"],
        &["--org", "acme/"],
        &["--org", "a b"],
        &[
            "--org",
            "one.example/acme",
            "--repo",
            "two.example/acme/atlas",
        ],
    ] {
        let ran = Tool::new()
            .args(["check"])
            .args(args)
            .env("GH_TOKEN", "test-token")
            .run();
        ran.code_is(2).stderr_has("error: ");
    }
}

#[test]
fn the_environment_gives_a_target_only_where_no_flag_does() {
    let fake = acme().start();
    check(&fake, &["--org", "acme"])
        .env("GH_REPO", "acme/atlas")
        .run()
        .code_is(10);
    assert_eq!(repos_read(&fake), ["acme/atlas", "acme/bolt"]);
    let ran = check(&fake, &[]).env("GH_REPO", "acme/atlas").run();
    assert_eq!(ran.json()["targets"], json!(["repo:acme/atlas"]));
    check(&fake, &[])
        .env("GH_REPO", "atlas")
        .run()
        .code_is(2)
        .stderr_has("GH_REPO");
}

/// Unknown stays unknown: with a repository out of sight, an idle runner may
/// be at work there.
#[test]
fn a_repository_that_cannot_be_read_leaves_idle_runners_unknown() {
    let fake = acme().repo("acme/vault").start();
    fake.fail_when(|line| {
        line.path
            .contains("/vault/")
            .then(|| Fault::forbidden("actions=read"))
    });
    let ran = check(&fake, &["--org", "acme", "--min-coverage", "10%"]).run();
    let coverage = &ran.code_is(10).json()["coverage"];
    assert_eq!(coverage["unreadable"], json!(["acme/vault"]));
    assert_eq!(coverage["unknown_reasons"]["jobs"], 1, "{coverage}");
    assert_eq!(coverage["complete_cycles"], 0);
}

#[test]
fn missing_permissions_are_named_at_the_start() {
    let fake = acme().start();
    fake.fail_when(|line| {
        let runners = line.asked == Asked::Runners;
        runners.then(|| Fault::forbidden("organization_self_hosted_runners=read"))
    });
    let ran = check(&fake, &["--org", "acme"]).run();
    ran.code_is(4)
        .stderr_has("organization_self_hosted_runners=read");
    fake.heal();
    fake.fail_when(|line| {
        let runs = line.asked == Asked::Runs;
        runs.then(|| Fault::forbidden("actions=read"))
    });
    let ran = check(&fake, &["--org", "acme"]).run();
    ran.code_is(4).stderr_has("actions=read");
}

#[test]
fn archived_and_disabled_repositories_are_skipped() {
    let fake = acme().repo("acme/old").repo("acme/off").start();
    fake.with(|world| {
        world.set_repo_state("acme/old", "archived");
        world.set_repo_state("acme/off", "disabled");
    });
    check(&fake, &["--org", "acme"]).run().code_is(10);
    assert_eq!(repos_read(&fake), ["acme/atlas", "acme/bolt"]);
}

/// More repositories than fit on a page.
#[test]
fn every_page_of_repositories_is_read() {
    let mut builder = acme();
    for number in 0..130 {
        builder = builder.repo(&format!("acme/repo-{number}"));
    }
    let fake = builder.start();
    check(&fake, &["--org", "acme"]).run().code_is(10);
    assert_eq!(repos_read(&fake).len(), 132);
}

/// Jobs on runners of another level are no finding, and the text names the
/// flag that watches them.
#[test]
fn runners_of_another_level_are_said() {
    let fake = FakeGitHub::builder()
        .org("acme")
        .runner(5, "of-the-organization")
        .repo("acme/atlas")
        .runner(1, "own")
        .job(JobSpec::on(5))
        .start();
    let ran = Tool::new()
        .args(["check", "-R", "acme/atlas"])
        .against(&fake)
        .run();
    ran.code_is(0)
        .stdout_has("self-hosted runner that is not registered")
        .stdout_has("--org");
}

fn gaps(report: &Value) -> Vec<String> {
    let gaps = report["coverage"]["gaps"].as_array().expect("gaps");
    gaps.iter()
        .map(|gap| gap["target"].as_str().expect("a target").to_owned())
        .collect()
}

/// Its old name redirects, so no reading is lost; deleted, it is a gap.
#[test]
fn repositories_that_are_renamed_or_deleted_during_a_watch() {
    let fake = acme().start();
    let mut running = Tool::new()
        .args([
            "watch",
            "--org",
            "acme",
            "--interval",
            "1s",
            "--cycles",
            "4",
            "-v",
        ])
        .args(["--format", "json"])
        .against(&fake)
        .spawn();
    running.stderr_until(|line| line.starts_with("cycle 1:"));
    fake.with(|world| world.rename_repo("acme/bolt", "acme/bolt-2"));
    running.stderr_until(|line| line.starts_with("cycle 2:"));
    fake.with(|world| world.remove_repo("acme/atlas"));
    let report = running.wait().json();
    let gaps = gaps(&report);
    assert!(
        gaps.iter().any(|gap| gap.contains("acme/atlas")),
        "{gaps:?}"
    );
    let periods = report["periods"].as_array().expect("periods");
    assert_eq!(periods.len(), 1, "one period across the renaming");
}

/// Ids of runners are unique within a level only.
#[test]
fn equal_ids_on_two_repositories_are_two_runners() {
    let fake = FakeGitHub::builder()
        .latency(Duration::from_millis(1))
        .repo("acme/atlas")
        .runner_spec(RunnerSpec::new(7, "first"))
        .repo("acme/bolt")
        .runner_spec(RunnerSpec::new(7, "second"))
        .job(JobSpec::on(7))
        .start();
    let ran = check(&fake, &["-R", "acme/atlas", "-R", "acme/bolt"]).run();
    let report = ran.code_is(0).json();
    assert_eq!(
        report["targets"],
        json!(["repo:acme/atlas", "repo:acme/bolt"])
    );
    assert_eq!(report["periods"], json!([]));
}
