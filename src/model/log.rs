//! What a runner's own log shows (`runner-logs.md`): the third witness beside
//! the two endpoints. Its times are those of its host's clock; how far that
//! is from GitHub's is a matter of the log that holds them.

use std::sync::Arc;

use super::{JobId, RepoName, RunId, RunnerKey, Span, Timestamp};

/// A job as a runner's log names it. Its GUID comes from the job's place in
/// the workflow and repeats in every run, so only plan and GUID together name
/// one; even they are kept per runner.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct LoggedJob {
    /// `planId`: one per run attempt.
    pub(crate) plan: Option<Arc<str>>,
    /// `jobId`.
    pub(crate) guid: Option<Arc<str>>,
    /// Display name: the name of the REST job. Untrusted text.
    pub(crate) name: Option<Arc<str>>,
    /// `check_run_id`: the id of the REST job.
    pub(crate) job: Option<JobId>,
    pub(crate) run: Option<RunId>,
    pub(crate) attempt: Option<u32>,
    pub(crate) repo: Option<RepoName>,
}

impl LoggedJob {
    /// Takes what another line states of the same job: one knows the plan,
    /// another the name, a third the id. What is known stays.
    pub(crate) fn learn(&mut self, other: &Self) {
        fn fill<T: Clone>(known: &mut Option<T>, more: Option<&T>) {
            if known.is_none() {
                *known = more.cloned();
            }
        }
        fill(&mut self.plan, other.plan.as_ref());
        fill(&mut self.guid, other.guid.as_ref());
        fill(&mut self.name, other.name.as_ref());
        fill(&mut self.job, other.job.as_ref());
        fill(&mut self.run, other.run.as_ref());
        fill(&mut self.attempt, other.attempt.as_ref());
        fill(&mut self.repo, other.repo.as_ref());
    }
}

/// The extent of one listener's or one worker's log, all pages together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunnerLog {
    pub(crate) key: RunnerKey,
    /// The runner's name as its settings give it.
    pub(crate) name: Option<Arc<str>>,
    /// Of the runner program.
    pub(crate) version: Option<Arc<str>>,
    /// Time of the first line.
    pub(crate) from: Timestamp,
    /// Time of the last line.
    pub(crate) until: Timestamp,
    /// Host clock minus GitHub's, by the leases: a lease is 600 s long on
    /// GitHub's clock. `None` where no lease line shows it.
    pub(crate) offset: Option<Span>,
    pub(crate) end: LogEnd,
    /// That of its events, so that both are known to be of one log.
    pub(crate) source: Option<Arc<str>>,
}

/// How a log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LogEnd {
    /// With a shutdown line.
    Shutdown,
    /// Nothing more was written: a later log of the same runner follows it, or
    /// the program said that it is done.
    Complete,
    /// It may go on after what was given.
    Open,
}

impl LogEnd {
    pub(crate) const ALL: [Self; 3] = [Self::Shutdown, Self::Complete, Self::Open];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Shutdown => "shutdown",
            Self::Complete => "complete",
            Self::Open => "open",
        }
    }
}
