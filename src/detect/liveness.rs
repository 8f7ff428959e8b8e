//! Whether a runner still worked at a reading's instant, and what its
//! termination means for the readings after it (`evidence.md` §6).

use super::events::{HowEnded, RunnerEnd};
use super::lane::Seen;
use super::life::Life;
use super::placed::PlacedReading;
use super::track::Track;
use crate::model::{Liveness, Timestamp};

/// How a termination of the runner bears on a reading in a job's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aftermath {
    /// None precedes the reading.
    None,
    /// One precedes it by less than the margin.
    Edge,
    /// The runner's program was told to shut down, perhaps before it took the
    /// job up.
    Perhaps,
    /// One precedes it, and no step moved after the reading.
    Terminated,
}

/// Whether a termination precedes the reading. A step that moves after the
/// reading outweighs it.
pub(super) fn aftermath(track: &Track, reading: &PlacedReading, life: &Life) -> Aftermath {
    let before = track.events.end_before(reading.window.received);
    let in_life = |end: &RunnerEnd| {
        let start = life.start.min;
        start.is_none_or(|start| start <= end.at + reading.margin)
    };
    let Some(end) = before.filter(in_life) else {
        return Aftermath::None;
    };
    let precedes = end.at + reading.margin <= reading.window.sent;
    match Moved::since(reading, life) {
        Moved::Yes => Aftermath::None,
        Moved::No | Moved::Perhaps if !is_of(track, end, reading, life) => Aftermath::Perhaps,
        Moved::No if precedes => Aftermath::Terminated,
        Moved::No | Moved::Perhaps => Aftermath::Edge,
    }
}

/// Whether a step of the job moved after a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    Yes,
    /// One moved so near that nobody can tell (`evidence.md` §1).
    Perhaps,
    No,
}

impl Moved {
    pub(super) fn since(reading: &PlacedReading, life: &Life) -> Self {
        let (received, margin) = (reading.window.received, reading.margin);
        if life.moved_after(received + margin) {
            Self::Yes
        } else if life.moved_after(received - margin) {
            Self::Perhaps
        } else {
            Self::No
        }
    }
}

/// Whether an end is known to be one of this job. A machine that is taken down
/// does not come back under its id; a program told to shut down before it took
/// the job up does.
fn is_of(track: &Track, end: RunnerEnd, reading: &PlacedReading, life: &Life) -> bool {
    match end.how {
        HowEnded::Terminated | HowEnded::Orphaned => true,
        HowEnded::Shutdown => {
            let taken = track.picked_up(life.job.id);
            let begun = taken.into_iter().chain(life.start.max).min();
            begun.is_some_and(|begun| begun <= end.at + reading.margin)
        }
    }
}

/// Liveness at the instant of a reading inside the life of a job. An end that
/// precedes it outweighs what is written while the machine goes down.
pub(super) fn liveness(track: &Track, index: usize, life: &Life) -> Liveness {
    let Some(reading) = track.readings.get(index) else {
        return Liveness::Undecided;
    };
    let moved = Moved::since(reading, life);
    if moved == Moved::Yes {
        return Liveness::Alive;
    }
    if aftermath(track, reading, life) == Aftermath::Terminated {
        return Liveness::Dead;
    }
    if terminated_while_online(track, reading, life) || log_goes_on(track, reading) {
        return Liveness::Alive;
    }
    if moved == Moved::No && gone_for_good(track, index, life) {
        return Liveness::Dead;
    }
    Liveness::Undecided
}

/// Whether a log of the runner that was begun by the reading goes on after
/// it.
fn log_goes_on(track: &Track, reading: &PlacedReading) -> bool {
    let after = reading.window.received + reading.margin;
    track.events.goes_on(reading.window.sent, after)
}

/// A termination of this runner follows the reading, inside the job's life,
/// and the runner last read online: it took a working machine. An orphan's
/// termination shows nothing.
fn terminated_while_online(track: &Track, reading: &PlacedReading, life: &Life) -> bool {
    let mut next = track.events.ends_from(reading.bounds.received).iter();
    let next = next.find(|end| end.how == HowEnded::Terminated);
    next.is_some_and(|end| {
        life.end.is_none_or(|over| end.at <= over) && last_read_online(track, end.at)
    })
}

fn last_read_online(track: &Track, at: Timestamp) -> bool {
    let last = track.last_said(at);
    last.is_some_and(|reading| matches!(reading.seen, Seen::Flag { online: true, .. }))
}

/// Offline or 404 from the reading on, and the job ended badly, its steps
/// being known. A runner that comes back later, even after the job, may have
/// lost no more than its connection.
fn gone_for_good(track: &Track, index: usize, life: &Life) -> bool {
    life.ended_badly() && !life.job.steps.is_empty() && !track.online_again(index)
}
