//! Builders: records on a virtual timeline. Instants are milliseconds of
//! GitHub's clock since [`BASE`]; [`s`] makes seconds.

use std::sync::Arc;

use crate::detect::judge::{Judged, Verdict};
use crate::detect::witness::Witness;
use crate::detect::{CoverageOf, Detector, View, judged};
use crate::model::{
    Analysis, Assignment, Certainty, Conclusion, Cycle, Exchange, Failure, Host, ImportedJob,
    ImportedReading, Job, JobId, JobStatus, Kind, LogEnd, LoggedJob, Mono, MonoWindow,
    OnlineStatus, Purpose, Record, RepoName, Rules, Run, RunId, Runner, RunnerEvent,
    RunnerEventKind, RunnerId, RunnerKey, RunnerLog, Said, Sandwich, Scope, Sight, Sighting, Span,
    Step, Target, Timestamp, UnknownReason, shared,
};

/// 2026-05-14T00:00:00Z, the day the original issue was filed.
pub(super) const BASE: i64 = 1_778_716_800_000;

/// Milliseconds of so many seconds.
pub(super) const fn s(seconds: i64) -> i64 {
    seconds * 1000
}

/// An instant of the virtual timeline.
pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(BASE + millis)
}

/// `hh:mm:ss` as milliseconds of the virtual day.
pub(super) fn clock(text: &str) -> i64 {
    let parts: Vec<i64> = text.split(':').map(|part| part.parse().unwrap()).collect();
    let [h, m, sec] = parts[..] else {
        panic!("not hh:mm:ss: {text}")
    };
    s(h * 3600 + m * 60 + sec)
}

pub(super) fn repo() -> RepoName {
    RepoName::parse("acme/app").unwrap()
}

pub(super) fn scope() -> Scope {
    Scope::Repo(repo())
}

pub(super) fn key(id: u64) -> RunnerKey {
    RunnerKey {
        host: Host::github_com(),
        scope: scope(),
        id: RunnerId(id),
    }
}

pub(super) fn view() -> View {
    View {
        rules: Rules::STANDARD,
        since: None,
        until: None,
        runners: None,
        coverage_of: CoverageOf::Everything,
    }
}

/// Runner `r1` with id 1, `r2` with id 2, and so on.
pub(super) fn runner(id: u64, busy: bool) -> Runner {
    Runner {
        id: RunnerId(id),
        name: Some(format!("r{id}").into()),
        os: Some("linux".into()),
        status: OnlineStatus::Online,
        busy,
        labels: None,
        group_id: None,
        version: None,
    }
}

pub(super) fn offline(id: u64, busy: bool) -> Runner {
    Runner {
        status: OnlineStatus::Offline,
        ..runner(id, busy)
    }
}

/// Changes to a runner, as words.
pub(super) trait Dress: Sized {
    fn named(self, name: Option<&str>) -> Self;
    fn with_status(self, status: &str) -> Self;
    fn with_version(self, version: &str) -> Self;
    fn with_labels(self, labels: &[&str]) -> Self;
    fn in_group(self, group: u64) -> Self;
}

impl Dress for Runner {
    fn named(mut self, name: Option<&str>) -> Self {
        self.name = name.map(Into::into);
        self
    }

    fn with_status(mut self, status: &str) -> Self {
        self.status = OnlineStatus::parse(status);
        self
    }

    fn with_version(mut self, version: &str) -> Self {
        self.version = Some(version.into());
        self
    }

    fn with_labels(mut self, labels: &[&str]) -> Self {
        self.labels = Some(texts(labels));
        self
    }

    fn in_group(mut self, group: u64) -> Self {
        self.group_id = Some(group);
        self
    }
}

fn texts(texts: &[&str]) -> Vec<Arc<str>> {
    texts.iter().map(|&text| text.into()).collect()
}

/// A job in progress on `r1` without steps, started at 0.
pub(super) fn job(id: u64) -> Job {
    Job {
        id: JobId(id),
        run_id: Some(RunId(id)),
        run_attempt: Some(1),
        repo: repo(),
        name: format!("job {id}").into(),
        workflow: None,
        html_url: None,
        status: JobStatus::InProgress,
        conclusion: None,
        created_at: None,
        started_at: Some(at(0)),
        completed_at: None,
        steps: Vec::new(),
        assignment: Some(assignment(1, "r1")),
        labels: None,
    }
}

fn assignment(id: u64, name: &str) -> Assignment {
    Assignment {
        runner_id: RunnerId(id),
        runner_name: Some(name.into()),
        group_id: None,
        group_name: None,
        hosted: false,
    }
}

/// A running job whose "Set up job" makes the start sure.
pub(super) fn running(id: u64, start: i64) -> Job {
    job(id).started(start).set_up(start)
}

/// A completed job whose "Set up job" makes the start sure.
pub(super) fn done(id: u64, start: i64, end: i64) -> Job {
    running(id, start).ended(end, "success")
}

/// Changes to a job, as words.
pub(super) trait Shape: Sized {
    fn on(self, id: u64) -> Self;
    fn on_named(self, id: u64, name: &str) -> Self;
    fn hosted(self) -> Self;
    fn queued(self) -> Self;
    fn started(self, at: i64) -> Self;
    fn set_up(self, at: i64) -> Self;
    fn step(self, name: &str, from: Option<i64>, to: Option<(i64, &str)>) -> Self;
    fn ended(self, at: i64, conclusion: &str) -> Self;
}

impl Shape for Job {
    fn on(self, id: u64) -> Self {
        self.on_named(id, &format!("r{id}"))
    }

    fn on_named(mut self, id: u64, name: &str) -> Self {
        self.assignment = Some(assignment(id, name));
        self
    }

    fn hosted(mut self) -> Self {
        let assignment = self.assignment.as_mut().unwrap();
        assignment.hosted = true;
        self
    }

    fn queued(mut self) -> Self {
        self.status = JobStatus::Queued;
        self.assignment = None;
        self
    }

    fn started(mut self, started: i64) -> Self {
        self.started_at = Some(at(started));
        self
    }

    /// "Set up job" done at once, and work under way.
    fn set_up(self, from: i64) -> Self {
        self.step("Set up job", Some(from), Some((from, "success")))
            .step("work", Some(from), None)
    }

    fn step(mut self, name: &str, from: Option<i64>, to: Option<(i64, &str)>) -> Self {
        self.steps.push(Step {
            name: name.into(),
            status: match (from, to) {
                (_, Some(_)) => JobStatus::Completed,
                (Some(_), None) => JobStatus::InProgress,
                (None, None) => JobStatus::Queued,
            },
            conclusion: to.map(|(_, conclusion)| Conclusion::parse(conclusion)),
            started_at: from.map(at),
            completed_at: to.map(|(end, _)| at(end)),
        });
        self
    }

    /// Ends the job; unfinished steps are closed as cancelled, which shows
    /// nothing.
    fn ended(mut self, end: i64, conclusion: &str) -> Self {
        self.status = JobStatus::Completed;
        self.completed_at = Some(at(end));
        self.conclusion = Some(Conclusion::parse(conclusion));
        for step in &mut self.steps {
            if step.status != JobStatus::Completed {
                step.status = JobStatus::Completed;
                step.conclusion = Some(Conclusion::Cancelled);
                step.completed_at = Some(at(end));
            }
        }
        self
    }
}

/// A sequence of records under way.
#[derive(Debug, Clone)]
pub(super) struct Tape {
    pub(super) records: Vec<Record>,
    pub(super) rules: Rules,
    number: u64,
    cycle: u32,
    /// Local clock minus GitHub's.
    skew: i64,
    dated: bool,
}

impl Tape {
    /// Files only.
    pub(super) fn files() -> Self {
        Self {
            records: Vec::new(),
            rules: Rules::STANDARD,
            number: 0,
            cycle: 1,
            skew: 0,
            dated: true,
        }
    }

    /// A run of the program, its clock known to a millisecond: the margin of
    /// its readings is [`LIVE_MARGIN`].
    pub(super) fn live() -> Self {
        let mut tape = Self::skewed(0);
        tape.calibrate(-s(3600));
        tape
    }

    /// A run of the program whose local clock is ahead of GitHub's, and whose
    /// offset is not yet known.
    pub(super) fn skewed(skew: i64) -> Self {
        let mut tape = Self::files();
        tape.skew = skew;
        tape.records.push(Record::Run(Run {
            id: "run-1".into(),
            follows: None,
            tool_version: "0.1.0".into(),
            command: "watch".into(),
            host: Host::github_com(),
            targets: vec![scope()],
            runner_globs: Vec::new(),
            labels: Vec::new(),
            interval: Some(Span::secs(30)),
            rules: Rules::STANDARD,
            began: at(skew),
        }));
        tape
    }

    /// Answers carry no `Date`.
    pub(super) fn undated(mut self) -> Self {
        self.dated = false;
        self
    }

    /// Two answers, just after and just before the second ticks.
    pub(super) fn calibrate(&mut self, from: i64) {
        for moment in [from, from + 999] {
            self.exchange((moment, moment), Target::RateLimit, Said::RateLimit);
        }
    }

    /// Any exchange; the answer is made in the middle of its window.
    pub(super) fn exchange(&mut self, (sent, received): (i64, i64), target: Target, said: Said) {
        self.number += 1;
        let status = match &said {
            Said::NotModified => Some(304),
            Said::Runner(None) | Said::Job(None) | Said::Run(None) => Some(404),
            Said::Failed(_) => None,
            _ => Some(200),
        };
        let middle = (BASE + i64::midpoint(sent, received)).div_euclid(1000) * 1000;
        self.records.push(Record::Exchange(Box::new(Exchange {
            number: self.number,
            cycle: self.cycle,
            target,
            window: MonoWindow {
                sent: Mono::from_millis(sent),
                received: Mono::from_millis(received),
            },
            url: "https://api.github.com/x".into(),
            retry: 0,
            conditional: false,
            status,
            date: (self.dated && status.is_some()).then(|| Timestamp::from_millis(middle)),
            request_id: Some(format!("ID{}", self.number).into()),
            etag: None,
            age: None,
            rate: None,
            retry_after: None,
            said,
        })));
    }

    /// Changes the last exchange.
    pub(super) fn amend(&mut self, change: impl FnOnce(&mut Exchange)) {
        let exchange = self
            .records
            .iter_mut()
            .rev()
            .find_map(|record| match record {
                Record::Exchange(exchange) => Some(exchange),
                _ => None,
            });
        change(exchange.unwrap());
    }

    /// The list of runners.
    pub(super) fn list(&mut self, window: (i64, i64), runners: Vec<Runner>) {
        let total = Some(runners.len() as u64);
        let said = Said::Runners {
            total,
            runners: shared(runners),
            undecodable: 0,
        };
        let scope = scope();
        self.exchange(window, Target::Runners { scope, page: 1 }, said);
    }

    /// A 304 to the list of runners.
    pub(super) fn list_unchanged(&mut self, window: (i64, i64)) {
        let scope = scope();
        let target = Target::Runners { scope, page: 1 };
        self.exchange(window, target, Said::NotModified);
    }

    /// A 304 to the jobs of a run.
    pub(super) fn jobs_unchanged(&mut self, window: (i64, i64), run: u64) {
        let target = Target::Jobs {
            repo: repo(),
            run: RunId(run),
            page: 1,
        };
        self.exchange(window, target, Said::NotModified);
    }

    /// A runner by id.
    pub(super) fn by_id(&mut self, window: (i64, i64), id: u64, runner: Option<Runner>) {
        let (scope, id) = (scope(), RunnerId(id));
        self.exchange(window, Target::Runner { scope, id }, Said::Runner(runner));
    }

    /// A failed read of a runner by id.
    pub(super) fn failed(&mut self, window: (i64, i64), id: u64) {
        let (scope, id) = (scope(), RunnerId(id));
        let failure = Failure {
            reason: UnknownReason::HttpError,
            detail: "502 Bad Gateway".into(),
        };
        self.exchange(window, Target::Runner { scope, id }, Said::Failed(failure));
    }

    /// The jobs of a run.
    pub(super) fn jobs(&mut self, window: (i64, i64), jobs: Vec<Job>) {
        let run = jobs.first().and_then(|job| job.run_id).unwrap_or(RunId(1));
        let target = Target::Jobs {
            repo: repo(),
            run,
            page: 1,
        };
        let said = Said::Jobs {
            total: Some(jobs.len() as u64),
            jobs: shared(jobs),
            undecodable: 0,
        };
        self.exchange(window, target, said);
    }

    /// A job by id.
    pub(super) fn job(&mut self, window: (i64, i64), job: Job) {
        let (repo, id) = (repo(), job.id);
        let said = Said::Job(Some(Box::new(job)));
        self.exchange(window, Target::Job { repo, id }, said);
    }

    /// Job, runner, job, of 100 ms each, from the instant on.
    pub(super) fn sandwich(&mut self, from: i64, bread: &Job, filling: Runner) {
        let id = filling.id;
        self.job((from, from + 100), bread.clone());
        self.by_id((from + 100, from + 200), id.0, Some(filling));
        self.job((from + 200, from + 300), bread.clone());
        self.bind(id.0, bread.id.0);
    }

    /// Declares the last three exchanges a sandwich.
    pub(super) fn bind(&mut self, runner: u64, job: u64) {
        self.records.push(Record::Sandwich(Sandwich {
            cycle: self.cycle,
            scope: scope(),
            runner: RunnerId(runner),
            job: JobId(job),
            purpose: Purpose::Candidate,
            parts: (self.number - 2..=self.number).collect(),
        }));
    }

    /// Ends a cycle in which all jobs were read from the instant on.
    pub(super) fn cycle(&mut self, jobs_from: i64) {
        self.end_cycle(jobs_from, |_| ());
    }

    /// Ends a cycle, changed.
    pub(super) fn end_cycle(&mut self, jobs_from: i64, change: impl FnOnce(&mut Cycle)) {
        let mut cycle = Cycle {
            number: self.cycle,
            window: MonoWindow {
                sent: Mono::from_millis(jobs_from),
                received: Mono::from_millis(jobs_from + 200),
            },
            runners_expected: 1,
            runners_read: 1,
            jobs_from: Mono::from_millis(jobs_from),
            jobs_complete: true,
            reads_planned: 2,
            reads_got: 2,
            only_unfiltered: 0,
            page_full: false,
            open_below: false,
            not_confirmed: 0,
            gaps: Vec::new(),
            unreadable: Vec::new(),
            sight: Sight::Whole,
        };
        change(&mut cycle);
        self.records.push(Record::Cycle(cycle));
        self.cycle += 1;
    }

    /// An imported reading of a runner.
    pub(super) fn reading(&mut self, moment: i64, runner: Runner) {
        self.records.push(Record::Reading(ImportedReading {
            at: at(moment),
            key: key(runner.id.0),
            name: runner.name.clone(),
            instance: None,
            said: Sighting::Seen(runner),
            source: Some("poller".into()),
        }));
    }

    /// An imported reading of a scaler that knows the machine's id.
    pub(super) fn instance_reading(&mut self, moment: i64, instance: &str, runner: Runner) {
        self.records.push(Record::Reading(ImportedReading {
            at: at(moment),
            key: key(runner.id.0),
            name: runner.name.clone(),
            instance: Some(instance.into()),
            said: Sighting::Seen(runner),
            source: Some("scale-down".into()),
        }));
    }

    /// An imported termination.
    pub(super) fn terminated(&mut self, moment: i64, id: u64) {
        let source = Some("scaler".into());
        let kind = RunnerEventKind::Terminated;
        let event = RunnerEvent::plain(at(moment), key(id), kind, source);
        self.records.push(Record::Event(event));
    }

    /// An event of any kind.
    pub(super) fn event(&mut self, event: RunnerEvent) {
        self.records.push(Record::Event(event));
    }

    /// A runner's log from its first to its last line.
    pub(super) fn log(&mut self, log: RunnerLog) {
        self.records.push(Record::Log(log));
    }

    /// A job from a file.
    pub(super) fn import(&mut self, job: Job) {
        self.records.push(Record::Job(ImportedJob {
            host: Host::github_com(),
            job,
        }));
    }

    pub(super) fn detector(&self) -> Detector {
        let mut detector = Detector::default();
        for record in &self.records {
            detector.feed(record.clone());
        }
        detector
    }

    pub(super) fn view(&self) -> View {
        View {
            rules: self.rules,
            ..view()
        }
    }

    pub(super) fn analysis(&self) -> Analysis {
        self.detector().analysis(&self.view())
    }

    /// The verdicts on one runner's readings, by time.
    pub(super) fn judged(&self, id: u64) -> Vec<Judged> {
        let detector = self.detector();
        let view = self.view();
        let witness = Witness::of(&detector.facts);
        let wanted = key(id);
        let mut lanes = detector.facts.lanes.iter();
        let (key, lane) = lanes.find(|(key, _)| **key == wanted).unwrap();
        let track = detector.track(key, lane, &view);
        judged(&track, &witness, &view.rules)
    }

    /// The verdict on the last reading of `r1`, in short.
    pub(super) fn last(&self) -> Short {
        self.judged(1)
            .last()
            .map(|last| short(last.verdict))
            .unwrap()
    }
}

/// An open log of `r1` whose clock is as GitHub's.
pub(super) fn log(from: i64, until: i64) -> RunnerLog {
    RunnerLog {
        key: key(1),
        name: Some("r1".into()),
        version: None,
        from: at(from),
        until: at(until),
        offset: Some(Span::ZERO),
        end: LogEnd::Open,
        source: Some("runner-log".into()),
    }
}

/// A line of that log about a job.
pub(super) fn line(moment: i64, kind: RunnerEventKind, job: &Arc<LoggedJob>) -> RunnerEvent {
    RunnerEvent {
        job: Some(Arc::clone(job)),
        ..RunnerEvent::plain(at(moment), key(1), kind, Some("runner-log".into()))
    }
}

/// A renewal in that log, good for 600 s on a right clock.
pub(super) fn renewed(moment: i64, job: &Arc<LoggedJob>) -> RunnerEvent {
    RunnerEvent {
        valid_till: Some(at(moment + s(600))),
        ..line(moment, RunnerEventKind::LeaseRenewed, job)
    }
}

/// A job as a log names the job of this id: by plan, GUID and name.
pub(super) fn logged(id: u64) -> LoggedJob {
    LoggedJob {
        plan: Some(format!("plan {id}").into()),
        guid: Some("the same in every run".into()),
        name: Some(format!("job {id}").into()),
        job: None,
        run: None,
        attempt: None,
        repo: None,
    }
}

/// Margin of readings of [`Tape::live`].
pub(super) const LIVE_MARGIN: i64 = 2001;

/// A verdict without its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Short {
    Agrees,
    Idle,
    Desync(Kind),
    Maybe(Kind),
    Late,
    AgreesUnchanged,
    Unknown(UnknownReason),
}

pub(super) fn short(verdict: Verdict) -> Short {
    match verdict {
        Verdict::Agree(Some(_)) => Short::Agrees,
        Verdict::Agree(None) => Short::Idle,
        Verdict::Contradicts {
            kind,
            certainty: Certainty::Provisional,
            ..
        } => Short::Maybe(kind),
        Verdict::Contradicts { kind, .. } => Short::Desync(kind),
        Verdict::AgreeUnchanged => Short::AgreesUnchanged,
        Verdict::JobsLate(_) => Short::Late,
        Verdict::Unknown(reason) => Short::Unknown(reason),
    }
}

/// The verdict on one imported reading beside jobs from files. Its window is
/// the 5 s before, and its margin 2 s.
pub(super) fn imported(moment: i64, runner: Runner, jobs: Vec<Job>) -> Short {
    let mut tape = Tape::files();
    for job in jobs {
        tape.import(job);
    }
    tape.reading(moment, runner);
    tape.last()
}

pub(super) fn idle() -> Runner {
    runner(1, false)
}

pub(super) fn busy() -> Runner {
    runner(1, true)
}

/// `job 7` from 100 s to 1000 s, which fails.
pub(super) fn failed_job() -> Job {
    running(7, s(100)).ended(s(1000), "failure")
}

/// The same with a step of 5 s that ends in success.
pub(super) fn moving_job(last_step: i64) -> Job {
    running(7, s(100))
        .step(
            "test",
            Some(s(last_step)),
            Some((s(last_step + 5), "success")),
        )
        .ended(s(1000), "failure")
}
