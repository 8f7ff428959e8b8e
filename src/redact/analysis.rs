//! An analysis and what is told of it, field by field.

use super::period::{entries, period, told};
use super::values::{host, key, scope};
use super::{Blank, Names, Redactor};
use crate::model::{Analysis, Coverage, CoverageGap, Period, RunnerKey, Told};

impl Redactor {
    /// The same analysis under pseudonyms.
    pub(crate) fn analysis(&self, of: &Analysis) -> Analysis {
        analysis(self, of)
    }

    pub(crate) fn period(&self, of: &Period) -> Period {
        period(self, of)
    }

    pub(crate) fn told(&self, of: &Told) -> Told {
        told(self, of)
    }

    pub(crate) fn runner_key(&self, of: &RunnerKey) -> RunnerKey {
        key(self, of)
    }
}

impl Blank<'_> {
    /// The same analysis with blanks. Its periods keep their order.
    pub(crate) fn analysis(&self, of: &Analysis) -> Analysis {
        analysis(self, of)
    }
}

fn analysis(names: &dyn Names, analysis: &Analysis) -> Analysis {
    let Analysis {
        verdict,
        host: own_host,
        targets,
        rules,
        window,
        coverage: own_coverage,
        periods,
        lag,
        timeline,
        requests,
        caveats,
    } = analysis;
    let mut targets: Vec<_> = targets.iter().map(|own| scope(names, own)).collect();
    targets.sort();
    let mut periods: Vec<_> = periods.iter().map(|own| period(names, own)).collect();
    // In the order of the names that are shown: that of the originals would
    // tell something of them.
    periods.sort_by(|a, b| order(a).cmp(&order(b)));
    Analysis {
        verdict: *verdict,
        host: host(names, own_host),
        targets,
        rules: *rules,
        window: *window,
        coverage: coverage(names, own_coverage),
        periods,
        lag: *lag,
        timeline: entries(names, timeline),
        requests: *requests,
        caveats: caveats.clone(),
    }
}

fn order(period: &Period) -> impl Ord + '_ {
    let runner = &period.runner;
    (
        runner.name.as_deref(),
        &runner.key,
        period.onset.by,
        period.kind,
    )
}

fn coverage(names: &dyn Names, coverage: &Coverage) -> Coverage {
    let Coverage {
        cycles,
        complete_cycles,
        ratio,
        longest_gap,
        would_detect,
        jobs_judged,
        readings,
        unknown_reasons,
        sandwiches,
        gaps,
        unreadable,
        runners,
        jobs_elsewhere,
        only_unfiltered,
    } = coverage;
    let mut unreadable: Vec<_> = unreadable.iter().map(|own| names.place(own)).collect();
    unreadable.sort();
    Coverage {
        cycles: *cycles,
        complete_cycles: *complete_cycles,
        ratio: *ratio,
        longest_gap: *longest_gap,
        would_detect: *would_detect,
        jobs_judged: *jobs_judged,
        readings: *readings,
        unknown_reasons: unknown_reasons.clone(),
        sandwiches: *sandwiches,
        gaps: gaps.iter().map(|own| gap(names, own)).collect(),
        unreadable,
        runners: *runners,
        jobs_elsewhere: *jobs_elsewhere,
        only_unfiltered: *only_unfiltered,
    }
}

fn gap(names: &dyn Names, gap: &CoverageGap) -> CoverageGap {
    let CoverageGap {
        from,
        to,
        target,
        reason,
    } = gap;
    CoverageGap {
        from: *from,
        to: *to,
        target: names.place(target),
        reason: *reason,
    }
}
