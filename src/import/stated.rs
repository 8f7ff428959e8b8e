//! Whether lists of jobs show all that they state, all files together: a page
//! is in one, and the next one in another.

use std::collections::{BTreeMap, BTreeSet};

use super::StatedJobs;
use crate::model::{Host, ImportedJob, JobId, RunId};

/// All jobs that are given, and all lists that show but some of theirs.
pub(crate) struct Lists<'a> {
    given: BTreeMap<(&'a Host, RunId, Option<u32>), BTreeSet<JobId>>,
    pages: BTreeMap<(&'a Host, RunId, u64), Vec<&'a StatedJobs>>,
}

impl<'a> Lists<'a> {
    pub(crate) fn of(
        jobs: &'a [ImportedJob],
        stated: impl Iterator<Item = &'a StatedJobs>,
    ) -> Self {
        let mut given: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for ImportedJob { host, job } in jobs {
            if let Some(run) = job.run_id {
                let of_attempt = given.entry((host, run, job.run_attempt)).or_default();
                of_attempt.insert(job.id);
            }
        }
        let mut pages: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for page in stated {
            let known: &mut Vec<&StatedJobs> =
                pages.entry((&page.host, page.run, page.total)).or_default();
            // One page given twice is one.
            if known.iter().all(|known| known.shown != page.shown) {
                known.push(page);
            }
        }
        Self { given, pages }
    }

    /// How many of the jobs that a list states are given, where some are not.
    ///
    /// A list of one attempt has no jobs of another: those count for it only
    /// where it is a page of a list of all attempts.
    pub(crate) fn lacking(&self, list: &StatedJobs) -> Option<u64> {
        let of_all = self.of_all_attempts(list);
        if of_all == Some(list.total) {
            return None;
        }
        let of_one = self.of_its_attempt(list);
        let shown = of_one.or(of_all).unwrap_or(list.shown.len() as u64);
        (shown < list.total).then_some(shown)
    }

    /// Jobs given of the one attempt of which a list shows jobs.
    fn of_its_attempt(&self, list: &StatedJobs) -> Option<u64> {
        let attempt = list.attempts.first().filter(|_| list.attempts.len() == 1)?;
        let given = self.given.get(&(&list.host, list.run, *attempt))?;
        Some(given.len() as u64)
    }

    /// Jobs that all pages show which can be of one list with this one, if it
    /// is of several attempts: one of the pages shows that. Pages that share
    /// jobs are of several lists.
    fn of_all_attempts(&self, list: &StatedJobs) -> Option<u64> {
        let pages = self.pages.get(&(&list.host, list.run, list.total))?;
        let mixed = pages.iter().any(|page| 1 < page.attempts.len());
        let all: BTreeSet<_> = pages.iter().flat_map(|page| &page.shown).collect();
        let sum: usize = pages.iter().map(|page| page.shown.len()).sum();
        (mixed && all.len() == sum).then_some(sum as u64)
    }
}
