//! The end of the file: whole lines go in, and what a failed write left
//! behind is cut off before the next one.

use std::fs::File;
use std::io::{self, Write};

/// Where lines go. Tests put a failing one in place of the file.
pub(super) trait Storage {
    /// Writes at the end.
    fn put(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Cuts the file to a length.
    fn cut(&mut self, len: u64) -> io::Result<()>;
    /// Returns when all is on the disk.
    fn sync(&mut self) -> io::Result<()>;
}

/// Opened for appending.
impl Storage for File {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// In memory.
impl Storage for &mut Vec<u8> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.extend_from_slice(bytes);
        Ok(())
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.truncate(usize::try_from(len).unwrap_or(usize::MAX));
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The end of a recording.
#[derive(Debug)]
pub(super) struct Tail<S> {
    storage: S,
    /// Length up to the end of the last whole line.
    good: u64,
    /// Of the last line.
    seq: u64,
    /// A write failed, and what it left may stand behind `good`.
    torn: bool,
    /// What a write left could not be cut off, so that right lines stand
    /// behind it: the file is longer than `good`, and is not cut again.
    longer: bool,
}

impl<S: Storage> Tail<S> {
    pub(super) fn new(storage: S, good: u64, seq: u64) -> Self {
        Self {
            storage,
            good,
            seq,
            torn: false,
            longer: false,
        }
    }

    /// `seq` of the next line.
    pub(super) fn next_seq(&self) -> u64 {
        self.seq + 1
    }

    pub(super) fn len(&self) -> u64 {
        self.good
    }

    /// Clears what a failed write left, so that [`Self::put`] can follow.
    pub(super) fn mend(&mut self) -> io::Result<()> {
        if !self.torn {
            return Ok(());
        }
        if self.longer || self.storage.cut(self.good).is_err() {
            self.longer = true;
            // The rest stays as a damaged line of its own, perhaps even as a
            // whole one, so its number is not used again.
            self.storage.put(b"\n")?;
            self.seq += 1;
        }
        self.torn = false;
        Ok(())
    }

    /// One line, in one write.
    pub(super) fn put(&mut self, line: &[u8]) -> io::Result<()> {
        if let Err(error) = self.storage.put(line) {
            self.torn = true;
            return Err(error);
        }
        self.good += line.len() as u64;
        self.seq += 1;
        Ok(())
    }

    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.storage.sync()
    }
}
