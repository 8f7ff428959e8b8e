//! Which contradictions between listings deserve a sandwich now, and in which
//! order (`evidence.md` §2): open periods; false after true in the same job;
//! older than the lag limit; younger ones last.

use super::facts::{Facts, RunIndex, When};
use super::identity::Belongs;
use super::lane::Seen;
use super::life::{RecordState, Relation};
use super::merge::{Group, Words};
use super::placed::PlacedReading;
use super::track::Track;
use crate::model::{Candidate, Claimed, Finding, Kind, Rules, Urgency};

/// What one runner gives the confirmations of the current cycle: a candidate
/// or a control, if its last reading is of this run and a job runs on it.
pub(super) fn candidate(
    facts: &Facts,
    track: &Track,
    words: &Words,
    groups: &[Group],
    rules: &Rules,
) -> Option<Candidate> {
    let (run, _) = facts.current_run()?;
    let (index, reading) = last_reading(track, run)?;
    let at = running_job(track, reading)?;
    let life = track.lives.get(at)?;
    let busy = match reading.seen {
        Seen::Flag { busy, online: true } => busy,
        Seen::Flag { online: false, .. } | Seen::Missing | Seen::Nothing(_) => return None,
    };
    let open = groups.iter().find(|group| {
        group.kind == Kind::BusyFalse && group.job == Some(at) && group.ended_by.is_none()
    });
    let claimed = open.is_some_and(|group| group.finding(track) == Finding::Yes);
    let urgency = if busy {
        Urgency::Control
    } else {
        urgency(track, words, index, at, open, rules)
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

fn last_reading<'t>(track: &'t Track, current: RunIndex) -> Option<(usize, &'t PlacedReading)> {
    let index = track.readings.len().checked_sub(1)?;
    let reading = track.readings.get(index)?;
    let live = matches!(reading.when, When::Live { run, .. } if run == current);
    live.then_some((index, reading))
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
