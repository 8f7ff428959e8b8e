//! Folds records into [`Facts`]. Judges nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::death::tells_of_loss;
use super::facts::{ExchangeId, Facts, Glimpse, Quote, RunIndex, When, job_key};
use super::history::{JobHistory, JobRead};
use super::lane::{Answer, Look, Seen};
use super::lanes::ScopeIndex;
use super::life::{RecordState, record_state};
use super::offset::Offsets;
use super::run::{Cycles, RunFacts};
use super::unchanged::{Items, Listed};
use crate::model::{
    Annotated, Cycle, Exchange, Failure, Host, ImportedReading, Job, Mono, Record, Requests, Run,
    Runner, RunnerEvent, RunnerLog, Said, Sandwich, Scope, Sight, Sighting, Target, UnknownReason,
};

impl Facts {
    /// Takes one record in.
    pub(super) fn feed(&mut self, record: Record) {
        self.imported |= is_of_a_file(&record);
        match record {
            Record::Run(header) => self.begin_run(header),
            Record::Exchange(exchange) => self.exchange(*exchange),
            Record::Sandwich(sandwich) => self.sandwich(sandwich),
            Record::Cycle(cycle) => self.cycle(cycle),
            Record::Reading(reading) => self.imported_reading(reading),
            Record::Event(event) => self.event(event),
            Record::Log(log) => self.log(log),
            Record::Job(imported) => self.job(&imported.host, &imported.job, None),
            Record::Lacking(lacking) => drop(self.lacking.insert(lacking)),
            Record::Annotated(annotated) => self.annotated(annotated),
            Record::Told(told) => self.told.push(told),
        }
    }

    /// A run that continues in another file (after rotation) is one run.
    fn begin_run(&mut self, header: Run) {
        let known = self.sequence.index_of(&header.id);
        self.current = Some(known.unwrap_or(RunIndex(self.runs.len())));
        if known.is_none() {
            self.bodies.clear();
            self.sequence.begin(&header);
            self.runs.push(RunFacts {
                offsets: Offsets::new(header.began),
                header,
                cycles: Cycles::default(),
                failed: BTreeMap::new(),
                requests: Requests::default(),
                jobs_from: None,
                listed: BTreeSet::new(),
                shown: BTreeSet::new(),
                sight: Sight::Whole,
                last_seen: Mono::from_millis(0),
                ended: 0,
                known: BTreeSet::new(),
            });
        }
    }

    fn exchange(&mut self, exchange: Exchange) {
        let Some(run) = self.current else { return };
        let Some(facts) = self.runs.get_mut(run.0) else {
            return;
        };
        if !facts.account(&exchange) {
            return;
        }
        let host = facts.header.host.clone();
        let id = ExchangeId {
            run,
            number: exchange.number,
        };
        let answer = Rc::new(Answer::of(id, &exchange));
        self.quote(&host, &answer, id, &exchange);
        self.said(&host, &answer, id, exchange);
    }

    /// Keeps what a proof can quote: reads of runners, of jobs by id, and
    /// what first showed a job completed.
    fn quote(&mut self, host: &Host, answer: &Rc<Answer>, id: ExchangeId, exchange: &Exchange) {
        let quotable = match &exchange.said {
            Said::Runners { .. } | Said::Runner(_) | Said::Job(_) => true,
            Said::Jobs { jobs, .. } => jobs.iter().any(|job| self.completes(host, job)),
            Said::Runs { .. }
            | Said::Run(_)
            | Said::Annotations { .. }
            | Said::Deliveries { .. }
            | Said::Repos { .. }
            | Said::RateLimit
            | Said::NotModified
            | Said::Failed(_) => false,
        };
        if quotable {
            self.quotes.insert(id, Quote::of(exchange, answer));
        }
    }

    /// Whether this record is the first to show its job completed; a job
    /// that was never seen to run included.
    fn completes(&self, host: &Host, job: &Job) -> bool {
        let known = self.jobs.get(&job_key(host, job.id));
        record_state(job) == RecordState::Completed
            && known.is_none_or(|known| known.completed_by.is_none())
    }

    fn said(&mut self, host: &Host, answer: &Rc<Answer>, id: ExchangeId, exchange: Exchange) {
        let cycle = exchange.cycle;
        if exchange.said == Said::NotModified {
            self.unchanged(id, answer, &exchange);
            return;
        }
        if let Some(items) = self.list(host, id, answer, &exchange) {
            let Exchange { target, url, .. } = exchange;
            self.bodies.remember(target, url, cycle, items);
            return;
        }
        self.refusal(host, &exchange);
        match (exchange.target, exchange.said) {
            (Target::Runner { scope, .. }, Said::Runner(Some(runner))) => {
                let lane = self.lanes.of(host, &scope, runner.id);
                lane.saw(answer, &runner);
            }
            (Target::Runner { scope, id: runner }, Said::Runner(None)) => {
                let lane = self.lanes.of(host, &scope, runner);
                lane.push(answer, Seen::Missing, None);
            }
            (_, Said::Job(Some(job))) => {
                let key = job_key(host, job.id);
                let glimpse = Glimpse {
                    key,
                    job: Arc::new(Job::clone(&job)),
                };
                self.glimpses.insert(id, glimpse);
                self.job(host, &job, Some(job_read(id, answer, cycle)));
            }
            (Target::Job { id: job, .. }, Said::Job(None)) => {
                if let Some(history) = self.jobs.get_mut(&job_key(host, job)) {
                    history.gone = true;
                }
            }
            _ => {}
        }
    }

    /// Takes note of a list that the credential may not read. One of jobs that
    /// it could read before shows that it may see nothing else either.
    fn refusal(&mut self, host: &Host, exchange: &Exchange) {
        let limited = |failure: &Failure| failure.reason == UnknownReason::RateLimited;
        let refused = match (&exchange.said, exchange.status) {
            (Said::Failed(failure), Some(401 | 403 | 404)) => !limited(failure),
            _ => false,
        };
        if !refused {
            return;
        }
        if let Target::Runners { scope, .. } = &exchange.target {
            let scope = (host.clone(), scope.clone());
            self.sights.entry(scope).or_default().refused();
        } else if self.bodies.refused(&exchange.target) {
            let of_host = self.sights.iter_mut().filter(|((of, _), _)| of == host);
            of_host.for_each(|(_, sights)| sights.refused());
        }
    }

    /// Takes in a list; returns what it held.
    fn list(
        &mut self,
        host: &Host,
        id: ExchangeId,
        answer: &Rc<Answer>,
        exchange: &Exchange,
    ) -> Option<Items> {
        match (&exchange.target, &exchange.said) {
            (Target::Runners { scope, .. }, Said::Runners { runners, .. }) => {
                if exchange.age.is_none() {
                    let scope = (host.clone(), scope.clone());
                    let sights = self.sights.entry(scope).or_default();
                    sights.answered(answer.when);
                }
                let scope = self.lanes.scope(host, scope);
                Some(Items::Runners(
                    self.listed(id, answer, exchange, scope, runners),
                ))
            }
            (_, Said::Jobs { jobs, .. }) => {
                for job in jobs {
                    self.job(host, job, Some(job_read(id, answer, exchange.cycle)));
                }
                let keys = jobs.iter().map(|job| job_key(host, job.id));
                Some(Items::Jobs(keys.collect()))
            }
            _ => None,
        }
    }

    /// Takes in the runners of a list. One that is just as in the list before
    /// is not looked up again.
    fn listed(
        &mut self,
        id: ExchangeId,
        answer: &Rc<Answer>,
        exchange: &Exchange,
        scope: ScopeIndex,
        runners: &[Arc<Runner>],
    ) -> Vec<Listed> {
        let mut before = self.bodies.take_runners(&exchange.target).into_iter();
        let listed = runners.iter().filter_map(|runner| {
            let known = before.next().filter(|it| Arc::ptr_eq(&it.runner, runner));
            let index = known.as_ref().map(|known| known.index);
            let index = index.unwrap_or_else(|| self.lanes.index(scope, runner.id));
            let lane = self.lanes.at(index)?;
            lane.listed = Some((id.run, exchange.cycle));
            if let Some(known) = known {
                lane.push(answer, known.seen, known.look);
                return Some(known);
            }
            let (seen, look) = lane.saw(answer, runner);
            Some(Listed {
                runner: Arc::clone(runner),
                index,
                seen,
                look,
            })
        });
        // As many as there are, nearly always: not grown step by step.
        let mut all = Vec::with_capacity(runners.len());
        all.extend(listed);
        all
    }

    fn sandwich(&mut self, sandwich: Sandwich) {
        let Some((index, run)) = self.current_run() else {
            return;
        };
        if run.has_ended(&sandwich) {
            return;
        }
        let host = run.header.host.clone();
        let lane = self.lanes.of(&host, &sandwich.scope, sandwich.runner);
        let known = (index, sandwich);
        if !lane.sandwiches.contains(&known) {
            lane.sandwiches.push(known);
        }
    }

    /// Ends a cycle: runners that its complete lists no longer show are
    /// absent, which is unknown, never idle.
    fn cycle(&mut self, cycle: Cycle) {
        let Some(run) = self.current else { return };
        let Some(facts) = self.runs.get_mut(run.0) else {
            return;
        };
        let known = facts.cycles.last.as_ref();
        if known.is_some_and(|known| cycle.number <= known.number) {
            return;
        }
        facts.ended = facts.known.pop_last().unwrap_or(0).max(facts.ended);
        facts.known.clear();
        facts.last_seen = facts.last_seen.max(cycle.window.received);
        let complete = cycle.runners_expected == cycle.runners_read;
        let host = facts.header.host.clone();
        let scopes = facts.header.targets.clone();
        let when = When::Live {
            run,
            window: cycle.window,
        };
        if complete {
            self.note_absent((&host, &scopes), (run, cycle.number), when);
        }
        self.bodies.forget_before(cycle.number);
        if let Some(facts) = self.runs.get_mut(run.0) {
            facts.end_cycle(cycle);
        }
    }

    fn note_absent(&mut self, of: (&Host, &[Scope]), cycle: (RunIndex, u32), when: When) {
        let answer = Rc::new(Answer::at(when));
        for lane in self.lanes.of_scopes(of.0, of.1) {
            let listed_here = lane.listed == Some(cycle);
            if lane.listed.is_some() && !listed_here {
                lane.listed = None;
                let absent = Seen::Nothing(UnknownReason::RunnerAbsent);
                lane.push(&answer, absent, None);
            }
        }
    }

    fn imported_reading(&mut self, reading: ImportedReading) {
        let answer = self.answer_at(When::Imported(reading.at));
        let lane = self.lanes.of_key(&reading.key);
        let (seen, runner) = match reading.said {
            Sighting::Seen(runner) => (Seen::of(&runner), Some(runner)),
            Sighting::Missing => (Seen::Missing, None),
        };
        let look = Look {
            instance: reading.instance,
            source: reading.source,
            ..runner.map_or_else(|| Look::named(reading.name), Look::of)
        };
        let look = lane.look(look);
        lane.push(&answer, seen, look);
    }

    fn answer_at(&mut self, when: When) -> Rc<Answer> {
        let known = self.polled.take().filter(|known| known.when == when);
        let answer = known.unwrap_or_else(|| Rc::new(Answer::at(when)));
        Rc::clone(self.polled.insert(answer))
    }

    fn event(&mut self, event: RunnerEvent) {
        let lane = self.lanes.of_key(&event.key);
        lane.events.push(event);
    }

    fn log(&mut self, log: RunnerLog) {
        let lane = self.lanes.of_key(&log.key);
        lane.logs.push(log);
    }

    /// Keeps the one that tells of a loss, if there is one.
    fn annotated(&mut self, annotated: Annotated) {
        let mut messages = annotated.annotations.into_iter().map(|note| note.message);
        let telling = messages.find(|message| tells_of_loss(message));
        let key = job_key(&annotated.host, annotated.job);
        let known = self.annotations.entry(key).or_default();
        if known.is_none() {
            *known = telling;
        }
    }

    fn job(&mut self, host: &Host, job: &Job, read: Option<JobRead>) {
        let key = job_key(host, job.id);
        let state = record_state(job);
        if state != RecordState::Completed && self.over.contains_key(&key) {
            return;
        }
        let placed = read.and_then(|read| Some((read.when, self.place(read.when)?)));
        let history = self.jobs.entry(key.clone()).or_insert_with(|| JobHistory {
            record: Arc::new(job.clone()),
            first_running: None,
            last_running: None,
            last_in_progress: None,
            completed_by: None,
            early: Vec::new(),
            last_read: None,
            gone: false,
        });
        history.read(job, state, read);
        if let Some((when, placed)) = placed {
            history.read_early(job, when, placed.window.received);
        }
        let record = Arc::clone(&history.record);
        if record.assignment.is_none() && record_state(&record) != RecordState::Completed {
            self.unassigned.insert(key);
            return;
        }
        self.unassigned.remove(&key);
        if let Some(assignment) = &record.assignment {
            let named = self.by_runner.entry(assignment.runner_id.0).or_default();
            named.insert(key);
        }
    }
}

fn job_read(by: ExchangeId, answer: &Answer, cycle: u32) -> JobRead {
    JobRead {
        when: answer.when,
        cycle,
        by,
        cached: answer.age.is_some(),
    }
}

fn is_of_a_file(record: &Record) -> bool {
    match record {
        Record::Reading(_)
        | Record::Event(_)
        | Record::Log(_)
        | Record::Job(_)
        | Record::Lacking(_)
        | Record::Annotated(_) => true,
        Record::Run(_)
        | Record::Exchange(_)
        | Record::Sandwich(_)
        | Record::Cycle(_)
        | Record::Told(_) => false,
    }
}
