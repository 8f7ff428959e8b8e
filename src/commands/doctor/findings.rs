//! What the reads of a checkup come to.

use super::log::{Ends, Log};
use super::reads::{Read, count};
use crate::commands::access::CredentialSource;
use crate::model::{
    Checkup, EtagsSeen, LimitSeen, Need, Outlook, Said, Span, Spending, Target, Timestamp,
};
use crate::poll::{Fleet, fitting, share_of};

/// The watch whose price is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planned {
    pub(super) interval: Span,
    /// Share of the hourly limit.
    pub(super) budget: f64,
    pub(super) lag_limit: Span,
}

/// What the reads of lists came to.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What is reported, in the order of the report.
    pub(super) reads: Vec<(Read, Need)>,
    pub(super) etags: Vec<EtagsSeen>,
    pub(super) fleet: Fleet,
    /// Repositories whose runs were counted.
    counted: u64,
}

/// What findings are reported with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) log: &'a Log,
    pub(super) ends: &'a Ends,
    pub(super) from: &'a CredentialSource,
    pub(super) planned: Planned,
    /// Local wall clock at monotonic zero.
    pub(super) began: Timestamp,
}

impl Findings {
    /// Takes in a read of the rate limit: a server without limits has none, but
    /// where it is refused for a limit a watch would wait, too. Said once.
    pub(super) fn note_limit(&mut self, read: &Read) {
        let known = self.reads.iter().any(|(known, _)| known.back_off.is_some());
        if read.back_off.is_some() && !known {
            self.reads.push((read.clone(), Need::Needed));
        }
    }

    pub(super) fn note_runs(&mut self, read: &Read) {
        let Ok(Said::Runs { total, runs, .. }) = &read.said else {
            return;
        };
        let open = read.found().unwrap_or(0);
        self.counted += 1;
        self.fleet.open_runs += open;
        self.fleet.active += u64::from(0 < open);
        let whole = total.is_some_and(|total| total <= count(runs.len()));
        self.fleet.long += u64::from(!whole);
    }

    /// When not one of the samples opens, that concerns all.
    pub(super) fn judge_samples(&mut self) {
        let is_runs = |read: &Read| matches!(read.target, Target::Runs { .. });
        let runs = self.reads.iter_mut().filter(|(read, _)| is_runs(read));
        let runs: Vec<_> = runs.collect();
        if !runs.iter().any(|(read, _)| read.said.is_ok()) {
            for (_, need) in runs {
                *need = Need::Needed;
            }
        }
    }

    /// From the repositories that were counted to all.
    pub(super) fn scale(&mut self) {
        let Self { fleet, counted, .. } = self;
        if *counted == 0 || fleet.repos <= *counted {
            return;
        }
        for part in [&mut fleet.active, &mut fleet.long, &mut fleet.open_runs] {
            *part = (*part * fleet.repos).div_ceil(*counted);
        }
    }

    pub(super) fn checkup(&self, around: Around<'_>) -> Checkup {
        let Around { log, from, .. } = around;
        let etags = self.etags.iter().copied().max();
        let etags = etags.unwrap_or(EtagsSeen::Unknown);
        let limit = log.limit(around.ends, from);
        let reads = self.reads.iter();
        Checkup {
            credentials: log.credentials(from),
            tried: reads.map(|(read, need)| read.tried(*need, from)).collect(),
            limit,
            clock: log.clock_bounds(around.began),
            etags,
            age: log.age(),
            asked: log.asked(),
            outlook: self.outlook(limit, etags, around),
        }
    }

    fn outlook(&self, limit: LimitSeen, etags: EtagsSeen, around: Around<'_>) -> Option<Outlook> {
        let Self { fleet, counted, .. } = *self;
        let planned = around.planned;
        if fleet.runner_pages == 0 || counted == 0 {
            return None;
        }
        let price = fleet.price(etags);
        let per_hour = match limit {
            LimitSeen::Limited(Spending { limit, .. }) => Some(share_of(limit?, planned.budget)),
            LimitSeen::None => None,
            LimitSeen::Unknown => return None,
        };
        let wanted = planned.interval;
        let interval = per_hour.map_or(wanted, |most| fitting(price.changed, most, wanted));
        let turns = i64::try_from(fleet.turns()).unwrap_or(i64::MAX);
        Some(Outlook {
            price,
            counted,
            repos: fleet.repos,
            budget: planned.budget,
            per_hour,
            interval: wanted,
            fitting: interval,
            would_detect: spacing(etags, interval, planned.lag_limit) + around.log.sandwich(),
            found_within: Span::millis(interval.as_millis().saturating_mul(turns)),
            told_within: (0 < fleet.log_pages).then_some(interval),
        })
    }
}

/// From one usable answer about a runner to the next: a 304 is none
/// (`evidence.md` §1).
fn spacing(etags: EtagsSeen, interval: Span, lag_limit: Span) -> Span {
    match etags {
        EtagsSeen::Work | EtagsSeen::Changed | EtagsSeen::Unknown => interval.max(lag_limit),
        EtagsSeen::Absent | EtagsSeen::Ignored => interval,
    }
}
