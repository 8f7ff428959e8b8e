//! How long limits are waited for, whatever the headers say
//! (`github-api.md` §6).

use super::stage::*;
use crate::clock::{Clock, Virtual};
use crate::model::{Mono, MonoWindow, Span, Timestamp, UnknownReason};
use crate::poll::PollError;
use crate::poll::pace::{Gate, Sign};

fn limited(retry_after: Option<Span>, reset: Option<Timestamp>) -> PollError {
    PollError::Limited {
        detail: "403 Forbidden".to_owned(),
        retry_after,
        reset,
    }
}

fn at(secs: i64) -> MonoWindow {
    MonoWindow {
        sent: Mono::from_millis(secs * 1000),
        received: Mono::from_millis(secs * 1000),
    }
}

/// Seconds that a fresh gate closes for.
fn wait(error: &PollError) -> i64 {
    let until = Gate::default().note(Sign {
        error: Some(error),
        date: Some(morning()),
        window: at(0),
    });
    (until.unwrap() - Mono::from_millis(0)).as_millis() / 1000
}

#[test]
fn what_is_stated_is_waited_for_and_nonsense_is_not() {
    let reset = |after: i64| limited(None, Some(morning() + Span::secs(after)));
    let retry = |after: i64| limited(Some(Span::secs(after)), None);
    assert_eq!(wait(&retry(40)), 40);
    assert_eq!(wait(&retry(0)), 1, "never at once");
    assert_eq!(wait(&retry(86_400)), 7200, "an absurd wait is cut");
    assert_eq!(wait(&reset(1200)), 1201, "a second after the reset");
    assert_eq!(wait(&reset(0)), 1);
    assert_eq!(
        wait(&reset(-1200)),
        60,
        "a reset in the past states nothing"
    );
    assert_eq!(
        wait(&reset(86_400 * 365)),
        60,
        "nor does one beyond the hour"
    );
    assert_eq!(wait(&limited(None, None)), 60);
    let both = limited(Some(Span::secs(5)), Some(morning() + Span::secs(1200)));
    assert_eq!(wait(&both), 5, "retry-after comes first");
}

#[test]
fn waits_that_prove_too_short_grow_and_an_answer_ends_that() {
    let gate = Gate::default();
    let mut now = 0;
    let mut close = |error: &PollError| {
        let sign = Sign {
            error: Some(error),
            date: Some(morning()),
            window: at(now),
        };
        let until = gate.note(sign).unwrap();
        let wait = (until - Mono::from_millis(now * 1000)).as_millis() / 1000;
        now += wait + 1;
        wait
    };
    let unstated = limited(None, None);
    let waits: Vec<_> = (0..6).map(|_| close(&unstated)).collect();
    assert_eq!(waits, [60, 120, 240, 480, 900, 900]);
    let answer = Sign {
        error: None,
        date: None,
        window: at(10_000),
    };
    assert_eq!(gate.note(answer), None);
    let sign = Sign {
        error: Some(&unstated),
        date: None,
        window: at(10_001),
    };
    let until = gate.note(sign).unwrap();
    assert_eq!(until, Mono::from_millis(10_061_000));
}

/// Ten requests under way that all meet the limit are one limit.
#[test]
fn requests_on_their_way_count_as_one() {
    let gate = Gate::default();
    let unstated = limited(None, None);
    let sign = |received: i64| Sign {
        error: Some(&unstated),
        date: None,
        window: MonoWindow {
            sent: Mono::from_millis(0),
            received: Mono::from_millis(received),
        },
    };
    let told: Vec<_> = (1..=10).filter_map(|n| gate.note(sign(n))).collect();
    assert_eq!(told.last(), Some(&Mono::from_millis(60_010)));
}

/// The watch goes on after it; what was read so far is kept meanwhile.
#[tokio::test]
async fn a_long_limit_ends_the_cycle_and_the_next_begins_after_it() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| {
        if clock.mono() < Mono::from_millis(1_000_000) {
            return Err(limited(Some(Span::secs(1000)), None));
        }
        quiet(ask)
    });
    let poller = poller(&stage, &clock, options());
    poller.sweep(&[], &[]).await.unwrap();
    poller.end_cycle();
    assert_eq!(stage.asked().len(), 1);
    let wanted = Mono::from_millis(30_000);
    let next = poller.next_cycle(wanted);
    assert_eq!(next, Mono::from_millis(1_000_100));
    let records = poller.drain();
    let gaps = &last_cycle(&records).gaps;
    assert_eq!(gaps[0].reason, UnknownReason::RateLimited);
    assert_eq!(gaps[0].to, next);
    clock.sleep_until(next).await;
    assert!(swept(&poller).await.jobs_complete);
}
