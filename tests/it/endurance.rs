//! Memory and descriptors of a watch that goes on and on. Only when asked, as
//! it takes minutes: `benches/endurance.sh`.

use std::time::Duration;

use crate::support::{Churn, FakeGitHub, Live, Tool, pause};

/// Looks at the process over the whole run.
const LOOKS: u32 = 40;

/// What a process holds.
#[derive(Debug, Clone, Copy)]
struct Held {
    kib: u64,
    descriptors: usize,
}

fn held(watch: &Live) -> Option<Held> {
    let process = format!("/proc/{}", watch.pid());
    let status = std::fs::read_to_string(format!("{process}/status")).ok()?;
    let resident = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib = resident.split_whitespace().nth(1)?.parse().ok()?;
    let descriptors = std::fs::read_dir(format!("{process}/fd")).ok()?.count();
    Some(Held { kib, descriptors })
}

/// The looks of a run, from its second tenth on: at first it learns its fleet.
fn looks(watch: &mut Live, cycles: u32) -> Vec<Held> {
    let spacing = Duration::from_secs(u64::from(cycles / LOOKS));
    let mut looks = Vec::new();
    while watch.is_running() {
        pause(spacing);
        if let Some(held) = held(watch) {
            looks.push(held);
        }
    }
    looks.split_off(looks.len() / 10)
}

fn most<T: Ord>(of: &[Held], what: impl Fn(&Held) -> T) -> T {
    of.iter().map(what).max().expect("a look")
}

#[test]
fn a_watch_of_many_cycles_needs_no_more_than_one_of_few() {
    let Ok(cycles) = std::env::var("ENDURANCE") else {
        return;
    };
    let cycles: u32 = cycles.parse().expect("a number of cycles");
    let fleet = Churn {
        runners: 40,
        jobs: 36,
        ..Churn::default()
    };
    let fake = FakeGitHub::builder()
        .repo("acme/atlas")
        .no_rate_limit()
        .churn(fleet)
        .start();
    let binary = std::env::var("BINARY").expect("the binary to look at");
    let binary = std::path::absolute(binary).expect("a path");
    let tool = Tool::new().against(&fake);
    let tool = tool.args(["watch", "-R", "acme/atlas", "--interval", "1s"]);
    let tool = ["HURRY", "HURRY_FROM", "LD_PRELOAD"]
        .into_iter()
        .filter_map(|name| Some((name, std::env::var_os(name)?)))
        .fold(tool, |tool, (name, value)| tool.env(name, value));
    let mut watch = tool
        .args(["--format", "json", "--cycles", &cycles.to_string()])
        .limit(Duration::from_secs(u64::from(cycles) * 10))
        .spawn_other(binary.to_str().expect("UTF-8"));
    let looks = looks(&mut watch, cycles);
    for held in &looks {
        println!("  {} KiB, {} descriptors", held.kib, held.descriptors);
    }
    let ran = watch.wait();
    let report = ran.code_is(0).json();
    assert_eq!(report["coverage"]["cycles"], cycles, "{ran}");
    println!("{} requests", report["requests"]["total"]);
    let (early, late) = looks.split_at(looks.len() / 2);
    let kib = |held: &Held| held.kib;
    let descriptors = |held: &Held| held.descriptors;
    println!(
        "at most {} KiB, then {} KiB",
        most(early, kib),
        most(late, kib)
    );
    assert!(most(late, kib) <= most(early, kib) * 11 / 10);
    assert!(most(late, descriptors) <= most(early, descriptors));
}
