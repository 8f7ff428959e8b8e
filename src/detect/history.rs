//! What was read about one job: the record that shows the most progress, and
//! when it was seen running.

use std::sync::Arc;

use super::facts::{ExchangeId, RunIndex, When};
use super::life::{RecordState, moves, record_state};
use crate::model::{Job, JobStatus, RunnerId, Timestamp};

/// All that was read about one job.
#[derive(Debug, Clone)]
pub(super) struct JobHistory {
    /// The record that shows the most progress; once completed, a lagging
    /// answer never takes that back.
    pub(super) record: Arc<Job>,
    /// First reading that showed it running on the runner it names.
    pub(super) first_running: Option<(RunnerId, When)>,
    /// Last reading that showed it running, none of a cache.
    pub(super) last_running: Option<When>,
    /// Last reading that showed it in progress, none of a cache.
    pub(super) last_in_progress: Option<When>,
    /// The exchange that first showed it completed.
    pub(super) completed_by: Option<ExchangeId>,
    /// Times of steps, by the clock of the runner's host, that were read before
    /// they had come, with the first answer that showed each: that clock is
    /// ahead.
    pub(super) early: Vec<(Timestamp, When)>,
    /// Last cycle that read it.
    pub(super) last_read: Option<(RunIndex, u32)>,
    /// GET by id answered 404 and nothing has shown it since: there is nothing
    /// to read again.
    pub(super) gone: bool,
}

/// When a job was read. Those of files are not.
#[derive(Debug, Clone, Copy)]
pub(super) struct JobRead {
    pub(super) when: When,
    pub(super) cycle: u32,
    pub(super) by: ExchangeId,
    /// The answer had an `Age`: it may have been over for so long.
    pub(super) cached: bool,
}

impl JobHistory {
    /// Whether it is not known to have ended.
    pub(super) fn is_open(&self) -> bool {
        !self.gone && record_state(&self.record) != RecordState::Completed
    }

    pub(super) fn read(&mut self, job: &Job, state: RecordState, read: Option<JobRead>) {
        self.gone = false;
        if self.advances(job) && *self.record != *job {
            self.record = Arc::new(job.clone());
        }
        let Some(JobRead {
            when,
            cycle,
            by,
            cached,
        }) = read
        else {
            return;
        };
        if state == RecordState::Completed && self.completed_by.is_none() {
            self.completed_by = Some(by);
        }
        if let When::Live { run, .. } = when {
            self.last_read = Some((run, cycle));
        }
        if job.status != JobStatus::InProgress {
            return;
        }
        if !cached {
            self.last_in_progress = Some(when);
        }
        if let Some(assignment) = &job.assignment
            && state == RecordState::Running
        {
            if !cached {
                self.last_running = Some(when);
            }
            let first = self.first_running;
            let moved = first.is_none_or(|(runner, _)| runner != assignment.runner_id);
            if moved {
                self.first_running = Some((assignment.runner_id, when));
            }
        }
    }

    /// Takes note of the times of steps that an answer complete at the instant
    /// showed too early.
    pub(super) fn read_early(&mut self, job: &Job, when: When, received: Timestamp) {
        for time in moves(job).filter(|&time| received < time) {
            let known = self.early.iter_mut().find(|(known, _)| *known == time);
            match known {
                // Answers of a cycle come in any order.
                Some((_, first)) if is_before(when, *first) => *first = when,
                Some(_) => {}
                None => self.early.push((time, when)),
            }
        }
    }

    /// Whether a record shows at least as much progress as the one kept.
    fn advances(&self, job: &Job) -> bool {
        progress(&self.record) <= progress(job)
    }
}

/// Whether one answer of a run was complete before another.
fn is_before(one: When, other: When) -> bool {
    match (one, other) {
        (
            When::Live { run, window },
            When::Live {
                run: of,
                window: next,
            },
        ) => run == of && window.received < next.received,
        (When::Live { .. } | When::Imported(_), _) => false,
    }
}

/// Orders records of one job by progress, whatever order they came in.
fn progress(job: &Job) -> (RecordState, bool, Option<Timestamp>, Option<Timestamp>) {
    let steps = job.steps.iter();
    let last_step = steps.filter_map(|s| s.completed_at.max(s.started_at)).max();
    (
        record_state(job),
        job.assignment.is_some(),
        last_step,
        job.completed_at,
    )
}
