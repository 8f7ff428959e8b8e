//! One read of a checkup, and what became of it.

use std::sync::Arc;

use crate::commands::access::{CredentialSource, takes};
use crate::model::{
    MonoWindow, Need, Opened, RepoName, RepoState, RunId, Said, Span, Target, Tried,
};
use crate::poll::{Head, PER_PAGE, PollError, Reply};

/// One read, answered or not.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) target: Target,
    pub(super) window: MonoWindow,
    pub(super) head: Head,
    pub(super) said: Result<Said, PollError>,
    pub(super) next: Option<Arc<str>>,
    /// Redirects on the way to the answer.
    pub(super) redirects: u32,
    /// Items of the whole list, where this is but a page of it.
    pub(super) items: Option<u64>,
}

impl Read {
    pub(super) fn of(target: Target, window: MonoWindow, reply: Reply) -> Self {
        Self {
            redirects: reply.redirects(),
            target,
            window,
            head: reply.head,
            said: reply.said,
            next: reply.next,
            items: None,
        }
    }

    pub(super) fn took(&self) -> Span {
        self.window.received - self.window.sent
    }

    /// How many items the list has: of runs those on the page that are open.
    pub(super) fn found(&self) -> Option<u64> {
        let said = self.said.as_ref().ok()?;
        self.items.or_else(|| found(said))
    }

    /// Pages of the list; none of one that was not read.
    pub(super) fn pages(&self) -> u64 {
        let items = self.found();
        items.map_or(0, |items| items.div_ceil(u64::from(PER_PAGE)).max(1))
    }

    /// A run, an open one if there is one.
    pub(super) fn a_run(&self) -> Option<RunId> {
        let Ok(Said::Runs { runs, .. }) = &self.said else {
            return None;
        };
        let open = runs.iter().find(|run| !run.is_completed());
        open.or(runs.first()).map(|run| run.id)
    }

    /// Repositories on the page that can run something.
    pub(super) fn active_repos(&self) -> Vec<RepoName> {
        let Ok(Said::Repos { repos, .. }) = &self.said else {
            return Vec::new();
        };
        let active = repos.iter().filter(|repo| repo.state == RepoState::Active);
        active.map(|repo| repo.name.clone()).collect()
    }

    /// Requests that count against the hourly limit.
    pub(super) fn charged(&self) -> u64 {
        let answered = self.head.status.is_some_and(|status| status != 304);
        if self.target == Target::RateLimit {
            return 0;
        }
        u64::from(self.redirects) + u64::from(answered)
    }

    pub(super) fn is_of_runners(&self) -> bool {
        matches!(self.target, Target::Runners { .. })
    }

    /// What the report says of it.
    pub(super) fn tried(&self, need: Need, credential: &CredentialSource) -> Tried {
        let opened = self.opened();
        let error = self.said.as_ref().err();
        let refused = opened == Opened::MissingPermission || opened == Opened::NotFound;
        Tried {
            target: self.target.clone(),
            need,
            opened,
            found: self.found(),
            permission: self.head.access.accepted.clone().filter(|_| refused),
            detail: error.map(|error| error.to_string().into()),
            hint: hint(opened, &self.target, credential).map(Arc::from),
            request_id: self.head.request_id.clone(),
            took: self.took(),
        }
    }

    fn opened(&self) -> Opened {
        match &self.said {
            Ok(_) => Opened::Yes,
            Err(PollError::Forbidden { .. }) if self.head.access.sso_required => {
                Opened::SingleSignOn
            }
            Err(PollError::Forbidden { .. }) => Opened::MissingPermission,
            Err(PollError::Unauthorized(_) | PollError::Renewing(_)) => Opened::Rejected,
            Err(PollError::NotFound(_)) => Opened::NotFound,
            Err(PollError::Limited { .. }) => Opened::Limited,
            Err(PollError::NoAnswer(_)) => Opened::Unreachable,
            Err(
                PollError::NotAnAnswer(_)
                | PollError::Unavailable { .. }
                | PollError::Undecodable(_)
                | PollError::Rejected(_)
                | PollError::Withheld { .. },
            ) => Opened::Failed,
        }
    }
}

fn found(said: &Said) -> Option<u64> {
    let len = |items: usize| u64::try_from(items).ok();
    match said {
        Said::Runners { total, runners, .. } => total.or(len(runners.len())),
        Said::Repos { repos, .. } => len(repos.len()),
        Said::Deliveries { deliveries, .. } => {
            let jobs = deliveries.iter().filter(|it| it.is_of_a_job());
            len(jobs.count())
        }
        Said::Runs { runs, .. } => {
            let open = runs.iter().filter(|run| !run.is_completed());
            len(open.count())
        }
        Said::Jobs { total, jobs, .. } => total.or(len(jobs.len())),
        Said::Runner(_)
        | Said::Run(_)
        | Said::Job(_)
        | Said::Annotations { .. }
        | Said::RateLimit
        | Said::NotModified
        | Said::Failed(_) => None,
    }
}

/// What to try.
fn hint(opened: Opened, target: &Target, credential: &CredentialSource) -> Option<String> {
    let runners = credential.runners.as_deref();
    let source = match target {
        Target::Runners { .. } => runners.unwrap_or(&credential.main),
        _ => &credential.main,
    };
    match opened {
        Opened::Yes => None,
        Opened::MissingPermission => Some(takes(target).to_owned()),
        Opened::SingleSignOn => Some(format!(
            "authorize the token from {source} for the organization's single sign-on"
        )),
        Opened::Rejected => Some(format!(
            "GitHub rejected the credential from {source}; is it expired, or for another host?"
        )),
        Opened::NotFound => Some(format!(
            "it does not exist, or the credential from {source} may not see it; {}",
            takes(target)
        )),
        Opened::Limited => Some("something else spends the requests; try again later".to_owned()),
        Opened::Unreachable => {
            Some("check --api-url or --host, the network and HTTPS_PROXY".to_owned())
        }
        Opened::Failed => Some("that may pass; try again".to_owned()),
    }
}

pub(super) fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}
