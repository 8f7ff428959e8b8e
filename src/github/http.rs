//! Sending: one request to one origin, one attempt, a whole answer within the
//! time limit. No retry, no cache, no clock.

use std::cell::Cell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    IF_NONE_MATCH,
};
use reqwest::{Certificate, Method, Response, Url, redirect, retry};
use secrecy::{ExposeSecret, SecretString};

use super::api::Api;
use super::fetch::{self, Answer, fetch};
use super::redact::Redactor;

/// Far above any real answer; below what hurts.
const MAX_BODY: usize = 32 * 1024 * 1024;

/// The version all of this was written against; sent so that a change of
/// GitHub's default changes nothing here (`github-api.md` §7).
const API_VERSION: &str = "2022-11-28";

/// How to reach the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientOptions {
    /// For one whole attempt, redirects and body included.
    pub(crate) timeout: Duration,
    /// Certificates (PEM) trusted beside those of the system.
    pub(crate) ca_file: Option<PathBuf>,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    #[error("cannot read the certificates in `{}`", path.display())]
    CaUnreadable { path: PathBuf, source: io::Error },
    #[error("no certificate in PEM form in `{}`", path.display())]
    NoCertificate { path: PathBuf },
    #[error("cannot use the certificates in `{}`", path.display())]
    BadCertificate {
        path: PathBuf,
        source: reqwest::Error,
    },
    #[error("cannot set up HTTP")]
    Setup(#[source] reqwest::Error),
}

/// The way to one API.
#[derive(Debug)]
pub(super) struct Http {
    client: reqwest::Client,
    pub(super) api: Api,
    /// Knows every credential that was ever sent.
    pub(super) redactor: Redactor,
    timeout: Duration,
    max_body: usize,
}

/// One request.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    /// Never leaves the origin of the API.
    pub(super) bearer: &'a SecretString,
    pub(super) etag: Option<&'a str>,
    /// JSON.
    pub(super) body: Option<String>,
}

/// What became of a call.
pub(super) struct Called {
    /// The answer, or why there is none.
    pub(super) answer: Result<Answer, String>,
    /// Requests that were sent, redirects included.
    pub(super) requests: u32,
}

impl Http {
    pub(super) fn new(api: Api, options: &ClientOptions) -> Result<Self, ClientError> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("runner-desync/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers())
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false);
        if api.is_loopback() {
            builder = builder.no_proxy();
        }
        if let Some(path) = &options.ca_file {
            builder = builder.tls_certs_merge(certificates(path)?);
        }
        Ok(Self {
            client: builder
                .build()
                .map_err(|error| setup_error(error, options))?,
            api,
            redactor: Redactor::default(),
            timeout: options.timeout,
            max_body: MAX_BODY,
        })
    }

    /// A smaller cap, so that a test need not send 32 MiB.
    #[cfg(test)]
    pub(super) fn with_max_body(mut self, max_body: usize) -> Self {
        self.max_body = max_body;
        self
    }

    /// One attempt, to its end.
    pub(super) async fn call(&self, call: &Call<'_>) -> Called {
        self.redactor.learn(call.bearer);
        let requests = Cell::new(0);
        let send = |url| {
            requests.set(requests.get() + 1);
            self.send(url, call)
        };
        let answer = fetch(&self.api, call.url.clone(), self.max_body, send);
        let answer = match tokio::time::timeout(self.timeout, answer).await {
            Ok(answer) => answer.map_err(fetch::cause),
            Err(_) => Err(format!("timed out after {:?}", self.timeout)),
        };
        Called {
            answer,
            requests: requests.get(),
        }
    }

    async fn send(&self, url: Url, call: &Call<'_>) -> Result<Response, reqwest::Error> {
        let mut builder = self.client.request(call.method.clone(), url);
        if let Some(bearer) = authorization(call.bearer) {
            builder = builder.header(AUTHORIZATION, bearer);
        }
        if let Some(etag) = call.etag {
            builder = builder.header(IF_NONE_MATCH, etag);
        }
        if let Some(body) = &call.body {
            builder = builder.header(CONTENT_TYPE, "application/json");
            builder = builder.body(body.clone());
        }
        builder.send().await
    }
}

/// A credential with characters that no header can hold is never made.
fn authorization(bearer: &SecretString) -> Option<HeaderValue> {
    let text = SecretString::from(format!("Bearer {}", bearer.expose_secret()));
    let mut value = HeaderValue::from_str(text.expose_secret()).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Headers of every request. `no-cache` keeps proxies between us and GitHub
/// from answering out of their store.
fn headers() -> HeaderMap {
    let version = HeaderName::from_static("x-github-api-version");
    HeaderMap::from_iter([
        (
            ACCEPT,
            HeaderValue::from_static("application/vnd.github+json"),
        ),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (version, HeaderValue::from_static(API_VERSION)),
    ])
}

/// Only the certificates given can be at fault when HTTP cannot be set up
/// with them; their content is looked at no earlier.
fn setup_error(source: reqwest::Error, options: &ClientOptions) -> ClientError {
    match options.ca_file.clone() {
        Some(path) => ClientError::BadCertificate { path, source },
        None => ClientError::Setup(source),
    }
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, ClientError> {
    let pem = fs::read(path).map_err(|source| ClientError::CaUnreadable {
        path: path.to_owned(),
        source,
    })?;
    let found = Certificate::from_pem_bundle(&pem).ok();
    found
        .filter(|certificates| !certificates.is_empty())
        .ok_or_else(|| ClientError::NoCertificate {
            path: path.to_owned(),
        })
}
