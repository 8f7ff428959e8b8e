//! Whether the credential saw a scope when it read a 404 in it: gone, or no
//! access (`github-api.md` §9).

use super::facts::{Facts, When};
use super::placed::PlacedReading;
use crate::model::{RunnerKey, Timestamp};

/// When the list of a scope's runners answered, and when the credential was
/// refused what it could read before: that list, or one of jobs.
#[derive(Debug, Clone, Default)]
pub(super) struct Sights {
    listed: Option<When>,
    /// From the last answer before a refusal to the first one after it.
    blind: Vec<(Option<When>, Option<When>)>,
}

impl Sights {
    /// The list answered with 200.
    pub(super) fn answered(&mut self, when: When) {
        self.listed = Some(when);
        if let Some((_, until @ None)) = self.blind.last_mut() {
            *until = Some(when);
        }
    }

    /// The list was refused: 401, 403 or 404.
    pub(super) fn refused(&mut self) {
        if !matches!(self.blind.last(), Some((_, None))) {
            self.blind.push((self.listed, None));
        }
    }
}

/// The same, placed in time.
#[derive(Debug, Clone, Default)]
pub(super) struct Sight {
    listed: Option<Timestamp>,
    blind: Vec<(Option<Timestamp>, Option<Timestamp>)>,
}

impl Sight {
    pub(super) fn of(facts: &Facts, key: &RunnerKey) -> Self {
        let scope = (key.host.clone(), key.scope.clone());
        let Some(sights) = facts.sights.get(&scope) else {
            return Self::default();
        };
        let sent = |when: Option<When>| Some(facts.place(when?)?.window.sent);
        let blind = sights.blind.iter();
        Self {
            listed: sent(sights.listed),
            blind: blind
                .map(|(from, until)| (sent(*from), sent(*until)))
                .collect(),
        }
    }

    /// Whether a 404 was about the runner: the list answered after it, and was
    /// not refused between the answers before and after it.
    pub(super) fn vouches_for(&self, reading: &PlacedReading) -> bool {
        let window = reading.window;
        let blind = self.blind.iter().any(|&(from, until)| {
            let began = from.is_none_or(|from| from <= window.received);
            began && until.is_none_or(|until| window.sent <= until)
        });
        !blind && self.listed.is_some_and(|listed| window.received <= listed)
    }
}
