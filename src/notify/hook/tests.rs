//! What becomes of a command that hangs.

use super::{Alert, Event, Hook};

fn alert(event: Event) -> Alert {
    Alert {
        event,
        period: "{}".to_owned(),
    }
}

/// Time jumps here when nothing else can happen: the limit passes at once.
#[tokio::test(start_paused = true)]
async fn a_command_that_hangs_is_ended_and_the_next_one_runs() {
    let hook = Hook::new("case $RUNNER_DESYNC_EVENT in opened) sleep 600;; *) exit 7;; esac");
    hook.send(vec![alert(Event::Opened), alert(Event::Closed)]);
    let failures = hook.finish().await;
    assert_eq!(
        failures[0],
        "--on-desync (opened) took longer than 30 s and was ended"
    );
    assert!(
        failures[1].starts_with("--on-desync (closed)"),
        "{failures:?}"
    );
}
