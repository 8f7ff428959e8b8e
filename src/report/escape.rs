//! Names are hostile: whoever can register a runner or write a workflow
//! chooses them. One rule per sink.
//!
//! - **Terminal** ([`terminal`], [`fit`]): nothing that moves the cursor,
//!   colors, hides, reorders or joins text. What is replaced stays visible in
//!   the manner of `\u{1b}`, so that a name can still be recognized; a
//!   backslash is doubled, so that no name can fake a replacement. Letters of
//!   right-to-left scripts are names like any other and stay.
//! - **Markdown** ([`code`], [`code_cell`]): a code span. GitHub looks for
//!   mentions (`@team`), references (`#1`, `GH-1`, commit ids), closing words
//!   (`Fixes #1`), bare URLs and `:emoji:` in the text *after* rendering, so
//!   a backslash or an entity such as `&#64;` protects from none of them; it
//!   skips what is inside `<code>`. URLs are put there too: a link to an
//!   issue would leave a back-reference in that issue.
//! - **Monitor** ([`plugin`]): as on a terminal, and nothing that a shell, a
//!   web page or the status line gives a meaning.
//! - **Spreadsheet** ([`cell`]): as on a terminal, and nothing that a
//!   spreadsheet would calculate or split.
//! - **Workflow commands** ([`command_data`], [`command_property`]): as on a
//!   terminal, with the escapes of actions/toolkit.
//! - **Prometheus** ([`label`]): as on a terminal, quoted.
//! - **Shell** ([`shell`]), in a command line that is shown: one word.
//! - **JSON** ([`json`]) keeps the exact name; what a terminal would obey or
//!   hide is written as an escape.
//!
//! What is printed in a workflow is read by the runner, which takes `::` at
//! the beginning of a line and `##[` anywhere for a command
//! (actions/runner, `ActionCommand.cs`), and lines are wrapped: no name keeps
//! either.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The longest name Markdown shows, in columns.
const MARKDOWN_WIDTH: usize = 120;
/// Marks without a width that may follow one letter; more would run over the
/// lines above and below.
const MARKS_PER_LETTER: usize = 2;

/// A name as one line of harmless, visible text.
pub(crate) fn terminal(name: &str) -> String {
    let mut safe = Safe::new();
    name.chars().for_each(|c| safe.push(c));
    safe.text
}

/// The same, cut to a number of columns with an ellipsis at its end.
pub(crate) fn fit(name: &str, columns: usize) -> String {
    cut(&terminal(name), columns)
}

/// A name as a Markdown code span in running text.
pub(crate) fn code(name: &str) -> String {
    code_fit(name, MARKDOWN_WIDTH)
}

/// The same, cut to a number of columns, for a heading.
pub(crate) fn code_fit(name: &str, columns: usize) -> String {
    span(&fit(name, columns))
}

/// A name as a Markdown code span in a table cell. There a `|` ends the cell
/// even inside a code span, and `\|` does not; as every other backslash is
/// doubled, the one before a `|` always escapes it.
pub(crate) fn code_cell(name: &str) -> String {
    code(name).replace('|', "\\|")
}

/// A name as the literal text of a spreadsheet cell. A formula begins with one
/// of `=+-@`, their wide forms included, and spaces before it are of no help;
/// an apostrophe makes it text. A semicolon ends a cell where the comma is the
/// decimal point, so it is replaced.
pub(crate) fn cell(name: &str) -> String {
    let text = terminal(name).replace(';', "\\u{3b}");
    let first = text.trim_start().chars().next();
    let formula = first.is_some_and(|c| "=+-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(c));
    if formula { format!("'{text}") } else { text }
}

/// A name as part of a monitor's status line, cut to a number of columns. `|`
/// begins performance data; the others are what Nagios strips from macros for
/// the sake of shells, and web pages read.
pub(crate) fn plugin(name: &str, columns: usize) -> String {
    let mut text = String::new();
    for c in fit(name, columns).chars() {
        if "|`~$&<>'\"".contains(c) {
            text.extend(c.escape_unicode());
        } else {
            text.push(c);
        }
    }
    text
}

/// A text as one word of a shell's command line. A quote inside is put between
/// others, as a backslash would be doubled where it is shown.
pub(crate) fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\"'\"'"))
}

/// JSON text with escapes in place of what a terminal would obey or hide. That
/// stands in strings only, where an escape means the same.
pub(crate) fn json(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || !(c.is_control() || is_hidden(c)) {
            safe.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(safe, "\\u{unit:04x}");
        }
    }
    safe
}

/// The message of a workflow command. One line already, it keeps no `%`.
pub(crate) fn command_data(text: &str) -> String {
    text.replace('%', "%25")
}

/// A property of a workflow command, where `,` and `:` end it.
pub(crate) fn command_property(text: &str) -> String {
    command_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The value of a Prometheus label, without its quotes.
pub(crate) fn label(name: &str) -> String {
    terminal(name).replace('\\', "\\\\").replace('"', "\\\"")
}

/// Wraps in a fence longer than any run of backticks inside. CommonMark takes
/// one space from either side again, when there is one on both.
fn span(text: &str) -> String {
    let text = visible(text);
    let fence = "`".repeat(longest_backticks(&text) + 1);
    let edge = |c: char| c == '`' || c == ' ';
    let pad = if text.starts_with(edge) || text.ends_with(edge) {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A code span cannot be empty or hold only spaces.
fn visible(text: &str) -> Cow<'_, str> {
    if text.trim().is_empty() {
        Cow::Owned(format!("\"{text}\""))
    } else {
        Cow::Borrowed(text)
    }
}

fn longest_backticks(text: &str) -> usize {
    let runs = text.split(|c| c != '`');
    runs.map(str::len).max().unwrap_or(0)
}

/// Text cut to a number of columns.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(1);
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if kept.width() > room {
            kept.pop();
            break;
        }
    }
    kept.push('…');
    kept
}

/// Builds harmless text one character at a time.
struct Safe {
    text: String,
    /// The last character that was kept as it is.
    last: Option<char>,
    marks: usize,
}

impl Safe {
    const fn new() -> Self {
        Self {
            text: String::new(),
            last: None,
            marks: 0,
        }
    }

    fn push(&mut self, c: char) {
        match c {
            '\\' => self.text.push_str("\\\\"),
            '\n' => self.text.push_str("\\n"),
            '\r' => self.text.push_str("\\r"),
            '\t' => self.text.push_str("\\t"),
            ':' if self.text.ends_with(':') => self.replace(c),
            '[' if self.text.ends_with("##") => self.replace(c),
            _ if self.keeps(c) => return self.keep(c),
            _ => self.replace(c),
        }
        self.last = None;
    }

    fn keep(&mut self, c: char) {
        let is_mark = c.width() == Some(0);
        self.marks = if is_mark { self.marks + 1 } else { 0 };
        self.last = Some(c);
        self.text.push(c);
    }

    fn replace(&mut self, c: char) {
        self.text.extend(c.escape_unicode());
    }

    fn keeps(&self, c: char) -> bool {
        if c == '\u{fe0f}' {
            return self.last.is_some_and(is_pictogram);
        }
        match c.width() {
            None => false,
            Some(0) => !is_hidden(c) && self.last.is_some() && self.marks < MARKS_PER_LETTER,
            Some(_) => !is_hidden(c),
        }
    }
}

/// Whether the emoji form may be asked for after this character.
fn is_pictogram(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

/// Characters that format, hide or only look like a space: general categories
/// Cf, Zl, Zp and Zs except the space, default ignorable characters, blanks,
/// non-characters.
fn is_hidden(c: char) -> bool {
    is_format(c) || is_ignorable(c) || is_blank(c) || u32::from(c) & 0xfffe == 0xfffe
}

fn is_format(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
}

fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fdd0}'..='\u{fdef}'
        | '\u{e0000}'..='\u{e0fff}')
}

fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{2800}' | '\u{3000}'
    )
}
