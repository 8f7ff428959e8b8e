//! The repository's files, and Rust sources cut into code and comments.

use std::path::Path;
use std::process::Command;

/// The repository.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A line, with and without its comment.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) text: String,
    /// Without comments and doc lines.
    pub(super) code: String,
    /// Inside `#[cfg(test)] mod …` or in a file of tests.
    pub(super) in_test: bool,
}

/// A file of text.
#[derive(Debug)]
pub(super) struct Source {
    /// From the root, with `/`.
    pub(super) path: String,
    pub(super) lines: Vec<Line>,
}

impl Source {
    pub(super) fn of(path: &str, text: &str) -> Self {
        let whole = ["/tests.rs", "/fuzz.rs"]
            .iter()
            .any(|end| path.ends_with(end))
            || path.contains("/tests/");
        let mut in_test = whole && path.starts_with("src/");
        let mut lines = Vec::new();
        let mut gated = false;
        for (i, text) in text.lines().enumerate() {
            // By the house's style a test module is the last of its file.
            in_test |= gated && text.starts_with("mod ") && text.ends_with('{');
            gated = text == "#[cfg(test)]";
            lines.push(Line {
                number: i + 1,
                text: text.to_owned(),
                code: without_comment(text).to_owned(),
                in_test,
            });
        }
        Self {
            path: path.to_owned(),
            lines,
        }
    }
}

/// The Rust sources of the program and its tests.
pub(super) fn code_sources() -> Vec<Source> {
    let files = tracked_files();
    let rust = files.iter().filter(|path| {
        let room = path.starts_with("src/") || path.starts_with("tests/");
        room && has_extension(path, "rs")
    });
    rust.map(|path| {
        let text = std::fs::read_to_string(root().join(path)).expect("a source is text");
        Source::of(path, &text)
    })
    .collect()
}

pub(super) fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|own| own == extension)
}

/// What git tracks or would track; without git, what lies in the known
/// directories.
pub(super) fn tracked_files() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .ok()
        .filter(|output| output.status.success() && !output.stdout.is_empty());
    let mut files = match listed {
        Some(output) => {
            let text = String::from_utf8(output.stdout).expect("paths are text");
            text.lines().map(str::to_owned).collect()
        }
        None => ["src", "tests", "fixtures"]
            .into_iter()
            .flat_map(walk)
            .collect::<Vec<_>>(),
    };
    files.retain(|path| root().join(path).is_file());
    files.sort();
    files.dedup();
    files
}

fn walk(directory: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(root().join(directory)) else {
        return Vec::new();
    };
    let entries = entries.filter_map(Result::ok).flat_map(|entry| {
        let path = format!("{directory}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            walk(&path)
        } else {
            vec![path]
        }
    });
    entries.collect()
}

/// The part of a line before `//`, unless that is inside a text.
fn without_comment(line: &str) -> &str {
    let bytes = line.as_bytes();
    let mut in_text = false;
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b'\\' if in_text => i += 1,
            // A quote as a character is no text's begin.
            b'"' if !in_text && line[..i].ends_with('\'') => {}
            b'"' => in_text = !in_text,
            b'/' if !in_text && bytes.get(i + 1) == Some(&b'/') => return &line[..i],
            _ => {}
        }
        i += 1;
    }
    line
}
