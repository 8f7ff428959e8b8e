//! `watch`: what it prints as it goes, how it ends, and what a kill leaves.

use std::time::Duration;

use crate::support::fake::Asked;
use crate::support::{FakeGitHub, Fault, JobSpec, Signal, Tool, secs};

const REPO: &str = "acme/atlas";

fn liar() -> FakeGitHub {
    FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "honest")
        .runner(2, "liar")
        .job(JobSpec::on(1))
        .job(JobSpec::on(2))
        .liar(2)
        .start()
}

fn watch(fake: &FakeGitHub) -> Tool {
    Tool::new()
        .args(["watch", "-R", REPO, "--interval", "1s"])
        .against(fake)
}

#[test]
fn a_period_is_told_when_it_opens_and_the_end_is_a_report() {
    let fake = liar();
    let mut running = watch(&fake).spawn();
    running.stderr_until(|line| line.starts_with("watching repo:acme/atlas"));
    let opened = running.until(|line| line.contains("opened"));
    assert!(opened.contains("liar"), "{opened}");
    running.signal(Signal::Int);
    let ran = running.wait();
    ran.code_is(10).stdout_has("desync");
}

/// What would be waited for beyond the end of the watch is not.
#[test]
fn a_limit_does_not_make_a_watch_longer() {
    let fake = liar();
    fake.fail_when(|line| (8 < line.number).then_some(Fault::secondary_limit(Some(30))));
    let ran = watch(&fake).args(["--for", "4s"]).run();
    ran.code_is(11);
    assert!(ran.took < Duration::from_secs(9), "{ran}");
}

#[test]
fn ctrl_c_ends_a_clean_watch_with_its_verdict() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "honest")
        .job(JobSpec::on(1))
        .start();
    let tool = watch(&fake).args(["--format", "json", "--verbose"]);
    let mut running = tool.spawn();
    running.stderr_until(|line| line.starts_with("cycle 2"));
    running.signal(Signal::Term);
    let ran = running.wait();
    assert_eq!(ran.code_is(0).json()["verdict"], "clean", "{ran}");
}

#[test]
fn a_signal_before_the_first_cycle_concludes_nothing() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "slow")
        .latency(Duration::from_secs(20))
        .start();
    for (signal, code) in [(Signal::Int, 130), (Signal::Term, 143)] {
        let mut running = watch(&fake).spawn();
        running.stderr_until(|line| line.starts_with("watching"));
        crate::support::pause(Duration::from_millis(300));
        running.signal(signal);
        let ran = running.wait();
        ran.code_is(code);
        assert!(ran.took < Duration::from_secs(5), "{ran}");
    }
}

#[test]
fn a_plan_ends_a_watch() {
    let fake = liar();
    let ran = watch(&fake)
        .args(["--cycles", "2", "--format", "ndjson"])
        .run();
    let events = ran.ndjson();
    assert!(
        events.iter().all(|event| event["event"].is_string()),
        "{ran}"
    );
    let by_time = watch(&fake).args(["--for", "2s"]).run();
    assert!(by_time.took < Duration::from_secs(8), "{by_time}");
}

/// The job of a period ends under the watch: the period closes and settles.
#[test]
fn a_job_that_ends_closes_its_period() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(2, "liar")
        .job(JobSpec::on(2).ends(secs(8)).conclusion("failure"))
        .liar(2)
        .start();
    let ran = watch(&fake)
        .args(["--for", "12s", "--format", "json"])
        .run();
    let report = ran.code_is(10).json();
    let period = &report["periods"][0];
    assert_eq!(period["end"]["reason"], "job-completed", "{ran}");
    assert_eq!(period["job"]["conclusion"], "failure");
}

/// The last look is at jobs in dispute: reading the hundreds of a busy fleet
/// once more would settle nothing.
#[test]
fn the_end_of_an_undisputed_watch_asks_for_nothing() {
    let mut builder = FakeGitHub::builder().repo(REPO);
    for id in 1..=30 {
        let name = format!("runner-{id}");
        builder = builder.runner(id, &name).job(JobSpec::on(id));
    }
    let fake = builder.start();
    watch(&fake).args(["--cycles", "1"]).run().code_is(0);
    let of_jobs = fake.count(|asked| matches!(asked, Asked::Job(_)));
    assert_eq!(of_jobs, 2, "those of the control");
}

/// The report made again from the recording is the report.
#[test]
fn a_recording_gives_the_same_report_again() {
    let fake = liar();
    let tool = watch(&fake);
    let recording = tool.dir().join("watch.ndjson");
    let watched = tool
        .args(["--cycles", "8", "--format", "json", "--record"])
        .args([&recording])
        .run();
    watched.code_is(10);
    let again = Tool::new()
        .args(["report", "--format", "json"])
        .args([&recording]);
    let (first, second) = (again.run(), again.run());
    assert_eq!(first.stdout, second.stdout);
    let (live, replayed) = (watched.json(), first.code_is(10).json());
    for part in ["verdict", "periods", "coverage", "lag", "window", "caveats"] {
        assert_eq!(live[part], replayed[part], "{part}");
    }
}

/// kill -9 at any time: the recording opens again, and a check continues the
/// open period.
#[test]
fn a_killed_watch_loses_nothing_it_had_recorded() {
    let fake = liar();
    let tool = Tool::new().against(&fake);
    let watch = tool.args(["watch", "-R", REPO, "--interval", "1s"]);
    let mut running = watch.spawn();
    running.until(|line| line.contains("opened"));
    running.signal(Signal::Kill);
    running.wait();
    let json = ["-R", REPO, "--format", "json"];
    let ran = tool.args(["check"]).args(json).run();
    let report = ran.code_is(10).json();
    let periods = report["periods"].as_array().unwrap();
    assert_eq!(periods.len(), 1, "{ran}");
    assert!(4 <= periods[0]["readings"].as_u64().unwrap(), "{ran}");
    let quiet = tool.args(["check", "-q"]).args(&json[..2]).run();
    assert_eq!(quiet.code_is(10).stdout, "", "told by the watch\n{quiet}");
}

#[test]
fn kills_at_many_times_leave_a_recording_that_opens() {
    let fake = liar();
    let tool = Tool::new().against(&fake);
    for delay in [50, 120, 200, 350, 500, 800, 1100] {
        let mut running = tool.args(["watch", "-R", REPO, "--interval", "1s"]).spawn();
        running.stderr_until(|line| line.starts_with("watching"));
        crate::support::pause(Duration::from_millis(delay));
        running.signal(Signal::Kill);
        running.wait();
    }
    tool.args(["check", "-R", REPO]).run().code_is(10);
}

/// Unchanged lists are one short record a sweep, and readings all the same.
#[test]
fn an_unchanged_fleet_is_read_in_every_cycle() {
    let mut builder = FakeGitHub::builder().repo(REPO);
    for id in 1..=120 {
        builder = builder.runner(id, &format!("runner-{id}"));
    }
    let fake = builder.start();
    let tool = watch(&fake);
    let ran = tool.args(["--cycles", "3", "--format", "json"]).run();
    let counts = &ran.code_is(0).json()["coverage"]["readings"];
    assert_eq!(counts["agree"], 120, "{ran}");
    assert_eq!(counts["agree_unchanged"], 240, "{ran}");
    assert_eq!(counts["unknown"], 0, "{ran}");
    let recording = std::fs::read_dir(tool.state_dir()).unwrap().next().unwrap();
    let text = std::fs::read_to_string(recording.unwrap().path()).unwrap();
    let same = text.lines().filter(|line| line.contains(r#""rec":"same""#));
    assert_eq!(same.count(), 2, "{text}");
}

/// The interval stretches to keep the budget, and the report says so.
#[test]
fn a_budget_stretches_the_interval() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "idle")
        .rate_limit(100)
        .no_etags()
        .start();
    let mut live = Tool::new()
        .args(["watch", "-R", REPO, "--interval", "1s", "-v"])
        .against(&fake)
        .spawn();
    live.stderr_until(|line| line.starts_with("expected: "));
    let said = live.stderr_until(|line| line.starts_with("interval stretched to "));
    assert!(
        said.ends_with(" to keep --budget 20% (20 requests an hour)"),
        "{said}"
    );
    let charged = fake.charged();
    crate::support::pause(Duration::from_millis(1500));
    assert_eq!(fake.charged(), charged);
    live.signal(Signal::Int);
    live.wait()
        .code_is(0)
        .stdout_has("interval stretched to ")
        .stdout_has("guarantee");
}
