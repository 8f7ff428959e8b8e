//! What was known about jobs beside a reading: whether every discovered job
//! was read at or after it, and whether the whole scope was in view.
//! An agreement that nothing runs is only as good as that (`evidence.md` §3,
//! rows 9 to 11).

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, RunIndex, When};
use super::history::JobHistory;
use super::judge::is_live;
use super::life::{RecordState, record_state};
use super::placed::PlacedReading;
use super::run::RunFacts;
use super::track::Track;
use crate::model::{Host, JobKey, MonoWindow, RunnerKey, Scope, Sight, Timestamp};

/// Knowledge of the jobs side, for all readings of an analysis.
#[derive(Debug, Clone)]
pub(super) struct Witness<'a> {
    /// When the last complete reading of all jobs began, by the runners'
    /// scope that it was for.
    jobs_from: BTreeMap<(&'a Host, &'a Scope), Timestamp>,
    /// Runs that could read every repository.
    whole: BTreeSet<RunIndex>,
}

/// The same for the readings of one runner.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside<'a> {
    jobs_from: Option<Timestamp>,
    whole: &'a BTreeSet<RunIndex>,
}

impl<'a> Witness<'a> {
    pub(super) fn of(facts: &'a Facts) -> Self {
        let mut jobs_from = BTreeMap::new();
        for (_, run) in facts.indexed_runs() {
            let Some(began) = run.jobs_from() else {
                continue;
            };
            for scope in &run.header.targets {
                let latest = jobs_from.entry((&run.header.host, scope)).or_insert(began);
                *latest = began.max(*latest);
            }
        }
        let whole = facts
            .indexed_runs()
            .filter(|(_, run)| run.sight == Sight::Whole);
        Self {
            jobs_from,
            whole: whole.map(|(index, _)| index).collect(),
        }
    }

    pub(super) fn beside(&self, runner: &RunnerKey) -> Beside<'_> {
        let jobs_from = self.jobs_from.get(&(&runner.host, &runner.scope));
        Beside {
            jobs_from: jobs_from.copied(),
            whole: &self.whole,
        }
    }
}

impl RunFacts {
    /// When its last complete reading of all jobs began, by GitHub's clock.
    pub(super) fn jobs_from(&self) -> Option<Timestamp> {
        let began = self.jobs_from?;
        Some(self.offsets.place(MonoWindow::at(began)).window.sent)
    }
}

impl Beside<'_> {
    /// Whether all discovered jobs were read at or after the reading. A final
    /// record counts as read after every window.
    pub(super) fn jobs_read_after(&self, track: &Track, reading: &PlacedReading) -> bool {
        let swept = self.jobs_read_since(reading.bounds.received);
        let told = |files: Files| !is_live(reading.when) && files.tell_of(reading);
        swept || track.files.is_some_and(told)
    }

    /// When the last complete reading of all jobs began.
    pub(super) fn jobs_read_until(&self) -> Option<Timestamp> {
        self.jobs_from
    }

    /// Whether a complete reading of all jobs began at or after the instant.
    pub(super) fn jobs_read_since(&self, instant: Timestamp) -> bool {
        self.jobs_from.is_some_and(|from| instant <= from)
    }

    /// Whether every repository of the reading's scope was in view. Files
    /// never show that.
    pub(super) fn sees_whole_scope(&self, reading: &PlacedReading) -> bool {
        match reading.when {
            When::Live { run, .. } => self.whole.contains(&run),
            When::Imported(_) => false,
        }
    }
}

/// What the jobs known tell of an imported reading of one runner: that nothing
/// else runs, when they hold a job of this scope and none that may have run
/// here is unfinished, and lack none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Files {
    any: bool,
    open: Open,
}

/// Unfinished jobs that may run on a runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Open {
    Always,
    /// None was created before.
    From(Timestamp),
    Never,
}

impl Files {
    pub(super) fn of(facts: &Facts, runner: &RunnerKey) -> Self {
        let in_scope = |key: &&JobKey| {
            let history = facts.jobs.get(key);
            key.host == runner.host
                && history.is_some_and(|history| runner.scope.covers(&history.record.repo))
        };
        let on_runner = facts.by_runner.get(&runner.id.0).into_iter().flatten();
        let possible = on_runner.chain(&facts.unassigned).filter(in_scope);
        let open = possible.filter_map(|key| facts.jobs.get(key)).map(open);
        let lacks = facts.lacking.iter().any(|lacking| {
            let covers = |repo| runner.scope.covers(repo);
            lacking.host == runner.host && lacking.repo.as_ref().is_none_or(covers)
        });
        Self {
            any: !lacks && facts.jobs.keys().any(|key| in_scope(&key)),
            open: open.min().unwrap_or(Open::Never),
        }
    }

    fn tell_of(self, reading: &PlacedReading) -> bool {
        let nothing_open = match self.open {
            Open::Always => false,
            Open::From(created) => reading.window.received + reading.margin < created,
            Open::Never => true,
        };
        self.any && nothing_open
    }
}

fn open(history: &JobHistory) -> Open {
    let job = &history.record;
    let hosted = job.assignment.as_ref().is_some_and(|a| a.hosted);
    if hosted || record_state(job) == RecordState::Completed {
        return Open::Never;
    }
    job.created_at.map_or(Open::Always, Open::From)
}
