//! How the cost of a watch grows as runners, repositories and jobs grow tenfold,
//! beside the loop that everybody writes first (`benches/naive.sh`): figures, by
//! command, as comma-separated values. `benches/curves.sh` makes a plot of them.
//!
//! ```text
//! cargo test --release --lib cost_curves -- --ignored --nocapture
//! ```

use super::fleet::{FIRST_DAY, header, options, recorded};
use crate::clock::Clock;
use crate::commands::{Ledger, Session};
use crate::model::{Record, Span};
use crate::poll::Poller;
use crate::report::FailOn;
use crate::sim::fleet::{self, Fleet, FleetSource};
use crate::sim::play::view;
use crate::sim::time::Time;

/// What grows from here.
const SMALL: Fleet = Fleet {
    runners: 500,
    repos: 10,
    jobs_a_day: 5000,
};

const FACTORS: [u64; 5] = [1, 2, 4, 7, 10];

/// Cycles of an hour, and of the time before it in which all is read at first.
const HOUR: u32 = 120;

/// What an hour of a watch came to.
struct Cost {
    charged: u64,
    /// Requests of the loop in the same hour.
    naive: u64,
    bytes: u64,
}

#[test]
#[ignore = "figures, by command"]
fn cost_curves() {
    println!("grows,factor,runners,repos,jobs a day,charged an hour,naive an hour,MB a day");
    for factor in FACTORS {
        let grown = [
            (
                "runners",
                Fleet {
                    runners: SMALL.runners * factor,
                    ..SMALL
                },
            ),
            (
                "repositories",
                Fleet {
                    repos: SMALL.repos * factor,
                    ..SMALL
                },
            ),
            (
                "jobs",
                Fleet {
                    jobs_a_day: SMALL.jobs_a_day * factor,
                    ..SMALL
                },
            ),
        ];
        for (what, fleet) in grown {
            tell(what, factor, fleet);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn tell(what: &str, factor: u64, fleet: Fleet) {
    let time = Time::starting(fleet::stamp(0));
    let cost = time.run(an_hour(fleet, &time));
    println!(
        "{what},{factor},{},{},{},{},{},{:.1}",
        fleet.runners,
        fleet.repos,
        fleet.jobs_a_day,
        cost.charged,
        cost.naive,
        cost.bytes as f64 * 24.0 / 1e6
    );
}

async fn an_hour(fleet: Fleet, time: &Time) -> Cost {
    let shelf = tempfile::tempdir().unwrap();
    let path = shelf.path().join("recording.ndjson");
    time.sleep(Span::secs(FIRST_DAY * 86_400)).await;
    let source = FleetSource { fleet, time };
    let mut ledger = Ledger::open(&path, &|_| view()).unwrap();
    ledger.take(vec![Record::Run(header(time))]);
    let poller = Poller::new(&source, time, options(fleet), time.wall(), Box::new(|_| {}));
    let fail_on = FailOn::standard();
    let mut session = Session::bare(poller, time, ledger, &fail_on);
    let mut naive = 0;
    let mut before = (0, 0);
    for cycle in 1..=2 * HOUR {
        let began = time.mono();
        session.cycle(|_| view()).await.unwrap();
        if cycle == HOUR {
            let charged = session.tell(&view()).requests.unwrap().charged;
            before = (charged, recorded(&path));
        }
        if HOUR < cycle {
            naive += of_the_loop(fleet, time.mono().as_millis());
        }
        time.sleep_until(session.poller.next_cycle(began + Span::secs(30)))
            .await;
    }
    let charged = session.tell(&view()).requests.unwrap().charged;
    Cost {
        charged: charged - before.0,
        naive,
        bytes: recorded(&path) - before.1,
    }
}

/// Requests of one pass: pages of runners and of repositories, the runs in
/// progress of each, and the jobs of each of those.
fn of_the_loop(fleet: Fleet, at: i64) -> u64 {
    fleet.runners.div_ceil(100) + fleet.repos.div_ceil(100) + fleet.repos + fleet.at_work(at)
}
