//! What earlier lines of the same run said, so that later lines can say
//! "the same" or "the same but for this".
//!
//! Writer and reader keep the very same bases, as both fold the same lines.
//! A base is named by the `seq` of its line: if damage has swallowed that
//! line, whatever rests on it is dropped, and a wrong answer can never be
//! made. Bases never outlive the header of a run.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use lru::LruCache;

use crate::model::{Job, Runner, Said, Target, WorkflowRun};

/// After so many answers that rest on a full one, the next is full again, so
/// that a damaged line costs some hours of one page at most.
const FULL_AGAIN_AFTER: u32 = 512;

/// The last 200 answer of a target.
#[derive(Debug, Clone)]
pub(super) struct Base {
    /// Of the line that states it.
    pub(super) seq: u64,
    pub(super) target: Target,
    pub(super) url: Arc<str>,
    pub(super) etag: Option<Arc<str>>,
    /// Lists sorted by id.
    pub(super) said: Said,
    /// Answers that rest on the last full one.
    pub(super) leaning: u32,
}

impl Base {
    /// Whether another answer may rest on it.
    pub(super) fn is_fresh(&self) -> bool {
        self.leaning < FULL_AGAIN_AFTER
    }
}

/// A change that a line makes to the bases, once it is in the file.
#[derive(Debug)]
pub(super) enum Update {
    /// A header: nothing before it counts.
    Run(u64),
    /// A full or changed answer.
    Set(Box<Base>),
    /// An answer rested on this line.
    Leant(u64),
}

/// Bases kept at once; the one that nothing rested on for longest goes first.
/// Both sides count alike, so that neither knows one that the other has let go.
/// Pollers ask about as many lists in turn.
const KEPT: usize = 4096;

/// All bases of the current run.
#[derive(Debug)]
pub(super) struct Bases {
    /// `seq` of the header.
    run: Option<u64>,
    by_target: LruCache<Target, Base>,
    by_seq: HashMap<u64, Target>,
}

impl Default for Bases {
    fn default() -> Self {
        Self {
            run: None,
            by_target: LruCache::unbounded(),
            by_seq: HashMap::new(),
        }
    }
}

impl Bases {
    pub(super) fn run(&self) -> Option<u64> {
        self.run
    }

    pub(super) fn at(&self, seq: u64) -> Option<&Base> {
        self.by_target.peek(self.by_seq.get(&seq)?)
    }

    pub(super) fn of(&self, target: &Target) -> Option<&Base> {
        self.by_target.peek(target)
    }

    pub(super) fn apply(&mut self, updates: Vec<Update>) {
        for update in updates {
            match update {
                Update::Run(seq) => {
                    *self = Self {
                        run: Some(seq),
                        ..Self::default()
                    };
                }
                Update::Set(base) => self.set(*base),
                Update::Leant(seq) => {
                    let target = self.by_seq.get(&seq);
                    if let Some(base) = target.and_then(|target| self.by_target.get_mut(target)) {
                        base.leaning += 1;
                    }
                }
            }
        }
    }

    /// For an answer that did not get into the file: nothing may refer to
    /// it, nor to what its target said before.
    pub(super) fn forget(&mut self, target: &Target) {
        if let Some(base) = self.by_target.pop(target) {
            self.by_seq.remove(&base.seq);
        }
    }

    fn set(&mut self, base: Base) {
        self.by_seq.insert(base.seq, base.target.clone());
        if let Some(old) = self.by_target.put(base.target.clone(), base) {
            self.by_seq.remove(&old.seq);
        }
        if KEPT < self.by_target.len()
            && let Some((_, oldest)) = self.by_target.pop_lru()
        {
            self.by_seq.remove(&oldest.seq);
        }
    }
}

/// One item of a list answer.
pub(super) trait Item: Clone + PartialEq {
    fn id(&self) -> u64;
}

impl Item for Runner {
    fn id(&self) -> u64 {
        self.id.0
    }
}

impl Item for WorkflowRun {
    fn id(&self) -> u64 {
        self.id.0
    }
}

impl<T: Item + Eq> Item for Arc<T> {
    fn id(&self) -> u64 {
        T::id(self)
    }
}

impl Item for Job {
    fn id(&self) -> u64 {
        self.id.0
    }
}

/// An answer with its list in order of id. GitHub's order means nothing
/// (`github-api.md` §4), so it is not recorded.
pub(super) fn in_order(mut said: Said) -> Said {
    match &mut said {
        Said::Runners { runners, .. } => runners.sort_by_key(Item::id),
        Said::Runs { runs, .. } => runs.sort_by_key(Item::id),
        Said::Jobs { jobs, .. } => jobs.sort_by_key(Item::id),
        Said::Repos { repos, .. } => repos.sort_unstable(),
        Said::Runner(_)
        | Said::Run(_)
        | Said::Job(_)
        | Said::Annotations { .. }
        | Said::Deliveries { .. }
        | Said::RateLimit
        | Said::NotModified
        | Said::Failed(_) => {}
    }
    said
}

/// Items new or changed, and ids gone, between two lists in order of id.
/// `None` when an id is there twice or a full list is as short.
pub(super) fn changes<T: Item>(old: &[T], new: &[T]) -> Option<(Vec<T>, Vec<u64>)> {
    if has_twins(old) || has_twins(new) {
        return None;
    }
    let find = |list: &[T], id| list.binary_search_by_key(&id, Item::id).ok();
    let changed: Vec<T> = new
        .iter()
        .filter(|item| find(old, item.id()).is_none_or(|at| old[at] != **item))
        .cloned()
        .collect();
    let gone: Vec<u64> = old
        .iter()
        .map(Item::id)
        .filter(|id| find(new, *id).is_none())
        .collect();
    (changed.len() + gone.len() < new.len().max(1)).then_some((changed, gone))
}

/// The reverse of [`changes`].
pub(super) fn changed<T: Item>(old: &[T], items: Vec<T>, gone: &[u64]) -> Vec<T> {
    let mut new = old.to_vec();
    if !gone.is_empty() {
        let gone: HashSet<u64> = gone.iter().copied().collect();
        new.retain(|item| !gone.contains(&item.id()));
    }
    let mut added = Vec::new();
    for item in items {
        match new.binary_search_by_key(&item.id(), Item::id) {
            Ok(known) => new[known] = item,
            Err(_) => added.push(item),
        }
    }
    if !added.is_empty() {
        new.extend(added);
        new.sort_by_key(Item::id);
    }
    new
}

fn has_twins<T: Item>(sorted: &[T]) -> bool {
    sorted.windows(2).any(|pair| pair[0].id() == pair[1].id())
}
