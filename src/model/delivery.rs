//! Deliveries of webhooks, as GitHub logs them (`github-api.md` §10): a hint
//! where jobs may be, and never evidence.

use std::fmt;
use std::sync::Arc;

use super::{RepoName, Timestamp};

/// The webhook whose log is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Hook {
    /// That of the GitHub App which reads it.
    App,
    Org {
        org: Arc<str>,
        id: u64,
    },
    Repo {
        repo: RepoName,
        id: u64,
    },
}

/// One delivery of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Delivery {
    pub(crate) at: Timestamp,
    pub(crate) about: About,
}

/// What an event was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum About {
    /// A job of the repository with this id, where one is named.
    Job(Option<RepoId>),
    /// Something else: it shows how far the log was read.
    Other,
}

/// Id of a repository; a new name does not change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RepoId(pub(crate) u64);

impl Delivery {
    pub(crate) fn is_of_a_job(&self) -> bool {
        matches!(self.about, About::Job(_))
    }
}

impl Hook {
    /// Reads what `Display` writes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text == "app" {
            return Some(Self::App);
        }
        let (owner, id) = text.rsplit_once('#')?;
        let id = id.parse().ok()?;
        match owner.split_once(':')? {
            ("org", org) if !org.is_empty() => Some(Self::Org {
                org: org.into(),
                id,
            }),
            ("repo", repo) => Some(Self::Repo {
                repo: RepoName::parse(repo)?,
                id,
            }),
            _ => None,
        }
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App => f.write_str("app"),
            Self::Org { org, id } => write!(f, "org:{org}#{id}"),
            Self::Repo { repo, id } => write!(f, "repo:{repo}#{id}"),
        }
    }
}
