//! Why a recording cannot be written or read at all.
//!
//! Damage inside a recording is no error: the reader skips it, counts it and
//! goes on.

use std::io;
use std::path::PathBuf;

/// What stops a recording. The program branches on `Locked` (wait, then
/// exit 12) and on unreadable input (exit 2).
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordingError {
    /// Another instance holds the lock.
    #[error("recording `{}` is in use by another instance", .0.display())]
    Locked(PathBuf),
    /// A newer major version of the format.
    #[error(
        "recording has format {version}, and this program reads up to {}; \
         runner-desync {tool} wrote it and can read it",
        super::format::FORMAT_VERSION
    )]
    TooNew {
        /// The version of the format, as the header states it.
        version: String,
        /// The version of the program that wrote it.
        tool: String,
    },
    /// The first line is no header.
    #[error("not a recording: the first line is no header of one")]
    NotARecording,
    /// A directory, a pipe, a device.
    #[error("`{}` is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// Every record belongs to a run, so a run is recorded first.
    #[error("nothing can be recorded before the header of a run")]
    NoHeader,
    /// A value that this format cannot hold.
    #[error("record {seq} cannot be written: {why}")]
    Unwritable {
        /// The sequence number it would have had.
        seq: u64,
        /// For people.
        why: String,
    },
    /// The system refused.
    #[error("failed to {doing} `{}`: {source}", .path.display())]
    File {
        /// "open", "write to", "rotate", "delete".
        doing: &'static str,
        /// The recording.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Reading stopped.
    #[error("failed to read the recording after line {line}: {source}")]
    Read {
        /// The last line that was read.
        line: u64,
        /// What the system said.
        source: io::Error,
    },
}
