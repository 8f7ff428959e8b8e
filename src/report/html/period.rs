//! One period: its facts, its lanes, its readings and its proof.

use maud::{Markup, html};

use crate::model::{CoverageGap, Finding, Flag, JobFacts, Mark, Period, Proof, RunnerFacts};
use crate::report::escape::fit;
use crate::report::wording::{self, Moments, Story, UNKNOWN};

use super::fleet::RunnerPeriods;
use super::{Shown, code, lanes, name};

/// Runs of equal readings, and proofs, in one table.
const ROWS: usize = 60;
/// Columns of a URL, which is of no use when it is cut.
const URL: usize = 400;
/// Columns of a name in a title.
const TITLE: usize = 48;

/// What a period goes by in the overview.
pub(super) fn sort(period: &Period) -> &'static str {
    match period.finding {
        Finding::Yes => wording::own_name(period),
        Finding::NotYet => "not confirmed",
    }
}

/// How the observed part is drawn.
pub(super) fn observed_class(period: &Period) -> &'static str {
    match (period.finding, period.class) {
        (Finding::NotYet, _) => "candidate",
        (Finding::Yes, Some(crate::model::Class::Lag)) => "lag",
        (Finding::Yes, Some(crate::model::Class::Stale) | None) => "observed",
    }
}

pub(super) fn details(
    period: &Period,
    runner: &RunnerPeriods<'_>,
    gaps: &[&CoverageGap],
    shown: Shown,
) -> Markup {
    let story = Story {
        period,
        moments: Moments::Full,
    };
    let cut = |text: &str| fit(text, TITLE);
    let job = period.job.as_ref().map(|job| cut(&job.job.name));
    let title = story.title(&cut(runner.name()), job.as_deref().unwrap_or("no job"));
    html! {
        details.period open[shown == Shown::Open] {
            summary { span.sort { (sort(period)) } " " (title) " " time { (period.first_false_at) } }
            (lanes::of_period(period, gaps))
            table.facts {
                (fact("runner", &self::runner(&period.runner)))
                @if let Some(facts) = &period.job { (fact("job", &self::job(story, facts))) }
                @if let Some(facts) = &period.previous_job { (fact("job before", &self::job(story, facts))) }
                @for (label, text) in story.facts() { (fact(label, &html! { (text) })) }
            }
            (readings(period))
            (proof(period))
        }
    }
}

fn fact(label: &str, text: &Markup) -> Markup {
    html! { tr { th scope="row" { (label) } td { (text) } } }
}

fn runner(runner: &RunnerFacts) -> Markup {
    let more = [
        ("group", &runner.group),
        ("version", &runner.version),
        ("os", &runner.os),
    ];
    let labels = runner.labels.as_deref().unwrap_or(&[]);
    html! {
        (code(runner.name.as_deref().unwrap_or(UNKNOWN))) ", id " (runner.key.id) ", " (name(&runner.key.scope.to_string()))
        @for (label, value) in more {
            @if let Some(value) = value { ", " (label) " " (code(value)) }
        }
        @for (place, label) in labels.iter().take(ROWS).enumerate() {
            @if place == 0 { ", labels " } @else { " " }
            (code(label))
        }
    }
}

fn job(story: Story<'_>, facts: &JobFacts) -> Markup {
    let job = &facts.job;
    html! {
        (code(&job.name)) ", id " (job.id)
        @if let Some(run) = job.run_id { ", run " (run) }
        @if let Some(attempt) = job.run_attempt { ", attempt " (attempt) }
        ", " (name(&job.repo.to_string())) ", " (name(wording::conclusion(job))) ", " (story.life(facts))
        @if let Some(url) = &job.html_url { ", " (link(url)) }
    }
}

/// A link only to what is one: another scheme would run in the page.
fn link(url: &str) -> Markup {
    let plain = |c: char| c.is_ascii_graphic();
    if url.starts_with("https://") && url.chars().all(plain) && url.len() < 500 {
        html! { a href=(url) rel="noreferrer noopener" { (fit(url, URL)) } }
    } else {
        code(url)
    }
}

/// Every change of what was read, with exact times.
fn readings(period: &Period) -> Markup {
    let same = |one: &Mark, next: &Mark| one.flag == next.flag;
    let runs: Vec<&[Mark]> = period.marks.chunk_by(same).collect();
    let rows = runs
        .iter()
        .filter_map(|run| Some((run.first()?, run.last()?, run.len())));
    html! {
        @if !runs.is_empty() {
            h4 { "Readings" }
            div.wide { table {
                thead { tr { th { "said" } th { "readings" } th { "first" } th { "last" } } }
                @for (first, last, number) in rows.take(ROWS) {
                    tr class=[contradicts(first.flag)] {
                        td { (lanes::said(first.flag)) } td { (number) } td { (first.at) } td { (last.at) }
                    }
                }
            } }
            (more(runs.len()))
        }
    }
}

fn contradicts(flag: Flag) -> Option<&'static str> {
    match flag {
        Flag::True => None,
        Flag::False | Flag::Offline | Flag::Missing => Some("contradicts"),
    }
}

/// The answers that contradict each other.
fn proof(period: &Period) -> Markup {
    html! {
        @if !period.proof.is_empty() {
            h4 { "The answers that prove it" }
            table.proof {
                thead { tr { th { "request, and what was said" } th { "status, X-GitHub-Request-Id" } th { "times" } } }
                @for proof in period.proof.iter().take(ROWS) { (answer(proof)) }
            }
            (more(period.proof.len()))
        }
    }
}

fn answer(proof: &Proof) -> Markup {
    let status = proof.status.map(|status| status.to_string());
    let date = proof.server_date.map(|date| date.to_string());
    html! {
        tr {
            td { code { "GET " (fit(&proof.url, URL)) } br; (name(&proof.said)) }
            td { (status.as_deref().unwrap_or(UNKNOWN)) br; code { (name(proof.request_id.as_deref().unwrap_or(UNKNOWN))) } }
            td {
                "sent " (proof.window.sent) br;
                "received " (proof.window.received) br;
                "Date " (date.as_deref().unwrap_or(UNKNOWN))
            }
        }
    }
}

fn more(number: usize) -> Markup {
    let rest = number.saturating_sub(ROWS);
    html! { @if rest != 0 { p { "and " (rest) " more; the recording has all." } } }
}
