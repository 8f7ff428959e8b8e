//! What a watch of a large fleet costs over weeks: figures, by command.
//!
//! ```text
//! FLEET_DAYS=30 FLEET_RUNNERS=500 FLEET_JOBS=5000 FLEET_RECORDING=FILE \
//!     cargo test --release --lib a_fleet_over_weeks -- --ignored --nocapture
//! ```

use std::path::{Path, PathBuf};

use super::given;
use crate::clock::Clock;
use crate::commands::{Ledger, Session};
use crate::model::{Host, Mono, Record, ReportVerdict, Rules, Run, Sight, Span};
use crate::poll::{Again, Breadth, Options, Poller};
use crate::report::FailOn;
use crate::sim::fleet::{self, Fleet, FleetSource};
use crate::sim::play::view;
use crate::sim::time::Time;

/// Days without a job before the first, so that ids begin somewhere.
pub(super) const FIRST_DAY: i64 = 2;

#[test]
#[ignore = "figures, by command"]
fn a_fleet_over_weeks() {
    let fleet = Fleet {
        runners: given("FLEET_RUNNERS").unwrap_or(500),
        repos: given("FLEET_REPOS").unwrap_or(10),
        jobs_a_day: given("FLEET_JOBS").unwrap_or(5000),
    };
    let days = given("FLEET_DAYS").unwrap_or(1);
    let shelf = tempfile::tempdir().unwrap();
    let path = std::env::var_os("FLEET_RECORDING").map(PathBuf::from);
    let path = path.unwrap_or_else(|| shelf.path().join("recording.ndjson"));
    let time = Time::starting(fleet::stamp(0));
    time.run(watch(fleet, days, &path, &time));
}

async fn watch(fleet: Fleet, days: u64, path: &Path, time: &Time) {
    time.sleep(Span::secs(FIRST_DAY * 86_400)).await;
    let source = FleetSource { fleet, time };
    let mut ledger = Ledger::open(path, &|_| view()).unwrap();
    ledger.take(vec![Record::Run(header(time))]);
    let poller = Poller::new(&source, time, options(fleet), time.wall(), Box::new(|_| {}));
    let fail_on = FailOn::standard();
    let mut session = Session::bare(poller, time, ledger, &fail_on);
    for day in 1..=days {
        for cycle in 1..=2880_u64 {
            let began = time.mono();
            session.cycle(|_| view()).await.unwrap();
            if cycle % 60 == 0 {
                let analysis = session.tell(&view());
                assert_eq!(analysis.periods, vec![]);
                assert_eq!(analysis.verdict, ReportVerdict::Clean);
            }
            time.sleep_until(session.poller.next_cycle(began + Span::secs(30)))
                .await;
        }
        let recorded = recorded(path);
        let requests = session.tell(&view()).requests.unwrap();
        println!(
            "day {day}: {recorded} bytes recorded, {} KiB resident, {} requests, {} charged",
            resident(),
            requests.total,
            requests.charged
        );
    }
}

/// Bytes of the recording and its rotated parts.
pub(super) fn recorded(path: &Path) -> u64 {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let files = std::fs::read_dir(path.parent().unwrap()).unwrap();
    let parts = files.map(|file| file.unwrap()).filter(|file| {
        let part = file.file_name().to_string_lossy().into_owned();
        part.starts_with(&name) && !part.ends_with("lock")
    });
    parts.map(|part| part.metadata().unwrap().len()).sum()
}

/// KiB of memory that this process has now; 0 where that cannot be told.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let figure = line.and_then(|line| line.split_whitespace().nth(1));
    figure.and_then(|figure| figure.parse().ok()).unwrap_or(0)
}

pub(super) fn options(fleet: Fleet) -> Options {
    Options {
        scopes: vec![fleet::scope()],
        repos: fleet.repos(),
        owners: Vec::new(),
        sight: Sight::Whole,
        hook: None,
        max_concurrent: 10,
        confirmations: 10,
        again: Again::NextCycle,
        lag_limit: Rules::STANDARD.lag_limit,
        turn: 0,
        breadth: Breadth::Turns,
        deadline: None,
        ends: None,
        budget: None,
    }
}

pub(super) fn header(time: &Time) -> Run {
    Run {
        id: "fleet".into(),
        follows: None,
        tool_version: "0".into(),
        command: "watch".into(),
        host: Host::github_com(),
        targets: vec![fleet::scope()],
        runner_globs: Vec::new(),
        labels: Vec::new(),
        interval: Some(Span::secs(30)),
        rules: Rules::STANDARD,
        began: time.wall() - (time.mono() - Mono::from_millis(0)),
    }
}
