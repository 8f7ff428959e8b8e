//! The overview: one row for each runner with a period, all on one axis.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::model::{Analysis, CoverageGap, Period, RunnerFacts, RunnerKey, Timestamp};
use crate::report::wording;

use super::lanes::{self, Axis};
use super::{code, name};

/// Runners with periods, in the order of the analysis.
pub(super) struct Fleet<'a> {
    pub(super) runners: Vec<RunnerPeriods<'a>>,
    pub(super) gaps: Vec<&'a CoverageGap>,
    window: Option<(Timestamp, Timestamp)>,
}

/// One runner with its periods.
pub(super) struct RunnerPeriods<'a> {
    pub(super) facts: &'a RunnerFacts,
    pub(super) periods: Vec<&'a Period>,
    place: usize,
}

impl<'a> Fleet<'a> {
    pub(super) fn of(analysis: &'a Analysis) -> Self {
        let mut runners: Vec<RunnerPeriods<'a>> = Vec::new();
        let mut places: BTreeMap<&RunnerKey, usize> = BTreeMap::new();
        for period in &analysis.periods {
            let place = *places.entry(&period.runner.key).or_insert(runners.len());
            if place == runners.len() {
                runners.push(RunnerPeriods {
                    facts: &period.runner,
                    periods: Vec::new(),
                    place,
                });
            }
            if let Some(runner) = runners.get_mut(place) {
                runner.periods.push(period);
            }
        }
        Self {
            runners,
            gaps: analysis.coverage.gaps.iter().collect(),
            window: analysis.window,
        }
    }
}

impl RunnerPeriods<'_> {
    /// Of this page only: a name would not do.
    pub(super) fn anchor(&self) -> String {
        format!("runner-{}", self.place + 1)
    }

    pub(super) fn name(&self) -> &str {
        self.facts.name.as_deref().unwrap_or(wording::UNKNOWN)
    }
}

/// The table of runners; each row shows its periods on the axis of them all.
pub(super) fn overview(fleet: &Fleet<'_>) -> Markup {
    let Some((from, to)) = fleet.window else {
        return html! { p { "Nothing was observed." } };
    };
    let axis = Axis::new(from, to);
    html! {
        section {
            h2 { "Fleet" }
            @if fleet.runners.is_empty() { p { "No runner was contradicted." } }
            @else {
                div.wide { table.fleet {
                    thead { tr {
                        th { "runner" } th { "scope" } th { "periods" } th { "first" }
                        th { span { (from) } " " span { (to) } }
                    } }
                    @for runner in &fleet.runners { (row(runner, &fleet.gaps, axis)) }
                } }
                (lanes::legend())
            }
        }
    }
}

fn row(runner: &RunnerPeriods<'_>, gaps: &[&CoverageGap], axis: Axis) -> Markup {
    let first = runner
        .periods
        .iter()
        .map(|period| period.first_false_at)
        .min();
    html! {
        tr {
            td { a href={ "#" (runner.anchor()) } { (code(runner.name())) } }
            td { (name(&runner.facts.key.scope.to_string())) }
            td { (sorts(runner)) }
            td { @if let Some(first) = first { (first) } }
            td { (lanes::strip(runner, gaps, axis)) }
        }
    }
}

/// "2 stale, 1 candidate", by what each goes by.
fn sorts(runner: &RunnerPeriods<'_>) -> String {
    let mut tally: BTreeMap<&str, u64> = BTreeMap::new();
    for period in &runner.periods {
        *tally.entry(super::period::sort(period)).or_insert(0) += 1;
    }
    let words: Vec<_> = tally
        .iter()
        .map(|(sort, number)| format!("{number} {sort}"))
        .collect();
    words.join(", ")
}
