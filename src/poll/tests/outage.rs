//! GitHub is down: no storm of retries, a gap that says why, and a whole cycle
//! as soon as it is up again.

use super::stage::*;
use crate::clock::{Clock, Virtual};
use crate::model::{Mono, Said, Span, Target, UnknownReason};
use crate::poll::PollError;

/// Down from minute 10 to minute 20.
fn down(clock: &Virtual) -> bool {
    let now = clock.mono();
    Mono::from_millis(600_000) <= now && now < Mono::from_millis(1_200_000)
}

fn working(ask: &Ask) -> Result<Said, PollError> {
    match &ask.request.target {
        Target::Runs { .. } => Ok(runs(&[
            run(1, "in_progress"),
            run(2, "in_progress"),
            run(3, "in_progress"),
        ])),
        Target::Jobs { run, .. } => Ok(jobs(&[job(10 + run.0, run.0, run.0)])),
        _ => quiet(ask),
    }
}

#[tokio::test]
async fn an_outage_is_one_request_a_cycle_and_ends_with_the_first_answer() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| {
        if down(&clock) {
            return Err(PollError::NotAnAnswer("502 Bad Gateway".to_owned()));
        }
        working(ask)
    });
    let poller = poller(&stage, &clock, options());
    let mut asked = Vec::new();
    for number in 0..50 {
        clock.sleep_until(Mono::from_millis(number * 30_000)).await;
        stage.forget_asked();
        poller.sweep(&[], &[]).await.unwrap();
        poller.confirm(&[]).await;
        poller.end_cycle();
        asked.push(stage.asked().len());
    }
    assert_eq!(&asked[15..20], [5; 5], "before");
    assert!(
        asked[20] <= 16,
        "the first attempts are repeated: {asked:?}"
    );
    assert_eq!(&asked[21..40], [1; 19], "a probe a cycle");
    assert_eq!(&asked[40..], [5; 10], "whole at once");
    let records = poller.drain();
    let cycles = cycles(&records);
    assert!(cycles[40].jobs_complete);
    assert_eq!(cycles[40].runners_read, 2);
    let probing = cycles[30];
    assert!(!probing.jobs_complete);
    assert_eq!(probing.runners_read, 0);
    let targets: Vec<_> = probing.gaps.iter().map(|gap| &*gap.target).collect();
    assert_eq!(targets, ["runners of repo:acme/atlas", "every request"]);
}

/// A run whose job list fails steadily is not an outage.
#[tokio::test]
async fn one_broken_list_holds_nothing_else_back() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Jobs { run, .. } if run.0 == 2 => {
            Err(PollError::NotAnAnswer("502 Bad Gateway".to_owned()))
        }
        _ => working(ask),
    });
    let poller = poller(&stage, &clock, options());
    for _ in 0..5 {
        stage.forget_asked();
        poller.sweep(&[], &[]).await.unwrap();
        let asked = stage.asked();
        let others = asked
            .iter()
            .filter(|target| !matches!(target, Target::Jobs { run, .. } if run.0 == 2));
        assert_eq!(others.count(), 4);
    }
}

/// The size that works is where the next cycle begins.
#[tokio::test]
async fn a_page_that_is_too_large_is_not_tried_again() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Jobs { .. } if 30 < ask.request.per_page => {
            Err(PollError::NotAnAnswer("502 Bad Gateway".to_owned()))
        }
        _ => working(ask),
    });
    let poller = poller(&stage, &clock, options());
    poller.sweep(&[], &[]).await.unwrap();
    stage.forget_asked();
    poller.sweep(&[], &[]).await.unwrap();
    let sizes = stage.page_sizes(|target| matches!(target, Target::Jobs { .. }));
    assert_eq!(sizes, [30; 3]);
}

#[tokio::test]
async fn a_server_that_says_when_it_is_back_is_left_alone_until_then() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Runners { .. } if ask.before == 0 => Err(PollError::Unavailable {
            detail: "503 Service Unavailable".to_owned(),
            retry_after: Span::secs(20),
        }),
        _ => working(ask),
    });
    let poller = poller(&stage, &clock, options());
    poller.sweep(&[], &[]).await.unwrap();
    poller.end_cycle();
    let records = poller.drain();
    let windows: Vec<_> = exchanges(&records).iter().map(|e| e.window).collect();
    assert!(Span::secs(20) <= windows[1].sent - windows[0].received);
    let cycle = last_cycle(&records);
    assert_eq!(cycle.gaps[0].reason, UnknownReason::HttpError);
    assert!(cycle.jobs_complete);
}
