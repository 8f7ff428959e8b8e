//! A GitHub App at work: an installation token for each account that is read,
//! got when it is needed and replaced in time (`github-api.md` §8).
//!
//! Asking for a token is no reading: it is neither recorded nor retried here.
//! What fails with it is the read that needed it.

mod account;
mod grant;
mod key;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use account::Account;
use grant::{Grant, Standing};

use super::client::Reach;
use super::http::Http;
use crate::clock::Clock;
use crate::model::{Hook, Mono, Scope, Span, Target};
use crate::poll::{PollError, Reply};

pub(crate) use key::{AppKey, KeyError};

/// How long a fresh token may be unknown to some of GitHub's servers.
const REPLICATION: Span = Span::secs(5);

/// After a token was refused to us, nobody asks for it again before.
const REST: Span = Span::secs(30);

/// After GitHub gave no answer to that, nobody asks before so long: as long as
/// a read waits for its second attempt, not for its third.
const PAUSE: Span = Span::millis(500);

/// A limit that states no time is waited for so long (`github-api.md` §6).
const LIMIT: Span = Span::secs(60);

/// An App and the tokens it holds.
pub(super) struct App<C> {
    key: AppKey,
    /// What tokens are asked for: the least that the target needs.
    permissions: Vec<&'static str>,
    helpful: &'static [&'static str],
    clock: C,
    /// GitHub's clock less ours, once a JWT was refused for it.
    offset: Cell<Span>,
    /// Locked while a token is being got, so that one read gets it for all.
    held: Mutex<BTreeMap<String, Held>>,
}

/// What there is for an account.
enum Held {
    Granted(Grant),
    /// The token was refused; the next one is its replacement.
    Refused,
    /// No token was given, and none is asked for until then.
    Denied(PollError, Mono),
}

impl<C: Clock> App<C> {
    /// An App that is to read these, and jobs.
    pub(super) fn new(key: AppKey, reach: Reach<'_>, clock: C) -> Self {
        Self {
            key,
            permissions: permissions(reach),
            helpful: reach.helpful,
            clock,
            offset: Cell::new(Span::ZERO),
            held: Mutex::new(BTreeMap::new()),
        }
    }

    /// A token that opens the target, a new one when the old one is about to
    /// expire.
    pub(super) async fn token(
        &self,
        http: &Http,
        target: &Target,
    ) -> Result<SecretString, PollError> {
        if target.is_of_an_app() {
            return self.jwt();
        }
        let mut held = self.held.lock().await;
        let Some(account) = Account::of(target) else {
            return any(&held);
        };
        let now = self.clock.mono();
        let standing = match held.get(&account.name) {
            Some(Held::Granted(grant)) if now < grant.renew_at => return Ok(grant.token.clone()),
            Some(Held::Denied(error, until)) if now < *until => {
                return Err(still(error.clone(), *until - now));
            }
            Some(Held::Refused) => Standing::Replacement,
            Some(Held::Granted(_) | Held::Denied(..)) | None => Standing::New,
        };
        let error = match self.grant(http, &account, standing).await {
            Ok(grant) => {
                let token = grant.token.clone();
                held.insert(account.name, Held::Granted(grant));
                return Ok(token);
            }
            Err(error) => error,
        };
        let now = self.clock.mono();
        let lasts = lasts(&error);
        match held.get_mut(&account.name) {
            // The old one still opens: it is replaced a little later.
            Some(Held::Granted(grant)) if lasts.is_some() && now < grant.ends_at => {
                grant.renew_at = now + REST.max(lasts.unwrap_or(REST));
                return Ok(grant.token.clone());
            }
            _ => {}
        }
        let until = now + lasts.unwrap_or(REST);
        held.insert(account.name, Held::Denied(error.clone(), until));
        Err(error)
    }

    /// Takes note of how GitHub took the token. A 401 to a fresh one, or to
    /// one that can be replaced, is no verdict on the App.
    pub(super) async fn judge(&self, token: &SecretString, reply: Reply) -> Reply {
        let mut held = self.held.lock().await;
        let mut all = held.values_mut();
        let own = all.find(|held| matches!(held, Held::Granted(grant) if is(grant, token)));
        let Err(PollError::Unauthorized(detail)) = reply.said else {
            if let Some(Held::Granted(grant)) = own {
                grant.standing = Standing::Accepted;
            }
            return reply;
        };
        let error = match own {
            // Another read has had it replaced meanwhile.
            None => PollError::Renewing(detail),
            Some(held) => self.refused(held, detail),
        };
        Reply {
            said: Err(error),
            ..reply
        }
    }

    fn refused(&self, held: &mut Held, detail: String) -> PollError {
        let Held::Granted(grant) = held else {
            return PollError::Renewing(detail);
        };
        let fresh = self.clock.mono() - grant.granted_at < REPLICATION;
        match grant.standing {
            Standing::New | Standing::Replacement if fresh => PollError::Renewing(detail),
            Standing::Replacement => PollError::Unauthorized(detail),
            Standing::New | Standing::Accepted => {
                *held = Held::Refused;
                PollError::Renewing(detail)
            }
        }
    }
}

impl<C> fmt::Debug for App<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(f)
    }
}

/// What belongs to nobody is read with any token there is.
fn any(held: &BTreeMap<String, Held>) -> Result<SecretString, PollError> {
    let granted = held.values().find_map(|held| match held {
        Held::Granted(grant) => Some(grant.token.clone()),
        Held::Refused | Held::Denied(..) => None,
    });
    let none = || PollError::Rejected("the App holds no token yet".to_owned());
    granted.ok_or_else(none)
}

/// How long it lasts that GitHub said nothing about the App: as long as it
/// states, or a read that is tried again may find it well. `None` of what is
/// about the App.
fn lasts(error: &PollError) -> Option<Span> {
    match error {
        PollError::NoAnswer(_) | PollError::NotAnAnswer(_) => Some(PAUSE),
        PollError::Limited { retry_after, .. } => Some(retry_after.unwrap_or(LIMIT)),
        PollError::Unavailable { retry_after, .. } => Some(*retry_after),
        PollError::Undecodable(_)
        | PollError::Unauthorized(_)
        | PollError::Renewing(_)
        | PollError::Forbidden { .. }
        | PollError::NotFound(_)
        | PollError::Rejected(_)
        | PollError::Withheld { .. } => None,
    }
}

/// The same a while later: what is left of a stated time.
fn still(error: PollError, left: Span) -> PollError {
    match error {
        PollError::Limited { detail, .. } => PollError::Limited {
            detail,
            retry_after: Some(left),
            reset: None,
        },
        PollError::Unavailable { detail, .. } => PollError::Unavailable {
            detail,
            retry_after: left,
        },
        other => other,
    }
}

fn is(grant: &Grant, token: &SecretString) -> bool {
    grant.token.expose_secret() == token.expose_secret()
}

/// What a token must open, each for reading.
fn permissions(reach: Reach<'_>) -> Vec<&'static str> {
    let runners = reach.scopes.iter().filter_map(|scope| match scope {
        Scope::Repo(_) => Some("administration"),
        Scope::Org(_) => Some("organization_self_hosted_runners"),
        // No App has a permission for these.
        Scope::Enterprise(_) => None,
    });
    let hooks = reach.hook.and_then(|hook| match hook {
        // The App itself reads it.
        Hook::App => None,
        Hook::Org { .. } => Some("organization_hooks"),
        Hook::Repo { .. } => Some("repository_hooks"),
    });
    let always = ["actions", "metadata"].into_iter();
    let mut all: Vec<_> = always.chain(runners).chain(hooks).collect();
    all.sort_unstable();
    all.dedup();
    all
}
