//! Every reading is counted once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Breach;
use crate::model::{Analysis, Exchange, Record, RunnerId, Said, Target};
use crate::sim::play::Played;

/// Readings of runners in a recording, counted without the detector.
#[derive(Default)]
struct Count {
    readings: u64,
    /// Those of which nobody knows what they said.
    unknown: u64,
    run: usize,
    seen: BTreeSet<(usize, u64)>,
    ended: Option<(usize, u32)>,
    /// The last full answer of each list, and which runners it showed.
    bodies: BTreeMap<Target, (Arc<str>, Vec<RunnerId>)>,
    /// The run and cycle that last listed each runner.
    listed: BTreeMap<RunnerId, (usize, u32)>,
}

pub(super) fn breaches(played: &Played, analysis: &Analysis) -> Vec<Breach> {
    let mut count = Count::default();
    for record in &played.records {
        count.add(record);
    }
    let counts = analysis.coverage.readings;
    let counted =
        counts.agree + counts.agree_unchanged + counts.desync + counts.unknown + counts.jobs_late;
    let reasons: u64 = analysis.coverage.unknown_reasons.values().sum();
    let mut found = Vec::new();
    if counted != count.readings {
        found.push(format!(
            "{} readings, {counted} counted: {counts:?}",
            count.readings
        ));
    }
    if counts.unknown < count.unknown {
        let known = count.unknown - counts.unknown;
        found.push(format!(
            "{known} failed readings counted as known: {counts:?}"
        ));
    }
    if reasons != counts.unknown {
        found.push(format!(
            "{} unknown, {reasons} with a reason",
            counts.unknown
        ));
    }
    found
}

impl Count {
    fn add(&mut self, record: &Record) {
        match record {
            Record::Run(run) if super::process(run) != self.run => {
                self.run = super::process(run);
                self.bodies.clear();
            }
            // What is carried over to another file is there twice.
            Record::Exchange(exchange) if self.seen.insert((self.run, exchange.number)) => {
                self.exchange(exchange);
            }
            Record::Cycle(cycle) if cycle.runners_expected == cycle.runners_read => {
                let now = (self.run, cycle.number);
                if self.ended.replace(now) >= Some(now) {
                    return;
                }
                let before = self.listed.len();
                self.listed.retain(|_, listed| *listed == now);
                self.add_unknown((before - self.listed.len()) as u64);
            }
            _ => {}
        }
    }

    fn add_unknown(&mut self, count: u64) {
        self.readings += count;
        self.unknown += count;
    }

    fn exchange(&mut self, exchange: &Exchange) {
        let about_runners = matches!(
            exchange.target,
            Target::Runners { .. } | Target::Runner { .. }
        );
        if !about_runners {
            return;
        }
        let now = (self.run, exchange.cycle);
        match &exchange.said {
            Said::Runners {
                runners,
                undecodable,
                ..
            } => {
                let ids: Vec<_> = runners.iter().map(|runner| runner.id).collect();
                self.readings += ids.len() as u64;
                self.add_unknown(u64::from(*undecodable));
                self.listed.extend(ids.iter().map(|&id| (id, now)));
                let body = (Arc::clone(&exchange.url), ids);
                self.bodies.insert(exchange.target.clone(), body);
            }
            Said::NotModified => {
                let body = self.bodies.get(&exchange.target);
                let body = body.filter(|(url, _)| *url == exchange.url);
                let Some((_, ids)) = body else {
                    return self.add_unknown(1);
                };
                self.readings += ids.len() as u64;
                self.listed.extend(ids.iter().map(|&id| (id, now)));
            }
            Said::Failed(_) => self.add_unknown(1),
            _ => self.readings += 1,
        }
    }
}
