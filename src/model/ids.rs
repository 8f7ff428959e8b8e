//! Identities. Numbers are never bare integers here: ids of runners, jobs and
//! runs are all 64-bit and easily swapped.

use std::fmt;
use std::sync::Arc;

/// Id of a runner, unique within its host and scope only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RunnerId(pub(crate) u64);

/// Id of one job attempt: a re-run keeps the run id and makes new job ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct JobId(pub(crate) u64);

/// Id of a workflow run; a re-run keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RunId(pub(crate) u64);

impl fmt::Display for RunnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A GitHub host as a person names it: `github.com`, `acme.ghe.com`,
/// `github.acme.example`, lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Host(Arc<str>);

impl Host {
    pub(crate) fn new(name: &str) -> Self {
        Self(name.to_ascii_lowercase().into())
    }

    pub(crate) fn github_com() -> Self {
        Self::new("github.com")
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `OWNER/REPO`. GitHub ignores case in both; so does [`RepoName::is`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RepoName {
    pub(crate) owner: Arc<str>,
    pub(crate) name: Arc<str>,
}

impl RepoName {
    /// Reads `OWNER/REPO`; both parts hold only characters that GitHub allows
    /// in them, so that neither can change the path of a request.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (owner, name) = text.split_once('/')?;
        (is_slug(owner) && is_slug(name)).then(|| Self {
            owner: owner.into(),
            name: name.into(),
        })
    }

    /// Whether both name the same repository.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.owner.eq_ignore_ascii_case(&other.owner) && self.name.eq_ignore_ascii_case(&other.name)
    }
}

impl fmt::Display for RepoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// Whether a text is a name GitHub allows for an owner or a repository.
fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text != "."
        && text != ".."
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// The level on which runners are registered. Each level lists its own
/// runners only (`github-api.md` §1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Scope {
    Repo(RepoName),
    Org(Arc<str>),
    Enterprise(Arc<str>),
}

impl Scope {
    /// Reads `repo:O/R`, `org:O` or `enterprise:E`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (level, name) = text.split_once(':')?;
        match level {
            "repo" => RepoName::parse(name).map(Self::Repo),
            "org" => is_slug(name).then(|| Self::Org(name.into())),
            "enterprise" => is_slug(name).then(|| Self::Enterprise(name.into())),
            _ => None,
        }
    }

    /// Whether both are the same: GitHub's names know no case.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.to_string().eq_ignore_ascii_case(&other.to_string())
    }

    /// Whether a job of this repository can run on a runner of this scope.
    /// Enterprise runners serve any organization.
    pub(crate) fn covers(&self, repo: &RepoName) -> bool {
        match self {
            Self::Repo(own) => own.is(repo),
            Self::Org(org) => org.eq_ignore_ascii_case(&repo.owner),
            Self::Enterprise(_) => true,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repo(repo) => write!(f, "repo:{repo}"),
            Self::Org(org) => write!(f, "org:{org}"),
            Self::Enterprise(name) => write!(f, "enterprise:{name}"),
        }
    }
}

/// What makes a runner one runner: host, scope and id (`evidence.md` §1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RunnerKey {
    pub(crate) host: Host,
    pub(crate) scope: Scope,
    pub(crate) id: RunnerId,
}

/// What makes a job attempt one: host and job id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct JobKey {
    pub(crate) host: Host,
    pub(crate) id: JobId,
}
