//! Every format, read back by a parser that others keep, whatever the bytes
//! of a name are.

use serde_json::Value;

use crate::fuzz::fuzz;
use crate::report::Format;

use super::html::{assert_inert, page};
use super::names::{is_harmful, markdown_rows, named, outside_of_code};
use super::rendered;
use super::sinks::rows;

#[test]
fn every_format_is_read_back() {
    let plain = |format| rendered(&named("plain"), format);
    let (html, markdown) = (plain(Format::Html), plain(Format::Markdown));
    let (cells, tags) = (rows(&plain(Format::Csv)).len(), page(&html).tags);
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
        assert_eq!(rows(&rendered(&analysis, Format::Csv)).len(), cells);
        let text = rendered(&analysis, Format::Html);
        let read = page(&text);
        assert_eq!(read.tags, tags);
        assert_inert(&read);
        let text = rendered(&analysis, Format::Markdown);
        assert_eq!(outside_of_code(&text), outside_of_code(&markdown));
        assert_eq!(markdown_rows(&text), markdown_rows(&markdown));
        for format in [Format::Table, Format::Markdown, Format::Html] {
            assert!(!rendered(&analysis, format).chars().any(is_harmful));
        }
    });
}
