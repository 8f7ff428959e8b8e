//! A list, page by page.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::stream::{FuturesOrdered, StreamExt};

use super::jobs::Got;
use super::read::{Answer, Freshness, PER_PAGE};
use super::{PollError, Poller, Request, Source};
use crate::clock::Clock;
use crate::model::{Mono, Said, Target, Timestamp, UnknownReason, WorkflowRun};

/// Page sizes, tried in turn when GitHub cannot build a large page in its
/// 10 s (`github-api.md` §4).
const SIZES: [u32; 3] = [PER_PAGE, 50, 30];

/// A filtered list ends at so many results, without an error
/// (`github-api.md` §2).
const INDEXED: usize = 1000;

/// No list is followed much beyond what it said it holds.
const MOST_PAGES: u32 = 200;

/// A list, as far as it could be read.
#[derive(Debug, Default)]
pub(super) struct Pages {
    pub(super) answers: Vec<Arc<Said>>,
    /// The largest that a page stated. A total that drops while pages are read
    /// says that items moved to pages already read, where nobody saw them.
    pub(super) total: Option<u64>,
    pub(super) per_page: u32,
    /// Why a page is missing.
    pub(super) error: Option<PollError>,
    /// Whether the last page read is not the last one there is.
    pub(super) goes_on: bool,
}

/// How a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct List {
    pub(super) follow: Follow,
    pub(super) freshness: Freshness,
    /// Page size to begin with.
    pub(super) largest: u32,
    pub(super) most_pages: u32,
}

/// How far a list is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    All,
    FirstPage,
    /// Newest first, to a page of nothing but runs created before, or with a
    /// delivery made before.
    DownTo(Timestamp),
}

impl Follow {
    /// Whether more is wanted after what there is.
    fn wants_more(self, answers: &[Arc<Said>]) -> bool {
        match self {
            Self::All => true,
            Self::FirstPage => false,
            Self::DownTo(since) => {
                let last = answers.last();
                !last.is_some_and(|said| is_before(said, since))
            }
        }
    }
}

fn is_before(said: &Said, since: Timestamp) -> bool {
    let before = |run: &Arc<WorkflowRun>| run.created_at.is_some_and(|at| at < since);
    match said {
        Said::Runs { runs, .. } => !runs.is_empty() && runs.iter().all(before),
        Said::Deliveries { deliveries, .. } => deliveries.iter().any(|it| it.at < since),
        _ => false,
    }
}

impl List {
    pub(super) fn whole(freshness: Freshness) -> Self {
        Self {
            follow: Follow::All,
            freshness,
            largest: PER_PAGE,
            most_pages: MOST_PAGES,
        }
    }
}

impl<S: Source, C: Clock> Poller<'_, S, C> {
    /// Reads a list page by page, with smaller pages when large ones fail.
    pub(super) async fn list(&self, target: impl Fn(u32) -> Target, list: List) -> Pages {
        let mut pages = Pages::default();
        for size in SIZES.into_iter().filter(|&size| size <= list.largest) {
            pages = self.list_by(&target, list, size).await;
            let cut = matches!(&pages.error, Some(PollError::NotAnAnswer(_)));
            if !cut || !may_shrink(&request(target(1), None, size)) {
                break;
            }
        }
        pages
    }

    async fn list_by(&self, target: &impl Fn(u32) -> Target, list: List, per_page: u32) -> Pages {
        let List {
            follow, freshness, ..
        } = list;
        let mut pages = Pages {
            per_page,
            ..Pages::default()
        };
        let known = self.known_pages(target, follow, per_page);
        let mut page = u32::try_from(known.len()).unwrap_or(MOST_PAGES);
        let known = known.iter().map(|request| self.read(request, freshness));
        let mut known: FuturesOrdered<_> = known.collect();
        let mut next = None;
        while let Some(answer) = known.next().await {
            next = pages.add(answer);
        }
        let mut followed = BTreeSet::new();
        while follow.wants_more(&pages.answers)
            && pages.may_have(page + 1, per_page)
            && page < list.most_pages
        {
            let Some(following) = next.take() else { break };
            if !followed.insert(Arc::clone(&following)) {
                pages.circle();
                break;
            }
            page += 1;
            let request = request(target(page), Some(following), per_page);
            next = pages.add(self.read(&request, freshness).await);
        }
        pages.goes_on = next.is_some();
        pages
    }

    /// A list that is not whole is a gap: missing items are unknown.
    /// What was never asked has a gap of its own for all requests.
    pub(super) fn note_pages(
        &self,
        from: Mono,
        what: &str,
        pages: &Pages,
        lacking: Option<UnknownReason>,
    ) -> Got {
        match lacking {
            Some(_) if pages.is_withheld() => Got::Less,
            Some(reason) => {
                self.gap(from, what, reason);
                Got::Less
            }
            None => Got::All,
        }
    }

    /// The pages that a list had when it was last read, which can be asked
    /// for side by side; at least the first.
    fn known_pages(
        &self,
        target: &impl Fn(u32) -> Target,
        follow: Follow,
        per_page: u32,
    ) -> Vec<Request> {
        let mut etags = self.etags.borrow_mut();
        let mut known = vec![request(target(1), None, per_page)];
        if follow != Follow::All || self.breaker.is_open() {
            return known;
        }
        for page in 2..=MOST_PAGES {
            let last = known.last().and_then(|request| etags.recall(request));
            let Some(next) = last.and_then(|last| last.next.clone()) else {
                break;
            };
            let next = request(target(page), Some(next), per_page);
            if etags.recall(&next).is_none() {
                break;
            }
            known.push(next);
        }
        known
    }
}

fn request(target: Target, next: Option<Arc<str>>, per_page: u32) -> Request {
    Request {
        target,
        next,
        per_page,
        etag: None,
    }
}

impl Pages {
    /// Why a list that gave so many distinct items is not whole, if it is not.
    pub(super) fn lacking(&self, items: usize) -> Option<UnknownReason> {
        self.short_of(self.total, items)
    }

    /// The same of a first page alone: one without items of a list that says it
    /// has some. What else a total counts is not known well enough.
    pub(super) fn lacking_in_first(&self, items: usize) -> Option<UnknownReason> {
        self.short_of(self.total.map(|total| total.min(1)), items)
    }

    /// The same of a list that an index gives: its total is as stale as it is.
    /// That more are missing is said by an end at 1,000 items, and by a list
    /// without items that says it has some.
    pub(super) fn lacking_of_an_index(&self, items: usize) -> Option<UnknownReason> {
        let total = self.total.filter(|_| INDEXED <= items || items == 0);
        self.short_of(total, items)
    }

    fn short_of(&self, total: Option<u64>, items: usize) -> Option<UnknownReason> {
        let short = total.is_some_and(|total| (items as u64) < total);
        let incomplete = short.then_some(UnknownReason::IncompletePages);
        self.fault().or(incomplete)
    }

    /// What is wrong with the pages that were asked for, however many there
    /// are.
    pub(super) fn fault(&self) -> Option<UnknownReason> {
        let failed = self.error.as_ref().map(PollError::reason);
        let odd = 0 < self.undecodable();
        failed.or(odd.then_some(UnknownReason::Undecodable))
    }

    /// Whether a page is missing that was never asked for.
    pub(super) fn is_withheld(&self) -> bool {
        matches!(self.error, Some(PollError::Withheld { .. }))
    }

    /// Items of which nothing could be read.
    pub(super) fn undecodable(&self) -> u64 {
        let each = self.answers.iter().map(|said| match &**said {
            Said::Runners { undecodable, .. }
            | Said::Runs { undecodable, .. }
            | Said::Jobs { undecodable, .. }
            | Said::Annotations { undecodable, .. }
            | Said::Deliveries { undecodable, .. }
            | Said::Repos { undecodable, .. } => u64::from(*undecodable),
            Said::Runner(_)
            | Said::Run(_)
            | Said::Job(_)
            | Said::RateLimit
            | Said::NotModified
            | Said::Failed(_) => 0,
        });
        each.sum()
    }

    /// Takes a page in; returns where the next one is.
    fn add(&mut self, answer: Result<Answer, PollError>) -> Option<Arc<str>> {
        match answer {
            Ok(Answer { said, next, .. }) => {
                self.total = self.total.max(total(&said));
                self.answers.push(said);
                next
            }
            Err(error) => {
                self.error.get_or_insert(error);
                None
            }
        }
    }

    /// The next page was read before. Without a total nobody knows where such
    /// pages end.
    fn circle(&mut self) {
        if self.total.is_none() {
            let circle = || PollError::NotAnAnswer("the pages lead in a circle".to_owned());
            self.error.get_or_insert_with(circle);
        }
    }

    /// Whether the list can have such a page, with room for its growing.
    fn may_have(&self, page: u32, per_page: u32) -> bool {
        let most = self
            .total
            .map(|total| total.div_ceil(u64::from(per_page)) + 2);
        u64::from(page) <= most.unwrap_or(u64::from(MOST_PAGES)) && page <= MOST_PAGES
    }
}

fn total(said: &Said) -> Option<u64> {
    match said {
        Said::Runners { total, .. }
        | Said::Runs { total, .. }
        | Said::Jobs { total, .. }
        | Said::Repos { total, .. } => *total,
        Said::Runner(_)
        | Said::Run(_)
        | Said::Job(_)
        | Said::Annotations { .. }
        | Said::Deliveries { .. }
        | Said::RateLimit
        | Said::NotModified
        | Said::Failed(_) => None,
    }
}

/// Whether a list that fails is asked for in smaller pages: GitHub is known to
/// fail to build large ones of jobs.
pub(super) fn may_shrink(request: &Request) -> bool {
    let [.., smallest] = SIZES;
    let of_jobs = matches!(request.target, Target::Jobs { .. } | Target::AllJobs { .. });
    of_jobs && smallest < request.per_page
}
