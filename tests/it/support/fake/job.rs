//! One job: what really happens to it, and what its record says when.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::support::time::{Offset, secs};

/// What a job record's `started_at` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StartedAt {
    /// The pick-up.
    Real,
    /// The time of enqueueing, never corrected (strands-labs/robots#2509).
    Enqueued,
}

/// What the steps of a job record say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Steps {
    /// They move with the job.
    Moving,
    /// They stand still from that instant on, also after the end: a runner
    /// that reports no more.
    Frozen(Offset),
    /// They move with the job; at its end the main step is cancelled and the
    /// others are skipped, as after a runner that was taken down.
    CutOff,
    /// `"steps": []`.
    Empty,
    /// No `steps` key, which the schema permits.
    Absent,
}

/// What a record that closes late says between the end and its closing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Late {
    /// In progress, but all steps have ended, `Complete job` too.
    StepsEnded,
    /// As it was just before the end, one step unfinished.
    Stale,
}

/// Changes the finished JSON of a job record.
type Patch = Arc<dyn Fn(&mut Value, Offset) + Send + Sync>;

/// A job. Made by [`JobSpec::on`], [`JobSpec::hosted`] or
/// [`JobSpec::unassigned`], then told what differs from the usual.
#[derive(Clone)]
pub(crate) struct JobSpec {
    /// Default: the next free one.
    pub(crate) id: Option<u64>,
    /// Default: a run of its own.
    pub(crate) run: Option<u64>,
    pub(crate) name: String,
    /// The runner that really works on it.
    pub(crate) runner: Option<u64>,
    /// Default: five seconds before `starts`.
    pub(crate) created: Option<Offset>,
    pub(crate) starts: Offset,
    /// Exclusive; `None` runs on.
    pub(crate) ends: Option<Offset>,
    pub(crate) conclusion: String,
    pub(crate) attempt: u64,
    pub(crate) labels: Vec<String>,
    pub(crate) steps: Steps,
    pub(crate) started_at: StartedAt,
    /// The record reads `queued` that long after the start.
    pub(crate) opens_late: Duration,
    /// The record reads `in_progress` that long after the end.
    pub(crate) closes_late: Duration,
    pub(crate) late: Late,
    pub(crate) hosted: bool,
    /// Whether webhooks tell of it.
    pub(crate) is_told_of: bool,
    /// Messages annotated at it.
    pub(crate) annotations: Vec<String>,
    pub(crate) patch: Option<Patch>,
}

impl fmt::Debug for JobSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobSpec")
            .field("id", &self.id)
            .field("run", &self.run)
            .field("runner", &self.runner)
            .field("starts", &self.starts)
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}

impl JobSpec {
    /// A job on that runner, begun ten minutes ago, running on.
    pub(crate) fn on(runner: u64) -> Self {
        Self {
            runner: Some(runner),
            ..Self::unassigned()
        }
    }

    /// A job that no runner has taken: queued until `starts` and a runner
    /// are set.
    pub(crate) fn unassigned() -> Self {
        Self {
            id: None,
            run: None,
            name: "build".to_owned(),
            runner: None,
            created: None,
            starts: secs(-600),
            ends: None,
            conclusion: "success".to_owned(),
            attempt: 1,
            labels: vec!["self-hosted".to_owned()],
            steps: Steps::Moving,
            started_at: StartedAt::Real,
            opens_late: Duration::ZERO,
            closes_late: Duration::ZERO,
            late: Late::Stale,
            hosted: false,
            is_told_of: true,
            annotations: Vec::new(),
            patch: None,
        }
    }

    /// A job on one of GitHub's own runners, whose small id may equal that
    /// of a runner of ours.
    pub(crate) fn hosted(runner: u64) -> Self {
        Self {
            hosted: true,
            labels: vec!["ubuntu-latest".to_owned()],
            ..Self::on(runner)
        }
    }

    pub(crate) fn id(mut self, id: u64) -> Self {
        self.id = Some(id);
        self
    }

    pub(crate) fn run(mut self, run: u64) -> Self {
        self.run = Some(run);
        self
    }

    pub(crate) fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    pub(crate) fn created(mut self, at: Offset) -> Self {
        self.created = Some(at);
        self
    }

    pub(crate) fn starts(mut self, at: Offset) -> Self {
        self.starts = at;
        self
    }

    pub(crate) fn ends(mut self, at: Offset) -> Self {
        self.ends = Some(at);
        self
    }

    pub(crate) fn conclusion(mut self, conclusion: &str) -> Self {
        conclusion.clone_into(&mut self.conclusion);
        self
    }

    pub(crate) fn attempt(mut self, attempt: u64) -> Self {
        self.attempt = attempt;
        self
    }

    pub(crate) fn labels(mut self, labels: &[&str]) -> Self {
        self.labels = labels.iter().map(|&label| label.to_owned()).collect();
        self
    }

    pub(crate) fn steps(mut self, steps: Steps) -> Self {
        self.steps = steps;
        self
    }

    pub(crate) fn started_at(mut self, meaning: StartedAt) -> Self {
        self.started_at = meaning;
        self
    }

    pub(crate) fn opens_late(mut self, by: Duration) -> Self {
        self.opens_late = by;
        self
    }

    pub(crate) fn closes_late(mut self, by: Duration, late: Late) -> Self {
        self.closes_late = by;
        self.late = late;
        self
    }

    /// All deliveries about it get lost.
    pub(crate) fn untold(mut self) -> Self {
        self.is_told_of = false;
        self
    }

    /// One more message annotated at it.
    pub(crate) fn annotated(mut self, message: &str) -> Self {
        self.annotations.push(message.to_owned());
        self
    }

    /// Changes the finished record, for odd answers; those that break the
    /// schema need the fake's `odd_answers` too.
    pub(crate) fn patch(
        mut self,
        patch: impl Fn(&mut Value, Offset) + Send + Sync + 'static,
    ) -> Self {
        self.patch = Some(Arc::new(patch));
        self
    }

    pub(crate) fn created_at(&self) -> Offset {
        self.created.unwrap_or(self.starts - Duration::from_secs(5))
    }

    /// What the record says, `None` before the job was created.
    pub(crate) fn phase_at(&self, at: Offset) -> Option<Phase> {
        if at < self.created_at() {
            return None;
        }
        if self.runner.is_none() || at < self.starts + self.opens_late {
            return Some(Phase::Queued);
        }
        let Some(end) = self.ends.filter(|&end| end <= at) else {
            return Some(Phase::Running { steps_as_of: at });
        };
        if at < end + self.closes_late {
            let steps_as_of = match self.late {
                Late::StepsEnded => end,
                Late::Stale => end - Duration::from_millis(1),
            };
            return Some(Phase::Running { steps_as_of });
        }
        Some(Phase::Completed { end })
    }

    /// When the record changed last.
    pub(crate) fn updated_at(&self, at: Offset) -> Offset {
        let closed = self.ends.map(|end| end + self.closes_late);
        [Some(self.created_at()), Some(self.starts), closed]
            .into_iter()
            .flatten()
            .filter(|&change| change <= at)
            .max()
            .unwrap_or(self.created_at())
    }
}

/// What a job record says of the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Queued,
    Running { steps_as_of: Offset },
    Completed { end: Offset },
}

impl Phase {
    pub(crate) fn status(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running { .. } => "in_progress",
            Self::Completed { .. } => "completed",
        }
    }
}
