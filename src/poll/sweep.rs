//! One complete listing: the runners of every scope, then the runs of every
//! repository and the jobs of every run that can matter.

use std::collections::BTreeSet;

use futures_util::stream::{FuturesUnordered, StreamExt};

use super::discovery::{Lists, OPEN_STATUSES, RunKey, is_completed};
use super::session::{Follow, Pages};
use super::{Fatal, PollError, Poller, Source};
use crate::clock::Clock;
use crate::model::{
    JobId, Mono, OpenJob, RepoName, RunnerId, Said, Target, UnknownReason, WorkflowRun,
};

impl<S: Source, C: Clock> Poller<'_, S, C> {
    pub(super) async fn read_runners(&self) -> Result<(), Fatal> {
        let known = self.cycle.borrow().runners_expected;
        let mut expected = 0;
        let mut read = 0;
        for scope in &self.options.scopes {
            let from = self.clock.mono();
            let target = |page| Target::Runners {
                scope: scope.clone(),
                page,
            };
            let pages = self.list(target, Follow::All).await;
            let what = format!("runners of {scope}");
            self.fatal(&what, pages.error.as_ref())?;
            let (got, undecodable) = runners_in(&pages);
            let total = pages.total.unwrap_or(0).max(got.len() as u64 + undecodable);
            read += got.len() as u64;
            expected += total;
            self.note_pages(from, &what, &pages, total > got.len() as u64);
            if pages.error.is_some() {
                expected = expected.max(known).max(1);
            }
        }
        let mut cycle = self.cycle.borrow_mut();
        cycle.runners_expected = expected;
        cycle.runners_read = read;
        Ok(())
    }

    /// A list that is not whole is a gap: missing items are unknown.
    fn note_pages(&self, from: Mono, what: &str, pages: &Pages, short: bool) {
        match &pages.error {
            Some(error) => self.gap(from, what, error.reason()),
            None if short => self.gap(from, what, UnknownReason::IncompletePages),
            None => {}
        }
    }

    /// Reads runs and jobs; notes whether all of it succeeded.
    pub(super) async fn read_jobs(&self, open: &[OpenJob]) -> Result<(), Fatal> {
        let from = self.clock.mono();
        self.cycle.borrow_mut().jobs_from = from;
        self.discovery.borrow_mut().learn_open_jobs(open);
        let mut complete = true;
        for repo in self.each_repo().await {
            complete &= repo?;
        }
        let cycle = self.cycle.borrow().number;
        let due = self.discovery.borrow().due(cycle);
        let read = self
            .concurrently(due.iter().map(|key| self.read_run(key)))
            .await;
        complete &= read.iter().all(|(whole, _)| *whole);
        let seen: BTreeSet<JobId> = read.into_iter().flat_map(|(_, jobs)| jobs).collect();
        let unseen = open.iter().filter(|job| !seen.contains(&job.job));
        let settled = self
            .concurrently(unseen.map(|job| self.read_job(job)))
            .await;
        complete &= settled.into_iter().all(|whole| whole);
        self.cycle.borrow_mut().jobs_complete = complete;
        Ok(())
    }

    async fn each_repo(&self) -> Vec<Result<bool, Fatal>> {
        let repos = self.options.repos.iter();
        self.concurrently(repos.map(|repo| self.discover(repo)))
            .await
    }

    /// Runs futures side by side. How many requests are under way at once is
    /// kept by [`Poller::attempt`].
    pub(super) async fn concurrently<F: Future>(
        &self,
        futures: impl Iterator<Item = F>,
    ) -> Vec<F::Output> {
        let running: FuturesUnordered<_> = futures.collect();
        running.collect().await
    }

    /// Discovers the runs of one repository. `false` when a list failed.
    async fn discover(&self, repo: &RepoName) -> Result<bool, Fatal> {
        let from = self.clock.mono();
        let what = format!("runs of {repo}");
        let newest = self.runs(repo, None, Follow::FirstPage).await;
        if let Some(error) = &newest.error {
            self.fatal(&what, Some(error))?;
            self.gap(from, &what, error.reason());
            self.cycle
                .borrow_mut()
                .unreadable
                .push(repo.to_string().into());
            return Ok(false);
        }
        let newest_runs = runs_in(&newest);
        let whole_history = newest
            .total
            .is_some_and(|total| total <= newest_runs.len() as u64);
        let mut lists = Lists {
            newest: newest_runs,
            filtered: Vec::new(),
            newest_is_all: whole_history,
        };
        let mut complete = true;
        if !lists.newest_is_all {
            self.cycle.borrow_mut().page_full |= oldest_is_open(&lists.newest);
            complete = self.read_filtered(repo, &mut lists).await;
        }
        let only_unfiltered = self.discovery.borrow_mut().learn(repo, &lists);
        self.cycle.borrow_mut().only_unfiltered += only_unfiltered;
        Ok(complete)
    }

    /// Reads the filtered lists, for runs below the newest page.
    async fn read_filtered(&self, repo: &RepoName, lists: &mut Lists) -> bool {
        let from = self.clock.mono();
        let statuses = OPEN_STATUSES.iter();
        let each = statuses.map(|status| self.runs(repo, Some(status), Follow::All));
        let mut complete = true;
        for pages in self.concurrently(each).await {
            lists.filtered.extend(runs_in(&pages));
            if let Some(error) = &pages.error {
                complete = false;
                self.gap(from, &format!("filtered runs of {repo}"), error.reason());
            }
        }
        complete
    }

    async fn runs(&self, repo: &RepoName, status: Option<&str>, follow: Follow) -> Pages {
        let target = |page| Target::Runs {
            repo: repo.clone(),
            status: status.map(Into::into),
            page,
        };
        self.list(target, follow).await
    }

    /// Reads the jobs of a run: whether all came, and which they were.
    async fn read_run(&self, key: &RunKey) -> (bool, Vec<JobId>) {
        let from = self.clock.mono();
        let target = |page| Target::Jobs {
            repo: key.repo.clone(),
            run: key.run,
            page,
        };
        let pages = self.list(target, Follow::All).await;
        let jobs = jobs_in(&pages);
        let cycle = self.cycle.borrow().number;
        match &pages.error {
            None => {
                let mut discovery = self.discovery.borrow_mut();
                discovery.learn_jobs(key, &pages.answers, cycle);
            }
            Some(PollError::NotFound(_)) => {
                self.discovery.borrow_mut().forget(key);
                return (true, jobs);
            }
            Some(_) => {}
        }
        let distinct: BTreeSet<_> = jobs.iter().collect();
        let short = pages
            .total
            .is_some_and(|total| (distinct.len() as u64) < total);
        let what = format!("jobs of run {} of {}", key.run, key.repo);
        self.note_pages(from, &what, &pages, short);
        (pages.error.is_none() && !short, jobs)
    }

    /// Reads an open job that no list showed: of an older attempt, say.
    pub(super) async fn read_job(&self, job: &OpenJob) -> bool {
        let from = self.clock.mono();
        let target = Target::Job {
            repo: job.repo.clone(),
            id: job.job,
        };
        match self.object(target).await {
            Ok(_) => true,
            Err(error) => {
                let what = format!("job {} of {}", job.job, job.repo);
                self.gap(from, &what, error.reason());
                false
            }
        }
    }

    /// What ends a first cycle: no access, or nothing answering.
    fn fatal(&self, what: &str, error: Option<&PollError>) -> Result<(), Fatal> {
        let first = self.cycle.borrow().number == 1;
        let Some(error) = error.filter(|_| first) else {
            return Ok(());
        };
        let what = what.to_owned();
        let error = error.clone();
        match error {
            PollError::Unauthorized(_)
            | PollError::Forbidden { .. }
            | PollError::NotFound(_)
            | PollError::Rejected(_) => Err(Fatal::Access { what, error }),
            PollError::NoAnswer(_) if self.answered.get() == 0 => {
                Err(Fatal::Unreachable { what, error })
            }
            PollError::NoAnswer(_)
            | PollError::NotAnAnswer(_)
            | PollError::Undecodable(_)
            | PollError::Limited { .. } => Ok(()),
        }
    }
}

/// Distinct runners of a list, and how many items could not be decoded.
fn runners_in(pages: &Pages) -> (BTreeSet<RunnerId>, u64) {
    let mut ids = BTreeSet::new();
    let mut bad = 0;
    for said in &pages.answers {
        if let Said::Runners {
            runners,
            undecodable,
            ..
        } = said
        {
            ids.extend(runners.iter().map(|runner| runner.id));
            bad += u64::from(*undecodable);
        }
    }
    (ids, bad)
}

fn runs_in(pages: &Pages) -> Vec<WorkflowRun> {
    let runs = pages.answers.iter().flat_map(|said| match said {
        Said::Runs { runs, .. } => runs.as_slice(),
        _ => &[],
    });
    runs.cloned().collect()
}

fn jobs_in(pages: &Pages) -> Vec<JobId> {
    let jobs = pages.answers.iter().flat_map(|said| match said {
        Said::Jobs { jobs, .. } => jobs.as_slice(),
        _ => &[],
    });
    jobs.map(|job| job.id).collect()
}

/// Whether open runs may lie below the newest page.
fn oldest_is_open(newest: &[WorkflowRun]) -> bool {
    newest.last().is_some_and(|run| !is_completed(run))
}
