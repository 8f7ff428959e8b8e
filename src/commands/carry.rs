//! What a rotated recording begins with: everything about periods that are
//! open, so that the new file alone can continue them (`contract.md` §4).

use std::collections::BTreeSet;

use crate::model::{Analysis, Exchange, JobId, Record, RunnerId, Said};

/// Runners and jobs of the periods that are open.
#[derive(Debug, Default)]
pub(super) struct Open {
    runners: BTreeSet<RunnerId>,
    jobs: BTreeSet<JobId>,
}

impl Open {
    pub(super) fn of(analysis: &Analysis) -> Self {
        let mut open = Self::default();
        for period in analysis.periods.iter().filter(|p| p.end.by.is_none()) {
            open.runners.insert(period.runner.key.id);
            open.jobs.extend(period.job.as_ref().map(|job| job.job.id));
        }
        open
    }

    /// The part of a record that bears on what is open. Headers of runs are
    /// kept: every record belongs to one.
    pub(super) fn keep(&self, record: Record) -> Option<Record> {
        match record {
            Record::Run(_) => Some(record),
            Record::Exchange(exchange) => self.exchange(*exchange),
            Record::Sandwich(ref sandwich) => {
                self.runners.contains(&sandwich.runner).then_some(record)
            }
            Record::Told(ref told) => self.runners.contains(&told.runner).then_some(record),
            Record::Event(ref event) => self.runners.contains(&event.key.id).then_some(record),
            Record::Log(ref log) => self.runners.contains(&log.key.id).then_some(record),
            Record::Annotated(ref annotated) => {
                self.jobs.contains(&annotated.job).then_some(record)
            }
            Record::Cycle(_) | Record::Reading(_) | Record::Job(_) | Record::Lacking(_) => None,
        }
    }

    fn exchange(&self, mut exchange: Exchange) -> Option<Record> {
        let some = match &mut exchange.said {
            Said::Runners { runners, .. } => {
                runners.retain(|runner| self.runners.contains(&runner.id));
                !runners.is_empty()
            }
            Said::Jobs { jobs, .. } => {
                jobs.retain(|job| self.jobs.contains(&job.id));
                !jobs.is_empty()
            }
            Said::Runner(Some(runner)) => self.runners.contains(&runner.id),
            Said::Job(Some(job)) => self.jobs.contains(&job.id),
            Said::Runner(None)
            | Said::Job(None)
            | Said::Runs { .. }
            | Said::Run(_)
            | Said::Annotations { .. }
            | Said::Deliveries { .. }
            | Said::Repos { .. }
            | Said::RateLimit
            | Said::NotModified
            | Said::Failed(_) => false,
        };
        some.then(|| Record::Exchange(Box::new(exchange)))
    }
}
