//! What became of a finished job, as `scan` tells it.

use std::sync::Arc;

use super::{Job, Killed, KilledBecause, Period, Timestamp};

/// How a job on a runner of ours ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fate {
    pub(crate) job: Job,
    /// Whether it lost its runner.
    pub(crate) killed: Killed,
    /// In the order of their declaration.
    pub(crate) because: Vec<KilledBecause>,
    /// When the runner ended inside its life, by another witness.
    pub(crate) taken_at: Option<Timestamp>,
    /// The annotation that tells of the loss; its text is anybody's.
    pub(crate) annotation: Option<Arc<str>>,
    pub(crate) annotations: AnnotationsRead,
    /// What evidence files show of its runner during it, in the order of the
    /// analysis.
    pub(crate) periods: Vec<Period>,
}

/// Whether the annotations of a job are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnnotationsRead {
    Yes,
    No,
}

impl Fate {
    /// Whether it is told of as a death.
    pub(crate) const fn is_death(&self) -> bool {
        match self.killed {
            Killed::Yes | Killed::Likely => true,
            Killed::No | Killed::Unknown => false,
        }
    }
}
