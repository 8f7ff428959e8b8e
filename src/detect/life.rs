//! The life of a job on its runner: `[start, end]` with the start known as a
//! range (`evidence.md` §1), whether its record says "running", and when its
//! steps moved.

use std::sync::Arc;

use crate::model::{
    Conclusion, Job, JobStatus, MARGIN, Span, StartDispute, Step, Timestamp, Window,
};

/// "Set up job" this soon after the earliest possible start makes it sure.
const SURE_WITHIN: Span = Span::secs(60);

/// Otherwise the first step known may be a later one, or by a clock that runs
/// early.
const UNSURE_BY: Span = Span::secs(300);

/// What a job record says about running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RecordState {
    /// Not begun, as far as it says.
    Waiting,
    Running,
    /// Fields that contradict each other: no verdict.
    Mixed,
    Completed,
}

/// Reads the state of a record: "Running" of `evidence.md` §1.
pub(super) fn record_state(job: &Job) -> RecordState {
    let ended = job.completed_at.is_some();
    let concluded = job.conclusion.is_some();
    match job.status {
        JobStatus::InProgress if ended || concluded || !steps_run(&job.steps) => RecordState::Mixed,
        JobStatus::InProgress => RecordState::Running,
        JobStatus::Completed if ended && concluded => RecordState::Completed,
        JobStatus::Completed | JobStatus::Other(_) => RecordState::Mixed,
        JobStatus::Queued | JobStatus::Waiting | JobStatus::Requested | JobStatus::Pending => {
            if ended || concluded {
                RecordState::Mixed
            } else {
                RecordState::Waiting
            }
        }
    }
}

/// Whether the steps, where present, leave work to do: one unfinished besides
/// `Complete job`, and that one not begun. A record can stay open long after
/// its last step, with nothing left but its own completion.
fn steps_run(steps: &[Step]) -> bool {
    let (completing, working): (Vec<_>, Vec<_>) = steps.iter().partition(|s| s.is_complete_job());
    let begun = |step: &&Step| {
        let status = matches!(step.status, JobStatus::InProgress | JobStatus::Completed);
        status || step.started_at.is_some()
    };
    let unfinished = |step: &&Step| step.status != JobStatus::Completed;
    steps.is_empty() || (working.iter().any(unfinished) && !completing.iter().any(begun))
}

pub(super) fn worked(step: &Step) -> bool {
    matches!(
        step.conclusion,
        Some(Conclusion::Success | Conclusion::Failure)
    )
}

/// Whether a step was closed without having run: such times show nothing
/// (`evidence.md` §6).
fn closed_unrun(step: &Step) -> bool {
    matches!(
        step.conclusion,
        Some(Conclusion::Cancelled | Conclusion::Skipped)
    )
}

/// When steps start, or end in success or failure, by the clock of the
/// runner's host.
pub(super) fn moves(job: &Job) -> impl Iterator<Item = Timestamp> {
    let steps = job.steps.iter().filter(|step| !closed_unrun(step));
    steps.flat_map(|step| {
        let ends = step.completed_at.filter(|_| worked(step));
        step.started_at.into_iter().chain(ends)
    })
}

/// End of the work: `completed_at`, or the end of a `Complete job` that
/// worked, when that is earlier.
fn end_of_work(job: &Job) -> Option<Timestamp> {
    let completed_at = job.completed_at?;
    let last_step = job
        .steps
        .iter()
        .filter(|step| step.is_complete_job() && worked(step))
        .filter_map(|step| step.completed_at)
        .min();
    Some(last_step.map_or(completed_at, |end| end.min(completed_at)))
}

/// When a job's work began, as a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) min: Option<Timestamp>,
    pub(super) max: Option<Timestamp>,
    pub(super) sure: Sureness,
}

/// Whether the two ends of a start range are one instant by a set-up step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sureness {
    Sure,
    Unsure,
}

/// A job on its runner.
#[derive(Debug, Clone)]
pub(super) struct Life {
    pub(super) job: Arc<Job>,
    pub(super) state: RecordState,
    pub(super) start: Start,
    /// Known once the record is final.
    pub(super) end: Option<Timestamp>,
    /// Times of steps that lie after the first answer that showed them, with the
    /// end of that.
    pub(super) early: Vec<(Timestamp, Timestamp)>,
    /// When the record was closed, as far as seen; at least `end`.
    pub(super) closing: Option<Timestamp>,
    /// When its record last said that it runs.
    pub(super) ran_until: Option<Timestamp>,
    /// When its runner's log says that it finished: a record open after that
    /// lags.
    pub(super) over: Option<Timestamp>,
}

/// What is known of a job besides its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sightings {
    /// End of the first reading that showed it running on this runner.
    pub(super) first_running: Option<Timestamp>,
    /// Sending of the last reading that showed it running.
    pub(super) last_running: Option<Timestamp>,
    /// Sending of the last reading that showed it in progress.
    pub(super) last_in_progress: Option<Timestamp>,
    /// As in [`Life`].
    pub(super) early: Vec<(Timestamp, Timestamp)>,
}

/// The lives of one runner's jobs, ordered by end, open ones last.
pub(super) fn lives(jobs: Vec<(Arc<Job>, Sightings)>) -> Vec<Life> {
    let mut jobs: Vec<_> = jobs
        .into_iter()
        .filter(|(job, _)| record_state(job) != RecordState::Waiting)
        .collect();
    jobs.sort_by_key(|(job, _)| {
        let end = final_end(job).map_or(i64::MAX, Timestamp::as_millis);
        (end, job.started_at, job.id)
    });
    let mut previous_end = None;
    let mut lives = Vec::with_capacity(jobs.len());
    for (job, sightings) in jobs {
        let life = life(job, sightings, previous_end);
        previous_end = life.end.or(previous_end);
        lives.push(life);
    }
    lives
}

fn final_end(job: &Job) -> Option<Timestamp> {
    match record_state(job) {
        RecordState::Completed => end_of_work(job),
        RecordState::Waiting | RecordState::Running | RecordState::Mixed => None,
    }
}

fn life(job: Arc<Job>, sightings: Sightings, previous_end: Option<Timestamp>) -> Life {
    let end = final_end(&job);
    let closing = end.map(|end| {
        let seen_open = sightings.last_in_progress.unwrap_or(end);
        job.completed_at.unwrap_or(end).max(seen_open).max(end)
    });
    Life {
        state: record_state(&job),
        start: start(&job, sightings.first_running, previous_end),
        end,
        closing,
        ran_until: sightings.last_running,
        early: sightings.early,
        over: None,
        job,
    }
}

/// The start range: the rules of `evidence.md` §1, in its order.
fn start(job: &Job, first_running: Option<Timestamp>, previous_end: Option<Timestamp>) -> Start {
    let set_up = job.steps.first().and_then(|step| step.started_at);
    let min = earliest_start(job, set_up, previous_end);
    let (Some(min_at), Some(set_up)) = (min, set_up) else {
        return Start {
            min,
            max: later(min, first_running.filter(|_| set_up.is_none())),
            sure: Sureness::Unsure,
        };
    };
    let later = min_at.max(set_up);
    if min_at - MARGIN <= set_up && set_up <= min_at + SURE_WITHIN {
        return Start {
            min: Some(later),
            max: Some(later),
            sure: Sureness::Sure,
        };
    }
    Start {
        min,
        max: Some(later + UNSURE_BY),
        sure: Sureness::Unsure,
    }
}

/// `started_at`, or the end of the runner's previous job if that is later,
/// unless this job's own first step began before it.
fn earliest_start(
    job: &Job,
    set_up: Option<Timestamp>,
    previous_end: Option<Timestamp>,
) -> Option<Timestamp> {
    let overlaps = match (set_up, previous_end) {
        (Some(set_up), Some(previous_end)) => set_up < previous_end,
        _ => false,
    };
    if overlaps {
        return job.started_at;
    }
    job.started_at
        .max(previous_end.filter(|_| job.started_at.is_some()))
}

/// The later of the two, if the second is known.
fn later(first: Option<Timestamp>, second: Option<Timestamp>) -> Option<Timestamp> {
    second.map(|second| first.map_or(second, |first| first.max(second)))
}

/// Where a window lies in a life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// Wholly before the start, margin included.
    Before,
    /// Touches an end of the life within the margin, or lies in the start
    /// range.
    Edge,
    /// Inside the final life, margins included: settled.
    Inside,
    /// After the start of a job that was last read as running.
    Open,
    /// After the start of a job whose record contradicts itself.
    Mixed,
    /// Wholly between the end of the work and the closing of the record.
    Late,
    /// Wholly after.
    After,
}

impl Life {
    /// Whether a step starts, or ends in success or failure, after the instant.
    /// What was read before has not moved later, whatever the host's clock says.
    pub(super) fn moved_after(&self, instant: Timestamp) -> bool {
        moves(&self.job).any(|time| {
            let mut early = self.early.iter();
            let read = early.find(|&&(known, _)| known == time);
            instant < read.map_or(time, |&(_, read)| read.min(time))
        })
    }

    /// Places a window in this life.
    pub(super) fn relation(&self, window: Window, margin: Span) -> Relation {
        if self
            .start
            .min
            .is_some_and(|min| window.received + margin < min)
        {
            return Relation::Before;
        }
        match self.end {
            Some(end) if end + margin <= window.sent => self.after(window),
            _ if self.begun(window, margin) && self.may_be_over(window, margin) => {
                self.finished(window, margin)
            }
            Some(end) if self.begun(window, margin) && window.received + margin <= end => {
                Relation::Inside
            }
            Some(_) => Relation::Edge,
            None if !self.begun(window, margin) => Relation::Edge,
            None if self.ran_at(window) => Relation::Open,
            None => Relation::Mixed,
        }
    }

    /// Whether the record said, or said later, that the job runs. One that
    /// contradicts itself by now leaves what was read before as it was.
    fn ran_at(&self, window: Window) -> bool {
        let said_later = self.ran_until.is_some_and(|at| window.received <= at);
        self.state == RecordState::Running || said_later
    }

    /// Whether the record is not seen closed before all of the window is past.
    fn is_open_at(&self, window: Window) -> bool {
        self.closing
            .is_none_or(|closing| window.received <= closing)
    }

    /// How a log's pick-up disputes the start of the record: by lying outside
    /// of its range, margin included. It never moves it.
    pub(super) fn disputed_by(&self, log: Timestamp, margin: Span) -> Option<StartDispute> {
        let (min, max) = (self.start.min?, self.start.max);
        let early = Some(min).filter(|&min| log + margin < min);
        let late = max.filter(|&max| max + margin < log);
        let record = early.or(late)?;
        Some(StartDispute { record, log })
    }

    fn after(&self, window: Window) -> Relation {
        if self.is_open_at(window) {
            Relation::Late
        } else {
            Relation::After
        }
    }

    /// Whether the runner's log has the job finished before all of the window
    /// is past.
    pub(super) fn may_be_over(&self, window: Window, margin: Span) -> bool {
        self.over
            .is_some_and(|over| over < window.received + margin)
    }

    /// Where a window lies that the runner's log puts after the finish: the
    /// record lags, wholly or at the edge.
    fn finished(&self, window: Window, margin: Span) -> Relation {
        match self.over {
            Some(over) if over + margin <= window.sent && self.is_open_at(window) => Relation::Late,
            Some(_) | None => Relation::Edge,
        }
    }

    /// Whether an instant lies in the widest life that the record allows.
    pub(super) fn contains(&self, at: Timestamp) -> bool {
        let begins = self.start.min.is_some_and(|start| start <= at);
        begins && self.end.is_none_or(|end| at <= end)
    }

    fn begun(&self, window: Window, margin: Span) -> bool {
        self.start
            .max
            .is_some_and(|max| max + margin <= window.sent)
    }

    /// Whether the final record says the job lost its runner or was ended.
    pub(super) fn ended_badly(&self) -> bool {
        self.state == RecordState::Completed
            && matches!(
                self.job.conclusion,
                Some(Conclusion::Failure | Conclusion::Cancelled | Conclusion::TimedOut)
            )
    }
}
