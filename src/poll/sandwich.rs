//! Confirmation: job, runner, job, each read by id, unconditionally, each
//! sent after the one before was complete (`evidence.md` §2).

use super::{Again, Poller, Source};
use crate::clock::Clock;
use crate::model::{
    Candidate, Claimed, FINDING_SPACING, Job, JobStatus, Mono, OnlineStatus, Purpose, Record,
    Runner, Said, Sandwich, Span, Target, Urgency,
};

/// How a sandwich came out, as far as the poller needs to know; the detector
/// judges it for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The job ran on the runner before and after, and the flag was false.
    Held,
    Failed,
}

/// Whether the rest of a sandwich is worth its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GoOn {
    Yes,
    No,
}

impl<S: Source, C: Clock> Poller<'_, S, C> {
    /// Sandwiches candidates and controls side by side. New contradictions
    /// that held are sandwiched once more in this cycle if so wanted.
    pub(super) async fn sandwiches(&self, candidates: &[&Candidate], controls: &[&Candidate]) {
        let all = candidates.iter().chain(controls);
        let made = self
            .concurrently(all.map(|&candidate| self.sandwich(candidate)))
            .await;
        if self.options.again == Again::NextCycle {
            return;
        }
        let held: Vec<_> = made
            .into_iter()
            .filter(|(candidate, outcome, _)| {
                *outcome == Outcome::Held && candidate.claimed == Claimed::NotYet
            })
            .collect();
        let Some(latest) = held.iter().map(|(_, _, at)| *at).max() else {
            return;
        };
        self.clock
            .sleep_until(latest + FINDING_SPACING + Span::millis(100))
            .await;
        let again = held
            .iter()
            .map(|(candidate, _, _)| self.sandwich(candidate));
        self.concurrently(again).await;
    }

    /// One sandwich; with the instant of its middle.
    async fn sandwich<'c>(&self, candidate: &'c Candidate) -> (&'c Candidate, Outcome, Mono) {
        let mut parts = Vec::new();
        let outcome = self.layers(candidate, &mut parts).await;
        let sandwich = Sandwich {
            cycle: self.cycle.borrow().number,
            scope: candidate.scope.clone(),
            runner: candidate.runner,
            job: candidate.job,
            purpose: if candidate.urgency == Urgency::Control {
                Purpose::Control
            } else {
                Purpose::Candidate
            },
            parts,
        };
        self.records.borrow_mut().push(Record::Sandwich(sandwich));
        (candidate, outcome, self.clock.mono())
    }

    /// The three reads. A read that already refutes the contradiction ends
    /// them, except in a control.
    async fn layers(&self, candidate: &Candidate, parts: &mut Vec<u64>) -> Outcome {
        let job = Target::Job {
            repo: candidate.repo.clone(),
            id: candidate.job,
        };
        let runner = Target::Runner {
            scope: candidate.scope.clone(),
            id: candidate.runner,
        };
        let control = candidate.urgency == Urgency::Control;
        let mut outcome = Outcome::Held;
        for target in [job.clone(), runner, job] {
            let Ok((number, said)) = self.object(target).await else {
                return Outcome::Failed;
            };
            parts.push(number);
            if supports(&said, candidate) == GoOn::No {
                outcome = Outcome::Failed;
                if !control {
                    break;
                }
            }
        }
        outcome
    }
}

/// Whether an answer still supports the contradiction.
fn supports(said: &Said, candidate: &Candidate) -> GoOn {
    let supports = match said {
        Said::Job(Some(job)) => runs_on(job, candidate),
        Said::Runner(Some(runner)) => is_idle(runner),
        Said::Job(None)
        | Said::Runner(None)
        | Said::Runners { .. }
        | Said::Runs { .. }
        | Said::Run(_)
        | Said::Jobs { .. }
        | Said::RateLimit
        | Said::NotModified
        | Said::Failed(_) => false,
    };
    if supports { GoOn::Yes } else { GoOn::No }
}

fn runs_on(job: &Job, candidate: &Candidate) -> bool {
    let assigned = job.assignment.as_ref();
    job.status == JobStatus::InProgress
        && assigned.is_some_and(|assigned| assigned.runner_id == candidate.runner)
}

fn is_idle(runner: &Runner) -> bool {
    runner.status == OnlineStatus::Online && !runner.busy
}
