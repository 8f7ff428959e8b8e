//! What failures become: retries that are seen, waits that are kept, gaps
//! that say why, and an end where going on makes no sense.

use std::collections::BTreeSet;

use super::stage::*;
use crate::clock::{Clock, Virtual};
use crate::model::{Gap, Mono, OpenJob, Said, Scope, Span, Target, UnknownReason, Urgency};
use crate::poll::{Breadth, Fatal, Options, PollError};

fn cut() -> PollError {
    PollError::NotAnAnswer("502 Bad Gateway".to_owned())
}

fn limited(retry_after: Option<Span>) -> PollError {
    PollError::Limited {
        detail: "403 rate limited".to_owned(),
        retry_after,
        reset: None,
    }
}

#[tokio::test]
async fn a_passing_fault_is_tried_again_and_seen() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runners { .. } if ask.before == 0 => Err(cut()),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, options());
    poller.sweep(&[], &[]).await.unwrap();
    poller.end_cycle();
    let records = poller.drain();
    let first = exchanges(&records)[0];
    let second = exchanges(&records)[1];
    assert!(matches!(first.said, Said::Failed(_)));
    assert_eq!((first.retry, second.retry), (0, 1));
    assert!(last_cycle(&records).gaps.is_empty());
    assert_eq!(last_cycle(&records).runners_read, 2);
}

#[tokio::test]
async fn a_lasting_fault_is_a_gap_and_no_value() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runners { .. } => Err(cut()),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, options());
    let cycle = swept(&poller).await;
    assert_eq!((cycle.runners_expected, cycle.runners_read), (1, 0));
    assert_eq!(cycle.gaps[0].reason, UnknownReason::HttpError);
}

#[tokio::test]
async fn a_failed_job_list_leaves_the_jobs_incomplete() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runs { .. } => Ok(runs(&[run(1, "in_progress")])),
        Target::Jobs { .. } => Err(cut()),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, options());
    assert!(!swept(&poller).await.jobs_complete);
}

/// A run that is listed and whose jobs answer 404 has jobs that nobody has read;
/// one that was deleted is not listed for long.
#[tokio::test]
async fn a_404_of_a_listed_runs_jobs_is_no_list_without_jobs() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runs { .. } if ask.before < 2 => Ok(runs(&[run(1, "in_progress")])),
        Target::Jobs { .. } => Err(PollError::NotFound("404 Not Found".to_owned())),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, options());
    let mut complete = Vec::new();
    for _ in 0..3 {
        complete.push(swept(&poller).await.jobs_complete);
    }
    assert_eq!(complete, [false, false, true]);
}

/// A run in progress has jobs, whatever its list says. One that has not begun
/// may have none yet, which nothing that must hold alone is built on; one that
/// is over may never have had any.
#[tokio::test]
async fn a_running_run_without_jobs_lacks_them() {
    let complete = async |status: &'static str, breadth: Breadth| {
        let clock = Virtual::starting(morning());
        let stage = Stage::new(&clock, move |ask| match &ask.request.target {
            Target::Runs { .. } => Ok(runs(&[run(1, status)])),
            _ => quiet(ask),
        });
        let poller = poller(
            &stage,
            &clock,
            Options {
                breadth,
                ..options()
            },
        );
        let cycle = swept(&poller).await;
        let lacks = |gap: &Gap| gap.reason == UnknownReason::IncompletePages;
        assert_eq!(cycle.jobs_complete, cycle.gaps.is_empty());
        assert!(cycle.gaps.iter().all(lacks));
        cycle.jobs_complete
    };
    for (breadth, whole) in [(Breadth::Turns, true), (Breadth::Everything, false)] {
        assert!(!complete("in_progress", breadth).await);
        assert!(complete("completed", breadth).await);
        for status in ["queued", "waiting", "pending", "requested"] {
            assert_eq!(complete(status, breadth).await, whole, "{status}");
        }
    }
}

/// Also where it was read before the list of runs said that it is in progress:
/// an open job of it was known.
#[tokio::test]
async fn a_run_known_by_its_job_lacks_jobs_once_it_is_listed() {
    let clock = Virtual::starting(morning());
    let mut stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runs { .. } => Ok(runs(&[run(1, "in_progress")])),
        _ => quiet(ask),
    });
    stage.lets_others_on = true;
    let poller = poller(&stage, &clock, options());
    let open = [OpenJob::of(&job(5, 1, 1))];
    poller.sweep(&open, &[]).await.unwrap();
    poller.end_cycle();
    let records = poller.drain();
    let cycle = last_cycle(&records);
    assert!(!cycle.jobs_complete);
    assert_eq!(cycle.gaps[0].reason, UnknownReason::IncompletePages);
}

/// A page of runs that is empty, and says that there are some, lacks them.
#[tokio::test]
async fn a_page_that_lacks_its_runs_is_a_gap() {
    let noted = async |total: u64, filtered: bool| {
        let clock = Virtual::starting(morning());
        let stage = Stage::new(&clock, move |ask| match &ask.request.target {
            Target::Runs { status, .. } if filtered == status.is_some() => Ok(Said::Runs {
                total: Some(total),
                runs: Vec::new(),
                undecodable: 0,
            }),
            // So that filtered lists are asked for.
            Target::Runs { status: None, .. } => {
                Ok(newest_of_many(&vec![run(2, "completed"); 100]))
            }
            _ => quiet(ask),
        });
        let poller = poller(&stage, &clock, options());
        let cycle = swept(&poller).await;
        let reasons: BTreeSet<_> = cycle.gaps.iter().map(|gap| gap.reason).collect();
        (cycle.jobs_complete, reasons)
    };
    let lacks = || BTreeSet::from([UnknownReason::IncompletePages]);
    for filtered in [false, true] {
        assert_eq!(noted(3, filtered).await, (false, lacks()));
        assert_eq!(noted(0, filtered).await, (true, BTreeSet::new()));
    }
}

/// `jobs?per_page=100` on runs with about 90 jobs gave steady 502s
/// (open-telemetry/opentelemetry-java-instrumentation#18649).
#[tokio::test]
async fn large_pages_that_fail_are_asked_for_smaller() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runs { .. } => Ok(runs(&[run(1, "in_progress")])),
        Target::Jobs { .. } if 30 < ask.request.per_page => Err(cut()),
        Target::Jobs { .. } => Ok(jobs(&[job(5, 1, 1)])),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, options());
    poller.sweep(&[], &[]).await.unwrap();
    poller.end_cycle();
    let mut sizes = stage.page_sizes(|target| matches!(target, Target::Jobs { .. }));
    sizes.dedup();
    assert_eq!(sizes, [100, 50, 30]);
    assert!(last_cycle(&poller.drain()).jobs_complete);
}

#[tokio::test]
async fn a_stated_limit_is_waited_for_in_full_and_recorded() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runners { .. } if ask.before == 0 => Err(limited(Some(Span::secs(40)))),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, options());
    poller.sweep(&[], &[]).await.unwrap();
    poller.end_cycle();
    let records = poller.drain();
    let windows: Vec<_> = exchanges(&records).iter().map(|e| e.window).collect();
    assert!(Span::secs(40) <= windows[1].sent - windows[0].received);
    assert_eq!(
        last_cycle(&records).gaps[0].reason,
        UnknownReason::RateLimited
    );
}

#[tokio::test]
async fn an_unstated_limit_is_waited_for_at_least_a_minute() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runners { .. } if ask.before == 0 => Err(limited(None)),
        _ => quiet(ask),
    });
    poller(&stage, &clock, options())
        .sweep(&[], &[])
        .await
        .unwrap();
    assert!(Mono::from_millis(60_000) <= clock.mono());
}

#[tokio::test]
async fn a_limit_beyond_the_deadline_ends_the_reading() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runners { .. } => Err(limited(Some(Span::secs(3600)))),
        _ => quiet(ask),
    });
    let deadline = Some(Mono::from_millis(45_000));
    let poller = poller(
        &stage,
        &clock,
        Options {
            deadline,
            ..options()
        },
    );
    poller.sweep(&[], &[]).await.unwrap();
    poller.end_cycle();
    assert_eq!(
        stage.asked().len(),
        1,
        "nothing is asked while the limit lasts"
    );
    let records = poller.drain();
    let reasons: Vec<_> = last_cycle(&records)
        .gaps
        .iter()
        .map(|gap| gap.reason)
        .collect();
    assert!(
        reasons
            .iter()
            .all(|&reason| reason == UnknownReason::RateLimited)
    );
}

/// A run that is over before a limit is does not wait for it.
#[tokio::test]
async fn a_limit_beyond_the_end_of_the_run_is_not_waited_for() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runners { .. } => Err(limited(Some(Span::secs(30)))),
        _ => quiet(ask),
    });
    let ends = Some(Mono::from_millis(6000));
    let poller = poller(&stage, &clock, Options { ends, ..options() });
    poller.sweep(&[], &[]).await.unwrap();
    poller.end_cycle();
    assert_eq!(stage.asked().len(), 1);
    assert!(clock.mono() < Mono::from_millis(1000));
}

/// The gate was open when the request began to wait for its turn.
#[tokio::test]
async fn a_request_that_waits_for_its_turn_is_not_sent_into_a_limit() {
    let clock = Virtual::starting(morning());
    let mut stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runners { .. } => Err(limited(Some(Span::secs(3600)))),
        _ => quiet(ask),
    });
    stage.lets_others_on = true;
    let one_at_a_time = Options {
        max_concurrent: 1,
        deadline: Some(Mono::from_millis(45_000)),
        ..options()
    };
    let poller = poller(&stage, &clock, one_at_a_time);
    let beside = [candidate(1, 7, Urgency::OpenPeriod)];
    poller.sweep(&[], &beside).await.unwrap();
    let asked = stage.asked();
    assert!(matches!(asked[..], [Target::Runners { .. }]), "{asked:?}");
}

#[tokio::test]
async fn no_access_ends_the_first_cycle_only() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runners { .. } if 0 < ask.before => {
            Err(PollError::NotFound("404 Not Found".to_owned()))
        }
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, options());
    poller.sweep(&[], &[]).await.unwrap();
    poller.sweep(&[], &[]).await.unwrap();
    let gone = Stage::new(&clock, |_| {
        Err(PollError::NotFound("404 Not Found".to_owned()))
    });
    let first = super::stage::poller(&gone, &clock, options())
        .sweep(&[], &[])
        .await;
    assert!(matches!(first, Err(Fatal::Access { .. })), "{first:?}");
}

#[tokio::test]
async fn nothing_answering_ends_the_first_cycle() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |_| Err(PollError::NoAnswer("refused".to_owned())));
    let first = poller(&stage, &clock, options()).sweep(&[], &[]).await;
    assert!(matches!(first, Err(Fatal::Unreachable { .. })), "{first:?}");
}

/// An attempt for which there was no token was never sent.
#[tokio::test]
async fn what_was_never_sent_is_not_tried_again() {
    let clock = Virtual::starting(morning());
    let mut stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runners { .. } if ask.before == 0 => Err(limited(Some(Span::secs(3)))),
        _ => quiet(ask),
    });
    stage.costs = 0;
    let poller = poller(&stage, &clock, options());
    poller.sweep(&[], &[]).await.unwrap();
    poller.end_cycle();
    let records = poller.drain();
    assert!(exchanges(&records).iter().all(|it| it.retry == 0));
    assert_eq!(last_cycle(&records).runners_read, 2);
}

/// A fresh token may be unknown to a server for seconds: longer than other
/// faults are waited for.
#[tokio::test]
async fn a_credential_that_is_being_renewed_is_waited_for() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runners { .. } if ask.before < 5 => {
            Err(PollError::Renewing("401 Unauthorized".to_owned()))
        }
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, options());
    poller.sweep(&[], &[]).await.unwrap();
    poller.end_cycle();
    let records = poller.drain();
    assert_eq!(exchanges(&records)[5].retry, 5);
    assert!(last_cycle(&records).gaps.is_empty());
    assert_eq!(last_cycle(&records).runners_read, 2);
}

/// One of two lists fails for a while: what it had before is what is missing,
/// in each cycle.
#[tokio::test]
async fn a_scope_that_fails_is_expected_to_have_what_it_had() {
    let other = || Scope::Org("other".into());
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runners { scope, .. } if *scope == other() && 0 < ask.before => {
            Err(PollError::Rejected("422".to_owned()))
        }
        _ => quiet(ask),
    });
    let two = Options {
        scopes: vec![scope(), other()],
        ..options()
    };
    let poller = poller(&stage, &clock, two);
    let mut counted = Vec::new();
    for _ in 0..4 {
        let cycle = swept(&poller).await;
        counted.push((cycle.runners_expected, cycle.runners_read));
    }
    assert_eq!(counted, [(4, 4), (4, 2), (4, 2), (4, 2)]);
}
