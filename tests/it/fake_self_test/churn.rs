//! A fleet under churn: always consistent, never while one reads it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{REPO, read};
use crate::support::fake::Flag;
use crate::support::{Churn, FakeGitHub};

/// The job ids of the runners that a list calls idle, and what the jobs say.
struct Fleet {
    fake: FakeGitHub,
    jobs_of: BTreeMap<u64, u64>,
}

impl Fleet {
    fn start() -> Self {
        let churn = Churn {
            runners: 60,
            jobs: 57,
            ..Churn::default()
        };
        let fake = FakeGitHub::builder()
            .repo(REPO)
            .churn(churn)
            .latency(Duration::from_millis(120))
            .manual_clock()
            .start();
        Self {
            fake,
            jobs_of: BTreeMap::new(),
        }
    }

    fn list_jobs(&mut self) {
        self.jobs_of.clear();
        let runs = read(&self.fake, "runs?per_page=40").json();
        for run in runs["workflow_runs"].as_array().expect("runs") {
            if run["status"] == "completed" {
                continue;
            }
            let jobs = read(&self.fake, &format!("runs/{}/jobs?per_page=100", run["id"])).json();
            for job in jobs["jobs"].as_array().expect("jobs") {
                if job["status"] == "in_progress" {
                    let ids = (job["runner_id"].as_u64(), job["id"].as_u64());
                    self.jobs_of.extend(ids.0.zip(ids.1));
                }
            }
        }
    }

    /// Runners that a list calls idle although a job was read as running.
    fn naive(&self) -> Vec<(u64, u64)> {
        let list = read(&self.fake, "runners?per_page=100").json();
        let runners = list["runners"].as_array().expect("runners").iter();
        let idle = runners.filter(|runner| runner["busy"] == false);
        let ids = idle.filter_map(|runner| runner["id"].as_u64());
        ids.filter_map(|id| Some((id, *self.jobs_of.get(&id)?)))
            .collect()
    }

    /// Job, runner, job, in strict order: do the answers contradict?
    fn sandwich(&self, runner: u64, job: u64) -> bool {
        let running = || {
            let record = read(&self.fake, &format!("jobs/{job}")).json();
            record["status"] == "in_progress" && record["runner_id"] == runner
        };
        let idle = || read(&self.fake, &format!("runners/{runner}")).json()["busy"] == false;
        running() && idle() && running()
    }
}

#[test]
fn under_churn_naive_reading_contradicts_itself_and_a_sandwich_never_does() {
    let mut fleet = Fleet::start();
    let (mut naive, mut proven) = (0, 0);
    for _ in 0..20 {
        fleet.list_jobs();
        for (runner, job) in fleet.naive() {
            naive += 1;
            proven += usize::from(fleet.sandwich(runner, job));
        }
        fleet.fake.advance(Duration::from_millis(7300));
    }
    assert!(
        naive > 0,
        "too tame: no naive contradiction in twenty sweeps"
    );
    assert_eq!(proven, 0, "of {naive} naive contradictions");
}

#[test]
fn the_large_fleet_is_as_large_as_promised() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .churn(Churn::default())
        .manual_clock()
        .start();
    fake.advance(Duration::from_secs(100));
    let busy = (1..=3).map(|page| {
        let list = read(&fake, &format!("runners?per_page=100&page={page}")).json();
        let runners = list["runners"].as_array().expect("runners").iter();
        runners.filter(|runner| runner["busy"] == true).count()
    });
    let busy: usize = busy.sum();
    assert!((235..=245).contains(&busy), "{busy} of 250 are busy");
    let page = read(&fake, "runs?per_page=100").json();
    let runs = page["workflow_runs"].as_array().expect("runs");
    let open = runs
        .iter()
        .filter(|run| run["status"] != "completed")
        .count();
    assert!((60..=90).contains(&open), "{open} of 100 runs are open");
}

#[test]
fn a_sandwich_finds_the_liar_of_a_fleet() {
    let mut fleet = Fleet::start();
    let liar = Flag::Lagging {
        on: Duration::from_secs(30),
        off: Duration::ZERO,
    };
    fleet.fake.with(|world| {
        for id in 50_001..50_061 {
            world.runner_mut(id).flag = liar.clone();
        }
    });
    fleet.list_jobs();
    let naive = fleet.naive();
    let proven = naive
        .iter()
        .filter(|(runner, job)| fleet.sandwich(*runner, *job))
        .count();
    assert!(naive.len() / 2 < proven, "{proven} of {}", naive.len());
}
