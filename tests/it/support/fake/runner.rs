//! One runner: what it is, and what GitHub says of it when.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::support::time::Offset;

/// Whether, and how, GitHub lists a runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Online,
    Offline,
    /// In no list, and 404 by id.
    Missing,
}

/// A busy flag by schedule.
type Schedule = Arc<dyn Fn(Offset) -> bool + Send + Sync>;

/// What the busy flag says.
#[derive(Clone)]
pub(crate) enum Flag {
    /// True exactly while a job runs.
    Truthful,
    /// True from `on` after a job's start to `off` after its end.
    Lagging { on: Duration, off: Duration },
    /// Truthful before, false from that instant on.
    FlipsFalse(Offset),
    /// Whatever the function says.
    Schedule(Schedule),
}

/// A runner.
#[derive(Clone)]
pub(crate) struct RunnerSpec {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) os: String,
    pub(crate) labels: Vec<String>,
    pub(crate) group: (u64, String),
    pub(crate) version: Option<String>,
    pub(crate) ephemeral: bool,
    pub(crate) flag: Flag,
    /// The flag in lists, where it differs from the one by id.
    pub(crate) list_flag: Option<Flag>,
    pub(crate) presence: Arc<dyn Fn(Offset) -> Presence + Send + Sync>,
}

impl fmt::Debug for RunnerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunnerSpec")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl RunnerSpec {
    /// A Linux runner of the default group: truthful, always online.
    pub(crate) fn new(id: u64, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            os: "Linux".to_owned(),
            labels: ["self-hosted", "Linux", "X64"].map(str::to_owned).to_vec(),
            group: (1, "Default".to_owned()),
            version: Some("2.334.0".to_owned()),
            ephemeral: false,
            flag: Flag::Truthful,
            list_flag: None,
            presence: Arc::new(|_| Presence::Online),
        }
    }

    pub(crate) fn labels(mut self, labels: &[&str]) -> Self {
        self.labels = labels.iter().map(|&label| label.to_owned()).collect();
        self
    }

    pub(crate) fn group(mut self, id: u64, name: &str) -> Self {
        self.group = (id, name.to_owned());
        self
    }

    pub(crate) fn flag(mut self, flag: Flag) -> Self {
        self.flag = flag;
        self
    }

    pub(crate) fn presence(
        mut self,
        says: impl Fn(Offset) -> Presence + Send + Sync + 'static,
    ) -> Self {
        self.presence = Arc::new(says);
        self
    }

    pub(crate) fn presence_at(&self, at: Offset) -> Presence {
        (self.presence)(at)
    }
}

impl Flag {
    /// What the flag says at an instant; `works` tells whether some job
    /// begun by `.0` and not ended by `.1` runs on this runner.
    pub(crate) fn says(&self, at: Offset, works: impl Fn(Offset, Offset) -> bool) -> bool {
        match self {
            Self::Truthful => works(at, at),
            Self::Lagging { on, off } => works(at - *on, at - *off),
            Self::FlipsFalse(flip) => at < *flip && works(at, at),
            Self::Schedule(schedule) => schedule(at),
        }
    }
}
