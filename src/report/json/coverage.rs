//! What was read, in `runner-desync.report/1`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{Coverage, CoverageGap, ReadingCounts, SandwichCounts};

use super::v1::{At, Secs, texts};

#[derive(Serialize)]
pub(super) struct CoverageV1<'a> {
    cycles: u64,
    complete_cycles: u64,
    ratio: Option<f64>,
    longest_gap_s: Option<Secs>,
    would_detect_s: Option<Secs>,
    jobs_judged: u64,
    readings: ReadingsV1,
    unknown_reasons: BTreeMap<&'static str, u64>,
    sandwiches: SandwichesV1,
    gaps: Vec<GapV1<'a>>,
    unreadable: Vec<&'a str>,
    runners: u64,
    jobs_elsewhere: u64,
    only_unfiltered: u64,
}

impl<'a> From<&'a Coverage> for CoverageV1<'a> {
    fn from(coverage: &'a Coverage) -> Self {
        let reasons = coverage.unknown_reasons.iter();
        Self {
            cycles: coverage.cycles,
            complete_cycles: coverage.complete_cycles,
            ratio: coverage.ratio,
            longest_gap_s: coverage.longest_gap.map(Secs),
            would_detect_s: coverage.would_detect.map(Secs),
            jobs_judged: coverage.jobs_judged,
            readings: coverage.readings.into(),
            unknown_reasons: reasons.map(|(reason, n)| (reason.as_str(), *n)).collect(),
            sandwiches: coverage.sandwiches.into(),
            gaps: coverage.gaps.iter().map(GapV1::from).collect(),
            unreadable: texts(&coverage.unreadable),
            runners: coverage.runners,
            jobs_elsewhere: coverage.jobs_elsewhere,
            only_unfiltered: coverage.only_unfiltered,
        }
    }
}

#[derive(Serialize)]
struct ReadingsV1 {
    agree: u64,
    agree_unchanged: u64,
    desync: u64,
    unknown: u64,
    jobs_late: u64,
}

impl From<ReadingCounts> for ReadingsV1 {
    fn from(counts: ReadingCounts) -> Self {
        Self {
            agree: counts.agree,
            agree_unchanged: counts.agree_unchanged,
            desync: counts.desync,
            unknown: counts.unknown,
            jobs_late: counts.jobs_late,
        }
    }
}

#[derive(Serialize)]
struct SandwichesV1 {
    tried: u64,
    held: u64,
    failed: u64,
    controls: u64,
}

impl From<SandwichCounts> for SandwichesV1 {
    fn from(counts: SandwichCounts) -> Self {
        Self {
            tried: counts.tried,
            held: counts.held,
            failed: counts.failed,
            controls: counts.controls,
        }
    }
}

#[derive(Serialize)]
pub(super) struct GapV1<'a> {
    from: At,
    to: At,
    target: &'a str,
    reason: &'static str,
}

impl<'a> From<&'a CoverageGap> for GapV1<'a> {
    fn from(gap: &'a CoverageGap) -> Self {
        Self {
            from: At(gap.from),
            to: At(gap.to),
            target: &gap.target,
            reason: gap.reason.as_str(),
        }
    }
}
