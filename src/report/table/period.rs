//! One period on a terminal.

use crate::model::{JobFacts, Period, RunnerFacts};
use crate::report::escape::{cut, fit, terminal};
use crate::report::lane;
use crate::report::wording::{self, Moments, Story};

use super::layout::{Page, Paint};

/// Columns a name may take in a line with others.
const NAME: usize = 32;
/// Columns of a URL; a real one is shorter and stays whole.
const URL: usize = 400;

/// A period in full, with its lane.
pub(super) fn block(page: &mut Page, place: usize, period: &Period, moments: Moments) {
    let story = Story { period, moments };
    let title = story.title(&runner_name(&period.runner), &job_name(period));
    page.line(&format!("{place}. {title}"), Paint::Bold);
    page.pairs(&facts(story));
    page.blank();
    for row in lane::draw(period, moments, page.columns() - 1) {
        page.raw(&format!(" {row}"));
    }
}

/// A period in one line.
pub(super) fn line(period: &Period, moments: Moments, columns: usize) -> String {
    let story = Story { period, moments };
    let text = format!(
        "  {} on {}: {}, {}",
        wording::own_name(period),
        runner_name(&period.runner),
        moments.say(period.first_false_at),
        story.lasted()
    );
    cut(&text, columns)
}

fn facts(story: Story<'_>) -> Vec<(&'static str, String)> {
    let period = story.period;
    let mut pairs = vec![("runner", runner(&period.runner))];
    if let Some(facts) = &period.job {
        pairs.push(("job", job(story, facts)));
        let url = facts.job.html_url.as_deref();
        pairs.extend(url.map(|url| ("", fit(url, URL))));
    }
    if let Some(facts) = &period.previous_job {
        pairs.push(("job before", job(story, facts)));
    }
    pairs.extend(story.facts());
    pairs
}

fn runner_name(runner: &RunnerFacts) -> String {
    match &runner.name {
        Some(name) => fit(name, NAME),
        None => format!("runner {}", runner.key.id),
    }
}

fn job_name(period: &Period) -> String {
    match &period.job {
        Some(facts) => format!("\"{}\"", fit(&facts.job.name, NAME)),
        None => "no job".to_owned(),
    }
}

fn runner(runner: &RunnerFacts) -> String {
    let mut parts = vec![
        wording::name_or_dash(runner.name.as_deref(), &|name| fit(name, 3 * NAME)),
        format!("id {}", runner.key.id),
        terminal(&runner.key.scope.to_string()),
    ];
    let more = [
        ("group", &runner.group),
        ("version", &runner.version),
        ("os", &runner.os),
    ];
    for (label, value) in more {
        let value = value.as_deref().map(|value| fit(value, NAME));
        parts.extend(value.map(|value| format!("{label} {value}")));
    }
    parts.join(", ")
}

fn job(story: Story<'_>, facts: &JobFacts) -> String {
    let job = &facts.job;
    let parts = [
        Some(fit(&job.name, 2 * NAME)),
        Some(format!("id {}", job.id)),
        job.run_id.map(|run| format!("run {run}")),
        job.run_attempt.map(|attempt| format!("attempt {attempt}")),
        Some(terminal(&job.repo.to_string())),
        Some(fit(wording::conclusion(job), NAME)),
        Some(story.life(facts)),
    ];
    let known: Vec<_> = parts.into_iter().flatten().collect();
    known.join(", ")
}
