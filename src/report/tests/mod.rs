//! Reports of golden analyses, in every format and for any name.

mod doctor;
mod fail_on;
mod fuzz;
mod golden;
mod html;
mod lane;
mod names;
mod scan;
mod schema;
mod sinks;
mod snapshots;
mod wording;

use crate::model::{Analysis, ReportVerdict};

use super::{
    Asked, Counted, FailOn, Format, Report, Service, SourceKind, SourceNote, Style, render,
};

/// Renders an analysis the way most tests want it.
fn rendered(analysis: &Analysis, format: Format) -> String {
    with(analysis, format, &FailOn::standard(), 80, Style::Plain)
}

fn with(analysis: &Analysis, format: Format, fail_on: &FailOn, width: u16, style: Style) -> String {
    let live = analysis.requests.is_some();
    let sources = [source(live)];
    let report = Report {
        analysis,
        sources: &sources,
        notes: &[],
        tool_version: "0.1.0",
        fail_on,
        service: service(analysis, fail_on),
        asked: Asked {
            flags: " --lag-limit 90s",
            ..Asked::PLAIN
        },
        recording: live.then_some("state/atlas.rec"),
        width,
        style,
    };
    let mut bytes = Vec::new();
    render(&report, format, &mut bytes).expect("a Vec takes all");
    String::from_utf8(bytes).expect("UTF-8")
}

/// As `exit.rs` has it.
fn service(analysis: &Analysis, fail_on: &FailOn) -> Service {
    match (fail_on.gravest(&analysis.periods), analysis.verdict) {
        (Some(Counted::Desync), _) => Service::Critical,
        (Some(Counted::Lag), _) => Service::Warning,
        (None, ReportVerdict::Inconclusive) => Service::Unknown,
        (None, ReportVerdict::Desync | ReportVerdict::Lag | ReportVerdict::Clean) => Service::Ok,
    }
}

fn source(live: bool) -> SourceNote {
    if live {
        return SourceNote {
            file: "state/atlas.rec".to_owned(),
            kind: SourceKind::Recording,
            records: 2_014,
            skipped: 0,
            notes: Vec::new(),
        };
    }
    SourceNote {
        file: "incident.readings.jsonl".to_owned(),
        kind: SourceKind::Readings,
        records: 4,
        skipped: 1,
        notes: vec!["line 3: no runner_id".to_owned()],
    }
}
