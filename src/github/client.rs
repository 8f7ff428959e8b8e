//! The client: one request, one attempt, one reply, each with the credential
//! that opens its target.

use reqwest::{Method, Url};
use secrecy::SecretString;

use super::api::{Api, By};
use super::app::App;
use super::auth::{Credential, Secret};
use super::http::{Call, Called, ClientError, ClientOptions, Http};
use super::reply::Reading;
use crate::clock::{Clock, System};
use crate::model::{Hook, Scope, Target};
use crate::poll::{Head, PollError, Reply, Request, Source};

/// A [`Source`] over HTTP.
#[derive(Debug)]
pub(crate) struct Client<C = System> {
    http: Http,
    /// For everything that `runners` does not open.
    main: Bearer<C>,
    /// For runners alone, where one credential cannot read both.
    runners: Option<Bearer<C>>,
}

/// The credentials of a run.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    pub(crate) main: Credential,
    /// `--runners-token-file`.
    pub(crate) runners: Option<Credential>,
}

/// What the credentials are to open besides jobs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach<'a> {
    /// Whose runners.
    pub(crate) scopes: &'a [Scope],
    /// Whose deliveries.
    pub(crate) hook: Option<&'a Hook>,
    /// Permissions of an App that help, and are done without where they are
    /// not granted.
    pub(crate) helpful: &'static [&'static str],
}

/// What a credential is at work.
#[derive(Debug)]
enum Bearer<C> {
    Token(SecretString),
    App(Box<App<C>>),
}

impl<C> Bearer<C> {
    fn kind(&self) -> By {
        match self {
            Self::Token(_) => By::Token,
            Self::App(_) => By::App,
        }
    }
}

impl<C: Clock + Clone> Client<C> {
    /// A client for these runners and their jobs.
    pub(crate) fn new(
        api: Api,
        credentials: Credentials,
        reach: Reach<'_>,
        options: &ClientOptions,
        clock: &C,
    ) -> Result<Self, ClientError> {
        let bearer = |credential: Credential, reach: Reach<'_>| match credential.secret {
            Secret::Token(token) => Bearer::Token(token),
            Secret::App(key) => Bearer::App(Box::new(App::new(key, reach, clock.clone()))),
        };
        let of_main = Reach {
            scopes: match credentials.runners {
                Some(_) => &[],
                None => reach.scopes,
            },
            ..reach
        };
        let of_runners = Reach {
            hook: None,
            ..reach
        };
        Ok(Self {
            http: Http::new(api, options)?,
            main: bearer(credentials.main, of_main),
            runners: credentials.runners.map(|token| bearer(token, of_runners)),
        })
    }

    #[cfg(test)]
    pub(super) fn with_max_body(mut self, max_body: usize) -> Self {
        self.http = self.http.with_max_body(max_body);
        self
    }
}

impl<C: Clock> Client<C> {
    fn bearer(&self, target: &Target) -> &Bearer<C> {
        let of_runners = matches!(target, Target::Runners { .. } | Target::Runner { .. });
        let runners = self.runners.as_ref().filter(|_| of_runners);
        runners.unwrap_or(&self.main)
    }

    async fn attempt(&self, reading: &Reading<'_>, url: Url, token: &SecretString) -> Reply {
        let call = Call {
            method: Method::GET,
            url,
            bearer: token,
            etag: reading.request.etag.as_deref(),
            body: None,
        };
        let Called { answer, requests } = self.http.call(&call).await;
        let reply = match answer {
            Ok(answer) => reading.reply(&answer),
            Err(why) => reading.failed(asked(&call.url), PollError::NoAnswer(why)),
        };
        Reply { requests, ..reply }
    }
}

impl<C: Clock> Source for Client<C> {
    async fn ask(&self, request: &Request) -> Reply {
        let reading = Reading {
            api: &self.http.api,
            redactor: &self.http.redactor,
            request,
        };
        let bearer = self.bearer(&request.target);
        let Some(url) = self.http.api.url(request, bearer.kind()) else {
            let detail = "the next page is not on the API's own origin; not asked".to_owned();
            return reading.failed(Head::default(), PollError::Rejected(detail));
        };
        let app = match bearer {
            Bearer::Token(token) => return self.attempt(&reading, url, token).await,
            Bearer::App(app) => app,
        };
        match app.token(&self.http, &request.target).await {
            Err(error) => reading.failed(asked(&url), error),
            Ok(token) => {
                let reply = self.attempt(&reading, url, &token).await;
                app.judge(&token, reply).await
            }
        }
    }
}

fn asked(url: &Url) -> Head {
    Head {
        url: url.as_str().into(),
        ..Head::default()
    }
}
