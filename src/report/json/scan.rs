//! `runner-desync.scan/1`: what `scan` found.

use std::io;

use serde::Serialize;

use super::SCAN_SCHEMA;
use super::coverage::GapV1;
use super::period::{JobV1, PeriodV1};
use super::v1::{At, CaveatV1, RequestsV1, SourceV1, ToolV1};
use crate::model::{
    AnnotationAccess, AnnotationsRead, Assignment, Fate, KilledBecause, RunsListed, ScanEnd,
};
use crate::report::{ScanReport, escape};

#[derive(Serialize)]
struct ScanV1<'a> {
    schema: &'static str,
    tool: ToolV1<'a>,
    verdict: &'static str,
    host: &'a str,
    targets: Vec<String>,
    window: WindowV1,
    min_coverage: f64,
    /// Stopped before everything was read.
    partial: bool,
    coverage: CoverageV1<'a>,
    /// The sure ones first, each in the order of their ends.
    deaths: Vec<DeathV1<'a>>,
    /// Ended badly, with no sign of how.
    unclear: Vec<DeathV1<'a>>,
    requests: Option<RequestsV1>,
    sources: Vec<SourceV1<'a>>,
    caveats: Vec<CaveatV1>,
}

#[derive(Serialize)]
struct WindowV1 {
    from: At,
    to: At,
}

#[derive(Serialize)]
struct CoverageV1<'a> {
    ratio: Option<f64>,
    repositories: u64,
    all_runs_listed: bool,
    runs: u64,
    runs_read: u64,
    runs_remembered: u64,
    runs_unfinished: u64,
    jobs: u64,
    annotations: u64,
    annotations_read: u64,
    annotations_refused: bool,
    unreadable: Vec<&'a str>,
    gaps: Vec<GapV1<'a>>,
}

#[derive(Serialize)]
struct DeathV1<'a> {
    killed: &'static str,
    killed_because: Vec<&'static str>,
    /// When the runner ended, by another witness.
    taken_at: Option<At>,
    job: JobV1<'a>,
    runner: Option<AssignedV1<'a>>,
    annotations_read: bool,
    /// The one that tells of the loss.
    annotation: Option<&'a str>,
    periods: Vec<PeriodV1<'a>>,
}

/// The runner as the job names it.
#[derive(Serialize)]
struct AssignedV1<'a> {
    id: u64,
    name: Option<&'a str>,
    group: Option<&'a str>,
}

/// Writes the result as one JSON document.
pub(in crate::report) fn write_scan(
    report: &ScanReport<'_>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let text = serde_json::to_string_pretty(&ScanV1::from(report))?;
    writeln!(out, "{}", escape::json(&text))
}

impl<'a> From<&ScanReport<'a>> for ScanV1<'a> {
    fn from(report: &ScanReport<'a>) -> Self {
        let caveats = report.caveats.iter();
        Self {
            schema: SCAN_SCHEMA,
            tool: ToolV1::of(report.tool_version),
            verdict: report.verdict.as_str(),
            host: report.host.as_str(),
            targets: report.targets.iter().map(ToString::to_string).collect(),
            window: WindowV1 {
                from: At(report.since),
                to: At(report.until),
            },
            min_coverage: report.min_coverage,
            partial: report.end == ScanEnd::Interrupted,
            coverage: CoverageV1::from(report),
            deaths: report.deaths().map(DeathV1::from).collect(),
            unclear: report.unclear().map(DeathV1::from).collect(),
            requests: report.requests.as_ref().map(RequestsV1::from),
            sources: report.sources.iter().map(SourceV1::from).collect(),
            caveats: caveats
                .map(|own| CaveatV1::of(*own, report.rules))
                .collect(),
        }
    }
}

impl<'a> From<&ScanReport<'a>> for CoverageV1<'a> {
    fn from(report: &ScanReport<'a>) -> Self {
        let counts = report.counts;
        Self {
            ratio: counts.coverage(),
            repositories: counts.repos,
            all_runs_listed: counts.listed == RunsListed::All,
            runs: counts.runs,
            runs_read: counts.runs_read,
            runs_remembered: counts.runs_remembered,
            runs_unfinished: counts.runs_unfinished,
            jobs: counts.jobs,
            annotations: counts.annotations,
            annotations_read: counts.annotations_read,
            annotations_refused: counts.access == AnnotationAccess::Refused,
            unreadable: report.unreadable.iter().map(AsRef::as_ref).collect(),
            gaps: report.gaps.iter().map(GapV1::from).collect(),
        }
    }
}

impl<'a> From<&'a Fate> for DeathV1<'a> {
    fn from(fate: &'a Fate) -> Self {
        let because = fate.because.iter().copied();
        Self {
            killed: fate.killed.as_str(),
            killed_because: because.map(KilledBecause::as_str).collect(),
            taken_at: fate.taken_at.map(At),
            job: (&fate.job).into(),
            runner: fate.job.assignment.as_ref().map(AssignedV1::from),
            annotations_read: fate.annotations == AnnotationsRead::Yes,
            annotation: fate.annotation.as_deref(),
            periods: fate.periods.iter().map(PeriodV1::from).collect(),
        }
    }
}

impl<'a> From<&'a Assignment> for AssignedV1<'a> {
    fn from(assignment: &'a Assignment) -> Self {
        Self {
            id: assignment.runner_id.0,
            name: assignment.runner_name.as_deref(),
            group: assignment.group_name.as_deref(),
        }
    }
}
