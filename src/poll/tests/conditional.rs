//! What is asked conditionally, and what never is.

use std::collections::BTreeSet;

use super::stage::*;
use crate::clock::{Clock, Virtual};
use crate::model::{Exchange, Mono, Purpose, RepoName, Said, Span, Target, Urgency};
use crate::poll::discovery::every_status;
use crate::poll::{Breadth, Options, PollError, Poller, Source};

/// One runner busy with the one job of the one run.
fn busy(ask: &Ask) -> Result<Said, PollError> {
    match &ask.request.target {
        Target::Runners { .. } => Ok(runners(&[runner(1, true), runner(2, false)])),
        Target::Runs { .. } => Ok(runs(&[run(1, "in_progress")])),
        Target::Jobs { .. } => Ok(jobs(&[job(11, 1, 1)])),
        Target::Job { .. } => Ok(Said::Job(Some(Box::new(job(11, 1, 1))))),
        Target::Runner { .. } => Ok(Said::Runner(Some(runner(1, true)))),
        _ => quiet(ask),
    }
}

async fn cycle<S: Source>(poller: &Poller<'_, S, Virtual>, clock: &Virtual, at: i64) {
    clock.sleep_until(Mono::from_millis(at * 1000)).await;
    poller.sweep(&[], &[]).await.unwrap();
    poller.confirm(&[candidate(1, 11, Urgency::Control)]).await;
    poller.end_cycle();
}

fn is_list(exchange: &Exchange) -> bool {
    matches!(
        exchange.target,
        Target::Runners { .. } | Target::Runs { .. } | Target::Jobs { .. }
    )
}

#[tokio::test]
async fn an_unchanged_fleet_costs_only_the_control() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, busy);
    let poller = poller(&stage, &clock, options());
    cycle(&poller, &clock, 0).await;
    poller.drain();
    cycle(&poller, &clock, 30).await;
    let records = poller.drain();
    let (lists, by_id): (Vec<_>, Vec<_>) =
        exchanges(&records).into_iter().partition(|e| is_list(e));
    assert!(
        lists.iter().all(|e| e.said == Said::NotModified),
        "{lists:#?}"
    );
    assert_eq!(lists.len(), 3);
    assert_eq!(by_id.len(), 3);
    assert!(
        by_id
            .iter()
            .all(|e| !e.conditional && e.status == Some(200))
    );
    assert!(last_cycle(&records).jobs_complete);
    assert_eq!(last_cycle(&records).runners_read, 2);
}

/// Nobody has measured whether the ETag follows the flag (`evidence.md` §1).
#[tokio::test]
async fn runners_are_read_whole_at_least_once_per_lag_limit() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, busy);
    let poller = poller(&stage, &clock, options());
    for number in 0..20 {
        cycle(&poller, &clock, number * 25).await;
    }
    let records = poller.drain();
    let runners = exchanges(&records)
        .into_iter()
        .filter(|e| matches!(e.target, Target::Runners { .. }));
    let (conditional, whole): (Vec<_>, Vec<_>) = runners.partition(|e| e.conditional);
    assert!(whole.iter().all(|e| e.status == Some(200)));
    let apart = whole
        .windows(2)
        .map(|pair| pair[1].window.received - pair[0].window.sent);
    assert!(apart.max().unwrap() <= Span::secs(90), "{whole:#?}");
    assert!(whole.len() < conditional.len());
}

#[tokio::test]
async fn a_server_without_etags_is_asked_as_ever() {
    let clock = Virtual::starting(morning());
    let mut stage = Stage::new(&clock, busy);
    stage.etags = false;
    let poller = poller(&stage, &clock, options());
    cycle(&poller, &clock, 0).await;
    cycle(&poller, &clock, 30).await;
    assert!(
        stage
            .requests()
            .iter()
            .all(|request| request.etag.is_none())
    );
}

#[tokio::test]
async fn what_is_forgotten_is_read_whole() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, busy);
    let poller = poller(&stage, &clock, options());
    cycle(&poller, &clock, 0).await;
    poller.forget_answers();
    stage.forget_asked();
    cycle(&poller, &clock, 30).await;
    assert!(
        stage
            .requests()
            .iter()
            .all(|request| request.etag.is_none())
    );
}

/// What was open before the sweep needs no sweep to be confirmed, and is
/// confirmed once a cycle.
#[tokio::test]
async fn open_periods_are_confirmed_beside_the_sweep_and_once() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runner { .. } => Ok(Said::Runner(Some(runner(1, false)))),
        _ => busy(ask),
    });
    let poller = poller(&stage, &clock, options());
    let known = [
        candidate(1, 11, Urgency::OpenPeriod),
        candidate(2, 22, Urgency::Young),
        candidate(1, 11, Urgency::Control),
    ];
    poller.sweep(&[], &known).await.unwrap();
    let beside = poller.drain();
    assert_eq!(sandwiches(&beside, Purpose::Candidate).len(), 1);
    assert_eq!(sandwiches(&beside, Purpose::Control).len(), 1);
    poller.confirm(&known).await;
    let after = poller.drain();
    let again: Vec<_> = sandwiches(&after, Purpose::Candidate)
        .into_iter()
        .map(|sandwich| sandwich.runner.0)
        .collect();
    assert_eq!(again, [2]);
    assert!(sandwiches(&after, Purpose::Control).is_empty());
}

/// What an answer that must hold alone is made of: all repositories, all
/// lists of runs, nothing by a 304, in every cycle again.
#[tokio::test]
async fn everything_is_read_whole_in_every_cycle() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runs { status: None, .. } => Ok(newest_of_many(&[run(1, "in_progress")])),
        Target::Runs { .. } => Ok(runs(&[])),
        _ => busy(ask),
    });
    let everything = Options {
        repos: vec![repo(), RepoName::parse("acme/borealis").unwrap()],
        breadth: Breadth::Everything,
        ..options()
    };
    let poller = poller(&stage, &clock, everything);
    let mut lists = Vec::new();
    for at in [0, 30] {
        stage.forget_asked();
        clock.sleep_until(Mono::from_millis(at * 1000)).await;
        poller.sweep(&[], &[]).await.unwrap();
        poller.end_cycle();
        let requests = stage.requests();
        assert!(requests.iter().all(|request| request.etag.is_none()));
        let runs = requests.into_iter().filter_map(|r| match r.target {
            Target::Runs { repo, status, .. } => Some((repo, status)),
            _ => None,
        });
        lists.push(runs.collect::<BTreeSet<_>>());
    }
    assert_eq!(lists[0], lists[1]);
    assert_eq!(lists[0].len(), 2 * (1 + every_status().len()));
}
