//! The log of a webhook: deliveries are late, lost, repeated and in disorder,
//! and other events stand among them.

use std::cmp::Reverse;
use std::sync::Arc;

use super::Hub;
use crate::model::{About, Delivery, RepoId, Said};
use crate::poll::{PollError, Request};
use crate::sim::dice::Dice;
use crate::sim::truth::exactly;

/// Of a hundred deliveries so many get lost, tell of no repository, are made
/// twice.
const LOST: u64 = 10;
const NAMELESS: u64 = 5;
const TWICE: u64 = 10;

/// A delivery is at most so late, and stands in the log at most so much later.
const LATE: i64 = 120_000;
const LOGGED: i64 = 20_000;

impl Hub<'_> {
    pub(super) fn deliveries(
        &self,
        request: &Request,
        page: u32,
        at: i64,
    ) -> (Result<Said, PollError>, Option<Arc<str>>) {
        let mut all = self.delivered(at);
        all.sort_by_key(|delivery| Reverse(*delivery));
        let (range, _, next) = self.page(request, page, all.len());
        let said = Said::Deliveries {
            deliveries: all[range].to_vec(),
            undecodable: 0,
        };
        (Ok(said), next)
    }

    fn delivered(&self, at: i64) -> Vec<Delivery> {
        let mut all = Vec::new();
        for act in &self.world.acts {
            let repo = self.world.runs[act.run].repo as u64 + 1;
            for (event, told) in (0..).zip([act.created, act.start, act.close]) {
                let mut dice = Dice::of(self.world.seed ^ act.id << 8 ^ event);
                if dice.percent(LOST) {
                    continue;
                }
                let named = (!dice.percent(NAMELESS)).then_some(RepoId(repo));
                let job = About::Job(named);
                let again = dice.percent(TWICE).then_some(job);
                for about in [job, About::Other].into_iter().chain(again) {
                    let made = told + dice.tail(LATE);
                    let logged = made + dice.tail(LOGGED);
                    all.extend((logged <= at).then(|| Delivery {
                        at: exactly(made),
                        about,
                    }));
                }
            }
        }
        all
    }
}
