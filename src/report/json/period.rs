//! One period of `runner-desync.report/1`.

use serde::Serialize;

use crate::model::{
    End, Finding, Job, JobFacts, KilledBecause, Lease, Onset, Period, Proof, RunnerFacts,
    StartDispute,
};

use super::v1::{At, Secs, texts};

#[derive(Serialize)]
pub(super) struct PeriodV1<'a> {
    kind: &'static str,
    class: Option<&'static str>,
    pattern: Option<&'static str>,
    certainty: &'static str,
    /// Whether it may be claimed: a settled reading, or two sandwiches.
    finding: bool,
    liveness: &'static str,
    runner: RunnerV1<'a>,
    job: Option<JobV1<'a>>,
    previous_job: Option<JobV1<'a>>,
    first_false_at: At,
    last_false_at: At,
    onset: OnsetV1,
    end: EndV1,
    observed_s: Secs,
    at_most_s: Option<Secs>,
    job_age_s: Option<Secs>,
    readings: u64,
    longest_gap_s: Option<Secs>,
    killed: &'static str,
    killed_because: Vec<&'static str>,
    /// The last renewal before the last reading, from a runner's log.
    lease: Option<LeaseV1>,
    /// When the job began, where its record and the runner's log differ.
    start_disputed: Option<StartDisputeV1>,
    proof: Vec<ProofV1<'a>>,
}

impl<'a> From<&'a Period> for PeriodV1<'a> {
    fn from(period: &'a Period) -> Self {
        let because = period.killed_because.iter().copied();
        Self {
            kind: period.kind.as_str(),
            class: period.class.map(crate::model::Class::as_str),
            pattern: period.pattern.map(crate::model::Pattern::as_str),
            certainty: period.certainty.as_str(),
            finding: period.finding == Finding::Yes,
            liveness: period.liveness.as_str(),
            runner: (&period.runner).into(),
            job: period.job.as_ref().map(JobV1::from),
            previous_job: period.previous_job.as_ref().map(JobV1::from),
            first_false_at: At(period.first_false_at),
            last_false_at: At(period.last_false_at),
            onset: period.onset.into(),
            end: period.end.into(),
            observed_s: Secs(period.observed),
            at_most_s: period.at_most.map(Secs),
            job_age_s: period.job_age.map(Secs),
            readings: period.readings,
            longest_gap_s: period.longest_gap.map(Secs),
            killed: period.killed.as_str(),
            killed_because: because.map(KilledBecause::as_str).collect(),
            lease: period.lease.map(LeaseV1::from),
            start_disputed: period.start_disputed.map(StartDisputeV1::from),
            proof: period.proof.iter().map(ProofV1::from).collect(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct RunnerV1<'a> {
    scope: String,
    id: u64,
    name: Option<&'a str>,
    group: Option<&'a str>,
    labels: Option<Vec<&'a str>>,
    os: Option<&'a str>,
    version: Option<&'a str>,
}

impl<'a> From<&'a RunnerFacts> for RunnerV1<'a> {
    fn from(runner: &'a RunnerFacts) -> Self {
        Self {
            scope: runner.key.scope.to_string(),
            id: runner.key.id.0,
            name: runner.name.as_deref(),
            group: runner.group.as_deref(),
            labels: runner.labels.as_deref().map(texts),
            os: runner.os.as_deref(),
            version: runner.version.as_deref(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct JobV1<'a> {
    repo: String,
    run_id: Option<u64>,
    run_attempt: Option<u32>,
    id: u64,
    name: &'a str,
    workflow: Option<&'a str>,
    html_url: Option<&'a str>,
    status: &'a str,
    conclusion: Option<&'a str>,
    started_at: Option<At>,
    completed_at: Option<At>,
}

impl<'a> From<&'a JobFacts> for JobV1<'a> {
    fn from(facts: &'a JobFacts) -> Self {
        (&facts.job).into()
    }
}

impl<'a> From<&'a Job> for JobV1<'a> {
    fn from(job: &'a Job) -> Self {
        Self {
            repo: job.repo.to_string(),
            run_id: job.run_id.map(|run| run.0),
            run_attempt: job.run_attempt,
            id: job.id.0,
            name: &job.name,
            workflow: job.workflow.as_deref(),
            html_url: job.html_url.as_deref(),
            status: job.status.as_str(),
            conclusion: job
                .conclusion
                .as_ref()
                .map(crate::model::Conclusion::as_str),
            started_at: job.started_at.map(At),
            completed_at: job.completed_at.map(At),
        }
    }
}

#[derive(Serialize)]
struct OnsetV1 {
    after: Option<At>,
    by: At,
}

impl From<Onset> for OnsetV1 {
    fn from(onset: Onset) -> Self {
        Self {
            after: onset.after.map(At),
            by: At(onset.by),
        }
    }
}

#[derive(Serialize)]
struct EndV1 {
    after: At,
    by: Option<At>,
    reason: &'static str,
}

impl From<End> for EndV1 {
    fn from(end: End) -> Self {
        Self {
            after: At(end.after),
            by: end.by.map(At),
            reason: end.reason.as_str(),
        }
    }
}

#[derive(Serialize)]
struct LeaseV1 {
    renewed_at: At,
    valid_till: Option<At>,
}

impl From<Lease> for LeaseV1 {
    fn from(lease: Lease) -> Self {
        Self {
            renewed_at: At(lease.renewed_at),
            valid_till: lease.valid_till.map(At),
        }
    }
}

#[derive(Serialize)]
struct StartDisputeV1 {
    by_record: At,
    by_log: At,
}

impl From<StartDispute> for StartDisputeV1 {
    fn from(times: StartDispute) -> Self {
        Self {
            by_record: At(times.record),
            by_log: At(times.log),
        }
    }
}

#[derive(Serialize)]
pub(super) struct ProofV1<'a> {
    at: At,
    sent: At,
    received: At,
    method: &'static str,
    url: &'a str,
    status: Option<u16>,
    request_id: Option<&'a str>,
    server_date: Option<At>,
    said: &'a str,
}

impl<'a> From<&'a Proof> for ProofV1<'a> {
    fn from(proof: &'a Proof) -> Self {
        Self {
            at: At(proof.at),
            sent: At(proof.window.sent),
            received: At(proof.window.received),
            method: "GET",
            url: &proof.url,
            status: proof.status,
            request_id: proof.request_id.as_deref(),
            server_date: proof.server_date.map(At),
            said: &proof.said,
        }
    }
}
