//! What counts as a finding for the exit code: the value of `--fail-on`.
//!
//! This only names periods. The verdict of a report does not depend on it,
//! and the exit code is `exit.rs`'s.

use std::collections::BTreeSet;

use crate::model::{Class, Finding, Kind, Period};

/// The names that `--fail-on` takes, in the order help lists them.
const ALLOWED: [&str; 10] = [
    "stale",
    "lag",
    "killed",
    "offline",
    "missing",
    "lost-runner",
    "busy-without-job",
    "double-assignment",
    "all",
    "none",
];

/// One thing that can count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Stale,
    Lag,
    /// busy-false periods whose job lost its runner afterwards, surely or
    /// likely.
    Killed,
    /// Every kind but busy-false, which goes by its class.
    Kind(Kind),
}

impl Name {
    const fn gravity(self) -> Counted {
        match self {
            Self::Lag => Counted::Lag,
            Self::Stale | Self::Killed | Self::Kind(_) => Counted::Desync,
        }
    }
}

/// What a finding counts as, the lesser first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Counted {
    /// Nothing but `lag` names it.
    Lag,
    Desync,
}

/// A set of names; findings outside of it are told and not counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FailOn(BTreeSet<Name>);

/// A value of `--fail-on` that names nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnknownName {
    #[error("`{0}` is not something to fail on; use one of {list}", list = ALLOWED.join(", "))]
    Unknown(String),
    #[error("`none` cannot be combined with other names to fail on")]
    NoneAndOthers,
}

impl FailOn {
    /// What counts when nothing is asked for: `stale` and `killed`.
    pub(crate) fn standard() -> Self {
        Self(BTreeSet::from([Name::Stale, Name::Killed]))
    }

    /// Reads the values of the flag; with no value it is the standard.
    pub(crate) fn parse(values: &[String]) -> Result<Self, UnknownName> {
        if values.is_empty() {
            return Ok(Self::standard());
        }
        let mut names = BTreeSet::new();
        for value in values {
            names.extend(parse_one(value)?);
        }
        let none = values.iter().any(|value| value == "none");
        if none && !names.is_empty() {
            return Err(UnknownName::NoneAndOthers);
        }
        Ok(Self(names))
    }

    /// The same for a monitoring plugin: there every kind counts, only lag has
    /// to be asked for, and `none` takes all of it (`contract.md` §2).
    pub(crate) fn for_monitoring(values: &[String]) -> Result<Self, UnknownName> {
        let Self(mut names) = Self::parse(values)?;
        if !names.is_empty() {
            names.extend(every_name().into_iter().filter(|name| *name != Name::Lag));
        }
        Ok(Self(names))
    }

    /// Whether this period is a finding that counts.
    pub(crate) fn names(&self, period: &Period) -> bool {
        self.counted(period).is_some()
    }

    /// The gravest of the findings that count.
    pub(crate) fn gravest(&self, periods: &[Period]) -> Option<Counted> {
        periods
            .iter()
            .filter_map(|period| self.counted(period))
            .max()
    }

    fn counted(&self, period: &Period) -> Option<Counted> {
        let names = names_of(period).filter(|name| self.0.contains(name));
        let gravest = names.map(Name::gravity).max();
        gravest.filter(|_| period.finding == Finding::Yes)
    }
}

/// What one value stands for.
fn parse_one(value: &str) -> Result<Vec<Name>, UnknownName> {
    Ok(match value {
        "all" => every_name(),
        "none" => Vec::new(),
        "stale" => vec![Name::Stale],
        "lag" => vec![Name::Lag],
        "killed" => vec![Name::Killed],
        other => vec![kind_by_name(other).ok_or_else(|| UnknownName::Unknown(other.to_owned()))?],
    })
}

fn kind_by_name(name: &str) -> Option<Name> {
    other_kinds()
        .find(|kind| kind.as_str() == name)
        .map(Name::Kind)
}

fn other_kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL
        .into_iter()
        .filter(|kind| *kind != Kind::BusyFalse)
}

fn every_name() -> Vec<Name> {
    let own = [Name::Stale, Name::Lag, Name::Killed];
    own.into_iter()
        .chain(other_kinds().map(Name::Kind))
        .collect()
}

/// The names that fit a period: a busy-false one goes by its class and by
/// what became of its job, any other by its kind.
fn names_of(period: &Period) -> impl Iterator<Item = Name> {
    let own = match (period.kind, period.class) {
        (Kind::BusyFalse, Some(Class::Lag)) => Name::Lag,
        (Kind::BusyFalse, Some(Class::Stale) | None) => Name::Stale,
        (kind, _) => Name::Kind(kind),
    };
    let killed = period.kind == Kind::BusyFalse && period.is_killed();
    std::iter::once(own).chain(killed.then_some(Name::Killed))
}
