//! Which runs to read the jobs of. A run reports `queued` while one of its
//! jobs runs, and filtered lists can be stale for days, so discovery is a
//! union: the unfiltered newest page, the filtered lists, and every run known
//! to be open (`github-api.md` §2).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::deliveries::Log;
use super::read::PER_PAGE;
use super::{Again, Breadth};
use crate::model::{JobStatus, Mono, OpenJob, RepoName, RunId, Said, Span, Timestamp, WorkflowRun};

/// Statuses that most runs have while a job of them runs.
const USUAL_STATUSES: [&str; 2] = ["in_progress", "queued"];

/// And those that few have.
const RARE_STATUSES: [&str; 3] = ["waiting", "pending", "requested"];

/// Jobs that ended this long before jobs were first read still bear on
/// readings: as previous jobs, and as records that closed late.
const LOOK_BACK: Span = Span::secs(120);

/// A run whose jobs have all completed, though it has not, is read again only
/// once in so many cycles: it may be stuck for weeks.
const DEMOTED_EVERY: u32 = 10;

/// A run that no list shows is forgotten once its jobs were read so often,
/// each time all completed: it ended below the newest page.
const ENDED_AFTER: u32 = 3;

/// Idle repositories listed in one cycle. More take turns: unchanged lists
/// are free of the hourly limit, not of the one by the minute.
const IDLE_AT_ONCE: u64 = 100;

/// Where a log of deliveries tells of work, the others are all listed once in
/// so many cycles: deliveries get lost.
const TURNS_BESIDE_A_LOG: u64 = 100;

/// The rare statuses have a turn each time so many cycles have passed.
const RARE_EVERY: u32 = 10;

/// A run of a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RunKey {
    pub(super) repo: RepoName,
    pub(super) run: RunId,
}

/// A read of a run's jobs that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Began {
    edition: u32,
    cycle: u32,
    at: Mono,
}

/// What is known of a run.
#[derive(Debug, Clone, Default)]
struct Known {
    attempt: Option<u32>,
    updated_at: Option<Timestamp>,
    /// Counts the changes seen: jobs read before one say nothing after it.
    edition: u32,
    listed: Listed,
    jobs: Jobs,
    /// Whether its list of jobs was last empty.
    empty: bool,
    /// Cycle in which its jobs were last read.
    read_in: u32,
    /// Of its job list, when a larger one failed.
    page_size: Option<u32>,
    /// Reads in a row that showed every job completed.
    ended_reads: u32,
    /// When that read began.
    read_from: Option<Mono>,
}

/// How the run lists show a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Listed {
    /// Queued, waiting, or not listed yet.
    #[default]
    Open,
    /// In progress: it has jobs.
    Running,
    Completed,
}

impl Listed {
    fn of(run: &WorkflowRun) -> Self {
        match run.status.as_deref() {
            Some("completed") => Self::Completed,
            Some("in_progress") => Self::Running,
            Some(_) | None => Self::Open,
        }
    }
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
    runs: BTreeMap<RunKey, Known>,
    /// When the lists of a repository were last read.
    listed_from: BTreeMap<RepoName, Mono>,
    /// Repositories that a delivery told of since.
    woken: BTreeSet<RepoName>,
    /// Runs that ended later than this are read once more.
    since: Timestamp,
}

/// Runs as one repository's lists show them in a cycle.
#[derive(Debug)]
pub(super) struct Lists {
    /// When reading them began.
    pub(super) from: Mono,
    pub(super) newest: Vec<Arc<WorkflowRun>>,
    pub(super) filtered: Vec<Arc<WorkflowRun>>,
    /// By which the filtered lists were asked for.
    pub(super) statuses: Vec<&'static str>,
}

impl Discovery {
    pub(super) fn since(since: Timestamp) -> Self {
        Self {
            runs: BTreeMap::new(),
            listed_from: BTreeMap::new(),
            woken: BTreeSet::new(),
            since: since - LOOK_BACK,
        }
    }

    /// Makes every repository and every open run due again.
    pub(super) fn forget_turns(&mut self) {
        self.listed_from.clear();
        let open = self.runs.values_mut();
        for known in open.filter(|known| known.listed != Listed::Completed) {
            known.jobs = Jobs::Unread;
        }
    }

    /// A delivery tells of work in a repository.
    pub(super) fn wake(&mut self, repo: &RepoName) {
        self.woken.insert(repo.clone());
    }

    /// Repositories whose lists are to be read in this cycle: every one with
    /// runs to read, told of or never listed, and of the idle ones those that
    /// have waited longest. In that order.
    pub(super) fn repos_due(&self, repos: &[RepoName], cycle: u32, log: Log) -> Vec<RepoName> {
        let active = self.due(cycle).into_iter().map(|key| key.repo);
        let active: BTreeSet<_> = active.chain(self.woken.iter().cloned()).collect();
        let listed = |repo: &RepoName| self.listed_from.get(repo).copied();
        let (mut due, mut idle): (Vec<_>, Vec<_>) = repos
            .iter()
            .cloned()
            .partition(|repo| active.contains(repo) || listed(repo).is_none());
        idle.sort_by_key(listed);
        let at_once = idle_at_once(idle.len() as u64, log);
        idle.truncate(usize::try_from(at_once).unwrap_or(usize::MAX));
        due.sort_by_key(listed);
        due.extend(idle);
        due
    }

    /// Takes in what a repository's lists show. Returns how many open runs
    /// only the unfiltered page showed.
    pub(super) fn learn(&mut self, repo: &RepoName, lists: &Lists) -> u64 {
        let filtered: BTreeSet<_> = lists.filtered.iter().map(|run| run.id).collect();
        let newest: BTreeSet<_> = lists.newest.iter().map(|run| run.id).collect();
        let is_asked_for = |run: &&Arc<WorkflowRun>| {
            let status = run.status.as_deref();
            status.is_some_and(|status| lists.statuses.contains(&status))
        };
        let asked_for = lists.newest.iter().filter(is_asked_for);
        let only_unfiltered = asked_for.filter(|run| !filtered.contains(&run.id)).count();
        let below = lists.filtered.iter();
        let below = below.filter(|run| !newest.contains(&run.id));
        for run in lists.newest.iter().chain(below) {
            self.learn_run(repo, run);
        }
        self.forget_ended(repo, &newest.union(&filtered).copied().collect());
        self.listed_from.insert(repo.clone(), lists.from);
        self.woken.remove(repo);
        only_unfiltered as u64
    }

    /// Takes in one run, from a list or by id.
    pub(super) fn learn_run(&mut self, repo: &RepoName, run: &WorkflowRun) {
        let key = RunKey {
            repo: repo.clone(),
            run: run.id,
        };
        let listed = Listed::of(run);
        let completed = listed == Listed::Completed;
        let recent = run.updated_at.is_none_or(|at| self.since <= at);
        if completed && !recent && !self.runs.contains_key(&key) {
            return;
        }
        let known = self.runs.entry(key).or_default();
        if known.attempt != run.attempt || known.updated_at != run.updated_at {
            known.jobs = Jobs::Unread;
            known.edition += 1;
        }
        known.attempt = run.attempt;
        known.updated_at = run.updated_at;
        known.listed = listed;
    }

    /// Runs that are over in every respect are remembered only while a list
    /// still shows them.
    fn forget_ended(&mut self, repo: &RepoName, shown: &BTreeSet<RunId>) {
        self.runs.retain(|key, known| {
            key.repo != *repo || !known.is_ended() || shown.contains(&key.run)
        });
    }

    /// Runs of jobs that an earlier run of the program left open.
    pub(super) fn learn_open_jobs(&mut self, open: &[OpenJob]) {
        for job in open {
            if let Some(run) = job.run {
                let key = RunKey {
                    repo: job.repo.clone(),
                    run,
                };
                self.runs.entry(key).or_default();
            }
        }
    }

    /// Runs whose jobs are to be read in this cycle, those that have waited
    /// longest first.
    pub(super) fn due(&self, cycle: u32) -> Vec<RunKey> {
        let due = self.runs.iter().filter(|(_, known)| known.is_due(cycle));
        let mut due: Vec<_> = due.collect();
        due.sort_by_key(|(key, known)| (known.read_from, Reverse(key.run)));
        due.into_iter().map(|(key, _)| key.clone()).collect()
    }

    /// Notes how a run is known when a read of its jobs begins.
    pub(super) fn begin(&self, key: &RunKey, cycle: u32, at: Mono) -> Began {
        let edition = self.runs.get(key).map_or(0, |known| known.edition);
        Began { edition, cycle, at }
    }

    /// The page size to begin with at its job list.
    pub(super) fn page_size(&self, key: &RunKey) -> u32 {
        let known = self.runs.get(key);
        known.and_then(|known| known.page_size).unwrap_or(PER_PAGE)
    }

    pub(super) fn learn_page_size(&mut self, key: &RunKey, size: u32) {
        if let Some(known) = self.runs.get_mut(key) {
            known.page_size = Some(size);
        }
    }

    /// Takes in the jobs of a run. They say nothing of a change that was
    /// learned of since the read began.
    pub(super) fn learn_jobs(&mut self, key: &RunKey, began: Began, answers: &[Arc<Said>]) {
        let jobs = answers.iter().flat_map(|said| match &**said {
            Said::Jobs { jobs, .. } => jobs.as_slice(),
            _ => &[],
        });
        let mut jobs = jobs.peekable();
        let none = jobs.peek().is_none();
        let open = jobs.any(|job| job.status != JobStatus::Completed);
        let Some(known) = self.runs.get_mut(key) else {
            return;
        };
        known.read_in = began.cycle;
        known.empty = none;
        known.read_from = Some(began.at);
        if known.edition == began.edition {
            known.learn_jobs(open || (none && known.listed != Listed::Completed));
        }
    }

    /// Runs whose list of jobs was empty in this cycle, and lacks some; with when
    /// it was read. A run in progress has some; one that has not begun
    /// may have none yet, and one job of it may all the same run: nothing that
    /// must hold alone is built on it (`github-api.md` §2).
    pub(super) fn lacking_jobs(
        &self,
        cycle: u32,
        breadth: Breadth,
    ) -> impl Iterator<Item = (&RunKey, Mono)> {
        let lacks = move |known: &Known| match known.listed {
            Listed::Running => true,
            Listed::Open => breadth == Breadth::Everything,
            Listed::Completed => false,
        };
        self.runs.iter().filter_map(move |(key, known)| {
            let lacking = known.empty && known.read_in == cycle && lacks(known);
            known.read_from.filter(|_| lacking).map(|from| (key, from))
        })
    }

    /// When the lists of a repository were last read.
    pub(super) fn listed_from(&self, repo: &RepoName) -> Option<Mono> {
        self.listed_from.get(repo).copied()
    }

    /// Since when every repository was listed; `None` until all have been.
    pub(super) fn all_listed_from(&self, repos: &[RepoName]) -> Option<Mono> {
        let listed = repos.iter().map(|repo| self.listed_from(repo));
        listed.min()?
    }

    /// When the jobs of a run were last read.
    pub(super) fn read_from(&self, key: &RunKey) -> Option<Mono> {
        self.runs.get(key)?.read_from
    }

    /// The instant since which every repository was listed and every run that
    /// matters was read; `None` until all have been.
    pub(super) fn read_since(&self, repos: &[RepoName], cycle: u32) -> Option<Mono> {
        let listed = repos.iter().map(|repo| self.listed_from.get(repo).copied());
        let runs = self.runs.values().filter(|known| known.is_due(cycle));
        let read = runs.map(|known| known.read_from);
        listed.chain(read).min()?
    }

    /// Forgets a repository that is read no more.
    pub(super) fn forget_repo(&mut self, repo: &RepoName) {
        self.runs.retain(|key, _| !key.repo.is(repo));
        self.listed_from.retain(|name, _| !name.is(repo));
        self.woken.retain(|name| !name.is(repo));
    }

    /// Forgets a run that is gone (404).
    pub(super) fn forget(&mut self, key: &RunKey) {
        self.runs.remove(key);
    }
}

impl Known {
    fn learn_jobs(&mut self, open: bool) {
        if open {
            self.ended_reads = 0;
            self.jobs = Jobs::Open;
        } else {
            self.ended_reads += 1;
            self.jobs = Jobs::Completed;
        }
    }

    fn is_ended(&self) -> bool {
        let listed = match self.listed {
            Listed::Completed => true,
            Listed::Open | Listed::Running => ENDED_AFTER <= self.ended_reads,
        };
        listed && self.jobs == Jobs::Completed
    }

    fn is_due(&self, cycle: u32) -> bool {
        match (self.listed, self.jobs) {
            (_, Jobs::Unread | Jobs::Open) => true,
            (Listed::Open | Listed::Running, Jobs::Completed) => {
                self.read_in + DEMOTED_EVERY <= cycle
            }
            (Listed::Completed, Jobs::Completed) => false,
        }
    }
}

/// How many of so many idle repositories are listed in one cycle.
pub(super) fn idle_at_once(idle: u64, log: Log) -> u64 {
    match log {
        Log::Whole => idle.div_ceil(TURNS_BESIDE_A_LOG),
        Log::Lacking => idle.min(IDLE_AT_ONCE),
    }
}

/// The filtered lists of a turn. They serve only runs below the newest page,
/// so after the first turn they come one by one, the rare ones seldom. A check
/// has but one turn, and goes on with the rare ones where the one before it
/// stood.
pub(super) fn statuses(turn: u32, again: Again) -> Vec<&'static str> {
    let [in_progress, queued] = USUAL_STATUSES;
    let usual = if turn.is_multiple_of(2) {
        in_progress
    } else {
        queued
    };
    let rare = |turn: u32| RARE_STATUSES.get(turn as usize % RARE_STATUSES.len());
    match again {
        Again::SameCycle => USUAL_STATUSES.iter().chain(rare(turn)).copied().collect(),
        Again::NextCycle if turn == 0 => USUAL_STATUSES.to_vec(),
        Again::NextCycle if turn.is_multiple_of(RARE_EVERY) => {
            rare(turn / RARE_EVERY).copied().into_iter().collect()
        }
        Again::NextCycle => vec![usual],
    }
}

/// The filtered lists of every open status.
pub(super) fn every_status() -> Vec<&'static str> {
    let all = USUAL_STATUSES.iter().chain(&RARE_STATUSES);
    all.copied().collect()
}
