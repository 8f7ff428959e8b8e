//! The facts that a fold of records leaves: readings per runner, histories
//! per job, clock bounds and cycles per run, and what a proof can quote.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::{Rc, Weak};
use std::sync::Arc;

use super::history::JobHistory;
use super::lane::Answer;
use super::lanes::Lanes;
use super::offset::Placed;
use super::run::{RunFacts, Sequence};
use super::sight::Sights;
use super::unchanged::Bodies;
use crate::model::{
    Exchange, Host, Job, JobId, JobKey, Lacking, MonoWindow, Scope, Timestamp, Told, Window,
};

/// Index of a run in [`Facts::runs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RunIndex(pub(super) usize);

/// When something was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Live { run: RunIndex, window: MonoWindow },
    Imported(Timestamp),
}

impl When {
    /// Whether a run of the program read it.
    pub(super) fn is_of(self, wanted: RunIndex) -> bool {
        matches!(self, Self::Live { run, .. } if run == wanted)
    }
}

/// An exchange of a run, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ExchangeId {
    pub(super) run: RunIndex,
    pub(super) number: u64,
}

/// A quoted exchange: kept for reads that can be proof.
#[derive(Debug, Clone)]
pub(super) struct Quote {
    pub(super) window: MonoWindow,
    pub(super) url: Arc<str>,
    pub(super) status: Option<u16>,
    pub(super) request_id: Option<Arc<str>>,
    pub(super) date: Option<Timestamp>,
    /// Unconditional, 200, no `Age`: may be part of a sandwich.
    pub(super) direct: bool,
    /// As long as readings that came by it are kept.
    answer: Weak<Answer>,
}

/// A job read by id, for sandwiches.
#[derive(Debug, Clone)]
pub(super) struct Glimpse {
    pub(super) key: JobKey,
    pub(super) job: Arc<Job>,
}

/// The state of the fold.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub(super) runs: Vec<RunFacts>,
    pub(super) sequence: Sequence,
    pub(super) lanes: Lanes,
    pub(super) jobs: BTreeMap<JobKey, JobHistory>,
    /// Jobs by the runner id they name, for matching.
    pub(super) by_runner: BTreeMap<u64, BTreeSet<JobKey>>,
    /// Jobs without a runner that have not ended: they may be anywhere.
    pub(super) unassigned: BTreeSet<JobKey>,
    /// Jobs whose annotations were read, and the message that tells of the
    /// loss of the runner.
    pub(super) annotations: BTreeMap<JobKey, Option<Arc<str>>>,
    pub(super) quotes: BTreeMap<ExchangeId, Quote>,
    pub(super) glimpses: BTreeMap<ExchangeId, Glimpse>,
    pub(super) told: Vec<Told>,
    /// Bodies of lists, for the 304s that refer to them.
    pub(super) bodies: Bodies,
    /// When the list of each scope answered, and when it was refused.
    pub(super) sights: BTreeMap<(Host, Scope), Sights>,
    pub(super) current: Option<RunIndex>,
    /// Jobs that ended and were forgotten, with the end of their records: an
    /// answer that lags does not make them run again.
    pub(super) over: BTreeMap<JobKey, Timestamp>,
    /// Of which repositories files lack jobs.
    pub(super) lacking: BTreeSet<Lacking>,
    /// Whether files told something besides.
    pub(super) imported: bool,
    /// The last time that a line of a file stated: a poll of many runners
    /// states one for all.
    pub(super) polled: Option<Rc<Answer>>,
}

impl Facts {
    pub(super) fn run(&self, index: RunIndex) -> Option<&RunFacts> {
        self.runs.get(index.0)
    }

    /// The last run begun.
    pub(super) fn current_run(&self) -> Option<(RunIndex, &RunFacts)> {
        let index = self.current?;
        Some((index, self.run(index)?))
    }

    /// Runs with their indices, in the order of feeding.
    pub(super) fn indexed_runs(&self) -> impl Iterator<Item = (RunIndex, &RunFacts)> {
        self.runs
            .iter()
            .enumerate()
            .map(|(at, run)| (RunIndex(at), run))
    }

    /// The window by GitHub's clock. An imported time is its own window.
    pub(super) fn place(&self, when: When) -> Option<Placed> {
        match when {
            When::Live { run, window } => Some(self.run(run)?.offsets.place(window)),
            When::Imported(at) => Some(Placed {
                window: Window {
                    sent: at,
                    received: at,
                },
                clock_bound: crate::model::Span::ZERO,
            }),
        }
    }

    /// The annotation of a job that tells of the loss of its runner.
    pub(super) fn annotation(&self, job: &JobKey) -> Option<&Arc<str>> {
        self.annotations.get(job)?.as_ref()
    }
}

impl Quote {
    pub(super) fn of(exchange: &Exchange, answer: &Rc<Answer>) -> Self {
        Self {
            window: exchange.window,
            url: Arc::clone(&exchange.url),
            status: exchange.status,
            request_id: exchange.request_id.clone(),
            date: exchange.date,
            direct: !exchange.conditional && exchange.age.is_none() && exchange.status == Some(200),
            answer: Rc::downgrade(answer),
        }
    }

    /// Whether a reading that came by it is kept.
    pub(super) fn is_read(&self) -> bool {
        0 < self.answer.strong_count()
    }
}

pub(super) fn job_key(host: &Host, id: JobId) -> JobKey {
    JobKey {
        host: host.clone(),
        id,
    }
}
