//! Faults of the program, by hand: each a way of reading GitHub that
//! `evidence.md` forbids, put between GitHub and the poll loop. That each is
//! found out shows that the simulation is not tame.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::hub::Hub;
use super::time::Time;
use super::truth::World;
use crate::clock::Clock;
use crate::model::{
    Assignment, Job, JobId, JobStatus, OnlineStatus, Runner, RunnerId, Said, Span, Target,
};
use crate::poll::{PollError, Reply, Request, Source};

/// What the program does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mutant {
    /// The second job read of a sandwich is not made.
    FirstJobReadTwice,
    /// 404 by id means idle.
    MissingIsIdle,
    /// A failed read by id means idle.
    FailureIsIdle,
    /// Offline means idle.
    OfflineIsIdle,
    /// A status that nobody knows means online.
    OddIsOnline,
    /// A list holds all there is.
    MissTrusted,
    /// A failed list is an empty one.
    FailureIsEmpty,
    /// A 304 is as good as a body.
    UnchangedTrusted,
    /// `Age` means nothing.
    AgeIgnored,
    /// Answers need no ids of their own.
    AnyRequestId,
    /// Limits are errors like any other.
    LimitsIgnored,
    /// Half of the wait will do.
    HalfTheWait,
    /// `started_at` is the start.
    StartedAtIsStart,
    /// `completed_at` is the end of the work.
    CompletedAtIsEnd,
    /// A job belongs to a runner by its id alone.
    IdWithoutName,
    /// GitHub's own machines are ours.
    HostedIsOurs,
    /// A record that contradicts itself runs.
    MixedRuns,
    /// A job that is handed over runs.
    QueuedRuns,
    /// The local clock is GitHub's.
    LocalClock,
    /// The flag is put right before anyone sees it.
    Reconciled,
}

impl Mutant {
    pub(super) const ALL: [Self; 20] = [
        Self::FirstJobReadTwice,
        Self::MissingIsIdle,
        Self::FailureIsIdle,
        Self::OfflineIsIdle,
        Self::OddIsOnline,
        Self::MissTrusted,
        Self::FailureIsEmpty,
        Self::UnchangedTrusted,
        Self::AgeIgnored,
        Self::AnyRequestId,
        Self::LimitsIgnored,
        Self::HalfTheWait,
        Self::StartedAtIsStart,
        Self::CompletedAtIsEnd,
        Self::IdWithoutName,
        Self::HostedIsOurs,
        Self::MixedRuns,
        Self::QueuedRuns,
        Self::LocalClock,
        Self::Reconciled,
    ];
}

/// GitHub as a program with a fault sees it.
pub(super) struct Twisted<'w> {
    pub(super) hub: Hub<'w>,
    world: &'w World,
    time: Time,
    mutant: Option<Mutant>,
    bodies: RefCell<HashMap<(Target, u32), Said>>,
    jobs: RefCell<HashMap<JobId, (i64, Said)>>,
    count: RefCell<u64>,
}

impl<'w> Twisted<'w> {
    pub(super) fn new(hub: Hub<'w>, world: &'w World, time: &Time, mutant: Option<Mutant>) -> Self {
        Self {
            hub,
            world,
            time: time.clone(),
            mutant,
            bodies: RefCell::default(),
            jobs: RefCell::default(),
            count: RefCell::default(),
        }
    }

    fn twist(&self, mutant: Mutant, request: &Request, reply: Reply) -> Reply {
        match mutant {
            Mutant::AgeIgnored | Mutant::AnyRequestId | Mutant::LocalClock => {
                self.head(mutant, reply)
            }
            Mutant::LimitsIgnored | Mutant::HalfTheWait => Reply {
                said: reply.said.map_err(|error| hurried(mutant, error)),
                ..reply
            },
            Mutant::FirstJobReadTwice => self.first_again(request, reply),
            Mutant::UnchangedTrusted => self.body_again(request, reply),
            Mutant::MissingIsIdle
            | Mutant::FailureIsIdle
            | Mutant::FailureIsEmpty
            | Mutant::MissTrusted => self.filled(mutant, request, reply),
            Mutant::OfflineIsIdle | Mutant::OddIsOnline | Mutant::Reconciled => {
                changed(reply, |runner| self.runner(mutant, runner), |_| {})
            }
            Mutant::StartedAtIsStart
            | Mutant::CompletedAtIsEnd
            | Mutant::IdWithoutName
            | Mutant::HostedIsOurs
            | Mutant::MixedRuns
            | Mutant::QueuedRuns => changed(reply, |_| {}, |job| self.job(mutant, job)),
        }
    }

    fn head(&self, mutant: Mutant, mut reply: Reply) -> Reply {
        let head = &mut reply.head;
        *self.count.borrow_mut() += 1;
        match mutant {
            Mutant::AgeIgnored => head.age = None,
            Mutant::AnyRequestId => {
                head.request_id = Some(format!("own-{}", self.count.borrow()).into());
            }
            _ => head.date = head.date.map(|_| self.time.wall()),
        }
        reply
    }

    fn first_again(&self, request: &Request, reply: Reply) -> Reply {
        let (Target::Job { id, .. }, Ok(said)) = (&request.target, &reply.said) else {
            return reply;
        };
        let now = self.time.mono().as_millis();
        let mut jobs = self.jobs.borrow_mut();
        let (at, first) = jobs
            .entry(*id)
            .or_insert_with(|| (now, said.clone()))
            .clone();
        if at + 20_000 < now {
            jobs.insert(*id, (now, said.clone()));
            return reply;
        }
        Reply {
            said: Ok(first),
            ..reply
        }
    }

    fn body_again(&self, request: &Request, reply: Reply) -> Reply {
        let key = (request.target.clone(), request.per_page);
        let mut bodies = self.bodies.borrow_mut();
        match &reply.said {
            Ok(said @ Said::Runners { .. }) => {
                bodies.insert(key, said.clone());
                reply
            }
            Ok(Said::NotModified) => match bodies.get(&key) {
                Some(said) => Reply {
                    said: Ok(said.clone()),
                    ..reply
                },
                None => reply,
            },
            _ => reply,
        }
    }

    fn filled(&self, mutant: Mutant, request: &Request, reply: Reply) -> Reply {
        let failed = reply.said.is_err();
        let said = match (&request.target, reply.said) {
            (Target::Runner { id, .. }, Ok(Said::Runner(None)))
                if mutant == Mutant::MissingIsIdle =>
            {
                Ok(self.idle(*id))
            }
            (Target::Runner { id, .. }, Err(_)) if mutant == Mutant::FailureIsIdle => {
                Ok(self.idle(*id))
            }
            (Target::Runners { .. }, Err(_)) if mutant == Mutant::FailureIsEmpty => {
                Ok(Said::Runners {
                    total: Some(0),
                    runners: Vec::new(),
                    undecodable: 0,
                })
            }
            (_, Ok(Said::Runners { runners, .. })) if mutant == Mutant::MissTrusted => {
                Ok(Said::Runners {
                    total: None,
                    runners,
                    undecodable: 0,
                })
            }
            (_, said) => said,
        };
        let mut head = reply.head;
        if failed && said.is_ok() {
            head.status = Some(200);
        }
        Reply {
            head,
            said,
            ..reply
        }
    }

    fn idle(&self, id: RunnerId) -> Said {
        let machine = self
            .world
            .machines
            .iter()
            .find(|machine| machine.id == id.0);
        let runner = machine.map(|machine| Runner {
            busy: false,
            status: OnlineStatus::Online,
            ..self.world.runner(machine, self.hub.now())
        });
        Said::Runner(runner)
    }

    fn runner(&self, mutant: Mutant, runner: &mut Runner) {
        match (mutant, &runner.status) {
            (Mutant::OfflineIsIdle, OnlineStatus::Offline) => {
                runner.status = OnlineStatus::Online;
                runner.busy = false;
            }
            (Mutant::OddIsOnline, OnlineStatus::Other(_)) => runner.status = OnlineStatus::Online,
            (Mutant::Reconciled, _) => {
                let now = self.hub.now();
                let machine = self
                    .world
                    .machines
                    .iter()
                    .find(|machine| machine.id == runner.id.0);
                let acts = machine.into_iter().flat_map(|machine| &machine.acts);
                runner.busy |= acts.clone().any(|&act| self.world.acts[act].runs(now));
            }
            _ => {}
        }
    }

    fn job(&self, mutant: Mutant, job: &mut Job) {
        match mutant {
            Mutant::StartedAtIsStart => {
                if let Some(first) = job.steps.first_mut() {
                    first.started_at = job.started_at;
                }
            }
            Mutant::CompletedAtIsEnd => job.steps.retain(|step| !step.is_complete_job()),
            Mutant::IdWithoutName | Mutant::HostedIsOurs => {
                let wanted = mutant == Mutant::HostedIsOurs;
                if let Some(on) = job.assignment.as_mut().filter(|on| on.hosted == wanted) {
                    self.take_over(on);
                }
            }
            Mutant::MixedRuns if job.status == JobStatus::InProgress => {
                job.conclusion = None;
                job.steps.retain(|step| !step.is_complete_job());
                if let Some(last) = job.steps.last_mut() {
                    last.status = JobStatus::InProgress;
                }
            }
            Mutant::QueuedRuns if job.assignment.is_some() && job.status == JobStatus::Queued => {
                job.status = JobStatus::InProgress;
            }
            _ => {}
        }
    }

    fn take_over(&self, on: &mut Assignment) {
        let machine = self
            .world
            .machines
            .iter()
            .find(|machine| machine.id == on.runner_id.0);
        on.hosted = false;
        on.group_id = Some(1);
        on.runner_name = machine.map(|machine| Arc::clone(&machine.name));
    }
}

fn changed(mut reply: Reply, runner: impl Fn(&mut Runner), job: impl Fn(&mut Job)) -> Reply {
    match &mut reply.said {
        Ok(Said::Runners { runners, .. }) => runners.iter_mut().map(Arc::make_mut).for_each(runner),
        Ok(Said::Runner(Some(one))) => runner(one),
        Ok(Said::Jobs { jobs, .. }) => jobs.iter_mut().map(Arc::make_mut).for_each(job),
        Ok(Said::Job(Some(one))) => job(one),
        _ => {}
    }
    reply
}

fn hurried(mutant: Mutant, error: PollError) -> PollError {
    let half = |wait: Span| Span::millis(wait.as_millis() / 2);
    match error {
        PollError::Limited { detail, .. } if mutant == Mutant::LimitsIgnored => {
            PollError::NotAnAnswer(detail)
        }
        PollError::Unavailable { detail, .. } if mutant == Mutant::LimitsIgnored => {
            PollError::NotAnAnswer(detail)
        }
        PollError::Limited {
            detail,
            retry_after: Some(wait),
            reset,
        } => PollError::Limited {
            detail,
            retry_after: Some(half(wait)),
            reset,
        },
        PollError::Unavailable {
            detail,
            retry_after,
        } => PollError::Unavailable {
            detail,
            retry_after: half(retry_after),
        },
        error => error,
    }
}

impl Source for Twisted<'_> {
    async fn ask(&self, request: &Request) -> Reply {
        let reply = self.hub.ask(request).await;
        match self.mutant {
            Some(mutant) => self.twist(mutant, request, reply),
            None => reply,
        }
    }
}
