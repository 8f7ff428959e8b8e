//! Which repositories are read where an organization lists them.

use super::stage::*;
use crate::clock::{Clock, Virtual};
use crate::model::{RepoState, Scope, Sight, Span, Target, UnknownReason};
use crate::poll::{Fatal, Options, PollError};

const ACTIVE: RepoState = RepoState::Active;

fn of_org() -> Options {
    Options {
        scopes: vec![Scope::Org("acme".into())],
        repos: Vec::new(),
        owners: vec!["acme".into()],
        ..options()
    }
}

fn refused() -> PollError {
    PollError::Forbidden {
        detail: "403 Forbidden".to_owned(),
        permission: Some("actions=read".to_owned()),
    }
}

/// Names of the repositories whose runs were asked for.
fn read(stage: &Stage<'_>) -> Vec<String> {
    let runs = stage.asked().into_iter().filter_map(|target| match target {
        Target::Runs {
            repo, status: None, ..
        } => Some(repo.name.to_string()),
        _ => None,
    });
    let mut names: Vec<_> = runs.collect();
    names.sort();
    names
}

fn lookups(stage: &Stage<'_>) -> usize {
    let asked = stage.asked();
    asked
        .iter()
        .filter(|target| matches!(target, Target::Repos { .. }))
        .count()
}

#[tokio::test]
async fn archived_and_disabled_repositories_are_not_read() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Repos { .. } => Ok(repos(&[
            ("atlas", ACTIVE),
            ("old", RepoState::Archived),
            ("off", RepoState::Disabled),
        ])),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, of_org());
    poller.sweep(&[], &[]).await.unwrap();
    poller.end_cycle();
    assert_eq!(read(&stage), ["atlas"]);
    let cycle = last_cycle(&poller.drain()).clone();
    assert!(cycle.jobs_complete);
    assert_eq!(cycle.sight, Sight::Whole);
}

#[tokio::test]
async fn new_repositories_appear_and_gone_ones_are_gaps_that_say_why() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Repos { .. } if ask.before == 0 => Ok(repos(&[
            ("atlas", ACTIVE),
            ("gone", ACTIVE),
            ("old", ACTIVE),
        ])),
        Target::Repos { .. } => Ok(repos(&[
            ("atlas", ACTIVE),
            ("new", ACTIVE),
            ("old", RepoState::Archived),
        ])),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, of_org());
    for _ in 0..2 {
        poller.sweep(&[], &[]).await.unwrap();
        poller.end_cycle();
    }
    assert_eq!(lookups(&stage), 1, "not in every cycle");
    clock.sleep(Span::secs(301)).await;
    poller.drain();
    poller.sweep(&[], &[]).await.unwrap();
    poller.end_cycle();
    assert!(read(&stage).contains(&"new".to_owned()));
    let cycle = last_cycle(&poller.drain()).clone();
    let gaps: Vec<_> = cycle.gaps.iter().map(|gap| &*gap.target).collect();
    assert_eq!(
        gaps,
        [
            "acme/gone (renamed, deleted or hidden)",
            "acme/old (archived)"
        ]
    );
    assert!(
        cycle
            .gaps
            .iter()
            .all(|gap| gap.reason == UnknownReason::Scope)
    );
}

#[tokio::test]
async fn a_repository_that_cannot_be_read_is_named_and_ends_nothing() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Repos { .. } => Ok(repos(&[("atlas", ACTIVE), ("vault", ACTIVE)])),
        Target::Runs { repo, .. } if &*repo.name == "vault" => Err(refused()),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, of_org());
    let cycle = swept(&poller).await;
    assert_eq!(cycle.unreadable, ["acme/vault".into()]);
    assert!(
        !cycle.jobs_complete,
        "nothing is claimed about idle runners"
    );
}

#[tokio::test]
async fn no_readable_repository_ends_the_first_cycle() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Repos { .. } => Ok(repos(&[("atlas", ACTIVE)])),
        Target::Runs { .. } => Err(refused()),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, of_org());
    let fatal = poller.sweep(&[], &[]).await.unwrap_err();
    assert!(matches!(fatal, Fatal::Access { error, .. } if error == refused()));
}

#[tokio::test]
async fn repositories_that_cannot_be_listed_are_unknown_and_asked_for_again() {
    let clock = Virtual::starting(morning());
    let cut = || PollError::NotAnAnswer("502 Bad Gateway".to_owned());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Repos { .. } if ask.before < 3 => Err(cut()),
        Target::Repos { .. } => Ok(repos(&[("atlas", ACTIVE)])),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, of_org());
    let cycle = swept(&poller).await;
    assert_eq!(cycle.unreadable, ["acme/*".into()]);
    assert!(!cycle.jobs_complete);
    let cycle = swept(&poller).await;
    assert!(cycle.unreadable.is_empty());
    assert!(cycle.jobs_complete);
}

/// What was read of one owner says nothing of the jobs of another.
#[tokio::test]
async fn an_owner_whose_repositories_cannot_be_listed_leaves_the_jobs_unknown() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Repos { owner, .. } if &**owner == "other" => {
            Err(PollError::NotAnAnswer("502 Bad Gateway".to_owned()))
        }
        Target::Repos { .. } => Ok(repos(&[("atlas", ACTIVE)])),
        _ => quiet(ask),
    });
    let two = Options {
        owners: vec!["acme".into(), "other".into()],
        ..of_org()
    };
    let poller = poller(&stage, &clock, two);
    assert!(!swept(&poller).await.jobs_complete);
}

/// Deleted between two lookups: the next cycle looks again at once.
#[tokio::test]
async fn a_listed_repository_that_is_gone_is_looked_up_at_once() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Repos { .. } if ask.before == 0 => {
            Ok(repos(&[("atlas", ACTIVE), ("gone", ACTIVE)]))
        }
        Target::Repos { .. } => Ok(repos(&[("atlas", ACTIVE)])),
        Target::Runs { repo, .. } if &*repo.name == "gone" => {
            Err(PollError::NotFound("404 Not Found".to_owned()))
        }
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, of_org());
    for complete in [false, true] {
        assert_eq!(swept(&poller).await.jobs_complete, complete);
    }
}
