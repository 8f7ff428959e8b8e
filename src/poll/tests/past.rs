//! Looking back: how far lists are followed, and what is not known after a
//! failure.

use super::stage::*;
use crate::clock::Virtual;
use crate::model::{
    JobId, RepoState, RunId, Said, Scope, Span, Target, UnknownReason, WorkflowRun, shared,
};
use crate::poll::{Extent, Fatal, Notes, Options, PastRun, PollError, Poller, ReadAgain};

/// Hundreds of runs, one each minute, the newest first.
const RUNS: u64 = 450;

fn created(id: u64) -> crate::model::Timestamp {
    let ago = i64::try_from(RUNS - id).unwrap() * 60;
    morning() - Span::secs(ago)
}

fn page(page: u32) -> Said {
    let newest = RUNS.saturating_sub(u64::from(page - 1) * 100);
    let ids = (newest.saturating_sub(100)..newest).rev().map(|id| id + 1);
    let runs = ids.map(|id| WorkflowRun {
        created_at: Some(created(id)),
        ..run(id, "completed")
    });
    Said::Runs {
        total: Some(RUNS),
        runs: shared(runs),
        undecodable: 0,
    }
}

fn listed(ask: &Ask) -> Result<Said, PollError> {
    match &ask.request.target {
        Target::Runs { page: number, .. } => Ok(page(*number)),
        _ => quiet(ask),
    }
}

fn cut() -> PollError {
    PollError::NotAnAnswer("502 Bad Gateway".to_owned())
}

fn refused() -> PollError {
    PollError::Forbidden {
        detail: "403 Forbidden".to_owned(),
        permission: Some("checks=read".to_owned()),
    }
}

fn pages_asked(stage: &Stage<'_>) -> usize {
    let asked = stage.asked();
    asked
        .iter()
        .filter(|target| matches!(target, Target::Runs { .. }))
        .count()
}

fn past_run(id: u64) -> PastRun {
    PastRun {
        repo: repo(),
        run: run(id, "completed"),
    }
}

/// The page that shows nothing but older runs is the last one read.
#[tokio::test]
async fn runs_are_listed_down_to_the_time_wanted() {
    let clock = Virtual::starting(morning());
    let mut stage = Stage::new(&clock, listed);
    stage.leads = Leads::Onward;
    let poller = poller(&stage, &clock, options());
    let since = created(RUNS - 149);
    let past = poller.past_runs(since).await.unwrap();
    assert_eq!(past.extent, Extent::Whole);
    assert_eq!(past.repos, [repo()]);
    assert_eq!(past.runs.len(), 150);
    assert!(
        past.runs
            .iter()
            .all(|run| since <= run.run.created_at.unwrap())
    );
    assert_eq!(pages_asked(&stage), 3);
    assert!(
        stage
            .requests()
            .iter()
            .all(|request| request.etag.is_none())
    );
    let unfiltered = |target: &Target| {
        !matches!(
            target,
            Target::Runs {
                status: Some(_),
                ..
            }
        )
    };
    assert!(stage.asked().iter().all(unfiltered));
}

#[tokio::test]
async fn all_runs_are_listed_where_none_is_too_old() {
    let clock = Virtual::starting(morning());
    let mut stage = Stage::new(&clock, listed);
    stage.leads = Leads::Onward;
    let poller = poller(&stage, &clock, options());
    let past = poller.past_runs(created(0)).await.unwrap();
    assert_eq!((past.runs.len() as u64, past.extent), (RUNS, Extent::Whole));
}

/// A list that ends before it reached the time, or its own total, is not
/// whole; neither is one of which a page failed.
#[tokio::test]
async fn a_list_that_is_cut_is_not_whole() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, listed);
    let short = poller(&stage, &clock, options());
    let past = short.past_runs(created(1)).await.unwrap();
    assert_eq!((past.runs.len(), past.extent), (100, Extent::Part));
    short.end_cycle();
    let gaps = last_cycle(&short.drain()).gaps.clone();
    assert_eq!(gaps[0].reason, UnknownReason::IncompletePages);
    let mut stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runs { page: 2, .. } => Err(cut()),
        _ => listed(ask),
    });
    stage.leads = Leads::Onward;
    let failed = poller(&stage, &clock, options());
    let past = failed.past_runs(created(1)).await.unwrap();
    assert_eq!((past.runs.len(), past.extent), (100, Extent::Part));
}

#[tokio::test]
async fn repositories_of_an_owner_are_looked_up_and_may_fail_alone() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Repos { .. } => Ok(repos(&[
            ("atlas", RepoState::Active),
            ("old", RepoState::Archived),
            ("vault", RepoState::Active),
        ])),
        Target::Runs { repo, .. } if &*repo.name == "vault" => Err(refused()),
        _ => quiet(ask),
    });
    let of_org = Options {
        scopes: vec![Scope::Org("acme".into())],
        repos: Vec::new(),
        owners: vec!["acme".into()],
        ..options()
    };
    let poller = poller(&stage, &clock, of_org);
    let past = poller.past_runs(morning()).await.unwrap();
    assert_eq!((past.repos.len(), past.extent), (2, Extent::Part));
    poller.end_cycle();
    assert_eq!(
        last_cycle(&poller.drain()).unreadable,
        ["acme/vault".into()]
    );
}

#[tokio::test]
async fn a_named_repository_must_open() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |_: &Ask| Err(refused()));
    let poller = poller(&stage, &clock, options());
    let fatal = poller.past_runs(morning()).await.unwrap_err();
    assert!(matches!(fatal, Fatal::Access { .. }));
}

async fn jobs_of<'a>(poller: &Poller<'a, Stage<'a>, Virtual>, run: u64) -> (usize, Extent) {
    let mut read = poller.past_jobs(&[past_run(run)]).await;
    let read = read.remove(0);
    assert_eq!(read.run, RunId(run));
    (read.jobs.len(), read.extent)
}

#[tokio::test]
async fn jobs_come_whole_or_are_unknown() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::AllJobs { run: RunId(1), .. } => Ok(jobs(&[job(7, 1, 1), job(8, 1, 2)])),
        Target::AllJobs { run: RunId(2), .. } => Ok(Said::Jobs {
            total: Some(2),
            jobs: shared([job(9, 2, 1)]),
            undecodable: 0,
        }),
        Target::AllJobs { run: RunId(3), .. } => Err(cut()),
        _ => Err(PollError::NotFound("404 Not Found".to_owned())),
    });
    let poller = poller(&stage, &clock, options());
    assert_eq!(jobs_of(&poller, 1).await, (2, Extent::Whole));
    assert_eq!(
        jobs_of(&poller, 2).await,
        (1, Extent::Part),
        "one is missing"
    );
    assert_eq!(
        jobs_of(&poller, 4).await,
        (0, Extent::Part),
        "deleted, or hidden"
    );
    let read = poller.past_jobs(&[past_run(1)]).await;
    assert_eq!(read[0].jobs[0].steps.len(), 1, "steps are evidence here");
    assert_eq!(jobs_of(&poller, 3).await, (0, Extent::Part));
    let sizes = stage.page_sizes(|target| matches!(target, Target::AllJobs { run: RunId(3), .. }));
    assert_eq!(sizes.iter().min(), Some(&30), "smaller pages were tried");
}

#[tokio::test]
async fn annotations_are_read_unknown_or_refused() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Annotations { job: JobId(1), .. } => Ok(annotations(&["lost"])),
        Target::Annotations { job: JobId(2), .. } => Err(cut()),
        _ => Err(refused()),
    });
    let poller = poller(&stage, &clock, options());
    let asked = [1, 2, 3].map(|id| (repo(), JobId(id)));
    let mut read = poller.notes(&asked).await;
    read.sort_by_key(|(job, _)| *job);
    let [
        (_, Notes::Read(notes)),
        (_, Notes::Unread),
        (_, Notes::Refused),
    ] = &read[..]
    else {
        panic!("{read:?}");
    };
    assert_eq!(&*notes[0].message, "lost");
}

#[tokio::test]
async fn a_run_is_read_again_by_its_id() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Run { id: RunId(1), .. } => Ok(Said::Run(Some(run(1, "queued")))),
        Target::Run { id: RunId(2), .. } => Ok(Said::Run(None)),
        _ => Err(cut()),
    });
    let poller = poller(&stage, &clock, options());
    let repo = repo();
    let again = |id| poller.read_again(&repo, RunId(id));
    assert_eq!(again(1).await, ReadAgain::As(run(1, "queued")));
    assert_eq!(again(2).await, ReadAgain::Gone);
    assert_eq!(again(3).await, ReadAgain::Unread);
}

/// When GitHub is down, each call asks once whether it is up again.
#[tokio::test]
async fn an_outage_costs_one_request_a_call() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |_: &Ask| Err(cut()));
    let poller = poller(&stage, &clock, options());
    let runs: Vec<_> = (1..=50).map(past_run).collect();
    assert_eq!(poller.past_jobs(&runs).await.len(), 50);
    stage.forget_asked();
    let read = poller.past_jobs(&runs).await;
    assert!(read.iter().all(|jobs| jobs.extent == Extent::Part));
    assert_eq!(stage.requests().len(), 1);
}
