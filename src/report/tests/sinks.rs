//! Each format is read back with a parser of its own, whatever the names.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::model::{Analysis, Host};
use crate::report::escape::{cell, fit, terminal};
use crate::report::{Format, last_success};

use super::names::{is_harmful, named, names};
use super::{golden, rendered};

/// Rows of cells, the heading among them.
pub(super) fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).from_reader(text.as_bytes());
    let rows = reader.records();
    rows.map(|row| row.expect("a row").iter().map(str::to_owned).collect())
        .collect()
}

fn column(rows: &[Vec<String>], heading: &str) -> String {
    let place = rows[0].iter().position(|cell| cell == heading);
    rows[1][place.expect("a column")].clone()
}

#[test]
fn a_cell_is_never_a_formula() {
    assert_eq!(cell("Build (linux, x64)"), "Build (linux, x64)");
    assert_eq!(cell("=1+1"), "'=1+1");
    assert_eq!(cell("  @SUM(A1)"), "'  @SUM(A1)");
    assert_eq!(cell("\u{ff1d}1"), "'\u{ff1d}1");
    assert_eq!(cell("a;=1"), "a\\u{3b}=1");
    assert_eq!(cell("\t=1"), "\\t=1");
}

#[test]
fn unknown_is_an_empty_cell() {
    let rows = rows(&rendered(&golden::inconclusive(), Format::Csv));
    assert_eq!(column(&rows, "end_by"), "");
    assert_eq!(column(&rows, "job_completed_at"), "");
    assert_eq!(column(&rows, "observed_s"), "0");
}

#[test]
fn no_name_speaks_to_a_workflow() {
    assert_eq!(terminal("::error::x"), ":\\u{3a}error:\\u{3a}x");
    assert_eq!(terminal("##[error]x"), "##\\u{5b}error]x");
    assert_eq!(terminal("lint: a [b] #1"), "lint: a [b] #1");
}

/// The text and the performance data of a status line.
fn status_line(line: &str) -> (&str, Vec<(&str, &str)>) {
    let line = line.strip_suffix('\n').expect("a line");
    let (text, data) = line.split_once(" | ").expect("performance data");
    assert!(!line.contains('\n') && !data.contains('|'), "{line}");
    let pairs = data.split(' ');
    let pairs = pairs.map(|pair| pair.split_once('=').expect("label=value"));
    (text, pairs.collect())
}

fn is_value(value: &str) -> bool {
    let number = value.trim_end_matches(['s', '%']);
    value == "U" || number.parse::<f64>().is_ok()
}

#[test]
fn a_monitor_reads_status_and_numbers() {
    for (name, analysis) in golden::all() {
        let line = rendered(&analysis, Format::Nagios);
        let (text, data) = status_line(&line);
        assert!(text.starts_with("RUNNER-DESYNC "), "{name}: {text}");
        for (label, value) in data {
            assert!(is_value(value), "{name}: {label}={value}");
        }
    }
    let line = rendered(&golden::incident_1(), Format::Nagios);
    assert!(line.contains(" coverage=U "), "{line}");
}

/// All of it is kept for machines, and no line runs away for people.
#[test]
fn a_name_of_10_000_characters_fits_everywhere() {
    let analysis = named(&"x".repeat(10_000));
    for format in [Format::Table, Format::Markdown, Format::Nagios] {
        let length = rendered(&analysis, format).chars().count();
        assert!(length < 6_000, "{format:?}: {length}");
    }
    assert!(rendered(&analysis, Format::Csv).contains(&"x".repeat(10_000)));
}

/// Level, title and text.
type Annotation = (String, String, String);

/// Workflow commands, read as the runner reads them.
fn annotations(text: &str) -> Vec<Annotation> {
    let read = text.lines().map(|line| {
        let rest = line.strip_prefix("::").expect("a command");
        let (command, data) = rest.split_once("::").expect("its data");
        let (level, properties) = command.split_once(' ').expect("properties");
        let title = properties.strip_prefix("title=").expect("a title");
        assert!(!title.contains([',', ':']), "{line}");
        let title = title.replace("%3A", ":").replace("%2C", ",");
        let plain = |text: &str| text.replace("%0A", "\n").replace("%25", "%");
        (level.to_owned(), plain(&title), plain(data))
    });
    read.collect()
}

#[test]
fn github_keeps_ten_of_a_kind() {
    let mut analysis = golden::incident_1();
    let template = analysis.periods.remove(0);
    for id in 1..=25 {
        analysis
            .periods
            .push(golden::renamed(&template, id, "atlas"));
    }
    let read = annotations(&rendered(&analysis, Format::Github));
    assert_eq!(read.len(), 10);
    assert!(read.iter().all(|(level, ..)| level == "error"));
    assert_eq!(read[9].1, "17 more");
}

/// Samples of Prometheus' text format, read strictly: each name has its help
/// and type before its first sample, and no series comes twice.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let mut described = BTreeSet::new();
    let mut samples = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, _) = help.split_once(' ').expect("a help text");
            let kind = lines.next().expect("a type");
            assert_eq!(kind, format!("# TYPE {name} gauge"));
            assert!(described.insert(name.to_owned()), "{name} twice");
            continue;
        }
        let (series, value) = line.rsplit_once(' ').expect("a value");
        let (name, labels) = series.split_once('{').expect("labels");
        assert!(described.contains(name), "{line}");
        assert_labels(labels.strip_suffix('}').expect("the end of labels"));
        let value = value.parse().expect("a number");
        assert!(samples.insert(series.to_owned(), value).is_none(), "{line}");
    }
    samples
}

/// `name="value",…` with the three escapes of the format.
fn assert_labels(labels: &str) {
    let mut rest = labels;
    while !rest.is_empty() {
        let (name, quoted) = rest.split_once("=\"").expect("a label");
        assert!(name.bytes().all(|b| b.is_ascii_lowercase()), "{labels}");
        let mut escaped = false;
        let end = quoted.find(|c| match (escaped, c) {
            (true, _) => {
                assert!(['n', '\\', '"'].contains(&c), "{labels}");
                escaped = false;
                false
            }
            (false, '\\') => {
                escaped = true;
                false
            }
            (false, c) => c == '"',
        });
        rest = &quoted[end.expect("a closing quote") + 1..];
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
}

#[test]
fn every_report_has_the_same_series() {
    let series = |analysis: &Analysis| -> Vec<String> {
        let text = rendered(analysis, Format::Prometheus);
        samples(&text).into_keys().collect()
    };
    let first = series(&golden::incident_1());
    for (name, analysis) in golden::all() {
        assert_eq!(series(&analysis), first, "{name}");
    }
}

#[test]
fn metrics_hold_no_runner_or_job_and_no_time_of_their_own() {
    let text = rendered(&golden::hostile(), Format::Prometheus);
    for name in ["acme/ops", "Package", "18700", "gnp"] {
        assert!(!text.contains(name), "{name}");
    }
    assert!(
        text.lines()
            .all(|line| line.starts_with('#') || line.rsplit_once("} ").is_some())
    );
}

#[test]
fn the_last_success_is_kept_while_nothing_can_be_said() {
    let clean = rendered(&golden::clean_with_lag(), Format::Prometheus);
    assert_eq!(last_success(&clean), Some(golden::at("11:00:00")));
    let blind = rendered(&golden::inconclusive(), Format::Prometheus);
    assert_eq!(last_success(&blind), None);
    assert_eq!(
        last_success("runner_desync_last_success_timestamp_seconds x"),
        None
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_status_line_is_safe_in_shells_and_pages(name in names()) {
        let line = rendered(&named(&name), Format::Nagios);
        let (text, data) = status_line(&line);
        prop_assert!(!text.contains(['`', '$', '&', '<', '>', '\'', '"']), "{text}");
        prop_assert!(!text.chars().any(is_harmful), "{text:?}");
        let plain = rendered(&named("plain"), Format::Nagios);
        prop_assert_eq!(data, status_line(&plain).1);
    }

    #[test]
    fn one_row_stays_one_row(name in names()) {
        let text = rendered(&named(&name), Format::Csv);
        prop_assert!(!text.chars().any(is_harmful), "{text:?}");
        prop_assert_eq!(text.lines().count(), 2);
        let rows = rows(&text);
        prop_assert_eq!(column(&rows, "runner_name"), cell(&name));
        prop_assert_eq!(column(&rows, "killed"), "yes");
        for cell in rows[1].iter().filter(|cell| cell.parse::<f64>().is_err()) {
            prop_assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '\t']), "{cell}");
            prop_assert!(!cell.contains(';'));
        }
    }

    #[test]
    fn a_workflow_reads_its_commands_and_no_others(name in names()) {
        let read = annotations(&rendered(&named(&name), Format::Github));
        let plain = annotations(&rendered(&named("plain"), Format::Github));
        let levels = |read: &[Annotation]| read.iter().map(|(level, ..)| level.clone()).collect::<Vec<_>>();
        prop_assert_eq!(levels(&read), levels(&plain));
        let (_, title, _) = &read[1];
        let shown = fit(&name, 60);
        prop_assert!(title.contains(&shown), "{shown} in {title}");
    }

    #[test]
    fn any_host_is_one_label(name in names()) {
        let mut analysis = golden::incident_1();
        analysis.host = Host::new(&name);
        let text = rendered(&analysis, Format::Prometheus);
        let plain = rendered(&golden::incident_1(), Format::Prometheus);
        prop_assert_eq!(samples(&text).len(), samples(&plain).len());
    }

    #[test]
    fn a_workflow_takes_no_line_for_a_command(name in names()) {
        for format in [Format::Table, Format::Csv, Format::Markdown] {
            let text = rendered(&named(&name), format);
            for line in text.lines() {
                prop_assert!(!line.trim_start().starts_with("::"), "{line}");
                prop_assert!(!line.contains("##["), "{line}");
            }
        }
    }
}
