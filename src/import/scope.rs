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

/// What runners' own logs say of where they are registered.
#[derive(Debug, Default)]
pub(crate) struct LoggedScopes {
    /// By the logs of runners whose readings name no scope.
    pub(crate) of_readings: BTreeSet<Scope>,
    /// By any log.
    pub(crate) all: BTreeSet<Scope>,
}

/// The one stated; else the one in which the logs of these runners say that
/// they are registered, if it is one and has all jobs; else the repository of
/// all jobs, else their owner (`contract.md` §3). Without jobs the logs alone
/// can tell.
pub(crate) fn resolve_scope(
    stated: Option<Scope>,
    logged: &LoggedScopes,
    jobs: &[ImportedJob],
) -> Result<(Scope, Assumed), ScopeError> {
    if let Some(scope) = stated {
        return Ok((scope, Assumed::Stated));
    }
    let has_all = |scope: &&Scope| jobs.iter().all(|of| scope.covers(&of.job.repo));
    if let Some(scope) = only(&logged.of_readings).filter(has_all) {
        return Ok((scope.clone(), Assumed::FromOthers));
    }
    let Some(first) = jobs.first() else {
        let scope = only(&logged.all).ok_or(ScopeError::NoJobs)?;
        return Ok((scope.clone(), Assumed::FromOthers));
    };
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

fn only(scopes: &BTreeSet<Scope>) -> Option<&Scope> {
    scopes.first().filter(|_| scopes.len() == 1)
}
