//! The private key of a GitHub App, and the short-lived JWT it signs
//! (`github-api.md` §8). Pure.

use std::fmt;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::model::{Span, Timestamp};

/// A clock that runs fast by less than this is no trouble.
const ISSUED_BEFORE: Span = Span::secs(60);

/// GitHub takes at most ten minutes.
const LIFETIME: Span = Span::secs(9 * 60);

/// An App's identity: who it is, and the key that shows it.
#[derive(Clone)]
pub(crate) struct AppKey {
    id: String,
    key: EncodingKey,
    /// The installation to use; looked up when absent.
    pub(super) installation: Option<u64>,
}

/// Why a text is no key. Never holds any of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("it is no RSA private key in PEM form (PKCS#1 or PKCS#8)")]
    NotAKey,
}

/// The claims GitHub wants.
#[derive(Serialize)]
struct Claims<'a> {
    iat: i64,
    exp: i64,
    iss: &'a str,
}

impl AppKey {
    /// Reads a PEM; line ends written as `\n`, as they come out of many
    /// secret stores, are understood.
    pub(crate) fn new(
        id: &str,
        pem: &SecretString,
        installation: Option<u64>,
    ) -> Result<Self, KeyError> {
        let pem = SecretString::from(pem.expose_secret().trim().replace("\\n", "\n"));
        let key = EncodingKey::from_rsa_pem(pem.expose_secret().as_bytes());
        let key = Self {
            id: id.trim().to_owned(),
            key: key.map_err(|_| KeyError::NotAKey)?,
            installation,
        };
        // A damaged key is found before the first request.
        key.jwt(Timestamp::from_millis(0))?;
        Ok(key)
    }

    /// A JWT for requests as the App itself; `now` is GitHub's time as far as
    /// known.
    pub(super) fn jwt(&self, now: Timestamp) -> Result<SecretString, KeyError> {
        let claims = Claims {
            iat: seconds(now - ISSUED_BEFORE),
            exp: seconds(now + LIFETIME),
            iss: &self.id,
        };
        let header = Header::new(Algorithm::RS256);
        let token = jsonwebtoken::encode(&header, &claims, &self.key);
        token.map(Into::into).map_err(|_| KeyError::NotAKey)
    }
}

impl fmt::Debug for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key of App {}", self.id)
    }
}

fn seconds(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(1000)
}
