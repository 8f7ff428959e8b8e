//! Which repositories are at work, by the log of a webhook's deliveries: one
//! request in place of a list for each of them (`github-api.md` §10).
//!
//! A hint and no more. What it tells of is read sooner than it would be, and
//! what it is silent about is still read by turns, only more slowly: a delivery
//! can be lost. Since when a repository was read is never moved by it. A log
//! that cannot be read, or not down to where it was read before, is no silence:
//! then everything takes its turn as if there were no log.

use std::collections::{BTreeMap, BTreeSet};

use super::jobs::Got;
use super::list::{Follow, List, Pages};
use super::read::{Freshness, PER_PAGE};
use super::{Poller, Source};
use crate::clock::Clock;
use crate::model::{
    About, Delivery, Mono, RepoId, RepoName, Said, Span, Target, Timestamp, UnknownReason,
};

/// Deliveries do not come in strict order: those made so long before the
/// newest that was heard may be new.
const DISORDER: Span = Span::secs(60);

/// A list of runs may not show at once what a delivery tells of: for so long
/// it is read in each cycle.
const AWAKE: Span = Span::secs(60);

/// Pages of the log that one cycle reads: it may hold other events, too.
const MOST_PAGES: u32 = 5;

/// What the log has told.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// When the newest delivery was made of those heard.
    until: Option<Timestamp>,
    /// When each of the newest was first heard, by the run's clock.
    recent: BTreeMap<Delivery, Mono>,
    /// A webhook need not be subscribed to jobs. One that has never told of
    /// any is not believed to be silent.
    of_jobs: bool,
    /// By the repositories that are listed with an id.
    names: BTreeMap<RepoId, RepoName>,
    /// Ids that were looked for among the repositories once.
    looked_for: BTreeSet<RepoId>,
    /// When deliveries were missed, until every repository has been listed
    /// since: what they told is found by the turns alone.
    missed_at: Option<Mono>,
}

/// What can be made of the log in a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Log {
    /// All that was delivered is heard.
    Whole,
    /// There is none, or it lacks something.
    Lacking,
}

impl<S: Source, C: Clock> Poller<'_, S, C> {
    /// Hears the log; wakes the repositories it tells of.
    pub(super) async fn hear(&self) -> Log {
        let Some(hook) = self.options.hook.clone() else {
            return Log::Lacking;
        };
        let from = self.clock.mono();
        let since = self.heard.borrow().since();
        let target = |page| Target::Deliveries {
            hook: hook.clone(),
            page,
        };
        let pages = self.list(
            target,
            List {
                follow: since.map_or(Follow::FirstPage, Follow::DownTo),
                freshness: Freshness::Unconditional,
                largest: PER_PAGE,
                most_pages: MOST_PAGES,
            },
        );
        let pages = pages.await;
        let lacking = pages.fault().or(broken_off(&pages, since));
        let deliveries = deliveries_in(&pages);
        self.wake(&deliveries, from);
        let got = self.note_pages(from, &target(1).to_string(), &pages, lacking);
        let mut heard = self.heard.borrow_mut();
        if lacking == Some(UnknownReason::IncompletePages) {
            heard.missed_at = Some(from);
        } else if got == Got::Less {
            return Log::Lacking;
        }
        heard.hear_until(deliveries.iter().map(|delivery| delivery.at).max());
        let listed = self
            .discovery
            .borrow()
            .all_listed_from(&self.repos.borrow());
        heard.missed_at = heard.missed_at.filter(|missed| listed < Some(*missed));
        match heard.missed_at {
            None if heard.of_jobs => Log::Whole,
            None | Some(_) => Log::Lacking,
        }
    }

    /// Repositories with news are due. One that nobody has listed with that id
    /// may be any of those without, or new.
    fn wake(&self, deliveries: &[Delivery], now: Mono) {
        let mut heard = self.heard.borrow_mut();
        let mut discovery = self.discovery.borrow_mut();
        let (mut of_unnamed, mut of_new) = (false, false);
        for delivery in deliveries {
            let About::Job(id) = delivery.about else {
                continue;
            };
            heard.of_jobs = true;
            if !heard.is_news(*delivery, now) {
                continue;
            }
            if let Some(repo) = id.and_then(|id| heard.names.get(&id)) {
                discovery.wake(repo);
                continue;
            }
            of_unnamed = true;
            // Another owner's, unless it is new.
            of_new |= id.is_some_and(|id| heard.looked_for.insert(id));
        }
        if of_unnamed {
            let named: BTreeSet<_> = heard.names.values().collect();
            let repos = self.repos.borrow();
            let unnamed = repos.iter().filter(|repo| !named.contains(repo));
            unnamed.for_each(|repo| discovery.wake(repo));
        }
        if of_new {
            self.look_up_again();
        }
    }

    /// What is recorded of a page: what it says that was not heard before.
    pub(super) fn news_in(&self, said: Said) -> Said {
        let since = self.heard.borrow().since();
        match said {
            Said::Deliveries {
                mut deliveries,
                undecodable,
            } => {
                deliveries.retain(|delivery| since <= Some(delivery.at));
                Said::Deliveries {
                    deliveries,
                    undecodable,
                }
            }
            other => other,
        }
    }
}

impl Heard {
    /// Everything before it was heard.
    fn since(&self) -> Option<Timestamp> {
        self.until.map(|until| until - DISORDER)
    }

    /// Whether it was heard for the first time, now or a short while ago.
    fn is_news(&mut self, delivery: Delivery, now: Mono) -> bool {
        if Some(delivery.at) < self.since() {
            return false;
        }
        let first = *self.recent.entry(delivery).or_insert(now);
        now - first < AWAKE
    }

    fn hear_until(&mut self, newest: Option<Timestamp>) {
        self.until = self.until.max(newest);
        let since = self.since();
        self.recent.retain(|delivery, _| since <= Some(delivery.at));
    }

    /// Takes in what repositories are called.
    pub(super) fn learn_names(&mut self, names: impl Iterator<Item = (RepoId, RepoName)>) {
        self.names = names.collect();
    }
}

fn deliveries_in(pages: &Pages) -> Vec<Delivery> {
    let deliveries = pages.answers.iter().flat_map(|said| match &**said {
        Said::Deliveries { deliveries, .. } => deliveries.as_slice(),
        _ => &[],
    });
    deliveries.copied().collect()
}

/// Whether the pages end before what was heard of old.
fn broken_off(pages: &Pages, since: Option<Timestamp>) -> Option<UnknownReason> {
    let oldest = deliveries_in(pages).iter().map(|it| it.at).min();
    let reached = !pages.goes_on || since.is_none() || oldest < since;
    (!reached).then_some(UnknownReason::IncompletePages)
}
