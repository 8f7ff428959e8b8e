//! What a scan reads, and in which order: the runs, the jobs of those that
//! are not known yet, and the annotations of jobs that their records leave
//! unclear. It knows no HTTP and no real clock.

use std::collections::BTreeSet;

use super::ours::trimmed;
use crate::clock::Clock;
use crate::commands::view::Narrow;
use crate::detect::is_unclear;
use crate::model::{
    AnnotationAccess, Job, JobId, Record, RepoName, RunId, RunsListed, Said, ScanCounts, Timestamp,
    WorkflowRun,
};
use crate::poll::{
    Extent, Fatal, Notes, Options, PastJobs, PastRun, Poller, ReadAgain, Source, Waiting,
};
use crate::record::{Scanned, ScannedRun, Standing};

/// Runs, or jobs, that are read in one go: what it is made of is kept when a
/// signal comes.
const AT_ONCE: usize = 100;

/// A scan under way.
pub(super) struct LookBack<'a, S, C> {
    poller: Poller<'a, S, C>,
    since: Timestamp,
    /// What is known, from earlier scans and this one.
    pub(super) scanned: Scanned,
    /// What was asked, without what was answered: for the account.
    pub(super) asked: Vec<Record>,
    /// Runs that this scan is about.
    runs: BTreeSet<(RepoName, RunId)>,
    /// Those of them whose jobs were known before.
    remembered: u64,
    /// Those of them whose jobs could not be read.
    unread: BTreeSet<(RepoName, RunId)>,
    /// Those of them that are over and have no jobs, as far as GitHub says.
    without_jobs: BTreeSet<(RepoName, RunId)>,
    repos: u64,
    listed: RunsListed,
    access: AnnotationAccess,
    show: Box<dyn Fn(Stage) + 'a>,
}

/// How far a scan is, for whoever looks at a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Listing,
    Runs { done: u64, all: u64 },
    Annotations { done: u64, all: u64 },
}

impl<'a, S: Source, C: Clock> LookBack<'a, S, C> {
    pub(super) fn new(
        source: &'a S,
        clock: &'a C,
        options: Options,
        since: Timestamp,
        scanned: Scanned,
        show: Box<dyn Fn(Stage) + 'a>,
        on_wait: Box<dyn Fn(&Waiting) + 'a>,
    ) -> Self {
        Self {
            poller: Poller::new(source, clock, options, since, on_wait),
            since,
            scanned,
            asked: Vec::new(),
            runs: BTreeSet::new(),
            remembered: 0,
            unread: BTreeSet::new(),
            without_jobs: BTreeSet::new(),
            repos: 0,
            listed: RunsListed::Some,
            access: AnnotationAccess::Granted,
            show,
        }
    }

    /// Reads everything.
    ///
    /// # Errors
    /// When nothing answers, or the credential does not open a target.
    pub(super) async fn pursue(&mut self) -> Result<(), Fatal> {
        (self.show)(Stage::Listing);
        let listed = self.poller.past_runs(self.since).await;
        self.collect();
        let listed = listed?;
        self.repos = listed.repos.len() as u64;
        let mut runs = listed.runs;
        let pinned = self.pinned(&listed.repos, &runs);
        runs.extend(self.read_again(pinned).await);
        self.forget_old(&listed.repos);
        self.read_jobs(&runs).await;
        self.listed = match listed.extent {
            Extent::Whole => RunsListed::All,
            Extent::Part => RunsListed::Some,
        };
        self.read_annotations().await;
        Ok(())
    }

    /// Ends the account of a scan, also of one that was stopped.
    pub(super) fn finish(&mut self) {
        self.poller.end_cycle();
        self.collect();
    }

    /// Runs that were unfinished before and are not in the lists of now.
    fn pinned(&self, repos: &[RepoName], listed: &[PastRun]) -> Vec<(RepoName, RunId)> {
        let listed: BTreeSet<_> = listed.iter().map(|run| (&run.repo, run.run.id)).collect();
        let unfinished = self.scanned.runs.iter().filter(|((repo, id), run)| {
            let ours = repos.contains(repo) && !listed.contains(&(repo, *id));
            ours && run.standing == Standing::Unfinished
        });
        unfinished.map(|(key, _)| key.clone()).collect()
    }

    async fn read_again(&mut self, pinned: Vec<(RepoName, RunId)>) -> Vec<PastRun> {
        let mut runs = Vec::new();
        for (repo, id) in pinned {
            match self.poller.read_again(&repo, id).await {
                ReadAgain::As(run) => runs.push(PastRun { repo, run }),
                ReadAgain::Gone => drop(self.scanned.runs.remove(&(repo, id))),
                ReadAgain::Unread => drop(self.unread.insert((repo, id))),
            }
        }
        self.collect();
        runs
    }

    /// What ended before the time of this scan is of no use to the next.
    fn forget_old(&mut self, repos: &[RepoName]) {
        let since = self.since;
        self.scanned.runs.retain(|(repo, _), scanned| {
            let old = scanned.run.created_at.is_some_and(|at| at < since);
            !repos.contains(repo) || !old || scanned.standing == Standing::Unfinished
        });
        // A list that was not read to its end may lack what is known.
        let known = self.scanned.runs.keys();
        let known = known.filter(|(repo, _)| repos.contains(repo));
        self.runs.extend(known.cloned());
    }

    async fn read_jobs(&mut self, runs: &[PastRun]) {
        let key = |run: &PastRun| (run.repo.clone(), run.run.id);
        self.runs.extend(runs.iter().map(key));
        let known = |run: &&PastRun| {
            let known = self.scanned.runs.get(&key(run));
            known.is_some_and(|known| known.standing == Standing::Done && known.run == run.run)
        };
        let (known, due): (Vec<_>, Vec<_>) = runs.iter().partition(known);
        self.remembered = known.len() as u64;
        self.unread.extend(due.iter().map(|run| key(run)));
        let due: Vec<_> = due.into_iter().cloned().collect();
        let all = due.len() as u64;
        for (at, some) in due.chunks(AT_ONCE).enumerate() {
            let done = (at * AT_ONCE) as u64;
            (self.show)(Stage::Runs { done, all });
            let read = self.poller.past_jobs(some).await;
            for run in some {
                let own = |jobs: &&PastJobs| jobs.run == run.run.id && jobs.repo == run.repo;
                if let Some(jobs) = read.iter().find(own) {
                    self.remember(&run.run, jobs);
                }
            }
            self.collect();
        }
    }

    /// Keeps what was read of a run beside what was known of it.
    fn remember(&mut self, run: &WorkflowRun, read: &PastJobs) {
        let key = (read.repo.clone(), read.run);
        let known = self.scanned.runs.remove(&key);
        let (mut jobs, annotations, told) = known.map_or_else(Default::default, |known| {
            (known.jobs, known.annotations, known.told)
        });
        let ours = read.jobs.iter().filter(|job| job.is_self_hosted());
        let ours: Vec<_> = ours.cloned().map(trimmed).collect();
        jobs.retain(|job: &Job| !ours.iter().any(|read| read.id == job.id));
        jobs.extend(ours);
        jobs.sort_by_key(|job| job.id);
        let ended = run.status.as_deref() == Some("completed");
        let none = read.jobs.is_empty();
        // What it had before it still has.
        let whole = read.extent == Extent::Whole && (!none || jobs.is_empty());
        if whole {
            self.unread.remove(&key);
        }
        if whole && none && ended {
            self.without_jobs.insert(key.clone());
        }
        let standing = if ended && whole {
            Standing::Done
        } else {
            Standing::Unfinished
        };
        let scanned = ScannedRun {
            run: run.clone(),
            standing,
            jobs,
            annotations,
            told,
        };
        self.scanned.runs.insert(key, scanned);
    }

    async fn read_annotations(&mut self) {
        let due: Vec<_> = self
            .unclear()
            .filter(|(run, job)| !run.annotations.contains_key(&job.id))
            .map(|(run, job)| (job.repo.clone(), run.run.id, job.id))
            .collect();
        let all = due.len() as u64;
        for (at, some) in due.chunks(AT_ONCE).enumerate() {
            let done = (at * AT_ONCE) as u64;
            (self.show)(Stage::Annotations { done, all });
            let jobs: Vec<_> = some
                .iter()
                .map(|(repo, _, job)| (repo.clone(), *job))
                .collect();
            let read = self.poller.notes(&jobs).await;
            self.collect();
            for (job, notes) in read {
                let place = some.iter().find(|(_, _, own)| *own == job);
                self.note(place, job, notes);
            }
            if self.access == AnnotationAccess::Refused {
                break;
            }
        }
    }

    fn note(&mut self, place: Option<&(RepoName, RunId, JobId)>, job: JobId, notes: Notes) {
        match notes {
            Notes::Read(notes) => {
                let key = place.map(|(repo, run, _)| (repo.clone(), *run));
                let run = key.and_then(|key| self.scanned.runs.get_mut(&key));
                if let Some(run) = run {
                    run.annotations.insert(job, notes);
                }
            }
            Notes::Refused => self.access = AnnotationAccess::Refused,
            Notes::Unread => {}
        }
    }

    /// The runs that this scan is about, as far as they are known.
    pub(super) fn known(&self) -> impl Iterator<Item = &ScannedRun> {
        let runs = self.runs.iter();
        runs.filter_map(|key| self.scanned.runs.get(key))
    }

    /// What the next scan need not read again. A run of an invalid workflow file
    /// never has jobs; of any other that was an error, and it is asked again.
    pub(super) fn kept(&self) -> Scanned {
        let mut kept = self.scanned.clone();
        kept.runs.retain(|key, _| !self.without_jobs.contains(key));
        kept
    }

    /// Takes note that somebody was told of deaths.
    pub(super) fn told_of(&mut self, deaths: &BTreeSet<JobId>) {
        for run in self.scanned.runs.values_mut() {
            let of_run = run.jobs.iter().map(|job| job.id);
            run.told.extend(of_run.filter(|id| deaths.contains(id)));
        }
    }

    /// Whether somebody was told of the death of a job.
    pub(super) fn is_told(&self, job: JobId) -> bool {
        self.known().any(|run| run.told.contains(&job))
    }

    /// Jobs whose annotations can tell more than their record.
    fn unclear(&self) -> impl Iterator<Item = (&ScannedRun, &Job)> {
        self.known().flat_map(|run| {
            let unclear = run.jobs.iter().filter(|job| is_unclear(job));
            unclear.map(move |job| (run, job))
        })
    }

    /// What was looked at.
    pub(super) fn counts(&self, narrow: &Narrow) -> ScanCounts {
        let runs = self.runs.len() as u64;
        let known = self.runs.iter();
        let unread =
            known.filter(|key| self.unread.contains(key) || !self.scanned.runs.contains_key(key));
        let unfinished = self.known();
        let unfinished = unfinished.filter(|run| run.standing == Standing::Unfinished);
        let read = self.unclear();
        let read = read.filter(|(run, job)| run.annotations.contains_key(&job.id));
        ScanCounts {
            repos: self.repos,
            listed: self.listed,
            runs,
            runs_read: runs - unread.count() as u64,
            runs_remembered: self.remembered,
            runs_unfinished: unfinished.count() as u64,
            jobs: self
                .known()
                .flat_map(|run| &run.jobs)
                .filter(|job| job.completed_at.is_some() && narrow.wants_job(job))
                .count() as u64,
            narrowed: narrow.is_any(),
            annotations: self.unclear().count() as u64,
            annotations_read: read.count() as u64,
            access: self.access,
        }
    }

    /// Redirects that were followed.
    pub(super) fn redirects(&self) -> u64 {
        self.poller.redirects()
    }

    /// Keeps the account of what was asked; the answers were taken already.
    fn collect(&mut self) {
        drop(self.poller.drain_raws());
        for mut record in self.poller.drain() {
            if let Record::Exchange(exchange) = &mut record {
                match &mut exchange.said {
                    Said::Jobs { jobs, .. } => jobs.clear(),
                    Said::Runs { runs, .. } => runs.clear(),
                    Said::Annotations { annotations, .. } => annotations.clear(),
                    _ => {}
                }
            }
            self.asked.push(record);
        }
    }
}
