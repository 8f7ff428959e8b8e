//! The run lists of one repository: the newest page, and filtered lists for
//! what lies below it.

use std::sync::Arc;

use super::discovery::{Lists, every_status, statuses};
use super::jobs::Got;
use super::list::{Follow, List, Pages};
use super::read::Freshness;
use super::{Breadth, Fatal, PollError, Poller, Source};
use crate::clock::Clock;
use crate::model::{RepoName, Said, Target, WorkflowRun};

impl<S: Source, C: Clock> Poller<'_, S, C> {
    /// Discovers the runs of one repository.
    pub(super) async fn discover(&self, repo: &RepoName) -> Result<Got, Fatal> {
        let from = self.clock.mono();
        let what = format!("runs of {repo}");
        let newest = self.runs(repo, None, Follow::FirstPage).await;
        let lacking = newest.lacking_in_first(runs_in(&newest).len());
        let mut got = self.note_pages(from, &what, &newest, lacking);
        if let Some(error) = &newest.error {
            self.refused(repo, &what, error)?;
            if !newest.is_withheld() {
                let name = repo.to_string().into();
                self.cycle.borrow_mut().unreadable.push(name);
            }
            return Ok(Got::Less);
        }
        let mut lists = Lists {
            from,
            newest: runs_in(&newest),
            filtered: Vec::new(),
            statuses: Vec::new(),
        };
        let total = newest.total.unwrap_or(u64::MAX);
        if (lists.newest.len() as u64) < total {
            self.note_full(&lists.newest);
            got = got.min(self.read_filtered(repo, &mut lists).await);
        }
        let only_unfiltered = self.discovery.borrow_mut().learn(repo, &lists);
        self.cycle.borrow_mut().only_unfiltered += only_unfiltered;
        Ok(got)
    }

    /// Notes that runs lie below the newest page.
    fn note_full(&self, newest: &[Arc<WorkflowRun>]) {
        let mut cycle = self.cycle.borrow_mut();
        cycle.page_full = true;
        cycle.open_below |= oldest_is_open(newest);
    }

    /// A repository that was named must open at the start; of those that were
    /// listed, some may not.
    pub(super) fn refused(
        &self,
        repo: &RepoName,
        what: &str,
        error: &PollError,
    ) -> Result<(), Fatal> {
        if !self.is_listed_only(repo) {
            return self.fatal(what, Some(error));
        }
        if matches!(error, PollError::NotFound(_)) {
            self.look_up_again();
        }
        self.lookup.borrow_mut().refused = Some(error.clone());
        Ok(())
    }

    /// Reads filtered lists, for runs below the newest page.
    async fn read_filtered(&self, repo: &RepoName, lists: &mut Lists) -> Got {
        let from = self.clock.mono();
        let turn = self.options.turn + self.cycle.borrow().number - 1;
        lists.statuses = match self.options.breadth {
            Breadth::Turns => statuses(turn, self.options.again),
            Breadth::Everything => every_status(),
        };
        let each = lists.statuses.iter();
        let each = each.map(|status| self.runs(repo, Some(status), Follow::All));
        let mut got = Got::All;
        for pages in self.concurrently(each).await {
            let runs = runs_in(&pages);
            let lacking = pages.lacking_of_an_index(runs.len());
            lists.filtered.extend(runs);
            let what = format!("filtered runs of {repo}");
            got = got.min(self.note_pages(from, &what, &pages, lacking));
        }
        got
    }

    async fn runs(&self, repo: &RepoName, status: Option<&str>, follow: Follow) -> Pages {
        let target = |page| Target::Runs {
            repo: repo.clone(),
            status: status.map(Into::into),
            page,
        };
        let list = List {
            follow,
            ..List::whole(Freshness::Revalidated)
        };
        self.list(target, list).await
    }
}

fn runs_in(pages: &Pages) -> Vec<Arc<WorkflowRun>> {
    let runs = pages.answers.iter().flat_map(|said| match &**said {
        Said::Runs { runs, .. } => runs.as_slice(),
        _ => &[],
    });
    runs.cloned().collect()
}

/// Whether open runs may well lie below the newest page.
fn oldest_is_open(newest: &[Arc<WorkflowRun>]) -> bool {
    newest.last().is_some_and(|run| !run.is_completed())
}
