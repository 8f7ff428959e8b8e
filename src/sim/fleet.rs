//! A large fleet that works for weeks, with flags that are true: what a watch
//! of it costs in memory, in bytes recorded, and in time. Answers are worked
//! out of the instant, so that the fleet itself needs no memory.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::dice::Dice;
use super::time::Time;
use crate::clock::Clock;
use crate::model::{
    Assignment, Conclusion, Job, JobId, JobStatus, OnlineStatus, Rate, RepoName, RunId, Runner,
    RunnerId, Said, Scope, Sight, Span, Step, Target, Timestamp, WorkflowRun, shared,
};
use crate::poll::{Head, PollError, Reply, Request, Source};

/// How far one request takes, there and back.
const LATENCY: i64 = 60;

/// 2026-06-01T00:00:00Z.
const BEGAN: i64 = 1_780_272_000_000;

/// So many runners, each with a job of 1 to 30 min per slot of equal length.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fleet {
    pub(super) runners: u64,
    /// Repositories in which the jobs run.
    pub(super) repos: u64,
    pub(super) jobs_a_day: u64,
}

/// The fleet at work.
pub(super) struct FleetSource<'t> {
    pub(super) fleet: Fleet,
    pub(super) time: &'t Time,
}

/// A job as it happens, in milliseconds of the fleet's clock.
#[derive(Debug, Clone, Copy)]
struct Act {
    id: u64,
    runner: u64,
    repo: u64,
    start: i64,
    end: i64,
}

impl Fleet {
    fn slot(self) -> i64 {
        let slot = 86_400_000 * self.runners / self.jobs_a_day;
        i64::try_from(slot).expect("a slot")
    }

    /// What a runner does in a slot.
    fn act(self, runner: u64, slot: i64) -> Option<Act> {
        let number = u64::try_from(slot).ok()?;
        let id = number * self.runners + runner;
        let mut dice = Dice::of(id);
        let longest = (self.slot() - 60_000).min(1_800_000);
        let length = dice.between(60_000, longest);
        let start = slot * self.slot() + dice.between(10_000, self.slot() - length);
        Some(Act {
            id: id + 1,
            runner,
            repo: dice.below(self.repos),
            start: start / 1000 * 1000,
            end: (start + length) / 1000 * 1000,
        })
    }

    /// The repositories of the fleet.
    pub(super) fn repos(self) -> Vec<RepoName> {
        (0..self.repos).map(repo).collect()
    }

    /// How many runners have a job at an instant.
    pub(super) fn at_work(self, at: i64) -> u64 {
        let busy = (0..self.runners).filter(|&runner| self.works(runner, at).is_some());
        busy.count() as u64
    }

    /// The job of this id, by the way ids are made.
    fn of_id(self, id: u64) -> Option<Act> {
        let at = id.checked_sub(1)?;
        self.act(at % self.runners, i64::try_from(at / self.runners).ok()?)
    }

    /// What the runner works on at an instant.
    fn works(self, runner: u64, at: i64) -> Option<Act> {
        let act = self.act(runner, at.div_euclid(self.slot()))?;
        (act.start <= at && at < act.end).then_some(act)
    }

    /// Jobs of a repository begun so far, newest first: of this slot and the
    /// one before.
    fn recent(self, repo: u64, at: i64) -> Vec<Act> {
        let slot = at.div_euclid(self.slot());
        let acts = (0..self.runners).flat_map(|runner| {
            let slots = [slot - 1, slot].into_iter();
            slots.filter_map(move |slot| self.act(runner, slot))
        });
        let mut acts: Vec<_> = acts
            .filter(|act| act.repo == repo && act.start <= at)
            .collect();
        acts.sort_by_key(|act| std::cmp::Reverse((act.start, act.id)));
        acts
    }

    fn runner(self, id: u64, at: i64) -> Runner {
        Runner {
            id: RunnerId(id + 1),
            name: Some(format!("runner-{id}").into()),
            os: Some("linux".into()),
            status: OnlineStatus::Online,
            busy: self.works(id, at).is_some(),
            labels: Some(vec!["self-hosted".into(), "linux".into()]),
            group_id: Some(1),
            version: None,
        }
    }
}

impl Act {
    fn record(self, at: i64) -> Job {
        let over = self.end <= at;
        let ended = over.then(|| stamp(self.end));
        let status = if over {
            JobStatus::Completed
        } else {
            JobStatus::InProgress
        };
        let step = |name: &str, from: i64, to: i64| Step {
            name: name.into(),
            status: if to <= at {
                JobStatus::Completed
            } else {
                status.clone()
            },
            conclusion: (to <= at).then_some(Conclusion::Success),
            started_at: Some(stamp(from)),
            completed_at: (to <= at).then(|| stamp(to)),
        };
        Job {
            id: JobId(self.id),
            run_id: Some(RunId(self.id)),
            run_attempt: Some(1),
            repo: repo(self.repo),
            name: "build".into(),
            workflow: Some("ci".into()),
            html_url: None,
            conclusion: over.then_some(Conclusion::Success),
            created_at: Some(stamp(self.start)),
            started_at: Some(stamp(self.start)),
            completed_at: ended,
            steps: vec![
                step("Set up job", self.start, self.start + 1000),
                step("Test", self.start + 1000, self.end),
            ],
            assignment: Some(Assignment {
                runner_id: RunnerId(self.runner + 1),
                runner_name: Some(format!("runner-{}", self.runner).into()),
                group_id: Some(1),
                group_name: Some("Default".into()),
                hosted: false,
            }),
            labels: Some(vec!["self-hosted".into()]),
            status,
        }
    }

    fn run(self, at: i64) -> WorkflowRun {
        let over = self.end <= at;
        WorkflowRun {
            id: RunId(self.id),
            attempt: Some(1),
            status: Some(if over { "completed" } else { "in_progress" }.into()),
            created_at: Some(stamp(self.start)),
            updated_at: Some(stamp(if over { self.end } else { self.start })),
        }
    }
}

pub(super) fn stamp(at: i64) -> Timestamp {
    Timestamp::from_millis(BEGAN + at)
}

fn repo(number: u64) -> RepoName {
    RepoName::parse(&format!("acme/repo-{number}")).expect("a name")
}

/// The scope of its runners.
pub(super) fn scope() -> Scope {
    Scope::Org("acme".into())
}

impl FleetSource<'_> {
    fn at(&self) -> i64 {
        self.time.mono().as_millis()
    }

    /// What is answered, and whether there is more of it.
    fn said(&self, request: &Request, at: i64) -> (Said, bool) {
        let fleet = self.fleet;
        let whole = |said| (said, false);
        match &request.target {
            Target::Runners { page, .. } => {
                let size = u64::from(request.per_page);
                let from = u64::from(page - 1) * size;
                let to = (from + size).min(fleet.runners);
                let said = Said::Runners {
                    total: Some(fleet.runners),
                    runners: shared((from..to).map(|id| fleet.runner(id, at))),
                    undecodable: 0,
                };
                (said, to < fleet.runners)
            }
            Target::Runner { id, .. } => whole(Said::Runner(Some(fleet.runner(id.0 - 1, at)))),
            Target::Runs {
                repo: wanted,
                status,
                ..
            } => {
                let number = (0..fleet.repos).find(|&number| repo(number) == *wanted);
                let mut runs = fleet.recent(number.expect("a repository"), at);
                match status.as_deref() {
                    None => {}
                    Some("in_progress") => runs.retain(|act| at < act.end),
                    Some(_) => runs.clear(),
                }
                let total = runs.len() as u64;
                runs.truncate(request.per_page as usize);
                whole(Said::Runs {
                    total: Some(total),
                    runs: shared(runs.into_iter().map(|act| act.run(at))),
                    undecodable: 0,
                })
            }
            Target::Run { id, .. } => whole(Said::Run(fleet.of_id(id.0).map(|act| act.run(at)))),
            Target::AllJobs { .. } | Target::Annotations { .. } | Target::Deliveries { .. } => {
                panic!("a watch asks for nothing of the past")
            }
            Target::Jobs { run, .. } => whole(Said::Jobs {
                total: Some(1),
                jobs: shared(fleet.of_id(run.0).map(|act| act.record(at))),
                undecodable: 0,
            }),
            Target::Job { id, .. } => {
                let act = fleet.of_id(id.0);
                whole(Said::Job(act.map(|act| Box::new(act.record(at)))))
            }
            Target::Repos { .. } => whole(Said::Repos {
                total: Some(0),
                repos: Vec::new(),
                undecodable: 0,
                sight: Sight::Whole,
            }),
            Target::RateLimit => whole(Said::RateLimit),
        }
    }
}

impl Source for FleetSource<'_> {
    async fn ask(&self, request: &Request) -> Reply {
        self.time.sleep(Span::millis(LATENCY / 2)).await;
        let at = self.at();
        let (said, more) = self.said(request, at);
        let etag: Arc<str> = format!("W/\"{:x}\"", fingerprint(&said)).into();
        let unchanged = request.etag.as_ref() == Some(&etag);
        let page = format!("https://api.github.com/{}?page=", request.target);
        let number = match &request.target {
            Target::Runners { page, .. } => *page,
            _ => 1,
        };
        self.time.sleep(Span::millis(LATENCY / 2)).await;
        Reply {
            head: Head {
                url: format!("{page}{number}").into(),
                status: Some(if unchanged { 304 } else { 200 }),
                date: Some(stamp(at / 1000 * 1000)),
                request_id: Some(format!("C0FF:{at:X}:{:X}", fingerprint(&page)).into()),
                etag: Some(etag),
                rate: Some(Rate {
                    limit: Some(5000),
                    remaining: Some(4000),
                    used: None,
                    reset: Some(stamp(at + 1_800_000)),
                }),
                ..Head::default()
            },
            next: more.then(|| format!("{page}{}", number + 1).into()),
            said: Ok::<_, PollError>(if unchanged { Said::NotModified } else { said }),
            raw: None,
            requests: 1,
        }
    }
}

fn fingerprint(of: &impl std::fmt::Debug) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{of:?}").hash(&mut hasher);
    hasher.finish()
}
