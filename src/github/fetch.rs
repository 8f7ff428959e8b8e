//! Moving bytes: one GET with its same-origin redirects, and a body that is
//! read to its end or to the cap. Judges nothing.

use std::error::Error;
use std::io;

use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Response, StatusCode, Url};

use super::api::Api;

/// Redirects followed before an answer counts as none.
const MAX_REDIRECTS: u32 = 5;

/// What came back, read completely.
#[derive(Debug)]
pub(super) struct Answer {
    /// Where it came from, after redirects.
    pub(super) url: Url,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Result<Vec<u8>, BodyFault>,
}

/// Why there is no whole body.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BodyFault {
    #[error("body cut after {0} bytes")]
    Cut(usize),
    #[error("body larger than {0} bytes")]
    TooLarge(usize),
    #[error("redirected to another origin, which is no evidence")]
    Foreign,
    #[error("redirected to nowhere")]
    NoLocation,
    #[error("redirected more than {MAX_REDIRECTS} times")]
    TooManyRedirects,
}

/// Asks until something else than a redirect answers. `send` makes one
/// request; it is never called with a URL of another origin, so that the
/// credential cannot leave (`github-api.md` §4).
pub(super) async fn fetch<F>(
    api: &Api,
    first: Url,
    max_body: usize,
    send: impl Fn(Url) -> F,
) -> Result<Answer, reqwest::Error>
where
    F: Future<Output = Result<Response, reqwest::Error>>,
{
    let mut url = first;
    let mut followed = 0;
    loop {
        let response = send(url.clone()).await?;
        if !is_redirect(response.status()) {
            return Ok(read(url, response, max_body).await);
        }
        match target_of(api, &url, response.headers(), followed) {
            Ok(to) => url = to,
            Err(fault) => return Ok(unread(url, &response, fault)),
        }
        followed += 1;
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    )
}

fn target_of(api: &Api, url: &Url, headers: &HeaderMap, followed: u32) -> Result<Url, BodyFault> {
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let to = location.and_then(|location| url.join(location).ok());
    let to = to.ok_or(BodyFault::NoLocation)?;
    if !api.is_own(&to) {
        return Err(BodyFault::Foreign);
    }
    if followed == MAX_REDIRECTS {
        return Err(BodyFault::TooManyRedirects);
    }
    Ok(to)
}

fn unread(url: Url, response: &Response, fault: BodyFault) -> Answer {
    Answer {
        url,
        status: response.status(),
        headers: response.headers().clone(),
        body: Err(fault),
    }
}

async fn read(url: Url, mut response: Response, max_body: usize) -> Answer {
    let mut bytes = Vec::new();
    let fault = loop {
        match response.chunk().await {
            Ok(None) => break None,
            Err(_) => break Some(BodyFault::Cut(bytes.len())),
            // Counted after decompression: a small answer can unpack to
            // any size.
            Ok(Some(chunk)) if bytes.len() + chunk.len() > max_body => {
                break Some(BodyFault::TooLarge(max_body));
            }
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
        }
    };
    Answer {
        url,
        status: response.status(),
        headers: response.headers().clone(),
        body: fault.map_or(Ok(bytes), Err),
    }
}

/// A short cause for people, without any URL.
pub(super) fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let text = chain(&error)
        .last()
        .map_or_else(|| error.to_string(), ToString::to_string);
    if chain(&error).any(|cause| cause.to_string() == "tunnel error: unsuccessful") {
        return "the proxy refused the connection".to_owned();
    }
    if error.is_dns() {
        return format!("cannot resolve the host name: {text}");
    }
    match io_kind(&error) {
        Some(io::ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => {
            "connection reset".to_owned()
        }
        Some(io::ErrorKind::InvalidData) => format!("TLS failed: {text}"),
        _ if error.is_connect() => format!("cannot connect: {text}"),
        _ => format!("connection lost: {text}"),
    }
}

type Cause<'a> = &'a (dyn Error + 'static);

fn chain(error: Cause<'_>) -> impl Iterator<Item = Cause<'_>> {
    fn deeper<'a>(error: &Cause<'a>) -> Option<Cause<'a>> {
        let error: Cause<'a> = *error;
        error.source()
    }
    std::iter::successors(Some(error), deeper)
}

fn io_kind(error: Cause<'_>) -> Option<io::ErrorKind> {
    chain(error)
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .map(inner_kind)
        .last()
}

/// One I/O error may wrap another, which `source` then passes over.
fn inner_kind(error: &io::Error) -> io::ErrorKind {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    inner.map_or_else(|| error.kind(), inner_kind)
}
