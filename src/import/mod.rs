//! Other witnesses' files: what they are, told by content and never by name,
//! and what they say, as values the detector takes. Pure parsers over bytes;
//! no file is opened here.

mod jobs_json;
mod readings;
mod scope;
mod sniff;

use std::io::{self, BufRead, BufReader, Read};

pub(crate) use readings::ReadingLine;
pub(crate) use scope::{Assumed, resolve_scope};
pub(crate) use sniff::{FileKind, sniff};

use crate::model::ImportedJob;

#[cfg(test)]
mod tests;

/// Why a file is not evidence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    #[error("the file is empty")]
    Empty,
    #[error(
        "the file is none of: a recording of this program, jobs as `gh api` saves them \
         (or `workflow_job` payloads), readings with one JSON object a line"
    )]
    Unrecognized,
    #[error("cannot read it")]
    Unreadable(#[from] io::Error),
    #[error("not UTF-8 after {0} bytes")]
    NotText(usize),
}

/// What one file holds.
#[derive(Debug, Default)]
pub(crate) struct ImportedFile {
    pub(crate) jobs: Vec<ImportedJob>,
    pub(crate) readings: Vec<ReadingLine>,
    /// Items that were not used: where, and why.
    pub(crate) skipped: Vec<String>,
}

/// Jobs of a jobs file.
///
/// # Errors
/// When the bytes are not text. Everything else is a skipped item.
pub(crate) fn parse_jobs(bytes: &[u8]) -> Result<ImportedFile, ImportError> {
    Ok(jobs_json::parse(text(bytes)?))
}

/// Readings and events of a readings file.
///
/// # Errors
/// When the bytes are not text. Everything else is a skipped line.
pub(crate) fn parse_readings(bytes: &[u8]) -> Result<ImportedFile, ImportError> {
    Ok(readings::parse(text(bytes)?))
}

fn text(bytes: &[u8]) -> Result<&str, ImportError> {
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| ImportError::NotText(error.valid_up_to()))
}

/// The byte order mark that some editors put in front.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Reads through gzip or zstd, told by their first bytes, or as it is.
///
/// # Errors
/// When the source cannot be read.
pub(crate) fn decompress<'r>(source: impl Read + 'r) -> io::Result<Box<dyn BufRead + 'r>> {
    let mut source = BufReader::with_capacity(1 << 16, source);
    let head = source.fill_buf()?;
    Ok(if head.starts_with(&[0x1f, 0x8b]) {
        let plain = flate2::bufread::MultiGzDecoder::new(source);
        Box::new(BufReader::with_capacity(1 << 16, plain))
    } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let plain = zstd::Decoder::with_buffer(source)?;
        Box::new(BufReader::with_capacity(1 << 16, plain))
    } else {
        Box::new(source)
    })
}
