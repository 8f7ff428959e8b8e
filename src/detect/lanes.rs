//! The runners, each with what was read about it: found by scope and id, as a
//! list gives them, and gone through in the order of their keys.

use std::collections::{BTreeMap, HashMap};

use super::lane::Lane;
use crate::model::{Host, RunnerId, RunnerKey, Scope};

/// All runners.
#[derive(Debug, Clone, Default)]
pub(super) struct Lanes {
    all: Vec<Lane>,
    /// By the place of the runner.
    scope_of: Vec<ScopeIndex>,
    by_key: BTreeMap<RunnerKey, LaneIndex>,
    scopes: Vec<Listed>,
}

/// Place of a runner in [`Lanes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LaneIndex(u32);

/// Where the runners went: new places by the old ones.
#[derive(Debug, Clone)]
pub(super) struct Moved(Vec<Option<LaneIndex>>);

impl Moved {
    /// Moves a place; `false` when its runner was forgotten.
    pub(super) fn moves(&self, index: &mut LaneIndex) -> bool {
        let new = self.0.get(index.0 as usize).copied().flatten();
        if let Some(new) = new {
            *index = new;
        }
        new.is_some()
    }
}

/// Place of a scope in [`Lanes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScopeIndex(usize);

/// The runners of one scope.
#[derive(Debug, Clone)]
struct Listed {
    host: Host,
    scope: Scope,
    by_id: HashMap<RunnerId, LaneIndex>,
}

impl Lanes {
    /// The scope, for going through a list of its runners.
    pub(super) fn scope(&mut self, host: &Host, scope: &Scope) -> ScopeIndex {
        let mut known = self.scopes.iter();
        let known = known.position(|known| known.scope == *scope && known.host == *host);
        ScopeIndex(known.unwrap_or_else(|| {
            self.scopes.push(Listed {
                host: host.clone(),
                scope: scope.clone(),
                by_id: HashMap::new(),
            });
            self.scopes.len() - 1
        }))
    }

    /// A runner of a scope, known or new.
    pub(super) fn index(&mut self, scope: ScopeIndex, id: RunnerId) -> LaneIndex {
        let next = LaneIndex(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        let Some(listed) = self.scopes.get_mut(scope.0) else {
            return next;
        };
        let index = *listed.by_id.entry(id).or_insert(next);
        if index == next {
            let key = RunnerKey {
                host: listed.host.clone(),
                scope: listed.scope.clone(),
                id,
            };
            self.by_key.insert(key, index);
            self.all.push(Lane::default());
            self.scope_of.push(scope);
        }
        index
    }

    /// What was read about a runner.
    pub(super) fn at(&mut self, index: LaneIndex) -> Option<&mut Lane> {
        self.all.get_mut(index.0 as usize)
    }

    /// What was read about a runner, known or new.
    pub(super) fn of(&mut self, host: &Host, scope: &Scope, id: RunnerId) -> &mut Lane {
        let scope = self.scope(host, scope);
        let index = self.index(scope, id);
        &mut self.all[index.0 as usize]
    }

    /// The same by key.
    pub(super) fn of_key(&mut self, key: &RunnerKey) -> &mut Lane {
        self.of(&key.host, &key.scope, key.id)
    }

    /// Forgets the runners that are not to be kept. Gives the new place of
    /// each by its old one.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&Lane) -> bool) -> Moved {
        let mut next = 0;
        let mut places = Vec::with_capacity(self.all.len());
        for lane in &self.all {
            let place = keep(lane).then_some(LaneIndex(next));
            next += u32::from(place.is_some());
            places.push(place);
        }
        let moved = Moved(places);
        let mut kept = moved.0.iter().map(Option::is_some);
        self.all.retain(|_| kept.next() == Some(true));
        let mut kept = moved.0.iter().map(Option::is_some);
        self.scope_of.retain(|_| kept.next() == Some(true));
        self.by_key.retain(|_, index| moved.moves(index));
        for scope in &mut self.scopes {
            scope.by_id.retain(|_, index| moved.moves(index));
        }
        moved
    }

    /// What was read about a known runner.
    pub(super) fn get(&self, key: &RunnerKey) -> Option<&Lane> {
        self.all.get(self.by_key.get(key)?.0 as usize)
    }

    /// In the order of keys.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&RunnerKey, &Lane)> {
        let keys = self.by_key.iter();
        keys.filter_map(|(key, index)| Some((key, self.all.get(index.0 as usize)?)))
    }

    /// Each with its place, in the order of keys.
    pub(super) fn indexed(&self) -> impl Iterator<Item = (LaneIndex, &RunnerKey, &Lane)> {
        let keys = self.by_key.iter();
        keys.filter_map(|(key, &index)| Some((index, key, self.all.get(index.0 as usize)?)))
    }

    /// In the order of keys.
    pub(super) fn keys(&self) -> impl Iterator<Item = &RunnerKey> {
        self.by_key.keys()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Lane> {
        self.all.iter()
    }

    /// What was read about the runners of some scopes of a host, for changing.
    pub(super) fn of_scopes(
        &mut self,
        host: &Host,
        wanted: &[Scope],
    ) -> impl Iterator<Item = &mut Lane> {
        let scopes = self.scopes.iter();
        let scopes = scopes.map(|known| known.host == *host && wanted.contains(&known.scope));
        let wanted: Vec<_> = scopes.collect();
        let lanes = self.all.iter_mut().zip(&self.scope_of);
        lanes.filter_map(move |(lane, scope)| (wanted.get(scope.0) == Some(&true)).then_some(lane))
    }
}
