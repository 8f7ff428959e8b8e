//! The file that node_exporter's textfile collector reads.

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};

use crate::whole::{self, Readers, WholeFile};

/// A metrics file, rewritten as a whole each time.
#[derive(Debug)]
pub(crate) struct MetricsFile {
    path: PathBuf,
    failing: Cell<bool>,
}

impl MetricsFile {
    /// Makes sure that the file can be written. Each writing reads the one
    /// before, and a pipe that nobody reads would hold up the run.
    ///
    /// # Errors
    /// When it cannot, or is a pipe or a device.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        whole::holds(path)?;
        WholeFile::create(path, Readers::All)?;
        Ok(Self {
            path: path.to_owned(),
            failing: Cell::new(false),
        })
    }

    /// Whether there is no such file yet: metrics begin with zeros then.
    pub(crate) fn is_new(&self) -> bool {
        !self.path.exists()
    }

    /// What the file holds; none when there is no such file yet.
    pub(crate) fn text(&self) -> Option<String> {
        whole::holds(&self.path).ok()?;
        std::fs::read_to_string(&self.path).ok()
    }

    /// Replaces the file. Only the first of failures in a row is given back,
    /// as a watch need not say the same each cycle.
    pub(crate) fn write(&self, text: &str) -> Option<io::Error> {
        let written = whole::holds(&self.path)
            .and_then(|()| WholeFile::create(&self.path, Readers::All))
            .and_then(|file| file.finish(text.as_bytes()));
        let known = self.failing.replace(written.is_err());
        written.err().filter(|_| !known)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}
