//! A fleet under churn: many runners, short jobs back to back, endless.
//!
//! Everything is a function of numbers: runner `i` runs its `k`-th job in
//! the `k`-th period shifted by its phase, and the ids follow from `i` and
//! `k`. A few neighboring runners share a run in each period.

use std::time::Duration;

use super::job::JobSpec;
use super::runner::RunnerSpec;
use crate::support::time::Offset;

/// The numbers of a fleet under churn; the default is the large one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Churn {
    pub(crate) runners: u64,
    /// How many of them work at a time, on average.
    pub(crate) jobs: u64,
    pub(crate) job_len: Duration,
    /// Jobs of one run.
    pub(crate) jobs_per_run: u64,
    /// How long a job waits, queued, before it starts.
    pub(crate) queued: Duration,
    /// How far back the history goes.
    pub(crate) history: Duration,
    pub(crate) seed: u64,
}

impl Default for Churn {
    fn default() -> Self {
        Self {
            runners: 250,
            jobs: 240,
            job_len: Duration::from_secs(42),
            jobs_per_run: 4,
            queued: Duration::from_secs(3),
            history: Duration::from_secs(600),
            seed: 1,
        }
    }
}

const FIRST_RUNNER: u64 = 50_001;
const FIRST_RUN: u64 = 9_000_000_000;
const FIRST_JOB: u64 = 60_000_000_000;

impl Churn {
    pub(crate) fn runner_specs(&self) -> impl Iterator<Item = RunnerSpec> {
        (0..self.runners).map(|i| RunnerSpec::new(FIRST_RUNNER + i, &runner_name(i)))
    }

    /// The ids of the runs that exist at an instant, with their creation.
    pub(crate) fn runs_at(&self, at: Offset) -> Vec<(Offset, u64)> {
        let mut runs = Vec::new();
        for group in 0..self.groups() {
            for period in 0..=self.last_period(at) {
                let created = self.run_created(group, period);
                if created <= at {
                    runs.push((created, self.run_id(group, period)));
                }
            }
        }
        runs
    }

    /// The jobs of a run; empty when the id is none of this fleet's.
    pub(crate) fn jobs_of(&self, run: u64) -> Vec<JobSpec> {
        let Some(index) = run.checked_sub(FIRST_RUN).filter(|&i| i < FIRST_JOB / 2) else {
            return Vec::new();
        };
        let (period, group) = (index / self.groups(), index % self.groups());
        self.members(group).map(|i| self.job(i, period)).collect()
    }

    /// The job with that id.
    pub(crate) fn job_by_id(&self, id: u64) -> Option<JobSpec> {
        let index = id.checked_sub(FIRST_JOB)?;
        Some(self.job(index % self.runners, index / self.runners))
    }

    /// The jobs of a runner that can matter to its flag near an instant.
    pub(crate) fn jobs_near(&self, runner: u64, at: Offset) -> Vec<JobSpec> {
        let Some(i) = runner
            .checked_sub(FIRST_RUNNER)
            .filter(|&i| i < self.runners)
        else {
            return Vec::new();
        };
        let last = self.last_period(at);
        (last.saturating_sub(3)..=last)
            .map(|period| self.job(i, period))
            .collect()
    }

    fn job(&self, i: u64, period: u64) -> JobSpec {
        let starts = Offset(self.period_start(period) + self.phase(i));
        let failed = self.mix(i ^ (period << 20)).is_multiple_of(11);
        JobSpec::on(FIRST_RUNNER + i)
            .id(FIRST_JOB + period * self.runners + i)
            .run(self.run_id(i / self.jobs_per_run, period))
            .name(&format!("shard {}", i % self.jobs_per_run + 1))
            .created(self.run_created(i / self.jobs_per_run, period))
            .starts(starts)
            .ends(starts + self.job_len)
            .conclusion(if failed { "failure" } else { "success" })
    }

    /// One job and the gap after it, in milliseconds.
    fn period_millis(&self) -> i64 {
        signed(self.job_len.as_millis()) * signed(self.runners) / signed(self.jobs)
    }

    fn period_start(&self, period: u64) -> i64 {
        signed(period) * self.period_millis() - signed(self.history.as_millis())
    }

    fn last_period(&self, at: Offset) -> u64 {
        let since = at.0 + signed(self.history.as_millis());
        u64::try_from(since / self.period_millis() + 1).unwrap_or(0)
    }

    /// Groups spread evenly over a period, members of a group over up to an
    /// eighth of it: jobs start and end at all times, runs stay short.
    fn phase(&self, i: u64) -> i64 {
        let (period, group) = (self.period_millis(), i / self.jobs_per_run);
        let own = signed(self.mix(i) % 1000) * period / 8000;
        signed(group) * period / signed(self.groups()) + own
    }

    fn run_created(&self, group: u64, period: u64) -> Offset {
        let first = self.members(group).map(|i| self.phase(i)).min();
        Offset(self.period_start(period) + first.expect("a group has members")) - self.queued
    }

    fn run_id(&self, group: u64, period: u64) -> u64 {
        FIRST_RUN + period * self.groups() + group
    }

    fn members(&self, group: u64) -> std::ops::Range<u64> {
        group * self.jobs_per_run..((group + 1) * self.jobs_per_run).min(self.runners)
    }

    fn groups(&self) -> u64 {
        self.runners.div_ceil(self.jobs_per_run)
    }

    /// SplitMix64: a fixed, well spread number for each input.
    fn mix(&self, input: u64) -> u64 {
        let mut z = input
            .wrapping_add(self.seed)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

fn runner_name(i: u64) -> String {
    format!("i-0{:016x}", 0x5eed_0000_0000 + i * 7919)
}

fn signed(number: impl TryInto<i64>) -> i64 {
    let Ok(number) = number.try_into() else {
        panic!("the numbers of a fleet are small");
    };
    number
}
