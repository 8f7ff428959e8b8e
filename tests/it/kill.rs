//! `kill -9` at any time: what stood in the recording stays, and the next
//! watch goes on in it.
//!
//! `KILLS=1000 cargo test --test it kill:: -- --nocapture`

use std::path::Path;
use std::time::Duration;

use crate::support::{FakeGitHub, JobSpec, Signal, Tool, pause};

const REPO: &str = "acme/atlas";

/// Kills of one recording: a watch reads it from its beginning.
const OF_A_FILE: u64 = 50;

/// A watch writes its first cycle in this time, and then waits.
const FIRST_CYCLE: u64 = 250;

fn number(name: &str, otherwise: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(otherwise, |text| text.parse().expect("a whole number"))
}

/// Any time from a seed, one for each kill.
fn delay(kill: u64) -> Duration {
    let seed = number("KILL_SEED", 1);
    let mut z = (seed << 32 | kill).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    Duration::from_millis((z >> 33) % FIRST_CYCLE)
}

fn bytes(recording: &Path) -> Vec<u8> {
    std::fs::read(recording).unwrap_or_default()
}

/// Up to the end of the last whole line: no fsync has gone further.
fn whole(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    bytes.truncate(end.map_or(0, |end| end + 1));
    bytes
}

/// Whether the kill left a torn line.
fn is_kept(before: &[u8], recording: &Path) -> bool {
    let left = bytes(recording);
    assert!(left.starts_with(before), "a line was lost");
    let torn = whole(left.clone()).len() < left.len();
    if left.is_empty() {
        return torn;
    }
    let report = Tool::new().args(["report", "--format", "json"]);
    let ran = report.args([recording]).run();
    assert!(matches!(ran.code, Some(0 | 10 | 11)), "{ran}");
    assert_eq!(ran.json()["sources"][0]["skipped"], 0, "{ran}");
    torn
}

#[test]
fn no_kill_loses_a_line() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "honest")
        .runner(2, "liar")
        .job(JobSpec::on(1))
        .job(JobSpec::on(2))
        .liar(2)
        .start();
    let kills = number("KILLS", 8);
    let tool = Tool::new().against(&fake);
    let (mut torn, mut lines) = (0, 0);
    for kill in 0..kills {
        let recording = tool.dir().join(format!("{}.ndjson", kill / OF_A_FILE));
        let watch = tool.args(["watch", "-R", REPO, "--interval", "1s", "--record"]);
        let mut running = watch.args([&recording]).spawn();
        running.stderr_until(|line| line.starts_with("watching"));
        pause(delay(kill));
        let before = whole(bytes(&recording));
        running.signal(Signal::Kill);
        running.wait();
        torn += u64::from(is_kept(&before, &recording));
        if kill % OF_A_FILE == OF_A_FILE - 1 || kill == kills - 1 {
            lines += bytes(&recording).split(|byte| *byte == b'\n').count();
        }
    }
    println!("{kills} kills, {lines} lines, {torn} torn, none lost");
}
