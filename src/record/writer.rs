//! The file that is being recorded to: lock, fsync, rotation.
//!
//! It never overwrites: it appends, and rotation renames.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::book::{Appended, Book};
use super::open::open;
use super::storage::Tail;
use super::{RecordingError, open::Opened};
use crate::model::{Record, Timestamp};

/// A file this long is rotated.
pub(crate) const ROTATE_AT: u64 = 64 * 1024 * 1024;

/// A recording that is locked by this process until it is dropped.
///
/// The caller appends [`Record::Run`] first, calls [`Self::sync`] at the end
/// of each cycle and at each change of a period, and asks
/// [`Self::wants_rotation`] between cycles.
#[derive(Debug)]
pub(crate) struct Recorder {
    path: PathBuf,
    rotate_at: u64,
    book: Book<File>,
    /// The file's name may not be on the disk yet.
    unnamed: bool,
}

impl Recorder {
    /// Creates or continues the recording. [`ROTATE_AT`] is the usual length.
    pub(crate) fn open(path: &Path, rotate_at: u64) -> Result<Self, RecordingError> {
        Ok(Self {
            path: path.to_owned(),
            rotate_at,
            book: book(path, open(path)?),
            unnamed: true,
        })
    }

    /// Writes records, one line a write. All unchanged lists among them
    /// become one line, so lists may come back in another order; reads of a
    /// runner or a job by id, sandwiches and cycles keep their place.
    pub(crate) fn append(&mut self, records: Vec<Record>) -> Appended {
        self.book.append(records)
    }

    /// Keeps the body of an exchange as it was received.
    pub(crate) fn append_raw(&mut self, number: u64, body: &str) -> Result<(), RecordingError> {
        self.book.append_raw(number, body)
    }

    /// Returns when everything is on the disk.
    pub(crate) fn sync(&mut self) -> Result<(), RecordingError> {
        self.book.sync()?;
        if self.unnamed {
            sync_names(&self.path).map_err(|source| RecordingError::File {
                doing: "keep the name of",
                path: self.path.clone(),
                source,
            })?;
            self.unnamed = false;
        }
        Ok(())
    }

    /// The file that is written to: a rotation that came no further than
    /// renaming has left it under the name of a part.
    pub(crate) fn written_to(&self) -> PathBuf {
        if self.path.try_exists().unwrap_or(true) {
            self.path.clone()
        } else {
            numbered(&self.path, 1)
        }
    }

    /// Whether the file is long enough to begin another.
    pub(crate) fn wants_rotation(&self) -> bool {
        self.rotate_at <= self.book.len()
    }

    /// Renames the file to `.1` (and `.1` to `.2`, and so on) and begins a
    /// new one with the header of the same run and with `carry`: what is
    /// open. If that fails, the old file goes on.
    ///
    /// `carry` was told to the detector before; it is not to be fed again.
    /// Answers rest on nothing in the new file, so a 304 has no meaning there
    /// until its target was read in full: the caller forgets its ETags.
    pub(crate) fn rotate(&mut self, carry: Vec<Record>) -> Result<Appended, RecordingError> {
        self.book.sync()?;
        shift(&self.path).map_err(|source| RecordingError::File {
            doing: "rotate",
            path: self.path.clone(),
            source,
        })?;
        let mut next = book(&self.path, open(&self.path)?);
        next.go_on(self.book.run().cloned());
        self.book = next;
        self.unnamed = true;
        let done = self.book.append(carry);
        self.sync()?;
        Ok(done)
    }
}

/// Deletes the rotated parts of a recording that were last written to before
/// the instant, the oldest first. A part after one that is kept is kept.
///
/// # Errors
/// When one cannot be looked at or deleted; those before it are gone.
pub(crate) fn delete_before(path: &Path, instant: Timestamp) -> Result<(), RecordingError> {
    let since_epoch = Duration::from_millis(u64::try_from(instant.as_millis()).unwrap_or(0));
    let failed = |path: &Path, source| RecordingError::File {
        doing: "delete",
        path: path.to_owned(),
        source,
    };
    let free = first_free(path).map_err(|source| failed(path, source))?;
    for part in (1..free).rev().map(|number| numbered(path, number)) {
        let deleted = delete_old(&part, UNIX_EPOCH + since_epoch);
        if !deleted.map_err(|source| failed(&part, source))? {
            break;
        }
    }
    Ok(())
}

fn delete_old(part: &Path, instant: SystemTime) -> std::io::Result<bool> {
    let old = fs::metadata(part)?.modified()? < instant;
    if old {
        fs::remove_file(part)?;
    }
    Ok(old)
}

/// A recording in memory; the first record is [`Record::Run`].
///
/// # Errors
/// When a record cannot be a line.
pub(crate) fn written(records: Vec<Record>) -> Result<Vec<u8>, RecordingError> {
    let mut bytes = Vec::new();
    let done = Book::new(PathBuf::new(), Tail::new(&mut bytes, 0, 0), None).append(records);
    done.failure.map_or(Ok(bytes), Err)
}

fn book(path: &Path, opened: Opened) -> Book<File> {
    let Opened {
        file,
        good,
        seq,
        dropped,
    } = opened;
    Book::new(path.to_owned(), Tail::new(file, good, seq), dropped)
}

/// Makes way for a new file by renaming, the oldest first.
fn shift(path: &Path) -> std::io::Result<()> {
    if !path.try_exists()? {
        // An earlier rotation got this far.
        return Ok(());
    }
    for number in (1..first_free(path)?).rev() {
        fs::rename(numbered(path, number), numbered(path, number + 1))?;
    }
    fs::rename(path, numbered(path, 1))
}

/// An fsync of a file does not keep its name (`man 2 fsync`); one of its
/// directory does, where the system has such a thing.
#[cfg(unix)]
fn sync_names(path: &Path) -> std::io::Result<()> {
    let parent = path.parent().filter(|it| !it.as_os_str().is_empty());
    // One that may be written to but not listed cannot be opened.
    let Ok(directory) = File::open(parent.unwrap_or(Path::new("."))) else {
        return Ok(());
    };
    match directory.sync_all() {
        Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => Ok(()),
        result => result,
    }
}

#[cfg(not(unix))]
fn sync_names(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// The number of the oldest part, and one more.
fn first_free(path: &Path) -> std::io::Result<u32> {
    let mut free = 1;
    while numbered(path, free).try_exists()? {
        free += 1;
    }
    Ok(free)
}

/// `recording.1`
fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}
