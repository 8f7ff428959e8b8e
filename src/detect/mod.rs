//! The detector: a fold over records, and a pure function from what it folded
//! to an [`Analysis`]. No IO, no clock, no randomness, and it cannot fail;
//! doubt is data.
//!
//! The law is `evidence.md`; its decision table, first row that fits:
//!
//! | # | the runner reads | jobs of this runner | verdict |
//! |---|---|---|---|
//! | 1 | no usable answer; absent from a list; 404 while no job is known to run | any | unknown (reason) |
//! | 2 | 404 by id | one runs | lost-runner when dead; missing if the scope's list answered after it and was not refused around it, the id had been seen before and a step moved later; else provisional |
//! | 3 | offline | one runs | offline when alive, lost-runner when dead, else provisional |
//! | 4 | any | two run, and a step of the earlier one moves after the later one's sure start + margin | double-assignment |
//! | 5 | busy:true | one runs | agree |
//! | 6 | busy:false, online | one runs, by sandwich or settled | busy-false |
//! | 7 | any | the window touches a start or end within the margin, or lies in a start range | unknown: edge |
//! | 8 | busy:false | one last known to run | candidate, until confirmed unknown: not-confirmed |
//! | 9 | busy:false | none runs, all discovered jobs read at or after the window | agree |
//! | 10 | busy:true | none runs from a lag limit before it to one after it, all jobs read later than that, whole scope readable | busy-without-job, provisional |
//! | 11 | anything else | jobs not read since, or scope not wholly visible | unknown: jobs / scope |
//!
//! Dead, where no termination says it, is a runner that never read online
//! again, also after the job, and a job of which no step moved after the
//! reading nor within the margin of it. A step so near a reading leaves it
//! undecided, and after a termination at the edge.
//!
//! An agreeing reading parts a period also where nobody can tell on which side
//! of a contradiction it lies, by another source and within the margin of it: a
//! later contradiction begins another period, and `killed` is not said of the
//! first where the agreeing one may lie between it and the end of the runner.
//!
//! Of two runs on one recording the first had ended when the second began,
//! whatever their clocks say: between them nothing is undecided.
//!
//! The job before a job, whose flag may still stand (`evidence.md` §4), is the
//! one that began last before it and was not closed after it. Where files of
//! jobs lack some, row 9 is said of no imported reading.
//!
//! A shutdown line of the runner's log that perhaps came before it took the job
//! up leaves an idle reading after it `edge`, and an offline or 404 one to row
//! 2 or 3. An orphan's termination ends a runner and shows no life before.
//!
//! A live 404 ends a period as `runner-gone` on the terms of row 2: the
//! scope's list answered after it and was not refused around it, and the runner
//! was not read again. A credential that sees nothing for a while reads 404 of
//! everything: refused is also a list of jobs that had answered before.
//!
//! Where a runner's own log has a job finished, readings after that are
//! jobs-late while the record stays open, and edge within the margin: the law
//! is silent there, and the log shows that the flag was right. A log decides
//! nothing else in this table but liveness.
//!
//! What became of finished jobs, whatever their flags were, has a table of its
//! own in [`death`].
//!
//! A change of judgment changes this table and its truth-table test first.
//!
//! The way of the data: [`fold`] collects [`facts`] ([`run`], [`lanes`] of
//! [`lane`], [`history`]); [`track`] stands one runner's readings, [`placed`]
//! in time by [`offset`] and told apart by [`identity`], beside the lives
//! ([`life`], [`lives`]) of its jobs and what other witnesses tell
//! ([`events`], [`logs`], [`logged`]); [`judge`] says what each reading means;
//! [`merge`] groups contradictions, [`period`] measures them ([`drawn`]), and
//! [`frame`] says what stands around them. What is over long enough that
//! nothing can change it is [`seal`]ed: counted, its periods kept, and let go.

// A new variant is judged on purpose or not at all.
#![deny(clippy::wildcard_enum_match_arm)]

mod candidates;
mod coverage;
mod death;
mod drawn;
mod events;
mod facts;
mod fates;
mod fold;
mod frame;
mod history;
mod identity;
mod judge;
mod killed;
mod lag;
mod lane;
mod lanes;
mod life;
mod liveness;
mod lives;
mod logged;
mod logs;
mod merge;
mod occupancy;
mod offset;
mod period;
mod placed;
mod proof;
mod run;
mod sandwiched;
mod seal;
mod sight;
mod track;
mod unchanged;
mod witness;

#[cfg(test)]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test picks one kind of many"
)]
mod tests;

use std::collections::BTreeSet;

pub(crate) use death::is_unclear;
use facts::Facts;
use frame::Context;
use judge::{Judged, judge};
use lane::Lane;
use merge::{Group, Words};
use period::Measure;
use seal::Past;
use track::{Track, names_by_jobs};
use witness::Witness;

pub(crate) use offset::clock_bounds;

use crate::model::{
    Analysis, Candidate, Class, Coverage, Finding, Kind, OpenJob, Period, Record, ReportVerdict,
    Rules, Run, RunnerKey, Timestamp, Told, Window,
};

/// The detector's state: everything observed so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Detector {
    facts: Facts,
    /// What is over and no longer kept in full.
    past: Past,
}

/// What an analysis looks at.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) rules: Rules,
    /// Readings outside are left out.
    pub(crate) since: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    /// Judge only these; `None` judges all.
    pub(crate) runners: Option<BTreeSet<RunnerKey>>,
    pub(crate) coverage_of: CoverageOf,
}

/// Whose readings the coverage counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CoverageOf {
    Everything,
    /// Of a check: what this run read, though periods span runs.
    LastRun,
}

impl View {
    fn wants(&self, runner: &RunnerKey) -> bool {
        let wanted = self.runners.as_ref();
        wanted.is_none_or(|wanted| wanted.contains(runner))
    }

    fn shows(&self, window: Window) -> bool {
        self.since.is_none_or(|since| since <= window.received)
            && self.until.is_none_or(|until| window.sent <= until)
    }
}

/// What one runner's readings amount to.
struct Verdicts {
    periods: Vec<Period>,
    lags: Vec<lag::JobLag>,
}

impl Detector {
    /// Takes one record in. Records of a run come in the order of its
    /// recording; imported ones in any order.
    pub(crate) fn feed(&mut self, record: Record) {
        self.facts.feed(record);
    }

    /// Judges everything in view.
    pub(crate) fn analysis(&self, view: &View) -> Analysis {
        let witness = Witness::of(&self.facts);
        let of = view.coverage_of;
        let mut tally = self.past.tally(&self.facts, of);
        let mut periods = self.past.periods.clone();
        let mut lags = Vec::new();
        let mut context = Context::default();
        let window = self.facts.window(view);
        for (key, lane) in self.lanes(view) {
            let track = self.track(key, lane, view);
            let judged = judged(&track, &witness, &view.rules);
            let mut share = lane.sealed.share(&self.facts, of);
            share.add(&self.facts, &track, &judged, 0..judged.len(), of);
            share.add_sandwiches(&self.facts, &track, lane.sandwiches.iter(), of);
            if let Some((_, end)) = window.filter(|_| lane.listed.is_some()) {
                share.unread_until(end);
            }
            let jobs = track.lives.len() - track.sealed_lives();
            tally.add(&share, lane.sealed.jobs + jobs as u64);
            context.add(&track);
            let verdicts = self.verdicts(&track, &judged, &view.rules);
            periods.extend(verdicts.periods);
            lags.extend(verdicts.lags);
        }
        periods.sort_by(|a, b| order(a).cmp(&order(b)));
        let coverage = tally.finish(&self.facts, of);
        let lags = self.past.lags.iter().chain(&lags);
        let judged_jobs = lags.clone().count();
        let facts = &self.facts;
        Analysis {
            verdict: verdict(&periods, &coverage, &view.rules),
            host: facts.host(),
            targets: facts.targets(),
            rules: view.rules,
            window,
            caveats: facts.caveats(&periods, judged_jobs, &context, &view.rules),
            coverage,
            periods,
            lag: lag::distribution(&lags),
            timeline: context.timeline(),
            requests: facts.requests(of),
        }
    }

    /// Contradictions of the current run's last readings, most urgent first,
    /// and after them agreeing runners for a control.
    pub(crate) fn candidates(&self, view: &View) -> Vec<Candidate> {
        let witness = Witness::of(&self.facts);
        let mut found: Vec<_> = self
            .lanes(view)
            .filter(|(key, _)| candidates::may_give_one(&self.facts, key))
            .filter_map(|(key, lane)| {
                let track = self.track(key, lane, view);
                let judged = judged(&track, &witness, &view.rules);
                let groups = merge::groups(&track, &judged);
                let words = Words::of(&track, &judged, &view.rules);
                candidates::candidate(&self.facts, &track, &words, &groups, &view.rules)
            })
            .collect();
        found.sort();
        found
    }

    /// Self-hosted jobs of the targets of the last run that have not ended as
    /// far as is known.
    pub(crate) fn open_jobs(&self) -> Vec<OpenJob> {
        let Some((_, run)) = self.facts.current_run() else {
            return Vec::new();
        };
        let Run { host, targets, .. } = &run.header;
        let open = self.facts.jobs.iter().filter(|(key, history)| {
            let record = &history.record;
            key.host == *host
                && record.is_self_hosted()
                && history.is_open()
                && targets.iter().any(|scope| scope.covers(&record.repo))
        });
        let open = open.map(|(_, history)| OpenJob::of(&history.record));
        let mut open: Vec<_> = open.collect();
        open.sort();
        open
    }

    /// What was said to whoever listens, in order.
    pub(crate) fn told(&self) -> &[Told] {
        &self.facts.told
    }

    /// The run of the program that was fed last.
    pub(crate) fn last_run(&self) -> Option<&Run> {
        self.facts.runs.last().map(|run| &run.header)
    }

    /// How many runs of the program have been fed.
    pub(crate) fn runs(&self) -> u32 {
        u32::try_from(self.facts.runs.len()).unwrap_or(u32::MAX)
    }

    /// When the last complete reading of all jobs began, by GitHub's clock:
    /// what ended after it has not been read.
    pub(crate) fn jobs_read_until(&self) -> Option<Timestamp> {
        let runs = self.facts.runs.iter();
        runs.filter_map(run::RunFacts::jobs_from).max()
    }

    /// Where the runners known are registered, for narrowing a view.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &RunnerKey> {
        self.facts.lanes.keys()
    }

    /// Names and labels of the runners known, for narrowing a view. One that a
    /// source calls by no name has those that jobs give its id (`evidence.md` §1).
    pub(crate) fn runners(&self) -> impl Iterator<Item = (&RunnerKey, RunnerNames<'_>)> {
        self.facts.lanes.iter().map(|(key, lane)| {
            let names = lane.looks.iter().filter_map(|look| look.name.as_deref());
            let is_nameless = lane.looks.iter().any(|look| look.name.is_none());
            let by_jobs = names_by_jobs(&self.facts, key).filter(|_| is_nameless);
            let labels = lane.looks.iter().filter_map(|look| look.labels.as_ref());
            let names = RunnerNames {
                names: names.chain(by_jobs).collect(),
                labels: labels.flatten().map(|label| &**label).collect(),
            };
            (key, names)
        })
    }

    fn lanes<'a>(&'a self, view: &'a View) -> impl Iterator<Item = (&'a RunnerKey, &'a Lane)> {
        let lanes = self.facts.lanes.iter();
        lanes.filter(|(key, _)| view.wants(key))
    }

    fn track<'a>(&'a self, key: &'a RunnerKey, lane: &'a Lane, view: &View) -> Track<'a> {
        Track::of(&self.facts, key, lane, view)
    }

    fn verdicts(&self, track: &Track, judged: &[Judged], rules: &Rules) -> Verdicts {
        let groups = merge::groups(track, judged);
        let words = Words::of(track, judged, rules);
        let periods = self.periods(track, &words, &groups, rules);
        let jobs = track.sealed_lives()..track.lives.len();
        Verdicts {
            periods,
            lags: lag::lags(track, &words, jobs),
        }
    }

    fn periods(
        &self,
        track: &Track,
        words: &Words,
        groups: &[Group],
        rules: &Rules,
    ) -> Vec<Period> {
        let periods = groups.iter().filter_map(|group| {
            let measure = Measure {
                facts: &self.facts,
                track,
                words,
                rules,
                group,
            };
            measure.period()
        });
        periods.collect()
    }
}

/// What a runner was seen to be called and labeled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunnerNames<'a> {
    pub(crate) names: BTreeSet<&'a str>,
    pub(crate) labels: BTreeSet<&'a str>,
}

fn judged(track: &Track, witness: &Witness, rules: &Rules) -> Vec<Judged> {
    let beside = witness.beside(track.key);
    let readings = 0..track.readings.len();
    readings
        .map(|index| judge(track, index, beside, rules))
        .collect()
}

/// Fixed order of periods: runner name, runner, onset.
fn order(period: &Period) -> (Option<&str>, &RunnerKey, Timestamp, Kind) {
    let runner = &period.runner;
    (
        runner.name.as_deref(),
        &runner.key,
        period.onset.by,
        period.kind,
    )
}

/// The verdict of a report (`evidence.md` §4), whatever `--fail-on` says.
pub(crate) fn verdict(periods: &[Period], coverage: &Coverage, rules: &Rules) -> ReportVerdict {
    let claimed = |period: &&Period| period.finding == Finding::Yes;
    let is_lag = |period: &Period| period.class == Some(Class::Lag);
    let mut findings = periods.iter().filter(claimed);
    if findings.any(|period| !is_lag(period)) {
        return ReportVerdict::Desync;
    }
    let too_little = match coverage.ratio {
        Some(ratio) => ratio < rules.min_coverage,
        // Files do not say what they missed; cycles do.
        None => coverage.cycles != 0,
    };
    let counts = &coverage.readings;
    let nothing = counts.agree + counts.agree_unchanged + counts.desync == 0;
    let mut waiting = periods.iter().filter(|period| !claimed(period));
    let unconfirmed = waiting.any(|period| period.class == Some(Class::Stale));
    if too_little || nothing || unconfirmed {
        return ReportVerdict::Inconclusive;
    }
    if periods.iter().any(|period| claimed(&period)) {
        ReportVerdict::Lag
    } else {
        ReportVerdict::Clean
    }
}
