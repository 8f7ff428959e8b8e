//! The jobs of every run that can matter.
//!
//! Runs known to be open are read beside the run lists, and those that the
//! lists bring up after them. A reading of a runner is covered once everything
//! has been read since.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::deliveries::Log;
use super::discovery::RunKey;
use super::list::{List, Pages};
use super::read::Freshness;
use super::{Fatal, PollError, Poller, Source};
use crate::clock::Clock;
use crate::model::{JobId, Mono, OpenJob, RepoName, Said, Target, UnknownReason};

/// How far a part of the jobs was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Got {
    /// Something failed.
    Less,
    All,
}

/// What is read, and since when it has waited for that.
type Waiting = (Option<Mono>, Errand);

/// One thing to read, whatever it takes.
enum Errand {
    Runs(RepoName),
    Jobs(RunKey),
    Job(OpenJob),
}

/// What the jobs of a cycle came to.
struct Sweep {
    got: Vec<Got>,
    /// Jobs that the lists showed.
    seen: RefCell<BTreeSet<JobId>>,
}

impl Sweep {
    /// Open jobs that were in none of the lists: of an older attempt, say.
    fn unseen(&self, open: &[OpenJob]) -> Vec<OpenJob> {
        let seen = self.seen.borrow();
        let unseen = open.iter().filter(|job| !seen.contains(&job.job));
        unseen.cloned().collect()
    }
}

impl<S: Source, C: Clock> Poller<'_, S, C> {
    /// Reads runs and jobs; notes whether all of it succeeded.
    pub(super) async fn read_jobs(&self, open: &[OpenJob], log: Log) -> Result<(), Fatal> {
        let cycle = self.cycle.borrow().number;
        let mut sweep = Sweep {
            got: Vec::new(),
            seen: RefCell::default(),
        };
        self.discovery.borrow_mut().learn_open_jobs(open);
        let repos = self
            .discovery
            .borrow()
            .repos_due(&self.repos.borrow(), cycle, log);
        let known = self.discovery.borrow().due(cycle);
        let keys: BTreeSet<_> = known.iter().cloned().collect();
        let errands = self.in_turn_of(repos, known);
        self.run(&mut sweep, errands.into_iter()).await?;
        let mut found = self.discovery.borrow().due(cycle);
        found.retain(|key| !keys.contains(key));
        self.run(&mut sweep, found.into_iter().map(Errand::Jobs))
            .await?;
        sweep.got.extend(self.lists_without_jobs(cycle));
        let unseen = sweep.unseen(open);
        self.run(&mut sweep, unseen.into_iter().map(Errand::Job))
            .await?;
        self.note_jobs(&sweep, cycle);
        Ok(())
    }

    /// Lists of runs, and of jobs of known runs. Where a budget cannot pay for
    /// all, those that have waited longest come first, of either kind.
    fn in_turn_of(&self, repos: Vec<RepoName>, known: Vec<RunKey>) -> Vec<Errand> {
        let discovery = self.discovery.borrow();
        let lists = repos.into_iter();
        let lists = lists.map(|repo| (discovery.listed_from(&repo), Errand::Runs(repo)));
        let jobs = known.into_iter();
        let jobs = jobs.map(|key| (discovery.read_from(&key), Errand::Jobs(key)));
        let mut waiting: Vec<Waiting> = lists.chain(jobs).collect();
        if self.options.budget.is_some() {
            waiting.sort_by_key(|(since, _)| *since);
        }
        waiting.into_iter().map(|(_, errand)| errand).collect()
    }

    async fn run(
        &self,
        sweep: &mut Sweep,
        errands: impl Iterator<Item = Errand>,
    ) -> Result<(), Fatal> {
        let seen = &sweep.seen;
        let done = self.concurrently(errands.map(|errand| self.errand(errand, seen)));
        let done: Result<Vec<_>, _> = done.await.into_iter().collect();
        sweep.got.extend(done?);
        Ok(())
    }

    /// What the budget does not pay for in this cycle waits, and goes on
    /// waiting longest.
    async fn errand(&self, errand: Errand, seen: &RefCell<BTreeSet<JobId>>) -> Result<Got, Fatal> {
        if self.budget.is_spent(self.clock.mono()) {
            return Ok(Got::All);
        }
        match errand {
            Errand::Runs(repo) => self.discover(&repo).await,
            Errand::Jobs(key) => Ok(self.run_jobs(&key, seen).await),
            Errand::Job(job) => Ok(self.read_job(&job).await),
        }
    }

    /// Notes lists without jobs of runs that have some. What runs they are is
    /// known once the lists of runs, read beside them, have been.
    fn lists_without_jobs(&self, cycle: u32) -> Vec<Got> {
        let discovery = self.discovery.borrow();
        let lacking = discovery.lacking_jobs(cycle, self.options.breadth);
        let noted = lacking.map(|(key, from)| {
            let target = Target::Jobs {
                repo: key.repo.clone(),
                run: key.run,
                page: 1,
            };
            self.gap(from, &target.to_string(), UnknownReason::IncompletePages);
            Got::Less
        });
        noted.collect()
    }

    /// Since when all jobs have been read, if nothing failed.
    fn note_jobs(&self, sweep: &Sweep, cycle: u32) {
        let repos = self.repos.borrow();
        let since = self.discovery.borrow().read_since(&repos, cycle);
        let mut cycle = self.cycle.borrow_mut();
        let got_all = self.knows_every_owner() && !sweep.got.contains(&Got::Less);
        cycle.jobs_complete = since.is_some() && got_all;
        cycle.jobs_from = since.unwrap_or(cycle.jobs_from);
    }

    /// Reads the jobs of a run.
    async fn run_jobs(&self, key: &RunKey, seen: &RefCell<BTreeSet<JobId>>) -> Got {
        let RunKey { repo, run } = key;
        let from = self.clock.mono();
        let cycle = self.cycle.borrow().number;
        let began = self.discovery.borrow().begin(key, cycle, from);
        let target = |page| Target::Jobs {
            repo: repo.clone(),
            run: *run,
            page,
        };
        let list = List {
            largest: self.discovery.borrow().page_size(key),
            ..List::whole(Freshness::Revalidated)
        };
        let pages = self.list(&target, list).await;
        let jobs = jobs_in(&pages);
        let lacking = pages.lacking(jobs.len());
        seen.borrow_mut().extend(jobs);
        let mut discovery = self.discovery.borrow_mut();
        discovery.learn_page_size(key, pages.per_page);
        match &pages.error {
            None => discovery.learn_jobs(key, began, &pages.answers),
            // Deleted, or out of sight: for now nobody knows. While a list
            // shows the run, it is asked for again.
            Some(PollError::NotFound(_)) => discovery.forget(key),
            Some(_) => {}
        }
        self.note_pages(from, &target(1).to_string(), &pages, lacking)
    }

    /// Reads an open job by id. Its final record is evidence, so it is never
    /// asked whether it changed.
    async fn read_job(&self, job: &OpenJob) -> Got {
        let target = Target::Job {
            repo: job.repo.clone(),
            id: job.job,
        };
        match self.object(target).await {
            Some(_) => Got::All,
            None => Got::Less,
        }
    }

    /// Reads open jobs once more, outside any sweep: the last look of a run.
    pub(crate) async fn settle(&self, open: &[OpenJob]) {
        self.concurrently(open.iter().map(|job| self.read_job(job)))
            .await;
    }
}

fn jobs_in(pages: &Pages) -> BTreeSet<JobId> {
    let jobs = pages.answers.iter().flat_map(|said| match &**said {
        Said::Jobs { jobs, .. } => jobs.as_slice(),
        _ => &[],
    });
    jobs.map(|job| job.id).collect()
}
