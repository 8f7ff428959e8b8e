//! A scripted GitHub for the poll loop: answers by a function, spends latency
//! on the virtual clock, and remembers what it was asked.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::clock::{Clock, Virtual};
use crate::model::{
    Annotation, Assignment, Candidate, Claimed, Cycle, Delivery, Exchange, Job, JobId, JobStatus,
    ListedRepo, OnlineStatus, Purpose, Record, RepoId, RepoName, RepoState, RunId, Runner,
    RunnerId, Said, Sandwich, Scope, Sight, Span, Step, Target, Timestamp, Urgency, WorkflowRun,
    shared,
};
use crate::poll::{Again, Breadth, Head, Options, PollError, Poller, Reply, Request, Source};

pub(super) fn repo() -> RepoName {
    RepoName::parse("acme/atlas").unwrap()
}

pub(super) fn scope() -> Scope {
    Scope::Repo(repo())
}

/// The instant at which every stage begins.
pub(super) fn morning() -> Timestamp {
    Timestamp::parse("2026-05-14T08:00:00Z").unwrap()
}

/// What a scripted answer is made from: the request and how often this target
/// was asked before.
pub(super) struct Ask<'a> {
    pub(super) request: &'a Request,
    pub(super) before: usize,
}

type Answer<'a> = dyn Fn(&Ask) -> Result<Said, PollError> + 'a;

/// Where the pages of lists say that the next one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leads {
    Nowhere,
    /// Always the same.
    InACircle,
    /// Always another one.
    Onward,
}

pub(super) struct Stage<'a> {
    clock: Virtual,
    latency: Span,
    answer: Box<Answer<'a>>,
    asked: RefCell<Vec<Request>>,
    pub(super) leads: Leads,
    /// Requests that each attempt costs.
    pub(super) costs: u32,
    /// Whether answers have an `ETag`, and an equal one gives a 304.
    pub(super) etags: bool,
    /// Whether what runs beside a request gets on while it is on its way.
    pub(super) lets_others_on: bool,
}

impl<'a> Stage<'a> {
    pub(super) fn new(
        clock: &Virtual,
        answer: impl Fn(&Ask) -> Result<Said, PollError> + 'a,
    ) -> Self {
        Self {
            clock: clock.clone(),
            latency: Span::millis(100),
            answer: Box::new(answer),
            asked: RefCell::new(Vec::new()),
            leads: Leads::Nowhere,
            costs: 1,
            etags: true,
            lets_others_on: false,
        }
    }

    /// How often this target was asked before, and the number of the request.
    fn note(&self, request: &Request) -> (usize, usize) {
        let mut asked = self.asked.borrow_mut();
        let before = asked.iter().filter(|r| r.target == request.target).count();
        asked.push(request.clone());
        (before, asked.len())
    }

    pub(super) fn asked(&self) -> Vec<Target> {
        let asked = self.asked.borrow();
        asked.iter().map(|request| request.target.clone()).collect()
    }

    pub(super) fn forget_asked(&self) {
        self.asked.borrow_mut().clear();
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.asked.borrow().clone()
    }

    /// Whatever is asked conditionally and has not changed is a 304, by id
    /// too.
    fn revalidated(
        &self,
        request: &Request,
        said: Result<Said, PollError>,
    ) -> (Option<Arc<str>>, Result<Said, PollError>) {
        let Some(body) = said.as_ref().ok().filter(|_| self.etags) else {
            return (None, said);
        };
        let mut hasher = DefaultHasher::new();
        format!("{body:?}").hash(&mut hasher);
        let etag: Arc<str> = format!("W/\"{:016x}\"", hasher.finish()).into();
        let known = request.etag.as_ref() == Some(&etag);
        (Some(etag), if known { Ok(Said::NotModified) } else { said })
    }

    fn next(&self, number: usize) -> Option<Arc<str>> {
        match self.leads {
            Leads::Nowhere => None,
            Leads::InACircle => Some("https://api.github.com/next".into()),
            Leads::Onward => Some(format!("https://api.github.com/next/{number}").into()),
        }
    }

    pub(super) fn page_sizes(&self, wanted: impl Fn(&Target) -> bool) -> Vec<u32> {
        let asked = self.asked.borrow();
        let wanted = asked.iter().filter(|request| wanted(&request.target));
        wanted.map(|request| request.per_page).collect()
    }
}

impl Source for Stage<'_> {
    async fn ask(&self, request: &Request) -> Reply {
        let (before, number) = self.note(request);
        if self.lets_others_on {
            tokio::task::yield_now().await;
        }
        self.clock.sleep(self.latency).await;
        let said = (self.answer)(&Ask { request, before });
        let (etag, said) = self.revalidated(request, said);
        let answered = !matches!(said, Err(PollError::NoAnswer(_)));
        Reply {
            head: Head {
                url: format!("{:?}", request.target).into(),
                status: answered.then_some(status(&said)),
                date: answered.then(|| self.clock.wall()),
                request_id: Some(format!("R{number}").into()),
                etag,
                ..Head::default()
            },
            next: self.next(number),
            said,
            raw: None,
            requests: self.costs,
        }
    }
}

fn status(said: &Result<Said, PollError>) -> u16 {
    match said {
        Ok(Said::NotModified) => 304,
        Ok(_) => 200,
        Err(_) => 500,
    }
}

pub(super) fn options() -> Options {
    Options {
        scopes: vec![scope()],
        repos: vec![repo()],
        owners: Vec::new(),
        sight: Sight::Whole,
        hook: None,
        max_concurrent: 10,
        confirmations: 10,
        again: Again::NextCycle,
        lag_limit: Span::secs(90),
        turn: 0,
        breadth: Breadth::Turns,
        budget: None,
        deadline: None,
        ends: None,
    }
}

pub(super) fn poller<'a>(
    stage: &'a Stage<'a>,
    clock: &'a Virtual,
    options: Options,
) -> Poller<'a, Stage<'a>, Virtual> {
    Poller::new(stage, clock, options, morning(), Box::new(|_| {}))
}

/// A quiet repository: two runners, nothing runs.
#[expect(clippy::unnecessary_wraps, reason = "the shape of every answer")]
pub(super) fn quiet(ask: &Ask) -> Result<Said, PollError> {
    Ok(match &ask.request.target {
        Target::Runners { .. } => runners(&[runner(1, false), runner(2, false)]),
        Target::Runs { .. } => runs(&[]),
        Target::Jobs { .. } | Target::AllJobs { .. } => jobs(&[]),
        Target::Annotations { .. } => annotations(&[]),
        Target::Runner { .. } => Said::Runner(None),
        Target::Run { .. } => Said::Run(None),
        Target::Job { .. } => Said::Job(None),
        Target::Repos { .. } => repos(&[]),
        Target::Deliveries { .. } => deliveries(&[]),
        Target::RateLimit => Said::RateLimit,
    })
}

pub(super) fn runner(id: u64, busy: bool) -> Runner {
    Runner {
        id: RunnerId(id),
        name: Some(format!("runner-{id}").into()),
        os: None,
        status: OnlineStatus::Online,
        busy,
        labels: None,
        group_id: None,
        version: None,
    }
}

pub(super) fn runners(list: &[Runner]) -> Said {
    Said::Runners {
        total: Some(list.len() as u64),
        runners: shared(list.to_vec()),
        undecodable: 0,
    }
}

/// A page of deliveries.
pub(super) fn deliveries(list: &[Delivery]) -> Said {
    Said::Deliveries {
        deliveries: list.to_vec(),
        undecodable: 0,
    }
}

/// A page of repositories of `acme`, by name and state; their ids count from 1.
pub(super) fn repos(list: &[(&str, RepoState)]) -> Said {
    let numbered = list.iter().zip(1..);
    let listed = numbered.map(|((name, state), id)| ListedRepo {
        name: RepoName::parse(&format!("acme/{name}")).unwrap(),
        id: Some(RepoId(id)),
        state: *state,
    });
    Said::Repos {
        total: None,
        repos: listed.collect(),
        undecodable: 0,
        sight: Sight::Whole,
    }
}

pub(super) fn run(id: u64, status: &str) -> WorkflowRun {
    WorkflowRun {
        id: RunId(id),
        attempt: Some(1),
        status: Some(status.into()),
        created_at: Some(morning()),
        updated_at: Some(morning()),
    }
}

pub(super) fn runs(list: &[WorkflowRun]) -> Said {
    Said::Runs {
        total: Some(list.len() as u64),
        runs: shared(list.to_vec()),
        undecodable: 0,
    }
}

/// A page of annotations with these messages.
pub(super) fn annotations(messages: &[&str]) -> Said {
    let annotations = messages.iter().map(|&message| Annotation {
        level: Some("failure".into()),
        message: message.into(),
    });
    Said::Annotations {
        annotations: annotations.collect(),
        undecodable: 0,
    }
}

/// A newest page of a repository with a long history.
pub(super) fn newest_of_many(list: &[WorkflowRun]) -> Said {
    Said::Runs {
        total: Some(5000),
        runs: shared(list.to_vec()),
        undecodable: 0,
    }
}

pub(super) fn job(id: u64, run: u64, on: u64) -> Job {
    Job {
        id: JobId(id),
        run_id: Some(RunId(run)),
        run_attempt: Some(1),
        repo: repo(),
        name: "build".into(),
        workflow: None,
        html_url: None,
        status: JobStatus::InProgress,
        conclusion: None,
        created_at: None,
        started_at: Some(morning()),
        completed_at: None,
        steps: vec![Step {
            name: "Set up job".into(),
            status: JobStatus::InProgress,
            conclusion: None,
            started_at: Some(morning()),
            completed_at: None,
        }],
        assignment: Some(Assignment {
            runner_id: RunnerId(on),
            runner_name: Some(format!("runner-{on}").into()),
            group_id: None,
            group_name: None,
            hosted: false,
        }),
        labels: None,
    }
}

pub(super) fn completed(job: Job) -> Job {
    Job {
        status: JobStatus::Completed,
        conclusion: Some(crate::model::Conclusion::Success),
        completed_at: Some(morning() + Span::secs(60)),
        ..job
    }
}

pub(super) fn jobs(list: &[Job]) -> Said {
    Said::Jobs {
        total: Some(list.len() as u64),
        jobs: shared(list.to_vec()),
        undecodable: 0,
    }
}

pub(super) fn candidate(runner: u64, job: u64, urgency: Urgency) -> Candidate {
    Candidate {
        urgency,
        scope: scope(),
        runner: RunnerId(runner),
        repo: repo(),
        job: JobId(job),
        claimed: Claimed::NotYet,
    }
}

pub(super) fn exchanges(records: &[Record]) -> Vec<&Exchange> {
    let exchanges = records.iter().filter_map(|record| match record {
        Record::Exchange(exchange) => Some(&**exchange),
        _ => None,
    });
    exchanges.collect()
}

pub(super) fn sandwiches(records: &[Record], purpose: Purpose) -> Vec<&Sandwich> {
    let sandwiches = records.iter().filter_map(|record| match record {
        Record::Sandwich(sandwich) if sandwich.purpose == purpose => Some(sandwich),
        _ => None,
    });
    sandwiches.collect()
}

/// Sweeps once, ends the cycle, and gives it.
pub(super) async fn swept(poller: &Poller<'_, Stage<'_>, Virtual>) -> Cycle {
    poller.sweep(&[], &[]).await.unwrap();
    poller.end_cycle();
    last_cycle(&poller.drain()).clone()
}

pub(super) fn cycles(records: &[Record]) -> Vec<&Cycle> {
    let cycles = records.iter().filter_map(|record| match record {
        Record::Cycle(cycle) => Some(cycle),
        _ => None,
    });
    cycles.collect()
}

pub(super) fn last_cycle(records: &[Record]) -> &Cycle {
    cycles(records).pop().unwrap()
}
