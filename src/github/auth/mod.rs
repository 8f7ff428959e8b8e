//! Credentials: a token, or a GitHub App that gets tokens of its own. Never
//! prints either.

mod file;
mod find;

use std::fmt;
use std::io;

use secrecy::SecretString;

use super::app::{AppKey, KeyError};

pub(crate) use find::{AppFiles, Sources, find_credential, token_from_file};

/// A credential and where it came from.
#[derive(Clone)]
pub(crate) struct Credential {
    pub(super) secret: Secret,
    source: String,
}

/// What opens GitHub.
#[derive(Clone)]
pub(super) enum Secret {
    Token(SecretString),
    App(AppKey),
}

/// Why there is no credential.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthError {
    #[error("no GitHub token found; tried {}", tried.join(", "))]
    Missing { tried: Vec<String> },
    #[error("cannot read the token from {name}")]
    Unreadable { name: String, source: io::Error },
    #[error("the token from {name} holds characters that a token cannot have")]
    Malformed { name: String },
    #[error("cannot use the App's private key from {name}")]
    Key { name: String, source: KeyError },
}

impl Credential {
    /// Trims; an empty token is none.
    pub(crate) fn new(token: &str, source: &str) -> Result<Option<Self>, AuthError> {
        let token = token.trim();
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            let name = source.to_owned();
            return Err(AuthError::Malformed { name });
        }
        Ok((!token.is_empty()).then(|| Self {
            secret: Secret::Token(token.into()),
            source: source.to_owned(),
        }))
    }

    /// A GitHub App by its private key.
    pub(crate) fn app(key: AppKey, source: String) -> Self {
        Self {
            secret: Secret::App(key),
            source,
        }
    }

    pub(crate) fn is_app(&self) -> bool {
        matches!(self.secret, Secret::App(_))
    }

    /// For people: `GH_TOKEN`, `token file x`, `gh auth token`.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential from {}", self.source)
    }
}
