//! `--format csv`: one period a row, for a spreadsheet.
//!
//! Every text is a literal there and never a formula (see `escape::cell`).
//! An empty cell is unknown, as `null` is in JSON; the columns are those of
//! one period of `runner-desync.report/1`, its parts joined by `_`.

mod scan;

use std::io;

use crate::model::{Finding, JobFacts, KilledBecause, Period, Span, Timestamp};

use super::escape::cell;
use super::{Report, wording};
pub(super) use scan::write as write_scan;

/// One column: its heading, and what stands in it.
type Column<T> = (&'static str, fn(&T) -> Option<String>);

const COLUMNS: [Column<Period>; 36] = [
    ("kind", |p| plain(p.kind.as_str())),
    ("class", |p| p.class.map(|class| class.as_str().to_owned())),
    ("pattern", |p| p.pattern.map(|own| own.as_str().to_owned())),
    ("certainty", |p| plain(p.certainty.as_str())),
    ("finding", |p| Some((p.finding == Finding::Yes).to_string())),
    ("liveness", |p| plain(p.liveness.as_str())),
    ("runner_scope", |p| text(&p.runner.key.scope.to_string())),
    ("runner_id", |p| Some(p.runner.key.id.to_string())),
    ("runner_name", |p| p.runner.name.as_deref().and_then(text)),
    ("runner_group", |p| p.runner.group.as_deref().and_then(text)),
    ("runner_version", |p| {
        p.runner.version.as_deref().and_then(text)
    }),
    ("job_repo", |p| of_job(p, |f| text(&f.job.repo.to_string()))),
    ("job_run_id", |p| {
        of_job(p, |f| Some(f.job.run_id?.to_string()))
    }),
    ("job_run_attempt", |p| {
        of_job(p, |f| Some(f.job.run_attempt?.to_string()))
    }),
    ("job_id", |p| of_job(p, |f| Some(f.job.id.to_string()))),
    ("job_name", |p| of_job(p, |f| text(&f.job.name))),
    ("job_workflow", |p| {
        of_job(p, |f| f.job.workflow.as_deref().and_then(text))
    }),
    ("job_html_url", |p| {
        of_job(p, |f| f.job.html_url.as_deref().and_then(text))
    }),
    ("job_status", |p| of_job(p, |f| text(f.job.status.as_str()))),
    ("job_conclusion", |p| {
        of_job(p, |f| text(f.job.conclusion.as_ref()?.as_str()))
    }),
    ("job_started_at", |p| of_job(p, |f| at(f.job.started_at))),
    ("job_completed_at", |p| {
        of_job(p, |f| at(f.job.completed_at))
    }),
    ("first_false_at", |p| at(Some(p.first_false_at))),
    ("last_false_at", |p| at(Some(p.last_false_at))),
    ("onset_after", |p| at(p.onset.after)),
    ("onset_by", |p| at(Some(p.onset.by))),
    ("end_after", |p| at(Some(p.end.after))),
    ("end_by", |p| at(p.end.by)),
    ("end_reason", |p| plain(p.end.reason.as_str())),
    ("observed_s", |p| secs(Some(p.observed))),
    ("at_most_s", |p| secs(p.at_most)),
    ("job_age_s", |p| secs(p.job_age)),
    ("readings", |p| Some(p.readings.to_string())),
    ("longest_gap_s", |p| secs(p.longest_gap)),
    ("killed", |p| plain(p.killed.as_str())),
    ("killed_because", because),
];

/// Writes a heading and one row for each period.
pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    rows(&COLUMNS, report.analysis.periods.iter(), out)
}

/// Writes a heading, and of each item a row; what is not known stays empty.
fn rows<'i, T: 'i>(
    columns: &[Column<T>],
    items: impl Iterator<Item = &'i T>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(columns.iter().map(|(heading, _)| heading))?;
    for item in items {
        let cells: Vec<_> = columns.iter().map(|(_, value)| value(item)).collect();
        table.write_record(cells.iter().map(|known| known.as_deref().unwrap_or("")))?;
    }
    table.flush()
}

/// A word of our own.
#[expect(clippy::unnecessary_wraps, reason = "the shape of a column")]
fn plain(word: &str) -> Option<String> {
    Some(word.to_owned())
}

/// A text of someone else's.
#[expect(clippy::unnecessary_wraps, reason = "the shape of a column")]
fn text(name: &str) -> Option<String> {
    Some(cell(name))
}

fn of_job(period: &Period, value: fn(&JobFacts) -> Option<String>) -> Option<String> {
    period.job.as_ref().and_then(value)
}

fn at(instant: Option<Timestamp>) -> Option<String> {
    instant.map(|instant| instant.to_string())
}

fn secs(span: Option<Span>) -> Option<String> {
    span.map(wording::secs)
}

fn because(period: &Period) -> Option<String> {
    words(&period.killed_because)
}

fn words(signs: &[KilledBecause]) -> Option<String> {
    let signs: Vec<_> = signs.iter().map(|sign| sign.as_str()).collect();
    (!signs.is_empty()).then(|| signs.join(" "))
}
