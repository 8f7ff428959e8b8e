//! Jobs that died, on a terminal.

use super::layout::{Page, Paint};
use super::{SHOWN, more, source};
use crate::model::{Fate, ScanVerdict};
use crate::report::ScanReport;
use crate::report::escape::{fit, terminal};
use crate::report::wording;

/// Columns a name may take in a line with others.
const NAME: usize = 40;
/// Columns of what a stranger wrote, and of a URL.
const TEXT: usize = 300;

/// The whole result for a terminal.
pub(in crate::report) fn render_scan(report: &ScanReport<'_>) -> String {
    let mut page = Page::new(report.width, report.style);
    let paint = match report.verdict {
        ScanVerdict::Deaths => Paint::Red,
        ScanVerdict::Inconclusive => Paint::Yellow,
        ScanVerdict::Clean => Paint::Green,
    };
    page.line(&wording::scan_headline(report), paint);
    page.line(&wording::scan_summary(report), Paint::None);
    for (place, fate) in report.deaths().enumerate() {
        page.blank();
        let title = wording::death(fate, &job(fate), &runner(fate));
        page.line(&format!("{}. {title}", place + 1), Paint::Bold);
        page.pairs(&facts(fate));
    }
    page.blank();
    page.pairs(&trust(report));
    gaps(&mut page, report);
    page.finish()
}

fn job(fate: &Fate) -> String {
    format!("job {} {}", fate.job.id, fit(&fate.job.name, NAME))
}

fn runner(fate: &Fate) -> String {
    let assignment = fate.job.assignment.as_ref();
    let name = assignment.and_then(|own| own.runner_name.as_deref());
    wording::name_or_dash(name, &|name| fit(name, NAME))
}

fn facts(fate: &Fate) -> Vec<(&'static str, String)> {
    let repo = fate.job.repo.to_string();
    let mut pairs = vec![
        ("repository", fit(&repo, TEXT)),
        ("ran", wording::ran(&fate.job)),
        ("sign", wording::signs(fate)),
    ];
    let annotation = fate.annotation.as_deref();
    pairs.extend(annotation.map(|text| ("annotation", fit(text, TEXT))));
    let periods = fate.periods.iter().take(SHOWN);
    pairs.extend(periods.map(|period| ("read", wording::flag(period))));
    let url = fate.job.html_url.as_deref();
    pairs.extend(url.map(|url| ("url", fit(url, TEXT))));
    pairs
}

fn trust(report: &ScanReport<'_>) -> Vec<(&'static str, String)> {
    let mut pairs = vec![("coverage", wording::scan_coverage(report.counts))];
    pairs.extend(wording::unclear(report).map(|text| ("unclear", text)));
    let names = report.unreadable.iter().take(SHOWN);
    pairs.extend(names.map(|name| ("unreadable", fit(name, TEXT))));
    let requests = report.requests.as_ref().map(wording::requests);
    pairs.extend(requests.map(|text| ("requests", text)));
    pairs.push(("limits", wording::SCAN_LIMITS.to_owned()));
    let caveats = report.caveats.iter();
    pairs.extend(caveats.map(|own| {
        let text = wording::caveat(*own, report.rules);
        ("caveat", format!("{}: {text}", own.code()))
    }));
    let sources = report.sources.iter().take(SHOWN).map(source);
    pairs.extend(sources.map(|text| ("source", text)));
    pairs.extend(report.state.map(|path| ("state", terminal(path))));
    let tool = format!("runner-desync {}, times in UTC", report.tool_version);
    pairs.push(("made by", tool));
    pairs
}

fn gaps(page: &mut Page, report: &ScanReport<'_>) {
    if report.gaps.is_empty() {
        return;
    }
    let rows = report
        .gaps
        .iter()
        .take(SHOWN)
        .map(|gap| vec![gap.reason.as_str().to_owned(), fit(&gap.target, 2 * NAME)]);
    page.blank();
    page.grid(&["not read, for", "what"], rows);
    more(page, report.gaps.len());
}
