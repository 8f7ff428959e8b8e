//! The steps of a job record, as a function of time.

use super::job::{JobSpec, Steps};
use crate::support::time::Offset;

/// One step; its times are known only once they have passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) number: u64,
    pub(crate) conclusion: &'static str,
    pub(crate) began: Option<Offset>,
    pub(crate) ended: Option<Offset>,
}

impl Step {
    pub(crate) fn status(&self) -> &'static str {
        match (self.began, self.ended) {
            (None, _) => "queued",
            (Some(_), None) => "in_progress",
            (Some(_), Some(_)) => "completed",
        }
    }
}

const NAMES: [&str; 5] = [
    "Set up job",
    "Run actions/checkout@v5",
    "Build",
    "Post Run actions/checkout@v5",
    "Complete job",
];

/// The length of a step before `Build`, unless the job is too short.
const SHORT: i64 = 1500;

/// The steps as the runner had reported them at `as_of`; `None` when the
/// record has no such key.
pub(crate) fn steps_at(job: &JobSpec, as_of: Offset) -> Option<Vec<Step>> {
    let seen = match job.steps {
        Steps::Absent => return None,
        Steps::Empty => return Some(Vec::new()),
        Steps::Moving | Steps::CutOff => as_of,
        Steps::Frozen(at) => as_of.min(at),
    };
    let bounds = bounds(job);
    let reached = |bound: Option<Offset>| bound.filter(|&at| at <= seen);
    let steps = NAMES.iter().enumerate().map(|(i, name)| Step {
        name,
        number: i as u64 + 1,
        conclusion: conclusion(job, i),
        began: reached(bounds[i]),
        ended: reached(bounds[i + 1]),
    });
    Some(steps.collect())
}

/// Where the steps begin, and after them where the last ends. `Complete job`
/// begins and ends with the job, so that a running job always has a step
/// unfinished before it.
fn bounds(job: &JobSpec) -> [Option<Offset>; 6] {
    let life = job.ends.map_or(i64::MAX, |end| end.0 - job.starts.0);
    let short = SHORT.min(life / 8);
    let from_start = |count: i64| Some(Offset(job.starts.0 + count * short));
    let post = job.ends.map(|end| Offset(end.0 - short));
    [
        from_start(0),
        from_start(1),
        from_start(2),
        post,
        job.ends,
        job.ends,
    ]
}

/// `Build` ends as the job does; what comes after it always succeeds.
fn conclusion(job: &JobSpec, step: usize) -> &'static str {
    match (step, job.conclusion.as_str()) {
        (2, _) if job.steps == Steps::CutOff => "cancelled",
        (3.., _) if job.steps == Steps::CutOff => "skipped",
        (2, "failure" | "timed_out") => "failure",
        (2, "cancelled") => "cancelled",
        _ => "success",
    }
}
