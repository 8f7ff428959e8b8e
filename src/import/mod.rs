//! Other witnesses' files: what they are, told by content and never by name,
//! and what they say, as values the detector takes. Pure parsers over bytes;
//! no file is opened here.

mod account;
mod jobs_json;
mod lines;
mod opened;
mod readings;
pub(crate) mod runner_log;
pub(crate) mod scaler_log;
mod scope;
mod sniff;
mod stated;

use std::collections::BTreeSet;
use std::io::{self, BufRead};

pub(crate) use account::{Account, Home, Joined};
pub(crate) use opened::{Opened, open};
pub(crate) use readings::ReadingLine;
pub(crate) use scope::{Assumed, LoggedScopes, resolve_scope};
pub(crate) use sniff::{FileKind, Foreign, sniff};
pub(crate) use stated::Lists;

use crate::model::{Host, ImportedJob, JobId, RepoName, RunId};

#[cfg(test)]
mod tests;

/// Why a file is not evidence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    #[error("the file is empty")]
    Empty,
    #[error(
        "the file is none of: a recording of this program, jobs as `gh api` saves them \
         (or `workflow_job` payloads), readings with one JSON object a line, a scale-down log \
         of terraform-aws-github-runner, a runner's Runner_*.log or Worker_*.log"
    )]
    Unrecognized,
    #[error("the file is {}", .0.as_str())]
    Foreign(Foreign),
    #[error("cannot read it")]
    Unreadable(#[from] io::Error),
    #[error("not UTF-8 after {0} bytes")]
    NotText(usize),
}

/// What one file holds.
#[derive(Debug, Default)]
pub(crate) struct ImportedFile {
    pub(crate) jobs: Vec<ImportedJob>,
    pub(crate) readings: Vec<ReadingLine>,
    /// Lists that do not show all that they state.
    pub(crate) stated: Vec<StatedJobs>,
    /// Whether there may be jobs in it that could not be read.
    pub(crate) unread: bool,
    /// Items that were not used: where, and why.
    pub(crate) skipped: Vec<String>,
}

/// A list of jobs that says how many there are. It may show but some of them,
/// and the rest be in other pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatedJobs {
    pub(crate) host: Host,
    pub(crate) repo: RepoName,
    pub(crate) run: RunId,
    pub(crate) total: u64,
    pub(crate) shown: BTreeSet<JobId>,
    /// Of the jobs shown. One list may be of one attempt or of all
    /// (`github-api.md` §3).
    pub(crate) attempts: BTreeSet<Option<u32>>,
}

/// Jobs of a jobs file.
///
/// # Errors
/// When the bytes are not text. Everything else is a skipped item.
pub(crate) fn parse_jobs(bytes: &[u8]) -> Result<ImportedFile, ImportError> {
    Ok(jobs_json::parse(text(bytes)?))
}

/// Readings and events of a readings file.
///
/// # Errors
/// When the source cannot be read. Everything else is a skipped line.
pub(crate) fn read_readings(source: &mut dyn BufRead) -> Result<ImportedFile, ImportError> {
    Ok(readings::read(source)?)
}

fn text(bytes: &[u8]) -> Result<&str, ImportError> {
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| ImportError::NotText(error.valid_up_to()))
}

/// The byte order mark that some editors put in front.
const BOM: &[u8] = b"\xef\xbb\xbf";
