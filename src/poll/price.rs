//! What cycles cost, foretold from the size of a fleet. Pure.

#[cfg(test)]
mod tests;

use super::deliveries::Log;
use super::discovery::idle_at_once;
use crate::model::{EtagsSeen, Price, Span};

/// Job, runner, job: the control that each cycle makes.
const SANDWICH: u64 = 3;

/// Filtered lists of a repository in the first cycle; later ones read one.
const FILTERED_FIRST: u64 = 2;

/// An hour, over which GitHub counts.
const HOUR: Span = Span::secs(3600);

/// The size of what is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Fleet {
    /// Pages of the lists of runners, and of repositories.
    pub(crate) runner_pages: u64,
    pub(crate) repo_pages: u64,
    pub(crate) repos: u64,
    /// Repositories with open runs, and those whose newest page of runs does
    /// not hold all.
    pub(crate) active: u64,
    pub(crate) long: u64,
    pub(crate) open_runs: u64,
    /// Pages of the jobs of one run.
    pub(crate) job_pages: u64,
    /// Pages of the log of deliveries; 0 without one.
    pub(crate) log_pages: u64,
}

impl Fleet {
    /// Charged requests of a cycle. Where a 304 is not to be had, every list
    /// that is read is charged.
    pub(crate) fn price(self, etags: EtagsSeen) -> Price {
        let jobs = self.open_runs * self.job_pages;
        let first = self.runner_pages + self.repo_pages + self.log_pages + self.repos;
        let first = first + FILTERED_FIRST * self.long + jobs + SANDWICH;
        let always = self.runner_pages + self.log_pages + SANDWICH;
        let listed = self.active + self.idle_at_once();
        let (unchanged, changed) = match etags {
            EtagsSeen::Work | EtagsSeen::Changed | EtagsSeen::Unknown => {
                (0, self.active + self.long.min(self.active) + jobs)
            }
            EtagsSeen::Absent | EtagsSeen::Ignored => {
                let all = listed + self.long.min(listed) + jobs;
                (all, all)
            }
        };
        Price {
            first,
            unchanged: always + unchanged,
            changed: always + changed,
        }
    }

    /// Cycles until every repository without open runs was listed once.
    pub(crate) fn turns(self) -> u64 {
        self.idle().div_ceil(self.idle_at_once().max(1)).max(1)
    }

    fn idle(self) -> u64 {
        self.repos.saturating_sub(self.active)
    }

    fn idle_at_once(self) -> u64 {
        let log = match self.log_pages {
            0 => Log::Lacking,
            _ => Log::Whole,
        };
        idle_at_once(self.idle(), log)
    }
}

/// The shortest interval of whole seconds, not below the wanted one, at which
/// cycles of such a price keep to so many requests an hour.
pub(crate) fn fitting(price: u64, per_hour: u64, wanted: Span) -> Span {
    let millis = u64::try_from(HOUR.as_millis()).unwrap_or(0);
    let needed = price.saturating_mul(millis).div_ceil(per_hour.max(1));
    let secs = i64::try_from(needed.div_ceil(1000)).unwrap_or(i64::MAX / 1000);
    Span::secs(secs).max(wanted)
}
