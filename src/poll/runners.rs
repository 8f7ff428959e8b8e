//! The runners of every scope, whatever their flags.

use std::collections::BTreeSet;

use super::list::{List, Pages};
use super::read::Freshness;
use super::{Fatal, Poller, Source};
use crate::clock::Clock;
use crate::model::{RunnerId, Said, Scope, Span, Target};

/// Kept free before a lag limit is over: a cycle never begins to the
/// millisecond.
const EARLY: Span = Span::secs(1);

impl<S: Source, C: Clock> Poller<'_, S, C> {
    pub(super) async fn read_runners(&self) -> Result<(), Fatal> {
        let mut expected: u64 = 0;
        let mut read = 0;
        for scope in &self.options.scopes {
            let from = self.clock.mono();
            let pages = self.list_runners(scope).await;
            let what = format!("runners of {scope}");
            let got = runners_in(&pages);
            self.note_pages(from, &what, &pages, pages.lacking(got.len()));
            let seen = got.len() as u64;
            let total = pages.total.unwrap_or(0).max(seen + pages.undecodable());
            read += seen;
            expected = expected.saturating_add(self.expected_of(scope, &pages, total));
            // A cycle that ends here has not read them all.
            self.cycle.borrow_mut().runners_expected = expected;
            self.fatal(&what, pages.error.as_ref())?;
        }
        let mut cycle = self.cycle.borrow_mut();
        cycle.runners_expected = expected;
        cycle.runners_read = read;
        Ok(())
    }

    /// How many runners a scope has: where its list failed, as many as it had
    /// before, and at least one.
    fn expected_of(&self, scope: &Scope, pages: &Pages, total: u64) -> u64 {
        let mut registered = self.registered.borrow_mut();
        if pages.error.is_none() {
            registered.insert(scope.clone(), total);
            return total;
        }
        let before = registered.get(scope).copied();
        total.max(before.unwrap_or(1)).max(1)
    }

    async fn list_runners(&self, scope: &Scope) -> Pages {
        let target = |page| Target::Runners {
            scope: scope.clone(),
            page,
        };
        let from = self.clock.mono();
        let freshness = self.freshness_of_runners(scope);
        let pages = self.list(target, List::whole(freshness)).await;
        if freshness == Freshness::Unconditional && pages.error.is_none() {
            self.read_whole.borrow_mut().insert(scope.clone(), from);
        }
        pages
    }

    /// Every page of runners is read without a condition at least once per
    /// lag limit (`evidence.md` §1): now, if the next cycle would be too late.
    fn freshness_of_runners(&self, scope: &Scope) -> Freshness {
        let whole = self.read_whole.borrow().get(scope).copied();
        let next = self.clock.mono() + self.spacing.get() + EARLY;
        match whole {
            Some(whole) if next <= whole + self.options.lag_limit => Freshness::Revalidated,
            Some(_) | None => Freshness::Unconditional,
        }
    }
}

/// Distinct runners of a list.
fn runners_in(pages: &Pages) -> BTreeSet<RunnerId> {
    let runners = pages.answers.iter().flat_map(|said| match &**said {
        Said::Runners { runners, .. } => runners.as_slice(),
        _ => &[],
    });
    runners.map(|runner| runner.id).collect()
}
