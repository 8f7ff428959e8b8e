//! What a cycle reads, and in which order.

use super::stage::*;
use crate::clock::{Clock, Virtual};
use crate::model::{FINDING_SPACING, Purpose, RunId, Said, Span, Target, Urgency, shared};
use crate::poll::{Again, Options};

fn is_jobs_of(target: &Target, id: u64) -> bool {
    matches!(target, Target::Jobs { run, .. } if *run == RunId(id))
}

#[tokio::test]
async fn runners_are_read_before_jobs_whatever_their_flags() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runs { .. } => Ok(runs(&[run(7, "in_progress")])),
        _ => quiet(ask),
    });
    poller(&stage, &clock, options())
        .sweep(&[], &[])
        .await
        .unwrap();
    let asked = stage.asked();
    let place = |wanted: &dyn Fn(&Target) -> bool| asked.iter().position(wanted).unwrap();
    let runners = place(&|target| matches!(target, Target::Runners { .. }));
    let runs = place(&|target| matches!(target, Target::Runs { .. }));
    let jobs = place(&|target| is_jobs_of(target, 7));
    assert!(runners < runs && runs < jobs, "{asked:?}");
}

#[tokio::test]
async fn every_request_served_is_recorded_once() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, quiet);
    let poller = poller(&stage, &clock, options());
    poller.sweep(&[], &[]).await.unwrap();
    poller.end_cycle();
    let records = poller.drain();
    assert_eq!(exchanges(&records).len(), stage.asked().len());
    let numbers: Vec<_> = exchanges(&records).iter().map(|e| e.number).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    assert!(last_cycle(&records).jobs_complete);
}

/// A run is `queued` while one of its jobs runs (cli/cli#13972).
#[tokio::test]
async fn jobs_of_queued_runs_are_read() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runs { .. } => Ok(runs(&[
            run(1, "queued"),
            run(2, "waiting"),
            run(3, "pending"),
        ])),
        _ => quiet(ask),
    });
    poller(&stage, &clock, options())
        .sweep(&[], &[])
        .await
        .unwrap();
    for id in 1..=3 {
        assert!(
            stage.asked().iter().any(|target| is_jobs_of(target, id)),
            "run {id}"
        );
    }
}

/// The newest page and the filtered lists are a union; what only the former
/// shows is counted, as filtered lists can be stale.
#[tokio::test]
async fn discovery_is_a_union() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runs { status: None, .. } => Ok(newest_of_many(&[run(1, "in_progress")])),
        Target::Runs {
            status: Some(s), ..
        } if &**s == "queued" => Ok(runs(&[run(2, "queued")])),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, options());
    poller.sweep(&[], &[]).await.unwrap();
    poller.end_cycle();
    assert!(stage.asked().iter().any(|target| is_jobs_of(target, 1)));
    assert!(stage.asked().iter().any(|target| is_jobs_of(target, 2)));
    assert_eq!(last_cycle(&poller.drain()).only_unfiltered, 1);
}

#[tokio::test]
async fn a_page_that_holds_all_runs_needs_no_filtered_lists() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, quiet);
    poller(&stage, &clock, options())
        .sweep(&[], &[])
        .await
        .unwrap();
    let filtered = |target: &Target| {
        matches!(
            target,
            Target::Runs {
                status: Some(_),
                ..
            }
        )
    };
    assert!(!stage.asked().iter().any(filtered));
}

/// An open run that fell off every list is still read; one whose jobs have
/// all completed is demoted, even if GitHub never closes it.
#[tokio::test]
async fn known_open_runs_are_read_again_and_stuck_ones_demoted() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runs { .. } if ask.before == 0 => {
            Ok(runs(&[run(1, "in_progress"), run(2, "in_progress")]))
        }
        Target::Jobs { run: RunId(1), .. } => Ok(jobs(&[job(11, 1, 1)])),
        Target::Jobs { run: RunId(2), .. } => Ok(jobs(&[completed(job(21, 2, 2))])),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, options());
    for _ in 0..3 {
        poller.sweep(&[], &[]).await.unwrap();
    }
    let count = |id| {
        stage
            .asked()
            .iter()
            .filter(|target| is_jobs_of(target, id))
            .count()
    };
    assert_eq!((count(1), count(2)), (3, 1));
}

#[tokio::test]
async fn a_list_that_is_short_is_a_gap() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runners { .. } => Ok(Said::Runners {
            total: Some(3),
            runners: shared([runner(1, false), runner(2, false)]),
            undecodable: 0,
        }),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, options());
    let cycle = swept(&poller).await;
    assert_eq!((cycle.runners_expected, cycle.runners_read), (3, 2));
    assert_eq!(cycle.gaps.len(), 1);
}

/// A runner that is deregistered between two pages moves the rest up: the one
/// that would begin the second page is on none.
#[tokio::test]
async fn a_total_that_drops_between_pages_is_a_gap() {
    let clock = Virtual::starting(morning());
    let mut stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runners { page, .. } => Ok(match page {
            1 => Said::Runners {
                total: Some(4),
                runners: shared([runner(1, false), runner(2, false)]),
                undecodable: 0,
            },
            // Runner 1 is gone, and 3 has taken its place on the first page.
            _ => Said::Runners {
                total: Some(3),
                runners: shared([runner(4, false)]),
                undecodable: 0,
            },
        }),
        _ => quiet(ask),
    });
    stage.leads = Leads::InACircle;
    let poller = poller(&stage, &clock, options());
    let cycle = swept(&poller).await;
    assert_eq!((cycle.runners_expected, cycle.runners_read), (4, 3));
    assert_eq!(cycle.gaps.len(), 1);
}

#[tokio::test]
async fn a_next_link_that_loops_is_left() {
    let clock = Virtual::starting(morning());
    let mut stage = Stage::new(&clock, quiet);
    stage.leads = Leads::InACircle;
    poller(&stage, &clock, options())
        .sweep(&[], &[])
        .await
        .unwrap();
    let runners = |target: &&Target| matches!(target, Target::Runners { .. });
    assert_eq!(stage.asked().iter().filter(runners).count(), 2);
}

/// Three reads, each sent after the one before was complete.
#[tokio::test]
async fn a_sandwich_is_job_runner_job_in_strict_sequence() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Job { .. } => Ok(Said::Job(Some(Box::new(job(11, 1, 1))))),
        Target::Runner { .. } => Ok(Said::Runner(Some(runner(1, false)))),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, options());
    poller.confirm(&[candidate(1, 11, Urgency::Young)]).await;
    let records = poller.drain();
    let made = sandwiches(&records, Purpose::Candidate);
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].parts.len(), 3);
    let windows: Vec<_> = exchanges(&records).iter().map(|e| e.window).collect();
    assert!(
        windows
            .windows(2)
            .all(|pair| pair[0].received <= pair[1].sent)
    );
    assert!(exchanges(&records).iter().all(|e| !e.conditional));
}

#[tokio::test]
async fn a_runner_that_vanished_is_asked_for_by_id_and_no_more() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, quiet);
    let poller = poller(&stage, &clock, options());
    poller.confirm(&[candidate(1, 11, Urgency::Vanished)]).await;
    let id = crate::model::RunnerId(1);
    let scope = scope();
    assert_eq!(stage.asked(), [Target::Runner { scope, id }]);
    assert!(sandwiches(&poller.drain(), Purpose::Candidate).is_empty());
}

#[tokio::test]
async fn a_refuted_sandwich_spends_nothing_more() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Job { .. } => Ok(Said::Job(Some(Box::new(completed(job(11, 1, 1)))))),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, options());
    poller.confirm(&[candidate(1, 11, Urgency::Young)]).await;
    assert_eq!(stage.asked().len(), 1);
}

#[tokio::test]
async fn the_budget_keeps_the_urgent_ones_and_counts_the_rest() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, quiet);
    let poller = poller(
        &stage,
        &clock,
        Options {
            confirmations: 1,
            ..options()
        },
    );
    let candidates = [
        candidate(1, 11, Urgency::OpenPeriod),
        candidate(2, 22, Urgency::Young),
        candidate(3, 33, Urgency::Control),
    ];
    poller.confirm(&candidates).await;
    poller.end_cycle();
    let records = poller.drain();
    let made = sandwiches(&records, Purpose::Candidate);
    assert_eq!(made.iter().map(|s| s.runner.0).collect::<Vec<_>>(), [1]);
    assert_eq!(sandwiches(&records, Purpose::Control).len(), 1);
    assert_eq!(last_cycle(&records).not_confirmed, 1);
}

#[tokio::test]
async fn a_check_sandwiches_twice_at_least_5_s_apart() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Job { .. } => Ok(Said::Job(Some(Box::new(job(11, 1, 1))))),
        Target::Runner { .. } => Ok(Said::Runner(Some(runner(1, false)))),
        _ => quiet(ask),
    });
    let again = Options {
        again: Again::SameCycle,
        ..options()
    };
    let poller = poller(&stage, &clock, again);
    poller.confirm(&[candidate(1, 11, Urgency::Young)]).await;
    let records = poller.drain();
    let made = sandwiches(&records, Purpose::Candidate);
    let middle = |index: usize| {
        let number = made[index].parts[1];
        exchanges(&records)
            .into_iter()
            .find(|e| e.number == number)
            .unwrap()
            .window
            .sent
    };
    assert_eq!(made.len(), 2);
    assert!(FINDING_SPACING <= middle(1) - middle(0));
    assert!(clock.mono() - middle(0) < Span::secs(10));
}

/// What lies below a full newest page is known by filtered lists alone, whatever
/// the page shows last; how likely that is the oldest run on it says.
#[tokio::test]
async fn a_full_newest_page_is_noted() {
    let noted = async |oldest: &'static str, many: bool| {
        let clock = Virtual::starting(morning());
        let stage = Stage::new(&clock, move |ask| match &ask.request.target {
            Target::Runs { status: None, .. } if many => {
                Ok(newest_of_many(&[run(2, "completed"), run(1, oldest)]))
            }
            Target::Runs { status: None, .. } => Ok(runs(&[run(2, "completed"), run(1, oldest)])),
            _ => quiet(ask),
        });
        let poller = poller(&stage, &clock, options());
        let cycle = swept(&poller).await;
        (cycle.page_full, cycle.open_below)
    };
    assert_eq!(noted("completed", false).await, (false, false));
    assert_eq!(noted("completed", true).await, (true, false));
    assert_eq!(noted("in_progress", true).await, (true, true));
}
