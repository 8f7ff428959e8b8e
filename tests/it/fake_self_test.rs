//! The fake and the harness, tested themselves: what the other tests take
//! for GitHub must behave like it.

mod churn;
mod faults;
mod harness;

use std::time::Duration;

use serde_json::Value;

use crate::support::fake::{Asked, description};
use crate::support::http::{Got, get, try_get};
use crate::support::{
    Churn, FakeGitHub, Filtered, JobSpec, Late, Presence, StartedAt, Steps, millis, secs,
};

const REPO: &str = "acme/atlas";

/// One runner, 7, with one job, 2, of run 1, which runs on.
fn small() -> crate::support::fake::Builder {
    FakeGitHub::builder()
        .repo(REPO)
        .runner(7, "r7")
        .job(JobSpec::on(7).id(2).run(1))
}

fn read(fake: &FakeGitHub, what: &str) -> Got {
    get(&format!("{}/repos/{REPO}/actions/{what}", fake.url()))
}

fn busy(fake: &FakeGitHub) -> bool {
    let flag = read(fake, "runners/7").json()["busy"].as_bool();
    flag.expect("a flag")
}

#[test]
fn a_truthful_flag_follows_the_job() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(7, "r7")
        .job(JobSpec::on(7).id(2).run(1).starts(secs(10)).ends(secs(20)))
        .manual_clock()
        .start();
    let mut told = Vec::new();
    for _ in 0..4 {
        fake.advance(Duration::from_secs(6));
        let status = read(&fake, "jobs/2").json()["status"].clone();
        told.push((busy(&fake), status.as_str().map(str::to_owned)));
    }
    let status = |text: &str| Some(text.to_owned());
    assert_eq!(
        told,
        [
            (false, status("queued")),
            (true, status("in_progress")),
            (true, status("in_progress")),
            (false, status("completed")),
        ],
    );
}

#[test]
fn flags_lie_lag_linger_flip_and_follow_schedules() {
    let at = |fake: &FakeGitHub, seconds: u64| {
        fake.advance(Duration::from_secs(seconds));
        busy(fake)
    };
    let job = || {
        let job = JobSpec::on(7).id(2).run(1).starts(secs(10)).ends(secs(30));
        let fake = FakeGitHub::builder().repo(REPO).runner(7, "r7").job(job);
        fake.manual_clock()
    };
    let ten = Duration::from_secs(10);
    let told = |fake: FakeGitHub| [at(&fake, 5), at(&fake, 10), at(&fake, 10), at(&fake, 10)];
    assert_eq!(told(job().start()), [false, true, true, false]);
    assert_eq!(told(job().liar(7).start()), [false; 4]);
    assert_eq!(
        told(job().flag_lag(7, ten).start()),
        [false, false, true, false]
    );
    assert_eq!(
        told(job().flag_lingers(7, ten).start()),
        [false, true, true, true]
    );
    assert_eq!(
        told(job().flag_flips_false(7, secs(20)).start()),
        [false, true, false, false],
    );
    assert_eq!(
        told(job().flag_schedule(7, |at| at < secs(10)).start()),
        [true, false, false, false],
    );
}

#[test]
fn a_list_may_disagree_with_the_read_by_id() {
    let fake = small().list_flag_schedule(7, |_| false).start();
    assert_eq!(read(&fake, "runners").json()["runners"][0]["busy"], false);
    assert!(busy(&fake));
}

#[test]
fn a_runner_goes_offline_and_missing() {
    let presence = |at| match at {
        at if at < secs(10) => Presence::Online,
        at if at < secs(20) => Presence::Offline,
        _ => Presence::Missing,
    };
    let fake = small().status(7, presence).manual_clock().start();
    assert_eq!(read(&fake, "runners/7").json()["status"], "online");
    fake.advance(Duration::from_secs(15));
    assert_eq!(
        read(&fake, "runners").json()["runners"][0]["status"],
        "offline"
    );
    fake.advance(Duration::from_secs(10));
    assert_eq!(read(&fake, "runners").json()["total_count"], 0);
    assert_eq!(read(&fake, "runners/7").status, 404);
}

#[test]
fn records_open_and_close_late() {
    let late = Duration::from_secs(10);
    let told = |kind: Late| {
        let job = JobSpec::on(7).id(2).run(1).starts(secs(0)).ends(secs(40));
        let fake = FakeGitHub::builder()
            .repo(REPO)
            .runner(7, "r7")
            .job(
                job.opens_late(Duration::from_secs(5))
                    .closes_late(late, kind),
            )
            .manual_clock()
            .start();
        fake.advance(Duration::from_secs(3));
        assert_eq!(read(&fake, "jobs/2").json()["status"], "queued");
        assert!(busy(&fake));
        fake.advance(Duration::from_secs(42));
        let stale = read(&fake, "jobs/2").json();
        assert_eq!(stale["status"], "in_progress");
        assert!(!busy(&fake), "the runner is idle after the real end");
        fake.advance(Duration::from_secs(10));
        let closed = read(&fake, "jobs/2").json();
        assert_eq!(closed["completed_at"], fake.written(secs(40)));
        stale["steps"][4]["status"].as_str().map(str::to_owned)
    };
    assert_eq!(told(Late::StepsEnded).as_deref(), Some("completed"));
    assert_eq!(told(Late::Stale).as_deref(), Some("queued"));
}

#[test]
fn started_at_may_be_the_time_of_enqueueing() {
    let job = JobSpec::on(7).id(2).created(secs(-7200)).starts(secs(-60));
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(7, "r7")
        .job(job.started_at(StartedAt::Enqueued))
        .start();
    let record = read(&fake, "jobs/2").json();
    assert_eq!(record["started_at"], fake.written(secs(-7200)));
    let first = record["steps"][0]["started_at"].as_str().map(str::to_owned);
    assert_eq!(first, Some(fake.written(secs(-60)).replace('Z', ".000Z")));
}

#[test]
fn steps_move_freeze_or_are_left_out() {
    let steps = |kind: Steps| {
        let job = JobSpec::on(7).id(2).starts(secs(-600)).ends(secs(-1));
        let fake = FakeGitHub::builder()
            .repo(REPO)
            .runner(7, "r7")
            .job(job.steps(kind).conclusion("failure"))
            .start();
        read(&fake, "jobs/2").json()["steps"].clone()
    };
    assert_eq!(steps(Steps::Moving)[4]["conclusion"], "success");
    assert_eq!(steps(Steps::Moving)[2]["conclusion"], "failure");
    assert_eq!(steps(Steps::Frozen(secs(-300)))[2]["status"], "in_progress");
    assert_eq!(steps(Steps::Empty), serde_json::json!([]));
    assert_eq!(steps(Steps::Absent), Value::Null);
}

#[test]
fn a_run_follows_its_least_advanced_job() {
    let waiting = JobSpec::unassigned().id(3).run(1);
    let fake = small().job(waiting).run_status(9, "in_progress").start();
    assert_eq!(read(&fake, "runs/1").json()["status"], "queued");
    fake.with(|world| {
        world.job_mut(2).ends = Some(secs(-10));
        world.job_mut(3).runner = Some(7);
        world.job_mut(3).ends = Some(secs(-5));
    });
    let run = read(&fake, "runs/1").json();
    assert_eq!(
        (&run["status"], &run["conclusion"]),
        (&"completed".into(), &"success".into())
    );
}

#[test]
fn attempts_are_listed_as_asked_for() {
    let rerun = JobSpec::on(7).id(3).run(1).attempt(2).starts(secs(-5));
    let fake = small().job(rerun).start();
    fake.with(|world| world.job_mut(2).ends = Some(secs(-100)));
    let ids = |what: &str| -> Vec<u64> {
        let jobs = read(&fake, what).json()["jobs"].clone();
        let jobs = jobs.as_array().expect("jobs").iter();
        jobs.filter_map(|job| job["id"].as_u64()).collect()
    };
    assert_eq!(ids("runs/1/jobs"), [3]);
    assert_eq!(ids("runs/1/jobs?filter=all"), [2, 3]);
    assert_eq!(ids("runs/1/attempts/1/jobs"), [2]);
    assert_eq!(read(&fake, "runs/1").json()["run_attempt"], 2);
}

#[test]
fn a_hosted_job_does_not_occupy_a_runner_of_the_same_id() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(7, "r7")
        .job(JobSpec::hosted(7).id(2))
        .start();
    assert!(!busy(&fake));
    assert_eq!(
        read(&fake, "jobs/2").json()["runner_name"],
        "GitHub Actions 7"
    );
}

#[test]
fn pages_are_linked_until_the_last() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .churn(Churn::default())
        .start();
    let mut url = format!("{}/repos/{REPO}/actions/runners?per_page=100", fake.url());
    let mut sizes = Vec::new();
    loop {
        let page = get(&url);
        assert_eq!(page.json()["total_count"], 250);
        sizes.push(page.json()["runners"].as_array().map_or(0, Vec::len));
        let Some(next) = page.link("next") else {
            assert!(page.link("first").is_some());
            break;
        };
        assert!(next.starts_with(fake.url()), "{next}");
        url = next;
    }
    assert_eq!(sizes, [100, 100, 50]);
    assert_eq!(
        read(&fake, "runners").json()["runners"]
            .as_array()
            .map(Vec::len),
        Some(30)
    );
}

#[test]
fn unchanged_bodies_are_not_sent_twice_nor_charged() {
    let fake = small().start();
    let first = read(&fake, "runners");
    let etag = first.header("etag").expect("an ETag");
    assert!(etag.starts_with("W/\""), "{etag}");
    let url = format!("{}/repos/{REPO}/actions/runners", fake.url());
    let again = || try_get(&url, &[("if-none-match", etag)]).expect("an answer");
    let same = again();
    assert_eq!((same.status, same.body.as_str()), (304, ""));
    assert_ne!(
        same.header("x-github-request-id"),
        first.header("x-github-request-id")
    );
    fake.with(|world| world.job_mut(2).ends = Some(secs(-1)));
    assert_eq!(again().status, 200);
    assert_eq!((fake.charged(), fake.conditional()), (2, 2));
}

#[test]
fn refusals_are_github_s() {
    let fake = small().start();
    let url = format!("{}/repos/{REPO}/actions/runners", fake.url());
    let status = |name: &str, value: &str| {
        let got = try_get(&url, &[(name, value)]).expect("an answer");
        got.status
    };
    assert_eq!(status("authorization", ""), 401);
    assert_eq!(status("authorization", "Bearer another"), 401);
    assert_eq!(status("user-agent", ""), 403);
    assert_eq!(status("x-github-api-version", "1999-01-01"), 400);
    assert_eq!(
        get(&format!("{}/repos/acme/other/actions/runners", fake.url())).status,
        404
    );
}

#[test]
fn a_missing_permission_is_named() {
    let fake = small()
        .lacks_permission("administration=read", |line| line.path.contains("/runners"))
        .start();
    let refused = read(&fake, "runners");
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.header("x-accepted-github-permissions"),
        Some("administration=read")
    );
    assert_eq!(read(&fake, "runs").status, 200);
}

#[test]
fn the_hourly_limit_is_counted_and_kept() {
    let fake = small().rate_limit(2).manual_clock().start();
    assert_eq!(
        read(&fake, "runners").header("x-ratelimit-remaining"),
        Some("1")
    );
    assert_eq!(read(&fake, "runners").status, 200);
    assert_eq!(read(&fake, "runners").status, 403);
    let limit = get(&format!("{}/rate_limit", fake.url())).json();
    assert_eq!(limit["resources"]["core"]["remaining"], 0);
    fake.advance(Duration::from_secs(3601));
    assert_eq!(read(&fake, "runners").status, 200);
}

#[test]
fn filtered_lists_may_be_empty_or_stale() {
    let running = |filtered: Filtered| {
        let fake = small().filtered_lists(filtered).start();
        let list = read(&fake, "runs?status=in_progress").json();
        list["total_count"].as_u64().expect("a count")
    };
    assert_eq!(running(Filtered::Right), 1);
    assert_eq!(running(Filtered::Empty), 0);
    assert_eq!(running(Filtered::Stale(Duration::from_secs(3600))), 0);
}

#[test]
fn organizations_and_enterprises_have_runners() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .org("acme")
        .runner(7, "r7")
        .enterprise("acme-inc")
        .runner(8, "r8")
        .job(JobSpec::on(7).id(2))
        .start();
    let runner = |scope: &str| {
        let list = get(&format!("{}/{scope}/actions/runners", fake.url())).json();
        list["runners"][0].clone()
    };
    assert_eq!(runner("orgs/acme")["busy"], true);
    assert_eq!(runner("enterprises/acme-inc")["name"], "r8");
    let repos = get(&format!("{}/orgs/acme/repos", fake.url())).json();
    assert_eq!(repos[0]["full_name"], REPO);
}

#[test]
fn offsets_are_written_as_github_writes_times() {
    let fake = FakeGitHub::builder().manual_clock().start();
    assert_eq!(fake.written(millis(-1)).len(), "2026-11-23T00:00:00Z".len());
    assert!(fake.now() < secs(1));
    assert!(
        description()
            .operation("GET", "/repos/a/b/actions/jobs/1")
            .is_some()
    );
    assert_eq!(fake.count(|asked| asked == Asked::RateLimit), 0);
}
