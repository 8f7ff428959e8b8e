//! `--format prometheus` and `--metrics-file`: the text format of Prometheus
//! as node_exporter's textfile collector takes it.
//!
//! No sample has a time of its own, the series are the same from the first
//! report on, and labels hold words of closed lists only, besides host and
//! target: runners and jobs come and go, and a series for each would stay.
//! What is not known is `NaN`, which no comparison of an alert rule fits.

use std::fmt::Write as _;

use crate::model::{Analysis, Kind, Period, ReportVerdict, Span, Timestamp, UnknownReason};

use super::{Report, wording};

const LAST_SUCCESS: &str = "runner_desync_last_success_timestamp_seconds";

/// Every metric. `before` is when an earlier report came to a verdict.
pub(crate) fn render(report: &Report<'_>, before: Option<Timestamp>) -> String {
    let analysis = report.analysis;
    let mut page = Page::new(analysis);
    verdict(&mut page, report);
    findings(&mut page, report);
    coverage(&mut page, analysis);
    lag(&mut page, analysis);
    requests(&mut page, analysis);
    times(&mut page, analysis, before);
    page.text
}

/// When the report that a text was written from, or one before it, came to a
/// verdict.
pub(crate) fn last_success(text: &str) -> Option<Timestamp> {
    let mut lines = text.lines();
    let line = lines.find(|line| line.starts_with(LAST_SUCCESS))?;
    let secs: f64 = line.rsplit(' ').next()?.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "written by us from whole milliseconds"
    )]
    let millis = (secs * 1000.0).round() as i64;
    (0 < millis).then(|| Timestamp::from_millis(millis))
}

fn verdict(page: &mut Page, report: &Report<'_>) {
    let version = [("version", report.tool_version)];
    page.metric(
        "build_info",
        "Version of runner-desync, as a label.",
        [(version, known(1))],
    );
    let verdicts = [
        ReportVerdict::Clean,
        ReportVerdict::Lag,
        ReportVerdict::Desync,
        ReportVerdict::Inconclusive,
    ];
    page.metric(
        "verdict",
        "1 for the verdict of the last report, 0 for the others.",
        verdicts.map(|verdict| {
            let is = u64::from(verdict == report.analysis.verdict);
            ([("verdict", verdict.as_str())], known(is))
        }),
    );
}

fn findings(page: &mut Page, report: &Report<'_>) {
    let number = |fits: &dyn Fn(&Period) -> bool| {
        let number = report.findings().filter(|period| fits(period)).count();
        known(u64::try_from(number).unwrap_or(u64::MAX))
    };
    let named = |name: &'static str, open: bool| {
        let fits = |p: &Period| wording::own_name(p) == name && (!open || p.end.by.is_none());
        ([("name", name)], number(&fits))
    };
    page.metric(
        "findings",
        "Findings that the last report judged, by class or kind.",
        names().map(|name| named(name, false)),
    );
    page.metric(
        "open_findings",
        "Those of them that had not ended.",
        names().map(|name| named(name, true)),
    );
    page.single(
        "counted_findings",
        "Those of them that --fail-on names.",
        number(&|period| report.fail_on.names(period)),
    );
    page.single(
        "killed_jobs",
        "Jobs that lost their runner after a finding, surely or likely.",
        known(report.killed_jobs()),
    );
    let candidates = u64::try_from(report.candidates().count());
    page.single(
        "candidates",
        "Contradictions that are not confirmed.",
        known(candidates.unwrap_or(u64::MAX)),
    );
}

/// What findings go by: both classes of busy-false, and the other kinds.
fn names() -> impl Iterator<Item = &'static str> {
    let kinds = Kind::ALL
        .into_iter()
        .filter(|kind| *kind != Kind::BusyFalse);
    ["stale", "lag"].into_iter().chain(kinds.map(Kind::as_str))
}

fn coverage(page: &mut Page, analysis: &Analysis) {
    let coverage = &analysis.coverage;
    page.single(
        "coverage_ratio",
        "Share of the readings set out for that was read.",
        coverage.ratio.map(|ratio| ratio.to_string()),
    );
    page.single(
        "would_detect_seconds",
        "Every desync at least this long would have been found.",
        coverage.would_detect.map(wording::secs),
    );
    page.single("jobs_judged", "Jobs judged.", known(coverage.jobs_judged));
    page.single("runners_judged", "Runners judged.", known(coverage.runners));
    let readings = coverage.readings;
    let readings = [
        ("agree", readings.agree),
        ("agree-unchanged", readings.agree_unchanged),
        ("desync", readings.desync),
        ("unknown", readings.unknown),
        ("jobs-late", readings.jobs_late),
    ];
    page.metric(
        "readings",
        "Readings of runners by what became of them.",
        readings.map(|(verdict, number)| ([("verdict", verdict)], known(number))),
    );
    let reasons = &coverage.unknown_reasons;
    page.metric(
        "unknown_readings",
        "Readings without a verdict, by reason.",
        UnknownReason::ALL.map(|reason| {
            let number = reasons.get(&reason).copied().unwrap_or(0);
            ([("reason", reason.as_str())], known(number))
        }),
    );
    let sandwiches = [
        ("held", coverage.sandwiches.held),
        ("failed", coverage.sandwiches.failed),
        ("control", coverage.sandwiches.controls),
    ];
    page.metric(
        "sandwiches",
        "Sandwiches by outcome, and negative controls.",
        sandwiches.map(|(outcome, number)| ([("outcome", outcome)], known(number))),
    );
}

fn lag(page: &mut Page, analysis: &Analysis) {
    let lag = analysis.lag;
    let ranks = [
        ("p50", lag.p50),
        ("p95", lag.p95),
        ("p99", lag.p99),
        ("max", lag.max),
    ];
    page.metric(
        "assignment_lag_seconds",
        "From the start of a job to the first busy:true, by rank.",
        ranks.map(|(rank, span)| ([("rank", rank)], seconds(span))),
    );
    page.single(
        "assignment_lag_jobs",
        "Jobs in this distribution.",
        known(lag.jobs),
    );
    page.single(
        "suggested_idle_confirmation_seconds",
        "How long busy:false rides out this lag.",
        seconds(lag.suggested_idle_confirmation),
    );
}

fn requests(page: &mut Page, analysis: &Analysis) {
    let requests = analysis.requests;
    let sorts = [
        ("charged", requests.map(|requests| requests.charged)),
        (
            "not-modified",
            requests.map(|requests| requests.not_modified),
        ),
        ("retried", requests.map(|requests| requests.retried)),
    ];
    page.metric(
        "requests",
        "Requests of this run by sort.",
        sorts.map(|(sort, number)| ([("sort", sort)], number.and_then(known))),
    );
    page.single(
        "rate_limit_remaining",
        "Requests that GitHub grants until its hour ends.",
        requests
            .and_then(|requests| requests.remaining)
            .and_then(known),
    );
}

fn times(page: &mut Page, analysis: &Analysis, before: Option<Timestamp>) {
    let last = analysis.window.map(|(_, to)| to);
    let success = last.filter(|_| analysis.verdict != ReportVerdict::Inconclusive);
    page.single(
        "last_reading_timestamp_seconds",
        "When GitHub was last read, 0 if never.",
        Some(unix(last)),
    );
    page.single(
        "last_success_timestamp_seconds",
        "When GitHub was last read by a report with a verdict, 0 if never.",
        Some(unix(success.or(before))),
    );
}

fn unix(at: Option<Timestamp>) -> String {
    let millis = at.map_or(0, Timestamp::as_millis);
    wording::secs(Span::millis(millis))
}

#[expect(clippy::unnecessary_wraps, reason = "a value that is known")]
fn known(number: u64) -> Option<String> {
    Some(number.to_string())
}

fn seconds(span: Option<Span>) -> Option<String> {
    span.map(wording::secs)
}

/// Metrics with the labels that all samples have.
struct Page {
    text: String,
    common: String,
}

impl Page {
    fn new(analysis: &Analysis) -> Self {
        let targets: Vec<_> = analysis.targets.iter().map(ToString::to_string).collect();
        let host = label("host", analysis.host.as_str());
        let target = label("target", &targets.join(","));
        Self {
            text: String::new(),
            common: format!("{host},{target}"),
        }
    }

    fn single(&mut self, name: &str, help: &str, value: Option<String>) {
        self.metric(name, help, [([], value)]);
    }

    fn metric<'t, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = ([(&'static str, &'t str); N], Option<String>)>,
    ) {
        let name = format!("runner_desync_{name}");
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (own, value) in samples {
            let own = own.map(|(key, text)| format!(",{}", label(key, text)));
            let value = value.as_deref().unwrap_or("NaN");
            let labels = format!("{}{}", self.common, own.concat());
            let _ = writeln!(self.text, "{name}{{{labels}}} {value}");
        }
    }
}

fn label(key: &str, text: &str) -> String {
    let text = super::escape::label(text);
    format!("{key}=\"{text}\"")
}
