//! What became of the files that had to be put together, and where runners
//! are that do not say it themselves.

use crate::model::{Host, Record, RunnerId, RunnerKey, Scope};

/// Where runners are registered whose source does not say it.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    pub(crate) host: Host,
    /// Unknown where nothing tells it.
    pub(crate) scope: Option<Scope>,
}

/// Records of several files, and what each gave.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    pub(crate) records: Vec<Record>,
    /// For each file given, in the order given.
    pub(crate) files: Vec<Account>,
}

/// What one file gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) records: u64,
    pub(crate) skipped: u64,
    pub(crate) notes: Vec<String>,
}

impl Home {
    /// The key of a runner that may state where it is registered.
    pub(super) fn key(&self, stated: Option<&(Host, Scope)>, id: RunnerId) -> Option<RunnerKey> {
        let (host, scope) = match stated {
            Some((host, scope)) => (host, Some(scope)),
            None => (&self.host, self.scope.as_ref()),
        };
        let (host, scope) = (host.clone(), scope?.clone());
        Some(RunnerKey { host, scope, id })
    }
}

impl Account {
    /// Counts what was skipped, and says why.
    pub(super) fn skip(&mut self, count: u64, what: &str) {
        if 0 < count {
            self.skipped += count;
            self.note(count, what);
        }
    }

    /// Says what was understood and is no record.
    pub(super) fn note(&mut self, count: u64, what: &str) {
        if 0 < count {
            self.notes.push(format!("{what}: {count}"));
        }
    }
}
