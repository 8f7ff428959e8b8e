//! Opening a recording for appending: rights, lock, and what the end of the
//! file looks like after a crash.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::RecordingError;
use super::format::{self, MAX_LINE};

/// A locked file and the state of its end.
pub(super) struct Opened {
    pub(super) file: File,
    /// Length up to the end of the last whole line.
    pub(super) good: u64,
    /// Of the last line, damaged ones counted.
    pub(super) seq: u64,
    /// Bytes of a torn last line that were cut off.
    pub(super) dropped: Option<u64>,
}

/// Creates or opens, locks, checks and repairs.
pub(super) fn open(path: &Path) -> Result<Opened, RecordingError> {
    let failed = |source| RecordingError::File {
        doing: "open",
        path: path.to_owned(),
        source,
    };
    let mut file = open_locked(path)?;
    let first = first_line(&mut file).map_err(failed)?;
    format::check_version(&first)?;
    let end = survey(&mut file).map_err(failed)?;
    if !is_recording(&first, &end) {
        return Err(RecordingError::NotARecording);
    }
    let mut opened = Opened {
        file,
        good: end.good,
        seq: end.seq,
        dropped: None,
    };
    opened.repair(&end).map_err(failed)?;
    Ok(opened)
}

impl Opened {
    fn repair(&mut self, end: &End) -> io::Result<()> {
        match end.rest {
            Rest::None => {}
            Rest::Whole => {
                io::Write::write_all(&mut self.file, b"\n")?;
                self.good += 1;
            }
            Rest::Torn(bytes) => {
                self.file.set_len(end.good)?;
                self.dropped = Some(bytes);
            }
        }
        Ok(())
    }
}

/// Opens and locks the file that has this name: a file that was rotated away
/// while its lock was waited for is not it.
fn open_locked(path: &Path) -> Result<File, RecordingError> {
    let failed = |source| RecordingError::File {
        doing: "open",
        path: path.to_owned(),
        source,
    };
    make_room(path)?;
    let file = options().open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(RecordingError::Locked(path.to_owned())),
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    if is_at(&file, path).map_err(failed)? {
        Ok(file)
    } else {
        Err(RecordingError::Locked(path.to_owned()))
    }
}

/// Makes the directory and refuses what is no file, before opening: opening
/// a pipe would wait.
fn make_room(path: &Path) -> Result<(), RecordingError> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(RecordingError::NotAFile(path.to_owned()));
    }
    let Some(parent) = path.parent().filter(|it| !it.as_os_str().is_empty()) else {
        return Ok(());
    };
    directory()
        .create(parent)
        .map_err(|source| RecordingError::File {
            doing: "create the directory of",
            path: path.to_owned(),
            source,
        })
}

fn directory() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let held = file.metadata()?;
    Ok(
        fs::metadata(path)
            .is_ok_and(|found| found.dev() == held.dev() && found.ino() == held.ino()),
    )
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}

/// The first line without its newline, or what there is of it.
fn first_line(file: &mut File) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(0))?;
    let mut line = Vec::new();
    let mut chunk = vec![0; 4096];
    while line.len() < MAX_LINE {
        let got = file.read(&mut chunk)?;
        let new = &chunk[..got];
        if let Some(end) = new.iter().position(|byte| *byte == b'\n') {
            line.extend_from_slice(&new[..end]);
            break;
        }
        line.extend_from_slice(new);
        if got == 0 {
            break;
        }
    }
    Ok(line)
}

/// An empty file and a torn header are recordings too. What could be the
/// latter, with more behind it, may be anybody's file, of which nothing may
/// be cut off, unless a right line follows.
fn is_recording(first: &[u8], end: &End) -> bool {
    let torn = first.len() < MAX_LINE && format::may_begin_recording(first);
    format::begins_recording(first) || (torn && (end.good == 0 || end.right))
}

/// The end of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct End {
    good: u64,
    seq: u64,
    rest: Rest,
    /// Some line is right.
    right: bool,
}

/// What stands behind the last newline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    None,
    /// A whole line that lacks only its newline.
    Whole,
    /// So many bytes of a line.
    Torn(u64),
}

/// Looks from the end for the last line that is right.
fn survey(file: &mut File) -> io::Result<End> {
    let len = file.metadata()?.len();
    let mut span = 64 * 1024;
    loop {
        let start = len.saturating_sub(span);
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        file.take(len - start).read_to_end(&mut bytes)?;
        if let Some(end) = end_of(&bytes, start) {
            return Ok(end);
        }
        span = span.saturating_mul(8);
    }
}

/// `None` when more of the file must be looked at. `start` is where the bytes
/// begin in the file.
fn end_of(bytes: &[u8], start: u64) -> Option<End> {
    let at = bytes.iter().rposition(|byte| *byte == b'\n');
    if at.is_none() && start > 0 {
        return None;
    }
    let whole = at.map_or(0, |at| at + 1);
    let (lines, rest) = bytes.split_at(whole);
    let good = start + whole as u64;
    let last = last_seq(lines, start);
    match format::unframe(rest) {
        Ok(frame) => Some(End {
            good: good + rest.len() as u64,
            seq: frame.seq,
            rest: Rest::Whole,
            right: true,
        }),
        Err(_) => last.map(|(seq, right)| End {
            good,
            seq,
            right,
            rest: if rest.is_empty() {
                Rest::None
            } else {
                Rest::Torn(rest.len() as u64)
            },
        }),
    }
}

/// Number of the last line, and whether any is right; damaged lines behind the last right one have
/// one each. `None` when no line is right and there are more before.
fn last_seq(lines: &[u8], start: u64) -> Option<(u64, bool)> {
    let mut damaged = 0;
    for line in lines.rsplit(|byte| *byte == b'\n').skip(1) {
        match format::unframe(line) {
            Ok(frame) => return Some((frame.seq + damaged, true)),
            Err(_) => damaged += 1,
        }
    }
    (start == 0).then_some((damaged, false))
}
