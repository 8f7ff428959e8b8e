//! Every golden analysis in every format. Read the snapshots as prose.

use unicode_width::UnicodeWidthStr;

use super::{FailOn, Format, Style, golden, rendered, with};
use crate::model::Analysis;

fn snapshots(format: Format, suffix: &str) {
    snapshots_of(suffix, |analysis| match format {
        Format::Html => a_tag_a_line(&rendered(analysis, format)),
        _ => rendered(analysis, format),
    });
}

fn snapshots_of(suffix: &str, render: impl Fn(&Analysis) -> String) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, analysis) in golden::all() {
            insta::assert_snapshot!(format!("{name}.{suffix}"), render(&analysis));
        }
    });
}

/// A page that a diff can show, without its style.
fn a_tag_a_line(page: &str) -> String {
    let (head, style) = page.split_once("<style>").expect("a style");
    let (_, body) = style.split_once("</style>").expect("its end");
    format!("{head}{body}").replace("><", ">\n<")
}

#[test]
fn tables() {
    snapshots(Format::Table, "table");
}

/// On a phone and on a wide screen. What is one word stays whole.
#[test]
fn tables_of_other_widths() {
    for width in [40, 200] {
        snapshots_of(&format!("{width}.table"), |analysis| {
            let fail_on = FailOn::standard();
            with(analysis, Format::Table, &fail_on, width, Style::Plain)
        });
    }
    for (name, analysis) in golden::all() {
        for width in 40..=120 {
            let fail_on = FailOn::standard();
            let text = with(&analysis, Format::Table, &fail_on, width, Style::Plain);
            let longest = text.lines().max_by_key(|line| line.width());
            let longest = longest.unwrap_or_default();
            assert!(
                longest.width() <= usize::from(width),
                "{name} at {width}: {longest}"
            );
        }
    }
}

#[test]
fn tickets() {
    snapshots(Format::Markdown, "markdown");
}

#[test]
fn documents() {
    snapshots(Format::Json, "json");
}

#[test]
fn lines() {
    snapshots(Format::Ndjson, "ndjson");
}

#[test]
fn rows() {
    snapshots(Format::Csv, "csv");
}

#[test]
fn status_lines() {
    snapshots(Format::Nagios, "nagios");
}

#[test]
fn metrics() {
    snapshots(Format::Prometheus, "prom");
}

#[test]
fn annotations() {
    snapshots(Format::Github, "github");
}

#[test]
fn pages() {
    snapshots(Format::Html, "html");
}

#[test]
fn color_adds_escapes_and_nothing_else() {
    for (name, analysis) in golden::all() {
        let plain = rendered(&analysis, Format::Table);
        let color = with(
            &analysis,
            Format::Table,
            &FailOn::standard(),
            80,
            Style::Color,
        );
        assert!(color.contains("\u{1b}[1"), "{name}");
        assert_eq!(without_color(&color), plain, "{name}");
    }
}

fn without_color(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().expect("a first part").to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').expect("an SGR sequence").1);
    }
    plain
}
