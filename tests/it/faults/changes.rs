//! A world that changes between two reads, and answers that are behind it.

use std::time::Duration;

use serde_json::json;

use super::story::{LIAR, Place, REPO, Says, Story};
use crate::support::fake::{Asked, Builder};
use crate::support::{FakeGitHub, Fault, JobSpec, Presence, Ran, Signal, Tool, secs};

fn check(fake: &FakeGitHub) -> Ran {
    Tool::new()
        .args(["check", "-R", REPO, "--format", "json"])
        .against(fake)
        .run()
}

fn findings(ran: &Ran) -> Vec<serde_json::Value> {
    let report = ran.json();
    let periods = report["periods"].as_array().expect("periods");
    let findings = periods.iter().filter(|period| period["finding"] == true);
    findings.cloned().collect()
}

fn busy_fleet() -> Builder {
    FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "busy")
        .runner(2, "other")
        .job(JobSpec::on(1))
}

/// The list says false, the read by id true.
#[test]
fn a_list_and_a_single_read_that_disagree() {
    let fake = busy_fleet()
        .job(JobSpec::on(2))
        .list_flag_schedule(2, |_| false)
        .start();
    let ran = check(&fake);
    assert!(findings(&ran).is_empty(), "{ran}");
}

/// Between the two job reads of a sandwich the job ends and runs again, as
/// another attempt with another id.
#[test]
fn a_job_run_again_during_a_sandwich() {
    let fake = busy_fleet()
        .job(JobSpec::on(2).id(90).run(9).attempt(1))
        .flag_schedule(2, |_| false)
        .start();
    fake.fail_when(|line| {
        let second = line.asked == Asked::Runner(2);
        second.then(|| Fault::Slow(Duration::from_millis(1500)))
    });
    fake.with(|world| {
        world.job_mut(90).ends = Some(fake.now() + Duration::from_millis(1200));
        world.job_mut(90).conclusion = "cancelled".to_owned();
    });
    let ran = check(&fake);
    assert!(findings(&ran).is_empty(), "{ran}");
    fake.heal();
    fake.with(|world| {
        world.runner_mut(2).flag = crate::support::fake::Flag::Truthful;
        world.add_job(
            REPO,
            JobSpec::on(2).id(91).run(9).attempt(2).starts(secs(2)),
        );
    });
    fake.advance(Duration::from_secs(120));
    let ran = check(&fake);
    assert!(findings(&ran).is_empty(), "{ran}");
}

/// A runner removed and registered again under its name: the new one is idle,
/// the job of the old one is still said to run.
#[test]
fn a_runner_registered_again_under_its_name() {
    let fake = busy_fleet()
        .runner(5, "again")
        .job(JobSpec::on(2))
        .job(JobSpec::on(5))
        .start();
    fake.with(|world| {
        world.runner_mut(5).presence = std::sync::Arc::new(|_| Presence::Missing);
        world.add_runner(
            &format!("repos/{REPO}"),
            crate::support::RunnerSpec::new(6, "again"),
        );
    });
    let ran = check(&fake);
    assert!(findings(&ran).is_empty(), "{ran}");
    fake.advance(Duration::from_secs(1));
    let ran = check(&fake);
    assert!(findings(&ran).is_empty(), "{ran}");
}

/// `--replace` keeps the id: offline, then online as another machine.
#[test]
fn a_runner_replaced_under_its_id() {
    let story = Story::begin();
    story.fake.with(|world| {
        let honest = world.runner_mut(1);
        honest.flag = crate::support::fake::Flag::Schedule(std::sync::Arc::new(|_| false));
        honest.presence = std::sync::Arc::new(|_| Presence::Offline);
    });
    story.check();
    story.fake.with(|world| {
        let honest = world.runner_mut(1);
        honest.presence = std::sync::Arc::new(|_| Presence::Online);
        honest.version = Some("2.999.0".to_owned());
    });
    let ran = story.check();
    Says::Missing("re-registered").of(&ran);
}

/// Offline with a job that does not move: nobody knows yet who is wrong.
#[test]
fn a_runner_that_is_offline() {
    let story = Story::begin();
    for flag in [true, false] {
        story.fake.with(|world| {
            let honest = world.runner_mut(1);
            honest.flag = crate::support::fake::Flag::Schedule(std::sync::Arc::new(move |_| flag));
            honest.presence = std::sync::Arc::new(|_| Presence::Offline);
        });
        story.check();
    }
}

/// Some answers come from a copy of the data that is behind by seconds.
#[test]
fn a_replica_that_is_behind() {
    let story = Story::begin();
    story.fake.lags_every(2, Duration::from_secs(20));
    story.check();
    // A job has just ended, and every other read does not know it yet.
    story.fake.with(|world| {
        world.job_mut(72).ends = Some(story.fake.now() - Duration::from_secs(1));
    });
    story.check();
    story.fake.with(|world| {
        let starts = story.fake.now() - Duration::from_secs(1);
        world.add_job(REPO, JobSpec::on(4).id(95).run(95).starts(starts));
    });
    story.check();
}

/// A runner that leaves every list while its job runs on.
#[test]
fn a_runner_that_is_removed_under_its_job() {
    let story = Story::begin();
    story.fake.with(|world| {
        world.runner_mut(1).presence = std::sync::Arc::new(|_| Presence::Missing);
    });
    story.check();
}

/// The liar itself drops out of the list for a while: no end of its period.
#[test]
fn the_liar_drops_out_of_a_list() {
    let story = Story::begin();
    story.fake.fail_when(|line| {
        let without = Fault::json(|body| {
            let runners = body["runners"].as_array_mut().expect("runners");
            runners.retain(|runner| runner["id"] != json!(LIAR));
            body["total_count"] = json!(3);
        });
        Place::Runners.is(line.asked).then_some(without)
    });
    story.check();
    story.check_healed();
}

/// Everything at once, under a watch.
#[test]
fn a_watch_under_scattered_faults() {
    let story = Story::begin();
    let faults = [
        Fault::status(500, "Server Error"),
        Fault::CutBody,
        Fault::Html200,
        Fault::Reset,
        Fault::TruncatedJson,
    ];
    story.fake.fail_when(move |line| {
        let fault = &faults[line.number % faults.len()];
        line.number.is_multiple_of(4).then(|| fault.clone())
    });
    let mut running = story.watch().spawn();
    running.stderr_until(|line| line.starts_with("cycle 4:"));
    running.signal(Signal::Term);
    let ran = running.wait();
    story.says_no_secret(&ran);
    super::story::stands(&ran.code_is(10).json(), &ran);
}
