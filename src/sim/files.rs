//! What somebody with a poller of their own would have saved of the same
//! world: readings with a time each, and jobs as they were seen last.

use std::collections::BTreeMap;

use super::hub::Served;
use super::oracle::process;
use super::play::{Played, view};
use crate::detect::Detector;
use crate::model::{
    Analysis, Exchange, Host, ImportedJob, ImportedReading, Job, JobId, Record, Runner, RunnerKey,
    Said, Scope, Sighting, Span, Target, Timestamp,
};

/// Slower answers are left out: by law a reading was asked for at most 5 s
/// before its time.
const FAST: Span = Span::secs(2);

/// What a report concludes from such files alone, or, in every other world,
/// from the recording beside the jobs.
pub(super) fn analysis(played: &Played) -> Analysis {
    let files = Files::of(played);
    let mut detector = Detector::default();
    if played.world.seed.is_multiple_of(2) {
        files.feed_readings(&mut detector);
    } else {
        for record in played.records.iter().cloned() {
            detector.feed(record);
        }
    }
    files.feed_jobs(&mut detector);
    detector.analysis(&view())
}

#[derive(Default)]
struct Files {
    /// With the instants at which they were served.
    readings: Vec<(i64, ImportedReading)>,
    jobs: BTreeMap<JobId, Job>,
}

impl Files {
    fn of(played: &Played) -> Self {
        let mut files = Self::default();
        let mut of = 0;
        for record in &played.records {
            match record {
                Record::Run(run) => of = process(run),
                Record::Exchange(exchange) => {
                    if let Some(served) = played.served(of, exchange.number) {
                        files.take(exchange, served);
                    }
                }
                _ => {}
            }
        }
        files.read_in_turn();
        files
    }

    /// A poller of one's own reads one after another: it has no reading that
    /// was stamped before one that was served before it.
    fn read_in_turn(&mut self) {
        self.readings.sort_by_key(|(served, _)| *served);
        let mut last: BTreeMap<RunnerKey, Timestamp> = BTreeMap::new();
        self.readings.retain(|(_, reading)| {
            let before = last.get(&reading.key).copied();
            let in_turn = before.is_none_or(|before| before <= reading.at);
            if in_turn {
                last.insert(reading.key.clone(), reading.at);
            }
            in_turn
        });
    }

    fn feed_readings(&self, detector: &mut Detector) {
        for (_, reading) in self.readings.iter().cloned() {
            detector.feed(Record::Reading(reading));
        }
    }

    fn feed_jobs(&self, detector: &mut Detector) {
        for job in self.jobs.values().cloned() {
            let host = Host::github_com();
            detector.feed(Record::Job(ImportedJob { host, job }));
        }
    }

    fn take(&mut self, exchange: &Exchange, served: &Served) {
        let took = served.received - served.sent;
        let fits = took <= FAST && !served.aged;
        let at = super::truth::exactly(served.at) + took;
        match (&exchange.target, &exchange.said) {
            (Target::Runners { scope, .. }, Said::Runners { runners, .. }) if fits => {
                for runner in runners {
                    self.reading((served.at, at), scope, runner);
                }
            }
            (Target::Runner { scope, .. }, Said::Runner(Some(runner))) if fits => {
                self.reading((served.at, at), scope, runner);
            }
            (_, Said::Jobs { jobs, .. }) => {
                for job in jobs {
                    self.jobs.insert(job.id, Job::clone(job));
                }
            }
            (_, Said::Job(Some(job))) => {
                self.jobs.insert(job.id, Job::clone(job));
            }
            _ => {}
        }
    }

    fn reading(&mut self, (served, at): (i64, Timestamp), scope: &Scope, runner: &Runner) {
        let reading = ImportedReading {
            at,
            key: RunnerKey {
                host: Host::github_com(),
                scope: scope.clone(),
                id: runner.id,
            },
            name: runner.name.clone(),
            instance: None,
            said: Sighting::Seen(runner.clone()),
            source: Some("poller".into()),
        };
        self.readings.push((served, reading));
    }
}
