//! The terminal: the verdict first, then each period with its lane, then how
//! far all of it can be trusted.
//!
//! Nothing a stranger named reaches the terminal unescaped, and color is
//! never the only carrier of a meaning.

mod doctor;
mod layout;
mod period;
mod scan;

use crate::model::{Class, Kind, Period, ReportVerdict};

use super::escape::{fit, terminal};
use super::wording::{self, Moments};
use super::{Report, SourceNote};
use layout::{Page, Paint};
pub(super) use scan::render_scan;

pub(super) use doctor::render as doctor;

/// Lists longer than this are cut, and say so.
const SHOWN: usize = 10;

/// The whole report for a terminal.
pub(super) fn render(report: &Report<'_>) -> String {
    let moments = Moments::short(report.analysis);
    let mut page = Page::new(report.width, report.style);
    head(&mut page, report, moments);
    periods(&mut page, report, moments);
    page.blank();
    page.pairs(&trust(report));
    gaps(&mut page, report, moments);
    foot(&mut page, report, moments);
    page.finish()
}

fn head(page: &mut Page, report: &Report<'_>, moments: Moments) {
    let paint = match report.analysis.verdict {
        ReportVerdict::Desync => Paint::Red,
        ReportVerdict::Lag | ReportVerdict::Inconclusive => Paint::Yellow,
        ReportVerdict::Clean => Paint::Green,
    };
    page.line(&wording::headline(report), paint);
    let summary = wording::summary(report, moments, &|name| fit(name, 60));
    page.line(&summary, Paint::None);
    if let Some(next) = wording::next_step(report) {
        page.line(&format!("next: {next}"), Paint::None);
    }
}

/// Blocks for what counts or is not mere lag, lines for the rest: thirty lag
/// periods must not push one stale period off the screen.
fn periods(page: &mut Page, report: &Report<'_>, moments: Moments) {
    let all: Vec<_> = report.findings().chain(report.candidates()).collect();
    let (blocks, lines): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|period| report.fail_on.names(period) || !is_lag(period));
    for (place, period) in blocks.into_iter().enumerate() {
        page.blank();
        period::block(page, place + 1, period, moments);
    }
    if lines.is_empty() {
        return;
    }
    page.blank();
    page.line("not counted", Paint::Bold);
    for period in lines.iter().take(SHOWN) {
        page.line(&period::line(period, moments, page.columns()), Paint::None);
    }
    more(page, lines.len());
}

/// Says how many of a list are not shown.
fn more(page: &mut Page, total: usize) {
    if total > SHOWN {
        let text = format!("  and {} more; `--format json` has all", total - SHOWN);
        page.line(&text, Paint::None);
    }
}

fn is_lag(period: &Period) -> bool {
    match (period.kind, period.class) {
        (Kind::BusyFalse, Some(Class::Lag)) => true,
        (_, Some(Class::Lag | Class::Stale) | None) => false,
    }
}

/// What was read, what would have been found, and the doubts.
fn trust(report: &Report<'_>) -> Vec<(&'static str, String)> {
    let analysis = report.analysis;
    let coverage = &analysis.coverage;
    let mut pairs = vec![
        ("coverage", wording::coverage(coverage)),
        ("readings", wording::readings(coverage)),
    ];
    let optional = [
        ("unknown", wording::unknown_reasons(coverage)),
        ("sandwiches", wording::sandwiches(coverage)),
        ("lag", wording::lag(&analysis.lag)),
        (
            "requests",
            analysis.requests.as_ref().map(wording::requests),
        ),
    ];
    for (label, text) in optional {
        pairs.extend(text.map(|text| (label, text)));
    }
    pairs.push(("guarantee", wording::guarantee(coverage)));
    let caveats = wording::caveats(report, &|name| fit(name, 200));
    pairs.extend(caveats.into_iter().map(|text| ("caveat", text)));
    pairs
}

fn gaps(page: &mut Page, report: &Report<'_>, moments: Moments) {
    let gaps = &report.analysis.coverage.gaps;
    if gaps.is_empty() {
        return;
    }
    let rows = gaps.iter().take(SHOWN).map(|gap| {
        vec![
            moments.say(gap.from),
            moments.say(gap.to),
            wording::duration(gap.to - gap.from),
            gap.reason.as_str().to_owned(),
            fit(&gap.target, 40),
        ]
    });
    page.blank();
    page.grid(&["gap from", "to", "length", "reason", "target"], rows);
    more(page, gaps.len());
}

fn foot(page: &mut Page, report: &Report<'_>, moments: Moments) {
    page.blank();
    let context = wording::context(report.analysis, moments, &|name| fit(name, 40));
    let unseen = context.len().saturating_sub(SHOWN);
    let shown = context.into_iter().take(SHOWN);
    let mut pairs: Vec<_> = shown.map(|text| ("context", text)).collect();
    if unseen > 0 {
        let rest = format!("and {unseen} more; `--format json` has all");
        pairs.push(("context", rest));
    }
    let sources = report.sources.iter().take(SHOWN).map(source);
    pairs.extend(sources.map(|text| ("source", text)));
    if let Some(path) = report.recording {
        pairs.push(("recording", terminal(path)));
    }
    let tool = format!("runner-desync {}, times in UTC", report.tool_version);
    pairs.push(("made by", tool));
    page.pairs(&pairs);
    more(page, report.sources.len());
}

fn source(source: &SourceNote) -> String {
    let taken = wording::source(source);
    let file = terminal(&source.file);
    let notes = source.notes.iter().take(SHOWN);
    let notes = notes.map(|note| format!("; {}", fit(note, 200)));
    let notes: Vec<_> = notes.collect();
    format!("{file}: {taken}{}", notes.concat())
}
