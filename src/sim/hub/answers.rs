//! What GitHub answers when it answers.

use std::sync::Arc;

use super::Hub;
use crate::model::{
    Job, JobStatus, ListedRepo, RepoId, RepoName, RepoState, RunId, Runner, RunnerId, Said, Sight,
    Target, Timestamp, WorkflowRun, shared,
};
use crate::poll::{PollError, Request};
use crate::sim::trouble::Trouble;
use crate::sim::truth::{Act, RunPlan, stamp};

/// Replicas are up to five minutes behind.
const BEHIND: i64 = 300_000;

type Next = Option<Arc<str>>;

impl Hub<'_> {
    pub(super) fn answer(
        &self,
        request: &Request,
        at: i64,
        calm: bool,
    ) -> (Result<Said, PollError>, Next) {
        let object = |said| (Ok(said), None);
        match &request.target {
            Target::Runners { page, .. } => self.runners(request, *page, at, calm),
            Target::Runner { id, .. } => object(Said::Runner(self.runner(*id, at))),
            Target::Runs { repo, status, page } => {
                self.runs(request, repo, status.as_deref(), *page, at)
            }
            Target::Run { repo, id } => {
                let run = self.run(repo, *id).and_then(|run| self.listed(run, at));
                object(Said::Run(run))
            }
            Target::AllJobs { .. } | Target::Annotations { .. } => {
                panic!("a watch asks for nothing of the past")
            }
            Target::Jobs { repo, run, page } => self.jobs(request, (repo, *run), *page, at, calm),
            Target::Job { id, .. } => {
                let act = self.world.acts.iter().find(|act| act.id == id.0);
                let then = at - self.jobs_behind(at, false);
                let job = act
                    .filter(|_| !self.is_hidden(at))
                    .and_then(|act| self.world.record(act, then));
                object(Said::Job(job.map(Box::new)))
            }
            Target::Repos { .. } => object(self.repos()),
            Target::Deliveries { page, .. } => self.deliveries(request, *page, at),
            Target::RateLimit => object(Said::RateLimit),
        }
    }

    fn runners_behind(&self, at: i64, listed: bool) -> i64 {
        let replica = if self.has(Trouble::RunnerReplicas) {
            self.behind(at, 1, BEHIND)
        } else {
            0
        };
        let list = listed && self.has(Trouble::RunnerListLag);
        replica + if list { self.behind(at, 2, BEHIND) } else { 0 }
    }

    fn jobs_behind(&self, at: i64, listed: bool) -> i64 {
        let replica = if self.has(Trouble::JobReplicas) {
            self.behind(at, 3, BEHIND)
        } else {
            0
        };
        let list = listed && self.has(Trouble::JobListLag);
        replica + if list { self.behind(at, 4, BEHIND) } else { 0 }
    }

    fn runner(&self, id: RunnerId, at: i64) -> Option<Runner> {
        let then = at - self.runners_behind(at, false);
        let machine = self
            .world
            .machines
            .iter()
            .find(|machine| machine.id == id.0)?;
        let shown = machine.exists(then) && !self.is_hidden(at);
        shown.then(|| self.world.runner(machine, then))
    }

    fn runners(
        &self,
        request: &Request,
        page: u32,
        at: i64,
        calm: bool,
    ) -> (Result<Said, PollError>, Next) {
        let then = at - self.runners_behind(at, true);
        let machines = self
            .world
            .machines
            .iter()
            .filter(|machine| machine.exists(then));
        let mut machines: Vec<_> = machines.collect();
        self.disorder(&mut machines, at, calm);
        let (range, total, next) = self.page(request, page, machines.len());
        let runners = machines[range]
            .iter()
            .map(|machine| self.world.runner(machine, then));
        let mut runners: Vec<_> = runners.collect();
        let (total, undecodable) = self.damage(&mut runners, total, calm);
        let said = Said::Runners {
            total,
            runners: shared(runners),
            undecodable,
        };
        (Ok(said), next)
    }

    fn jobs(
        &self,
        request: &Request,
        (repo, run): (&RepoName, RunId),
        page: u32,
        at: i64,
        calm: bool,
    ) -> (Result<Said, PollError>, Next) {
        let Some(run) = self.run(repo, run) else {
            return (Err(PollError::NotFound("404 Not Found".into())), None);
        };
        let then = at - self.jobs_behind(at, true);
        let mut jobs: Vec<Job> = self
            .latest(run, then)
            .filter_map(|act| self.world.record(act, then))
            .collect();
        self.disorder(&mut jobs, at, calm);
        let (range, total, next) = self.page(request, page, jobs.len());
        let mut jobs = jobs[range].to_vec();
        let (total, undecodable) = self.damage(&mut jobs, total, calm);
        (
            Ok(Said::Jobs {
                total,
                jobs: shared(jobs),
                undecodable,
            }),
            next,
        )
    }

    /// Jobs of the latest attempt.
    fn latest<'a>(&'a self, run: &'a RunPlan, at: i64) -> impl Iterator<Item = &'a Act> + Clone {
        let acts = run.acts.iter().map(|&act| &self.world.acts[act]);
        let acts = acts.filter(move |act| act.created <= at);
        let attempt = acts.clone().map(|act| act.attempt).max();
        acts.filter(move |act| Some(act.attempt) == attempt)
    }

    fn run(&self, repo: &RepoName, id: RunId) -> Option<&RunPlan> {
        let mut runs = self.world.runs.iter();
        runs.find(|run| run.id == id.0 && self.world.repos[run.repo] == *repo)
    }

    /// A run as lists show it: it follows its least advanced job.
    fn listed(&self, run: &RunPlan, at: i64) -> Option<WorkflowRun> {
        let jobs = self
            .latest(run, at)
            .filter_map(|act| Some((act, act.status(at)?)));
        let jobs: Vec<_> = jobs.collect();
        let attempt = jobs.first()?.0.attempt;
        let any = |wanted: &JobStatus| jobs.iter().any(|(_, status)| status == wanted);
        let status = if any(&JobStatus::Queued) {
            "queued"
        } else if run.stuck || any(&JobStatus::InProgress) {
            "in_progress"
        } else {
            "completed"
        };
        let changes = jobs
            .iter()
            .flat_map(|(act, _)| [act.created, act.shown, act.close]);
        let last = changes.filter(|&change| change <= at).max()?;
        Some(WorkflowRun {
            id: RunId(run.id),
            attempt: Some(attempt),
            status: Some(status.into()),
            created_at: None,
            updated_at: Some(stamp(last)),
        })
    }

    fn runs(
        &self,
        request: &Request,
        repo: &RepoName,
        status: Option<&str>,
        page: u32,
        at: i64,
    ) -> (Result<Said, PollError>, Next) {
        let stale = status.is_some() && self.has(Trouble::StaleFilters);
        let then = at
            - if stale {
                self.behind(at, 5, 3_600_000)
            } else {
                0
            };
        let runs = self
            .world
            .runs
            .iter()
            .rev()
            .filter(|run| self.world.repos[run.repo] == *repo);
        let runs = runs.filter_map(|run| self.listed(run, then));
        let mut runs: Vec<_> = runs
            .filter(|run| status.is_none() || run.status.as_deref() == status)
            .collect();
        if stale && self.percent(20) {
            runs.clear();
        }
        let long = status.is_none() && self.has(Trouble::LongHistory);
        let (range, total, next) = self.page(request, page, runs.len());
        let mut runs = runs[range].to_vec();
        if long {
            runs.truncate(4);
            if runs.is_empty() {
                runs.push(of_long_ago());
            }
        }
        let total = if long { total + 5000 } else { total };
        let said = Said::Runs {
            total: Some(total),
            runs: shared(runs),
            undecodable: 0,
        };
        (Ok(said), next)
    }

    fn repos(&self) -> Said {
        let numbered = self.world.repos.iter().zip(1..);
        let repos = numbered.map(|(name, id)| ListedRepo {
            name: name.clone(),
            id: Some(RepoId(id)),
            state: RepoState::Active,
        });
        Said::Repos {
            total: Some(self.world.repos.len() as u64),
            repos: repos.collect(),
            undecodable: 0,
            sight: Sight::Whole,
        }
    }
}

/// A run of which nothing is left to be read.
fn of_long_ago() -> WorkflowRun {
    WorkflowRun {
        id: RunId(1),
        attempt: Some(1),
        status: Some("completed".into()),
        created_at: Some(Timestamp::from_millis(0)),
        updated_at: Some(Timestamp::from_millis(0)),
    }
}
