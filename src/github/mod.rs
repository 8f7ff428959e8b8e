//! GitHub's REST API: the only user of reqwest and the only holder of a
//! credential.
//!
//! One read is one attempt. This room never retries a read, waits, follows
//! pages or caches (a cached answer is a false observation): all of that is
//! the poller's, where it is recorded. An App's tokens are got here, when a
//! read needs one.

mod api;
mod app;
mod auth;
mod client;
mod fault;
mod fetch;
mod head;
mod http;
mod link;
mod redact;
mod reply;
#[cfg(test)]
mod tests;

pub(crate) use api::Api;
pub(crate) use auth::{AppFiles, AuthError, Credential, Sources, find_credential, token_from_file};
pub(crate) use client::{Client, Credentials, Reach};
pub(crate) use http::ClientOptions;
