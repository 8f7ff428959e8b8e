//! What really happens behind the fake, as a function of time.
//!
//! A world knows nothing of HTTP. It is asked for one instant at a time, so
//! that all of an answer belongs together.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::churn::Churn;
use super::job::{JobSpec, Phase};
use super::runner::{Flag, Presence, RunnerSpec};
use crate::support::time::Offset;

/// What `?status=` on the list of runs gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filtered {
    Right,
    /// `total_count: 0` beside live runs (iterative/cml#923).
    Empty,
    /// As things were that long ago (dawidd6/action-download-artifact#147).
    Stale(Duration),
}

/// Repositories, runners, runs and jobs. A scope is written as in the API's
/// paths: `repos/acme/atlas`, `orgs/acme`, `enterprises/acme-inc`.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) repos: Vec<String>,
    pub(crate) filtered: Filtered,
    scopes: BTreeSet<String>,
    runners: Vec<(String, RunnerSpec)>,
    jobs: Vec<(String, JobSpec)>,
    churns: Vec<(String, Churn)>,
    run_status: BTreeMap<u64, String>,
    /// `archived`, `disabled`.
    repo_state: BTreeMap<String, &'static str>,
    /// Old names and new ones.
    renamed: BTreeMap<String, String>,
}

/// What a run's record says.
#[derive(Debug, Clone)]
pub(crate) struct RunView {
    pub(crate) id: u64,
    pub(crate) created: Offset,
    pub(crate) updated: Offset,
    pub(crate) attempt: u64,
    pub(crate) status: String,
    pub(crate) conclusion: Option<&'static str>,
}

impl World {
    pub(crate) fn empty() -> Self {
        Self {
            repos: Vec::new(),
            filtered: Filtered::Right,
            scopes: BTreeSet::new(),
            runners: Vec::new(),
            jobs: Vec::new(),
            churns: Vec::new(),
            run_status: BTreeMap::new(),
            repo_state: BTreeMap::new(),
            renamed: BTreeMap::new(),
        }
    }

    pub(crate) fn add_repo(&mut self, repo: &str) {
        self.repos.push(repo.to_owned());
        self.scopes.insert(format!("repos/{repo}"));
    }

    /// Makes it `archived` or `disabled`.
    pub(crate) fn set_repo_state(&mut self, repo: &str, state: &'static str) {
        self.repo_state.insert(repo.to_owned(), state);
    }

    pub(crate) fn repo_is(&self, repo: &str, state: &str) -> bool {
        self.repo_state.get(repo).is_some_and(|own| *own == state)
    }

    /// Deletes it with all that is in it.
    pub(crate) fn remove_repo(&mut self, repo: &str) {
        self.repos.retain(|own| own != repo);
        self.scopes.remove(&format!("repos/{repo}"));
    }

    /// Its old name redirects from now on.
    pub(crate) fn rename_repo(&mut self, old: &str, new: &str) {
        self.remove_repo(old);
        self.add_repo(new);
        for (repo, _) in &mut self.jobs {
            if repo == old {
                new.clone_into(repo);
            }
        }
        self.renamed.insert(old.to_owned(), new.to_owned());
    }

    /// Where a path has moved.
    pub(crate) fn moved(&self, path: &str) -> Option<String> {
        self.renamed.iter().find_map(|(old, new)| {
            let rest = path.strip_prefix(&format!("/repos/{old}/"))?;
            Some(format!("/repos/{new}/{rest}"))
        })
    }

    /// Adds `orgs/…` or `enterprises/…`.
    pub(crate) fn add_scope(&mut self, scope: &str) {
        self.scopes.insert(scope.to_owned());
    }

    pub(crate) fn add_runner(&mut self, scope: &str, runner: RunnerSpec) {
        self.runners.push((scope.to_owned(), runner));
    }

    /// Adds a job and gives it the ids it lacks; returns its id.
    pub(crate) fn add_job(&mut self, repo: &str, mut job: JobSpec) -> u64 {
        let next = self.jobs.len() as u64 + 1;
        let id = *job.id.get_or_insert(70_000 + next);
        job.run.get_or_insert(3_000 + next);
        self.jobs.push((repo.to_owned(), job));
        id
    }

    pub(crate) fn add_churn(&mut self, repo: &str, churn: Churn) {
        let scope = format!("repos/{repo}");
        let runners = churn.runner_specs().map(|runner| (scope.clone(), runner));
        self.runners.extend(runners);
        self.churns.push((repo.to_owned(), churn));
    }

    /// The runner with that id, to be changed.
    pub(crate) fn runner_mut(&mut self, id: u64) -> &mut RunnerSpec {
        let mut runners = self.runners.iter_mut().map(|(_, runner)| runner);
        runners
            .find(|runner| runner.id == id)
            .unwrap_or_else(|| panic!("the fake has no runner {id}"))
    }

    /// The job with that id, to be changed.
    pub(crate) fn job_mut(&mut self, id: u64) -> &mut JobSpec {
        let mut jobs = self.jobs.iter_mut().map(|(_, job)| job);
        jobs.find(|job| job.id == Some(id))
            .unwrap_or_else(|| panic!("the fake has no job {id}"))
    }

    /// Makes a run say that status whatever its jobs do.
    pub(crate) fn set_run_status(&mut self, run: u64, status: &str) {
        self.run_status.insert(run, status.to_owned());
    }

    /// Jobs whose changes a webhook told of, with their repositories.
    pub(crate) fn jobs_told_of(&self) -> impl Iterator<Item = (&str, &JobSpec)> {
        let jobs = self.jobs.iter().filter(|(_, job)| job.is_told_of);
        jobs.map(|(repo, job)| (repo.as_str(), job))
    }

    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }

    /// The runners that a list of this scope shows.
    pub(crate) fn runners_at(&self, scope: &str, at: Offset) -> Vec<&RunnerSpec> {
        self.runners
            .iter()
            .filter(|(own, runner)| own == scope && runner.presence_at(at) != Presence::Missing)
            .map(|(_, runner)| runner)
            .collect()
    }

    /// What a runner's flag says, in a list or by id.
    pub(crate) fn busy(&self, scope: &str, runner: &RunnerSpec, flag: &Flag, at: Offset) -> bool {
        flag.says(at, |begun_by, not_ended_by| {
            self.works(scope, runner.id, begun_by, not_ended_by)
        })
    }

    fn works(&self, scope: &str, runner: u64, begun_by: Offset, not_ended_by: Offset) -> bool {
        let fits = |job: &JobSpec| {
            job.runner == Some(runner)
                && !job.hosted
                && job.starts <= begun_by
                && job.ends.is_none_or(|end| not_ended_by < end)
        };
        let explicit = self
            .jobs
            .iter()
            .any(|(repo, job)| repo_belongs(repo, scope) && fits(job));
        explicit
            || self
                .churns
                .iter()
                .filter(|(repo, _)| repo_belongs(repo, scope))
                .any(|(_, churn)| churn.jobs_near(runner, begun_by).iter().any(fits))
    }

    /// The runs of a repository as (creation, id), newest first.
    pub(crate) fn runs_at(&self, repo: &str, at: Offset) -> Vec<(Offset, u64)> {
        let mut created: BTreeMap<u64, Offset> = BTreeMap::new();
        for (own, job) in &self.jobs {
            if own == repo && job.created_at() <= at {
                let run = job.run.expect("a job in the world has a run");
                let first = created.entry(run).or_insert(job.created_at());
                *first = (*first).min(job.created_at());
            }
        }
        let mut runs: Vec<_> = created.into_iter().map(|(id, at)| (at, id)).collect();
        let churns = self.churns.iter().filter(|(own, _)| own == repo);
        runs.extend(churns.flat_map(|(_, churn)| churn.runs_at(at)));
        runs.sort_unstable_by(|a, b| b.cmp(a));
        runs
    }

    /// The jobs of a run whose records exist at an instant.
    pub(crate) fn jobs_of(&self, repo: &str, run: u64, at: Offset) -> Vec<JobSpec> {
        let explicit = self
            .jobs
            .iter()
            .filter(|(own, job)| own == repo && job.run == Some(run))
            .map(|(_, job)| job.clone());
        let churns = self.churns.iter().filter(|(own, _)| own == repo);
        explicit
            .chain(churns.flat_map(|(_, churn)| churn.jobs_of(run)))
            .filter(|job| job.phase_at(at).is_some())
            .collect()
    }

    /// One job, if its record exists at an instant.
    pub(crate) fn job_by_id(&self, repo: &str, id: u64, at: Offset) -> Option<JobSpec> {
        let explicit = self
            .jobs
            .iter()
            .find(|(own, job)| own == repo && job.id == Some(id))
            .map(|(_, job)| job.clone());
        let mut churns = self.churns.iter().filter(|(own, _)| own == repo);
        explicit
            .or_else(|| churns.find_map(|(_, churn)| churn.job_by_id(id)))
            .filter(|job| job.phase_at(at).is_some())
    }

    /// The name of a runner, as the records of its jobs give it.
    pub(crate) fn runner_by_id(&self, repo: &str, id: u64) -> Option<&RunnerSpec> {
        self.runners
            .iter()
            .find(|(scope, runner)| repo_belongs(repo, scope) && runner.id == id)
            .map(|(_, runner)| runner)
    }

    /// What a run's record says, `None` before it was created.
    pub(crate) fn run_at(&self, repo: &str, id: u64, at: Offset) -> Option<RunView> {
        let jobs = self.jobs_of(repo, id, at);
        let attempt = jobs.iter().map(|job| job.attempt).max()?;
        let latest = || jobs.iter().filter(|job| job.attempt == attempt);
        let phases: Vec<_> = latest().filter_map(|job| job.phase_at(at)).collect();
        let derived = derived_status(&phases);
        let failed = || latest().any(|job| job.conclusion != "success");
        Some(RunView {
            id,
            created: jobs.iter().map(JobSpec::created_at).min()?,
            updated: jobs.iter().map(|job| job.updated_at(at)).max()?,
            attempt,
            status: self
                .run_status
                .get(&id)
                .cloned()
                .unwrap_or_else(|| derived.to_owned()),
            conclusion: (derived == "completed")
                .then(|| if failed() { "failure" } else { "success" }),
        })
    }
}

/// A run follows its least advanced job: it is `queued` while one job waits
/// and another runs (cli/cli#13972).
fn derived_status(phases: &[Phase]) -> &'static str {
    let any = |status: &str| phases.iter().any(|phase| phase.status() == status);
    if any("queued") {
        "queued"
    } else if any("in_progress") {
        "in_progress"
    } else {
        "completed"
    }
}

/// Whether jobs of a repository may run on the runners of a scope.
fn repo_belongs(repo: &str, scope: &str) -> bool {
    match scope.split_once('/') {
        Some(("repos", name)) => name == repo,
        Some(("orgs", org)) => repo.split('/').next() == Some(org),
        _ => true,
    }
}
