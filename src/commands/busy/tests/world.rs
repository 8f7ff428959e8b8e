//! A world of one repository with one runner of interest, and the answers
//! that GitHub gives about it.

use std::cell::Cell;

use crate::clock::{Clock, Virtual};
use crate::model::{
    Assignment, Conclusion, Job, JobId, JobStatus, OnlineStatus, RepoName, RunId, Runner, RunnerId,
    Said, Scope, Span, Step, Target, Timestamp, WorkflowRun, shared,
};
use crate::poll::{Head, PollError, Reply, Request, Source};

pub(super) fn repo() -> RepoName {
    RepoName::parse("acme/atlas").unwrap()
}

pub(super) fn scope() -> Scope {
    Scope::Repo(repo())
}

/// The instant at which every world begins.
pub(super) fn morning() -> Timestamp {
    Timestamp::parse("2026-05-14T08:00:00Z").unwrap()
}

/// Random numbers that a seed repeats (splitmix64).
#[derive(Debug)]
pub(super) struct Dice(Cell<u64>);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(Cell::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    pub(super) fn below(&self, bound: usize) -> usize {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut z = self.0.get();
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }

    fn one_in(&self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub(super) fn millis(&self, from: i64, to: i64) -> Span {
        let width = usize::try_from(to - from).unwrap();
        Span::millis(from + i64::try_from(self.below(width)).unwrap())
    }
}

/// A job on the runner, or on another machine.
#[derive(Debug, Clone)]
pub(super) struct Task {
    id: u64,
    runner: u64,
    created: Timestamp,
    /// From here on it really runs.
    starts: Timestamp,
    ends: Timestamp,
    /// Its record says so only this much later.
    opens_late: Span,
    closes_late: Span,
    /// In progress at first without naming its runner.
    unnamed: Span,
}

/// How the flag of the runner behaves.
#[derive(Debug, Clone, Copy)]
enum Flag {
    /// Follows the jobs by so much.
    Lags(Span),
    /// True for so long in a job, then false.
    Flips(Span),
    Never,
}

#[derive(Debug)]
pub(super) struct World {
    tasks: Vec<Task>,
    flag: Flag,
    /// One in so many requests fails.
    fails: usize,
}

impl World {
    pub(super) fn new(dice: &Dice) -> Self {
        let mut tasks = Vec::new();
        let mut at = morning() - dice.millis(0, 300_000);
        let end = morning() + Span::secs(600);
        while at < end {
            let id = tasks.len() as u64 + 1;
            let runner = if dice.one_in(3) { 2 } else { 1 };
            let starts = at + dice.millis(100, 20_000);
            let ends = starts + dice.millis(2_000, 200_000);
            tasks.push(Task {
                id,
                runner,
                created: at,
                starts,
                ends,
                opens_late: pick(dice, 3, 15_000),
                closes_late: pick(dice, 4, 30_000),
                unnamed: pick(dice, 5, 5_000),
            });
            let idle = if dice.one_in(2) { 400_000 } else { 40_000 };
            at = ends + dice.millis(0, idle);
        }
        Self {
            tasks,
            flag: match dice.below(4) {
                0 => Flag::Flips(dice.millis(1_000, 60_000)),
                1 => Flag::Never,
                _ => Flag::Lags(dice.millis(0, 80_000)),
            },
            fails: [0, 0, 20, 5][dice.below(4)],
        }
    }

    /// The job that really runs on the runner.
    pub(super) fn job_at(&self, at: Timestamp) -> Option<&Task> {
        let mut tasks = self.tasks.iter().filter(|task| task.runner == 1);
        tasks.find(|task| task.starts <= at && at < task.ends)
    }

    pub(super) fn flag_at(&self, at: Timestamp) -> bool {
        match self.flag {
            Flag::Lags(by) => self.job_at(at - by).is_some(),
            Flag::Flips(after) => self.job_at(at).is_some_and(|task| at < task.starts + after),
            Flag::Never => false,
        }
    }

    /// Starts, ends and flips of the flag from the beginning to an instant.
    pub(super) fn events_until(&self, until: Timestamp) -> u64 {
        let within = |at: Timestamp| morning() <= at && at <= until;
        let edges = self
            .tasks
            .iter()
            .flat_map(|task| [task.starts, task.ends])
            .filter(|&at| within(at))
            .count() as u64;
        let seconds = (until - morning()).as_millis() / 1000;
        let flips = (0..seconds)
            .map(|second| morning() + Span::secs(second))
            .filter(|&at| self.flag_at(at) != self.flag_at(at + Span::secs(1)))
            .count() as u64;
        edges + flips
    }

    fn answer(&self, target: &Target, at: Timestamp) -> Said {
        match target {
            Target::Runners { .. } => Said::Runners {
                total: Some(2),
                runners: shared([self.runner(1, at), self.runner(2, at)]),
                undecodable: 0,
            },
            Target::Runner { id, .. } => Said::Runner(Some(self.runner(id.0, at))),
            Target::Runs { .. } => self.runs(at),
            Target::Jobs { run, .. } => self.jobs(*run, at),
            Target::Job { id, .. } => {
                Said::Job(self.jobs_at(at).find(|job| job.id == *id).map(Box::new))
            }
            other => panic!("nobody asks for {other:?}"),
        }
    }

    fn runner(&self, id: u64, at: Timestamp) -> Runner {
        Runner {
            id: RunnerId(id),
            name: Some(format!("runner-{id}").into()),
            os: None,
            status: OnlineStatus::Online,
            busy: id == 1 && self.flag_at(at),
            labels: Some(vec!["self-hosted".into(), "linux".into()]),
            group_id: Some(1),
            version: None,
        }
    }

    fn runs(&self, at: Timestamp) -> Said {
        let runs = shared(self.jobs_at(at).map(|job| run_of(&job)));
        Said::Runs {
            total: Some(runs.len() as u64),
            runs,
            undecodable: 0,
        }
    }

    fn jobs(&self, run: RunId, at: Timestamp) -> Said {
        let jobs = self.jobs_at(at).filter(|job| job.run_id == Some(run));
        let jobs = shared(jobs);
        Said::Jobs {
            total: Some(jobs.len() as u64),
            jobs,
            undecodable: 0,
        }
    }

    /// The newest first.
    fn jobs_at(&self, at: Timestamp) -> impl Iterator<Item = Job> {
        let tasks = self.tasks.iter().rev();
        tasks
            .filter(move |task| task.created <= at)
            .map(move |task| record(task, at))
    }
}

fn pick(dice: &Dice, one_in: usize, up_to: i64) -> Span {
    if dice.one_in(one_in) {
        dice.millis(0, up_to)
    } else {
        Span::ZERO
    }
}

fn run_of(job: &Job) -> WorkflowRun {
    let updated = job.completed_at.or(job.started_at).or(job.created_at);
    WorkflowRun {
        id: job.run_id.unwrap(),
        attempt: Some(1),
        status: Some(job.status.as_str().into()),
        created_at: job.created_at,
        updated_at: updated,
    }
}

/// What the record of a job says.
fn record(task: &Task, at: Timestamp) -> Job {
    let opened = task.starts + task.opens_late;
    let closed = task.ends + task.closes_late;
    let status = if closed <= at {
        JobStatus::Completed
    } else if opened <= at {
        JobStatus::InProgress
    } else {
        JobStatus::Queued
    };
    let done = status == JobStatus::Completed;
    let named = opened + task.unnamed <= at;
    Job {
        id: JobId(task.id),
        run_id: Some(RunId(100 + task.id)),
        run_attempt: Some(1),
        repo: repo(),
        name: "build".into(),
        workflow: None,
        html_url: None,
        conclusion: done.then_some(Conclusion::Success),
        created_at: Some(task.created),
        started_at: (opened <= at).then_some(task.starts),
        completed_at: done.then_some(task.ends),
        steps: vec![step(task, &status)],
        assignment: (named || done).then(|| Assignment {
            runner_id: RunnerId(task.runner),
            runner_name: Some(format!("runner-{}", task.runner).into()),
            group_id: Some(1),
            group_name: Some("Default".into()),
            hosted: false,
        }),
        labels: Some(vec!["self-hosted".into()]),
        status,
    }
}

fn step(task: &Task, status: &JobStatus) -> Step {
    let done = *status == JobStatus::Completed;
    Step {
        name: "Set up job".into(),
        status: status.clone(),
        conclusion: done.then_some(Conclusion::Success),
        started_at: (*status != JobStatus::Queued).then_some(task.starts),
        completed_at: done.then_some(task.ends),
    }
}

/// The world behind a line that takes time and drops answers.
pub(super) struct Stage<'a> {
    world: &'a World,
    clock: &'a Virtual,
    dice: &'a Dice,
    number: Cell<u64>,
}

impl<'a> Stage<'a> {
    pub(super) fn new(world: &'a World, clock: &'a Virtual, dice: &'a Dice) -> Self {
        Self {
            world,
            clock,
            dice,
            number: Cell::new(0),
        }
    }

    fn said(&self, target: &Target) -> Result<Said, PollError> {
        let fails = self.world.fails != 0 && self.dice.one_in(self.world.fails);
        if !fails {
            return Ok(self.world.answer(target, self.clock.wall()));
        }
        Err(match self.dice.below(4) {
            0 => PollError::NoAnswer("connection reset".to_owned()),
            1 => PollError::Undecodable("busy is missing".to_owned()),
            2 => PollError::Limited {
                detail: "secondary rate limit".to_owned(),
                retry_after: Some(Span::secs(2)),
                reset: None,
            },
            _ => PollError::NotAnAnswer("502 Bad Gateway".to_owned()),
        })
    }
}

impl Source for Stage<'_> {
    async fn ask(&self, request: &Request) -> Reply {
        let number = self.number.get() + 1;
        self.number.set(number);
        self.clock.sleep(self.dice.millis(10, 400)).await;
        let said = self.said(&request.target);
        let date = self.clock.wall();
        self.clock.sleep(self.dice.millis(10, 400)).await;
        Reply {
            head: Head {
                url: format!("{:?}", request.target).into(),
                status: Some(if said.is_ok() { 200 } else { 502 }),
                // The header has whole seconds.
                date: Some(Timestamp::from_millis(date.as_millis() / 1000 * 1000)),
                request_id: Some(format!("R{number}").into()),
                ..Head::default()
            },
            said,
            next: None,
            raw: None,
            requests: 1,
        }
    }
}
