//! Every format, read back by a parser that others keep, whatever the bytes
//! of a name are.

use serde_json::Value;

use crate::fuzz::fuzz;
use crate::report::Format;

use super::html::{assert_inert, page};
use super::names::{is_harmful, markdown_rows, named, outside_of_code};
use super::rendered;
use super::sinks::rows;

/// What a name may not change.
#[derive(Debug, PartialEq)]
struct Shape {
    rows: usize,
    tags: Vec<String>,
    outside: String,
    markdown_rows: usize,
}

#[test]
fn every_format_is_read_back() {
    // Where the address of a job is one, it is a link.
    let plain = ["plain", "https://a.example"].map(|name| {
        let text = |format| rendered(&named(name), format);
        (
            text(Format::Csv),
            text(Format::Html),
            text(Format::Markdown),
        )
    });
    let plain = plain.map(|(csv, html, markdown)| Shape {
        rows: rows(&csv).len(),
        tags: page(&html).tags,
        outside: outside_of_code(&markdown),
        markdown_rows: markdown_rows(&markdown),
    });
    fuzz("writers", &[], |bytes| {
        let name = String::from_utf8_lossy(bytes);
        let analysis = named(&name);
        let text = rendered(&analysis, Format::Json);
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["periods"][0]["runner"]["name"], *name);
        let line = rendered(&analysis, Format::Ndjson);
        assert_eq!(line.lines().count(), 1);
        let json: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(json["runner"]["name"], *name);
        let read = page(&rendered(&analysis, Format::Html));
        assert_inert(&read);
        let markdown = rendered(&analysis, Format::Markdown);
        let shape = Shape {
            rows: rows(&rendered(&analysis, Format::Csv)).len(),
            tags: read.tags,
            outside: outside_of_code(&markdown),
            markdown_rows: markdown_rows(&markdown),
        };
        let linked = name.starts_with("https://") && shape == plain[1];
        assert!(shape == plain[0] || linked, "{shape:?}");
        for format in [Format::Table, Format::Markdown, Format::Html] {
            assert!(!rendered(&analysis, format).chars().any(is_harmful));
        }
    });
}
