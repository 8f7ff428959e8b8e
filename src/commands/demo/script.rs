//! A GitHub that knows one incident: answers the poll loop's requests as the
//! report's times say, at the instant of a virtual clock.

use std::cell::Cell;
use std::sync::Arc;

use crate::clock::{Clock, Virtual};
use crate::model::{
    Assignment, Conclusion, Job, JobId, JobStatus, OnlineStatus, RepoName, RunId, Runner, RunnerId,
    Said, Scope, Step, Target, Timestamp, WorkflowRun,
};
use crate::poll::{Head, PollError, Reply, Request, Source};

/// One incident, in the report's own times.
pub(super) struct Incident {
    pub(super) number: u8,
    pub(super) began: Timestamp,
    pub(super) scope: Scope,
    pub(super) repo: RepoName,
    pub(super) runner: RunnerId,
    name: &'static str,
    jobs: Vec<Act>,
    /// Instants from which the flag reads as given.
    flag: Vec<(Timestamp, bool)>,
    pub(super) terminated_at: Timestamp,
    /// When the poller reads: the report's readings, and once after the job.
    pub(super) polls: Vec<Timestamp>,
}

/// A job of the incident.
struct Act {
    job: u64,
    run: u64,
    name: &'static str,
    main_step: &'static str,
    start: Timestamp,
    end: Timestamp,
    conclusion: Conclusion,
}

/// `HH:MM:SS` on the day the report was filed.
fn at(clock: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-05-14T{clock}Z")).unwrap_or(Timestamp::from_millis(0))
}

fn repo() -> RepoName {
    RepoName {
        owner: "acme".into(),
        name: "atlas".into(),
    }
}

/// Incident 1 or 2.
pub(super) fn incident(number: u8) -> Incident {
    if number == 1 { flipped() } else { never_set() }
}

fn flipped() -> Incident {
    Incident {
        number: 1,
        began: at("01:47:00"),
        scope: Scope::Repo(repo()),
        repo: repo(),
        runner: RunnerId(18700),
        name: "i-06cbe04821ccba677",
        jobs: vec![
            Act {
                job: 75_859_000_001,
                run: 25_836_800_001,
                name: "Test",
                main_step: "Run tests",
                start: at("01:47:02"),
                end: at("01:55:50"),
                conclusion: Conclusion::Success,
            },
            Act {
                job: 75_859_000_002,
                run: 25_836_800_001,
                name: "Package & Publish",
                main_step: "Publish",
                start: at("02:00:00"),
                end: at("02:10:24"),
                conclusion: Conclusion::Failure,
            },
        ],
        flag: vec![(at("01:47:02"), true), (at("02:10:08"), false)],
        terminated_at: at("02:10:09"),
        polls: vec![
            at("02:00:12"),
            at("02:05:09"),
            at("02:10:08"),
            at("02:10:30"),
        ],
    }
}

fn never_set() -> Incident {
    Incident {
        number: 2,
        began: at("01:47:40"),
        scope: Scope::Repo(repo()),
        repo: repo(),
        runner: RunnerId(18701),
        name: "i-0f3edd56994b7e40b",
        jobs: vec![
            Act {
                job: 75_859_000_003,
                run: 25_836_817_925,
                name: "Atlas A",
                main_step: "Build",
                start: at("01:47:47"),
                end: at("01:55:37"),
                conclusion: Conclusion::Success,
            },
            Act {
                job: 75_859_000_004,
                run: 25_837_142_256,
                name: "Atlas B",
                main_step: "Build",
                start: at("01:58:00"),
                end: at("02:00:26"),
                conclusion: Conclusion::Failure,
            },
        ],
        flag: vec![(at("01:47:47"), true), (at("01:55:37"), false)],
        terminated_at: at("02:00:12"),
        polls: vec![at("01:55:04"), at("02:00:11"), at("02:00:30")],
    }
}

/// The incident on a clock, as a source.
pub(super) struct Script<'a> {
    incident: &'a Incident,
    clock: &'a Virtual,
    requests: Cell<u32>,
}

impl<'a> Script<'a> {
    pub(super) fn new(incident: &'a Incident, clock: &'a Virtual) -> Self {
        Self {
            incident,
            clock,
            requests: Cell::new(0),
        }
    }
}

impl Source for Script<'_> {
    async fn ask(&self, request: &Request) -> Reply {
        let now = self.clock.wall();
        self.requests.set(self.requests.get() + 1);
        let said = self.incident.answer(&request.target, now);
        Reply {
            head: Head {
                url: self.incident.url(&request.target).into(),
                status: Some(if said.is_ok() { 200 } else { 404 }),
                date: Some(now),
                request_id: Some(
                    format!("DEMO:{}:{:04}", self.incident.number, self.requests.get()).into(),
                ),
                ..Head::default()
            },
            said,
            next: None,
            raw: None,
            requests: 1,
        }
    }
}

impl Incident {
    fn answer(&self, target: &Target, now: Timestamp) -> Result<Said, PollError> {
        let begun: Vec<_> = self.jobs.iter().filter(|act| act.start <= now).collect();
        let jobs = begun.iter().map(|act| self.job(act, now));
        match target {
            Target::Runners { .. } => {
                let runners: Vec<_> = self.runner(now).into_iter().map(Arc::new).collect();
                Ok(Said::Runners {
                    total: Some(runners.len() as u64),
                    runners,
                    undecodable: 0,
                })
            }
            Target::Runner { .. } => Ok(Said::Runner(self.runner(now))),
            Target::Runs { .. } => Ok(runs(&begun, now)),
            Target::Jobs { run, .. } => {
                let jobs = jobs.filter(|job| job.run_id == Some(*run));
                let jobs: Vec<_> = jobs.map(Arc::new).collect();
                Ok(Said::Jobs {
                    total: Some(jobs.len() as u64),
                    jobs,
                    undecodable: 0,
                })
            }
            Target::Job { id, .. } => {
                let mut jobs = jobs;
                Ok(Said::Job(jobs.find(|job| job.id == *id).map(Box::new)))
            }
            Target::Run { .. }
            | Target::AllJobs { .. }
            | Target::Annotations { .. }
            | Target::Repos { .. }
            | Target::Deliveries { .. }
            | Target::RateLimit => Err(PollError::NotFound("not part of the demo".to_owned())),
        }
    }

    fn runner(&self, now: Timestamp) -> Option<Runner> {
        let flag = self.flag.iter().rfind(|(from, _)| *from <= now);
        (now < self.terminated_at).then(|| Runner {
            id: self.runner,
            name: Some(self.name.into()),
            os: Some("Linux".into()),
            status: OnlineStatus::Online,
            busy: flag.is_some_and(|(_, busy)| *busy),
            labels: Some(labels()),
            group_id: None,
            version: Some("2.334.0".into()),
        })
    }

    fn job(&self, act: &Act, now: Timestamp) -> Job {
        let over = act.end <= now;
        Job {
            id: JobId(act.job),
            run_id: Some(RunId(act.run)),
            run_attempt: Some(1),
            repo: self.repo.clone(),
            name: act.name.into(),
            workflow: Some("Atlas".into()),
            html_url: Some(
                format!(
                    "https://github.com/{}/actions/runs/{}/job/{}",
                    self.repo, act.run, act.job
                )
                .into(),
            ),
            status: if over {
                JobStatus::Completed
            } else {
                JobStatus::InProgress
            },
            conclusion: over.then(|| act.conclusion.clone()),
            created_at: None,
            started_at: Some(act.start),
            completed_at: over.then_some(act.end),
            steps: act.steps(over),
            assignment: Some(Assignment {
                runner_id: self.runner,
                runner_name: Some(self.name.into()),
                group_id: Some(1),
                group_name: Some("Default".into()),
                hosted: false,
            }),
            labels: Some(labels()),
        }
    }

    fn url(&self, target: &Target) -> String {
        let base = format!("https://api.github.com/repos/{}/actions", self.repo);
        match target {
            Target::Runners { .. } => format!("{base}/runners?per_page=100"),
            Target::Runner { id, .. } => format!("{base}/runners/{id}"),
            Target::Runs { .. } => format!("{base}/runs?per_page=100&exclude_pull_requests=true"),
            Target::Run { id, .. } => format!("{base}/runs/{id}"),
            Target::Jobs { run, .. } | Target::AllJobs { run, .. } => {
                format!("{base}/runs/{run}/jobs?filter=latest&per_page=100")
            }
            Target::Job { id, .. } => format!("{base}/jobs/{id}"),
            Target::Annotations { job, .. } => format!(
                "https://api.github.com/repos/{}/check-runs/{job}/annotations",
                self.repo
            ),
            Target::Repos { owner, .. } => {
                format!("https://api.github.com/orgs/{owner}/repos?per_page=100")
            }
            Target::Deliveries { .. } => {
                "https://api.github.com/app/hook/deliveries?per_page=100".to_owned()
            }
            Target::RateLimit => "https://api.github.com/rate_limit".to_owned(),
        }
    }
}

fn labels() -> Vec<Arc<str>> {
    ["self-hosted", "linux", "x64"].map(Into::into).to_vec()
}

fn runs(begun: &[&Act], now: Timestamp) -> Said {
    let mut runs: Vec<Arc<WorkflowRun>> = Vec::new();
    for act in begun {
        let over = act.end <= now;
        runs.retain(|run| run.id != RunId(act.run));
        runs.push(Arc::new(WorkflowRun {
            id: RunId(act.run),
            attempt: Some(1),
            status: Some(if over { "completed" } else { "in_progress" }.into()),
            created_at: Some(act.start),
            updated_at: Some(if over { act.end } else { act.start }),
        }));
    }
    Said::Runs {
        total: Some(runs.len() as u64),
        runs,
        undecodable: 0,
    }
}

impl Act {
    /// "Set up job" at the stated pick-up; the rest is filled in.
    fn steps(&self, over: bool) -> Vec<Step> {
        let set_up = Step {
            name: "Set up job".into(),
            status: JobStatus::Completed,
            conclusion: Some(Conclusion::Success),
            started_at: Some(self.start),
            completed_at: Some(self.start),
        };
        let main = Step {
            name: self.main_step.into(),
            status: if over {
                JobStatus::Completed
            } else {
                JobStatus::InProgress
            },
            conclusion: over.then(|| self.conclusion.clone()),
            started_at: Some(self.start),
            completed_at: over.then_some(self.end),
        };
        vec![set_up, main]
    }
}
