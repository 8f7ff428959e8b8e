//! Whether a runner is truly busy: the answer an autoscaler needs before it
//! terminates (`contract.md` §1). Pure, like all of this room.
//!
//! A wrong "idle" kills a job, so "idle" is the last row, first row that fits:
//!
//! | # | what was read | answer | why |
//! |---|---|---|---|
//! | 1 | no list of this run shows it, or its last reading is a 404 | cannot tell | not-found |
//! | 2 | several runners bear the name or the id | cannot tell | ambiguous |
//! | 3 | its last reading: offline | cannot tell | offline |
//! | 4 | a job runs on it, by id and name, whatever its flag | busy | job-running |
//! | 5 | its last reading: busy:true | busy | flag-set |
//! | 6 | an unfinished job names its id and another name, group or label, or its name and another id | cannot tell | ambiguous |
//! | 7 | a job on it has a record that contradicts itself | cannot tell | mixed-job |
//! | 8 | its last reading says nothing usable, or none was made | cannot tell | unread |
//! | 9 | fewer than 3 unbroken idle readings, or over less than the lag limit | cannot tell | too-short |
//! | 10 | not all jobs of the scope read completely after its last reading | cannot tell | jobs-unread |
//! | 11 | a queued job fits its labels | cannot tell | job-queued |
//! | 12 | a job in progress without a runner fits its labels | cannot tell | job-unplaced |
//! | 13 | anything else | idle | idle-over-lag-limit |
//!
//! *Idle readings* are unconditional 200 answers without `Age` that read online
//! and false and to which the decision table of [`super`] finds no job. They
//! are *unbroken* as long as no other answer about the runner lies between and
//! neighbors are less than a lag limit apart (one of under 2 s counts as 2 s),
//! which is how often a watch reads unconditionally: the lag limit then spans
//! 3 of them. A recording's count like those of this run, by the same rule,
//! less what its clock leaves open; at least one is of this run, and job lists
//! are its own.

mod bearing;
mod quiet;
mod which;

use std::sync::Arc;

use super::facts::{Facts, RunIndex, When};
use super::lane::{Look, Seen};
use super::period::runner_facts;
use super::placed::PlacedReading;
use super::proof::proof_of_sandwich;
use super::track::Track;
use super::witness::{Beside, Witness};
use super::{Detector, View};
use crate::model::{
    Because, Cycle, FlagRead, Job, MonoWindow, Occupancy, Quiet, Rules, RunnerKey, Sight, Span,
    Timestamp, UnknownReason,
};
use bearing::{Bears, bearing, of_gone};
use which::Which;

/// Fewer idle readings than this say nothing.
const ENOUGH: u64 = 3;

/// Job lists that were begun later than this after the last reading of the
/// runner say nothing about it as it was read.
const LONG_AFTER: Span = Span::secs(45);

impl Detector {
    /// The runner of this id or name, among those that the current run read.
    pub(crate) fn runner_asked(&self, asked: &str) -> Option<&RunnerKey> {
        match which::which(&self.facts, asked) {
            Which::One(key) => Some(key),
            Which::Several | Which::Unlisted | Which::Unread => None,
        }
    }

    /// Whether the runner of this id or name is busy, at the end of what was
    /// fed. Only what the current run read about runners and jobs makes it
    /// idle or busy; older readings lengthen the time over which it was idle.
    pub(crate) fn occupancy(&self, asked: &str, view: &View) -> Occupancy {
        let key = match which::which(&self.facts, asked) {
            Which::One(key) => key,
            Which::Several => return Occupancy::of_nobody(Because::Ambiguous),
            Which::Unlisted => return self.of_gone(asked),
            Which::Unread => {
                let reason = UnknownReason::IncompletePages;
                return Occupancy::of_nobody(Because::Unread(reason));
            }
        };
        let Some(lane) = self.facts.lanes.get(key) else {
            return Occupancy::of_nobody(Because::NotFound);
        };
        let witness = Witness::of(&self.facts);
        let track = self.track(key, lane, view);
        let desk = Desk::of(&self.facts, &track, witness.beside(key), &view.rules);
        desk.map_or(Occupancy::of_nobody(Because::NotFound), |desk| {
            desk.occupancy()
        })
    }
}

impl Detector {
    /// Of a runner that is gone, or never was: whether a job runs on all the
    /// same can be said.
    fn of_gone(&self, asked: &str) -> Occupancy {
        let job = of_gone(&self.facts, asked);
        Occupancy {
            job: job.map(|job| Box::new(Job::clone(job))),
            as_of: self
                .facts
                .current_run()
                .and_then(|(run, _)| jobs_read_from(&self.facts, run)),
            ..Occupancy::of_nobody(Because::NotFound)
        }
    }
}

/// A runner with its last reading of this run.
struct Desk<'a> {
    facts: &'a Facts,
    track: &'a Track<'a>,
    beside: Beside<'a>,
    rules: &'a Rules,
    run: RunIndex,
    last: &'a PlacedReading,
    /// Unfinished jobs that mean something for it.
    jobs: Vec<(Bears, &'a Arc<Job>)>,
}

impl<'a> Desk<'a> {
    fn of(
        facts: &'a Facts,
        track: &'a Track<'a>,
        beside: Beside<'a>,
        rules: &'a Rules,
    ) -> Option<Self> {
        let (run, _) = facts.current_run()?;
        let last = track.readings.iter().rev().find(|r| r.when.is_of(run))?;
        Some(Self {
            facts,
            track,
            beside,
            rules,
            run,
            last,
            jobs: bearing(facts, track.key, look(track, last)),
        })
    }

    fn occupancy(&self) -> Occupancy {
        let quiet = self.quiet();
        let (because, job) = self.judge(quiet.as_ref());
        let sandwich = job.and_then(|job| self.sandwich(job));
        Occupancy {
            because,
            runner: Some(runner_facts(self.track, self.last)),
            flag: self.flag(),
            job: job.map(|job| Box::new(Job::clone(job))),
            proven_at: sandwich.map(|reading| reading.bounds.received),
            proof: sandwich.map_or(Vec::new(), |reading| {
                proof_of_sandwich(self.facts, self.track, reading)
            }),
            quiet,
            as_of: jobs_read_from(self.facts, self.run),
        }
    }

    /// Rows 1 and 3 to 8 of the table, and the job that decides.
    fn judge(&self, quiet: Option<&Quiet>) -> (Because, Option<&'a Arc<Job>>) {
        let running = self.first(Bears::Runs);
        match self.last.seen {
            Seen::Missing => return (Because::NotFound, running),
            Seen::Flag { online: false, .. } => return (Because::Offline, running),
            Seen::Flag { online: true, .. } | Seen::Nothing(_) => {}
        }
        if running.is_some() {
            return (Because::JobRunning, running);
        }
        if matches!(self.last.seen, Seen::Flag { busy: true, .. }) {
            return (Because::FlagSet, None);
        }
        let doubts = [
            (Bears::Unclear, Because::Ambiguous),
            (Bears::Mixed, Because::MixedJob),
        ];
        if let Some(doubt) = self.first_of(doubts) {
            return doubt;
        }
        match (self.last.seen, quiet) {
            (Seen::Nothing(reason), _) => (Because::Unread(reason), None),
            (Seen::Flag { .. } | Seen::Missing, None) => {
                (Because::Unread(UnknownReason::NotModified), None)
            }
            (Seen::Flag { .. } | Seen::Missing, Some(quiet)) => self.judge_idle(quiet),
        }
    }

    /// Rows 9 to 13, of a runner that was last read as idle.
    fn judge_idle(&self, quiet: &Quiet) -> (Because, Option<&'a Arc<Job>>) {
        let left = self.rules.lag_limit - quiet.sure;
        if quiet.readings < ENOUGH || Span::ZERO < left {
            let left = left.max(Span::ZERO);
            return (Because::TooShort { left }, None);
        }
        if !self.jobs_are_read() {
            return (Because::JobsUnread, None);
        }
        let takers = [
            (Bears::Queued, Because::JobQueued),
            (Bears::Unplaced, Because::JobUnplaced),
        ];
        self.first_of(takers).unwrap_or((Because::Idle, None))
    }

    fn first_of(&self, rows: [(Bears, Because); 2]) -> Option<(Because, Option<&'a Arc<Job>>)> {
        let mut found = rows
            .into_iter()
            .filter_map(|(bears, because)| Some((because, Some(self.first(bears)?))));
        found.next()
    }

    fn first(&self, wanted: Bears) -> Option<&'a Arc<Job>> {
        let mut jobs = self.jobs.iter().filter(|(bears, _)| *bears == wanted);
        jobs.next().map(|(_, job)| *job)
    }

    /// Whether the last cycle of this run read all jobs of the whole scope,
    /// later than the last reading of the runner and not long after it.
    fn jobs_are_read(&self) -> bool {
        let run = self.facts.run(self.run);
        let Some(cycle) = run.and_then(|run| run.cycles.last.as_ref()) else {
            return false;
        };
        let When::Live { window, .. } = self.last.when else {
            return false;
        };
        let after = cycle.jobs_from - window.received;
        read_all_jobs(cycle) && Span::ZERO <= after && after <= LONG_AFTER
    }

    fn flag(&self) -> Option<FlagRead> {
        match self.last.seen {
            Seen::Flag { busy, online } => Some(FlagRead {
                at: self.last.bounds.received,
                busy,
                online,
            }),
            Seen::Missing | Seen::Nothing(_) => None,
        }
    }

    /// The last reading of this run that a sandwich of this job held around.
    fn sandwich(&self, job: &Job) -> Option<&'a PlacedReading> {
        let mut readings = self.track.readings.iter().rev();
        let found = readings.find(|r| r.when.is_of(self.run) && r.sandwiched == Some(job.id))?;
        (found.seen == Seen::IDLE).then_some(found)
    }
}

/// When the last cycle of a run began to read jobs, if it read all of them.
fn jobs_read_from(facts: &Facts, run: RunIndex) -> Option<Timestamp> {
    let cycle = facts.run(run)?.cycles.last.as_ref()?;
    let window = MonoWindow::at(cycle.jobs_from);
    let placed = facts.place(When::Live { run, window })?;
    read_all_jobs(cycle).then_some(placed.window.sent)
}

fn read_all_jobs(cycle: &Cycle) -> bool {
    let whole = cycle.sight == Sight::Whole && cycle.unreadable.is_empty();
    whole && cycle.jobs_complete && !cycle.open_below
}

/// What the runner looks like by a reading, else by the last that says it.
fn look<'a>(track: &Track<'a>, reading: &PlacedReading) -> Option<&'a Look> {
    let look = track.lane.look_of(reading.look);
    look.or(track.lane.looks.last())
}
