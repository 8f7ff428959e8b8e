//! What to try with a file that cannot be read.

use std::io::{self, ErrorKind};
use std::path::Path;

use crate::import::ImportError;
use crate::record::RecordingError;

/// What helps with a file that cannot be read.
pub(super) fn what_to_try(error: &anyhow::Error, file: &Path) -> &'static str {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    match (error.downcast_ref(), error.downcast_ref(), kind) {
        (Some(ImportError::Empty), ..) => {
            "look at how it was made: a command that failed leaves an empty file"
        }
        (Some(ImportError::Unrecognized), ..) => {
            "save jobs by `gh api 'repos/OWNER/REPO/actions/runs/RUN/jobs?per_page=100' > jobs.json`; \
             the README lists what else can be given"
        }
        (_, Some(RecordingError::TooNew { .. }), _) => "update runner-desync",
        (_, _, Some(ErrorKind::NotFound)) => "give the name of a file, or - for standard input",
        (_, _, Some(ErrorKind::PermissionDenied)) => {
            "give a file that you may read; recordings are for their owner alone"
        }
        _ if file.is_dir() => "give the files in it, such as DIRECTORY/*.log",
        _ => "give it whole and readable, or without it the others",
    }
}
