//! Names are hostile, in every sink.

use proptest::prelude::*;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::model::Analysis;
use crate::report::escape::{code, code_cell, fit, terminal};
use crate::report::{FailOn, Format, Style};

use super::{golden, rendered, with};

/// What has a meaning in one sink or another.
const PHRASES: [&str; 16] = [
    "::error::",
    "::error title=x::",
    "##[error]",
    "@everyone",
    "Fixes #1",
    "<script>alert(1)</script>",
    "<!--",
    "]]>",
    "&lt;",
    "=HYPERLINK(\"https://e.example\")",
    "';--",
    "\",=1",
    "section x",
    "gantt",
    "%%{init: {}}%%",
    "\u{1b}[31m",
];

/// Anything, with what has a meaning somewhere made frequent.
pub(super) fn names() -> impl Strategy<Value = String> {
    let special = prop::sample::select(
        "|\\`<>@#:*_[]()!&~ \n\r\t\u{1b}\u{7}\u{9b}\u{85}\u{ad}\u{200b}\u{200d}\u{202e}\u{2066}\u{2028}\u{feff}\u{fe0f}\u{301}\u{e0041}\u{3164}名⚙"
            .chars()
            .collect::<Vec<_>>(),
    );
    let one = prop_oneof![3 => special, 2 => prop::char::range('a', 'f'), 1 => any::<char>()];
    let phrase = prop::sample::select(PHRASES.to_vec()).prop_map(str::to_owned);
    let part = prop_oneof![4 => one.prop_map(String::from), 1 => phrase];
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

pub(super) fn is_harmful(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

pub(super) fn named(name: &str) -> Analysis {
    let mut analysis = golden::incident_1();
    let template = analysis.periods.remove(0);
    analysis.periods.push(golden::renamed(&template, 1, name));
    analysis
}

#[test]
fn a_name_stays_recognizable() {
    assert_eq!(terminal("Build (linux, x64)"), "Build (linux, x64)");
    assert_eq!(terminal("\u{1b}[31mred"), "\\u{1b}[31mred");
    assert_eq!(terminal("a\nb\tc"), "a\\nb\\tc");
    assert_eq!(terminal("acme\\runner"), "acme\\\\runner");
    assert_eq!(terminal("⚙\u{fe0f} Build"), "⚙\u{fe0f} Build");
    assert_eq!(terminal("a\u{fe0f}"), "a\\u{fe0f}");
    assert_eq!(terminal("名前 é ñ שלום"), "名前 é ñ שלום");
}

#[test]
fn no_name_can_fake_a_replacement() {
    assert_ne!(terminal("\\u{1b}"), terminal("\u{1b}"));
    assert_ne!(terminal("\\n"), terminal("\n"));
}

#[test]
fn a_long_name_is_cut_by_columns() {
    assert_eq!(fit("abcdef", 6), "abcdef");
    assert_eq!(fit("abcdefg", 6), "abcde…");
    assert_eq!(fit("名前名前", 6), "名前…");
    assert_eq!(fit("abc", 0), "…");
}

#[test]
fn an_empty_name_is_visible() {
    assert_eq!(code(""), "`\"\"`");
    assert_eq!(code("  "), "`\"  \"`");
    assert_eq!(code("`a`"), "`` `a` ``");
}

/// Cells of the only body row of a Markdown table with one name in it, or
/// what else was found.
fn cells(name: &str) -> Result<Vec<String>, String> {
    let text = format!("| a | b |\n| --- | --- |\n| {} | x |\n", code_cell(name));
    let mut rows = 0;
    let mut cells: Vec<String> = Vec::new();
    for event in Parser::new_ext(&text, Options::all()) {
        match event {
            Event::Start(Tag::TableRow) => rows += 1,
            Event::Start(Tag::TableCell) => cells.push(String::new()),
            Event::Start(Tag::Table(_) | Tag::TableHead)
            | Event::End(
                TagEnd::Table | TagEnd::TableHead | TagEnd::TableRow | TagEnd::TableCell,
            ) => {}
            Event::Text(text) | Event::Code(text) => match cells.last_mut() {
                Some(cell) => cell.push_str(&text),
                None => return Err(format!("text outside of the table: {text}")),
            },
            other => return Err(format!("{other:?} in {text}")),
        }
    }
    if rows == 1 {
        Ok(cells.split_off(2))
    } else {
        Err(format!("{rows} rows in {text}"))
    }
}

/// Everything in a ticket that is text or structure, but not code: what
/// GitHub would look for mentions and references in.
pub(super) fn outside_of_code(text: &str) -> String {
    let mut outside = String::new();
    let mut in_block = false;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_block = true,
            Event::End(TagEnd::CodeBlock) => in_block = false,
            Event::Text(text) if !in_block => outside.push_str(&text),
            Event::Html(html) | Event::InlineHtml(html) => {
                outside.push_str("HTML ");
                outside.push_str(&html);
            }
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => outside.push_str("LINK"),
            _ => {}
        }
    }
    outside
}

pub(super) fn markdown_rows(text: &str) -> usize {
    let parser = Parser::new_ext(text, Options::ENABLE_TABLES);
    parser
        .filter(|event| matches!(event, Event::Start(Tag::TableRow | Tag::Heading { .. })))
        .count()
}

#[test]
fn hostile_names_keep_their_cells() {
    for name in golden::HOSTILE {
        assert_eq!(cells(name), Ok(vec![fit(name, 120), "x".to_owned()]));
    }
}

#[test]
fn nothing_in_a_ticket_pings_or_links() {
    let outside = outside_of_code(&rendered(&golden::hostile(), Format::Markdown));
    for bad in [
        "HTML", "LINK", "@", "#", "GH-", "Fixes", "://", ":tada:", "<", "acme/",
    ] {
        assert!(!outside.contains(bad), "{bad} in {outside}");
    }
}

/// The diagrams of a ticket.
fn diagrams(text: &str) -> Vec<String> {
    let mut diagrams = Vec::new();
    let mut inside = false;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind))) if &*kind == "mermaid" => {
                inside = true;
                diagrams.push(String::new());
            }
            Event::End(TagEnd::CodeBlock) => inside = false,
            Event::Text(text) if inside => {
                diagrams.last_mut().expect("a diagram").push_str(&text);
            }
            _ => {}
        }
    }
    diagrams
}

#[test]
fn a_diagram_holds_ids_and_no_names() {
    let all = diagrams(&rendered(&golden::hostile(), Format::Markdown));
    assert_eq!(all.len(), golden::HOSTILE.len());
    let plain = diagrams(&rendered(&named("plain"), Format::Markdown));
    for (id, diagram) in (1..).zip(all) {
        let title = |id| format!("title runner {id},");
        assert_eq!(diagram.replace(&title(id), &title(1)), plain[0]);
    }
}

#[test]
fn a_ticket_stays_below_the_limit() {
    let mut analysis = golden::open_proven();
    let template = analysis.periods.remove(0);
    for id in 1..2_000 {
        let name = "e\u{301}\u{301}|`".repeat(200);
        analysis.periods.push(golden::renamed(&template, id, &name));
        analysis.coverage.unreadable.push(name.into());
    }
    let entry = golden::incident_1().timeline.remove(0);
    analysis.timeline = vec![entry; 5_000];
    let gap = golden::inconclusive().coverage.gaps.remove(0);
    analysis.coverage.gaps = vec![gap; 5_000];
    let text = rendered(&analysis, Format::Markdown);
    assert!(text.chars().count() < 60_000, "{}", text.chars().count());
    let drawn: usize = diagrams(&text).iter().map(String::len).sum();
    assert!(0 < drawn && drawn < 50_000, "{drawn}");
    assert!(text.contains("of less importance"));
    assert!(text.contains("How to reproduce"));
}

#[test]
fn a_table_fits_its_width() {
    for width in [0, 60, 80, 120, u16::MAX] {
        for (name, analysis) in golden::all() {
            let text = with(
                &analysis,
                Format::Table,
                &FailOn::standard(),
                width,
                Style::Plain,
            );
            let limit = usize::from(width.clamp(60, 120));
            for line in text.lines().filter(|line| line.is_ascii()) {
                assert!(line.width() <= limit, "{name}: {line}");
            }
        }
    }
}

proptest! {
    #[test]
    fn a_terminal_shows_nothing_harmful(name in names()) {
        let text = terminal(&name);
        prop_assert!(!text.contains('\n'));
        prop_assert!(!text.chars().any(is_harmful), "{text:?}");
    }

    #[test]
    fn a_cut_name_is_not_too_wide(name in names(), columns in 1_usize..50) {
        prop_assert!(fit(&name, columns).width() <= columns);
    }

    #[test]
    fn one_cell_stays_one_cell(name in names()) {
        let shown = fit(&name, 120);
        let shown = if shown.trim().is_empty() { format!("\"{shown}\"") } else { shown };
        prop_assert_eq!(cells(&name), Ok(vec![shown, "x".to_owned()]));
    }

    #[test]
    fn text_formats_show_nothing_harmful(name in names()) {
        let analysis = named(&name);
        for format in [Format::Table, Format::Markdown] {
            let text = rendered(&analysis, format);
            prop_assert!(!text.chars().any(is_harmful), "{text:?}");
        }
    }

    #[test]
    fn a_ticket_keeps_its_shape(name in names()) {
        let plain = rendered(&named("plain"), Format::Markdown);
        let text = rendered(&named(&name), Format::Markdown);
        prop_assert_eq!(outside_of_code(&text), outside_of_code(&plain));
        prop_assert_eq!(markdown_rows(&text), markdown_rows(&plain));
    }

    #[test]
    fn json_keeps_the_exact_name(name in names()) {
        let analysis = named(&name);
        let document: Value = serde_json::from_str(&rendered(&analysis, Format::Json)).expect("JSON");
        prop_assert_eq!(&document["periods"][0]["runner"]["name"], &Value::from(name.as_str()));
        let lines = rendered(&analysis, Format::Ndjson);
        prop_assert_eq!(lines.lines().count(), 1);
        let line: Value = serde_json::from_str(&lines).expect("JSON");
        prop_assert_eq!(&line["job"]["name"], &Value::from(name.as_str()));
    }
}
