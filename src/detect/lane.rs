//! What was read about one runner, as it came.

use std::sync::Arc;

use super::facts::{ExchangeId, RunIndex, When};
use super::seal::SealedLane;
use crate::model::{OnlineStatus, Runner, RunnerEvent, RunnerLog, Sandwich, UnknownReason};

/// Everything read about one runner.
#[derive(Debug, Clone, Default)]
pub(super) struct Lane {
    pub(super) readings: Vec<Reading>,
    pub(super) looks: Vec<Look>,
    pub(super) events: Vec<RunnerEvent>,
    pub(super) logs: Vec<RunnerLog>,
    pub(super) sandwiches: Vec<(RunIndex, Sandwich)>,
    /// The last run and cycle whose list showed it.
    pub(super) listed: Option<(RunIndex, u32)>,
    /// What came before all this.
    pub(super) sealed: SealedLane,
}

/// One reading of one runner.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) when: When,
    pub(super) seen: Seen,
    pub(super) via: Via,
    /// Index into [`Lane::looks`]: what the runner looked like.
    pub(super) look: Option<usize>,
    /// The exchange it came by.
    pub(super) exchange: Option<ExchangeId>,
    pub(super) spacing: Spacing,
}

/// Whether the spacing of a reading from the one kept before it says how
/// often the runner was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spacing {
    Measured,
    /// Readings between the two were counted and not kept.
    Counted,
}

/// What a reading of a runner showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seen {
    Flag {
        busy: bool,
        online: bool,
    },
    /// 404 by id.
    Missing,
    /// No usable answer about this runner.
    Nothing(UnknownReason),
}

/// How a reading came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Via {
    List,
    ById,
    /// A 304 to a list: may agree, and no more.
    Unchanged,
    File,
}

/// What a runner looked like besides its flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) name: Option<Arc<str>>,
    /// The id of its machine, where a file gives that.
    pub(super) instance: Option<Arc<str>>,
    /// What the file calls its source: equal readings of one count once.
    pub(super) source: Option<Arc<str>>,
    pub(super) os: Option<Arc<str>>,
    pub(super) labels: Option<Vec<Arc<str>>>,
    pub(super) group_id: Option<u64>,
    pub(super) version: Option<Arc<str>>,
}

impl Seen {
    pub(super) fn of(runner: &Runner) -> Self {
        let flag = |online| Self::Flag {
            busy: runner.busy,
            online,
        };
        match runner.status {
            OnlineStatus::Online => flag(true),
            OnlineStatus::Offline => flag(false),
            OnlineStatus::Other(_) => Self::Nothing(UnknownReason::Undecodable),
        }
    }
}

impl Lane {
    /// Takes in a runner as an answer shows it; returns what it read and what
    /// it looked like.
    pub(super) fn saw(
        &mut self,
        when: When,
        via: Via,
        runner: &Runner,
        exchange: Option<ExchangeId>,
    ) -> (Seen, usize) {
        let seen = Seen::of(runner);
        let known = self.looks.iter().rposition(|look| look.shows(runner));
        let look = known.unwrap_or_else(|| self.look(Look::of(runner.clone())));
        self.push(when, via, seen, Some(look), exchange);
        (seen, look)
    }

    pub(super) fn push(
        &mut self,
        when: When,
        via: Via,
        seen: Seen,
        look: Option<usize>,
        exchange: Option<ExchangeId>,
    ) {
        self.readings.push(Reading {
            when,
            seen,
            via,
            look,
            exchange,
            spacing: Spacing::Measured,
        });
    }

    /// Looks change rarely; each is kept once.
    pub(super) fn look(&mut self, look: Look) -> usize {
        let known = self.looks.iter().rposition(|known| *known == look);
        known.unwrap_or_else(|| {
            self.looks.push(look);
            self.looks.len() - 1
        })
    }
}

impl Look {
    pub(super) fn of(runner: Runner) -> Self {
        Self {
            os: runner.os,
            labels: runner.labels,
            group_id: runner.group_id,
            version: runner.version,
            ..Self::named(runner.name)
        }
    }

    pub(super) fn named(name: Option<Arc<str>>) -> Self {
        Self {
            name,
            instance: None,
            source: None,
            os: None,
            labels: None,
            group_id: None,
            version: None,
        }
    }

    /// Whether this is how an answer of the API shows the runner.
    fn shows(&self, runner: &Runner) -> bool {
        self.instance.is_none()
            && self.source.is_none()
            && self.group_id == runner.group_id
            && self.name == runner.name
            && self.version == runner.version
            && self.os == runner.os
            && self.labels == runner.labels
    }
}
