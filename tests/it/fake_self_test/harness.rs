//! The harness of the binary, tried on other programs.

use std::time::Duration;

use super::{REPO, small};
use crate::support::{Signal, Tool};

#[test]
fn the_harness_is_a_clean_room() {
    let ran = Tool::new().env("GH_REPO", REPO).spawn_other("env").wait();
    ran.code_is(0)
        .stdout_has("TZ=Asia/Kathmandu")
        .stdout_has("GH_REPO=acme/atlas");
    ran.says_nowhere("CARGO");
}

#[test]
fn the_harness_leads_to_the_fake() {
    let fake = small().start();
    let said = ["-c", "echo $0 $@ ${#GH_TOKEN}; cat", "check"];
    let ran = Tool::new()
        .against(&fake)
        .args(said)
        .stdin("in\n")
        .spawn_other("sh")
        .wait();
    assert_eq!(
        ran.stdout,
        format!(
            "check --api-url {} {}\nin\n",
            fake.url(),
            fake.token().len()
        )
    );
}

#[test]
fn the_harness_talks_with_a_live_process() {
    let script =
        "trap 'echo bye; exit 7' TERM; echo ready; echo oops >&2; while :; do read x; done";
    let tool = Tool::new()
        .args(["-c", script])
        .limit(Duration::from_secs(10));
    let mut live = tool.stdin("").spawn_other("sh");
    assert_eq!(live.line(), "ready");
    assert_eq!(live.stderr_until(|line| line.contains("oops")), "oops");
    live.signal(Signal::Term);
    live.wait().code_is(7).stdout_has("bye");
}
