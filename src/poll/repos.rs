//! Whose jobs are read: repositories that were named, and those that GitHub
//! lists for an owner, looked up again now and then.
//!
//! Archived and disabled repositories run nothing new. When a repository was
//! last pushed to says nothing about its jobs and is never looked at
//! (`github-api.md` §2).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::jobs::Got;
use super::list::{List, Pages};
use super::read::Freshness;
use super::{Fatal, PollError, Poller, Source};
use crate::clock::Clock;
use crate::model::{
    ListedRepo, Mono, RepoName, RepoState, Said, Sight, Span, Target, UnknownReason,
};

/// New repositories are noticed this much later, at most.
const LOOKED_UP_EVERY: Span = Span::secs(5 * 60);

/// What is known of the repositories of owners.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    /// By owner, as last listed.
    listed: BTreeMap<Arc<str>, Listing>,
    /// When all were last looked up.
    at: Option<Mono>,
    /// Why a listed repository could not be read, the latest.
    pub(super) refused: Option<PollError>,
}

/// The repositories of an owner.
#[derive(Debug)]
struct Listing {
    repos: Vec<ListedRepo>,
    sight: Sight,
}

impl<S: Source, C: Clock> Poller<'_, S, C> {
    /// Looks the repositories of the owners up, if it is time.
    pub(super) async fn look_up_repos(&self) -> Result<(), Fatal> {
        let now = self.clock.mono();
        let at = self.lookup.borrow().at;
        if at.is_none_or(|at| at + LOOKED_UP_EVERY <= now) {
            self.lookup.borrow_mut().at = Some(now);
            for owner in &self.options.owners {
                self.look_up(owner).await?;
            }
        }
        self.note_sight();
        Ok(())
    }

    async fn look_up(&self, owner: &Arc<str>) -> Result<(), Fatal> {
        let from = self.clock.mono();
        let target = |page| Target::Repos {
            owner: Arc::clone(owner),
            page,
        };
        let pages = self.list(target, List::whole(Freshness::Revalidated)).await;
        let what = target(1).to_string();
        self.fatal(&what, pages.error.as_ref())?;
        let mut listing = listing_in(&pages);
        let lacking = pages.lacking(listing.repos.len());
        if self.note_pages(from, &what, &pages, lacking) == Got::Less {
            listing.sight = Sight::Part;
        }
        if pages.error.is_some() {
            // What was known stays; it is looked up again in the next cycle.
            self.look_up_again();
            return Ok(());
        }
        let before = self
            .lookup
            .borrow_mut()
            .listed
            .insert(Arc::clone(owner), listing);
        if let Some(before) = before {
            self.note_changes(from, owner, &before);
        }
        self.choose_repos();
        Ok(())
    }

    /// The repositories are looked up in the next cycle.
    pub(super) fn look_up_again(&self) {
        self.lookup.borrow_mut().at = None;
    }

    /// A repository that is read no more is a gap that says why.
    fn note_changes(&self, from: Mono, owner: &Arc<str>, before: &Listing) {
        let lookup = self.lookup.borrow();
        let Some(now) = lookup.listed.get(owner) else {
            return;
        };
        for old in before
            .repos
            .iter()
            .filter(|old| old.state == RepoState::Active)
        {
            let same = now.repos.iter().find(|new| new.name.is(&old.name));
            let why = match same.map(|new| new.state) {
                Some(RepoState::Active) => continue,
                Some(RepoState::Archived) => "archived",
                Some(RepoState::Disabled) => "disabled",
                None => "renamed, deleted or hidden",
            };
            self.discovery.borrow_mut().forget_repo(&old.name);
            self.gap(from, &format!("{} ({why})", old.name), UnknownReason::Scope);
        }
    }

    /// Those named and those listed, each once.
    fn choose_repos(&self) {
        let lookup = self.lookup.borrow();
        let listed = lookup.listed.values().flat_map(|listing| &listing.repos);
        let active = listed.filter(|repo| repo.state == RepoState::Active);
        let named = self.options.repos.iter().cloned();
        let mut all: Vec<_> = named.chain(active.map(|repo| repo.name.clone())).collect();
        all.sort();
        all.dedup();
        *self.repos.borrow_mut() = all;
        let listed = lookup.listed.values().flat_map(|listing| &listing.repos);
        let named = listed.filter_map(|repo| Some((repo.id?, repo.name.clone())));
        self.heard.borrow_mut().learn_names(named);
    }

    /// An owner whose repositories could never be listed is unreadable as a
    /// whole.
    fn note_sight(&self) {
        let lookup = self.lookup.borrow();
        let mut cycle = self.cycle.borrow_mut();
        cycle.sight = self.options.sight;
        for owner in &self.options.owners {
            match lookup.listed.get(owner) {
                None => cycle.unreadable.push(format!("{owner}/*").into()),
                Some(listing) => cycle.sight = cycle.sight.max(listing.sight),
            }
        }
    }

    /// Whether the repositories of every owner were listed: those of another
    /// are not discovered.
    pub(super) fn knows_every_owner(&self) -> bool {
        let lookup = self.lookup.borrow();
        let mut owners = self.options.owners.iter();
        owners.all(|owner| lookup.listed.contains_key(owner))
    }

    /// Whether a failure of one repository concerns nothing else: it was not
    /// named, only listed.
    pub(super) fn is_listed_only(&self, repo: &RepoName) -> bool {
        !self.options.repos.iter().any(|named| named.is(repo))
    }

    /// Without any readable repository there is nothing to begin with.
    pub(super) fn some_repo_is_readable(&self) -> Result<(), Fatal> {
        let unreadable = self.cycle.borrow().unreadable.len();
        let lookup = self.lookup.borrow();
        if unreadable == 0 || unreadable < self.repos.borrow().len() {
            return Ok(());
        }
        self.fatal("runs of any repository", lookup.refused.as_ref())
    }
}

fn listing_in(pages: &Pages) -> Listing {
    let mut listing = Listing {
        repos: Vec::new(),
        sight: Sight::Whole,
    };
    for said in &pages.answers {
        if let Said::Repos { repos, sight, .. } = &**said {
            listing.repos.extend(repos.iter().cloned());
            listing.sight = listing.sight.max(*sight);
        }
    }
    listing.repos.sort();
    listing.repos.dedup();
    listing
}
