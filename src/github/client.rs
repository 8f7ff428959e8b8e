//! The HTTP client: one request, one attempt, one reply. No retry, no cache,
//! no clock.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH,
};
use reqwest::{Certificate, Response, Url, redirect, retry};
use secrecy::ExposeSecret;

use super::api::Api;
use super::auth::Credential;
use super::fetch::{self, fetch};
use super::redact::Redactor;
use super::reply::Reading;
use crate::poll::{Head, PollError, Reply, Request, Source};

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

/// A [`Source`] over HTTP.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    api: Api,
    redactor: Redactor,
    timeout: Duration,
    max_body: usize,
}

impl Client {
    pub(crate) fn new(
        api: Api,
        credential: &Credential,
        options: &ClientOptions,
    ) -> Result<Self, ClientError> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("runner-desync/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers(credential))
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
            http: builder
                .build()
                .map_err(|error| setup_error(error, options))?,
            api,
            redactor: Redactor::new(credential.token().clone()),
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

    async fn attempt(&self, reading: &Reading<'_>, url: Url) -> Reply {
        let nowhere = || Head {
            url: url.as_str().into(),
            ..Head::default()
        };
        let send = |url| self.send(url, reading.request);
        let answer = fetch(&self.api, url.clone(), self.max_body, send);
        match tokio::time::timeout(self.timeout, answer).await {
            Ok(Ok(answer)) => reading.reply(&answer),
            Ok(Err(error)) => reading.failed(nowhere(), PollError::NoAnswer(fetch::cause(error))),
            Err(_) => {
                let detail = format!("timed out after {:?}", self.timeout);
                reading.failed(nowhere(), PollError::NoAnswer(detail))
            }
        }
    }

    async fn send(&self, url: Url, request: &Request) -> Result<Response, reqwest::Error> {
        let mut builder = self.http.get(url);
        if let Some(etag) = &request.etag {
            builder = builder.header(IF_NONE_MATCH, etag.as_ref());
        }
        builder.send().await
    }
}

impl Source for Client {
    async fn ask(&self, request: &Request) -> Reply {
        let reading = Reading {
            api: &self.api,
            redactor: &self.redactor,
            request,
        };
        let Some(url) = self.api.url(request) else {
            let detail = "the next page is not on the API's own origin; not asked".to_owned();
            return reading.failed(Head::default(), PollError::Rejected(detail));
        };
        self.attempt(&reading, url).await
    }
}

/// Headers of every request. `no-cache` keeps proxies between us and GitHub
/// from answering out of their store.
fn headers(credential: &Credential) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        ACCEPT,
        HeaderValue::from_static("application/vnd.github+json"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(
        HeaderName::from_static("x-github-api-version"),
        HeaderValue::from_static(API_VERSION),
    );
    let bearer = format!("Bearer {}", credential.token().expose_secret());
    // A credential with characters that no header can hold is never made.
    if let Ok(mut value) = HeaderValue::from_str(&bearer) {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    headers
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
