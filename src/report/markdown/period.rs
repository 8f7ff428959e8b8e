//! One period in a ticket.

use std::fmt::Display;

use crate::model::{JobFacts, Period, Proof, RunnerFacts};
use crate::report::escape::{code, code_cell, code_fit};
use crate::report::wording::{self, Moments, Story, UNKNOWN};

use super::{gantt, more, table};

/// Columns of a name in a heading.
const TITLE: usize = 40;
/// Proofs quoted for one period.
const PROOFS: usize = 9;

/// A period with its facts, its diagram and its proof.
pub(super) fn section(place: usize, period: &Period) -> String {
    let story = Story {
        period,
        moments: Moments::Full,
    };
    let title = story.title(&runner_name(&period.runner), &job_name(period));
    let facts = table(["", ""], facts(story).into_iter());
    let diagram = gantt::fenced(period).map(|diagram| format!("\n{diagram}"));
    let diagram = diagram.as_deref().unwrap_or("");
    let proof = proof(period);
    format!("\n#### {place}. {title}\n\n{facts}{diagram}{proof}")
}

/// An id in a code span: seven digits or more can read as a commit.
fn number(id: impl Display) -> String {
    code(&id.to_string())
}

fn runner_name(runner: &RunnerFacts) -> String {
    match &runner.name {
        Some(name) => code_fit(name, TITLE),
        None => format!("runner {}", number(runner.key.id)),
    }
}

fn job_name(period: &Period) -> String {
    match &period.job {
        Some(facts) => code_fit(&facts.job.name, TITLE),
        None => "no job".to_owned(),
    }
}

fn facts(story: Story<'_>) -> Vec<[String; 2]> {
    let period = story.period;
    let mut rows = vec![("runner", runner(&period.runner))];
    if let Some(facts) = &period.job {
        rows.push(("job", job(story, facts)));
    }
    if let Some(facts) = &period.previous_job {
        rows.push(("job before", job(story, facts)));
    }
    rows.extend(story.facts());
    rows.into_iter()
        .map(|(label, text)| [label.to_owned(), text])
        .collect()
}

fn runner(runner: &RunnerFacts) -> String {
    let mut parts = vec![
        wording::name_or_dash(runner.name.as_deref(), &code_cell),
        format!("id {}", number(runner.key.id)),
        code_cell(&runner.key.scope.to_string()),
    ];
    let more = [
        ("group", &runner.group),
        ("version", &runner.version),
        ("os", &runner.os),
    ];
    for (label, value) in more {
        let value = value.as_deref().map(code_cell);
        parts.extend(value.map(|value| format!("{label} {value}")));
    }
    parts.join(", ")
}

fn job(story: Story<'_>, facts: &JobFacts) -> String {
    let job = &facts.job;
    let run = job.run_id.map(|run| format!("run {}", number(run)));
    let attempt = job.run_attempt.map(|attempt| format!("attempt {attempt}"));
    let conclusion = code_cell(wording::conclusion(job));
    let parts = [
        Some(code_cell(&job.name)),
        Some(format!("id {}", number(job.id))),
        run,
        attempt,
        Some(code_cell(&job.repo.to_string())),
        Some(format!("{conclusion}, {}", story.life(facts))),
        job.html_url.as_deref().map(code_cell),
    ];
    let known: Vec<_> = parts.into_iter().flatten().collect();
    known.join(", ")
}

/// The answers that contradict each other, each as it can be found in
/// GitHub's own logs.
fn proof(period: &Period) -> String {
    if period.proof.is_empty() {
        return "\nNo answer is quoted: the readings come from imported files.\n".to_owned();
    }
    let rows = period.proof.iter().take(PROOFS).map(answer);
    let headings = [
        "Request",
        "Sent",
        "Received",
        "Status",
        "Request id",
        "Date",
        "Said",
    ];
    let table = table(headings, rows);
    let more = more(period.proof.len(), PROOFS);
    format!("\nThe answers that prove it:\n\n{table}{more}")
}

fn answer(proof: &Proof) -> [String; 7] {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| UNKNOWN.to_owned());
    [
        code_cell(&format!("GET {}", proof.url)),
        proof.window.sent.to_string(),
        proof.window.received.to_string(),
        or_dash(proof.status.map(|status| status.to_string())),
        wording::name_or_dash(proof.request_id.as_deref(), &code_cell),
        or_dash(proof.server_date.map(|date| date.to_string())),
        code_cell(&proof.said),
    ]
}
