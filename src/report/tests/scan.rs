//! What a scan found, in every format and under any name.

use std::sync::Arc;

use proptest::prelude::*;

use super::names::{is_harmful, names};
use super::{Style, golden, source};
use crate::model::*;
use crate::report::{ScanFormat, ScanReport, render_scan};

const FORMATS: [(ScanFormat, &str); 4] = [
    (ScanFormat::Table, "table"),
    (ScanFormat::Markdown, "markdown"),
    (ScanFormat::Json, "json"),
    (ScanFormat::Csv, "csv"),
];

fn job(id: u64, name: &str, conclusion: &str) -> Job {
    let text: Arc<str> = name.into();
    Job {
        assignment: Some(Assignment {
            runner_id: RunnerId(18_700),
            runner_name: Some(text.clone()),
            group_id: Some(1),
            group_name: Some(text.clone()),
            hosted: false,
        }),
        labels: Some(vec![text]),
        ..golden::job(id, 1, name, "02:00:00", "02:10:24", conclusion).job
    }
}

fn fate(job: Job, killed: Killed, because: &[KilledBecause]) -> Fate {
    Fate {
        job,
        killed,
        because: because.to_vec(),
        taken_at: None,
        annotation: None,
        annotations: AnnotationsRead::Yes,
        periods: Vec::new(),
    }
}

/// One death of each sureness, and an end that nothing explains.
fn fates(name: &str) -> Vec<Fate> {
    let mut sure = fate(
        job(2, name, "failure"),
        Killed::Yes,
        &[KilledBecause::Terminated, KilledBecause::JobFailed],
    );
    sure.taken_at = Some(golden::at("02:10:09"));
    sure.periods = golden::incident_1().periods;
    let mut likely = fate(
        job(3, name, "failure"),
        Killed::Likely,
        &[KilledBecause::Annotation, KilledBecause::JobFailed],
    );
    likely.annotation = Some(format!("{name} lost communication with the server").into());
    let mut unclear = fate(job(4, name, "cancelled"), Killed::Unknown, &[]);
    unclear.annotations = AnnotationsRead::No;
    vec![sure, likely, unclear]
}

fn scanned(fates: &[Fate], format: ScanFormat) -> String {
    let sources = [source(false)];
    let (deaths, unclear) = (fates.iter().any(Fate::is_death), 1);
    let report = ScanReport {
        tool_version: "0.1.0",
        host: &Host::github_com(),
        targets: &[golden::scope()],
        since: golden::at("2026-05-11T03:00:00Z"),
        until: golden::at("03:00:00"),
        min_coverage: 0.9,
        verdict: if deaths {
            ScanVerdict::Deaths
        } else {
            ScanVerdict::Clean
        },
        end: ScanEnd::Complete,
        counts: &ScanCounts {
            repos: 1,
            listed: RunsListed::All,
            runs: 12,
            runs_read: 12,
            runs_remembered: 4,
            runs_unfinished: 1,
            jobs: 30,
            narrowed: false,
            annotations: 3,
            annotations_read: 3 - unclear,
            access: AnnotationAccess::Granted,
        },
        fates,
        gaps: &[],
        unreadable: &[],
        requests: Some(Requests {
            total: 12,
            charged: 11,
            not_modified: 1,
            retried: 0,
            limit: Some(5_000),
            remaining: Some(4_321),
        }),
        sources: &sources,
        caveats: &[Caveat::ClockAssumed],
        rules: &Rules::STANDARD,
        state: Some("state/atlas.scanned.json"),
        width: 80,
        style: Style::Plain,
    };
    let mut bytes = Vec::new();
    render_scan(&report, format, &mut bytes).expect("a Vec takes all");
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn every_format() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (format, suffix) in FORMATS {
            let deaths = scanned(&fates("Package & Publish"), format);
            insta::assert_snapshot!(format!("scan_deaths.{suffix}"), deaths);
            let hostile: Vec<_> = golden::HOSTILE.into_iter().flat_map(fates).collect();
            insta::assert_snapshot!(format!("scan_hostile.{suffix}"), scanned(&hostile, format));
            insta::assert_snapshot!(format!("scan_clean.{suffix}"), scanned(&[], format));
        }
    });
}

proptest! {
    #[test]
    fn no_name_does_harm(name in names()) {
        for (format, suffix) in FORMATS {
            let text = scanned(&fates(&name), format);
            let harmful = text.chars().find(|c| is_harmful(*c) && *c != '\r');
            prop_assert_eq!(harmful, None, "{} of {:?}", suffix, name);
            for command in ["::error", "##[error]"] {
                let at_start = text.lines().any(|line| line.trim_start().starts_with(command));
                prop_assert!(!at_start, "{} in {}", command, suffix);
            }
        }
    }

    #[test]
    fn rows_stay_rows(name in names()) {
        let text = scanned(&fates(&name), ScanFormat::Csv);
        let mut table = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<_> = table.records().map(|row| row.expect("a row")).collect();
        prop_assert_eq!(rows.len(), 2);
        for cell in rows.iter().flatten() {
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{}", cell);
        }
    }
}
