//! What to try with a file that cannot be read.

use std::io::{self, ErrorKind};
use std::path::Path;

use crate::import::{Foreign, ImportError};
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
        (Some(ImportError::Foreign(foreign)), ..) => match foreign {
            Foreign::Refusal => "look at the command that saved it: GitHub refused what it asked",
            Foreign::Runners => {
                "give readings, a JSON object a line with the time of each in `at`; the README \
                 shows them"
            }
            Foreign::Wrapped => {
                "take its lines out, such as by jq -r '.events[].message' FILE > Runner.log"
            }
            Foreign::Runs => {
                "save the jobs of a run: gh api 'repos/OWNER/REPO/actions/runs/RUN/jobs?per_page=100'"
            }
        },
        (_, Some(RecordingError::TooNew { .. }), _) => "update runner-desync",
        (_, _, Some(ErrorKind::NotFound)) => "give the name of a file, or - for standard input",
        (_, _, Some(ErrorKind::PermissionDenied)) => {
            "give a file that you may read; recordings are for their owner alone"
        }
        _ if file.is_dir() => "give the files in it, such as DIRECTORY/*.log",
        _ => "give it whole and readable, or without it the others",
    }
}
