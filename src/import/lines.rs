//! Lines of a stream as byte slices, in constant memory: no line is copied
//! unless it lies across the source's buffer.

use std::io::{self, BufRead, ErrorKind};

use memchr::memchr;

/// More of one line than this is dropped: evidence stands at its beginning.
const LONGEST: usize = 1 << 20;

/// Gives each line, without its end (`\n` or `\r\n`), to `each`.
///
/// # Errors
/// Those of the source. Lines before the error have been given.
pub(super) fn for_each_line(
    source: &mut dyn BufRead,
    mut each: impl FnMut(&[u8]),
) -> io::Result<()> {
    let mut across = Vec::new();
    loop {
        let chunk = match source.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if chunk.is_empty() {
            break;
        }
        let length = chunk.len();
        let rest = whole_lines(chunk, &mut across, &mut each);
        keep(&mut across, rest);
        source.consume(length);
    }
    if !across.is_empty() {
        each(without_return(&across));
    }
    Ok(())
}

/// Gives the lines that end in `chunk`; returns what stands behind the last.
fn whole_lines<'c>(
    mut chunk: &'c [u8],
    across: &mut Vec<u8>,
    each: &mut impl FnMut(&[u8]),
) -> &'c [u8] {
    while let Some(end) = memchr(b'\n', chunk) {
        let (line, rest) = (&chunk[..end], &chunk[end + 1..]);
        if across.is_empty() {
            each(without_return(line));
        } else {
            keep(across, line);
            each(without_return(across));
            across.clear();
        }
        chunk = rest;
    }
    chunk
}

fn keep(across: &mut Vec<u8>, part: &[u8]) {
    let room = LONGEST.saturating_sub(across.len());
    across.extend_from_slice(&part[..part.len().min(room)]);
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}
