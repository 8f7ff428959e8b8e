//! What was read about one runner, as it came.

use std::num::NonZeroU32;
use std::rc::Rc;
use std::sync::Arc;

use super::facts::{ExchangeId, RunIndex, When};
use super::seal::SealedLane;
use crate::model::{
    Exchange, OnlineStatus, Runner, RunnerEvent, RunnerLog, Said, Sandwich, Target, Timestamp,
    UnknownReason,
};

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

/// One reading of one runner. There are as many as runners times cycles: what
/// all runners of a list share stands in the answer.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) answer: Rc<Answer>,
    /// What the runner looked like.
    pub(super) look: Option<LookIndex>,
    pub(super) seen: Seen,
    pub(super) spacing: Spacing,
}

/// What readings came by.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) when: When,
    pub(super) via: Via,
    /// `None` for a line of a file, and for what lists lack.
    pub(super) exchange: Option<ExchangeId>,
    /// `Age` in seconds: how old it was when it was sent.
    pub(super) age: Option<u64>,
    pub(super) date: Option<Timestamp>,
}

/// Place of a look in [`Lane::looks`], from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LookIndex(NonZeroU32);

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

/// How readings came.
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
    /// What contradicts a job that runs.
    pub(super) const IDLE: Self = Self::Flag {
        busy: false,
        online: true,
    };

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

impl Answer {
    /// That of an exchange. A 304 tells nothing of its own.
    pub(super) fn of(id: ExchangeId, exchange: &Exchange) -> Self {
        let unchanged = exchange.said == Said::NotModified;
        let by_id = matches!(exchange.target, Target::Runner { .. });
        let via = match (unchanged, by_id) {
            (true, _) => Via::Unchanged,
            (false, true) => Via::ById,
            (false, false) => Via::List,
        };
        Self {
            when: When::Live {
                run: id.run,
                window: exchange.window,
            },
            via,
            exchange: Some(id),
            age: exchange.age.filter(|_| !unchanged),
            date: exchange.date.filter(|_| !unchanged),
        }
    }

    /// One that was given at a time, with nothing else known of it: a line of
    /// a file, or what all lists of a cycle did not show.
    pub(super) fn at(when: When) -> Self {
        Self {
            when,
            via: match when {
                When::Live { .. } => Via::List,
                When::Imported(_) => Via::File,
            },
            exchange: None,
            age: None,
            date: None,
        }
    }
}

impl LookIndex {
    /// `None` past what anybody can see: it counts as unknown.
    fn of(place: usize) -> Option<Self> {
        let number = u32::try_from(place + 1).ok()?;
        NonZeroU32::new(number).map(Self)
    }

    fn place(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl Lane {
    /// Takes in a runner as an answer shows it; returns what it read and what
    /// it looked like.
    pub(super) fn saw(
        &mut self,
        answer: &Rc<Answer>,
        runner: &Runner,
    ) -> (Seen, Option<LookIndex>) {
        let seen = Seen::of(runner);
        let known = self.looks.iter().rposition(|look| look.shows(runner));
        let look = match known {
            Some(known) => LookIndex::of(known),
            None => self.look(Look::of(runner.clone())),
        };
        self.push(answer, seen, look);
        (seen, look)
    }

    pub(super) fn push(&mut self, answer: &Rc<Answer>, seen: Seen, look: Option<LookIndex>) {
        self.readings.push(Reading {
            answer: Rc::clone(answer),
            look,
            seen,
            spacing: Spacing::Measured,
        });
    }

    /// Looks change rarely; each is kept once.
    pub(super) fn look(&mut self, look: Look) -> Option<LookIndex> {
        let known = self.looks.iter().rposition(|known| *known == look);
        LookIndex::of(known.unwrap_or_else(|| {
            self.looks.push(look);
            self.looks.len() - 1
        }))
    }

    /// What the runner looked like in a reading.
    pub(super) fn look_of(&self, index: Option<LookIndex>) -> Option<&Look> {
        self.looks.get(index?.place())
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
