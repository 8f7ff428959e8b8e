//! Whether a runner still worked at a reading's instant, and what its
//! termination means for the readings after it (`evidence.md` §6).

use super::lane::Seen;
use super::life::{Life, moved_after};
use super::placed::PlacedReading;
use super::track::Track;
use crate::model::{Liveness, RunnerEventKind, Timestamp};

/// How a termination of the runner bears on a reading in a job's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aftermath {
    /// None precedes the reading.
    None,
    /// One precedes it by less than the margin.
    Edge,
    /// One precedes it, and no step moved after the reading.
    Terminated,
}

/// Whether a termination precedes the reading. A step that moves after the
/// reading outweighs it.
pub(super) fn aftermath(track: &Track, reading: &PlacedReading, life: &Life) -> Aftermath {
    let before = terminations(track).rfind(|&at| {
        let in_life = life.start.min.is_none_or(|start| start <= at);
        in_life && at < reading.window.received
    });
    match before {
        None => Aftermath::None,
        Some(_) if moved_after(&life.job, reading.window.received + reading.margin) => {
            Aftermath::None
        }
        Some(at) if at + reading.margin <= reading.window.sent => Aftermath::Terminated,
        Some(_) => Aftermath::Edge,
    }
}

/// Liveness at the instant of a reading inside the life of a job.
pub(super) fn liveness(track: &Track, index: usize, life: &Life) -> Liveness {
    let Some(reading) = track.readings.get(index) else {
        return Liveness::Undecided;
    };
    let at = reading.window.received + reading.margin;
    if moved_after(&life.job, at) || terminated_while_online(track, index, life) {
        return Liveness::Alive;
    }
    if aftermath(track, reading, life) == Aftermath::Terminated || gone_for_good(track, index, life)
    {
        return Liveness::Dead;
    }
    Liveness::Undecided
}

/// A termination of this runner follows the reading, inside the job's life,
/// and the runner last read online: it took a working machine. An orphan's
/// termination shows nothing.
fn terminated_while_online(track: &Track, index: usize, life: &Life) -> bool {
    let Some(reading) = track.readings.get(index) else {
        return false;
    };
    let next = terminations(track)
        .find(|&at| reading.bounds.received <= at && life.end.is_none_or(|end| at <= end));
    next.is_some_and(|at| last_read_online(track, at))
}

fn last_read_online(track: &Track, at: Timestamp) -> bool {
    let last = track.last_said(at);
    last.is_some_and(|reading| matches!(reading.seen, Seen::Flag { online: true, .. }))
}

/// Offline or 404 from the reading on, until the job ended badly with no step
/// moved, steps being known.
fn gone_for_good(track: &Track, index: usize, life: &Life) -> bool {
    let Some(end) = life.end.filter(|_| life.ended_badly()) else {
        return false;
    };
    !track.online_again(index, end) && !life.job.steps.is_empty()
}

/// Imported terminations of the runner, by time. A deletion of the
/// registration alone leaves the machine at work.
pub(super) fn terminations(track: &Track) -> impl DoubleEndedIterator<Item = Timestamp> {
    let events = track.lane.events.iter();
    let terminated = events.filter(|event| event.kind == RunnerEventKind::Terminated);
    terminated.map(|event| event.at)
}
