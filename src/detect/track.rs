//! One runner's readings placed in time beside the lives of its jobs: what
//! judging looks at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::fold::{ExchangeId, Facts, Lane, Look, Quote, Reading, Seen, Via, When};
use super::judge::is_live;
use super::life::{Life, RecordState, Relation, Sightings, lives, moved_after, record_state};
use super::offset::{GRAIN, Placed, UNBOUNDED};
use super::witness::Files;
use crate::model::{
    Assignment, IMPORTED_WINDOW, Job, JobId, JobKey, MARGIN, Rules, RunnerKey, Span, Timestamp,
    Window,
};

/// A reading placed by GitHub's clock.
#[derive(Debug, Clone)]
pub(super) struct PlacedReading {
    /// What judging uses: an imported time is widened to a window.
    pub(super) window: Window,
    /// What the bounds of periods use: an imported time as it stands.
    pub(super) bounds: Window,
    /// 2 s plus the clock bound of the source.
    pub(super) margin: Span,
    pub(super) seen: Seen,
    pub(super) via: Via,
    pub(super) look: Option<usize>,
    pub(super) when: When,
    pub(super) exchange: Option<ExchangeId>,
    /// Jobs that a sandwich around this reading showed running.
    pub(super) sandwiched: Option<JobId>,
}

impl PlacedReading {
    /// Its end, as early as its clock allows.
    pub(super) fn earliest(&self) -> Timestamp {
        self.bounds.received - (self.margin - MARGIN)
    }
}

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
    /// The same for offline ones and 404s.
    next_gone: Vec<Option<usize>>,
    by_exchange: BTreeMap<ExchangeId, usize>,
}

/// What name a reading without one stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Names {
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
        let mut track = Self {
            key,
            lane,
            next_online: next(&readings, |r| {
                matches!(r.seen, Seen::Flag { online: true, .. })
            }),
            next_gone: next(&readings, |r| {
                matches!(r.seen, Seen::Missing | Seen::Flag { online: false, .. })
            }),
            by_exchange: by_exchange(&readings),
            readings,
            earliest_from: earliest_from(&lives_of_own),
            closed_until: closed_until(&lives_of_own),
            lives: lives_of_own,
            strangers: lives(strange),
            re_registered: Vec::new(),
            scope_listed: facts.scope_listed(key).map(|window| window.sent),
            registered,
            names,
            files: Files::of(facts, key),
        };
        track.re_registered = track.re_registrations();
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

    /// The first offline reading or 404 from this index on.
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

    /// Seen offline, then online with another version, OS or label set.
    fn re_registrations(&self) -> Vec<Timestamp> {
        let mut found = Vec::new();
        let mut offline: Option<&Look> = None;
        for reading in &self.readings {
            let look = reading.look.and_then(|look| self.lane.looks.get(look));
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

    fn mark_sandwiches(&mut self, facts: &Facts) {
        let mut middles = BTreeMap::new();
        for (run, sandwich) in &self.lane.sandwiches {
            let ids: Vec<_> = sandwich
                .parts
                .iter()
                .map(|&number| ExchangeId { run: *run, number })
                .collect();
            let [before, middle, after] = ids[..] else {
                continue;
            };
            let shown = [before, after].map(|id| running_job(facts, self.key, id));
            let [Some(first), Some(second)] = shown else {
                continue;
            };
            if first == second && in_sequence(facts, before, middle, after) {
                middles.insert(middle, first);
            }
        }
        for reading in &mut self.readings {
            let job = reading.exchange.and_then(|id| middles.get(&id));
            let bread = job.and_then(|key| self.lives.iter().find(|life| life.job.id == key.id));
            reading.sandwiched = bread.map(|life| life.job.id);
        }
    }
}

/// The job that a read by id showed running on this runner.
fn running_job<'f>(facts: &'f Facts, runner: &RunnerKey, id: ExchangeId) -> Option<&'f JobKey> {
    let glimpse = facts.glimpses.get(&id)?;
    let assignment = glimpse.job.assignment.as_ref()?;
    let running = record_state(&glimpse.job) == RecordState::Running;
    (running && assignment.runner_id == runner.id).then_some(&glimpse.key)
}

/// Three unconditional 200 answers with three request ids, no `Age`, each
/// sent after the one before was complete (`evidence.md` §2). The monotonic
/// clock of one run orders them; no clock is compared.
fn in_sequence(facts: &Facts, before: ExchangeId, middle: ExchangeId, after: ExchangeId) -> bool {
    let quotes = [before, middle, after].map(|id| facts.quotes.get(&id));
    let [Some(before), Some(middle), Some(after)] = quotes else {
        return false;
    };
    let ids = [before, middle, after].map(|quote| quote.request_id.as_ref());
    let distinct = match ids {
        [Some(a), Some(b), Some(c)] => a != b && b != c && a != c,
        _ => false,
    };
    distinct
        && [before, middle, after].iter().all(|quote| quote.direct)
        && before.window.received <= middle.window.sent
        && middle.window.received <= after.window.sent
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

fn names_of_lane(lane: &Lane) -> impl Iterator<Item = Arc<str>> {
    lane.looks.iter().filter_map(|look| look.name.clone())
}

fn names_of_jobs(jobs: &[(Arc<Job>, Sightings)]) -> impl Iterator<Item = Arc<str>> {
    let assigned = jobs.iter().filter_map(|(job, _)| job.assignment.as_ref());
    assigned.filter_map(|assignment| assignment.runner_name.clone())
}

impl Names {
    fn of(names: impl Iterator<Item = Arc<str>>) -> Self {
        let distinct: BTreeSet<_> = names.collect();
        let mut distinct = distinct.into_iter();
        match (distinct.next(), distinct.next()) {
            (Some(name), None) => Self::One(name),
            (None, _) => Self::Unknown,
            (Some(_), Some(_)) => Self::Several,
        }
    }

    fn one(&self) -> Option<&Arc<str>> {
        match self {
            Self::One(name) => Some(name),
            Self::Unknown | Self::Several => None,
        }
    }
}

/// Whether the runner has been seen under the name the job gives.
fn bears_name(lane: &Lane, names: &Names, job: &Job) -> bool {
    let Some(wanted) = job.assignment.as_ref().and_then(|a| a.runner_name.as_ref()) else {
        return false;
    };
    let seen = lane
        .looks
        .iter()
        .any(|look| look.name.as_ref() == Some(wanted));
    seen || matches!(names, Names::One(name) if name == wanted)
}

fn fits(look: &Look, assignment: &Assignment, job: &Job) -> bool {
    let groups = match (look.group_id, assignment.group_id) {
        (Some(runner), Some(job)) => runner == job,
        _ => true,
    };
    let labels = match (&look.labels, &job.labels) {
        (Some(runner), Some(job)) => job
            .iter()
            .all(|label| runner.iter().any(|own| own.eq_ignore_ascii_case(label))),
        _ => true,
    };
    groups && labels
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

fn placed(facts: &Facts, lane: &Lane, rules: &Rules) -> Vec<PlacedReading> {
    let readings = lane.readings.iter();
    let mut placed: Vec<_> = readings
        .filter_map(|reading| place(facts, reading, rules))
        .collect();
    placed.sort_by_key(|reading| {
        (
            reading.bounds.received,
            reading.bounds.sent,
            reading.exchange,
            reading.seen,
        )
    });
    placed
}

fn place(facts: &Facts, reading: &Reading, rules: &Rules) -> Option<PlacedReading> {
    let mut at = facts.place(reading.when)?;
    if let Some(quote) = reading.exchange.and_then(|id| facts.quotes.get(&id)) {
        amend(&mut at, quote);
    }
    let (window, bound) = match reading.when {
        When::Live { .. } => (at.window, at.clock_bound),
        When::Imported(time) => (
            Window {
                sent: time - IMPORTED_WINDOW,
                received: time,
            },
            rules.clock_bound,
        ),
    };
    Some(PlacedReading {
        window,
        bounds: at.window,
        margin: MARGIN + bound,
        seen: reading.seen,
        via: reading.via,
        look: reading.look,
        when: reading.when,
        exchange: reading.exchange,
        sandwiched: None,
    })
}

/// What the headers of an answer take from its window. One with `Age` may
/// have been true that long before it was asked for. One whose own `Date`
/// lies outside its window is placed by bounds that do not hold for it (the
/// machine was suspended a moment ago, say): nothing is settled by it.
fn amend(at: &mut Placed, quote: &Quote) {
    if let Some(age) = quote.age {
        let age = Span::secs(i64::try_from(age).unwrap_or(i64::MAX / 2000));
        at.window.sent = at.window.sent - age - GRAIN;
        return;
    }
    let fits = quote.date.is_none_or(|date| {
        let early = date + GRAIN + at.clock_bound < at.window.sent;
        let late = at.window.received + at.clock_bound < date;
        !early && !late
    });
    if !fits {
        at.clock_bound = UNBOUNDED;
    }
}

/// For each reading the next wanted one, itself included; one pass.
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
