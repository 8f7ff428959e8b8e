//! Whose runners the readings are of, when they do not say so.

use std::collections::BTreeSet;

use crate::model::{ImportedJob, Scope};

/// Where a scope came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assumed {
    Stated,
    FromOthers,
}

/// Why no scope can be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScopeError {
    #[error("the readings and logs name no scope, and there are no jobs to take it from")]
    NoJobs,
    #[error("the readings and logs name no scope, and the jobs are of several owners")]
    SeveralOwners,
}

/// The one stated; else the one in which runners' own logs say that they are
/// registered; else the repository of all jobs, else their owner
/// (`contract.md` §3).
pub(crate) fn resolve_scope(
    stated: Option<Scope>,
    logged: &BTreeSet<Scope>,
    jobs: &[ImportedJob],
) -> Result<(Scope, Assumed), ScopeError> {
    if let Some(scope) = stated {
        return Ok((scope, Assumed::Stated));
    }
    if let (Some(scope), 1) = (logged.first(), logged.len()) {
        return Ok((scope.clone(), Assumed::FromOthers));
    }
    let first = jobs.first().ok_or(ScopeError::NoJobs)?;
    let repo = &first.job.repo;
    if jobs.iter().all(|imported| imported.job.repo.is(repo)) {
        return Ok((Scope::Repo(repo.clone()), Assumed::FromOthers));
    }
    let owners: BTreeSet<_> = jobs
        .iter()
        .map(|imported| imported.job.repo.owner.to_ascii_lowercase())
        .collect();
    if owners.len() == 1 {
        Ok((Scope::Org(repo.owner.clone()), Assumed::FromOthers))
    } else {
        Err(ScopeError::SeveralOwners)
    }
}
