//! Whose installation opens a target. Pure.

use crate::model::{Hook, RepoName, Scope, Target};

/// An account on which the App is installed, and how GitHub finds the
/// installation there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    /// Lower case, as GitHub ignores it. One installation opens all of it.
    pub(super) name: String,
    /// Path segments of the lookup.
    pub(super) lookup: Vec<String>,
}

impl Account {
    /// The account of a target; none when it belongs to nobody.
    pub(super) fn of(target: &Target) -> Option<Self> {
        match target {
            Target::Runners { scope, .. } | Target::Runner { scope, .. } => Some(match scope {
                Scope::Repo(repo) => Self::of_repo(repo),
                Scope::Org(org) => Self::new(org, &["orgs", org]),
                Scope::Enterprise(name) => {
                    Self::new(&format!("enterprise {name}"), &["enterprises", name])
                }
            }),
            Target::Runs { repo, .. }
            | Target::Run { repo, .. }
            | Target::Jobs { repo, .. }
            | Target::AllJobs { repo, .. }
            | Target::Annotations { repo, .. }
            | Target::Job { repo, .. } => Some(Self::of_repo(repo)),
            Target::Repos { owner, .. } => Some(Self::new(owner, &["orgs", owner])),
            Target::Deliveries { hook, .. } => match hook {
                Hook::App => None,
                Hook::Org { org, .. } => Some(Self::new(org, &["orgs", org])),
                Hook::Repo { repo, .. } => Some(Self::of_repo(repo)),
            },
            Target::RateLimit => None,
        }
    }

    fn of_repo(repo: &RepoName) -> Self {
        Self::new(&repo.owner, &["repos", &repo.owner, &repo.name])
    }

    fn new(name: &str, path: &[&str]) -> Self {
        let path = path.iter().chain(&["installation"]);
        Self {
            name: name.to_ascii_lowercase(),
            lookup: path.map(|part| (*part).to_owned()).collect(),
        }
    }
}
