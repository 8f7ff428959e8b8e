//! A fleet as GitHub tells of it, with limits, on a virtual clock. Flags are
//! true to the jobs, but for those of the liars.

use std::cell::{Cell, RefCell};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::clock::{Clock, Virtual};
use crate::model::{
    About, Assignment, Conclusion, Delivery, Job, JobId, JobStatus, ListedRepo, Mono, OnlineStatus,
    Rate, RepoId, RepoName, RepoState, RunId, Runner, RunnerId, Said, Sight, Span, Step, Target,
    Timestamp, WorkflowRun, shared,
};
use crate::poll::{Head, PollError, Reply, Request, Source};

/// One run lasts so long, and the next follows it.
const LIFE: i64 = 600;

const LIMIT: u64 = 5_000;

/// Items of a page.
const PAGE: u64 = 100;

/// Runs of one place, one after the other, have ids so far from the next.
const IDS: u64 = 1_000;

pub(super) fn morning() -> Timestamp {
    Timestamp::parse("2026-05-14T08:00:00Z").unwrap()
}

/// Sizes: runs of a repository at once, jobs of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fleet {
    pub(super) runners: u64,
    pub(super) repos: u64,
    /// The first so many of them have runs.
    pub(super) active: u64,
    pub(super) runs: u64,
    pub(super) jobs: u64,
    /// The first so many runners at work read false all the time.
    pub(super) liars: u64,
    pub(super) change: Change,
}

/// What time does to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    None,
    /// Steps go on every minute; runs end after ten.
    Steady,
}

/// One run: its place among all that go on at once, and its turn there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Turn {
    place: u64,
    turn: u64,
}

/// A source of a fleet's answers.
pub(super) struct GitHub {
    fleet: Fleet,
    clock: Virtual,
    sent: RefCell<Vec<Mono>>,
    charged: RefCell<Vec<Mono>>,
    /// Of GitHub's own hour.
    used: Cell<(i64, u64)>,
}

impl GitHub {
    pub(super) fn new(fleet: Fleet, clock: &Virtual) -> Self {
        Self {
            fleet,
            clock: clock.clone(),
            sent: RefCell::default(),
            charged: RefCell::default(),
            used: Cell::new((0, 0)),
        }
    }

    pub(super) fn sent(&self) -> u64 {
        self.sent.borrow().len() as u64
    }

    pub(super) fn charged(&self) -> u64 {
        self.charged.borrow().len() as u64
    }

    pub(super) fn most_charged_in(&self, span: Span) -> usize {
        most(&self.charged.borrow(), span)
    }

    pub(super) fn most_sent_in(&self, span: Span) -> usize {
        most(&self.sent.borrow(), span)
    }

    /// Seconds since the beginning.
    fn now(&self) -> i64 {
        (self.clock.wall() - morning()).as_millis() / 1000
    }

    /// Places change their runs one after the other.
    fn turn_at(&self, place: u64) -> Turn {
        let phase = i64::try_from(place * 7 % 600).unwrap();
        let turn = match self.fleet.change {
            Change::None => 1,
            Change::Steady => (self.now() + phase) / LIFE + 1,
        };
        Turn {
            place,
            turn: u64::try_from(turn).unwrap(),
        }
    }

    fn began(&self, turn: Turn) -> Timestamp {
        let phase = i64::try_from(turn.place * 7 % 600).unwrap();
        let before = i64::try_from(turn.turn).unwrap() - 1;
        match self.fleet.change {
            Change::None => morning() - Span::secs(300),
            Change::Steady => morning() + Span::secs(before * LIFE - phase),
        }
    }

    fn is_on(&self, turn: Turn) -> bool {
        self.turn_at(turn.place) == turn
    }

    fn runner(&self, index: u64) -> Runner {
        let at_work = self.fleet.active * self.fleet.runs * self.fleet.jobs;
        Runner {
            id: RunnerId(index + 1),
            name: Some(format!("runner-{}", index + 1).into()),
            os: None,
            status: OnlineStatus::Online,
            busy: index < at_work && self.fleet.liars <= index,
            labels: None,
            group_id: None,
            version: None,
        }
    }

    fn run(&self, turn: Turn) -> WorkflowRun {
        let on = self.is_on(turn);
        let began = self.began(turn);
        let updated = if on { began } else { began + Span::secs(LIFE) };
        WorkflowRun {
            id: RunId(turn.place * IDS + turn.turn),
            attempt: Some(1),
            status: Some(if on { "in_progress" } else { "completed" }.into()),
            created_at: Some(began),
            updated_at: Some(updated),
        }
    }

    fn runs(&self, repo: u64) -> Vec<WorkflowRun> {
        let runs = if repo < self.fleet.active {
            self.fleet.runs
        } else {
            0
        };
        let places = repo * self.fleet.runs..repo * self.fleet.runs + runs;
        let now: Vec<_> = places.map(|place| self.turn_at(place)).collect();
        let before = now.iter().filter(|it| 1 < it.turn).map(|it| Turn {
            turn: it.turn - 1,
            ..*it
        });
        now.iter()
            .copied()
            .chain(before)
            .map(|it| self.run(it))
            .collect()
    }

    fn job(&self, run: u64, number: u64) -> Job {
        let turn = Turn {
            place: run / IDS,
            turn: run % IDS,
        };
        let began = self.began(turn);
        let on = self.is_on(turn);
        let ended = (!on).then(|| began + Span::secs(LIFE));
        let runner = turn.place * self.fleet.jobs + number;
        let status = if on {
            JobStatus::InProgress
        } else {
            JobStatus::Completed
        };
        Job {
            id: JobId(run * 10 + number),
            run_id: Some(RunId(run)),
            run_attempt: Some(1),
            repo: name(turn.place / self.fleet.runs),
            name: "build".into(),
            workflow: None,
            html_url: None,
            status,
            conclusion: ended.map(|_| Conclusion::Success),
            created_at: None,
            started_at: Some(began),
            completed_at: ended,
            steps: self.steps(began, ended),
            assignment: Some(Assignment {
                runner_id: RunnerId(runner + 1),
                runner_name: Some(format!("runner-{}", runner + 1).into()),
                group_id: None,
                group_name: None,
                hosted: false,
            }),
            labels: None,
        }
    }

    /// A step a minute.
    fn steps(&self, began: Timestamp, ended: Option<Timestamp>) -> Vec<Step> {
        let until = ended.unwrap_or(self.clock.wall());
        let minutes = match self.fleet.change {
            Change::None => 0,
            Change::Steady => ((until - began).as_millis() / 60_000).min(9),
        };
        let steps = (0..=minutes).map(|minute| {
            let start = began + Span::secs(60 * minute);
            let over = minute < minutes || ended.is_some();
            Step {
                name: if minute == 0 { "Set up job" } else { "work" }.into(),
                status: if over {
                    JobStatus::Completed
                } else {
                    JobStatus::InProgress
                },
                conclusion: over.then_some(Conclusion::Success),
                started_at: Some(start),
                completed_at: over.then(|| start + Span::secs(60)),
            }
        });
        steps.collect()
    }

    fn said(&self, target: &Target) -> Said {
        match target {
            Target::Runners { page, .. } => Said::Runners {
                total: Some(self.fleet.runners),
                runners: shared(paged(self.fleet.runners, *page).map(|it| self.runner(it))),
                undecodable: 0,
            },
            Target::Runner { id, .. } => Said::Runner(Some(self.runner(id.0 - 1))),
            Target::Runs { repo, .. } => {
                let runs = shared(self.runs(index(repo)));
                Said::Runs {
                    total: Some(runs.len() as u64),
                    runs,
                    undecodable: 0,
                }
            }
            Target::Run { .. } => Said::Run(None),
            Target::AllJobs { .. } | Target::Annotations { .. } => {
                panic!("a watch asks for nothing of the past")
            }
            Target::Jobs { run, .. } => Said::Jobs {
                total: Some(self.fleet.jobs),
                jobs: shared((0..self.fleet.jobs).map(|it| self.job(run.0, it))),
                undecodable: 0,
            },
            Target::Job { id, .. } => Said::Job(Some(Box::new(self.job(id.0 / 10, id.0 % 10)))),
            Target::Repos { page, .. } => Said::Repos {
                total: None,
                repos: paged(self.fleet.repos, *page).map(listed).collect(),
                undecodable: 0,
                sight: Sight::Whole,
            },
            Target::Deliveries { page, .. } => self.deliveries(*page),
            Target::RateLimit => Said::RateLimit,
        }
    }

    /// One for each beginning and end of a run within the last hour.
    fn deliveries(&self, page: u32) -> Said {
        let all = self.delivered();
        let (from, to) = (PAGE * u64::from(page - 1), PAGE * u64::from(page));
        let within = |at: u64| usize::try_from(at).unwrap().min(all.len());
        Said::Deliveries {
            deliveries: all[within(from)..within(to)].to_vec(),
            undecodable: 0,
        }
    }

    fn delivered(&self) -> Vec<Delivery> {
        let now = self.clock.wall();
        let places = 0..self.fleet.active * self.fleet.runs;
        let mut all: Vec<_> = places
            .flat_map(|place| {
                let repo = RepoId(place / self.fleet.runs + 1);
                let turn = self.turn_at(place).turn;
                let turns = turn.saturating_sub(6).max(1)..=turn;
                let began = turns.map(move |turn| self.began(Turn { place, turn }));
                began.map(move |at| Delivery {
                    at,
                    about: About::Job(Some(repo)),
                })
            })
            .filter(|delivery| delivery.at <= now)
            .collect();
        all.sort_by_key(|delivery| std::cmp::Reverse(delivery.at));
        all
    }

    fn has_next(&self, target: &Target) -> bool {
        let (items, page) = match target {
            Target::Deliveries { page, .. } => (self.delivered().len() as u64, *page),
            Target::Runners { page, .. } => (self.fleet.runners, *page),
            Target::Repos { page, .. } => (self.fleet.repos, *page),
            _ => return false,
        };
        u64::from(page) * PAGE < items
    }

    fn charge(&self) -> Rate {
        let hour = self.now() / 3600;
        let (of, used) = self.used.get();
        let used = if of == hour { used } else { 0 } + 1;
        self.used.set((hour, used));
        self.charged.borrow_mut().push(self.clock.mono());
        self.rate()
    }

    fn rate(&self) -> Rate {
        let (hour, used) = self.used.get();
        Rate {
            limit: Some(LIMIT),
            remaining: Some(LIMIT - used),
            used: Some(used),
            reset: Some(morning() + Span::secs((hour + 1) * 3600)),
        }
    }
}

impl Source for GitHub {
    async fn ask(&self, request: &Request) -> Reply {
        self.sent.borrow_mut().push(self.clock.mono());
        self.clock.sleep(Span::millis(15)).await;
        let said = self.said(&request.target);
        let mut hasher = DefaultHasher::new();
        format!("{said:?}").hash(&mut hasher);
        let etag: Arc<str> = format!("W/\"{:016x}\"", hasher.finish()).into();
        let known = request.etag.as_ref() == Some(&etag);
        let number = self.sent.borrow().len();
        let rate = if known { self.rate() } else { self.charge() };
        let said: Result<_, PollError> = Ok(if known { Said::NotModified } else { said });
        Reply {
            head: Head {
                url: format!("{:?}", request.target).into(),
                status: Some(if known { 304 } else { 200 }),
                // The header has whole seconds.
                date: Some(morning() + Span::secs(self.now())),
                request_id: Some(format!("R{number}").into()),
                etag: Some(etag),
                rate: Some(rate),
                ..Head::default()
            },
            next: self
                .has_next(&request.target)
                .then(|| format!("{:?}#next", request.target).into()),
            said,
            raw: None,
            requests: 1,
        }
    }
}

fn paged(items: u64, page: u32) -> std::ops::Range<u64> {
    let from = u64::from(page - 1) * PAGE;
    from..(from + PAGE).min(items)
}

fn name(index: u64) -> RepoName {
    RepoName::parse(&format!("acme/r{index:03}")).unwrap()
}

fn index(repo: &RepoName) -> u64 {
    repo.name.trim_start_matches('r').parse().unwrap()
}

fn listed(index: u64) -> ListedRepo {
    ListedRepo {
        name: name(index),
        id: Some(RepoId(index + 1)),
        state: RepoState::Active,
    }
}

/// The most instants in any span of that length.
fn most(at: &[Mono], span: Span) -> usize {
    let within = |(first, from): (usize, &Mono)| {
        let later = at[first..].iter();
        later.take_while(|it| **it < *from + span).count()
    };
    at.iter().enumerate().map(within).max().unwrap_or(0)
}
