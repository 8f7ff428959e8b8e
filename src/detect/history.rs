//! What was read about one job: the record that shows the most progress, and
//! when it was seen running.

use std::cmp::Ordering;
use std::sync::Arc;

use super::facts::{ExchangeId, RunIndex, When};
use super::life::{RecordState, moves, record_state};
use crate::model::{Assignment, Job, JobStatus, RunnerId, Timestamp};

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
        self.learn(job, read.is_some());
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

    /// Keeps the record that shows more progress; of two that show the same
    /// the later answer. Of records in files none is known to be the later.
    fn learn(&mut self, job: &Job, is_answer: bool) {
        if *self.record == *job {
            return;
        }
        match progress(&self.record).cmp(&progress(job)) {
            Ordering::Less => self.record = Arc::new(job.clone()),
            Ordering::Equal if is_answer => self.record = Arc::new(job.clone()),
            Ordering::Equal => self.record = Arc::new(both(&self.record, job)),
            Ordering::Greater => {}
        }
    }
}

/// What two records of one job say together, in whatever order they come: what
/// one of them states and the other does not, and of two values the greater.
fn both(one: &Job, other: &Job) -> Job {
    Job {
        id: one.id,
        run_id: one.run_id.max(other.run_id),
        run_attempt: one.run_attempt.max(other.run_attempt),
        repo: greater(&one.repo, &other.repo),
        name: greater(&one.name, &other.name),
        workflow: greater(&one.workflow, &other.workflow),
        html_url: greater(&one.html_url, &other.html_url),
        status: greater(&one.status, &other.status),
        conclusion: greater(&one.conclusion, &other.conclusion),
        created_at: one.created_at.max(other.created_at),
        started_at: one.started_at.max(other.started_at),
        completed_at: one.completed_at.max(other.completed_at),
        steps: greater(&one.steps, &other.steps),
        assignment: one
            .assignment
            .as_ref()
            .zip(other.assignment.as_ref())
            .map(|(one, other)| assigned(one, other))
            .or_else(|| one.assignment.clone())
            .or_else(|| other.assignment.clone()),
        labels: greater(&one.labels, &other.labels),
    }
}

/// Names and groups are those of one runner.
fn assigned(one: &Assignment, other: &Assignment) -> Assignment {
    match one.runner_id.cmp(&other.runner_id) {
        Ordering::Less => other.clone(),
        Ordering::Greater => one.clone(),
        Ordering::Equal => Assignment {
            runner_id: one.runner_id,
            runner_name: greater(&one.runner_name, &other.runner_name),
            group_id: one.group_id.max(other.group_id),
            group_name: greater(&one.group_name, &other.group_name),
            hosted: one.hosted || other.hosted,
        },
    }
}

fn greater<T: Ord + Clone>(one: &T, other: &T) -> T {
    one.max(other).clone()
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

/// Orders records of one job by progress, whatever order they came in: one that
/// contradicted itself for a moment is behind one whose steps have gone on.
fn progress(job: &Job) -> impl Ord + use<> {
    let state = record_state(job);
    let steps = job.steps.iter();
    let last_step = steps.filter_map(|s| s.completed_at.max(s.started_at)).max();
    (
        state == RecordState::Completed,
        job.assignment.is_some(),
        last_step,
        job.completed_at,
        state,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Conclusion, JobId, RepoName};

    fn job() -> Job {
        Job {
            id: JobId(1),
            run_id: None,
            run_attempt: Some(1),
            repo: RepoName::parse("acme/atlas").unwrap(),
            name: "b".into(),
            workflow: None,
            html_url: None,
            status: JobStatus::Completed,
            conclusion: Some(Conclusion::Success),
            created_at: None,
            started_at: Timestamp::parse("2026-05-14T02:00:00Z"),
            completed_at: Timestamp::parse("2026-05-14T02:10:00Z"),
            steps: Vec::new(),
            assignment: Some(assignment(5)),
            labels: Some(vec!["x".into()]),
        }
    }

    fn assignment(runner: u64) -> Assignment {
        Assignment {
            runner_id: RunnerId(runner),
            runner_name: Some("r".into()),
            group_id: Some(1),
            group_name: None,
            hosted: false,
        }
    }

    #[test]
    fn records_of_files_are_put_together_alike_in_any_order() {
        let nameless = Assignment {
            runner_name: None,
            ..assignment(5)
        };
        let variants = [
            Job {
                started_at: None,
                labels: None,
                ..job()
            },
            Job {
                started_at: Timestamp::parse("2026-05-14T01:55:00Z"),
                assignment: Some(nameless),
                ..job()
            },
            Job {
                html_url: Some("x".into()),
                assignment: None,
                ..job()
            },
            Job {
                conclusion: Some(Conclusion::Failure),
                assignment: Some(assignment(4)),
                ..job()
            },
        ];
        let forth = variants.iter().cloned();
        let forth = forth.reduce(|one, other| both(&one, &other)).unwrap();
        let back = variants.iter().rev().cloned();
        let back = back.reduce(|one, other| both(&one, &other)).unwrap();
        assert_eq!(forth, back);
        let known = Job {
            html_url: Some("x".into()),
            conclusion: Some(Conclusion::Failure),
            ..job()
        };
        assert_eq!(forth, known);
    }
}
