//! Where a scan keeps what the next one need not read again.

use std::path::{Path, PathBuf};

use crate::cli::MemoryArgs;
use crate::commands::output::no_place;
use crate::commands::setup::Connection;
use crate::exit::{Failure, Trouble};
use crate::model::Host;
use crate::record::Scanned;
use crate::streams;
use crate::whole::{self, Readers, WholeFile};

/// The file, if one is kept, known to be readable and writable before any
/// work.
#[derive(Debug)]
pub(super) struct Memory {
    file: Option<WholeFile>,
    pub(super) path: Option<PathBuf>,
}

/// Reads what earlier scans of the target left.
///
/// # Errors
/// When the file is not one, or its place takes none; it is left as it is.
pub(super) fn open(
    args: &MemoryArgs,
    connection: &Connection,
) -> Result<(Memory, Scanned), Failure> {
    let host = connection.aim.api.host().clone();
    if args.no_state {
        let none = Memory {
            file: None,
            path: None,
        };
        return Ok((none, Scanned::nothing(host)));
    }
    let path = args.state.clone().or_else(|| connection.scan_state_file());
    let path = path.ok_or_else(no_default)?;
    whole::holds(&path).map_err(|error| no_place(&path, &error))?;
    let scanned = read(&path, host)?;
    if let Some(directory) = path.parent().filter(|own| !own.as_os_str().is_empty()) {
        std::fs::create_dir_all(directory).map_err(|error| no_place(&path, &error))?;
    }
    let file = WholeFile::create(&path, Readers::Owner).map_err(|error| no_place(&path, &error))?;
    let memory = Memory {
        file: Some(file),
        path: Some(path),
    };
    Ok((memory, scanned))
}

fn no_default() -> Failure {
    let error = anyhow::anyhow!(
        "there is no place for what a scan remembers: neither HOME nor XDG_STATE_HOME is set"
    );
    Failure::Usage(Trouble::new(error).hint("give --state FILE or --no-state"))
}

fn read(path: &Path, host: Host) -> Result<Scanned, Failure> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Scanned::nothing(host));
        }
        Err(error) => return Err(unusable(path, error.into())),
    };
    // An empty file was made for it.
    if bytes.is_empty() {
        return Ok(Scanned::nothing(host));
    }
    Scanned::parse(&bytes, &host).map_err(|error| unusable(path, error.into()))
}

fn unusable(path: &Path, error: anyhow::Error) -> Failure {
    let what = format!("nothing was scanned: cannot use {}", path.display());
    let trouble = Trouble::new(error.context(what));
    Failure::Usage(
        trouble
            .hint("it was left as it is, and only saves requests")
            .hint("remove it, give --state FILE for another one, or --no-state"),
    )
}

impl Memory {
    /// Keeps it for the next scan. What keeps it from that costs requests
    /// then, and nothing else.
    pub(super) fn keep(self, scanned: &Scanned) {
        let Some(file) = self.file else { return };
        let kept = scanned.to_bytes().map_err(std::io::Error::from);
        if let Err(error) = kept.and_then(|bytes| file.finish(&bytes)) {
            streams::say(&format!(
                "warning: the next scan will read everything again: {error}\n"
            ));
        }
    }
}
