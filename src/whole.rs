//! Files that are there whole or not at all: written beside their place, then
//! renamed. Whether that works is found out before any work. A pipe or a
//! device is written to and never replaced.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Makes sure that what is read again has a place for it: a file, or none yet.
/// A pipe or a device may have no end, or nobody at its other one.
///
/// # Errors
/// When something else stands there.
pub(crate) fn holds(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(found) if !found.is_file() => Err(io::ErrorKind::Unsupported.into()),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Whom the umask allows.
    Usual,
    /// Everybody, such as the user of a metrics collector.
    All,
    /// Nobody else.
    Owner,
}

/// A file that is to be.
#[derive(Debug)]
pub(crate) struct WholeFile {
    to: Destination,
    path: PathBuf,
}

#[derive(Debug)]
enum Destination {
    /// Beside the place it will have.
    Place(NamedTempFile),
    /// A pipe or a device.
    Stream(File),
}

impl WholeFile {
    /// Makes sure that it can be written; links are followed.
    ///
    /// # Errors
    /// When its directory does not take a file, or it is a directory itself.
    pub(crate) fn create(named: &Path, readers: Readers) -> io::Result<Self> {
        let path = fs::canonicalize(named).unwrap_or_else(|_| named.to_owned());
        let to = match fs::metadata(&path) {
            Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => {
                Destination::Stream(File::options().write(true).open(&path)?)
            }
            Ok(found) => {
                let place = beside(&path, readers)?;
                if readers == Readers::Usual {
                    // Whoever may read the old one may read the new one.
                    place.as_file().set_permissions(found.permissions())?;
                }
                Destination::Place(place)
            }
            Err(_) => Destination::Place(beside(&path, readers)?),
        };
        Ok(Self { to, path })
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// When it cannot be written or renamed; nothing is left behind then.
    pub(crate) fn finish(self, bytes: &[u8]) -> io::Result<()> {
        self.write(bytes)?.keep()
    }

    /// Writes it beside its place, where it can be read again before it is
    /// kept. What is dropped instead leaves nothing behind.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(self, bytes: &[u8]) -> io::Result<Written> {
        let Self { mut to, path } = self;
        match &mut to {
            Destination::Place(temporary) => temporary.write_all(bytes)?,
            Destination::Stream(stream) => stream.write_all(bytes)?,
        }
        Ok(Written { to, path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// A file that is written and has not its name yet.
#[derive(Debug)]
pub(crate) struct Written {
    to: Destination,
    path: PathBuf,
}

impl Written {
    /// What was written, read again. Of a pipe or a device nothing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Destination::Place(temporary) = &mut self.to else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        temporary.as_file_mut().rewind()?;
        temporary.read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Gives it its name.
    ///
    /// # Errors
    /// When it cannot be renamed; nothing is left behind then.
    pub(crate) fn keep(self) -> io::Result<()> {
        match self.to {
            Destination::Place(temporary) => {
                let renamed = temporary.persist(&self.path);
                renamed.map(drop).map_err(|error| error.error)
            }
            Destination::Stream(_) => Ok(()),
        }
    }
}

/// A temporary file in the directory of the wanted one, so that renaming is
/// atomic.
fn beside(path: &Path, readers: Readers) -> io::Result<NamedTempFile> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    if readers != Readers::Owner {
        usual(&mut builder);
    }
    let temporary = builder.tempfile_in(directory)?;
    if readers == Readers::All {
        for_all(&temporary)?;
    }
    Ok(temporary)
}

/// What the umask allows, not the 0600 of temporary files.
#[cfg(unix)]
fn usual(builder: &mut tempfile::Builder) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(std::fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn usual(_builder: &mut tempfile::Builder) {}

/// Whatever the umask says.
#[cfg(unix)]
fn for_all(file: &NamedTempFile) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::Permissions::from_mode(0o644);
    file.as_file().set_permissions(mode)
}

#[cfg(not(unix))]
fn for_all(_file: &NamedTempFile) -> io::Result<()> {
    Ok(())
}
