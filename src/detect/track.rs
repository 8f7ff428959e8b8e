//! One runner's readings placed in time beside the lives of its jobs: what
//! judging looks at.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::View;
use super::events::Events;
use super::facts::{ExchangeId, Facts, When, job_key};
use super::history::JobHistory;
use super::identity::{
    Belongs, Names, bears_name, fits, names_of_jobs, names_of_lane, re_registrations,
};
use super::judge::is_live;
use super::lane::Look;
use super::lane::{Lane, Seen, Via};
use super::life::{Life, Relation, Sightings, lives};
use super::lives::Lives;
use super::logged::{Logged, join, logged, unknown_jobs};
use super::offset::UNBOUNDED;
use super::placed::{PlacedReading, count_once, placed};
use super::run::Sequence;
use super::seal::Quiet;
use super::sight::Sight;
use super::witness::Files;
use crate::model::{Assignment, Job, JobId, MARGIN, Mark, RunnerKey, Span, Timestamp};

/// Marks by the instants that they were drawn from and to.
type Drawn = BTreeMap<(Timestamp, Timestamp), Arc<[Mark]>>;

/// A runner with everything that bears on it.
#[derive(Debug, Clone)]
pub(super) struct Track<'a> {
    pub(super) key: &'a RunnerKey,
    pub(super) lane: &'a Lane,
    /// By time.
    pub(super) readings: Vec<PlacedReading>,
    /// Of the jobs that name this runner's id and a name it bears, by end.
    pub(super) lives: Lives,
    /// Of jobs that name the id, but another runner by name, group or labels.
    pub(super) strangers: Lives,
    /// Sending of the first reading after each re-registration.
    pub(super) re_registered: Vec<Timestamp>,
    /// Whether the scope was in sight.
    pub(super) sight: Sight,
    /// Which runs of the program came before which.
    sequence: &'a Sequence,
    /// Names of the runner's own readings.
    registered: Names,
    /// Names of its readings and of the jobs that name its id.
    names: Names,
    /// Whether any job gives it a name.
    is_named_by_jobs: bool,
    /// What files tell of the jobs beside its readings.
    pub(super) files: Option<Files>,
    /// For each reading the next one, itself included, that read online.
    next_online: OnceCell<Vec<Option<usize>>>,
    /// The same for those that read it gone.
    next_gone: OnceCell<Vec<Option<usize>>>,
    /// Marks of its readings, as far as they were drawn.
    pub(super) drawn: RefCell<Drawn>,
    /// How far from each other two readings can lie whose order is unknown.
    reach: OnceCell<Span>,
    /// The first reading that showed it.
    first_seen: Option<usize>,
    by_exchange: BTreeMap<ExchangeId, usize>,
    /// Of the lives.
    pub(super) by_job: HashMap<JobId, usize>,
    /// What other witnesses tell of it.
    pub(super) events: Events,
    /// Of the lives, those whose annotations tell of the loss of the runner.
    pub(super) told_lost: HashSet<JobId>,
    /// Jobs as its logs have them.
    logged: Vec<Logged>,
    /// For each life the logged job that is it.
    logged_as: Vec<Option<usize>>,
    /// When the logs show jobs at work whose records are not known.
    unknown_jobs: Vec<(Timestamp, Timestamp)>,
}

impl<'a> Track<'a> {
    /// Assembles the track of one runner.
    pub(super) fn of(facts: &'a Facts, key: &'a RunnerKey, lane: &'a Lane, view: &View) -> Self {
        Self::without(facts, key, lane, view, &Quiet::default())
    }

    /// The same without readings that bear on no other.
    pub(super) fn without(
        facts: &'a Facts,
        key: &'a RunnerKey,
        lane: &'a Lane,
        view: &View,
        quiet: &Quiet,
    ) -> Self {
        let jobs = jobs_naming(facts, key);
        let registered = Names::of(names_of_lane(lane));
        let names = Names::of(names_of_lane(lane).chain(names_of_jobs(&jobs)));
        let is_named_by_jobs = names_of_jobs(&jobs).next().is_some();
        let (own, strange): (Vec<_>, Vec<_>) = jobs
            .into_iter()
            .partition(|(job, _)| bears_name(lane, &names, job));
        let mut lives_of_own = lives(own);
        let events = Events::of(lane, &view.rules, registered.one().or(names.one()));
        let logged = logged(&events);
        let logged_as = join(&lives_of_own, &logged);
        for (life, &at) in lives_of_own.iter_mut().zip(&logged_as) {
            let job = at.and_then(|at| logged.get(at));
            life.over = job.and_then(|job| job.finished);
        }
        let mut readings = placed(facts, lane, view, quiet);
        count_once(
            lane,
            &mut readings,
            names.one().filter(|_| is_named_by_jobs),
        );
        let sight = Sight::of(facts, key);
        let mut track = Self {
            key,
            lane,
            next_online: OnceCell::new(),
            next_gone: OnceCell::new(),
            drawn: RefCell::default(),
            reach: OnceCell::new(),
            first_seen: readings
                .iter()
                .position(|r| matches!(r.seen, Seen::Flag { .. })),
            by_exchange: by_exchange(lane, &readings),
            by_job: (lives_of_own.iter().enumerate())
                .map(|(at, life)| (life.job.id, at))
                .collect(),
            told_lost: told_lost(facts, key, &lives_of_own),
            readings,
            lives: Lives::of(lives_of_own),
            strangers: Lives::of(lives(strange)),
            re_registered: Vec::new(),
            sight,
            sequence: &facts.sequence,
            registered,
            names,
            is_named_by_jobs,
            files: facts.imported.then(|| Files::of(facts, key)),
            events,
            unknown_jobs: unknown_jobs(&logged, &logged_as),
            logged,
            logged_as,
        };
        track.re_registered = re_registrations(lane, &track.readings);
        track.mark_sandwiches(facts);
        track
    }

    /// The lives that a reading may touch, with where it lies in each.
    pub(super) fn near(
        &self,
        reading: &PlacedReading,
    ) -> impl Iterator<Item = (usize, Relation)> + use<'_, 'a> {
        let (window, margin) = (reading.window, reading.margin);
        let near = self.lives.around(window, margin);
        near.map(move |(at, life)| (at, life.relation(window, margin)))
            .filter(|(_, relation)| !matches!(relation, Relation::Before | Relation::After))
    }

    /// The job of the runner's logs that a life is.
    pub(super) fn logged_as(&self, life: usize) -> Option<&Logged> {
        self.logged.get(self.logged_as.get(life).copied()??)
    }

    /// Whether a log of the runner shows a job at work around the reading that
    /// no record is known of.
    pub(super) fn works_unknown(&self, reading: &PlacedReading) -> bool {
        let (from, to) = (
            reading.window.sent - reading.margin,
            reading.window.received + reading.margin,
        );
        let begun = self
            .unknown_jobs
            .partition_point(|&(began, _)| began <= from);
        let last = begun
            .checked_sub(1)
            .and_then(|at| self.unknown_jobs.get(at));
        last.is_some_and(|&(_, over)| to <= over)
    }

    /// When the runner's log has a job taken up.
    pub(super) fn picked_up(&self, job: JobId) -> Option<Timestamp> {
        self.logged_as(self.life_of(job)?)?.picked_up()
    }

    /// Whether the reading is of the runner this job names: equal names, the
    /// group too where both state one, and the job's labels among the
    /// runner's where both are known.
    pub(super) fn belongs(&self, reading: &PlacedReading, job: &Job) -> Belongs {
        let look = self.lane.look_of(reading.look);
        let Some(assignment) = &job.assignment else {
            return Belongs::No;
        };
        let wanted = assignment.runner_name.as_ref();
        let name_fits = match look.and_then(Look::called) {
            Some(called) => wanted.is_some_and(|wanted| called.is(wanted)),
            None => wanted.is_some() && self.only_name(reading) == wanted,
        };
        if name_fits && look.is_none_or(|look| fits(look, assignment, job)) {
            Belongs::Yes
        } else {
            Belongs::No
        }
    }

    /// Whether nothing says which runner with the id this reading is about.
    /// A live one is about the one that the scope has.
    pub(super) fn is_nameless(&self, reading: &PlacedReading) -> bool {
        let look = self.lane.look_of(reading.look);
        let called = look.and_then(Look::called).is_some();
        let open = !is_live(reading.when) || self.names == Names::Several;
        !called && open && self.only_name(reading).is_none()
    }

    /// The name that a reading without one takes, if only one is known: a
    /// live read by id that of the registration, else the one that jobs give
    /// (`evidence.md` §1).
    fn only_name(&self, reading: &PlacedReading) -> Option<&Arc<str>> {
        let live = is_live(reading.when);
        let registered = self.registered.one().filter(|_| live);
        let named = self.names.one();
        registered.or(named.filter(|_| live || self.is_named_by_jobs))
    }

    /// Whether the runner was registered anew between the start of the job
    /// and the reading, and the job has not moved since.
    pub(super) fn is_re_registered(&self, reading: &PlacedReading, life: &Life) -> bool {
        self.re_registered.iter().any(|&at| {
            let after_start = life.start.min.is_none_or(|start| start < at);
            let before_reading = at <= reading.window.received;
            after_start && before_reading && !life.moved_after(at + MARGIN)
        })
    }

    /// Whether the runner reads online after this reading, or so near to it
    /// that it may be after it.
    pub(super) fn online_again(&self, index: usize) -> bool {
        let online = |r: &PlacedReading| matches!(r.seen, Seen::Flag { online: true, .. });
        let next = || next(&self.readings, online);
        let next = self.next_online.get_or_init(next);
        let mut near = self.unordered(index);
        next.get(index).is_some_and(Option::is_some)
            || near.any(|at| self.readings.get(at).is_some_and(online))
    }

    /// The readings from this index on that show the runner gone.
    pub(super) fn gone_from(&self, index: usize) -> impl Iterator<Item = &PlacedReading> {
        let all = || next_gone(&self.readings, &self.sight);
        let all = self.next_gone.get_or_init(all);
        let next = |index: usize| all.get(index).copied().flatten();
        let gone = std::iter::successors(next(index), move |&last| next(last + 1));
        gone.filter_map(|index| self.readings.get(index))
    }

    /// Whether the runner was seen in a reading before this one.
    pub(super) fn seen_before(&self, index: usize) -> bool {
        self.lane.sealed.shown || self.first_seen.is_some_and(|first| first < index)
    }

    /// The reading that came by an exchange which a sandwich names.
    pub(super) fn by_exchange(&self, id: ExchangeId) -> Option<&PlacedReading> {
        self.readings.get(*self.by_exchange.get(&id)?)
    }

    /// Whether a reading is known to come before a later one.
    pub(super) fn surely_in_order(&self, earlier: usize, later: usize) -> bool {
        let pair = self.readings.get(earlier).zip(self.readings.get(later));
        pair.is_some_and(|(earlier, later)| earlier.surely_before(later, self.lane, self.sequence))
    }

    /// The readings of which nobody can tell whether they come before or after
    /// this one, in order.
    pub(super) fn unordered(&self, index: usize) -> impl Iterator<Item = usize> + use<'_, 'a> {
        let reach = *self.reach.get_or_init(|| reach(&self.readings));
        let near = self.readings.get(index).map(|reading| {
            let (from, until) = (reading.bounds.sent - reach, reading.bounds.received + reach);
            let first = self.readings.partition_point(|r| r.bounds.received < from);
            let end = self
                .readings
                .partition_point(|r| r.bounds.received <= until);
            first..end
        });
        near.into_iter()
            .flatten()
            .filter(move |&at| at != index && !self.surely_in_order(at.min(index), at.max(index)))
    }

    /// The life of a job on this runner.
    pub(super) fn life_of(&self, job: JobId) -> Option<usize> {
        self.by_job.get(&job).copied()
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
        before.find(|reading| {
            reading.via != Via::Unchanged && !matches!(reading.seen, Seen::Nothing(_))
        })
    }
}

fn told_lost(facts: &Facts, key: &RunnerKey, lives: &[Life]) -> HashSet<JobId> {
    let jobs = lives.iter().map(|life| life.job.id);
    let told = jobs.filter(|&id| facts.annotation(&job_key(&key.host, id)).is_some());
    told.collect()
}

/// Jobs that name the runner's id, can run in its scope, and are not on
/// GitHub's own machines.
fn histories<'a>(
    facts: &'a Facts,
    key: &'a RunnerKey,
) -> impl Iterator<Item = (&'a JobHistory, &'a Assignment)> {
    let keys = facts.by_runner.get(&key.id.0);
    keys.into_iter().flatten().filter_map(move |job| {
        let history = facts.jobs.get(job).filter(|_| job.host == key.host)?;
        let assignment = history.record.assignment.as_ref()?;
        let ours = assignment.runner_id == key.id
            && !assignment.hosted
            && key.scope.covers(&history.record.repo);
        ours.then_some((history, assignment))
    })
}

/// What these jobs call the runner.
pub(super) fn names_by_jobs<'a>(
    facts: &'a Facts,
    key: &'a RunnerKey,
) -> impl Iterator<Item = &'a str> {
    histories(facts, key).filter_map(|(_, assignment)| assignment.runner_name.as_deref())
}

fn jobs_naming(facts: &Facts, key: &RunnerKey) -> Vec<(Arc<Job>, Sightings)> {
    let jobs = histories(facts, key).map(|(history, _)| {
        let place = |when: Option<When>| facts.place(when?);
        let first_running = history.first_running;
        let first_running = first_running.filter(|(runner, _)| *runner == key.id);
        let first_running = first_running.map(|(_, when)| when);
        let sightings = Sightings {
            first_running: place(first_running).map(|at| at.window.received),
            last_running: place(history.last_running).map(|at| at.window.sent),
            last_in_progress: place(history.last_in_progress).map(|at| at.window.sent),
            early: (history.early.iter())
                .filter_map(|&(time, when)| Some((time, place(Some(when))?.window.received)))
                .collect(),
        };
        (Arc::clone(&history.record), sightings)
    });
    jobs.collect()
}

/// For each reading the next one that shows the runner gone: offline, or 404.
/// A live 404 says so only when the scope was in sight and the runner was not
/// read again: it can also mean that the credential sees nothing any more
/// (`github-api.md` §9).
fn next_gone(readings: &[PlacedReading], sight: &Sight) -> Vec<Option<usize>> {
    let flags = readings
        .iter()
        .filter(|r| matches!(r.seen, Seen::Flag { .. }));
    let last_flag = flags.map(|r| r.window.received).max();
    next(readings, |r| match r.seen {
        // A 304 never closes a period (`evidence.md` §1).
        Seen::Flag { online, .. } => !online && r.via != Via::Unchanged,
        Seen::Missing => {
            let received = Some(r.window.received);
            !is_live(r.when) || (sight.vouches_for(r) && last_flag <= received)
        }
        Seen::Nothing(_) => false,
    })
}

/// The longest window and margin of readings that can agree or contradict:
/// by an unknown clock none does.
fn reach(readings: &[PlacedReading]) -> Span {
    let bounded = readings.iter().filter(|r| r.margin < UNBOUNDED);
    let reaches = bounded.map(|r| r.bounds.received - r.bounds.sent + r.margin);
    reaches.max().unwrap_or(Span::ZERO)
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

/// The readings that sandwiches name.
fn by_exchange(lane: &Lane, readings: &[PlacedReading]) -> BTreeMap<ExchangeId, usize> {
    let parts = lane.sandwiches.iter().flat_map(|(run, sandwich)| {
        let numbers = sandwich.parts.iter();
        numbers.map(|&number| ExchangeId { run: *run, number })
    });
    let named: BTreeSet<_> = parts.collect();
    if named.is_empty() {
        return BTreeMap::new();
    }
    let numbered = readings.iter().enumerate();
    let numbered = numbered.filter_map(|(index, reading)| Some((reading.exchange?, index)));
    numbered.filter(|(id, _)| named.contains(id)).collect()
}
