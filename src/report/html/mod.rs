//! `--format html`: the timeline page. One file that fetches nothing and runs
//! no script; a policy in it says so to the browser.
//!
//! It is read at night on a phone, in the dark, printed, and without a mouse:
//! what hovering shows stands in a table too. maud escapes every text put
//! into the page; names are made visible first, as on a terminal. Sections
//! out of sight are not laid out, so that thousands stay usable.

mod fleet;
mod lanes;
mod period;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Report;
use super::escape::{fit, terminal};
use super::wording::{self, Moments};

use fleet::Fleet;

const STYLE: &str = include_str!("page.css");
/// SHA-256 of the style: the one thing that the policy allows. A test
/// compares it.
pub(super) const STYLE_HASH: &str = "RpGYU9Drxv8hJ3R78bq9VYZolgkUxGjF7+0TSaihK/Q=";
/// Columns a name may take.
const NAME: usize = 80;
/// Longest list of gaps and events.
const SHOWN: usize = 100;
/// Periods whose details are open at first.
const OPEN: usize = 20;

/// The whole page.
pub(super) fn render(report: &Report<'_>) -> String {
    let fleet = Fleet::of(report.analysis);
    let headline = wording::headline(report);
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'"
    );
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (headline) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (headline) }
                    (summary(report))
                }
                main {
                    (fleet::overview(&fleet))
                    (runners(&fleet))
                    (about(report))
                }
                footer { "runner-desync " (report.tool_version) ", all times in UTC" }
            }
        }
    };
    page.into_string()
}

/// A name as visible text; maud makes it harmless in HTML.
fn name(text: &str) -> String {
    fit(text, NAME)
}

fn code(text: &str) -> Markup {
    html! { code dir="auto" { (name(text)) } }
}

fn summary(report: &Report<'_>) -> Markup {
    let coverage = &report.analysis.coverage;
    html! {
        p { (wording::summary(report, Moments::Full, &name)) }
        p { "Coverage: " (wording::coverage(coverage)) ". Guarantee: " (wording::guarantee(coverage)) "." }
        @if let Some(step) = wording::next_step(report) { p { "Next: " (step) } }
    }
}

fn runners(fleet: &Fleet<'_>) -> Markup {
    let mut before = 0;
    html! {
        @for runner in &fleet.runners {
            section.runner id=(runner.anchor()) {
                h2 { (code(runner.name())) " " small { "id " (runner.facts.key.id) ", " (name(&runner.facts.key.scope.to_string())) } }
                @if 1 < runner.periods.len() { (lanes::of_runner(runner, &fleet.gaps)) }
                @for period in &runner.periods {
                    @let open = before < OPEN;
                    @let () = before += 1;
                    (period::details(period, runner, &fleet.gaps, open_if(open)))
                }
            }
        }
    }
}

/// Whether details are open at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Open,
    Closed,
}

fn open_if(early: bool) -> Shown {
    if early { Shown::Open } else { Shown::Closed }
}

/// What was read, what was not, and from what this page was made.
fn about(report: &Report<'_>) -> Markup {
    let analysis = report.analysis;
    let coverage = &analysis.coverage;
    let rows = [
        ("readings", Some(wording::readings(coverage))),
        ("unknown", wording::unknown_reasons(coverage)),
        ("sandwiches", wording::sandwiches(coverage)),
        ("assignment lag", wording::lag(&analysis.lag)),
        (
            "requests",
            analysis.requests.as_ref().map(wording::requests),
        ),
        ("recording", report.recording.map(terminal)),
    ];
    let context = wording::context(analysis, Moments::Full, &name);
    let sources = report.sources.iter();
    let sources =
        sources.map(|source| format!("{}: {}", name(&source.file), wording::source(source)));
    html! {
        section {
            h2 { "What was read" }
            table.facts {
                @for (label, text) in rows {
                    @if let Some(text) = text { tr { th scope="row" { (label) } td { (text) } } }
                }
            }
            (gaps(report))
            (list("Context", context.into_iter()))
            (list("Caveats", wording::caveats(report, &name).into_iter()))
            (list("Sources", sources))
        }
    }
}

fn gaps(report: &Report<'_>) -> Markup {
    let gaps = &report.analysis.coverage.gaps;
    html! {
        @if !gaps.is_empty() {
            h3 { "Gaps" }
            div.wide { table {
                thead { tr { th { "from" } th { "to" } th { "reason" } th { "target" } } }
                @for gap in gaps.iter().take(SHOWN) {
                    tr { td { (gap.from) } td { (gap.to) } td { (gap.reason.as_str()) } td { (name(&gap.target)) } }
                }
            } }
            (more(gaps.len()))
        }
    }
}

fn list(title: &str, items: impl ExactSizeIterator<Item = String>) -> Markup {
    let number = items.len();
    html! {
        @if number != 0 {
            h3 { (title) }
            ul { @for item in items.take(SHOWN) { li { (item) } } }
            (more(number))
        }
    }
}

fn more(number: usize) -> Markup {
    let rest = number.saturating_sub(SHOWN);
    html! { @if rest != 0 { p { "and " (rest) " more; the JSON format has all." } } }
}
