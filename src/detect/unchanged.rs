//! What a 304 refers to: the last body of the same list in the same run
//! (`evidence.md` §1).

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::facts::{ExchangeId, Facts};
use super::lane::{Answer, LookIndex, Seen};
use super::lanes::{LaneIndex, Moved};
use crate::model::{Exchange, JobKey, Runner, Target, UnknownReason};

/// A body that no answer has referred to for so many cycles is forgotten;
/// pollers ask about an idle repository more often than that.
const FORGOTTEN_AFTER: u32 = 1000;

/// Cycles between two looks at which bodies are so old.
const LOOKED_AT_EVERY: u32 = 100;

/// The last body of each list.
#[derive(Debug, Clone, Default)]
pub(super) struct Bodies(BTreeMap<Target, Body>);

#[derive(Debug, Clone)]
struct Body {
    /// Page sizes differ by it.
    url: Arc<str>,
    /// The last cycle that received it or referred to it.
    cycle: u32,
    /// Whether the list was refused since it last answered.
    refused: bool,
    items: Items,
}

/// What a list held.
#[derive(Debug, Clone)]
pub(super) enum Items {
    Runners(Vec<Listed>),
    Jobs(Vec<JobKey>),
}

/// A runner of a list.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) runner: Arc<Runner>,
    pub(super) index: LaneIndex,
    /// What it read.
    pub(super) seen: Seen,
    /// What it looked like.
    pub(super) look: Option<LookIndex>,
}

impl Bodies {
    pub(super) fn remember(&mut self, target: Target, url: Arc<str>, cycle: u32, items: Items) {
        let body = Body {
            url,
            cycle,
            refused: false,
            items,
        };
        self.0.insert(target, body);
    }

    /// Takes note that a list is refused; whether it had answered before.
    pub(super) fn refused(&mut self, target: &Target) -> bool {
        let body = self.0.get_mut(target);
        body.is_some_and(|body| !std::mem::replace(&mut body.refused, true))
    }

    /// The runners of the last body, before the next one is remembered.
    pub(super) fn take_runners(&mut self, target: &Target) -> Vec<Listed> {
        match self.0.get_mut(target).map(|body| &mut body.items) {
            Some(Items::Runners(runners)) => std::mem::take(runners),
            Some(Items::Jobs(_)) | None => Vec::new(),
        }
    }

    fn recall(&mut self, exchange: &Exchange) -> Option<&Items> {
        let body = self.0.get_mut(&exchange.target)?;
        let body = Some(body).filter(|body| body.url == exchange.url)?;
        body.cycle = exchange.cycle;
        body.refused = false;
        Some(&body.items)
    }

    pub(super) fn forget_before(&mut self, cycle: u32) {
        if cycle.is_multiple_of(LOOKED_AT_EVERY) {
            self.0
                .retain(|_, body| cycle <= body.cycle.saturating_add(FORGOTTEN_AFTER));
        }
    }

    /// Follows the runners to their new places.
    pub(super) fn follow(&mut self, moved: &Moved) {
        for body in self.0.values_mut() {
            if let Items::Runners(runners) = &mut body.items {
                runners.retain_mut(|listed| moved.moves(&mut listed.index));
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Facts {
    /// Takes in a 304: each item is as it was. Without the body it refers to
    /// it says nothing.
    pub(super) fn unchanged(&mut self, id: ExchangeId, answer: &Rc<Answer>, exchange: &Exchange) {
        match self.bodies.recall(exchange) {
            Some(Items::Runners(runners)) => {
                for listed in runners {
                    if let Some(lane) = self.lanes.at(listed.index) {
                        lane.listed = Some((id.run, exchange.cycle));
                        lane.push(answer, listed.seen, listed.look);
                    }
                }
            }
            Some(Items::Jobs(jobs)) => {
                for key in jobs {
                    if let Some(history) = self.jobs.get_mut(key) {
                        history.last_read = Some((id.run, exchange.cycle));
                    }
                }
            }
            None => self.lost_body(id, &exchange.target),
        }
    }

    fn lost_body(&mut self, id: ExchangeId, target: &Target) {
        let about_runners = matches!(target, Target::Runners { .. } | Target::Runner { .. });
        if let Some(run) = self.runs.get_mut(id.run.0).filter(|_| about_runners) {
            *run.failed.entry(UnknownReason::NotModified).or_insert(0) += 1;
        }
    }
}
