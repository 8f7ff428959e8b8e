//! For an issue or a support ticket: what happened in three lines, each
//! period with its proof, what is claimed and what is not.
//!
//! Every name stands in a code span, as only that keeps GitHub from pinging
//! people or touching issues (see `escape`); diagrams hold no names. The
//! text stays below GitHub's limit for any input: what does not fit is left
//! out by importance, and it says so.

mod gantt;
mod period;
mod scan;

use std::fmt::Display;

use super::escape::{code, code_cell, code_fit, shell};
use super::wording::{self, Moments};
use super::{Named, Report, SourceNote};
pub(super) use scan::render_scan;

/// GitHub takes 65,536 characters in an issue.
const LIMIT: usize = 60_000;
/// Lists longer than this are cut, and say so.
const SHOWN: usize = 10;

/// The whole report as Markdown.
pub(super) fn render(report: &Report<'_>) -> String {
    let head = head(report);
    let tail = tail(report);
    let fixed = head.chars().count() + tail.chars().count();
    // Room for the sentence that says what was left out.
    let periods = periods(report, LIMIT.saturating_sub(fixed + 300));
    format!("{head}{periods}{tail}")
}

/// What happened, where and when, and what to look up.
fn head(report: &Report<'_>) -> String {
    let summary = wording::summary(report, Moments::Full, &code);
    format!(
        "### runner-desync report\n\n- **{}**\n- {summary}\n- {}\n",
        wording::headline(report),
        look_up(report),
    )
}

/// Where whoever has GitHub's own logs finds the first contradiction.
fn look_up(report: &Report<'_>) -> String {
    let Some(period) = report.by_importance().next() else {
        return "Nothing contradicts; what this rests on is under Coverage.".to_owned();
    };
    let job = period.job.as_ref();
    let job = job.map(|facts| format!(", job {}", code(&facts.job.id.to_string())));
    let ids = period
        .proof
        .iter()
        .filter_map(|proof| proof.request_id.as_deref());
    let ids: Vec<_> = ids.take(3).map(code).collect();
    let requests = if ids.is_empty() {
        "no request ids, as the readings were imported".to_owned()
    } else {
        format!("`X-GitHub-Request-Id` {}", ids.join(", "))
    };
    format!(
        "To look up first: runner {}{} at {}, {requests}",
        code(&period.runner.key.id.to_string()),
        job.as_deref().unwrap_or(""),
        period.first_false_at,
    )
}

/// Periods in the order of their importance, as many as there is room for.
fn periods(report: &Report<'_>, room: usize) -> String {
    let periods: Vec<_> = report.by_importance().collect();
    let mut sections = Vec::new();
    let mut used = 0;
    for (place, period) in periods.iter().enumerate() {
        let section = period::section(place + 1, period);
        used += section.chars().count();
        if room < used {
            sections.push(left_out(periods.len() - place));
            break;
        }
        sections.push(section);
    }
    sections.concat()
}

fn left_out(periods: usize) -> String {
    format!(
        "\n_Left out here to stay below 60,000 characters: {periods} of less importance; \
         the JSON format has all periods._\n"
    )
}

/// Everything after the periods; its length has a bound.
fn tail(report: &Report<'_>) -> String {
    let sections = [
        environment(report),
        coverage(report),
        gaps(report),
        context(report),
        caveats(report),
        claims(),
        reproduce(report),
    ];
    sections.concat()
}

fn environment(report: &Report<'_>) -> String {
    let rules = &report.analysis.rules;
    let items = [
        format!(
            "GitHub: {}; made by runner-desync {}",
            code(report.analysis.host.as_str()),
            code(report.tool_version)
        ),
        wording::rules(rules),
        wording::runners(report, &code),
    ];
    section("Environment", &items)
}

fn coverage(report: &Report<'_>) -> String {
    let analysis = report.analysis;
    let coverage = &analysis.coverage;
    let rows = [
        ("Read", Some(wording::coverage(coverage))),
        ("Guarantee", Some(wording::guarantee(coverage))),
        ("Readings", Some(wording::readings(coverage))),
        ("Unknown", wording::unknown_reasons(coverage)),
        ("Sandwiches", wording::sandwiches(coverage)),
        ("Assignment lag", wording::lag(&analysis.lag)),
        (
            "Requests",
            analysis.requests.as_ref().map(wording::requests),
        ),
    ];
    let known = rows
        .into_iter()
        .filter_map(|(label, text)| Some((label, text?)));
    let items: Vec<_> = known
        .map(|(label, text)| format!("{label}: {text}"))
        .collect();
    section("Coverage", &items)
}

/// A heading and a list, cut where it gets long; nothing without items.
fn section(title: &str, items: &[String]) -> String {
    const LONGEST: usize = 2 * SHOWN;
    if items.is_empty() {
        return String::new();
    }
    let shown = &items[..items.len().min(LONGEST)];
    let rest = more(items.len(), LONGEST);
    format!("\n#### {title}\n\n- {}\n{rest}", shown.join("\n- "))
}

fn gaps(report: &Report<'_>) -> String {
    let gaps = &report.analysis.coverage.gaps;
    if gaps.is_empty() {
        return String::new();
    }
    let rows = gaps.iter().take(SHOWN).map(|gap| {
        [
            gap.from.to_string(),
            gap.to.to_string(),
            gap.reason.as_str().to_owned(),
            code_cell(&gap.target),
        ]
    });
    let table = table(["Gap from", "to", "reason", "target"], rows);
    format!("\n{table}{}", more(gaps.len(), SHOWN))
}

/// Imported events, which show what followed.
fn context(report: &Report<'_>) -> String {
    let items = wording::context(report.analysis, Moments::Full, &code);
    section("Context", &items)
}

fn caveats(report: &Report<'_>) -> String {
    section("Caveats", &wording::caveats(report, &code))
}

/// The same for every report: what the words above mean and do not mean.
fn claims() -> String {
    "\n#### What is claimed, and what is not\n\n\
     - Claimed: GitHub's own answers, read at the times given, contradict each other about \
     these runners. A finding rests on the job's final record, or on reads of job, runner and \
     job in a row.\n\
     - Onset and end are bounds: what is observed is the least, \"at most\" the most that the \
     readings allow.\n\
     - Not claimed: why the flag was wrong, or that it caused what followed. That a job was \
     killed *follows* a desync in time.\n\
     - Not claimed: that nothing else happened. Shorter periods, and what was not read, can be \
     missed.\n"
        .to_owned()
}

fn reproduce(report: &Report<'_>) -> String {
    let sources: Vec<_> = report.sources.iter().map(source).collect();
    let sources = section("Sources", &sources);
    format!(
        "\n#### How to reproduce\n\n\
         {} with runner-desync {} makes this report again from the evidence.{}{}\n{sources}",
        command(report),
        code(report.tool_version),
        of_a_recording(report),
        under_pseudonyms(report),
    )
}

/// Paths and flags are of no use when they are cut, so it may be long.
fn command(report: &Report<'_>) -> String {
    const LONGEST: usize = 2_000;
    let files: Vec<_> = match report.recording {
        Some(path) => vec![shell(path)],
        None => report.sources.iter().map(|it| shell(&it.file)).collect(),
    };
    let files = files.join(" ");
    let files = if files.is_empty() || LONGEST / 2 < files.len() {
        "FILE…"
    } else {
        &files
    };
    let redact = match report.asked.named {
        Named::Originals => "",
        Named::Pseudonyms => " --redact names",
    };
    let flags = report.asked.flags;
    let command = format!("runner-desync report {files} --format markdown{redact}{flags}");
    code_fit(&command, LONGEST)
}

fn of_a_recording(report: &Report<'_>) -> &'static str {
    match report.recording {
        None => "",
        Some(_) => {
            " It judges all that the recording holds by then: coverage, lag and other periods are \
             of that, where this report may be of one run, or of more than an excerpt holds."
        }
    }
}

fn under_pseudonyms(report: &Report<'_>) -> &'static str {
    match report.asked.named {
        Named::Originals => "",
        Named::Pseudonyms => {
            " Files are named by pseudonyms here: give those meant, and what stands in capitals. \
             Other pseudonyms come out."
        }
    }
}

fn source(source: &SourceNote) -> String {
    let taken = wording::source(source);
    let notes = source.notes.iter().take(3);
    let notes: Vec<_> = notes
        .map(|note| format!("; {}", code_fit(note, 60)))
        .collect();
    format!("{}: {taken}{}", code(&source.file), notes.concat())
}

/// Says how many of a list are not shown.
fn more(total: usize, shown: usize) -> String {
    match total.checked_sub(shown) {
        Some(rest) if rest > 0 => format!("\n_and {rest} more; the JSON format has all._\n"),
        Some(_) | None => String::new(),
    }
}

/// A table whose cells are safe already.
fn table<const N: usize>(headings: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let rule = ["---"; N];
    let rows: Vec<_> = rows.map(|cells| row(&cells)).collect();
    [row(&headings), row(&rule), rows.concat()].concat()
}

fn row<const N: usize>(cells: &[impl Display; N]) -> String {
    let cells: Vec<_> = cells.iter().map(ToString::to_string).collect();
    format!("| {} |\n", cells.join(" | "))
}
