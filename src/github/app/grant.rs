//! Getting a token: the installation is looked up, a token is asked for with
//! the least permissions.

use reqwest::header::DATE;
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::App;
use super::account::Account;
use crate::clock::Clock;
use crate::github::fault::{Refusal, status_line};
use crate::github::fetch::Answer;
use crate::github::head;
use crate::github::http::{Call, Http};
use crate::github::redact::Redactor;
use crate::github::reply::down;
use crate::model::{Mono, Span, Timestamp};
use crate::poll::PollError;

/// Tokens live an hour; they are replaced this long before their end.
const AHEAD: Span = Span::secs(5 * 60);

/// Limits are reset within it; any other time is nonsense.
const HOUR: Span = Span::secs(3600);

/// An installation token.
pub(super) struct Grant {
    pub(super) token: SecretString,
    pub(super) granted_at: Mono,
    pub(super) renew_at: Mono,
    /// When it opens nothing any more, as far as is known.
    pub(super) ends_at: Mono,
    pub(super) standing: Standing,
}

/// What is known of a token's worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Not used with success yet.
    New,
    /// Likewise, and got because the one before was refused.
    Replacement,
    Accepted,
}

impl<C: Clock> App<C> {
    pub(super) async fn grant(
        &self,
        http: &Http,
        account: &Account,
        standing: Standing,
    ) -> Result<Grant, PollError> {
        let named = |error: PollError| {
            error.reworded(|text| format!("no App token for {}: {text}", account.name))
        };
        let installation = match self.key.installation {
            Some(id) => id,
            None => self.installation(http, account).await.map_err(named)?,
        };
        self.token_of(http, installation, standing)
            .await
            .map_err(named)
    }

    /// Looks the installation up, and whether it allows what is needed.
    async fn installation(&self, http: &Http, account: &Account) -> Result<u64, PollError> {
        let path: Vec<&str> = account.lookup.iter().map(String::as_str).collect();
        let (_, found) = self.ask_as_app(http, Method::GET, &path, None).await?;
        if found.get("suspended_at").is_some_and(|at| !at.is_null()) {
            let detail = "the App's installation is suspended".to_owned();
            return Err(PollError::Forbidden {
                detail,
                permission: None,
            });
        }
        let granted = found.get("permissions").and_then(Value::as_object);
        if let Some(granted) = granted {
            let lacks = |name: &&&str| !granted.contains_key(**name) && **name != "metadata";
            let missing: Vec<_> = self.permissions.iter().filter(lacks).copied().collect();
            if !missing.is_empty() {
                let detail = "the App's installation lacks a permission";
                return Err(forbidden(detail, &missing));
            }
        }
        let id = found.get("id").and_then(Value::as_u64);
        id.ok_or_else(|| PollError::NotAnAnswer("an installation without an id".to_owned()))
    }

    async fn token_of(
        &self,
        http: &Http,
        installation: u64,
        standing: Standing,
    ) -> Result<Grant, PollError> {
        let id = installation.to_string();
        let path = ["app", "installations", &id, "access_tokens"];
        let mut asked = self.ask_for(http, &path, self.helpful).await;
        if matches!(asked, Err(PollError::Rejected(_))) && !self.helpful.is_empty() {
            asked = self.ask_for(http, &path, &[]).await;
        }
        let (date, given) = asked.map_err(|error| match error {
            // What GitHub answers when the installation has less than that.
            PollError::Rejected(detail) => forbidden(&detail, &self.permissions),
            other => other,
        })?;
        let unusable = || PollError::NotAnAnswer("an answer without a token".to_owned());
        let token = given.get("token").and_then(Value::as_str);
        let token = SecretString::from(token.ok_or_else(unusable)?);
        let expires = given.get("expires_at").and_then(Value::as_str);
        let expires = expires.and_then(Timestamp::parse);
        let granted_at = self.clock.mono();
        let now = date.unwrap_or_else(|| self.wall());
        let life = expires.map_or(Span::secs(3600), |at| (at - now).max(Span::ZERO));
        Ok(Grant {
            token,
            granted_at,
            renew_at: granted_at + use_for(life),
            ends_at: granted_at + life,
            standing,
        })
    }

    /// A token for what is needed, and for what helps.
    async fn ask_for(
        &self,
        http: &Http,
        path: &[&str],
        helpful: &[&'static str],
    ) -> Result<(Option<Timestamp>, Value), PollError> {
        let wanted = self.permissions.iter().chain(helpful);
        let wanted = wanted.map(|name| ((*name).to_owned(), json!("read")));
        let wanted: serde_json::Map<_, _> = wanted.collect();
        let body = json!({ "permissions": wanted }).to_string();
        self.ask_as_app(http, Method::POST, path, Some(body)).await
    }

    /// One request as the App itself; a second one when GitHub does not take
    /// our clock, by its own.
    async fn ask_as_app(
        &self,
        http: &Http,
        method: Method,
        path: &[&str],
        body: Option<String>,
    ) -> Result<(Option<Timestamp>, Value), PollError> {
        let once = || async {
            let jwt = self.jwt()?;
            let call = Call {
                method: method.clone(),
                url: http.api.at(path),
                bearer: &jwt,
                etag: None,
                body: body.clone(),
            };
            let called = http.call(&call).await;
            called.answer.map_err(PollError::NoAnswer)
        };
        let mut answer = once().await?;
        if let Some(date) = clock_trouble(&answer) {
            self.offset.set(date - self.clock.wall());
            answer = once().await?;
        }
        Ok((date_of(&answer), object(&answer, &http.redactor)?))
    }

    /// A token for what only the App itself may ask, by GitHub's time as far as
    /// that is known.
    pub(super) fn jwt(&self) -> Result<SecretString, PollError> {
        let jwt = self.key.jwt(self.wall());
        jwt.map_err(|error| PollError::Unauthorized(error.to_string()))
    }

    /// GitHub's time, as far as known.
    fn wall(&self) -> Timestamp {
        self.clock.wall() + self.offset.get()
    }
}

fn forbidden(detail: &str, permissions: &[&str]) -> PollError {
    let needed: Vec<_> = permissions
        .iter()
        .map(|name| format!("{name}=read"))
        .collect();
    let needed = needed.join(", ");
    PollError::Forbidden {
        detail: format!("{detail}; needed: {needed}"),
        permission: Some(needed),
    }
}

/// How long a token is used that lives so long.
fn use_for(life: Span) -> Span {
    let half = Span::millis(life.as_millis() / 2);
    (life - AHEAD).max(half)
}

fn date_of(answer: &Answer) -> Option<Timestamp> {
    let date = head::text(&answer.headers, DATE.as_str());
    date.and_then(Timestamp::parse_http_date)
}

/// GitHub's time, when it refused a JWT for ours.
fn clock_trouble(answer: &Answer) -> Option<Timestamp> {
    if answer.status != StatusCode::UNAUTHORIZED {
        return None;
    }
    let text = json_of(answer)?.get("message")?.as_str()?.to_owned();
    let signs = ["Issued at", "Expiration time"];
    let names_time = signs.iter().any(|sign| text.contains(sign));
    date_of(answer).filter(|_| names_time)
}

fn json_of(answer: &Answer) -> Option<Value> {
    let text = str::from_utf8(answer.body.as_ref().ok()?).ok()?;
    parsed(text)
}

fn parsed(text: &str) -> Option<Value> {
    serde_json::from_str::<Value>(text)
        .ok()
        .filter(Value::is_object)
}

/// The object a success holds, or what a refusal means. Of a success nothing
/// is quoted: it holds a token.
fn object(answer: &Answer, redactor: &Redactor) -> Result<Value, PollError> {
    if answer.status.is_success() {
        let line = status_line(answer.status, &answer.headers);
        let nothing = || PollError::NotAnAnswer(format!("{line} without JSON"));
        return json_of(answer).ok_or_else(nothing);
    }
    let head = head::read("", answer.status.as_u16(), &answer.headers);
    // Masked whole: a message is cut, and half a token is no match.
    let json = json_of(answer).and_then(|json| parsed(&redactor.exact(&json.to_string())));
    let refusal = Refusal {
        status: answer.status,
        headers: &answer.headers,
        rate: head.rate,
        body: json.as_ref(),
    };
    if answer.status.is_server_error() {
        return Err(down(
            status_line(answer.status, &answer.headers),
            &answer.headers,
        ));
    }
    Err(from_now(refusal.error(), date_of(answer)))
}

/// A limit that ends at a time ends after a while: the clock by which it does is
/// that of this answer, which nobody sees.
fn from_now(error: PollError, date: Option<Timestamp>) -> PollError {
    match error {
        PollError::Limited {
            detail,
            retry_after,
            reset,
        } => {
            let left = reset.zip(date).map(|(reset, date)| reset - date);
            let left = left.filter(|left| Span::ZERO <= *left && *left <= HOUR);
            let left = left.map(|left| left + Span::secs(1));
            PollError::Limited {
                detail,
                retry_after: retry_after.or(left),
                reset: None,
            }
        }
        other => other,
    }
}
