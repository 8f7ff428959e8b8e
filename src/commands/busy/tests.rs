//! A wrong "idle" kills a job. So the inquiry is simulated: a world of jobs
//! that start and end, a flag that lags, flips and lies, and requests that
//! fail, driven through the real poll loop on a virtual clock.

mod world;

use std::collections::BTreeMap;

use super::inquiry::{Inquiry, Question};
use crate::clock::{Clock, Virtual};
use crate::commands::setup::run_header;
use crate::commands::target::Aim;
use crate::detect::Detector;
use crate::github::Api;
use crate::model::{Answer, Occupancy, Record, Rules, Sight, Span};
use crate::poll::{Again, Breadth, Options, Poller};
use world::{Dice, Stage, World, morning, repo, scope};

/// Starts, ends and flips that all simulations see together; the gate sets
/// `RUNNER_DESYNC_EVENTS` to more.
const EVENTS: u64 = 2_000;

fn events_wanted() -> u64 {
    let given = std::env::var("RUNNER_DESYNC_EVENTS").ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(EVENTS)
}

fn aim() -> Aim {
    Aim {
        api: Api::from_host("github.com").unwrap(),
        scopes: vec![scope()],
        repos: vec![repo()],
        owners: Vec::new(),
        sight: Sight::Whole,
        hook: None,
    }
}

fn question(clock: &Virtual) -> Question {
    Question {
        runners: vec!["runner-1".to_owned()],
        rules: Rules::STANDARD,
        aim: aim(),
        max_concurrent: 4,
        deadline: clock.mono() + Span::secs(150),
    }
}

/// What a watch that keeps a recording sees of the world.
async fn watched(stage: &Stage<'_>, clock: &Virtual, cycles: u32) -> Detector {
    let mut detector = Detector::default();
    detector.feed(Record::Run(run_header("watch", clock, &aim())));
    let options = Options {
        scopes: vec![scope()],
        repos: vec![repo()],
        owners: Vec::new(),
        sight: Sight::Whole,
        hook: None,
        max_concurrent: 4,
        confirmations: 0,
        again: Again::NextCycle,
        lag_limit: Rules::STANDARD.lag_limit,
        turn: 0,
        breadth: Breadth::Turns,
        budget: None,
        deadline: None,
        ends: None,
    };
    let poller = Poller::new(stage, clock, options, clock.wall(), Box::new(|_| {}));
    for _ in 0..cycles {
        let swept = poller.sweep(&detector.open_jobs(), &[]).await;
        poller.end_cycle();
        for record in poller.drain() {
            detector.feed(record);
        }
        if swept.is_err() {
            break;
        }
        clock.sleep(Span::secs(30)).await;
    }
    detector
}

/// One inquiry into one world; `None` when it could not even begin.
async fn ask(world: &World, dice: &Dice, cycles: u32) -> Option<(Occupancy, Span)> {
    let watch = Virtual::starting(morning());
    let seen = match cycles {
        0 => Detector::default(),
        cycles => watched(&Stage::new(world, &watch, dice), &watch, cycles).await,
    };
    // Another run of the program, with a clock of its own.
    let clock = Virtual::starting(watch.wall() + dice.millis(1, 20_000));
    let stage = Stage::new(world, &clock, dice);
    let question = question(&clock);
    let mut inquiry = Inquiry::new(&stage, &clock, &question, seen, Box::new(|_| {}));
    inquiry.pursue().await.ok()?;
    let answer = inquiry.occupancies().pop()?;
    Some((answer, clock.wall() - morning()))
}

#[tokio::test]
async fn idle_is_never_said_while_a_job_is_in_progress() {
    let mut events = 0;
    let mut said: BTreeMap<Answer, u64> = BTreeMap::new();
    let mut at_once = 0;
    for seed in 0.. {
        if events_wanted() <= events {
            break;
        }
        let dice = Dice::new(seed);
        let world = World::new(&dice);
        let cycles = [0, 0, 5][dice.below(3)];
        let Some((answer, took)) = ask(&world, &dice, cycles).await else {
            continue;
        };
        events += world.events_until(morning() + took);
        *said.entry(answer.answer()).or_default() += 1;
        if answer.answer() != Answer::Idle {
            continue;
        }
        let as_of = answer.as_of.expect("an idle answer says for when");
        let runs = world.job_at(as_of);
        assert!(
            runs.is_none(),
            "world {seed}: idle as of {as_of}, while {runs:?} ran\n{answer:#?}\n{world:#?}"
        );
        let recorded = answer.quiet.map_or(0, |quiet| quiet.recorded);
        at_once += u64::from(2 < recorded);
    }
    // It must also be of use: a program that never says idle is right too.
    for answer in [Answer::Idle, Answer::CannotTell, Answer::Busy] {
        let times = said.get(&answer).copied().unwrap_or(0);
        assert!(20 < times, "{answer:?} said {times} times: {said:?}");
    }
    assert!(
        10 < at_once,
        "a recording counted in {at_once} idle answers"
    );
}

/// The bad old rule, for comparison: the flag alone, read once. If the world
/// does not fool that, it is too tame to prove anything.
#[test]
fn the_flag_alone_would_have_killed_jobs() {
    let fooled = (0..200).filter(|&seed| {
        let dice = Dice::new(seed);
        let world = World::new(&dice);
        let at = morning() + Span::secs(120);
        world.job_at(at).is_some() && !world.flag_at(at)
    });
    assert!(20 < fooled.count());
}
