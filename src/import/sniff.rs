//! What a file is, by its first bytes.

use std::io::BufRead;

use serde_json::Value;

use super::{BOM, ImportError};

/// Kinds of evidence files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    Recording,
    Jobs,
    Readings,
}

/// Tells the kind of a file without consuming it. Looks at what the source
/// has buffered: the first 64 KiB.
///
/// # Errors
/// When it is empty, none of the kinds, or cannot be read.
pub(crate) fn sniff(source: &mut dyn BufRead) -> Result<FileKind, ImportError> {
    let head = source.fill_buf()?;
    let head = head.strip_prefix(BOM).unwrap_or(head).trim_ascii_start();
    if head.is_empty() {
        return Err(ImportError::Empty);
    }
    let line = head.split(|&byte| byte == b'\n').next().unwrap_or(head);
    if line.starts_with(br#"{"seq":"#) {
        return Ok(FileKind::Recording);
    }
    let lines = head.split(|&byte| byte == b'\n').take(LOOKED_AT);
    if lines.into_iter().any(is_reading) {
        return Ok(FileKind::Readings);
    }
    if looks_like_jobs(head) {
        return Ok(FileKind::Jobs);
    }
    Err(ImportError::Unrecognized)
}

/// Lines looked at before a readings file is given up: its first ones may be
/// broken.
const LOOKED_AT: usize = 20;

fn is_reading(line: &[u8]) -> bool {
    let Ok(Value::Object(object)) = serde_json::from_slice(line) else {
        return false;
    };
    object.contains_key("at") && object.contains_key("runner_id")
}

/// A JSON document that has the marks of a job somewhere near its beginning.
fn looks_like_jobs(head: &[u8]) -> bool {
    let is_json = matches!(head.first(), Some(b'{' | b'['));
    let has = |mark: &[u8]| head.windows(mark.len()).any(|window| window == mark);
    let of_jobs = has(br#""jobs""#) && has(br#""total_count""#);
    let of_job = has(br#""run_id""#) && has(br#""runner_id""#);
    is_json && (of_jobs || of_job || has(br#""workflow_job""#))
}
