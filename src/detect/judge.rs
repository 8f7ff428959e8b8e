//! One reading of a runner → one verdict: the decision table of
//! `evidence.md` §3 as code, row by row. The table itself stands in the
//! documentation of [`super`].

use super::facts::When;
use super::identity::Belongs;
use super::lane::{Seen, Via};
use super::life::{Life, Relation, Sureness, moves};
use super::liveness::{Aftermath, Moved, aftermath, liveness};
use super::offset::UNBOUNDED;
use super::placed::PlacedReading;
use super::track::Track;
use super::witness::Beside;
use crate::model::{
    Certainty, Kind, Liveness, MARGIN, Rules, Span, Timestamp, UnknownReason, Window,
};

/// What is said of one reading. Jobs are indices into [`Track::lives`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The answers agree: about this job, or that there is none.
    Agree(Option<usize>),
    /// They agree by a 304, which refers to an older body: counted apart,
    /// and evidence of nothing else.
    AgreeUnchanged,
    /// They contradict each other. A provisional contradiction counts as
    /// unknown: not-confirmed.
    Contradicts {
        kind: Kind,
        certainty: Certainty,
        job: Option<usize>,
    },
    /// They contradict each other because the job's record lags.
    JobsLate(usize),
    Unknown(UnknownReason),
}

/// A job handed to a runner that still works on an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Double {
    pub(super) later: usize,
    pub(super) earlier: usize,
    pub(super) certainty: Certainty,
}

/// A reading with all that is said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    /// Row 4; other verdicts on the reading belong to the later job.
    pub(super) double: Option<Double>,
}

/// Judges one reading of a track.
pub(super) fn judge(track: &Track, index: usize, beside: Beside, rules: &Rules) -> Judged {
    let Some(reading) = track.readings.get(index) else {
        return unknown(UnknownReason::OutOfTime);
    };
    if let Seen::Nothing(reason) = reading.seen {
        return unknown(reason);
    }
    if track.is_nameless(reading) {
        return unknown(UnknownReason::Ambiguous);
    }
    let bench = Bench::of(track, index, reading);
    let verdict = bench.verdict(beside, rules);
    if reading.via == Via::Unchanged {
        return unchanged(verdict);
    }
    Judged {
        verdict,
        double: bench.double(),
    }
}

/// What a verdict amounts to on a 304 (`evidence.md` §1): it may agree; it
/// never contradicts, never proves and never closes a period.
fn unchanged(verdict: Verdict) -> Judged {
    match verdict {
        Verdict::Agree(_) | Verdict::AgreeUnchanged => Judged {
            verdict: Verdict::AgreeUnchanged,
            double: None,
        },
        Verdict::Contradicts { .. } | Verdict::JobsLate(_) => unknown(UnknownReason::NotModified),
        Verdict::Unknown(reason) => unknown(reason),
    }
}

fn unknown(reason: UnknownReason) -> Judged {
    Judged {
        verdict: Verdict::Unknown(reason),
        double: None,
    }
}

/// A reading before its judge: the runner's jobs around it, sorted by what
/// they mean for it.
struct Bench<'a> {
    track: &'a Track<'a>,
    index: usize,
    reading: &'a PlacedReading,
    near: Vec<(usize, Relation)>,
    /// Whether a job near it names this id, and another runner otherwise.
    misfit: Option<Relation>,
}

impl<'a> Bench<'a> {
    fn of(track: &'a Track<'a>, index: usize, reading: &'a PlacedReading) -> Self {
        let mut misfit = None;
        let mut near = Vec::new();
        for (at, relation) in track.near(reading) {
            if belongs(track, reading, at) {
                near.push((at, relation));
            } else if touches(relation) {
                misfit = Some(relation);
            }
        }
        Self {
            track,
            index,
            reading,
            near,
            misfit,
        }
    }

    /// Jobs that run, by their final life or their last record.
    fn running(&self) -> impl Iterator<Item = (usize, Relation)> {
        let near = self.near.iter().copied();
        near.filter(|near| matches!(near.1, Relation::Inside | Relation::Open))
    }

    /// The one of them that started last.
    fn last_running(&self) -> Option<(usize, Relation)> {
        self.running().max_by_key(|&(at, _)| self.start_of(at))
    }

    /// By its first step, which one clock dates for all jobs of a runner: the
    /// latest that a start can be is minutes later where it is unsure.
    fn start_of(&self, at: usize) -> Option<Timestamp> {
        let life = self.life(at)?;
        let first = life.job.steps.first().and_then(|step| step.started_at);
        first.or(life.start.max)
    }

    fn verdict(&self, beside: Beside, rules: &Rules) -> Verdict {
        if let Some(proven) = self.proven() {
            return proven;
        }
        match self.last_running() {
            Some((at, relation)) => self.while_one_runs(at, relation),
            None => self.while_none_runs(beside, rules),
        }
    }

    fn life(&self, at: usize) -> Option<&'a Life> {
        self.track.lives.get(at)
    }

    /// Row 6 by sandwich. When the job has settled, its final record decides
    /// at its end: what does not lie wholly before the end of the work is no
    /// longer claimed. By a clock of which nothing is known that cannot be
    /// told: the contradiction stays, and is not confirmed.
    fn proven(&self) -> Option<Verdict> {
        let job = self.reading.sandwiched?;
        let at = self.track.life_of(job)?;
        let life = self.life(at)?;
        let (window, margin) = (self.reading.window, self.reading.margin);
        let settled_out = life.end.is_some_and(|end| end < window.received + margin)
            || life.may_be_over(window, margin);
        let stands = self.reading.seen == Seen::IDLE
            && self.reading.via == Via::ById
            && belongs(self.track, self.reading, at)
            && (!settled_out || UNBOUNDED <= margin)
            && aftermath(self.track, self.reading, life) == Aftermath::None
            && !self.track.is_re_registered(self.reading, life);
        stands.then_some(Verdict::Contradicts {
            kind: Kind::BusyFalse,
            certainty: if settled_out {
                Certainty::Provisional
            } else {
                Certainty::Proven
            },
            job: Some(at),
        })
    }

    /// Rows 2, 3, 5, 6 and 8.
    fn while_one_runs(&self, at: usize, relation: Relation) -> Verdict {
        let Some(life) = self.life(at) else {
            return Verdict::Unknown(UnknownReason::Jobs);
        };
        if self.track.is_re_registered(self.reading, life) {
            return Verdict::Unknown(UnknownReason::ReRegistered);
        }
        let settled = match relation {
            Relation::Inside => Certainty::Settled,
            Relation::Before
            | Relation::Edge
            | Relation::Open
            | Relation::Mixed
            | Relation::Late
            | Relation::After => Certainty::Provisional,
        };
        let against = |kind, certainty| Verdict::Contradicts {
            kind,
            certainty,
            job: Some(at),
        };
        let after = aftermath(self.track, self.reading, life);
        match (self.reading.seen, after) {
            (
                Seen::Flag {
                    online: true,
                    busy: true,
                },
                _,
            ) => Verdict::Agree(Some(at)),
            (_, Aftermath::Terminated) => against(Kind::LostRunner, settled),
            (_, Aftermath::Edge) => Verdict::Unknown(UnknownReason::Edge),
            (Seen::Missing, Aftermath::None | Aftermath::Perhaps) => {
                self.missing(life, settled, against)
            }
            (Seen::Flag { online: false, .. }, Aftermath::None | Aftermath::Perhaps) => {
                self.offline(life, settled, against)
            }
            // A runner that is gone may still read idle.
            (Seen::Flag { online: true, .. }, Aftermath::Perhaps) => {
                Verdict::Unknown(UnknownReason::Edge)
            }
            (
                Seen::Flag {
                    online: true,
                    busy: false,
                },
                Aftermath::None,
            ) => against(Kind::BusyFalse, settled),
            (Seen::Nothing(reason), _) => Verdict::Unknown(reason),
        }
    }

    /// Row 2.
    fn missing(
        &self,
        life: &Life,
        settled: Certainty,
        against: impl Fn(Kind, Certainty) -> Verdict,
    ) -> Verdict {
        if liveness(self.track, self.index, life) == Liveness::Dead {
            return against(Kind::LostRunner, settled);
        }
        let seen_before = self.track.seen_before(self.index);
        let moved = Moved::since(self.reading, life) == Moved::Yes;
        if seen_before && moved && self.track.sight.vouches_for(self.reading) {
            against(Kind::Missing, settled)
        } else {
            against(Kind::Missing, Certainty::Provisional)
        }
    }

    /// Row 3.
    fn offline(
        &self,
        life: &Life,
        settled: Certainty,
        against: impl Fn(Kind, Certainty) -> Verdict,
    ) -> Verdict {
        match liveness(self.track, self.index, life) {
            Liveness::Alive => against(Kind::Offline, settled),
            Liveness::Dead => against(Kind::LostRunner, settled),
            Liveness::Undecided => against(Kind::Offline, Certainty::Provisional),
        }
    }

    /// Rows 1, 7, 9, 10 and 11, and the readings for which a lagging record
    /// accounts.
    fn while_none_runs(&self, beside: Beside, rules: &Rules) -> Verdict {
        if let Some(verdict) = self.at_an_edge() {
            return verdict;
        }
        match self.reading.seen {
            Seen::Nothing(reason) => Verdict::Unknown(reason),
            Seen::Missing => Verdict::Unknown(UnknownReason::RunnerAbsent),
            Seen::Flag { .. } if !self.jobs_are_known(beside) => {
                Verdict::Unknown(UnknownReason::Jobs)
            }
            Seen::Flag { busy: false, .. } => Verdict::Agree(None),
            Seen::Flag { busy: true, .. } => self.busy_without_job(beside, rules),
        }
    }

    /// Whether every discovered job was read at or after the reading: a log
    /// discovers jobs too.
    fn jobs_are_known(&self, beside: Beside) -> bool {
        beside.jobs_read_after(self.track, self.reading) && !self.track.works_unknown(self.reading)
    }

    /// What a job near the reading, but not surely running, leaves to say.
    fn at_an_edge(&self) -> Option<Verdict> {
        let has = |wanted| self.near.iter().find(|near| near.1 == wanted);
        if has(Relation::Mixed).is_some() {
            return Some(Verdict::Unknown(UnknownReason::MixedJob));
        }
        if has(Relation::Edge).is_some() {
            return Some(Verdict::Unknown(UnknownReason::Edge));
        }
        if self.stranger_runs() {
            return Some(Verdict::Unknown(UnknownReason::Ambiguous));
        }
        let agrees = Seen::Flag {
            busy: true,
            online: true,
        };
        let &(at, _) = has(Relation::Late).filter(|_| self.reading.seen != agrees)?;
        Some(Verdict::JobsLate(at))
    }

    /// Whether a job runs that names this id and another runner.
    fn stranger_runs(&self) -> bool {
        let (window, margin) = (self.reading.window, self.reading.margin);
        let mut strangers = self.track.strangers.around(window, margin);
        self.misfit.is_some() || strangers.any(|(_, life)| touches(life.relation(window, margin)))
    }

    /// Rows 10 and 11. A start may be listed late, and a job handed over while
    /// it still reads as queued: so none may run from a lag limit before the
    /// reading to one after it, by jobs read later than that.
    fn busy_without_job(&self, beside: Beside, rules: &Rules) -> Verdict {
        if !beside.sees_whole_scope(self.reading) {
            return Verdict::Unknown(UnknownReason::Scope);
        }
        let around = Window {
            sent: self.reading.window.sent - rules.lag_limit,
            received: self.reading.window.received + rules.lag_limit,
        };
        if !self.track.watched_since(around.sent) || self.may_run_in(around) {
            return Verdict::Unknown(UnknownReason::Edge);
        }
        if !beside.jobs_read_since(around.received) {
            return Verdict::Unknown(UnknownReason::Jobs);
        }
        Verdict::Contradicts {
            kind: Kind::BusyWithoutJob,
            certainty: Certainty::Provisional,
            job: None,
        }
    }

    /// Whether any job of the runner may run in the window, taking each to
    /// begin as early as its record says.
    fn may_run_in(&self, window: Window) -> bool {
        let mut around = self.track.lives.around(window, Span::ZERO);
        around.any(|(_, life)| {
            let start = life.start.min.min(life.job.started_at);
            let begins = start.is_none_or(|start| start <= window.received);
            begins && life.closing.is_none_or(|closing| window.sent <= closing)
        })
    }

    /// Row 4: two run, and a step of the earlier one moves after the later
    /// one's sure start.
    fn double(&self) -> Option<Double> {
        let (later, later_is) = self.last_running()?;
        let start = self.life(later)?.start;
        let sure = start.max.filter(|_| start.sure == Sureness::Sure)?;
        let rest = self.running().filter(|&(at, _)| at != later);
        // By the clock of one host, which dates both.
        let moving = rest.filter(|&(at, _)| {
            let life = self.life(at);
            life.is_some_and(|life| moves(&life.job).any(|time| sure + MARGIN < time))
        });
        let (earlier, earlier_is) = moving.max_by_key(|&(at, _)| self.start_of(at))?;
        let both_final = later_is == Relation::Inside && earlier_is == Relation::Inside;
        Some(Double {
            later,
            earlier,
            certainty: if both_final {
                Certainty::Settled
            } else {
                Certainty::Provisional
            },
        })
    }
}

fn touches(relation: Relation) -> bool {
    !matches!(
        relation,
        Relation::Before | Relation::Late | Relation::After
    )
}

fn belongs(track: &Track, reading: &PlacedReading, at: usize) -> bool {
    let life = track.lives.get(at);
    life.is_some_and(|life| track.belongs(reading, &life.job) == Belongs::Yes)
}

impl Track<'_> {
    /// Whether the runner was being read at or before the instant.
    fn watched_since(&self, instant: Timestamp) -> bool {
        let first = self.readings.first().map(|first| first.window.sent);
        let first = self.lane.sealed.read_from.or(first);
        first.is_some_and(|first| first <= instant)
    }
}

/// Whether a reading is live.
pub(super) fn is_live(when: When) -> bool {
    matches!(when, When::Live { .. })
}
