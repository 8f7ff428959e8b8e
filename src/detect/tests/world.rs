//! Ring 3: a world with runners, jobs and episodes of a wrong flag; a poller
//! that reads it through jittered windows, failures, lagging job records and
//! a local clock that is off; and what must hold of every report on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::make::*;
use crate::detect::judge::Verdict;
use crate::detect::witness::Witness;
use crate::detect::{Detector, judged};
use crate::model::{
    Analysis, Certainty, EndReason, Exchange, Failure, Finding, Job, Kind, Period, Record, Rules,
    Said, Span, Target, Timestamp, UnknownReason, Urgency,
};

/// Slack of comparisons with the truth: clock bound and grain.
const SLACK: i64 = s(2);

/// One job of a runner, as planned, in whole seconds.
#[derive(Debug, Clone)]
struct Plan {
    gap: i64,
    length: i64,
    /// `started_at` lies this much before the pick-up.
    queued: i64,
    /// The record shows the job this much after its start.
    listed_late: i64,
    /// The record stays open this long after the end.
    open_late: i64,
    /// The flag stays true this long after the end.
    tail: i64,
    /// "Set up job" by the runner's clock, this much after the start.
    steps: Option<i64>,
    /// The flag is wrong from, for so long.
    wrong: Vec<(i64, i64)>,
    succeeds: bool,
}

/// A job on the timeline.
#[derive(Debug, Clone)]
struct Act {
    id: u64,
    runner: u64,
    start: i64,
    end: i64,
    plan: Plan,
}

#[derive(Debug, Clone)]
pub(super) struct World {
    plans: Vec<Vec<Plan>>,
    interval: i64,
    pub(super) skew: i64,
    /// Out of 100.
    failures: u16,
    dice: Vec<u16>,
}

fn plan(
    wrong: bool,
    open_late: bool,
    gap: impl Strategy<Value = i64>,
) -> impl Strategy<Value = Plan> {
    let lags = prop_oneof![3 => Just(0), 2 => 0..20_i64, 1 => 20..200_i64];
    let episodes = if wrong { 0..3_usize } else { 0..1 };
    (
        (gap, 15..500_i64, prop_oneof![Just(0), 0..150_i64]),
        (
            prop_oneof![Just(0), 0..25_i64],
            lags,
            prop_oneof![Just(0), 0..4_i64],
        ),
        proptest::option::weighted(0.8, 0..5_i64),
        proptest::collection::vec((0..300_i64, 1..200_i64), episodes),
        any::<bool>(),
    )
        .prop_map(
            move |((gap, length, queued), lags, steps, wrong, succeeds)| {
                let (listed_late, late, tail) = lags;
                Plan {
                    gap: gap.max(tail + 1),
                    length,
                    queued,
                    listed_late: listed_late.min(length - 10),
                    open_late: if open_late { late } else { 0 },
                    tail: if late % 7 == 1 { tail * 10 } else { tail },
                    steps,
                    wrong,
                    succeeds,
                }
            },
        )
}

pub(super) fn world(wrong: bool, open_late: bool) -> impl Strategy<Value = World> {
    world_of(plan(wrong, open_late, 4..150_i64))
}

/// One whose runners rest for up to an hour between their jobs.
pub(super) fn restful_world() -> impl Strategy<Value = World> {
    let gap = prop_oneof![4..150_i64, 300..3600_i64];
    world_of(plan(true, true, gap))
}

fn world_of(plan: impl Strategy<Value = Plan>) -> impl Strategy<Value = World> {
    let runner = proptest::collection::vec(plan, 1..4);
    (
        proptest::collection::vec(runner, 1..3),
        15..60_i64,
        prop_oneof![Just(0), -400_000..400_000_i64],
        prop_oneof![Just(0_u16), 0..30_u16],
        proptest::collection::vec(any::<u16>(), 64),
    )
        .prop_map(|(plans, interval, skew, failures, dice)| World {
            plans,
            interval,
            skew,
            failures,
            dice,
        })
}

impl Act {
    fn works(&self, moment: i64) -> bool {
        self.start <= moment && moment < self.end
    }

    fn wrong_at(&self, moment: i64) -> Option<(i64, i64)> {
        let episodes = self.plan.wrong.iter();
        let placed = episodes.map(|(from, length)| {
            let from = self.start + s(*from);
            (from, (from + s(*length)).min(self.end))
        });
        let inside = |&(from, to): &(i64, i64)| from <= moment && moment < to;
        let mut hit = placed.filter(inside);
        let first = hit.next()?;
        // Overlapping episodes are one.
        Some(hit.fold(first, |a, b| (a.0.min(b.0), a.1.max(b.1))))
    }

    /// The record as the API shows it at an instant.
    fn record(&self, moment: i64) -> Option<Job> {
        let shown = self.start + s(self.plan.listed_late);
        if moment < shown {
            return None;
        }
        let base = job(self.id)
            .on(self.runner)
            .started(self.start - s(self.plan.queued));
        let open = match self.plan.steps {
            Some(late) => base.set_up(self.start + s(late)),
            None => base,
        };
        let closing = self.end + s(self.plan.open_late);
        if moment < closing {
            return Some(open);
        }
        let conclusion = if self.plan.succeeds {
            "success"
        } else {
            "failure"
        };
        Some(if self.plan.steps.is_some() {
            // The record was closed late, and says so.
            open.step("Complete job", Some(self.end), Some((self.end, "success")))
                .ended(closing, conclusion)
        } else {
            open.ended(self.end, conclusion)
        })
    }
}

/// A poller at work in a world.
pub(super) struct Play {
    world: World,
    acts: Vec<Act>,
    pub(super) tape: Tape,
    pub(super) detector: Detector,
    fed: usize,
    now: i64,
    thrown: usize,
    /// Instant at which the answer of each exchange was true.
    truth: BTreeMap<u64, i64>,
    number: u64,
}

impl Play {
    pub(super) fn new(world: &World) -> Self {
        let mut acts = Vec::new();
        for (index, plans) in world.plans.iter().enumerate() {
            let mut now = s(400);
            for plan in plans {
                let start = now + s(plan.gap);
                let end = start + s(plan.length);
                now = end;
                acts.push(Act {
                    id: acts.len() as u64 + 1,
                    runner: index as u64 + 1,
                    start,
                    end,
                    plan: plan.clone(),
                });
            }
        }
        Self {
            world: world.clone(),
            acts,
            tape: Tape::skewed(world.skew),
            detector: Detector::default(),
            fed: 0,
            now: s(200),
            thrown: 0,
            truth: BTreeMap::new(),
            number: 0,
        }
    }

    fn throw(&mut self, sides: i64) -> i64 {
        self.thrown += 1;
        let die = self.world.dice[self.thrown % self.world.dice.len()];
        (i64::from(die) + 7919 * i64::try_from(self.thrown).unwrap()).rem_euclid(sides)
    }

    /// The window of the next read, and the instant its answer is of; time
    /// goes on to its end.
    fn window(&mut self) -> ((i64, i64), i64) {
        let sent = self.now + self.throw(300);
        let latency = 20 + self.throw(1500);
        let truth = sent + self.throw(latency);
        self.now = sent + latency;
        self.number += 1;
        self.truth.insert(self.number, truth);
        ((sent, sent + latency), truth)
    }

    fn fails(&mut self) -> bool {
        self.throw(100) < i64::from(self.world.failures)
    }

    fn flag(&self, runner: u64, moment: i64) -> bool {
        let mut own = self.acts.iter().filter(|act| act.runner == runner);
        own.any(|act| {
            let tail = act.end <= moment && moment < act.end + s(act.plan.tail);
            (act.works(moment) && act.wrong_at(moment).is_none()) || tail
        })
    }

    fn runners(&self) -> u64 {
        self.world.plans.len() as u64
    }

    fn feed(&mut self) {
        for record in &self.tape.records[self.fed..] {
            self.detector.feed(record.clone());
        }
        self.fed = self.tape.records.len();
    }

    fn read_runners(&mut self) -> bool {
        let (window, truth) = self.window();
        if self.fails() {
            self.tape.failed(window, 1);
            return false;
        }
        let seen = (1..=self.runners()).map(|id| runner(id, self.flag(id, truth)));
        let seen = seen.collect();
        self.tape.list(window, seen);
        true
    }

    fn read_jobs(&mut self) -> bool {
        let (window, truth) = self.window();
        if self.fails() {
            self.tape.failed(window, 1);
            return false;
        }
        let jobs = self.acts.iter().filter_map(|act| act.record(truth));
        self.tape.jobs(window, jobs.collect());
        true
    }

    fn sandwiches(&mut self) {
        for candidate in self.detector.candidates(&self.tape.view()) {
            let act = self.acts.iter().find(|act| act.id == candidate.job.0);
            let act = act.unwrap().clone();
            if candidate.urgency == Urgency::Control {
                continue;
            }
            for layer in 0..3 {
                let (window, truth) = self.window();
                if layer == 1 {
                    let idle = !self.flag(act.runner, truth);
                    let seen = runner(act.runner, !idle);
                    self.tape.by_id(window, act.runner, Some(seen));
                    if !idle {
                        break;
                    }
                } else {
                    let record = act.record(truth).unwrap();
                    self.tape.job(window, record.clone());
                    if record.completed_at.is_some() {
                        break;
                    }
                    if layer == 2 {
                        self.tape.bind(act.runner, act.id);
                    }
                }
            }
        }
    }

    fn cycle(&mut self) {
        let runners = self.read_runners();
        let jobs_from = self.now;
        let jobs = self.read_jobs();
        self.feed();
        self.sandwiches();
        let expected = self.runners();
        self.tape.end_cycle(jobs_from, |cycle| {
            cycle.runners_expected = expected;
            cycle.runners_read = if runners { expected } else { 0 };
            cycle.jobs_complete = jobs;
        });
        self.feed();
        let pause = s(self.world.interval) + self.throw(3000);
        self.now += pause;
    }

    /// Polls until all is over, and reads every job once more.
    pub(super) fn play(mut self, mut each: impl FnMut(&Self)) -> Self {
        let closings = self.acts.iter().map(|a| a.end + s(a.plan.open_late));
        let over = closings.max().unwrap() + s(150);
        while self.now < over {
            self.cycle();
            each(&self);
        }
        self.world.failures = 0;
        self.cycle();
        self
    }

    /// The instant, job and certainty of each contradicting reading.
    fn claims(&self, detector: &Detector) -> Vec<Claim> {
        let mut claims = Vec::new();
        let view = self.tape.view();
        let witness = Witness::of(&detector.facts);
        for (key, lane) in detector.facts.lanes.iter() {
            let track = detector.track(key, lane, &view);
            let judged = judged(&track, &witness, &view.rules);
            for (reading, judged) in track.readings.iter().zip(judged) {
                if let Verdict::Contradicts {
                    kind,
                    certainty,
                    job,
                } = judged.verdict
                {
                    let number = reading.exchange.unwrap().number;
                    claims.push(Claim {
                        number,
                        kind,
                        certainty,
                        truth: self.truth[&number],
                        job: job.map(|job| track.lives[job].job.id.0),
                    });
                }
            }
        }
        claims
    }

    fn is_true(&self, claim: &Claim) -> bool {
        let job = self.acts.iter().find(|act| Some(act.id) == claim.job);
        job.is_some_and(|act| act.wrong_at(claim.truth).is_some())
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Claim {
    number: u64,
    kind: Kind,
    certainty: Certainty,
    truth: i64,
    job: Option<u64>,
}

fn settled(claims: &[Claim]) -> impl Iterator<Item = &Claim> {
    let sure = |claim: &&Claim| Certainty::Provisional < claim.certainty;
    claims.iter().filter(sure)
}

fn findings(analysis: &Analysis) -> Vec<&Period> {
    let periods = analysis.periods.iter();
    periods.filter(|p| p.finding == Finding::Yes).collect()
}

fn since(at: Timestamp) -> i64 {
    at.as_millis() - BASE
}

/// Of a period: that its outer bounds contain the episodes it was read in.
fn bounds_contain(play: &Play, period: &Period) -> Result<(), TestCaseError> {
    let id = period.job.as_ref().map(|job| job.job.id.0);
    let act = play.acts.iter().find(|act| Some(act.id) == id).unwrap();
    // The reading lies somewhere in its window, which is at most 2 s long.
    let near = |moment: Timestamp| {
        let mut moments = (0..40).map(|step| since(moment) - step * 100);
        moments.find_map(|moment| act.wrong_at(moment))
    };
    if let Some((from, _)) = near(period.first_false_at) {
        // By the law a life begins with "Set up job".
        let start = period.job.as_ref().and_then(|job| job.start_min);
        let from = start.map_or(from, |start| from.max(since(start)));
        let after = period.onset.after.map(since);
        prop_assert!(
            after.is_none_or(|after| after <= from + SLACK),
            "{period:#?}"
        );
    }
    if let Some((_, to)) = near(period.last_false_at) {
        let by = period.end.by.map(since);
        prop_assert!(by.is_none_or(|by| to <= by + SLACK), "{period:#?}");
    }
    prop_assert!(period.onset.after <= Some(period.onset.by));
    prop_assert!(period.end.by.is_none_or(|by| period.end.after <= by));
    prop_assert_eq!(
        period.end.by.is_none(),
        period.end.reason == EndReason::Open
    );
    prop_assert!(Span::ZERO <= period.observed);
    prop_assert!(period.at_most.is_none_or(|most| period.observed <= most));
    Ok(())
}

/// All instants of a record, moved.
fn shifted(record: &Record, by: Span) -> Record {
    let moved = |at: Option<Timestamp>| at.map(|at| at + by);
    let job = |job: &mut Job| {
        job.started_at = moved(job.started_at);
        job.completed_at = moved(job.completed_at);
        for step in &mut job.steps {
            step.started_at = moved(step.started_at);
            step.completed_at = moved(step.completed_at);
        }
    };
    let mut record = record.clone();
    match &mut record {
        Record::Run(run) => run.began = run.began + by,
        Record::Exchange(exchange) => {
            exchange.date = moved(exchange.date);
            match &mut exchange.said {
                Said::Jobs { jobs, .. } => jobs.iter_mut().map(Arc::make_mut).for_each(job),
                Said::Job(Some(one)) => job(one),
                _ => {}
            }
        }
        _ => {}
    }
    record
}

/// Only what concerns the first runner; exchanges stay, for their clocks.
fn first_runner_only(record: &Record) -> Option<Record> {
    let ours = |job: &Job| job.assignment.as_ref().is_some_and(|a| a.runner_id.0 == 1);
    let mut record = record.clone();
    match &mut record {
        Record::Sandwich(sandwich) if sandwich.runner.0 != 1 => return None,
        Record::Exchange(exchange) => {
            let foreign = match &mut exchange.said {
                Said::Runners { runners, .. } => {
                    runners.retain(|runner| runner.id.0 == 1);
                    false
                }
                Said::Jobs { jobs, .. } => {
                    jobs.retain(|job| ours(job));
                    false
                }
                Said::Job(Some(job)) => !ours(job),
                Said::Runner(Some(runner)) => runner.id.0 != 1,
                _ => false,
            };
            if foreign {
                exchange.target = Target::RateLimit;
                exchange.said = Said::RateLimit;
            }
        }
        _ => {}
    }
    Some(record)
}

pub(super) fn detector(records: impl IntoIterator<Item = Record>) -> Detector {
    let mut detector = Detector::default();
    records.into_iter().for_each(|record| detector.feed(record));
    detector
}

fn fail(exchange: &mut Exchange) {
    exchange.status = None;
    exchange.said = Said::Failed(Failure {
        reason: UnknownReason::HttpError,
        detail: "gone".into(),
    });
}

fn of_first(analysis: &Analysis) -> Vec<Period> {
    let periods = analysis.periods.iter();
    let first = periods.filter(|period| period.runner.key == key(1));
    first.cloned().collect()
}

proptest! {
    /// However late records open and close, and whatever the clock.
    #[test]
    fn a_consistent_world_yields_no_period(world in world(false, true)) {
        let play = Play::new(&world).play(|_| ());
        let analysis = play.detector.analysis(&play.tape.view());
        prop_assert_eq!(analysis.periods, vec![]);
        prop_assert_eq!(analysis.coverage.readings.desync, 0);
    }

    /// Where records close in time, not for a moment either.
    #[test]
    fn a_prompt_consistent_world_yields_no_finding_meanwhile(world in world(false, false)) {
        let mut found = Vec::new();
        Play::new(&world).play(|play| {
            let analysis = play.detector.analysis(&play.tape.view());
            found.extend(findings(&analysis).into_iter().cloned());
        });
        prop_assert_eq!(found, vec![]);
    }

    #[test]
    fn every_settled_desync_is_true_and_stays_in_its_bounds(world in world(true, true)) {
        let play = Play::new(&world).play(|_| ());
        let claims = play.claims(&play.detector);
        for claim in settled(&claims) {
            prop_assert!(play.is_true(claim), "{:?}", claim);
        }
        let analysis = play.detector.analysis(&play.tape.view());
        for period in findings(&analysis) {
            prop_assert_eq!(period.kind, Kind::BusyFalse);
            bounds_contain(&play, period)?;
        }
        let counts = analysis.coverage.readings;
        let sum = counts.agree + counts.desync + counts.unknown + counts.jobs_late;
        let lanes = play.detector.facts.lanes.values();
        let readings: usize = lanes.map(|lane| lane.readings.len()).sum();
        let runs = &play.detector.facts.runs;
        let failed: u64 = runs.iter().flat_map(|run| run.failed.values()).sum();
        prop_assert_eq!(sum, readings as u64 + failed);
    }

    #[test]
    fn a_failed_answer_yields_no_desync(
        world in world(true, true),
        lost in proptest::collection::vec(any::<bool>(), 40),
    ) {
        let play = Play::new(&world).play(|_| ());
        let before: BTreeSet<_> = settled(&play.claims(&play.detector)).map(|c| c.number).collect();
        let mut lost = lost.into_iter().cycle();
        let records = play.tape.records.iter().cloned().map(|mut record| {
            if let Record::Exchange(exchange) = &mut record {
                let about_runners = matches!(exchange.said, Said::Runners { .. } | Said::Runner(_));
                if about_runners && lost.next() == Some(true) {
                    fail(exchange);
                }
            }
            record
        });
        let failing = detector(records);
        for claim in settled(&play.claims(&failing)) {
            prop_assert!(before.contains(&claim.number), "{:?}", claim);
        }
    }

    #[test]
    fn shifted_times_shift_verdicts(world in world(true, true), days in -2000..2000_i64) {
        let by = Span::secs(days * 8640);
        let play = Play::new(&world).play(|_| ());
        let moved = detector(play.tape.records.iter().map(|record| shifted(record, by)));
        let view = play.tape.view();
        let (a, b) = (play.detector.analysis(&view), moved.analysis(&view));
        let essence = |analysis: &Analysis, by: Span| {
            let periods = analysis.periods.iter();
            let periods = periods.map(|p| (p.kind, p.class, p.pattern, p.certainty, p.finding,
                p.onset.after.map(|at| at + by), p.end.by.map(|at| at + by), p.end.reason, p.at_most, p.readings));
            periods.collect::<Vec<_>>()
        };
        prop_assert_eq!(essence(&a, by), essence(&b, Span::ZERO));
        prop_assert_eq!(a.coverage, b.coverage);
        prop_assert_eq!((a.lag, a.verdict), (b.lag, b.verdict));
    }

    /// Also: fed record by record while polling, and all at once.
    #[test]
    fn order_within_an_answer_and_duplicates_do_not_matter(world in world(true, true)) {
        let play = Play::new(&world).play(|_| ());
        let view = play.tape.view();
        let mixed = play.tape.records.iter().flat_map(|record| {
            let mut mixed = record.clone();
            if let Record::Exchange(exchange) = &mut mixed {
                match &mut exchange.said {
                    Said::Runners { runners, .. } => runners.reverse(),
                    Said::Jobs { jobs, .. } => jobs.reverse(),
                    _ => {}
                }
            }
            [mixed.clone(), mixed]
        });
        prop_assert_eq!(play.detector.analysis(&view), detector(mixed).analysis(&view));
    }

    #[test]
    fn runners_are_independent(world in world(true, true)) {
        let play = Play::new(&world).play(|_| ());
        let view = play.tape.view();
        let alone = detector(play.tape.records.iter().filter_map(first_runner_only));
        let together = of_first(&play.detector.analysis(&view));
        prop_assert_eq!(together, of_first(&alone.analysis(&view)));
    }
}

/// Worlds from a fixed seed, for what must happen somewhere.
fn sample(wrong: bool, count: usize) -> Vec<World> {
    let mut runner = TestRunner::deterministic();
    let strategy = world(wrong, true);
    let worlds = (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current());
    worlds.collect()
}

/// The model is not too tame: who took a provisional contradiction for a
/// desync would be wrong.
#[test]
fn must_fail_provisional_taken_for_true() {
    let wrong = sample(false, 40).iter().any(|world| {
        let mut found = false;
        Play::new(world).play(|play| {
            found = found || !play.claims(&play.detector).is_empty();
        });
        found
    });
    assert!(wrong);
}

/// The model is not too tame: without the wait a job that is not listed yet
/// looks like no job.
#[test]
fn must_fail_busy_without_job_without_the_wait() {
    let hasty = Rules {
        lag_limit: Span::ZERO,
        ..Rules::STANDARD
    };
    let (mut with, mut without) = (0, 0);
    for world in sample(false, 60) {
        Play::new(&world).play(|play| {
            let mut view = play.tape.view();
            let phantom = |periods: &[Period]| {
                let mut periods = periods.iter();
                usize::from(periods.any(|p| p.kind == Kind::BusyWithoutJob))
            };
            with += phantom(&play.detector.analysis(&view).periods);
            view.rules = hasty;
            without += phantom(&play.detector.analysis(&view).periods);
        });
    }
    assert_eq!(with, 0, "listed within the lag limit");
    assert!(0 < without);
}

/// The model is not too tame: it does yield findings of every certainty, and
/// readings that only the lagging record contradicts.
#[test]
fn must_happen_findings_and_late_records() {
    let (mut proven, mut settled, mut late) = (0, 0, 0);
    for world in sample(true, 60) {
        let play = Play::new(&world).play(|_| ());
        let analysis = play.detector.analysis(&play.tape.view());
        late += analysis.coverage.readings.jobs_late;
        for period in findings(&analysis) {
            proven += u64::from(period.certainty == Certainty::Proven);
            settled += u64::from(period.certainty == Certainty::Settled);
        }
    }
    assert!(
        0 < proven && 0 < settled && 0 < late,
        "{proven} {settled} {late}"
    );
}
