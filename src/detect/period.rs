//! Measures a period: its bounds, its end, its class and pattern, and what
//! proves it (`evidence.md` §4).

use std::sync::Arc;

use super::facts::{ExchangeId, Facts};
use super::identity::Belongs;
use super::killed::killed;
use super::lane::Seen;
use super::life::Life;
use super::liveness::liveness;
use super::logged::Logged;
use super::merge::{Group, Word, Words, longest_gap};
use super::placed::PlacedReading;
use super::proof::proof;
use super::track::Track;
use crate::model::{
    Class, End, EndReason, JobFacts, Kind, Liveness, MARGIN, Onset, Pattern, Period, Rules,
    RunnerFacts, Span, StartDispute, Timestamp,
};

/// One group of readings being measured.
pub(super) struct Measure<'a> {
    pub(super) facts: &'a Facts,
    pub(super) track: &'a Track<'a>,
    pub(super) words: &'a Words,
    pub(super) rules: &'a Rules,
    pub(super) group: &'a Group,
}

impl Measure<'_> {
    /// The period, or `None` for a group without readings, which cannot be.
    pub(super) fn period(&self) -> Option<Period> {
        let readings = self.group.readings(self.track);
        let (first, last) = (readings.first()?, readings.last()?);
        let agreeing = self.agreeing();
        let onset = self.onset(first, agreeing);
        let end = self.end(last);
        let (killed, killed_because) =
            killed(self.track, self.group.job, last, self.agreed_since());
        Some(Period {
            kind: self.group.kind,
            class: self.class(&readings, agreeing),
            pattern: self.pattern(agreeing),
            certainty: self.group.certainty,
            finding: self.group.finding(self.track),
            liveness: self.liveness(),
            runner: runner_facts(self.track, last),
            job: self.life().map(job_facts),
            previous_job: self.previous_job(),
            first_false_at: first.bounds.received,
            last_false_at: last.bounds.received,
            onset,
            end,
            observed: (last.bounds.sent - first.bounds.received).max(Span::ZERO),
            at_most: end.by.zip(onset.after).map(|(by, after)| by - after),
            job_age: self.job_age(first),
            readings: readings.len() as u64,
            longest_gap: longest_gap(readings.iter().map(|reading| reading.bounds.received)),
            killed,
            killed_because,
            lease: self
                .logged()
                .and_then(|job| job.lease_at(last.bounds.received)),
            start_disputed: self.start_disputed(),
            proof: proof(self.facts, self.track, self.group, self.completed_by()),
            marks: self.marks(first, last),
            events: self.events(first, last),
        })
    }

    pub(super) fn life(&self) -> Option<&Life> {
        self.track.lives.get(self.group.job?)
    }

    /// The job as the runner's log has it.
    fn logged(&self) -> Option<&Logged> {
        self.track.logged_as(self.group.job?)
    }

    fn start_disputed(&self) -> Option<StartDispute> {
        let logged = self.logged()?;
        let log = logged.log.and_then(|log| self.track.events.log(log));
        let margin = log.map_or(MARGIN + self.rules.clock_bound, |log| log.margin);
        self.life()?.disputed_by(logged.dispatched()?, margin)
    }

    fn agreeing(&self) -> &[usize] {
        let job = self.group.job;
        job.map_or(&[], |job| self.words.agreeing(job))
    }

    fn ends(&self) -> (usize, usize) {
        let first = self.group.members.first().copied().unwrap_or(0);
        (first, self.group.members.last().copied().unwrap_or(first))
    }

    /// After the last agreeing reading of this job was sent, else after its
    /// earliest start; by the end of the first contradicting one.
    fn onset(&self, first: &PlacedReading, agreeing: &[usize]) -> Onset {
        let (first_index, _) = self.ends();
        let before = self.before(agreeing).next_back();
        let agreed = before.and_then(|index| self.track.readings.get(index));
        let start = self.life().and_then(|life| life.start.min);
        let after = match self.group.kind {
            Kind::BusyWithoutJob => self.last_explained(first_index),
            Kind::BusyFalse
            | Kind::Offline
            | Kind::Missing
            | Kind::LostRunner
            | Kind::DoubleAssignment => agreed.map(|reading| reading.bounds.sent).or(start),
        };
        Onset {
            after: after.map(|after| after.min(first.bounds.received)),
            by: first.bounds.received,
        }
    }

    /// Agreeing readings that are known to come before the period.
    fn before(&self, agreeing: &[usize]) -> impl DoubleEndedIterator<Item = usize> {
        let (first, _) = self.ends();
        let until = agreeing.partition_point(|&index| index < first);
        let before = agreeing.get(..until).unwrap_or(&[]).iter().copied();
        before.filter(move |&index| self.track.surely_in_order(index, first))
    }

    /// The last instant before a reading at which the flag was as the jobs
    /// had it: at a reading that agreed, or while a job ran.
    fn last_explained(&self, index: usize) -> Option<Timestamp> {
        let agreed = self.words.last_agreement(index);
        let agreed = agreed.and_then(|agreed| self.track.readings.get(agreed));
        let by = self.track.readings.get(index)?.bounds.received;
        let ended = self.track.lives.iter().filter_map(|life| life.end);
        let ended = ended.filter(|&end| end <= by).max();
        let agreed = agreed.map(|reading| reading.bounds.sent);
        agreed.or(self.track.lane.sealed.agreed).max(ended)
    }

    /// The earliest event after the last contradicting reading was sent; at a
    /// tie terminated, gone, completed, recovered.
    fn end(&self, last: &PlacedReading) -> End {
        let after = last.bounds.sent;
        let events = [
            (self.terminated(after), EndReason::RunnerTerminated),
            (self.gone(after), EndReason::RunnerGone),
            (self.completed(after), EndReason::JobCompleted),
            (self.recovered(), EndReason::Recovered),
        ];
        let known = events
            .into_iter()
            .filter_map(|(at, reason)| Some((at?, reason)));
        let earliest = known.reduce(|best, next| if next.0 < best.0 { next } else { best });
        End {
            after,
            by: earliest.map(|(at, _)| at),
            reason: earliest.map_or(EndReason::Open, |(_, reason)| reason),
        }
    }

    fn terminated(&self, after: Timestamp) -> Option<Timestamp> {
        let ends = self.track.events.ends_from(after);
        ends.first().map(|end| end.at)
    }

    /// The registration deleted, or the first 404 or offline reading that is
    /// not of the very contradiction.
    fn gone(&self, after: Timestamp) -> Option<Timestamp> {
        let (_, last) = self.ends();
        let mut read = self.track.gone_from(last + 1);
        let read =
            read.find(|reading| self.is_mine(reading) && !self.is_of_this_kind(reading.seen));
        let read = read.map(|reading| reading.bounds.received);
        let deleted = self.track.events.deregistered_from(after);
        let deleted = deleted.filter(|_| self.is_about_the_flag());
        read.into_iter().chain(deleted).min()
    }

    /// Whether a reading is of the runner that the job names: an id can be that
    /// of another one, too.
    fn is_mine(&self, reading: &PlacedReading) -> bool {
        let life = self.life();
        life.is_none_or(|life| self.track.belongs(reading, &life.job) == Belongs::Yes)
    }

    fn is_about_the_flag(&self) -> bool {
        match self.group.kind {
            Kind::BusyFalse | Kind::BusyWithoutJob | Kind::DoubleAssignment => true,
            Kind::Offline | Kind::Missing | Kind::LostRunner => false,
        }
    }

    /// Whether a runner that reads so goes on being gone in the way of this
    /// period.
    fn is_of_this_kind(&self, seen: Seen) -> bool {
        match self.group.kind {
            Kind::BusyFalse | Kind::BusyWithoutJob | Kind::DoubleAssignment => false,
            Kind::Offline => matches!(seen, Seen::Flag { .. }),
            Kind::Missing => seen == Seen::Missing,
            Kind::LostRunner => true,
        }
    }

    /// The job's end; of a double assignment the earlier end of the two.
    fn completed(&self, after: Timestamp) -> Option<Timestamp> {
        let jobs = [self.group.job, self.group.earlier];
        let lives = jobs
            .into_iter()
            .flatten()
            .filter_map(|job| self.track.lives.get(job));
        lives
            .filter_map(|life| life.end)
            .filter(|&end| after <= end)
            .min()
    }

    fn recovered(&self) -> Option<Timestamp> {
        let reading = self.track.readings.get(self.group.ended_by?)?;
        Some(reading.bounds.received)
    }

    /// When the first reading agreed of those that come after the last
    /// contradicting one, or may.
    fn agreed_since(&self) -> Option<Timestamp> {
        let (_, last) = self.ends();
        let about = self.words.about(self.group.job?);
        let agrees = |&&(_, word): &&(usize, Word)| word != Word::Denied;
        let said = |at: usize| {
            let found = about.binary_search_by_key(&at, |&(index, _)| index);
            about.get(found.ok()?)
        };
        let near = self.track.unordered(last).filter_map(said);
        let from = about.partition_point(|&(index, _)| index <= last);
        let after = about.get(from..).unwrap_or(&[]).iter();
        let mut after = after.filter(|&&(index, _)| self.track.surely_in_order(last, index));
        let all = near.filter(agrees).chain(after.find(agrees));
        let all = all.map(|&(index, _)| index);
        let times = all.filter_map(|at| Some(self.track.readings.get(at)?.bounds.received));
        times.min()
    }

    /// Lag when every false reading lies within the lag limit of the latest
    /// start and no true one came before any of them; a start that is not known
    /// shows no staleness.
    fn class(&self, readings: &[&PlacedReading], agreeing: &[usize]) -> Option<Class> {
        if self.group.kind != Kind::BusyFalse {
            return None;
        }
        let (_, last) = self.ends();
        let mut agreed = agreeing.iter().take_while(|&&at| at < last);
        let true_before = agreed.any(|&at| self.track.surely_in_order(at, last));
        let limit = self
            .life()?
            .start
            .max
            .map(|start| start + self.rules.lag_limit);
        let young = limit.is_none_or(|limit| readings.iter().all(|r| r.earliest() <= limit));
        Some(if young && !true_before {
            Class::Lag
        } else {
            Class::Stale
        })
    }

    fn pattern(&self, agreeing: &[usize]) -> Option<Pattern> {
        if self.group.kind != Kind::BusyFalse {
            return None;
        }
        // What two sources read within the margin has no sure order, and is there:
        // the times that are stated give it one.
        let received = |at: usize| self.track.readings.get(at).map(|r| r.bounds.received);
        let (first, last) = self.ends();
        let began = self.track.readings.get(first).map(PlacedReading::earliest);
        let surely = self.before(agreeing).next().is_some();
        let before = surely || agreeing.iter().any(|&at| received(at) < began);
        let after = agreeing.iter().any(|&at| received(last) <= received(at));
        Some(match (before, after) {
            (false, false) => Pattern::NeverSet,
            (false, true) => Pattern::Late,
            (true, false) => Pattern::Flipped,
            (true, true) => Pattern::Flapped,
        })
    }

    /// At the first contradicting reading: a runner alive later was alive
    /// then, and one dead then never came back.
    fn liveness(&self) -> Liveness {
        let (first, _) = self.ends();
        self.life().map_or(Liveness::Undecided, |life| {
            liveness(self.track, first, life)
        })
    }

    fn previous_job(&self) -> Option<JobFacts> {
        if let Some(earlier) = self.group.earlier {
            return self.track.lives.get(earlier).map(job_facts);
        }
        let before = self.track.lives.previous(self.group.job?)?;
        let previous = self.track.lives.get(before)?;
        previous.end.map(|_| job_facts(previous))
    }

    fn job_age(&self, first: &PlacedReading) -> Option<Span> {
        let start = self.life()?.start.max?;
        Some(first.bounds.received - start)
    }

    fn completed_by(&self) -> Option<ExchangeId> {
        let job = self.life()?.job.id;
        let key = crate::model::JobKey {
            host: self.track.key.host.clone(),
            id: job,
        };
        self.facts.jobs.get(&key)?.completed_by
    }
}

/// The runner as it looked at a reading.
pub(super) fn runner_facts(track: &Track, reading: &PlacedReading) -> RunnerFacts {
    let look = track.lane.look_of(reading.look);
    let look = look.or(track.lane.looks.last());
    let assigned = track
        .lives
        .last()
        .and_then(|life| life.job.assignment.as_ref());
    let logs = || track.events.logs_before(reading.bounds.received);
    let named = look.and_then(|look| look.name.clone());
    let named = named.or_else(|| logs().find_map(|log| log.name.clone()));
    RunnerFacts {
        key: track.key.clone(),
        name: named.or_else(|| assigned.and_then(|assigned| assigned.runner_name.clone())),
        group: assigned.and_then(|assigned| assigned.group_name.clone()),
        labels: look.and_then(|look| look.labels.clone()),
        os: look.and_then(|look| look.os.clone()),
        version: (look.and_then(|look| look.version.clone()))
            .or_else(|| logs().find_map(|log| log.version.clone())),
    }
}

fn job_facts(life: &Life) -> JobFacts {
    JobFacts {
        job: crate::model::Job::clone(Arc::as_ref(&life.job)),
        start_min: life.start.min,
        start_max: life.start.max,
        end: life.end,
    }
}
