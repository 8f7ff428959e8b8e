//! What says the same as its neighbors, in a past that cannot be cut as a job
//! of hours or days lies in it: of a stretch of readings that agree about one
//! job, the ends are enough.

use std::ops::Range;

use super::lane::{Fate, Fates, SealedLane};
use crate::detect::coverage::is_usable;
use crate::detect::facts::{Facts, When};
use crate::detect::judge::{Judged, Verdict};
use crate::detect::lane::Via;
use crate::detect::track::Track;
use crate::model::{Timestamp, UnknownReason};

/// What a stretch of readings has in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Agree(usize),
    /// They agree by a 304, about whatever the others do.
    AgreeUnchanged,
    Mixed,
}

/// Counts the readings from a place on that need not be kept.
pub(super) fn thin(
    facts: &Facts,
    track: &Track,
    judged: &[Judged],
    from: usize,
    old: Timestamp,
    sealed: &mut SealedLane,
) -> Fates {
    let mut fates = Fates::keeping(track.lane.readings.len());
    let readings = &track.readings;
    let end = readings.partition_point(|reading| reading.bounds.received <= old);
    let mut begin = from;
    while begin < end {
        let stretch = stretch(track, judged, begin..end);
        begin = stretch.end;
        thin_stretch(facts, track, judged, stretch, sealed, &mut fates);
    }
    fates
}

/// The readings from the first of a range on that say the same.
fn stretch(track: &Track, judged: &[Judged], range: Range<usize>) -> Range<usize> {
    let sort_at = |at: usize| judged.get(at).and_then(sort);
    let mut common = sort_at(range.start);
    let mut end = range.start + 1;
    while end < range.end && is_alike(track, end - 1, end) {
        match join(common, sort_at(end)) {
            None => break,
            joined => common = joined,
        }
        end += 1;
    }
    range.start..end
}

fn sort(judged: &Judged) -> Option<Sort> {
    if judged.double.is_some() {
        return None;
    }
    match judged.verdict {
        Verdict::Agree(Some(job)) => Some(Sort::Agree(job)),
        Verdict::AgreeUnchanged => Some(Sort::AgreeUnchanged),
        Verdict::Unknown(UnknownReason::MixedJob) => Some(Sort::Mixed),
        // That nothing runs is not said of a past in which something may.
        Verdict::Agree(None)
        | Verdict::Unknown(_)
        | Verdict::Contradicts { .. }
        | Verdict::JobsLate(_) => None,
    }
}

fn join(one: Option<Sort>, other: Option<Sort>) -> Option<Sort> {
    match (one?, other?) {
        (one, other) if one == other => Some(one),
        (Sort::AgreeUnchanged, Sort::Agree(job)) | (Sort::Agree(job), Sort::AgreeUnchanged) => {
            Some(Sort::Agree(job))
        }
        _ => None,
    }
}

/// Whether two neighbors show the runner in the same way.
fn is_alike(track: &Track, one: usize, other: usize) -> bool {
    let readings = &track.readings;
    let (Some(one), Some(other)) = (readings.get(one), readings.get(other)) else {
        return false;
    };
    let same_run = match (one.when, other.when) {
        (When::Live { run: a, .. }, When::Live { run: b, .. }) => a == b,
        (When::Live { .. } | When::Imported(_), _) => false,
    };
    same_run && (one.seen, one.look) == (other.seen, other.look)
}

/// Keeps the ends of a stretch, and of the 200s in it.
fn thin_stretch(
    facts: &Facts,
    track: &Track,
    judged: &[Judged],
    stretch: Range<usize>,
    sealed: &mut SealedLane,
    fates: &mut Fates,
) {
    let readings = &track.readings;
    let direct = stretch.clone().filter(|&at| {
        let reading = readings.get(at);
        reading.is_some_and(|reading| is_usable(reading) && reading.via == Via::List)
    });
    let direct: Vec<_> = direct.collect();
    let ends = [
        Some(stretch.start),
        stretch.end.checked_sub(1),
        direct.first().copied(),
        direct.last().copied(),
    ];
    if direct.len() < 3 {
        return;
    }
    for pair in direct.windows(2) {
        if let [Some(before), Some(after)] =
            [pair.first(), pair.last()].map(|at| readings.get(*at?))
        {
            sealed.space(facts, before, after);
        }
    }
    if let Some(last) = direct.last().and_then(|&last| readings.get(last)) {
        fates.set(last.place, Fate::KeptAfterOthers);
    }
    for at in stretch.filter(|&at| !ends.contains(&Some(at))) {
        if let (Some(reading), Some(judged)) = (readings.get(at), judged.get(at)) {
            fates.set(reading.place, Fate::Dropped);
            sealed.count(facts, reading, judged);
        }
    }
}
