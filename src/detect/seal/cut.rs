//! Where the past of a runner can be cut from the rest: no job and no period
//! lies on both sides.

use crate::detect::life::Life;
use crate::detect::merge::Group;
use crate::detect::placed::PlacedReading;
use crate::detect::track::Track;
use crate::model::{Kind, Span, Timestamp};

/// A runner that was lost with its job is awaited for so long: one that comes
/// back was not.
const AWAITED: Span = Span::secs(24 * 3600);

/// How many of the readings, the oldest ones, stand by themselves. All of them
/// were received by `old`.
pub(super) fn cut(track: &Track, groups: &[Group], old: Timestamp) -> usize {
    let readings = &track.readings;
    let mut at = readings.partition_point(|reading| reading.bounds.received <= old);
    while let Some(before) = straddled(track, groups, at, old) {
        at = before;
    }
    at
}

/// The end of the past that is cut there: lives that ended before belong to
/// it.
pub(super) fn edge(track: &Track, at: usize, old: Timestamp) -> Timestamp {
    let next = track.readings.get(at);
    next.map_or(old, |reading| reading.window.sent)
}

/// The place before what would lie on both sides of a cut.
fn straddled(track: &Track, groups: &[Group], at: usize, old: Timestamp) -> Option<usize> {
    let last = track.readings.get(at.checked_sub(1)?)?;
    let next = track.readings.get(at);
    if next.is_some_and(|next| next.bounds.received <= last.bounds.received) {
        return Some(at - 1);
    }
    let edge = edge(track, at, old);
    let mut lives = track.lives.iter().chain(track.strangers.iter());
    let life = lives.find(|life| !is_before(life, edge, last) && !is_after(life, last));
    if let Some(life) = life {
        let begins = begins(life);
        let wholly_before = |reading: &PlacedReading| {
            begins.is_some_and(|begins| reading.window.received + reading.margin < begins)
        };
        let first = track.readings.partition_point(wholly_before);
        return Some(first.min(at - 1));
    }
    let mut spans = groups.iter().filter_map(|group| {
        let (first, last) = (group.members.first()?, group.members.last()?);
        Some((*first, *last, goes_on(track, group, old)))
    });
    let span = spans.find(|&(first, last, goes_on)| first < at && (at <= last || goes_on));
    span.map(|(first, ..)| first)
}

/// Whether readings to come may change the group. One without a job ends when
/// a reading agrees, and before a young one others may wait to be judged; and a
/// runner was not lost if it comes back.
fn goes_on(track: &Track, group: &Group, old: Timestamp) -> bool {
    let Some(job) = group.job else {
        let end = group.ended_by.and_then(|at| track.readings.get(at));
        return end.is_none_or(|end| old < end.bounds.received);
    };
    let end = track.lives.get(job).and_then(|life| life.end);
    group.kind == Kind::LostRunner && end.is_none_or(|end| old < end + AWAITED)
}

/// The earliest that a life may come to begin. While a record is open, a job
/// that ended meanwhile looks like the one before it, and pushes its start.
fn begins(life: &Life) -> Option<Timestamp> {
    let first_step = life.job.steps.first().and_then(|step| step.started_at);
    let stated = [life.job.started_at, first_step].into_iter().flatten();
    let stated = stated.min().filter(|_| life.end.is_none());
    Some(
        life.start
            .min?
            .min(stated.unwrap_or(Timestamp::from_millis(i64::MAX))),
    )
}

fn is_before(life: &Life, edge: Timestamp, last: &PlacedReading) -> bool {
    let closing = life.closing;
    closing.is_some_and(|closing| closing + last.margin < edge)
}

fn is_after(life: &Life, last: &PlacedReading) -> bool {
    let begins = begins(life);
    begins.is_some_and(|begins| last.window.received + last.margin < begins)
}
