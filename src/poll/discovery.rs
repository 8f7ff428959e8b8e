//! Which runs to read the jobs of. A run reports `queued` while one of its
//! jobs runs, and filtered lists can be stale for days, so discovery is a
//! union: the unfiltered newest page, the filtered lists, and every run known
//! to be open (`github-api.md` §2).

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{OpenJob, RepoName, RunId, Said, Span, Timestamp, WorkflowRun};

/// Statuses a run can have while a job of it runs.
pub(super) const OPEN_STATUSES: [&str; 5] =
    ["in_progress", "queued", "waiting", "pending", "requested"];

/// Jobs that ended this long before jobs were first read still bear on
/// readings: as previous jobs, and as records that closed late.
const LOOK_BACK: Span = Span::secs(120);

/// A run whose jobs have all completed, though it has not, is read again only
/// once in so many cycles: it may be stuck for weeks.
const DEMOTED_EVERY: u32 = 10;

/// A run of a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RunKey {
    pub(super) repo: RepoName,
    pub(super) run: RunId,
}

/// What is known of a run.
#[derive(Debug, Clone, Default)]
struct Known {
    attempt: Option<u32>,
    updated_at: Option<Timestamp>,
    listed: Listed,
    jobs: Jobs,
    /// Cycle in which its jobs were last read.
    read_in: u32,
}

/// How the run lists show a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Listed {
    #[default]
    Open,
    Completed,
}

/// What its jobs showed when last read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Jobs {
    #[default]
    Unread,
    Open,
    Completed,
}

/// Memory of runs over the cycles.
#[derive(Debug, Clone)]
pub(super) struct Discovery {
    known: BTreeMap<RunKey, Known>,
    /// Runs that ended later than this are read once more.
    since: Timestamp,
}

/// Runs as one repository's lists show them in a cycle.
#[derive(Debug, Default)]
pub(super) struct Lists {
    pub(super) newest: Vec<WorkflowRun>,
    pub(super) filtered: Vec<WorkflowRun>,
    /// Whether the newest page held all runs there are.
    pub(super) newest_is_all: bool,
}

impl Discovery {
    pub(super) fn since(since: Timestamp) -> Self {
        Self {
            known: BTreeMap::new(),
            since: since - LOOK_BACK,
        }
    }

    /// Takes in what a repository's lists show. Returns how many open runs
    /// only the unfiltered page showed.
    pub(super) fn learn(&mut self, repo: &RepoName, lists: &Lists) -> u64 {
        let filtered: BTreeSet<_> = lists.filtered.iter().map(|run| run.id).collect();
        let mut only_unfiltered = 0;
        for run in &lists.newest {
            let open = !is_completed(run);
            only_unfiltered +=
                u64::from(open && !lists.newest_is_all && !filtered.contains(&run.id));
            self.learn_run(repo, run);
        }
        let newest: BTreeSet<_> = lists.newest.iter().map(|run| run.id).collect();
        for run in lists
            .filtered
            .iter()
            .filter(|run| !newest.contains(&run.id))
        {
            self.learn_run(repo, run);
        }
        only_unfiltered
    }

    /// Takes in one run, from a list or by id.
    pub(super) fn learn_run(&mut self, repo: &RepoName, run: &WorkflowRun) {
        let key = RunKey {
            repo: repo.clone(),
            run: run.id,
        };
        let completed = is_completed(run);
        let recent = run.updated_at.is_none_or(|at| self.since <= at);
        if completed && !recent && !self.known.contains_key(&key) {
            return;
        }
        let known = self.known.entry(key).or_default();
        let changed = known.attempt != run.attempt || known.updated_at != run.updated_at;
        if changed {
            known.jobs = Jobs::Unread;
        }
        known.attempt = run.attempt;
        known.updated_at = run.updated_at;
        known.listed = if completed {
            Listed::Completed
        } else {
            Listed::Open
        };
    }

    /// Runs of jobs that an earlier run of the program left open.
    pub(super) fn learn_open_jobs(&mut self, open: &[OpenJob]) {
        for job in open {
            if let Some(run) = job.run {
                let key = RunKey {
                    repo: job.repo.clone(),
                    run,
                };
                self.known.entry(key).or_default();
            }
        }
    }

    /// Runs whose jobs are to be read in this cycle.
    pub(super) fn due(&self, cycle: u32) -> Vec<RunKey> {
        let due = self
            .known
            .iter()
            .filter(|(_, known)| match (known.listed, known.jobs) {
                (_, Jobs::Unread | Jobs::Open) => true,
                (Listed::Open, Jobs::Completed) => known.read_in + DEMOTED_EVERY <= cycle,
                (Listed::Completed, Jobs::Completed) => false,
            });
        due.map(|(key, _)| key.clone()).collect()
    }

    /// Takes in the jobs of a run.
    pub(super) fn learn_jobs(&mut self, key: &RunKey, answers: &[Said], cycle: u32) {
        let jobs = answers.iter().flat_map(|said| match said {
            Said::Jobs { jobs, .. } => jobs.as_slice(),
            _ => &[],
        });
        let mut jobs = jobs.peekable();
        let none = jobs.peek().is_none();
        let open = jobs.any(|job| job.status != crate::model::JobStatus::Completed);
        if let Some(known) = self.known.get_mut(key) {
            known.read_in = cycle;
            let completed = !open && (!none || known.listed == Listed::Completed);
            known.jobs = if completed {
                Jobs::Completed
            } else {
                Jobs::Open
            };
        }
    }

    /// Forgets a run that is gone (404).
    pub(super) fn forget(&mut self, key: &RunKey) {
        self.known.remove(key);
    }
}

pub(super) fn is_completed(run: &WorkflowRun) -> bool {
    run.status.as_deref() == Some("completed")
}
