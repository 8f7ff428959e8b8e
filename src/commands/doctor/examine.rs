//! The reads of a checkup, each tried whatever became of the others, and what
//! they come to. It knows no HTTP and no real clock.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};

use super::findings::{Around, Findings, Planned};
use super::log::{Ends, Log};
use super::reads::{Read, count};
use crate::clock::Clock;
use crate::commands::access::CredentialSource;
use crate::commands::target::Aim;
use crate::model::{
    Checkup, EtagsSeen, Mono, MonoWindow, Need, RepoName, RunId, Said, Scope, Span, Target,
};
use crate::poll::{PER_PAGE, PollError, Request, Source};

/// Of the repositories that were only listed, so many are looked into.
const SAMPLE: usize = 10;

/// No list is followed further: 10,000 repositories.
const MOST_PAGES: u32 = 100;

/// A token so fresh that some servers do not know it is tried again so often,
/// a second apart (`github-api.md` §8).
const RENEWALS: u32 = 5;

/// Reads of one list until one finds it unchanged.
const ETAG_TRIES: u32 = 2;

/// A checkup under way.
pub(super) struct Examiner<'a, S, C> {
    source: &'a S,
    clock: &'a C,
    aim: &'a Aim,
    max_concurrent: usize,
    log: RefCell<Log>,
}

impl<'a, S: Source, C: Clock> Examiner<'a, S, C> {
    pub(super) fn new(source: &'a S, clock: &'a C, aim: &'a Aim, max_concurrent: usize) -> Self {
        Self {
            source,
            clock,
            aim,
            max_concurrent: max_concurrent.max(1),
            log: RefCell::default(),
        }
    }

    pub(super) async fn examine(&self, from: &CredentialSource, planned: Planned) -> Checkup {
        let before = self.once(Target::RateLimit).await;
        let mut found = Findings::default();
        found.note_limit(&before);
        self.runners(&mut found).await;
        // Where nothing answers, every further read would wait in vain.
        if self.log.borrow().has_answers() {
            self.jobs(&mut found).await;
            self.deliveries(&mut found).await;
        }
        let after = self.once(Target::RateLimit).await;
        found.note_limit(&after);
        found.checkup(Around {
            log: &self.log.borrow(),
            ends: &Ends { before, after },
            from,
            planned,
            began: self.clock.wall() - (self.clock.mono() - Mono::from_millis(0)),
        })
    }

    /// One attempt, or as many as a fresh token needs; none once GitHub wants
    /// to be left alone.
    async fn ask(&self, request: Request) -> Read {
        let mut renewals = 0;
        loop {
            let sent = self.clock.mono();
            let back_off = self.log.borrow().back_off();
            if let Some(back_off) = back_off {
                return Read::withheld(request.target, sent, &back_off);
            }
            let reply = self.source.ask(&request).await;
            let window = MonoWindow {
                sent,
                received: self.clock.mono(),
            };
            let now = self.clock.wall();
            let read = Read::of(request.target.clone(), window, now, reply);
            self.log.borrow_mut().note(read.clone());
            if renewals == RENEWALS || !matches!(read.said, Err(PollError::Renewing(_))) {
                return read;
            }
            renewals += 1;
            self.clock.sleep(Span::secs(1)).await;
        }
    }

    async fn once(&self, target: Target) -> Read {
        self.ask(request(target, None, None)).await
    }

    async fn side_by_side<F: Future>(&self, reads: impl Iterator<Item = F>) -> Vec<F::Output> {
        let reads = stream::iter(reads).buffered(self.max_concurrent);
        reads.collect().await
    }

    /// The runners of every scope, and whether a list is known again.
    async fn runners(&self, found: &mut Findings) {
        let scopes = self.aim.scopes.iter();
        let lists = scopes.map(|scope| async move {
            let read = self.once(runners_of(scope)).await;
            let etags = self.etags(&read).await;
            (read, etags)
        });
        for (read, etags) in self.side_by_side(lists).await {
            found.fleet.runner_pages += read.pages();
            found.etags.extend(read.said.is_ok().then_some(etags));
            found.reads.push((read, Need::Needed));
        }
    }

    /// Asks whether a list has changed since it was read.
    async fn etags(&self, first: &Read) -> EtagsSeen {
        let Some(mut etag) = first.head.etag.clone() else {
            return EtagsSeen::Absent;
        };
        for _ in 0..ETAG_TRIES {
            let again = request(first.target.clone(), None, Some(Arc::clone(&etag)));
            let again = self.ask(again).await;
            match (&again.said, again.head.etag) {
                (Ok(Said::NotModified), _) => return EtagsSeen::Work,
                (Err(_), _) => return EtagsSeen::Unknown,
                (Ok(_), None) => return EtagsSeen::Ignored,
                (Ok(_), Some(same)) if same == etag => return EtagsSeen::Ignored,
                (Ok(_), Some(changed)) => etag = changed,
            }
        }
        EtagsSeen::Changed
    }

    /// Repositories, their newest runs, and the jobs of one run.
    async fn jobs(&self, found: &mut Findings) {
        let named = self.aim.repos.clone();
        let mut listed = self.listed(found).await;
        listed.retain(|repo| !named.iter().any(|named| named.is(repo)));
        found.fleet.repos = count(named.len() + listed.len());
        let needs = named.into_iter().map(|repo| (repo, Need::Needed));
        let samples = listed.into_iter().take(SAMPLE);
        let chosen = needs.chain(samples.map(|repo| (repo, Need::Sample)));
        let lists = chosen.map(|(repo, need)| async move {
            let read = self.once(runs_of(&repo)).await;
            (repo, read, need)
        });
        let mut run = None;
        for (repo, read, need) in self.side_by_side(lists).await {
            found.note_runs(&read);
            run = run.or_else(|| read.a_run().map(|run| (repo, run)));
            found.reads.push((read, need));
        }
        found.judge_samples();
        found.scale();
        if let Some((repo, run)) = run {
            let read = self.once(jobs_of(&repo, run)).await;
            found.fleet.job_pages = read.pages().max(1);
            found.reads.push((read, Need::Needed));
        }
    }

    /// The log of the webhook that is to be heard.
    async fn deliveries(&self, found: &mut Findings) {
        if let Some(hook) = self.aim.hook.clone() {
            let read = self.once(Target::Deliveries { hook, page: 1 }).await;
            found.fleet.log_pages = u64::from(read.items != Some(0));
            found.reads.push((read, Need::Needed));
        }
    }

    /// Active repositories of every owner, all pages.
    async fn listed(&self, found: &mut Findings) -> Vec<RepoName> {
        let mut all = BTreeSet::new();
        for owner in &self.aim.owners {
            let mut next = None;
            let mut of_owner = 0;
            for page in 1..=MOST_PAGES {
                let owner = Arc::clone(owner);
                let target = Target::Repos { owner, page };
                let mut read = self.ask(request(target, next, None)).await;
                found.fleet.repo_pages += 1;
                next = read.next.take();
                let active = read.active_repos();
                of_owner += active.len();
                all.extend(active);
                if next.is_none() || page == MOST_PAGES {
                    read.items = Some(count(of_owner));
                    found.reads.push((read, Need::Needed));
                    break;
                }
            }
        }
        all.into_iter().collect()
    }
}

fn request(target: Target, next: Option<Arc<str>>, etag: Option<Arc<str>>) -> Request {
    Request {
        target,
        next,
        per_page: PER_PAGE,
        etag,
    }
}

fn runners_of(scope: &Scope) -> Target {
    Target::Runners {
        scope: scope.clone(),
        page: 1,
    }
}

fn runs_of(repo: &RepoName) -> Target {
    Target::Runs {
        repo: repo.clone(),
        status: None,
        page: 1,
    }
}

fn jobs_of(repo: &RepoName, run: RunId) -> Target {
    Target::Jobs {
        repo: repo.clone(),
        run,
        page: 1,
    }
}
