//! One read of a checkup, and what became of it.

use std::fmt;
use std::sync::Arc;

use crate::commands::access::{CredentialSource, REFUSED, takes};
use crate::model::{
    Mono, MonoWindow, Need, Opened, RepoName, RepoState, RunId, Said, Span, Target, Timestamp,
    Tried, UnknownReason,
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
    /// What GitHub states for how long nothing is to be asked.
    pub(super) back_off: Option<BackOff>,
    /// Redirects on the way to the answer.
    pub(super) redirects: u32,
    /// Items of the whole list, where this is but a page of it.
    pub(super) items: Option<u64>,
}

impl Read {
    /// `now` is the local time at which it was answered.
    pub(super) fn of(target: Target, window: MonoWindow, now: Timestamp, reply: Reply) -> Self {
        Self {
            back_off: BackOff::of(&reply, now),
            redirects: reply.redirects(),
            target,
            window,
            head: reply.head,
            said: reply.said,
            next: reply.next,
            items: None,
        }
    }

    /// One that was never made, as GitHub wants to be left alone.
    pub(super) fn withheld(target: Target, now: Mono, back_off: &BackOff) -> Self {
        Self {
            target,
            window: MonoWindow::at(now),
            head: Head::default(),
            said: Err(PollError::Withheld {
                why: back_off.to_string(),
                reason: back_off.reason,
            }),
            next: None,
            back_off: Some(back_off.clone()),
            redirects: 0,
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
            hint: self.hint(opened, credential).map(Arc::from),
            request_id: self.head.request_id.clone(),
            took: self.took(),
        }
    }

    fn hint(&self, opened: Opened, credential: &CredentialSource) -> Option<String> {
        let Some(back_off) = &self.back_off else {
            return match &self.said {
                Err(PollError::Rejected(_)) => Some(REFUSED.to_owned()),
                _ => hint(opened, &self.target, credential),
            };
        };
        let then = back_off.until.map_or("in some minutes", |_| "then");
        Some(format!("{back_off}; try again {then}"))
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
            Err(
                PollError::Limited { .. }
                | PollError::Withheld {
                    reason: UnknownReason::RateLimited,
                    ..
                },
            ) => Opened::Limited,
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

/// GitHub asked to be left alone: who goes on asking may be banned
/// (`github-api.md` §6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BackOff {
    until: Option<Timestamp>,
    reason: UnknownReason,
}

impl BackOff {
    fn of(reply: &Reply, now: Timestamp) -> Option<Self> {
        let error = reply.said.as_ref().err()?;
        let from = reply.head.date.unwrap_or(now);
        let until = match error {
            PollError::Limited {
                retry_after, reset, ..
            } => retry_after.map(|wait| from + wait).or(*reset),
            PollError::Unavailable { retry_after, .. } => Some(from + *retry_after),
            PollError::NoAnswer(_)
            | PollError::NotAnAnswer(_)
            | PollError::Undecodable(_)
            | PollError::Unauthorized(_)
            | PollError::Renewing(_)
            | PollError::Forbidden { .. }
            | PollError::NotFound(_)
            | PollError::Rejected(_)
            | PollError::Withheld { .. } => return None,
        };
        Some(Self {
            until,
            reason: error.reason(),
        })
    }
}

impl fmt::Display for BackOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.until {
            Some(until) => write!(f, "GitHub wants to be left alone until {until}"),
            None => f.write_str("GitHub wants to be left alone, and does not say how long"),
        }
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
        Opened::Limited => Some("try again later".to_owned()),
        Opened::Unreachable => {
            Some("check --api-url or --host, the network and HTTPS_PROXY".to_owned())
        }
        Opened::Failed => Some("that may pass; try again".to_owned()),
    }
}

pub(super) fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}
