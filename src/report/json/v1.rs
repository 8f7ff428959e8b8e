//! The outer part of a report; its periods are in `period.rs`, what was read
//! in `coverage.rs`.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::model::{
    Analysis, Caveat, Lag, MARGIN, Requests, Rules, RunnerEventKind, Span, TimelineEntry, Timestamp,
};
use crate::report::{Report, SourceNote, wording};

use super::REPORT_SCHEMA;
use super::coverage::CoverageV1;
use super::period::PeriodV1;

#[derive(Serialize)]
pub(super) struct ReportV1<'a> {
    schema: &'static str,
    tool: ToolV1<'a>,
    verdict: &'static str,
    host: &'a str,
    targets: Vec<String>,
    rules: RulesV1,
    window: Option<WindowV1>,
    coverage: CoverageV1<'a>,
    periods: Vec<PeriodV1<'a>>,
    lag: LagV1,
    timeline: Vec<TimelineV1<'a>>,
    requests: Option<RequestsV1>,
    sources: Vec<SourceV1<'a>>,
    caveats: Vec<CaveatV1>,
}

impl<'a> From<&Report<'a>> for ReportV1<'a> {
    fn from(report: &Report<'a>) -> Self {
        let analysis = report.analysis;
        Self {
            schema: REPORT_SCHEMA,
            tool: ToolV1::of(report.tool_version),
            verdict: analysis.verdict.as_str(),
            host: analysis.host.as_str(),
            targets: analysis.targets.iter().map(ToString::to_string).collect(),
            rules: (&analysis.rules).into(),
            window: analysis.window.map(WindowV1::from),
            coverage: (&analysis.coverage).into(),
            periods: analysis.periods.iter().map(PeriodV1::from).collect(),
            lag: (&analysis.lag).into(),
            timeline: timeline(analysis),
            requests: analysis.requests.as_ref().map(RequestsV1::from),
            sources: report.sources.iter().map(SourceV1::from).collect(),
            caveats: caveats(analysis),
        }
    }
}

/// Events of the contract's list, which has no `job-state`: what a runner was
/// last to tell GitHub is said to people alone.
fn timeline(analysis: &Analysis) -> Vec<TimelineV1<'_>> {
    let told = analysis.timeline.iter();
    let listed = told.filter(|entry| entry.event != RunnerEventKind::JobState);
    listed.map(TimelineV1::from).collect()
}

/// Seconds: an integer when whole, else with the fraction.
#[derive(Clone, Copy)]
pub(super) struct Secs(pub(super) Span);

impl Serialize for Secs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let millis = self.0.as_millis();
        if millis % 1000 == 0 {
            serializer.serialize_i64(millis / 1000)
        } else {
            serializer.serialize_f64(self.0.as_secs_f64())
        }
    }
}

/// Shared texts as plain ones.
pub(super) fn texts(texts: &[Arc<str>]) -> Vec<&str> {
    texts.iter().map(AsRef::as_ref).collect()
}

/// RFC 3339 in UTC.
#[derive(Clone, Copy)]
pub(super) struct At(pub(super) Timestamp);

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[derive(Serialize)]
pub(super) struct ToolV1<'a> {
    name: &'static str,
    version: &'a str,
}

impl<'a> ToolV1<'a> {
    pub(super) const fn of(version: &'a str) -> Self {
        Self {
            name: "runner-desync",
            version,
        }
    }
}

#[derive(Serialize)]
struct RulesV1 {
    lag_limit_s: Secs,
    margin_s: Secs,
    min_coverage: f64,
}

impl From<&Rules> for RulesV1 {
    fn from(rules: &Rules) -> Self {
        Self {
            lag_limit_s: Secs(rules.lag_limit),
            margin_s: Secs(MARGIN + rules.clock_bound),
            min_coverage: rules.min_coverage,
        }
    }
}

#[derive(Serialize)]
struct WindowV1 {
    from: At,
    to: At,
}

impl From<(Timestamp, Timestamp)> for WindowV1 {
    fn from((from, to): (Timestamp, Timestamp)) -> Self {
        Self {
            from: At(from),
            to: At(to),
        }
    }
}

#[derive(Serialize)]
struct LagV1 {
    jobs: u64,
    p50_s: Option<Secs>,
    p95_s: Option<Secs>,
    p99_s: Option<Secs>,
    max_s: Option<Secs>,
    censored: u64,
    suggested_idle_confirmation_s: Option<Secs>,
    /// Jobs read `busy:false`, and how many the suggestion would have
    /// protected at those readings.
    read_false: u64,
    protected: Option<u64>,
}

impl From<&Lag> for LagV1 {
    fn from(lag: &Lag) -> Self {
        Self {
            jobs: lag.jobs,
            p50_s: lag.p50.map(Secs),
            p95_s: lag.p95.map(Secs),
            p99_s: lag.p99.map(Secs),
            max_s: lag.max.map(Secs),
            censored: lag.censored,
            suggested_idle_confirmation_s: lag.suggested_idle_confirmation.map(Secs),
            read_false: lag.read_false,
            protected: lag.protected,
        }
    }
}

#[derive(Serialize)]
struct TimelineV1<'a> {
    at: At,
    runner_id: u64,
    source: Option<&'a str>,
    event: &'static str,
    job_name: Option<&'a str>,
    valid_till: Option<At>,
    detail: Option<&'a str>,
}

impl<'a> From<&'a TimelineEntry> for TimelineV1<'a> {
    fn from(entry: &'a TimelineEntry) -> Self {
        Self {
            at: At(entry.at),
            runner_id: entry.runner.id.0,
            source: entry.source.as_deref(),
            event: entry.event.as_str(),
            job_name: entry.job.as_deref(),
            valid_till: entry.valid_till.map(At),
            detail: entry.detail.as_deref(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct RequestsV1 {
    total: u64,
    charged: u64,
    not_modified: u64,
    retried: u64,
    limit: Option<u64>,
    remaining: Option<u64>,
}

impl From<&Requests> for RequestsV1 {
    fn from(requests: &Requests) -> Self {
        Self {
            total: requests.total,
            charged: requests.charged,
            not_modified: requests.not_modified,
            retried: requests.retried,
            limit: requests.limit,
            remaining: requests.remaining,
        }
    }
}

#[derive(Serialize)]
pub(super) struct SourceV1<'a> {
    file: &'a str,
    kind: &'static str,
    records: u64,
    skipped: u64,
}

impl<'a> From<&'a SourceNote> for SourceV1<'a> {
    fn from(source: &'a SourceNote) -> Self {
        Self {
            file: &source.file,
            kind: source.kind.as_str(),
            records: source.records,
            skipped: source.skipped,
        }
    }
}

#[derive(Serialize)]
pub(super) struct CaveatV1 {
    code: &'static str,
    text: String,
}

fn caveats(analysis: &Analysis) -> Vec<CaveatV1> {
    let own = analysis.caveats.iter();
    own.map(|caveat| CaveatV1::of(*caveat, &analysis.rules))
        .collect()
}

impl CaveatV1 {
    pub(super) fn of(caveat: Caveat, rules: &Rules) -> Self {
        Self {
            code: caveat.code(),
            text: wording::caveat(caveat, rules),
        }
    }
}
