//! What a scan remembers for the next one: the runs whose jobs it has read,
//! and those jobs. One JSON document, written whole.
//!
//! Nothing in it is evidence: it saves requests, and can be removed at any
//! time. A file that is not understood is refused, never overwritten.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::text::{self, list};
use super::values::{AnnotationValue, JobValue, WorkflowRunValue};
use crate::model::{Annotation, Host, Job, JobId, RepoName, RunId, WorkflowRun};

/// Name and version; a later one is refused.
const FORMAT: &str = "runner-desync.scanned/1";

/// Everything remembered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scanned {
    pub(crate) host: Host,
    pub(crate) runs: BTreeMap<(RepoName, RunId), ScannedRun>,
}

/// A run whose jobs were read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ScannedRun {
    /// As it was listed before its jobs were read.
    pub(crate) run: WorkflowRun,
    pub(crate) standing: Standing,
    /// On runners of ours, all attempts.
    pub(crate) jobs: Vec<Job>,
    /// Of the jobs whose annotations were read.
    pub(crate) annotations: BTreeMap<JobId, Vec<Annotation>>,
    /// Jobs of whose death somebody was told.
    pub(crate) told: BTreeSet<JobId>,
}

/// Whether there is anything left to read of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Standing {
    /// It had ended, and all its jobs were read.
    Done,
    Unfinished,
}

/// Why a file is not what a scan remembers.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScannedError {
    #[error("it is not what a scan remembers: {0}")]
    NotOne(String),
    #[error("it is of the form `{0}`, and this version knows `{FORMAT}`")]
    OtherVersion(String),
    #[error("it is about {0}")]
    OtherHost(Host),
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    #[serde(with = "text")]
    host: Host,
    runs: Vec<RunText>,
}

/// The part that every version has.
#[derive(Deserialize)]
struct Version {
    format: String,
}

#[derive(Serialize, Deserialize)]
struct RunText {
    #[serde(with = "text")]
    repo: RepoName,
    run: WorkflowRunValue,
    standing: Standing,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    jobs: Vec<JobValue>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    annotations: Vec<NotesText>,
    #[serde(default, with = "list", skip_serializing_if = "Vec::is_empty")]
    told: Vec<JobId>,
}

#[derive(Serialize, Deserialize)]
struct NotesText {
    #[serde(with = "text")]
    job: JobId,
    items: Vec<AnnotationValue>,
}

impl Scanned {
    pub(crate) const fn nothing(host: Host) -> Self {
        Self {
            host,
            runs: BTreeMap::new(),
        }
    }

    /// Reads a file about a host.
    ///
    /// # Errors
    /// When it is damaged, of another version, or about another host.
    pub(crate) fn parse(bytes: &[u8], host: &Host) -> Result<Self, ScannedError> {
        let not_one = |error: serde_json::Error| ScannedError::NotOne(error.to_string());
        let version: Version = serde_json::from_slice(bytes).map_err(not_one)?;
        if version.format != FORMAT {
            return Err(ScannedError::OtherVersion(version.format));
        }
        let document: Document = serde_json::from_slice(bytes).map_err(not_one)?;
        if document.host != *host {
            return Err(ScannedError::OtherHost(document.host));
        }
        Ok(Self {
            host: document.host,
            runs: document.runs.into_iter().map(entry).collect(),
        })
    }

    /// The file.
    ///
    /// # Errors
    /// Never in practice: texts and numbers can all be written as JSON.
    pub(crate) fn to_bytes(&self) -> serde_json::Result<Vec<u8>> {
        let runs = self.runs.iter().map(|((repo, _), run)| run_text(repo, run));
        let mut bytes = serde_json::to_vec(&Document {
            format: FORMAT.to_owned(),
            host: self.host.clone(),
            runs: runs.collect(),
        })?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

fn entry(text: RunText) -> ((RepoName, RunId), ScannedRun) {
    let run: WorkflowRun = text.run.into();
    let annotations = text.annotations.into_iter();
    let annotations = annotations.map(|notes| {
        let items = notes.items.into_iter().map(Into::into);
        (notes.job, items.collect())
    });
    let scanned = ScannedRun {
        standing: text.standing,
        jobs: text.jobs.into_iter().map(Into::into).collect(),
        annotations: annotations.collect(),
        told: text.told.into_iter().collect(),
        run,
    };
    ((text.repo, scanned.run.id), scanned)
}

fn run_text(repo: &RepoName, scanned: &ScannedRun) -> RunText {
    let annotations = scanned.annotations.iter();
    RunText {
        repo: repo.clone(),
        run: scanned.run.clone().into(),
        standing: scanned.standing,
        jobs: scanned.jobs.iter().cloned().map(Into::into).collect(),
        annotations: annotations
            .map(|(job, items)| NotesText {
                job: *job,
                items: items.iter().cloned().map(Into::into).collect(),
            })
            .collect(),
        told: scanned.told.iter().copied().collect(),
    }
}
