//! Exports that are lines: each an entry, but for one that is spread over
//! several, and all of them perhaps in color.

use std::borrow::Cow;

use super::ScalerLog;
use super::envelope::{is_stream, of_line};

/// More of an entry is not kept.
const LONGEST: usize = 1 << 16;

/// A log as its lines are read.
pub(super) struct Lines<'a> {
    log: &'a mut ScalerLog,
    held: Held,
}

/// What following lines may go on with.
enum Held {
    Nothing,
    /// A time and a stream with nothing behind them. `aws logs tail --format
    /// json` sets a message that is JSON on lines of its own.
    Prefix(String),
    /// The same, and the lines of a document so far.
    Document(String),
}

impl<'a> Lines<'a> {
    pub(super) fn of(log: &'a mut ScalerLog) -> Self {
        let held = Held::Nothing;
        Self { log, held }
    }

    pub(super) fn line(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let line = without_colors(&line);
        match std::mem::replace(&mut self.held, Held::Nothing) {
            Held::Nothing => self.begins(&line),
            Held::Prefix(prefix) if line.trim_end() == "{" => {
                self.held = Held::Document(prefix + " {");
            }
            Held::Prefix(prefix) => {
                self.log.entry(of_line(&prefix));
                self.begins(&line);
            }
            Held::Document(document) => self.goes_on(document, &line),
        }
    }

    /// What is held at the end of the source.
    pub(super) fn finish(self) {
        match self.held {
            Held::Nothing => {}
            Held::Prefix(prefix) => self.log.entry(of_line(&prefix)),
            Held::Document(_) => self.log.entry(None),
        }
    }

    fn begins(&mut self, line: &str) {
        let text = line.trim();
        if text.is_empty() || text.starts_with('#') || is_rest_of_row(line) {
            return;
        }
        match of_line(text) {
            Some(entry) if entry.at.is_some() && is_stream(&entry.message) => {
                self.held = Held::Prefix(text.to_owned());
            }
            entry => self.log.entry(entry),
        }
    }

    /// Takes the next line of a document: the last one closes it, and only
    /// that is not indented.
    fn goes_on(&mut self, mut document: String, line: &str) {
        document.push('\n');
        document.push_str(line);
        if line.trim_end() == "}" {
            self.log.entry(of_line(&document));
        } else if document.len() < LONGEST {
            self.held = Held::Document(document);
        } else {
            self.log.entry(None);
        }
    }
}

/// What stands behind a message that ends its line, in a row of `--output
/// text`: the event's time.
fn is_rest_of_row(line: &str) -> bool {
    let rest = line.strip_prefix('\t').map(str::trim_end);
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Takes out what colors a terminal: `ESC [ 32 m`.
fn without_colors(line: &str) -> Cow<'_, str> {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or(line);
    if first.len() == line.len() {
        return Cow::Borrowed(line);
    }
    let mut plain = first.to_owned();
    for part in parts {
        let behind = part.trim_start_matches(|sign: char| sign.is_ascii_digit() || sign == ';');
        plain.push_str(behind.strip_prefix('m').unwrap_or(part));
    }
    Cow::Owned(plain)
}
