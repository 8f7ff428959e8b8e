//! One sandwich: job, runner, job, each read by id, unconditionally, each
//! sent after the one before was complete (`evidence.md` §2).

use super::{Poller, Source};
use crate::clock::Clock;
use crate::model::{
    Candidate, Job, JobStatus, OnlineStatus, Purpose, Record, Runner, Said, Sandwich, Target,
    Urgency,
};

/// How a sandwich came out, as far as the poller needs to know; the detector
/// judges it for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The job ran on the runner before and after; and the flag was false,
    /// or whatever it was in a control.
    Held,
    Failed,
}

impl<S: Source, C: Clock> Poller<'_, S, C> {
    pub(super) async fn sandwich(&self, candidate: &Candidate) -> Outcome {
        let mut parts = Vec::new();
        let outcome = self.layers(candidate, &mut parts).await;
        let sandwich = Sandwich {
            cycle: self.cycle.borrow().number,
            scope: candidate.scope.clone(),
            runner: candidate.runner,
            job: candidate.job,
            purpose: purpose(candidate),
            parts,
        };
        self.records.borrow_mut().push(Record::Sandwich(sandwich));
        outcome
    }

    /// The three reads. One that already refutes the contradiction ends them.
    async fn layers(&self, candidate: &Candidate, parts: &mut Vec<u64>) -> Outcome {
        let job = Target::Job {
            repo: candidate.repo.clone(),
            id: candidate.job,
        };
        let runner = Target::Runner {
            scope: candidate.scope.clone(),
            id: candidate.runner,
        };
        for target in [job.clone(), runner, job] {
            let Some(answer) = self.object(target).await else {
                return Outcome::Failed;
            };
            parts.push(answer.number);
            if !supports(&answer.said, candidate) {
                return Outcome::Failed;
            }
        }
        Outcome::Held
    }
}

fn purpose(candidate: &Candidate) -> Purpose {
    match candidate.urgency {
        Urgency::Control => Purpose::Control,
        Urgency::OpenPeriod
        | Urgency::FalseAfterTrue
        | Urgency::OlderThanLagLimit
        | Urgency::Young
        | Urgency::Vanished => Purpose::Candidate,
    }
}

/// Whether an answer still supports the contradiction. A control has none:
/// its job must run, and its flag may say what it wants.
fn supports(said: &Said, candidate: &Candidate) -> bool {
    match said {
        Said::Job(Some(job)) => runs_on(job, candidate),
        Said::Runner(Some(runner)) => purpose(candidate) == Purpose::Control || is_idle(runner),
        Said::Job(None)
        | Said::Runner(None)
        | Said::Runners { .. }
        | Said::Runs { .. }
        | Said::Run(_)
        | Said::Jobs { .. }
        | Said::Annotations { .. }
        | Said::Deliveries { .. }
        | Said::Repos { .. }
        | Said::RateLimit
        | Said::NotModified
        | Said::Failed(_) => false,
    }
}

fn runs_on(job: &Job, candidate: &Candidate) -> bool {
    let assigned = job.assignment.as_ref();
    job.status == JobStatus::InProgress
        && assigned.is_some_and(|assigned| assigned.runner_id == candidate.runner)
}

fn is_idle(runner: &Runner) -> bool {
    runner.status == OnlineStatus::Online && !runner.busy
}
