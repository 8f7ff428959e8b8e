//! The simulated GitHub: answers each read at its instant, from the truth,
//! through a replica, and remembers what it served.

mod answers;
mod faults;
mod log;
mod pages;

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::dice::Dice;
use super::time::Time;
use super::trouble::Trouble;
use super::truth::{World, stamp};
use crate::clock::Clock;
use crate::model::{JobId, JobStatus, Mono, Rate, RunnerId, Said, Span, Target, Timestamp};
use crate::poll::{Head, PollError, Reply, Request, Source};

/// How old the answers of a cache are, in seconds.
const AGE: i64 = 30;

/// One attempt as it was served.
#[derive(Debug, Clone)]
pub(super) struct Served {
    /// Which process asked, from 0, and its how manieth request it was.
    pub(super) process: usize,
    pub(super) number: u64,
    /// The instant at which the answer was made, by GitHub's clock.
    pub(super) at: i64,
    pub(super) sent: Mono,
    pub(super) received: Mono,
    pub(super) what: What,
    pub(super) request_id: Option<Arc<str>>,
    /// Comes from a cache.
    pub(super) aged: bool,
}

/// What an answer showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// Flags of runners: id, busy, online.
    Flags(Vec<(u64, bool, bool)>),
    /// 404 of a runner by id.
    Missing(u64),
    /// Jobs in progress, by their runner, and whether they were read by id.
    Jobs(Vec<Shown>),
    Unchanged,
    Other,
    /// No answer at all, or none that can be used.
    Down,
    /// Any other refusal.
    Refused,
}

/// A job in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) id: JobId,
    /// The runner it runs on by this answer.
    pub(super) running_on: Option<RunnerId>,
    pub(super) completed: bool,
}

/// A time in which nothing may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BackOff {
    pub(super) process: usize,
    pub(super) from: Mono,
    pub(super) to: Mono,
}

/// GitHub, as one process of the program sees it.
pub(super) struct Hub<'w> {
    world: &'w World,
    time: Time,
    /// GitHub's clock at the process's monotonic zero.
    began: i64,
    process: usize,
    dice: RefCell<Dice>,
    count: Cell<u64>,
    /// The number of the last request whose answer had a `Date` of a proxy's.
    odd_date: Cell<Option<u64>>,
    served: RefCell<Vec<Served>>,
    back_offs: RefCell<Vec<BackOff>>,
}

impl<'w> Hub<'w> {
    pub(super) fn new(world: &'w World, time: &Time, began: i64, process: usize) -> Self {
        Self {
            world,
            time: time.clone(),
            began,
            process,
            dice: RefCell::new(Dice::of(world.seed ^ (process as u64 + 1) << 40)),
            count: Cell::new(0),
            odd_date: Cell::new(None),
            served: RefCell::default(),
            back_offs: RefCell::default(),
        }
    }

    /// GitHub's clock: the local one stands still while the machine sleeps.
    pub(super) fn now(&self) -> i64 {
        let awake = self.began + self.time.mono().as_millis();
        let suspends = self.world.suspends.iter();
        let slept = suspends.filter(|(at, _)| self.began <= *at && *at <= awake);
        awake + slept.map(|(_, length)| length).sum::<i64>()
    }

    pub(super) fn log(self) -> (Vec<Served>, Vec<BackOff>) {
        (self.served.into_inner(), self.back_offs.into_inner())
    }

    fn has(&self, trouble: Trouble) -> bool {
        self.world.has(trouble)
    }

    fn percent(&self, share: u64) -> bool {
        self.dice.borrow_mut().percent(share)
    }

    fn is_calm(&self, at: i64) -> bool {
        self.world.calm_from <= at || at < self.began + self.world.interval / 2
    }

    fn latency(&self, at: i64) -> i64 {
        let mut dice = self.dice.borrow_mut();
        if self.has(Trouble::Slow) && dice.percent(20) && at < self.world.calm_from {
            dice.between(1000, 8000)
        } else {
            dice.between(20, 300)
        }
    }

    fn reply(&self, request: &Request, number: u64, at: i64) -> Reply {
        let calm = self.is_calm(at);
        let fault = if calm { None } else { self.fault(request, at) };
        let aged = fault.is_none() && !calm && self.has(Trouble::Aged) && self.percent(10);
        let then = if aged { at - AGE * 1000 } else { at };
        let (said, next) = match fault {
            Some(error) => (Err(error), None),
            None => self.answer(request, then, calm),
        };
        let (etag, said) = self.revalidated(request, said);
        let head = self.head(request, number, at, &said);
        Reply {
            head: Head {
                etag,
                age: aged.then_some(AGE.unsigned_abs()),
                ..head
            },
            said,
            next,
            raw: None,
            requests: 1,
        }
    }

    fn head(
        &self,
        request: &Request,
        number: u64,
        at: i64,
        said: &Result<Said, PollError>,
    ) -> Head {
        let answered = !matches!(said, Err(PollError::NoAnswer(_)));
        let limited = matches!(said, Err(PollError::Limited { .. }));
        let url = format!(
            "https://api.github.com/{}?per_page={}&next={}",
            request.target,
            request.per_page,
            request.next.as_deref().unwrap_or("")
        );
        Head {
            url: url.into(),
            status: answered.then(|| status(said)),
            date: answered.then(|| self.date(at)).flatten(),
            request_id: answered.then(|| self.request_id(number, at)).flatten(),
            etag: None,
            age: None,
            rate: answered.then_some(Rate {
                limit: Some(5000),
                remaining: Some(if limited { 0 } else { 4000 }),
                used: None,
                reset: Some(stamp(at + 1_800_000)),
            }),
            ..Head::default()
        }
    }

    fn date(&self, at: i64) -> Option<Timestamp> {
        if self.has(Trouble::NoDates) {
            return None;
        }
        // Three in a row that agree are a step of the clock, as far as anybody
        // can tell.
        let last = self.odd_date.get();
        let apart = last.is_none_or(|last| last + 24 < self.count.get());
        let faults = self.has(Trouble::OddDates) && at < self.world.calm_from;
        if faults && apart && self.percent(6) {
            self.odd_date.set(Some(self.count.get()));
            return Some(stamp(at - 240_000));
        }
        Some(stamp(at))
    }

    fn request_id(&self, number: u64, at: i64) -> Option<Arc<str>> {
        let odd = !self.is_calm(at) && self.has(Trouble::RequestIds) && self.percent(20);
        match (odd, number % 2) {
            (false, _) => Some(format!("R{}-{number}", self.process).into()),
            (true, 0) => None,
            (true, _) => Some("R-of-a-proxy".into()),
        }
    }

    fn remember(&self, target: &Target, (number, at, sent): (u64, i64, Mono), reply: &Reply) {
        let received = self.time.mono();
        if let Some(wait) = stated_wait(reply) {
            self.back_offs.borrow_mut().push(BackOff {
                process: self.process,
                from: received,
                to: received + wait,
            });
        }
        self.served.borrow_mut().push(Served {
            process: self.process,
            number,
            at,
            sent,
            received,
            what: what(target, &reply.said),
            request_id: reply.head.request_id.clone(),
            aged: reply.head.age.is_some(),
        });
    }

    /// What a replica shows is so many milliseconds old.
    fn behind(&self, at: i64, kind: u64, most: i64) -> i64 {
        let replica = self.dice.borrow_mut().below(3);
        let minute = u64::try_from((at + 100_000_000) / 60_000).expect("later");
        let mut dice = Dice::of(self.world.seed ^ kind << 50 ^ replica << 45 ^ minute);
        if dice.percent(40) { dice.tail(most) } else { 0 }
    }
}

impl Source for Hub<'_> {
    async fn ask(&self, request: &Request) -> Reply {
        let number = self.count.get() + 1;
        self.count.set(number);
        let sent = self.time.mono();
        let there = self.latency(self.now());
        self.time.sleep(Span::millis(there)).await;
        let at = self.now();
        let reply = self.reply(request, number, at);
        let hangs = matches!(&reply.said, Err(PollError::NoAnswer(why)) if why == "timed out");
        let back = if hangs { 30_000 } else { self.latency(at) };
        self.time.sleep(Span::millis(back)).await;
        self.remember(&request.target, (number, at, sent), &reply);
        reply
    }
}

fn status(said: &Result<Said, PollError>) -> u16 {
    match said {
        Ok(Said::NotModified) => 304,
        Ok(Said::Runner(None) | Said::Job(None) | Said::Run(None))
        | Err(PollError::NotFound(_)) => 404,
        Ok(_) => 200,
        Err(PollError::Limited { .. } | PollError::Forbidden { .. }) => 403,
        Err(PollError::Unauthorized(_)) => 401,
        Err(_) => 502,
    }
}

/// How long an answer says that nothing may be asked.
fn stated_wait(reply: &Reply) -> Option<Span> {
    match reply.said.as_ref().err()? {
        PollError::Unavailable { retry_after, .. } => Some(*retry_after),
        PollError::Limited {
            retry_after, reset, ..
        } => {
            let until_reset = reset.zip(reply.head.date).map(|(reset, date)| reset - date);
            Some(retry_after.or(until_reset).unwrap_or(Span::secs(60)))
        }
        _ => None,
    }
}

fn what(target: &Target, said: &Result<Said, PollError>) -> What {
    let flag = |runner: &crate::model::Runner| {
        let online = runner.status == crate::model::OnlineStatus::Online;
        (runner.id.0, runner.busy, online)
    };
    match said {
        Ok(Said::Runner(None)) => match target {
            Target::Runner { id, .. } => What::Missing(id.0),
            _ => What::Other,
        },
        Ok(Said::Runners { runners, .. }) => {
            What::Flags(runners.iter().map(|it| flag(it)).collect())
        }
        Ok(Said::Runner(Some(runner))) => What::Flags(vec![flag(runner)]),
        Ok(Said::Jobs { jobs, .. }) => What::Jobs(jobs.iter().map(|it| shown(it)).collect()),
        Ok(Said::Job(Some(job))) => What::Jobs(vec![shown(job)]),
        Ok(Said::NotModified) => What::Unchanged,
        Ok(_) => What::Other,
        Err(PollError::NoAnswer(_) | PollError::NotAnAnswer(_)) => What::Down,
        Err(_) => What::Refused,
    }
}

fn shown(job: &crate::model::Job) -> Shown {
    let over = job
        .steps
        .iter()
        .any(|step| step.is_complete_job() && step.started_at.is_some());
    let mixed = job.conclusion.is_some() || job.completed_at.is_some() || over;
    let running = job.status == JobStatus::InProgress && !mixed;
    let on = job.assignment.as_ref().filter(|on| running && !on.hosted);
    Shown {
        id: job.id,
        running_on: on.map(|on| on.runner_id),
        completed: job.status == JobStatus::Completed,
    }
}
