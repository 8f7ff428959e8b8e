//! The law is cited by file and section, and both exist.

use super::none;
use super::scan::{root, tracked_files};

/// Begins a citation's section, after the name of the file.
const MARK: &str = ".md` §";

/// Files and sections that a text cites.
fn cited(text: &str) -> Vec<(&str, &str)> {
    let marks = text.match_indices(MARK);
    let found = marks.filter_map(|(at, mark)| {
        let file = text[..at].rsplit('`').next()?;
        let rest = &text[at + mark.len()..];
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
        let section = rest[..end.unwrap_or(rest.len())].trim_end_matches('.');
        Some((file, section))
    });
    found.collect()
}

/// Whether a line is the heading of a section: `## 3. Jobs`, `### 2.7 Not errors`.
fn is_heading(line: &str, section: &str) -> bool {
    let title = line.trim_start_matches('#');
    let number = title.split_whitespace().next();
    title.len() < line.len() && number.is_some_and(|it| it.trim_end_matches('.') == section)
}

fn exists(file: &str, section: &str) -> bool {
    let text = std::fs::read_to_string(root().join(format!("docs/law/{file}.md")));
    text.is_ok_and(|text| text.lines().any(|line| is_heading(line, section)))
}

#[test]
fn every_cited_section_exists() {
    let mut count = 0;
    let mut missing = Vec::new();
    let files = tracked_files();
    for path in files.iter().filter(|path| *path != "tests/it/tidy/law.rs") {
        let Ok(text) = std::fs::read_to_string(root().join(path)) else {
            continue;
        };
        // A citation may go on in the next line of a comment.
        let text = text.replace("\n//! ", " ").replace("\n/// ", " ");
        for (file, section) in cited(&text) {
            count += 1;
            if !exists(file, section) {
                missing.push(format!("{path}: no `{file}{MARK}{section} in docs/law"));
            }
        }
    }
    assert!(100 < count, "{count} citations");
    none(&missing);
}

#[test]
fn citations_are_found() {
    let text = "so says `evidence.md` §3. And (`runner-logs.md` §2.7) too";
    assert_eq!(cited(text), [("evidence", "3"), ("runner-logs", "2.7")]);
    assert!(exists("evidence", "3") && exists("runner-logs", "2.7"));
    assert!(!exists("evidence", "33") && !exists("other", "3"));
}
