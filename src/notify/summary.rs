//! The summary of a workflow's step: a file that `GITHUB_STEP_SUMMARY` names.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

/// GitHub shows nothing at all of a summary that is longer.
const LIMIT: u64 = 1 << 20;

/// Appends to the summary, which earlier commands of the step may have begun.
///
/// # Errors
/// When the file cannot be written, or would get longer than GitHub takes.
pub(crate) fn append(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    let length = file.metadata()?.len() + text.len() as u64;
    if LIMIT < length {
        let error = format!("it would be {length} bytes long, and GitHub takes {LIMIT}");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, error));
    }
    file.write_all(text)
}
