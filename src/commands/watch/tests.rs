//! What whole fleets cost over hours of virtual time, driven through the real
//! poll loop and detector, and what is found at that price.

mod fleet;

use std::collections::BTreeSet;

use crate::clock::{Clock, Virtual};
use crate::commands::session::Stretched;
use crate::commands::setup::run_header;
use crate::commands::target::Aim;
use crate::detect::{CoverageOf, Detector, View};
use crate::github::Api;
use crate::model::{
    Analysis, Finding, Hook, Mono, Record, Rules, Scope, Sight, Span, Stretch, StretchedBy,
};
use crate::poll::{Again, Breadth, Options, Poller, Rest};
use fleet::{Change, Fleet, GitHub, morning};

/// The fleet of the issue: 250 runners, 5 repositories, 60 runs, 240 jobs, 3
/// runners that lie.
const SMALL: Fleet = Fleet {
    runners: 250,
    repos: 5,
    active: 5,
    runs: 12,
    jobs: 4,
    liars: 3,
    change: Change::None,
};

/// 5,000 runners, 400 repositories, 2,000 running jobs: each list of jobs
/// changes every minute, and a job takes ten.
const LARGE: Fleet = Fleet {
    runners: 5_000,
    repos: 400,
    active: 400,
    runs: 1,
    jobs: 5,
    liars: 3,
    change: Change::Steady,
};

/// An organization in which little goes on: of 400 repositories 10 work, on
/// 200 runners.
const WIDE: Fleet = Fleet {
    runners: 200,
    repos: 400,
    active: 10,
    runs: 2,
    jobs: 5,
    liars: 3,
    change: Change::Steady,
};

fn aim() -> Aim {
    Aim {
        api: Api::from_host("github.com").unwrap(),
        scopes: vec![Scope::Org("acme".into())],
        repos: Vec::new(),
        owners: vec!["acme".into()],
        sight: Sight::Whole,
        hook: None,
    }
}

fn options(budget: f64) -> Options {
    Options {
        scopes: aim().scopes,
        repos: Vec::new(),
        owners: aim().owners,
        sight: Sight::Whole,
        hook: None,
        max_concurrent: 10,
        confirmations: 60,
        again: Again::NextCycle,
        lag_limit: Rules::STANDARD.lag_limit,
        turn: 0,
        breadth: Breadth::Turns,
        budget: Some(budget),
        deadline: None,
        ends: None,
    }
}

fn view() -> View {
    View {
        rules: Rules::STANDARD,
        since: None,
        until: None,
        runners: None,
        coverage_of: CoverageOf::LastRun,
    }
}

/// What a watch came to.
struct Watched {
    analysis: Analysis,
    /// Charged requests of each cycle.
    prices: Vec<u64>,
    longest: Option<Stretch>,
}

impl Watched {
    /// Ids of runners of which something was found.
    fn found(&self) -> BTreeSet<u64> {
        let periods = self.analysis.periods.iter();
        let found = periods.filter(|it| it.finding == Finding::Yes);
        found.map(|it| it.runner.key.id.0).collect()
    }
}

/// Watches for so long, as `watch` does.
async fn watch(github: &GitHub, clock: &Virtual, budget: f64, until: Mono) -> Watched {
    watch_with(github, clock, options(budget), until).await
}

async fn watch_with(github: &GitHub, clock: &Virtual, options: Options, until: Mono) -> Watched {
    let interval = Span::secs(30);
    let mut detector = Detector::default();
    detector.feed(Record::Run(run_header("watch", clock, &aim())));
    let poller = Poller::new(github, clock, options, morning(), Box::new(|_| {}));
    let mut prices = Vec::new();
    let mut longest: Option<Stretch> = None;
    while clock.mono() < until {
        let (began, before) = (clock.mono(), github.charged());
        let open = detector.open_jobs();
        let standing = detector.candidates(&view());
        poller.sweep(&open, &standing).await.unwrap();
        poller.drain().into_iter().for_each(|it| detector.feed(it));
        poller.confirm(&detector.candidates(&view())).await;
        poller.end_cycle();
        poller.drain().into_iter().for_each(|it| detector.feed(it));
        prices.push(github.charged() - before);
        let stretch = poller.stretch(interval, Rest::default());
        if longest.map(|it| it.interval) < stretch.map(|it| it.interval) {
            longest = stretch;
        }
        let interval = stretch.map_or(interval, |stretch| stretch.interval);
        clock.sleep_until(poller.next_cycle(began + interval)).await;
    }
    Watched {
        analysis: detector.analysis(&view()),
        prices,
        longest,
    }
}

/// Issue 3, "What must hold": at most 90 requests at first, at most 12 charged
/// later and the runner pages once per lag limit.
#[tokio::test]
async fn a_small_fleet_costs_little() {
    let clock = Virtual::starting(morning());
    let github = GitHub::new(SMALL, &clock);
    let until = Mono::from_millis(0) + Span::secs(600);
    let watched = watch(&github, &clock, 0.5, until).await;
    assert_eq!(watched.found(), BTreeSet::from([1, 2, 3]));
    assert_eq!(watched.longest, None);
    println!("small: {:?}", watched.prices);
    let (first, later) = watched.prices.split_first().unwrap();
    assert!(*first <= 90, "{first}");
    let pages = 3;
    assert!(later.iter().all(|price| *price <= 12 + pages), "{later:?}");
    let whole = later.iter().filter(|price| 12 < **price).count();
    assert!(whole * 2 <= later.len() + 1, "{later:?}");
}

/// Within a fifth of 5,000 requests in every hour, and within the limit by the
/// minute; the liars are found, and the blind spot is stated.
#[tokio::test]
async fn a_large_fleet_keeps_to_its_budget() {
    let clock = Virtual::starting(morning());
    let github = GitHub::new(LARGE, &clock);
    let until = Mono::from_millis(0) + Span::secs(4 * 3600);
    let watched = watch(&github, &clock, 0.2, until).await;
    let hourly = github.most_charged_in(Span::secs(3600));
    let by_minute = github.most_sent_in(Span::secs(60));
    println!(
        "large: {:?} {:?}",
        watched.prices, watched.analysis.coverage.would_detect
    );
    assert!(hourly <= 1000, "{hourly} in an hour: {:?}", watched.prices);
    assert!(by_minute <= 900, "{by_minute} in a minute");
    assert_eq!(watched.found(), BTreeSet::from([1, 2, 3]));
    let blind = watched.analysis.coverage.would_detect.expect("a figure");
    assert!(
        Span::secs(300) < blind && blind < Span::secs(2 * 3600),
        "{blind:?}"
    );
    let longest = watched.longest.expect("a stretch");
    let text = crate::report::stretched(&longest);
    assert!(
        text.contains("to keep --budget 20% (1,000 requests an hour)"),
        "{text}"
    );
}

/// Issue 3: a request or two per cycle tell which repositories work; the rest
/// takes slow turns. What is charged is about the same, as unchanged lists are
/// free; the requests are a third.
#[tokio::test]
async fn a_log_of_deliveries_spares_the_lists_of_a_wide_organization() {
    let mut sent = Vec::new();
    for hook in [None, Some(Hook::App)] {
        let clock = Virtual::starting(morning());
        let github = GitHub::new(WIDE, &clock);
        let until = Mono::from_millis(0) + Span::secs(1800);
        let options = Options {
            hook: hook.clone(),
            ..options(1.0)
        };
        let watched = watch_with(&github, &clock, options, until).await;
        assert_eq!(watched.found(), BTreeSet::from([1, 2, 3]));
        assert_eq!(watched.longest, None);
        let cycles = watched.prices.len() - 1;
        let later: u64 = watched.prices.iter().skip(1).sum();
        println!(
            "wide, {hook:?}: {} requests in {cycles} later cycles, {later} charged",
            github.sent() - 400
        );
        sent.push(github.sent());
    }
    assert!(sent[1] * 5 < sent[0] * 2, "{sent:?}");
}

/// Prices go up and down from cycle to cycle: what is told once is not told
/// again, unless it gets clearly worse.
#[test]
fn a_stretch_is_told_once() {
    let mut stretched = Stretched::default();
    let mut told = |secs: Option<i64>| {
        let stretch = secs.map(|secs| Stretch {
            interval: Span::secs(secs),
            why: StretchedBy::Reserve { remaining: 7 },
            price: 1,
        });
        stretched.note(stretch).is_some()
    };
    let heard = [None, Some(40), None, Some(45), Some(51), Some(40), Some(64)].map(&mut told);
    assert_eq!(heard, [false, true, false, false, true, false, true]);
}
