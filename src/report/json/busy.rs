//! `runner-desync.busy/1`: what `busy` answers.

use std::io;

use serde::Serialize;

use super::BUSY_SCHEMA;
use super::period::{JobV1, ProofV1, RunnerV1};
use super::v1::{At, RequestsV1, Secs, ToolV1};
use crate::model::{FlagRead, MARGIN, Occupancy, Quiet};
use crate::report::{BusyReport, escape, wording};

#[derive(Serialize)]
struct BusyV1<'a> {
    schema: &'static str,
    tool: ToolV1<'a>,
    /// The worst of all.
    answer: Option<&'static str>,
    host: &'a str,
    targets: Vec<String>,
    rules: RulesV1,
    runners: Vec<AnswerV1<'a>>,
    requests: Option<RequestsV1>,
}

#[derive(Serialize)]
struct RulesV1 {
    lag_limit_s: Secs,
    margin_s: Secs,
}

#[derive(Serialize)]
struct AnswerV1<'a> {
    asked: &'a str,
    answer: &'static str,
    because: &'static str,
    why: String,
    as_of: Option<At>,
    runner: Option<RunnerV1<'a>>,
    flag: Option<FlagV1>,
    job: Option<JobV1<'a>>,
    proven_at: Option<At>,
    quiet: Option<QuietV1>,
    proof: Vec<ProofV1<'a>>,
}

#[derive(Serialize)]
struct FlagV1 {
    at: At,
    busy: bool,
    online: bool,
}

#[derive(Serialize)]
struct QuietV1 {
    from: At,
    to: At,
    readings: u64,
    recorded: u64,
    sure_s: Secs,
}

/// Writes all answers as one JSON document.
pub(in crate::report) fn write_busy(
    report: &BusyReport<'_>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let text = serde_json::to_string_pretty(&BusyV1::from(report))?;
    writeln!(out, "{}", escape::json(&text))
}

impl<'a> From<&BusyReport<'a>> for BusyV1<'a> {
    fn from(report: &BusyReport<'a>) -> Self {
        let each = report.asked.iter().zip(report.answers);
        let worst = report.answers.iter().map(Occupancy::answer).max();
        Self {
            schema: BUSY_SCHEMA,
            tool: ToolV1::of(report.tool_version),
            answer: worst.map(crate::model::Answer::as_str),
            host: report.host.as_str(),
            targets: report.targets.iter().map(ToString::to_string).collect(),
            rules: RulesV1 {
                lag_limit_s: Secs(report.rules.lag_limit),
                margin_s: Secs(MARGIN),
            },
            runners: each
                .map(|(asked, occupancy)| AnswerV1::of(asked, occupancy))
                .collect(),
            requests: report.requests.as_ref().map(RequestsV1::from),
        }
    }
}

impl<'a> AnswerV1<'a> {
    fn of(asked: &'a str, occupancy: &'a Occupancy) -> Self {
        Self {
            asked,
            answer: occupancy.answer().as_str(),
            because: occupancy.because.as_str(),
            why: wording::why(occupancy),
            as_of: occupancy.as_of.map(At),
            runner: occupancy.runner.as_ref().map(RunnerV1::from),
            flag: occupancy.flag.map(FlagV1::from),
            job: occupancy.job.as_deref().map(JobV1::from),
            proven_at: occupancy.proven_at.map(At),
            quiet: occupancy.quiet.map(QuietV1::from),
            proof: occupancy.proof.iter().map(ProofV1::from).collect(),
        }
    }
}

impl From<FlagRead> for FlagV1 {
    fn from(flag: FlagRead) -> Self {
        Self {
            at: At(flag.at),
            busy: flag.busy,
            online: flag.online,
        }
    }
}

impl From<Quiet> for QuietV1 {
    fn from(quiet: Quiet) -> Self {
        Self {
            from: At(quiet.from),
            to: At(quiet.to),
            readings: quiet.readings,
            recorded: quiet.recorded,
            sure_s: Secs(quiet.sure),
        }
    }
}
