//! What is drawn of a period besides its bounds: the readings and events in
//! and around its job.

use std::sync::Arc;

use super::lane::Seen;
use super::period::Measure;
use super::placed::PlacedReading;
use crate::model::{Flag, Mark, Span, TimelineEntry, Timestamp};

/// Marks kept of a period's lane, half of them from each end.
const MARKS: usize = 2000;

/// Marks kept around a job that is not known to have ended.
const MARKS_AROUND: Span = Span::secs(60);

impl Measure<'_> {
    /// From the start of the job to a little after its end.
    fn around(&self, first: &PlacedReading, last: &PlacedReading) -> (Timestamp, Timestamp) {
        let life = self.life();
        let from = life.and_then(|life| life.start.min);
        let until = life.and_then(|life| life.end);
        (
            from.unwrap_or(first.bounds.received - MARKS_AROUND),
            until.unwrap_or(last.bounds.received) + MARKS_AROUND,
        )
    }

    /// The readings in and around the job, for drawing. Of all periods of one
    /// job they are the same.
    pub(super) fn marks(&self, first: &PlacedReading, last: &PlacedReading) -> Arc<[Mark]> {
        let (from, until) = self.around(first, last);
        let mut drawn = self.track.drawn.borrow_mut();
        let marks = drawn.entry((from, until)).or_insert_with(|| {
            let near = self.track.between(from, until);
            some(near).filter_map(mark).collect()
        });
        Arc::clone(marks)
    }

    /// What other witnesses tell in and around the job.
    pub(super) fn events(&self, first: &PlacedReading, last: &PlacedReading) -> Vec<TimelineEntry> {
        let (from, until) = self.around(first, last);
        let events = self.track.events.between(from, until);
        let runner = &self.track.key;
        some(events).map(|event| event.entry(runner)).collect()
    }
}

/// All of a list, or as many as are drawn, half of them from each end.
fn some<T>(all: &[T]) -> impl Iterator<Item = &T> {
    let half = all.len().min(MARKS) / 2;
    let (head, tail) = match all.len() {
        many if MARKS < many => (&all[..half], &all[many - half..]),
        _ => (all, &all[..0]),
    };
    head.iter().chain(tail)
}

fn mark(reading: &PlacedReading) -> Option<Mark> {
    let flag = match reading.seen {
        Seen::Flag { online: false, .. } => Flag::Offline,
        Seen::Flag { busy: true, .. } => Flag::True,
        Seen::Flag { busy: false, .. } => Flag::False,
        Seen::Missing => Flag::Missing,
        Seen::Nothing(_) => return None,
    };
    Some(Mark {
        at: reading.bounds.received,
        flag,
    })
}
