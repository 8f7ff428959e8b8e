//! Pages of lists, what is wrong with them, and whether they changed.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use super::Hub;
use crate::model::Said;
use crate::poll::{PollError, Request};
use crate::sim::dice::Dice;
use crate::sim::trouble::Trouble;

impl Hub<'_> {
    /// Which items a page holds, how many there are, and where the next one
    /// is.
    pub(super) fn page(
        &self,
        request: &Request,
        page: u32,
        items: usize,
    ) -> (Range<usize>, u64, Option<Arc<str>>) {
        let asked = request.per_page as usize;
        // A list is followed two pages beyond what its total needs.
        let size = if self.has(Trouble::SmallPages) {
            items.div_ceil(3).clamp(1, asked)
        } else {
            asked
        };
        let from = (page as usize - 1) * size;
        let to = (from + size).min(items);
        let next =
            (to < items).then(|| format!("https://api.github.com/next?page={}", page + 1).into());
        (from.min(items)..to.max(from.min(items)), items as u64, next)
    }

    /// Lists have no stable order: another one every few hundred
    /// milliseconds.
    pub(super) fn disorder<T>(&self, items: &mut [T], at: i64, calm: bool) {
        if calm || !self.has(Trouble::UnstableOrder) || items.is_empty() {
            return;
        }
        let bucket = u64::try_from((at + 100_000_000) / 700).expect("later");
        let mut dice = Dice::of(self.world.seed ^ bucket);
        if dice.percent(50) {
            let by = dice.index(items.len());
            items.rotate_left(by);
        }
    }

    /// A total that is wrong or missing; items that cannot be read.
    pub(super) fn damage<T>(
        &self,
        items: &mut Vec<T>,
        total: u64,
        calm: bool,
    ) -> (Option<u64>, u32) {
        let mut total = Some(total);
        if calm {
            return (total, 0);
        }
        if self.has(Trouble::WrongTotals) && self.percent(4) {
            let off = self.dice.borrow_mut().below(4);
            total = total.map(|total| if off == 0 { 0 } else { total + off });
        }
        if self.has(Trouble::NoTotals) && self.percent(4) {
            total = None;
        }
        let hit = self.has(Trouble::Undecodable) && !items.is_empty() && self.percent(4);
        if hit {
            items.remove(self.dice.borrow_mut().index(items.len()));
        }
        (total, u32::from(hit))
    }

    /// A 304 when it is as it was.
    pub(super) fn revalidated(
        &self,
        request: &Request,
        said: Result<Said, PollError>,
    ) -> (Option<Arc<str>>, Result<Said, PollError>) {
        let Some(sum) = said
            .as_ref()
            .ok()
            .filter(|_| !self.has(Trouble::NoEtags))
            .and_then(|said| self.sum(said))
        else {
            return (None, said);
        };
        let etag: Arc<str> = format!("W/\"{sum:016x}\"").into();
        let known = request.etag.as_ref() == Some(&etag);
        (Some(etag), if known { Ok(Said::NotModified) } else { said })
    }

    fn sum(&self, said: &Said) -> Option<u64> {
        let blind = self.has(Trouble::BlindEtags);
        let mut sum = DefaultHasher::new();
        match said {
            Said::Runners {
                total,
                runners,
                undecodable,
            } => {
                (total, undecodable).hash(&mut sum);
                for runner in runners {
                    (runner.id, &runner.status, &runner.version).hash(&mut sum);
                    (runner.busy && !blind).hash(&mut sum);
                }
            }
            Said::Jobs {
                total,
                jobs,
                undecodable,
            } => {
                (total, undecodable).hash(&mut sum);
                for job in jobs {
                    (job.id, &job.status, &job.conclusion, job.completed_at).hash(&mut sum);
                    job.assignment
                        .as_ref()
                        .map(|on| on.runner_id)
                        .hash(&mut sum);
                    for step in &job.steps {
                        (&step.status, step.started_at, step.completed_at).hash(&mut sum);
                    }
                }
            }
            Said::Runs { total, runs, .. } => {
                total.hash(&mut sum);
                for run in runs {
                    (run.id, &run.status, run.updated_at).hash(&mut sum);
                }
            }
            Said::Repos { total, .. } => total.hash(&mut sum),
            Said::Runner(_)
            | Said::Run(_)
            | Said::Job(_)
            | Said::Annotations { .. }
            | Said::Deliveries { .. }
            | Said::RateLimit
            | Said::NotModified
            | Said::Failed(_) => {
                return None;
            }
        }
        Some(sum.finish())
    }
}
