//! What a watch costs and finds beside the loop that everybody writes first.
//! Only when asked, as it takes a minute in real time: `benches/cost.sh`.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::support::{FakeGitHub, JobSpec, RunnerSpec, Served, Steps, Tool, secs};

const LIARS: [u64; 3] = [1, 2, 3];
const RUNS_AT_ONCE: u64 = 60;
const JOBS_OF_A_RUN: u64 = 4;
const LATENCY: Duration = Duration::from_millis(120);

/// Jobs take so long, one after the other on each runner.
const LIFE: i64 = 42;

/// Seconds from the beginning of a cycle to that of the next.
const INTERVAL: i64 = 15;

/// How long the load goes on.
const MINUTES: i64 = 4;

/// What one way came to.
#[derive(Debug, Clone, Copy)]
struct Cost {
    requests: usize,
    charged: u64,
    seconds: f64,
    found: usize,
    falsely: usize,
}

/// 250 runners, 5 repositories, 60 runs and 240 jobs at once.
fn load(life: Life) -> FakeGitHub {
    let mut builder = FakeGitHub::builder().org("acme").latency(LATENCY);
    for id in 1..=250 {
        builder = builder.runner_spec(RunnerSpec::new(id, &format!("runner-{id:03}")));
    }
    for id in LIARS {
        builder = builder.liar(id);
    }
    for repo in 0..5 {
        builder = builder.repo(&format!("acme/r{repo}"));
        let places = (0..RUNS_AT_ONCE).filter(|place| place % 5 == repo);
        for place in places {
            for job in jobs(place, life) {
                builder = builder.job(job);
            }
        }
    }
    builder.start()
}

/// How long jobs run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    /// Over the whole time.
    Long,
    /// One after the other.
    Short,
}

/// The jobs of the runs of one place, one run after the other.
fn jobs(place: u64, life: Life) -> Vec<JobSpec> {
    let phase = i64::try_from(place).expect("a small number") * LIFE
        / i64::try_from(RUNS_AT_ONCE).expect("a small number");
    let turns = match life {
        Life::Long => 1,
        Life::Short => MINUTES * 60 / LIFE + 2,
    };
    let mut all = Vec::new();
    for turn in 0..turns {
        for number in 0..JOBS_OF_A_RUN {
            let runner = place * JOBS_OF_A_RUN + number + 1;
            let starts = secs((turn - 1) * LIFE - phase);
            let run = 1_000 + place * 100 + u64::try_from(turn).expect("a small number");
            let job = JobSpec::on(runner).run(run).id(run * 10 + number);
            let job = job.created(starts - Duration::from_secs(3)).starts(starts);
            all.push(match life {
                Life::Long => job
                    .starts(secs(-300))
                    .created(secs(-303))
                    .steps(Steps::Moving),
                Life::Short => job.ends(starts + Duration::from_secs(41)),
            });
        }
    }
    all
}

/// Counts what was asked since, and what was found.
fn cost(fake: &FakeGitHub, before: (usize, u64), runners: &BTreeSet<u64>) -> Cost {
    let requests = fake.requests();
    let ours = &requests[before.0..];
    let millis = took(ours);
    let liars: BTreeSet<_> = LIARS.into();
    Cost {
        requests: ours.len(),
        charged: fake.charged() - before.1,
        seconds: f64::from(i32::try_from(millis).expect("a small number")) / 1000.0,
        found: runners.intersection(&liars).count(),
        falsely: runners.difference(&liars).count(),
    }
}

/// Milliseconds from the first of some requests to the last answer.
fn took(requests: &[Served]) -> i64 {
    let first = requests.first().expect("a request").line.at;
    let last = requests.iter().filter_map(|served| served.answered).max();
    last.expect("an answer").0 - first.0
}

/// Seconds of each cycle: nothing is asked for long between two.
fn seconds_of_cycles(fake: &FakeGitHub) -> Vec<f64> {
    let requests = fake.requests();
    let cycles =
        requests.chunk_by(|one, next| next.line.at.0 - one.line.at.0 < INTERVAL * 1000 / 2);
    let millis = cycles.map(took);
    millis
        .map(|millis| f64::from(i32::try_from(millis).expect("a small number")) / 1000.0)
        .collect()
}

fn spent(fake: &FakeGitHub) -> (usize, u64) {
    (fake.requests().len(), fake.charged())
}

/// One pass of the loop.
fn naive(fake: &FakeGitHub) -> Cost {
    let before = spent(fake);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/naive.sh");
    let ran = Tool::new()
        .args([script, fake.url(), "acme"])
        .env("GH_TOKEN", fake.token())
        .spawn_other("sh")
        .wait();
    let found = ran.code_is(0).stdout.lines();
    let found = found.map(|line| line.parse().expect("an id")).collect();
    cost(fake, before, &found)
}

/// A watch of so many cycles, 15 s apart.
fn watch(fake: &FakeGitHub, cycles: u32) -> Cost {
    let before = spent(fake);
    let built = env!("CARGO_BIN_EXE_runner-desync").to_owned();
    let binary = std::env::var("BINARY").unwrap_or(built);
    let binary = std::path::absolute(binary).expect("a path");
    let ran = Tool::new()
        .args([
            "watch",
            "--org",
            "acme",
            "--interval",
            &format!("{INTERVAL}s"),
            "--budget",
            "100%",
        ])
        .args(["--format", "json", "--no-record"])
        .args(["--cycles", &cycles.to_string()])
        .limit(Duration::from_secs(180))
        .against(fake)
        .spawn_other(binary.to_str().expect("UTF-8"))
        .wait();
    let report: Value = ran.json();
    let periods = report["periods"].as_array().expect("periods").iter();
    let found = periods.filter(|period| period["certainty"] != "provisional");
    let found = found.map(|period| period["runner"]["id"].as_u64().expect("an id"));
    cost(fake, before, &found.collect())
}

fn line(what: &str, cost: &Cost) -> String {
    format!(
        "{what:<26} {:>4} requests, {:>4} charged, {:>5.1} s, {} of 3 found, {} falsely",
        cost.requests, cost.charged, cost.seconds, cost.found, cost.falsely
    )
}

fn float(number: u64) -> f64 {
    f64::from(u32::try_from(number).expect("a small number"))
}

fn ratio(of: f64, to: f64) -> f64 {
    of / to.max(0.001)
}

#[test]
fn a_watch_beside_the_loop_that_everybody_writes_first() {
    if std::env::var("COST").is_err() {
        return;
    }
    for (life, name) in [(Life::Long, "long jobs"), (Life::Short, "jobs of 41 s")] {
        println!("{name}:");
        let pass = naive(&load(life));
        println!("{}", line("  the loop, one pass", &pass));
        let first = watch(&load(life), 1);
        println!("{}", line("  watch, its first cycle", &first));
        let fake = load(life);
        let three = watch(&fake, 3);
        println!("{}", line("  watch, three cycles", &three));
        println!("  seconds of each cycle: {:.2?}", seconds_of_cycles(&fake));
        let later = three.charged.saturating_sub(first.charged).div_ceil(2);
        let charged = ratio(float(pass.charged), float(later));
        let seconds = ratio(pass.seconds, first.seconds);
        println!("  charged requests of a pass to those of a later cycle: {charged:.1} to 1");
        println!("  seconds of a pass to those of a first cycle: {seconds:.1} to 1");
    }
}
