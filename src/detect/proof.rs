//! Quotes the answers that prove a period: the first and the last sandwich
//! that held, or the contradicting readings and the job's final record.

use std::sync::Arc;

use super::facts::{ExchangeId, Facts, Quote, When};
use super::lane::Seen;
use super::merge::Group;
use super::placed::PlacedReading;
use super::track::Track;
use crate::model::{Job, Proof, Window};

/// The quotable answers behind a group, by time. Imported readings have none.
pub(super) fn proof(
    facts: &Facts,
    track: &Track,
    group: &Group,
    completed_by: Option<ExchangeId>,
) -> Vec<Proof> {
    let readings = group.readings(track);
    let proven: Vec<_> = readings.iter().filter(|r| r.sandwiched.is_some()).collect();
    let mut ids = Vec::new();
    for reading in [proven.first(), proven.last()].into_iter().flatten() {
        ids.extend(sandwich_around(track, reading));
    }
    if proven.is_empty() {
        let ends = [readings.first(), readings.last()].into_iter().flatten();
        ids.extend(ends.filter_map(|reading| reading.exchange));
    }
    ids.extend(completed_by);
    ids.sort_unstable();
    ids.dedup();
    let job = group.job.and_then(|job| track.lives.get(job));
    let final_record = completed_by.zip(job.map(|life| &*life.job));
    let quoted = ids.iter().filter_map(|&id| {
        let glimpse = facts.glimpses.get(&id).map(|glimpse| &*glimpse.job);
        let shown = final_record.filter(|(by, _)| *by == id).map(|(_, job)| job);
        let said = glimpse.or(shown).map(said_of_job);
        let reading = readings.iter().find(|reading| reading.exchange == Some(id));
        let seen = reading.copied().or(track.by_exchange(id));
        quote(
            facts,
            id,
            said.unwrap_or_else(|| said_of_runner(track, seen)),
        )
    });
    quoted.collect()
}

/// The three answers of the sandwich that holds around this reading.
pub(super) fn proof_of_sandwich(
    facts: &Facts,
    track: &Track,
    reading: &PlacedReading,
) -> Vec<Proof> {
    let ids = sandwich_around(track, reading);
    let quoted = ids.iter().filter_map(|&id| {
        let glimpse = facts.glimpses.get(&id);
        let said = glimpse.map(|glimpse| said_of_job(&glimpse.job));
        let seen = track.by_exchange(id);
        quote(
            facts,
            id,
            said.unwrap_or_else(|| said_of_runner(track, seen)),
        )
    });
    quoted.collect()
}

/// The three exchanges of the sandwich whose middle is this reading.
fn sandwich_around(track: &Track, reading: &PlacedReading) -> Vec<ExchangeId> {
    let Some(middle) = reading.exchange else {
        return Vec::new();
    };
    let mut sandwiches = track.lane.sandwiches.iter();
    let found = sandwiches.find(|(run, sandwich)| {
        *run == middle.run && sandwich.parts.get(1) == Some(&middle.number)
    });
    let parts = found.map(|(run, sandwich)| {
        let numbers = sandwich.parts.iter();
        numbers
            .map(|&number| ExchangeId { run: *run, number })
            .collect()
    });
    parts.unwrap_or_else(Vec::new)
}

fn quote(facts: &Facts, id: ExchangeId, said: String) -> Option<Proof> {
    let quote = facts.quotes.get(&id)?;
    let window = placed(facts, id, quote)?;
    Some(Proof {
        at: window.received,
        window,
        url: Arc::clone(&quote.url),
        status: quote.status,
        request_id: quote.request_id.clone(),
        server_date: quote.date,
        said: said.into(),
    })
}

fn placed(facts: &Facts, id: ExchangeId, quote: &Quote) -> Option<Window> {
    let when = When::Live {
        run: id.run,
        window: quote.window,
    };
    Some(facts.place(when)?.window)
}

fn said_of_job(job: &Job) -> String {
    let conclusion = job.conclusion.as_ref();
    let conclusion = conclusion.map_or(String::new(), |c| format!(" ({})", c.as_str()));
    let on = job.assignment.as_ref();
    let on = on.map_or(String::new(), |a| format!(" on runner {}", a.runner_id));
    format!("job {} {}{conclusion}{on}", job.id, job.status.as_str())
}

fn said_of_runner(track: &Track, reading: Option<&PlacedReading>) -> String {
    let said = match reading.map(|reading| reading.seen) {
        Some(Seen::Flag { busy, online }) => {
            let status = if online { "online" } else { "offline" };
            format!("busy:{busy}, {status}")
        }
        Some(Seen::Missing) => "404".to_owned(),
        Some(Seen::Nothing(reason)) => reason.as_str().to_owned(),
        None => "listed".to_owned(),
    };
    format!("runner {} {said}", track.key.id)
}
