//! One runner's readings placed in time beside the lives of its jobs: what
//! judging looks at.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::facts::{ExchangeId, Facts, When};
use super::identity::{
    Belongs, Names, bears_name, fits, names_of_jobs, names_of_lane, re_registrations,
};
use super::judge::is_live;
use super::lane::{Lane, Seen};
use super::life::{Life, Relation, Sightings, lives, moved_after};
use super::placed::{PlacedReading, placed};
use super::witness::Files;
use crate::model::{Job, MARGIN, Rules, RunnerKey, Timestamp};

/// A runner with everything that bears on it.
#[derive(Debug, Clone)]
pub(super) struct Track<'a> {
    pub(super) key: &'a RunnerKey,
    pub(super) lane: &'a Lane,
    /// By time.
    pub(super) readings: Vec<PlacedReading>,
    /// Of the jobs that name this runner's id and a name it bears, by end.
    pub(super) lives: Vec<Life>,
    /// Of jobs that name the id, but another runner by name, group or labels.
    pub(super) strangers: Vec<Life>,
    /// Sending of the first reading after each re-registration.
    pub(super) re_registered: Vec<Timestamp>,
    /// Earliest possible start among the lives from each index on.
    earliest_from: Vec<Option<Timestamp>>,
    /// Latest closing among the lives up to each index; `None` while open.
    closed_until: Vec<Option<Timestamp>>,
    /// When the scope's list last answered.
    pub(super) scope_listed: Option<Timestamp>,
    /// Names of the runner's own readings.
    registered: Names,
    /// Names of its readings and of the jobs that name its id.
    names: Names,
    /// What files tell of the jobs beside its readings.
    pub(super) files: Files,
    /// For each reading the next one, itself included, that read online.
    next_online: Vec<Option<usize>>,
    /// The same for those that read it gone.
    next_gone: Vec<Option<usize>>,
    by_exchange: BTreeMap<ExchangeId, usize>,
}

impl<'a> Track<'a> {
    /// Assembles the track of one runner.
    pub(super) fn of(facts: &Facts, key: &'a RunnerKey, lane: &'a Lane, rules: &Rules) -> Self {
        let jobs = jobs_naming(facts, key);
        let registered = Names::of(names_of_lane(lane));
        let names = Names::of(names_of_lane(lane).chain(names_of_jobs(&jobs)));
        let (own, strange): (Vec<_>, Vec<_>) = jobs
            .into_iter()
            .partition(|(job, _)| bears_name(lane, &names, job));
        let lives_of_own = lives(own);
        let readings = placed(facts, lane, rules);
        let scope_listed = facts.scope_listed(key).map(|window| window.sent);
        let mut track = Self {
            key,
            lane,
            next_online: next(&readings, |r| {
                matches!(r.seen, Seen::Flag { online: true, .. })
            }),
            next_gone: next_gone(&readings, scope_listed),
            by_exchange: by_exchange(&readings),
            readings,
            earliest_from: earliest_from(&lives_of_own),
            closed_until: closed_until(&lives_of_own),
            lives: lives_of_own,
            strangers: lives(strange),
            re_registered: Vec::new(),
            scope_listed,
            registered,
            names,
            files: Files::of(facts, key),
        };
        track.re_registered = re_registrations(lane, &track.readings);
        track.mark_sandwiches(facts);
        track
    }

    /// The lives that a window may touch, with where it lies in each.
    pub(super) fn near(&self, reading: &PlacedReading) -> Vec<(usize, Relation)> {
        let first = self.closed_until.partition_point(|closed| {
            closed.is_some_and(|closed| closed + reading.margin < reading.window.sent)
        });
        let mut near = Vec::new();
        for (index, life) in self.lives.iter().enumerate().skip(first) {
            let none_left = self.earliest_from.get(index).copied().flatten();
            if none_left.is_some_and(|start| reading.window.received + reading.margin < start) {
                break;
            }
            let relation = life.relation(reading.window, reading.margin);
            if !matches!(relation, Relation::Before | Relation::After) {
                near.push((index, relation));
            }
        }
        near
    }

    /// Whether the reading is of the runner this job names: equal names, the
    /// group too where both state one, and the job's labels among the
    /// runner's where both are known.
    pub(super) fn belongs(&self, reading: &PlacedReading, job: &Job) -> Belongs {
        let look = reading.look.and_then(|look| self.lane.looks.get(look));
        let Some(assignment) = &job.assignment else {
            return Belongs::No;
        };
        let name = self.name(reading);
        let name_fits = name.is_some() && name == assignment.runner_name.as_ref();
        if name_fits && look.is_none_or(|look| fits(look, assignment, job)) {
            Belongs::Yes
        } else {
            Belongs::No
        }
    }

    /// Whether this reading's runner is one of several that bear the id.
    pub(super) fn is_nameless(&self, reading: &PlacedReading) -> bool {
        self.name(reading).is_none() && self.names == Names::Several
    }

    /// The name a reading gives. One without takes the only one known: a live
    /// read by id that of the registration, else that of the jobs too.
    fn name(&self, reading: &PlacedReading) -> Option<&Arc<str>> {
        let look = reading.look.and_then(|look| self.lane.looks.get(look));
        let own = look.and_then(|look| look.name.as_ref());
        let registered = self.registered.one().filter(|_| is_live(reading.when));
        own.or(registered).or(self.names.one())
    }

    /// Whether the runner was registered anew between the start of the job
    /// and the reading, and the job has not moved since.
    pub(super) fn is_re_registered(&self, reading: &PlacedReading, life: &Life) -> bool {
        self.re_registered.iter().any(|&at| {
            let after_start = life.start.min.is_none_or(|start| start < at);
            let before_reading = at <= reading.window.received;
            after_start && before_reading && !moved_after(&life.job, at + MARGIN)
        })
    }

    /// Whether the runner reads online from this reading on, up to the
    /// instant.
    pub(super) fn online_again(&self, index: usize, until: Timestamp) -> bool {
        let next = self.next_online.get(index).copied().flatten();
        let next = next.and_then(|next| self.readings.get(next));
        next.is_some_and(|reading| reading.window.sent <= until)
    }

    /// The first reading from this index on that shows the runner gone.
    pub(super) fn gone_from(&self, index: usize) -> Option<&PlacedReading> {
        let next = self.next_gone.get(index).copied().flatten()?;
        self.readings.get(next)
    }

    /// The reading that came by an exchange.
    pub(super) fn by_exchange(&self, id: ExchangeId) -> Option<&PlacedReading> {
        self.readings.get(*self.by_exchange.get(&id)?)
    }

    /// The readings received from the one instant to the other, in order.
    pub(super) fn between(&self, from: Timestamp, until: Timestamp) -> &[PlacedReading] {
        let first = self.readings.partition_point(|r| r.bounds.received < from);
        let end = self
            .readings
            .partition_point(|r| r.bounds.received <= until);
        self.readings.get(first..end).unwrap_or(&[])
    }

    /// The last reading that said something, received at or before the
    /// instant.
    pub(super) fn last_said(&self, at: Timestamp) -> Option<&PlacedReading> {
        let after = self.readings.partition_point(|r| r.bounds.received <= at);
        let mut before = self.readings.iter().take(after).rev();
        before.find(|reading| !matches!(reading.seen, Seen::Nothing(_)))
    }

    /// The lives not wholly closed before the instant.
    pub(super) fn lives_since(&self, at: Timestamp) -> impl Iterator<Item = &Life> {
        let closed = |closed: &Option<Timestamp>| closed.is_some_and(|closed| closed < at);
        let first = self.closed_until.partition_point(closed);
        self.lives.iter().skip(first)
    }
}

/// Jobs that name the runner's id, can run in its scope, and are not on
/// GitHub's own machines.
fn jobs_naming(facts: &Facts, key: &RunnerKey) -> Vec<(Arc<Job>, Sightings)> {
    let keys = facts.by_runner.get(&key.id.0);
    let jobs = keys.into_iter().flatten().filter_map(|job| {
        let history = facts.jobs.get(job).filter(|_| job.host == key.host)?;
        let assignment = history.record.assignment.as_ref()?;
        let ours = assignment.runner_id == key.id
            && !assignment.hosted
            && key.scope.covers(&history.record.repo);
        let place = |when: Option<When>| facts.place(when?);
        let first_running = history.first_running;
        let first_running = first_running.filter(|(runner, _)| *runner == key.id);
        let first_running = first_running.map(|(_, when)| when);
        ours.then(|| {
            let sightings = Sightings {
                first_running: place(first_running).map(|at| at.window.received),
                last_running: place(history.last_running).map(|at| at.window.sent),
                last_in_progress: place(history.last_in_progress).map(|at| at.window.sent),
            };
            (Arc::clone(&history.record), sightings)
        })
    });
    jobs.collect()
}

/// For each reading the next wanted one, itself included; one pass.
/// For each reading the next one that shows the runner gone: offline, or 404.
/// A live 404 says so only when the scope's list answered after it and the
/// runner was not read again: it can also mean that the credential sees
/// nothing any more (`github-api.md` §9).
fn next_gone(readings: &[PlacedReading], scope_listed: Option<Timestamp>) -> Vec<Option<usize>> {
    let flags = readings
        .iter()
        .filter(|r| matches!(r.seen, Seen::Flag { .. }));
    let last_flag = flags.map(|r| r.window.received).max();
    next(readings, |r| match r.seen {
        Seen::Flag { online, .. } => !online,
        Seen::Missing => {
            let received = Some(r.window.received);
            !is_live(r.when) || (received <= scope_listed && last_flag <= received)
        }
        Seen::Nothing(_) => false,
    })
}

fn next(readings: &[PlacedReading], wanted: impl Fn(&PlacedReading) -> bool) -> Vec<Option<usize>> {
    let mut next = None;
    let mut all: Vec<_> = readings
        .iter()
        .enumerate()
        .rev()
        .map(|(index, reading)| {
            if wanted(reading) {
                next = Some(index);
            }
            next
        })
        .collect();
    all.reverse();
    all
}

fn by_exchange(readings: &[PlacedReading]) -> BTreeMap<ExchangeId, usize> {
    let numbered = readings.iter().enumerate();
    numbered
        .filter_map(|(index, reading)| Some((reading.exchange?, index)))
        .collect()
}

fn earliest_from(lives: &[Life]) -> Vec<Option<Timestamp>> {
    let mut earliest = Some(Timestamp::from_millis(i64::MAX));
    let mut from: Vec<_> = lives
        .iter()
        .rev()
        .map(|life| {
            earliest = earliest.min(life.start.min);
            earliest
        })
        .collect();
    from.reverse();
    from
}

fn closed_until(lives: &[Life]) -> Vec<Option<Timestamp>> {
    let mut latest = Some(Timestamp::from_millis(i64::MIN));
    let closings = lives.iter().map(|life| {
        latest = match (latest, life.closing) {
            (Some(latest), Some(closing)) => Some(latest.max(closing)),
            _ => None,
        };
        latest
    });
    closings.collect()
}
