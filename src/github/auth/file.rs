//! A secret from a file or from stdin, whole.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Longer than any token, the announced 520 characters included, and than any
/// private key (`github-api.md` §8); short enough to notice a wrong file.
const LONGEST_FILE: u64 = 64 * 1024;

/// The text of a file; `-` is stdin.
pub(super) fn read(path: &Path) -> io::Result<String> {
    let source: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path)?)
    };
    let mut text = String::new();
    let length = source.take(LONGEST_FILE + 1).read_to_string(&mut text)?;
    if length as u64 > LONGEST_FILE {
        return Err(io::Error::other("too long for a secret"));
    }
    Ok(text)
}

/// How a file is called in messages.
pub(super) fn name(kind: &str, path: &Path) -> String {
    if path == Path::new("-") {
        return "stdin".to_owned();
    }
    format!("{kind} {}", path.display())
}
