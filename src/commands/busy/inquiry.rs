//! The inquiry behind an answer: what to read, and when to read again. It
//! knows no HTTP and no real clock, so that a simulation can drive it.
//!
//! All jobs are read at its beginning and its end; between them each runner is
//! read by id, which costs one request.

use crate::clock::Clock;
use crate::commands::setup::run_header;
use crate::commands::target::Aim;
use crate::detect::{CoverageOf, Detector, View};
use crate::model::{
    Answer, Because, Candidate, Mono, Occupancy, Record, Requests, Rules, RunnerId, RunnerKey,
    Scope, Sight, Span, Urgency,
};
use crate::poll::{Again, Breadth, Fatal, Options, Poller, Source, Waiting};

/// Readings of a runner in a lag limit: one more than it takes, so that one
/// may fail.
const READINGS: i64 = 4;

/// Runners are read no faster than this.
const SHORTEST_PAUSE: Span = Span::secs(1);

/// Rounds that may fail to read everything before it is given up.
const FUTILE: u32 = 3;

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// Ids or names.
    pub(super) runners: Vec<String>,
    pub(super) rules: Rules,
    pub(super) aim: Aim,
    pub(super) max_concurrent: usize,
    pub(super) deadline: Mono,
}

/// An inquiry under way.
pub(super) struct Inquiry<'a, S, C> {
    poller: Poller<'a, S, C>,
    clock: &'a C,
    question: &'a Question,
    detector: Detector,
    show: Box<dyn Fn(String) + 'a>,
}

/// How much is read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    /// The runners asked about, all lists, all jobs.
    Whole,
    /// The runners asked about.
    Look,
}

impl<'a, S: Source, C: Clock> Inquiry<'a, S, C> {
    /// `watched` is what a recording of the same target holds.
    pub(super) fn new(
        source: &'a S,
        clock: &'a C,
        question: &'a Question,
        watched: Detector,
        show: Box<dyn Fn(String) + 'a>,
    ) -> Self {
        let aim = &question.aim;
        let options = Options {
            scopes: aim.scopes.clone(),
            repos: aim.repos.clone(),
            owners: aim.owners.clone(),
            sight: aim.sight,
            hook: None,
            max_concurrent: question.max_concurrent,
            confirmations: question.runners.len(),
            again: Again::NextCycle,
            // Every list of runners is evidence here.
            lag_limit: Span::ZERO,
            turn: 0,
            breadth: Breadth::Everything,
            budget: None,
            deadline: Some(question.deadline),
            ends: None,
        };
        let since = watched.jobs_read_until();
        let mut detector = watched;
        let header = run_header("busy", clock, aim);
        detector.feed(Record::Run(header));
        let on_wait = Box::new(|_: &Waiting| {});
        let since = since.unwrap_or(clock.wall());
        Self {
            poller: Poller::new(source, clock, options, since, on_wait),
            clock,
            question,
            detector,
            show,
        }
    }

    /// Reads until every answer is final.
    ///
    /// # Errors
    /// When the first cycle finds no access, or nothing answers.
    pub(super) async fn pursue(&mut self) -> Result<(), Fatal> {
        let mut round = Round::Whole;
        let mut futile = 0;
        loop {
            self.make(round).await?;
            let answers = self.occupancies();
            let Some((next, pause)) = self.next(&answers, round) else {
                return Ok(());
            };
            futile += u32::from(round == Round::Whole && next == Round::Whole);
            let wake = self.clock.mono() + pause;
            if FUTILE < futile || self.question.deadline <= wake {
                return Ok(());
            }
            (self.show)(progress(&answers));
            self.clock.sleep_until(wake).await;
            round = next;
        }
    }

    /// Ends a round that the deadline cut off.
    pub(super) fn cut_off(&mut self) {
        self.poller.cut_off();
        self.poller.end_cycle();
        self.collect();
    }

    /// An answer for each runner asked about.
    pub(super) fn occupancies(&self) -> Vec<Occupancy> {
        let view = self.view(None);
        let asked = self.question.runners.iter();
        asked
            .map(|asked| self.detector.occupancy(asked, &view))
            .collect()
    }

    /// What the inquiry spent.
    pub(super) fn requests(&self) -> Option<Requests> {
        let view = self.view(Some(Vec::new()));
        let requests = self.detector.analysis(&view).requests;
        requests.map(|requests| requests.and_redirects(self.poller.redirects()))
    }

    async fn make(&mut self, round: Round) -> Result<(), Fatal> {
        self.poller.look(&self.known()).await;
        if round == Round::Whole {
            let open = self.detector.open_jobs();
            let swept = self.poller.sweep(&open, &[]).await;
            self.collect();
            swept?;
            self.poller.confirm(&self.candidates()).await;
            self.poller.end_cycle();
        }
        self.collect();
        Ok(())
    }

    /// Contradictions about the runners asked about; no controls.
    fn candidates(&self) -> Vec<Candidate> {
        let keys = self.keys().cloned().collect();
        let mut candidates = self.detector.candidates(&self.view(Some(keys)));
        candidates.retain(|candidate| candidate.urgency != Urgency::Control);
        candidates
    }

    /// Scope and id of each runner asked about; an id that no list shows may
    /// be of any scope.
    fn known(&self) -> Vec<(Scope, RunnerId)> {
        let asked = self.question.runners.iter();
        let known = asked.flat_map(|asked| match self.detector.runner_asked(asked) {
            Some(key) => vec![(key.scope.clone(), key.id)],
            None => self.anywhere(asked),
        });
        known.collect()
    }

    fn anywhere(&self, asked: &str) -> Vec<(Scope, RunnerId)> {
        let Ok(id) = asked.parse() else {
            return Vec::new();
        };
        let scopes = self.question.aim.scopes.iter();
        scopes.map(|scope| (scope.clone(), RunnerId(id))).collect()
    }

    fn keys(&self) -> impl Iterator<Item = &RunnerKey> {
        let asked = self.question.runners.iter();
        asked.filter_map(|asked| self.detector.runner_asked(asked))
    }

    /// What to read next and after which pause, as long as that can change
    /// an answer.
    fn next(&self, answers: &[Occupancy], made: Round) -> Option<(Round, Span)> {
        let pause = Span::millis(self.question.rules.lag_limit.as_millis() / READINGS);
        let pause = pause.max(SHORTEST_PAUSE);
        let of = |answer: &Occupancy| match answer.because {
            Because::TooShort { left } if left <= pause => {
                let short = left == Span::ZERO;
                Some((Round::Whole, if short { pause } else { left }))
            }
            Because::TooShort { .. } => Some((Round::Look, pause)),
            // What is not in view now never will be.
            Because::JobsUnread if self.question.aim.sight == Sight::Part => None,
            Because::JobsUnread if made == Round::Look => Some((Round::Whole, Span::ZERO)),
            Because::JobsUnread | Because::Unread(_) | Because::MixedJob => {
                Some((Round::Whole, pause))
            }
            Because::NotFound
            | Because::Ambiguous
            | Because::Offline
            | Because::JobRunning
            | Because::FlagSet
            | Because::JobQueued
            | Because::JobUnplaced
            | Because::Idle => None,
        };
        let wishes = answers.iter().filter_map(of);
        wishes.min_by_key(|&(round, pause)| (pause, round == Round::Look))
    }

    fn collect(&mut self) {
        drop(self.poller.drain_raws());
        for record in self.poller.drain() {
            self.detector.feed(record);
        }
    }

    fn view(&self, runners: Option<Vec<RunnerKey>>) -> View {
        View {
            rules: self.question.rules,
            since: None,
            until: None,
            runners: runners.map(|runners| runners.into_iter().collect()),
            coverage_of: CoverageOf::LastRun,
        }
    }
}

fn progress(answers: &[Occupancy]) -> String {
    let waiting = answers
        .iter()
        .filter(|answer| answer.answer() == Answer::CannotTell);
    let left = waiting.clone().filter_map(|answer| match answer.because {
        Because::TooShort { left } => Some(left),
        _ => None,
    });
    let readings = waiting.filter_map(|answer| answer.quiet);
    match (left.max(), readings.map(|quiet| quiet.readings).min()) {
        (Some(left), Some(readings)) => format!(
            "idle at {readings} readings, {} s of the lag limit left",
            left.as_millis() / 1000 + 1
        ),
        _ => "reading again".to_owned(),
    }
}
