//! Looking back: the runs of a time, the jobs of all their attempts, and what
//! is annotated at single jobs.
//!
//! Runs are read from the unfiltered list, newest first, down to the time
//! that is wanted. A filter by creation would be answered by a search index
//! that can be stale for days, and ends at 1,000 results (`github-api.md`
//! §2). The list goes by creation: a run that was created before and run
//! again since is not in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::jobs::Got;
use super::list::{Follow, List, Pages};
use super::read::Freshness;
use super::{Fatal, PollError, Poller, Source};
use crate::clock::Clock;
use crate::model::{
    Annotation, Job, JobId, Mono, RepoName, RunId, Said, Target, Timestamp, UnknownReason,
    WorkflowRun,
};

/// A run of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PastRun {
    pub(crate) repo: RepoName,
    pub(crate) run: WorkflowRun,
}

/// The runs of a time, as far as they were listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PastRuns {
    pub(crate) runs: Vec<PastRun>,
    pub(crate) extent: Extent,
    /// Repositories whose runs were looked for.
    pub(crate) repos: Vec<RepoName>,
}

/// How much of something was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Extent {
    Whole,
    /// The rest is not known.
    Part,
}

/// A run that was unfinished before, read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReadAgain {
    As(WorkflowRun),
    /// It was deleted.
    Gone,
    Unread,
}

/// The jobs of all attempts of a run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PastJobs {
    pub(crate) repo: RepoName,
    pub(crate) run: RunId,
    pub(crate) jobs: Vec<Job>,
    pub(crate) extent: Extent,
}

/// What is annotated at a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notes {
    Read(Vec<Annotation>),
    Unread,
    /// The credential does not open annotations.
    Refused,
}

impl<S: Source, C: Clock> Poller<'_, S, C> {
    /// Lists the runs created since an instant, of every repository; begins
    /// a cycle, which reads no runner.
    ///
    /// # Errors
    /// When nothing answers, or the credential does not open a target.
    pub(crate) async fn past_runs(&self, since: Timestamp) -> Result<PastRuns, Fatal> {
        self.begin_cycle();
        self.look_up_repos().await?;
        let unlisted_owners = !self.cycle.borrow().unreadable.is_empty();
        let repos = self.repos.borrow().clone();
        let walks = repos.iter().map(|repo| self.walk(repo, since));
        let walked = self.concurrently(walks).await;
        self.some_repo_is_readable()?;
        let mut past = PastRuns {
            runs: Vec::new(),
            extent: if unlisted_owners {
                Extent::Part
            } else {
                Extent::Whole
            },
            repos: repos.clone(),
        };
        for walk in walked {
            let (runs, extent) = walk?;
            past.runs.extend(runs);
            past.extent = past.extent.max(extent);
        }
        past.runs
            .sort_by(|a, b| (&a.repo, a.run.id).cmp(&(&b.repo, b.run.id)));
        Ok(past)
    }

    async fn walk(
        &self,
        repo: &RepoName,
        since: Timestamp,
    ) -> Result<(Vec<PastRun>, Extent), Fatal> {
        let from = self.clock.mono();
        let target = |page| Target::Runs {
            repo: repo.clone(),
            status: None,
            page,
        };
        let list = List {
            follow: Follow::DownTo(since),
            ..List::whole(Freshness::Unconditional)
        };
        let pages = self.list(target, list).await;
        let what = target(1).to_string();
        if let Some(error) = &pages.error {
            self.refused(repo, &what, error)?;
            if pages.answers.is_empty() && !pages.is_withheld() {
                let name = repo.to_string().into();
                self.cycle.borrow_mut().unreadable.push(name);
            }
        }
        let runs = runs_in(&pages);
        let lacking = lacking(&pages, &runs, since);
        let extent = self.extent(from, &what, &pages, lacking);
        let wanted = runs.into_values();
        let wanted = wanted.filter(|run| run.created_at.is_none_or(|at| since <= at));
        let runs = wanted.map(|run| PastRun {
            repo: repo.clone(),
            run: Arc::unwrap_or_clone(run),
        });
        Ok((runs.collect(), extent))
    }

    /// Reads a run that was unfinished before.
    pub(crate) async fn read_again(&self, repo: &RepoName, run: RunId) -> ReadAgain {
        let target = Target::Run {
            repo: repo.clone(),
            id: run,
        };
        match self.object(target).await.map(|answer| answer.said) {
            Some(said) => match &*said {
                Said::Run(Some(run)) => ReadAgain::As(run.clone()),
                Said::Run(None) => ReadAgain::Gone,
                _ => ReadAgain::Unread,
            },
            None => ReadAgain::Unread,
        }
    }

    /// Reads the jobs of some runs. Each call lets one request ask whether
    /// GitHub is up again, if it was down.
    pub(crate) async fn past_jobs(&self, runs: &[PastRun]) -> Vec<PastJobs> {
        self.breaker.begin_phase();
        let each = runs.iter().map(|run| self.jobs_of(run));
        self.concurrently(each).await
    }

    async fn jobs_of(&self, PastRun { repo, run }: &PastRun) -> PastJobs {
        let from = self.clock.mono();
        let target = |page| Target::AllJobs {
            repo: repo.clone(),
            run: run.id,
            page,
        };
        let list = List::whole(Freshness::Unconditional);
        let pages = self.list(&target, list).await;
        let jobs = jobs_in(&pages);
        // Also where it was deleted since: a 404 is no answer about its jobs.
        let lacking = pages.lacking(jobs.len());
        let extent = self.extent(from, &target(1).to_string(), &pages, lacking);
        PastJobs {
            repo: repo.clone(),
            run: run.id,
            jobs: jobs.into_values().map(Arc::unwrap_or_clone).collect(),
            extent,
        }
    }

    /// Reads what is annotated at some jobs.
    pub(crate) async fn notes(&self, jobs: &[(RepoName, JobId)]) -> Vec<(JobId, Notes)> {
        self.breaker.begin_phase();
        let each = jobs.iter().map(|(repo, job)| self.notes_of(repo, *job));
        self.concurrently(each).await
    }

    async fn notes_of(&self, repo: &RepoName, job: JobId) -> (JobId, Notes) {
        let from = self.clock.mono();
        let target = |page| Target::Annotations {
            repo: repo.clone(),
            job,
            page,
        };
        let list = List::whole(Freshness::Unconditional);
        let pages = self.list(&target, list).await;
        if let Some(PollError::Forbidden { .. }) = &pages.error {
            return (job, Notes::Refused);
        }
        let what = target(1).to_string();
        let notes = match self.extent(from, &what, &pages, pages.fault()) {
            Extent::Whole => Notes::Read(annotations_in(&pages)),
            Extent::Part => Notes::Unread,
        };
        (job, notes)
    }

    fn extent(
        &self,
        from: Mono,
        what: &str,
        pages: &Pages,
        lacking: Option<UnknownReason>,
    ) -> Extent {
        match self.note_pages(from, what, pages, lacking) {
            Got::All => Extent::Whole,
            Got::Less => Extent::Part,
        }
    }
}

/// Runs by id; a list that grows while it is read shows some twice.
fn runs_in(pages: &Pages) -> BTreeMap<RunId, Arc<WorkflowRun>> {
    let runs = pages.answers.iter().flat_map(|said| match &**said {
        Said::Runs { runs, .. } => runs.as_slice(),
        _ => &[],
    });
    runs.map(|run| (run.id, Arc::clone(run))).collect()
}

/// Why the runs since an instant are not all there: a list that neither
/// reached it nor its own end.
fn lacking(
    pages: &Pages,
    runs: &BTreeMap<RunId, Arc<WorkflowRun>>,
    since: Timestamp,
) -> Option<UnknownReason> {
    let before = |run: &Arc<WorkflowRun>| run.created_at.is_some_and(|at| at < since);
    if runs.values().any(before) {
        return pages.fault();
    }
    pages.lacking(runs.len())
}

fn jobs_in(pages: &Pages) -> BTreeMap<JobId, Arc<Job>> {
    let jobs = pages.answers.iter().flat_map(|said| match &**said {
        Said::Jobs { jobs, .. } => jobs.as_slice(),
        _ => &[],
    });
    jobs.map(|job| (job.id, Arc::clone(job))).collect()
}

fn annotations_in(pages: &Pages) -> Vec<Annotation> {
    let notes = pages
        .answers
        .iter()
        .flat_map(|said: &Arc<Said>| match &**said {
            Said::Annotations { annotations, .. } => annotations.as_slice(),
            _ => &[],
        });
    notes.cloned().collect()
}
