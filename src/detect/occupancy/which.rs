//! Which runner is meant by an id or a name.

use crate::detect::facts::{Facts, RunIndex};
use crate::detect::lane::{Lane, Reading};
use crate::model::RunnerKey;

/// Which runner a word names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which<'a> {
    One(&'a RunnerKey),
    Several,
    /// None, by lists that are whole.
    Unlisted,
    /// None, by lists of which something is missing.
    Unread,
}

/// Looks among the runners that the current run read: what a recording knows
/// may be long gone.
pub(super) fn which<'a>(facts: &'a Facts, asked: &str) -> Which<'a> {
    let Some((run, of_run)) = facts.current_run() else {
        return Which::Unread;
    };
    let fits = |(key, lane): &(&RunnerKey, &Lane)| names(key, lane, run, asked);
    let mut fitting = facts.lanes.iter().filter(fits).map(|(key, _)| key);
    match (fitting.next(), fitting.next()) {
        (Some(_), Some(_)) => Which::Several,
        (Some(key), None) => Which::One(key),
        (None, _) => {
            let cycle = of_run.cycles.last.as_ref();
            let whole = cycle.is_some_and(|cycle| cycle.runners_expected == cycle.runners_read);
            if whole {
                Which::Unlisted
            } else {
                Which::Unread
            }
        }
    }
}

/// By id, or by the name it was last read with in this run.
fn names(key: &RunnerKey, lane: &Lane, run: RunIndex, asked: &str) -> bool {
    let own = |reading: &&Reading| reading.answer.when.is_of(run);
    let mut readings = lane.readings.iter().rev().filter(own);
    let look = readings.find_map(|reading| lane.look_of(reading.look));
    let name = look.and_then(|look| look.name.as_deref());
    look.is_some() && (name == Some(asked) || asked.parse() == Ok(key.id.0))
}
