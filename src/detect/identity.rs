//! Which runner a reading and a job are about: an id alone does not say, as
//! ids return under other names and runners are registered anew.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::lane::{Lane, Look, Seen};
use super::life::Sightings;
use super::placed::PlacedReading;
use crate::model::{Assignment, Job, Timestamp};

/// What name a reading without one stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Names {
    /// Exactly one is given.
    One(Arc<str>),
    Unknown,
    Several,
}

/// How a reading and a job that names its runner's id belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Belongs {
    Yes,
    No,
}

/// What a source calls a runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Called<'a> {
    Name(&'a str),
    /// The id of its machine: the name ends with it, and nothing looser is
    /// ever tried (`evidence.md` §1).
    Instance(&'a str),
}

impl Called<'_> {
    /// Whether the runner of this name is meant.
    pub(super) fn is(self, name: &str) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Instance(id) => !id.is_empty() && name.ends_with(id),
        }
    }
}

impl Look {
    pub(super) fn called(&self) -> Option<Called<'_>> {
        let instance = self.instance.as_deref().map(Called::Instance);
        self.name.as_deref().map(Called::Name).or(instance)
    }
}

impl Names {
    pub(super) fn of(names: impl Iterator<Item = Arc<str>>) -> Self {
        let distinct: BTreeSet<_> = names.collect();
        let mut distinct = distinct.into_iter();
        match (distinct.next(), distinct.next()) {
            (Some(name), None) => Self::One(name),
            (None, _) => Self::Unknown,
            (Some(_), Some(_)) => Self::Several,
        }
    }

    pub(super) fn one(&self) -> Option<&Arc<str>> {
        match self {
            Self::One(name) => Some(name),
            Self::Unknown | Self::Several => None,
        }
    }
}

pub(super) fn names_of_lane(lane: &Lane) -> impl Iterator<Item = Arc<str>> {
    lane.looks.iter().filter_map(|look| look.name.clone())
}

pub(super) fn names_of_jobs(jobs: &[(Arc<Job>, Sightings)]) -> impl Iterator<Item = Arc<str>> {
    let assigned = jobs.iter().filter_map(|(job, _)| job.assignment.as_ref());
    assigned.filter_map(|assignment| assignment.runner_name.clone())
}

/// Whether the runner has been seen under the name the job gives.
pub(super) fn bears_name(lane: &Lane, names: &Names, job: &Job) -> bool {
    let Some(wanted) = job.assignment.as_ref().and_then(|a| a.runner_name.as_ref()) else {
        return false;
    };
    let mut called = lane.looks.iter().filter_map(Look::called);
    let seen = called.any(|called| called.is(wanted));
    seen || matches!(names, Names::One(name) if name == wanted)
}

pub(super) fn fits(look: &Look, assignment: &Assignment, job: &Job) -> bool {
    let groups = match (look.group_id, assignment.group_id) {
        (Some(runner), Some(job)) => runner == job,
        _ => true,
    };
    groups && job.fits_labels(look.labels.as_ref())
}

/// Seen offline, then online with another version, OS or label set.
pub(super) fn re_registrations(lane: &Lane, readings: &[PlacedReading]) -> Vec<Timestamp> {
    let mut found = Vec::new();
    let offline = lane.sealed.offline_as;
    let mut offline: Option<&Look> = lane.look_of(offline);
    for reading in readings {
        let look = lane.look_of(reading.look);
        match (reading.seen, look) {
            (Seen::Flag { online: false, .. }, Some(look)) => offline = Some(look),
            (Seen::Flag { online: true, .. }, Some(look)) => {
                if offline.is_some_and(|before| differs(before, look)) {
                    found.push(reading.window.sent);
                }
                offline = None;
            }
            (Seen::Flag { .. } | Seen::Missing | Seen::Nothing(_), _) => {}
        }
    }
    found
}

fn differs(before: &Look, after: &Look) -> bool {
    let versions =
        before.version.is_some() && after.version.is_some() && before.version != after.version;
    let systems = before.os.is_some() && after.os.is_some() && before.os != after.os;
    let labels = label_set(before).zip(label_set(after));
    versions || systems || labels.is_some_and(|(before, after)| before != after)
}

fn label_set(look: &Look) -> Option<BTreeSet<String>> {
    let labels = look.labels.as_ref()?;
    Some(
        labels
            .iter()
            .map(|label| label.to_ascii_lowercase())
            .collect(),
    )
}
