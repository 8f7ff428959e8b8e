//! Which contradictions between listings deserve a sandwich now, and in which
//! order (`evidence.md` §2): open periods; false after true in the same job;
//! older than the lag limit; younger ones last. And which runners to ask for that
//! are in no list any more.

use super::facts::{Facts, job_key};
use super::identity::Belongs;
use super::lane::Seen;
use super::life::{Life, RecordState, Relation, record_state};
use super::merge::{Group, Words};
use super::placed::PlacedReading;
use super::track::Track;
use crate::model::{Candidate, Claimed, Finding, Kind, Rules, RunnerKey, UnknownReason, Urgency};

/// Whether a job that names this runner's id was last read as running: without
/// one the runner need not be judged.
pub(super) fn may_give_one(facts: &Facts, key: &RunnerKey) -> bool {
    let keys = facts.by_runner.get(&key.id.0).into_iter().flatten();
    let mut records = keys.filter_map(|key| Some(&facts.jobs.get(key)?.record));
    records.any(|job| record_state(job) == RecordState::Running)
}

/// What one runner gives the confirmations of the current cycle: a candidate
/// or a control, if its last reading is of this run and a job runs on it.
pub(super) fn candidate(
    facts: &Facts,
    track: &Track,
    words: &Words,
    groups: &[Group],
    rules: &Rules,
) -> Option<Candidate> {
    let index = track.readings.len().checked_sub(1)?;
    let reading = track.readings.get(index)?;
    let at = running_job(track, reading)?;
    let life = track.lives.get(at)?;
    let open = groups.iter().find(|group| {
        group.kind == Kind::BusyFalse && group.job == Some(at) && group.ended_by.is_none()
    });
    let claimed = open.is_some_and(|group| group.finding(track) == Finding::Yes);
    let urgency = match reading.seen {
        _ if !facts.current.is_some_and(|run| reading.when.is_of(run)) => {
            vanished(facts, track, life)?
        }
        Seen::Flag {
            busy: true,
            online: true,
        } => Urgency::Control,
        Seen::IDLE => urgency(track, words, index, at, open, rules),
        Seen::Missing | Seen::Nothing(UnknownReason::RunnerAbsent) => vanished(facts, track, life)?,
        Seen::Flag { online: false, .. } | Seen::Nothing(_) => return None,
    };
    Some(Candidate {
        urgency,
        scope: track.key.scope.clone(),
        runner: track.key.id,
        repo: life.job.repo.clone(),
        job: life.job.id,
        claimed: if claimed {
            Claimed::Already
        } else {
            Claimed::NotYet
        },
    })
}

fn urgency(
    track: &Track,
    words: &Words,
    index: usize,
    at: usize,
    open: Option<&Group>,
    rules: &Rules,
) -> Urgency {
    let earlier = open.is_some_and(|group| group.members.iter().any(|&member| member < index));
    if earlier {
        return Urgency::OpenPeriod;
    }
    if words
        .agreeing(at)
        .first()
        .is_some_and(|&agreed| agreed < index)
    {
        return Urgency::FalseAfterTrue;
    }
    let start = track.lives.get(at).and_then(|life| life.start.max);
    let received = track
        .readings
        .get(index)
        .map(|reading| reading.bounds.received);
    match (start, received) {
        (Some(start), Some(at)) if start + rules.lag_limit < at => Urgency::OlderThanLagLimit,
        _ => Urgency::Young,
    }
}

/// A runner that no list of this run shows is to be asked for by id, if this
/// run has read its job.
fn vanished(facts: &Facts, track: &Track, life: &Life) -> Option<Urgency> {
    let (run, of_run) = facts.current_run()?;
    let ours = of_run.header.targets.contains(&track.key.scope);
    let job = facts.jobs.get(&job_key(&track.key.host, life.job.id))?;
    let read_now = job.last_read.is_some_and(|(of, _)| of == run);
    (ours && read_now).then_some(Urgency::Vanished)
}

/// The job last read as running on the runner. Whether the reading lies at an
/// edge of it does not matter: a sandwich reads anew.
fn running_job(track: &Track, reading: &PlacedReading) -> Option<usize> {
    let mut open = track.lives.iter().enumerate().rev().filter(|(_, life)| {
        life.state == RecordState::Running
            && life.relation(reading.window, reading.margin) != Relation::Mixed
            && track.belongs(reading, &life.job) == Belongs::Yes
    });
    open.next().map(|(at, _)| at)
}
