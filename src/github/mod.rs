//! GitHub's REST API: the only user of reqwest and the only holder of a
//! credential.
//!
//! One request is one attempt. This room never retries, waits, follows pages
//! or caches (a cached answer is a false observation) and reads no clock:
//! all of that is the poller's, where it is recorded.

mod api;
mod auth;
mod client;
mod fault;
mod fetch;
mod head;
mod link;
mod redact;
mod reply;
#[cfg(test)]
mod tests;

pub(crate) use api::Api;
pub(crate) use auth::{AuthError, Credential, Sources, find_credential};
pub(crate) use client::{Client, ClientOptions};
