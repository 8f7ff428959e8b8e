//! What a rotated recording begins with: everything about periods that are
//! open, so that the new file alone can continue them (`contract.md` §4).

use std::collections::BTreeSet;

use crate::model::{Analysis, Exchange, Job, JobId, Kind, Record, RunnerId, Said, Scope, Target};

/// What the periods that are open rest on.
#[derive(Debug, Default)]
struct Open {
    /// Of runners that are missing: that their scope was in sight is what makes
    /// a 404 a finding.
    scopes: BTreeSet<Scope>,
    runners: BTreeSet<RunnerId>,
    jobs: BTreeSet<JobId>,
}

/// Chooses from the records of a file, in order, those that the next one
/// begins with.
#[derive(Debug)]
pub(crate) struct Carry {
    open: Open,
    records: Vec<Record>,
    /// A header that nothing chosen belongs to so far.
    header: Option<Record>,
    last_cycle: Option<Record>,
    /// Whether something besides headers was chosen.
    begun: bool,
}

impl Carry {
    pub(crate) fn of(analysis: &Analysis) -> Self {
        Self {
            open: Open::of(analysis),
            records: Vec::new(),
            header: None,
            last_cycle: None,
            begun: false,
        }
    }

    /// Takes the next record of the file.
    pub(crate) fn take(&mut self, record: Record) {
        match record {
            Record::Run(_) => self.begin_run(record),
            Record::Cycle(_) => self.last_cycle = Some(record),
            record => {
                if let Some(chosen) = self.open.keep(record) {
                    self.records.extend(self.header.take());
                    self.records.push(chosen);
                    self.begun = true;
                }
            }
        }
    }

    /// The first header tells which files follow each other. Of the others those
    /// are left out that nothing chosen comes before or belongs to: a check each
    /// minute would fill files with headers.
    fn begin_run(&mut self, header: Record) {
        if self.begun || self.records.is_empty() {
            self.records.push(header);
        } else {
            self.header = Some(header);
        }
    }

    /// All that was chosen, with the header of the last run and its last cycle.
    pub(crate) fn finish(mut self) -> Vec<Record> {
        self.records.extend(self.header);
        self.records.extend(self.last_cycle);
        self.records
    }
}

impl Open {
    fn of(analysis: &Analysis) -> Self {
        let mut open = Self::default();
        for period in analysis.periods.iter().filter(|p| p.end.by.is_none()) {
            if period.kind == Kind::Missing {
                open.scopes.insert(period.runner.key.scope.clone());
            }
            open.runners.insert(period.runner.key.id);
            open.jobs.extend(period.job.iter().map(|job| job.job.id));
        }
        open
    }

    /// The part of a record that bears on what is open.
    fn keep(&self, record: Record) -> Option<Record> {
        let kept = match record {
            Record::Exchange(exchange) => return self.exchange(*exchange),
            Record::Sandwich(ref sandwich) => self.runners.contains(&sandwich.runner),
            Record::Told(ref told) => self.runners.contains(&told.runner),
            Record::Event(ref event) => self.runners.contains(&event.key.id),
            Record::Log(ref log) => self.runners.contains(&log.key.id),
            Record::Annotated(ref annotated) => self.jobs.contains(&annotated.job),
            Record::Run(_)
            | Record::Cycle(_)
            | Record::Reading(_)
            | Record::Job(_)
            | Record::Lacking(_) => false,
        };
        kept.then_some(record)
    }

    fn exchange(&self, mut exchange: Exchange) -> Option<Record> {
        let kept = match (&exchange.target, &mut exchange.said) {
            (Target::Runners { scope, .. }, Said::Runners { runners, .. }) => {
                runners.retain(|runner| self.runners.contains(&runner.id));
                !runners.is_empty() || self.scopes.contains(scope)
            }
            (_, Said::Jobs { jobs, .. }) => {
                jobs.retain(|job| self.wants(job));
                !jobs.is_empty()
            }
            (_, Said::Job(Some(job))) => self.wants(job),
            (Target::Runner { id, .. }, Said::Runner(_)) => self.runners.contains(id),
            (
                _,
                Said::Runners { .. }
                | Said::Runner(_)
                | Said::Job(None)
                | Said::Runs { .. }
                | Said::Run(_)
                | Said::Annotations { .. }
                | Said::Deliveries { .. }
                | Said::Repos { .. }
                | Said::RateLimit
                | Said::NotModified
                | Said::Failed(_),
            ) => false,
        };
        kept.then(|| Record::Exchange(Box::new(exchange)))
    }

    /// All jobs of the runners: their readings are kept, and say nothing
    /// without the jobs that ran then.
    fn wants(&self, job: &Job) -> bool {
        let assigned = job.assignment.as_ref();
        let of_runner = assigned.is_some_and(|it| self.runners.contains(&it.runner_id));
        of_runner || self.jobs.contains(&job.id)
    }
}
