//! The part of a recording from which the same periods come out: what bears
//! on their runners and jobs, in and around their time. It is chosen before
//! names are replaced, by ids and times alone.

use std::collections::BTreeSet;

use crate::model::{
    Analysis, Cycle, Exchange, Job, JobFacts, JobId, JobStatus, Mono, MonoWindow, Period, Record,
    Run, RunnerId, Said, Span, Timestamp,
};

/// So much of the evidence before and after a period is kept.
const AROUND: Span = Span::secs(900);

/// Runners, jobs and times of periods.
#[derive(Debug, Default)]
struct Concerns {
    runners: BTreeSet<RunnerId>,
    jobs: BTreeSet<JobId>,
    times: Vec<(Timestamp, Timestamp)>,
}

/// What is kept of a recording for the periods of an analysis.
pub(super) fn excerpt(records: &[Record], analysis: &Analysis) -> Vec<Record> {
    let concerns = Concerns::of(&analysis.periods);
    let mut kept = Vec::new();
    let mut run: Option<&Run> = None;
    let mut said = true;
    for record in records {
        if let Record::Run(header) = record {
            run = Some(header);
            said = false;
            continue;
        }
        let Some(record) = concerns.part(record, run) else {
            continue;
        };
        if let Some(header) = run.filter(|_| !said) {
            kept.push(Record::Run(header.clone()));
            said = true;
        }
        kept.push(record);
    }
    headed(kept, analysis)
}

/// A recording begins with the header of a run; one made of other files has
/// none of its own.
pub(super) fn headed(mut records: Vec<Record>, analysis: &Analysis) -> Vec<Record> {
    if matches!(records.first(), Some(Record::Run(_))) {
        return records;
    }
    let header = Run {
        id: "0".into(),
        follows: None,
        tool_version: env!("CARGO_PKG_VERSION").into(),
        command: "report".into(),
        host: analysis.host.clone(),
        targets: analysis.targets.clone(),
        runner_globs: Vec::new(),
        labels: Vec::new(),
        interval: None,
        rules: analysis.rules,
        began: analysis.window.map_or(Timestamp::from_millis(0), |it| it.0),
    };
    records.insert(0, Record::Run(header));
    records
}

impl Concerns {
    fn of(periods: &[Period]) -> Self {
        let mut concerns = Self::default();
        for period in periods {
            concerns.runners.insert(period.runner.key.id);
            let jobs = [&period.job, &period.previous_job].into_iter().flatten();
            concerns.jobs.extend(jobs.clone().map(|job| job.job.id));
            let starts = jobs.clone().filter_map(JobFacts::start);
            let ends = jobs.filter_map(JobFacts::end);
            let first = starts.chain(period.onset.after).min();
            let last = ends.chain(period.end.by).max();
            let from = first.map_or(period.first_false_at, |at| at.min(period.first_false_at));
            let to = last.map_or(period.last_false_at, |at| at.max(period.last_false_at));
            concerns.times.push((from - AROUND, to + AROUND));
        }
        concerns
    }

    fn part(&self, record: &Record, run: Option<&Run>) -> Option<Record> {
        let runner = |id: RunnerId| self.runners.contains(&id);
        let keep = match record {
            Record::Run(_) => false,
            Record::Exchange(exchange) => return self.exchange(exchange, run?),
            Record::Cycle(Cycle { window, .. }) => self.is_near(*window, run?),
            Record::Sandwich(sandwich) => runner(sandwich.runner),
            Record::Reading(reading) => runner(reading.key.id),
            Record::Event(event) => runner(event.key.id),
            Record::Log(log) => runner(log.key.id),
            Record::Job(imported) => self.wants(&imported.job),
            Record::Lacking(_) => true,
            Record::Annotated(annotated) => self.jobs.contains(&annotated.job),
            Record::Told(told) => runner(told.runner),
        };
        keep.then(|| record.clone())
    }

    fn exchange(&self, exchange: &Exchange, run: &Run) -> Option<Record> {
        let about = match &exchange.said {
            Said::Jobs { jobs, .. } => jobs.iter().any(|job| self.jobs.contains(&job.id)),
            Said::Job(Some(job)) => self.jobs.contains(&job.id),
            Said::Runners { .. }
            | Said::Runner(_)
            | Said::Runs { .. }
            | Said::Run(_)
            | Said::Job(None)
            | Said::Repos { .. }
            | Said::Annotations { .. }
            | Said::Deliveries { .. }
            | Said::RateLimit
            | Said::NotModified
            | Said::Failed(_) => false,
        };
        if !about && !self.is_near(exchange.window, run) {
            return None;
        }
        let mut exchange = exchange.clone();
        match &mut exchange.said {
            Said::Runners { runners, .. } => {
                runners.retain(|runner| self.runners.contains(&runner.id));
            }
            Said::Jobs { jobs, .. } => jobs.retain(|job| self.wants(job)),
            // Only what they led to is evidence.
            Said::Runs { runs, .. } => runs.clear(),
            Said::Repos { repos, .. } => repos.clear(),
            Said::Deliveries { deliveries, .. } => deliveries.clear(),
            Said::Runner(_)
            | Said::Run(_)
            | Said::Job(_)
            | Said::Annotations { .. }
            | Said::RateLimit
            | Said::NotModified
            | Said::Failed(_) => {}
        }
        Some(Record::Exchange(Box::new(exchange)))
    }

    /// Jobs of the periods and of their runners, and those that may have been
    /// anywhere.
    fn wants(&self, job: &Job) -> bool {
        let assigned = job.assignment.as_ref();
        let of_runner = assigned.is_some_and(|it| self.runners.contains(&it.runner_id));
        let anywhere = assigned.is_none() && job.status != JobStatus::Completed;
        of_runner || anywhere || self.jobs.contains(&job.id)
    }

    /// By the clock of the machine; [`AROUND`] is more than clocks differ.
    fn is_near(&self, window: MonoWindow, run: &Run) -> bool {
        let at = |instant: Mono| run.began + (instant - Mono::from_millis(0));
        let (sent, received) = (at(window.sent), at(window.received));
        let mut times = self.times.iter();
        times.any(|&(from, to)| from <= received && sent <= to)
    }
}
