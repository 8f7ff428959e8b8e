//! The frame of a line: version, sequence number, kind, checksum.
//!
//! A line is one JSON object. Its first keys are `seq` and `rec`, its last is
//! `crc`: eight hex digits, the CRC-32 of all bytes of the line before
//! `,"crc"`. `seq` counts the lines of a file from 1. Every line but the
//! header of a run names in `run` the `seq` of the header it belongs to, so
//! that a lost header can never put readings of one run into another, whose
//! monotonic clock they do not share.
//!
//! Nothing here knows what a record means.
//!
//! # Changelog of the format
//!
//! A reader skips and counts record kinds it does not know and ignores fields
//! it does not know, as long as the major version is its own.
//!
//! - **1.4** (runner-desync 0.1.0): record kind `lacking`; `follows` in `run`;
//!   `retry_after_ms` in `read`; `place`, `name`, `orphan` and the kind `job-state` in
//!   `event`; `open_below` in `cycle`.
//! - **1.3** (runner-desync 0.1.0): `deliveries` in `read`; `id` of
//!   repositories.
//! - **1.2** (runner-desync 0.1.0): record kind `annotations`; `all-jobs` and
//!   `annotations` in `read`; `created` of workflow runs.
//! - **1.1** (runner-desync 0.1.0): record kind `log`; events of runners' logs,
//!   with `logged`, `valid_till` and `detail`; `instance` in `reading`;
//!   `counted` in `told`.
//! - **1.0** (runner-desync 0.1.0): record kinds `run`, `read`, `same`,
//!   `sandwich`, `cycle`, `told`, `reading`, `event`, `job`, `raw`,
//!   `repaired`.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::RecordingError;

/// The version this program writes, and the newest it reads.
pub(crate) const FORMAT_VERSION: Version = Version { major: 1, minor: 4 };

/// Longer lines are damage: no answer of the API is near it.
pub(crate) const MAX_LINE: usize = 16 * 1024 * 1024;

/// What the header's `format` begins with.
const FORMAT_NAME: &str = "runner-desync.recording/";

/// How every recording begins.
const FIRST_BYTES: &[u8] = br#"{"seq":1,"rec":"run","format":"runner-desync.recording/"#;

/// `,"crc":"01234567"}`
const CRC_LEN: usize = 18;

/// Version of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    pub(crate) major: u32,
    pub(crate) minor: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Version {
    /// The text in the header.
    pub(super) fn name(self) -> String {
        format!("{FORMAT_NAME}{self}")
    }

    /// Reads the text in the header.
    fn parse(name: &str) -> Option<Self> {
        let (major, minor) = name.strip_prefix(FORMAT_NAME)?.split_once('.')?;
        Some(Self {
            major: major.parse().ok()?,
            minor: minor.parse().ok()?,
        })
    }
}

/// Whether bytes are the beginning of a recording, however short they are.
/// Where a machine stopped before any fsync, a file system can leave zeros.
pub(super) fn may_begin_recording(bytes: &[u8]) -> bool {
    let end = bytes.iter().rposition(|byte| *byte != 0);
    let bytes = &bytes[..end.map_or(0, |end| end + 1)];
    let shared = bytes.len().min(FIRST_BYTES.len());
    bytes[..shared] == FIRST_BYTES[..shared]
}

/// Whether it is certain by its first bytes that a file is a recording.
pub(super) fn begins_recording(bytes: &[u8]) -> bool {
    bytes.starts_with(FIRST_BYTES) || is_framed(bytes)
}

/// Whether a line ends as every line of a recording does.
pub(super) fn is_framed(line: &[u8]) -> bool {
    let crc = line.len().checked_sub(CRC_LEN).map(|at| &line[at..]);
    crc.and_then(stated_crc).is_some()
}

/// The part of a header that every version has.
#[derive(Deserialize)]
struct Header {
    format: String,
    tool: Option<String>,
}

/// Refuses a header of a newer major version. It looks before the checksum,
/// as a newer version may have another.
pub(super) fn check_version(line: &[u8]) -> Result<(), RecordingError> {
    let begin = &line[..line.len().min(64)];
    if !begin.windows(11).any(|part| part == br#""rec":"run""#) {
        return Ok(());
    }
    let Ok(header) = serde_json::from_slice::<Header>(line) else {
        return Ok(());
    };
    match Version::parse(&header.format) {
        Some(version) if version.major > FORMAT_VERSION.major => Err(RecordingError::TooNew {
            version: version.to_string(),
            tool: header
                .tool
                .unwrap_or_else(|| "of a later version".to_owned()),
        }),
        Some(_) | None => Ok(()),
    }
}

/// Seq and kind of a line whose checksum is right.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Frame<'l> {
    pub(super) seq: u64,
    #[serde(borrow)]
    pub(super) rec: Cow<'l, str>,
    /// `seq` of the header of its run; headers have none.
    pub(super) run: Option<u64>,
}

/// Makes a line, newline included, of an object's fields.
pub(super) fn frame<T: Serialize>(seq: u64, rec: &str, body: &T) -> serde_json::Result<Vec<u8>> {
    let body = serde_json::to_string(body)?;
    let fields = body.strip_prefix('{').and_then(|b| b.strip_suffix('}'));
    let comma = if fields.is_none_or(str::is_empty) {
        ""
    } else {
        ","
    };
    let fields = fields.unwrap_or(&body);
    let text = format!(r#"{{"seq":{seq},"rec":"{rec}"{comma}{fields}"#);
    let crc = crc32fast::hash(text.as_bytes());
    Ok(format!("{text},\"crc\":\"{crc:08x}\"}}\n").into_bytes())
}

/// Checks a line, without its newline. `Err` says what is wrong with it.
pub(super) fn unframe(line: &[u8]) -> Result<Frame<'_>, String> {
    let (text, crc) = line
        .split_at_checked(line.len().saturating_sub(CRC_LEN))
        .ok_or("too short")?;
    let stated = stated_crc(crc).ok_or("no checksum at its end")?;
    if crc32fast::hash(text) != stated {
        return Err("the checksum is wrong".to_owned());
    }
    as_written(line).map_or_else(
        || serde_json::from_slice(line).map_err(|error| format!("no record: {error}")),
        Ok,
    )
}

/// The frame of a line whose first keys are as this program writes them, as
/// nearly every line is: it need not be parsed twice.
pub(super) fn as_written(line: &[u8]) -> Option<Frame<'_>> {
    let (seq, rest) = number(line.strip_prefix(br#"{"seq":"#)?)?;
    let rest = rest.strip_prefix(br#","rec":""#)?;
    let end = memchr::memchr(b'"', rest)?;
    let rec = std::str::from_utf8(&rest[..end]).ok()?;
    let (run, _) = number(rest[end..].strip_prefix(br#"","run":"#)?)?;
    let plain = rec.bytes().all(|byte| byte.is_ascii_lowercase());
    plain.then_some(Frame {
        seq,
        rec: Cow::Borrowed(rec),
        run: Some(run),
    })
}

/// A number that ends before a comma, and what follows it.
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let end = memchr::memchr(b',', text)?;
    let (digits, rest) = text.split_at(end);
    let number = std::str::from_utf8(digits).ok()?;
    let plain = digits.iter().all(u8::is_ascii_digit);
    Some((number.parse().ok().filter(|_| plain)?, rest))
}

/// Reads `,"crc":"01234567"}`.
fn stated_crc(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.strip_prefix(b",\"crc\":\"")?.strip_suffix(b"\"}")?;
    if digits.len() != 8 {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
