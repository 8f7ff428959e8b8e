//! What an export puts before each line of a log (`runner-logs.md` §1.4).
//!
//! Every known export puts a fixed number of words there, each followed by
//! one space: none for a plain file, `<time> stdout F ` by a container
//! runtime, `[pod/<pod>/<container>] ` by kubectl, `<pod> <container> ` by
//! stern, `| <time> | ` in a table. The number is found once, then exactly so
//! many words are taken off every line. An excerpt that is indented as a whole
//! has empty words there.

use super::header::Head;

/// How many words stand before the log's own text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    words: usize,
}

/// A line with its export's words apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Laid<'l> {
    /// The words before, with their spaces.
    pub(super) before: &'l [u8],
    pub(super) text: &'l [u8],
}

/// No known export puts more before a line: `[pod] <time> stdout F `.
const MOST: usize = 5;

/// Nobody indents an excerpt deeper.
const DEEPEST: usize = 16;

impl Layout {
    /// The layout of a file by its first bytes: that of the line which begins
    /// a message with the fewest words before it. `None` without any.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        let lines = || head.split(|byte| *byte == b'\n');
        let words = lines().filter_map(|line| (0..=MOST).find(|&words| begins(line, words)));
        let indented = || lines().filter_map(indentation).min();
        let words = words.min().or_else(indented)?;
        Some(Self { words })
    }

    /// Without anything before its lines.
    pub(super) const PLAIN: Self = Self { words: 0 };

    /// Takes the words off. A line with fewer of them is no line of the
    /// export, and empty.
    pub(super) fn lay(self, line: &[u8]) -> Laid<'_> {
        let at = after_words(line, self.words).unwrap_or(line.len());
        let (before, text) = line.split_at(at);
        let in_table = before.starts_with(b"| ");
        let text = if in_table {
            text.strip_suffix(b" |").unwrap_or(text)
        } else {
            text
        };
        Laid { before, text }
    }
}

impl<'l> Laid<'l> {
    /// Which of several streams merged into one the line is of: the words
    /// that neither are a time nor say how a line is transported.
    pub(super) fn stream(&self) -> impl Iterator<Item = &'l [u8]> + use<'l> {
        let words = self.before.split(|byte| *byte == b' ');
        words.filter(|word| {
            let transport: [&[u8]; 6] = [b"", b"|", b"stdout", b"stderr", b"F", b"P"];
            !transport.contains(word) && !is_of_time(word)
        })
    }

    /// A part of a line that goes on in the next (container runtimes).
    pub(super) fn is_partial(&self) -> bool {
        self.before.ends_with(b" stdout P ") || self.before.ends_with(b" stderr P ")
    }
}

/// Whether a message begins behind so many words. An indented line is a
/// part of a message, whatever it holds.
fn begins(line: &[u8], words: usize) -> bool {
    let indented = line.first() == Some(&b' ');
    let text = after_words(line, words).map(|at| &line[at..]);
    !indented && text.is_some_and(|text| Head::of(text).is_some())
}

/// By how many spaces a message is indented. Of a file in which none begins
/// without, those with the fewest begin messages.
fn indentation(line: &[u8]) -> Option<usize> {
    let spaces = line.iter().take_while(|byte| **byte == b' ').count();
    let text = line.get(spaces..)?;
    (spaces <= DEEPEST && Head::of(text).is_some()).then_some(spaces)
}

/// Where the text after so many words begins.
fn after_words(line: &[u8], words: usize) -> Option<usize> {
    let mut at = 0;
    for _ in 0..words {
        at += memchr::memchr(b' ', &line[at..])? + 1;
    }
    Some(at)
}

/// `2024-07-09T07:38:10.5Z`, `07:38:10`, `1720510690595`: nothing but figures
/// and what stands between those of a time.
fn is_of_time(word: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_digit() || b"TZ:.,+-/".contains(byte);
    word.iter().all(fits) && word.iter().any(u8::is_ascii_digit)
}
