//! Each format is read back with a parser of its own, whatever the names.

use proptest::prelude::*;

use crate::report::Format;
use crate::report::escape::{cell, terminal};

use super::names::{is_harmful, named, names};
use super::{golden, rendered};

/// Rows of cells, the heading among them.
fn rows(text: &str) -> Vec<Vec<String>> {
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
