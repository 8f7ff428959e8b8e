//! Jobs that died, one a row.

use std::io;

use super::{Column, at, plain, rows, text, words};
use crate::model::Fate;
use crate::report::ScanReport;

const COLUMNS: [Column<Fate>; 16] = [
    ("killed", |f| plain(f.killed.as_str())),
    ("killed_because", |f| words(&f.because)),
    ("taken_at", |f| at(f.taken_at)),
    ("job_repo", |f| text(&f.job.repo.to_string())),
    ("job_run_id", |f| Some(f.job.run_id?.to_string())),
    ("job_run_attempt", |f| Some(f.job.run_attempt?.to_string())),
    ("job_id", |f| Some(f.job.id.to_string())),
    ("job_name", |f| text(&f.job.name)),
    ("job_workflow", |f| f.job.workflow.as_deref().and_then(text)),
    ("job_html_url", |f| f.job.html_url.as_deref().and_then(text)),
    ("job_conclusion", |f| {
        text(f.job.conclusion.as_ref()?.as_str())
    }),
    ("job_started_at", |f| at(f.job.started_at)),
    ("job_completed_at", |f| at(f.job.completed_at)),
    ("runner_id", |f| {
        Some(f.job.assignment.as_ref()?.runner_id.to_string())
    }),
    ("runner_name", |f| {
        let assignment = f.job.assignment.as_ref()?;
        assignment.runner_name.as_deref().and_then(text)
    }),
    ("annotation", |f| f.annotation.as_deref().and_then(text)),
];

/// Writes a heading and one row for each death, the sure ones first.
pub(in crate::report) fn write(report: &ScanReport<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    rows(&COLUMNS, report.deaths(), out)
}
