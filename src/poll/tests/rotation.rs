//! What a cycle leaves for a later one, and what it forgets.

use super::stage::*;
use crate::clock::{Clock, Virtual};
use crate::model::{Mono, RepoName, RunId, Span, Target};
use crate::poll::{Again, Options};

fn repos(count: u32) -> Vec<RepoName> {
    let names = (0..count).map(|number| format!("acme/r{number:03}"));
    names.map(|name| RepoName::parse(&name).unwrap()).collect()
}

fn listed(asked: &[Target]) -> Vec<&RepoName> {
    let lists = asked.iter().filter_map(|target| match target {
        Target::Runs { repo, .. } => Some(repo),
        _ => None,
    });
    lists.collect()
}

#[tokio::test]
async fn idle_repositories_take_turns_and_jobs_count_as_read_from_the_oldest_on() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runs { repo, .. } if &*repo.name == "r007" => Ok(runs(&[run(1, "in_progress")])),
        Target::Jobs { .. } => Ok(jobs(&[job(11, 1, 1)])),
        _ => quiet(ask),
    });
    let many = Options {
        repos: repos(250),
        ..options()
    };
    let poller = poller(&stage, &clock, many);
    let mut lists = Vec::new();
    for number in 0..4_i64 {
        clock.sleep_until(Mono::from_millis(number * 100_000)).await;
        stage.forget_asked();
        poller.sweep(&[], &[]).await.unwrap();
        poller.end_cycle();
        lists.push(
            listed(&stage.asked())
                .into_iter()
                .cloned()
                .collect::<Vec<_>>(),
        );
    }
    let counts: Vec<_> = lists.iter().map(Vec::len).collect();
    assert_eq!(counts, [250, 101, 101, 101]);
    assert!(
        lists
            .iter()
            .all(|list| list.iter().any(|repo| &*repo.name == "r007"))
    );
    let records = poller.drain();
    let cycle = last_cycle(&records);
    assert!(cycle.jobs_complete);
    let behind = cycle.window.sent - cycle.jobs_from;
    assert!(
        Span::secs(150) < behind && behind < Span::secs(250),
        "{behind:?}"
    );
}

/// It has no next cycle in which the others could have their turn.
#[tokio::test]
async fn a_check_lists_every_repository() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, quiet);
    let check = Options {
        repos: repos(250),
        again: Again::SameCycle,
        ..options()
    };
    poller(&stage, &clock, check).sweep(&[], &[]).await.unwrap();
    assert_eq!(listed(&stage.asked()).len(), 250);
}

/// A run that ends below the newest page is never listed as ended.
#[tokio::test]
async fn a_run_that_no_list_shows_is_forgotten_once_its_jobs_have_ended() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runs { .. } if ask.before == 0 => Ok(runs(&[run(1, "in_progress")])),
        Target::Jobs { .. } => Ok(jobs(&[completed(job(11, 1, 1))])),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, options());
    for _ in 0..60 {
        poller.sweep(&[], &[]).await.unwrap();
    }
    let asked = stage.asked();
    let jobs = asked
        .iter()
        .filter(|target| matches!(target, Target::Jobs { run: RunId(1), .. }));
    assert_eq!(jobs.count(), 3);
}
