//! A GitHub App that is installed on the fake: its key, its installations,
//! and the tokens they were given.

use std::sync::LazyLock;
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value, json};

use super::reply::Reply;
use super::route::{Asked, Route};
use crate::support::time::{FakeClock, Offset};

/// Made when first needed: a private key in a repository is one too many.
static KEY: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).expect("a key"));

/// GitHub takes no JWT that lives longer.
const LONGEST_JWT: i64 = 600;

/// The App of a fake.
#[derive(Debug, Clone)]
pub(crate) struct AppSpec {
    pub(crate) id: String,
    /// Accounts it is installed on, in the order of their ids from 1.
    accounts: Vec<String>,
    /// What the installations grant.
    permissions: Map<String, Value>,
    /// Whether the installations see every repository.
    pub(crate) selection: &'static str,
    /// How long a token lives.
    pub(crate) life: Duration,
    /// Uses for which a fresh token is unknown to the server that is asked.
    pub(crate) unknown_uses: usize,
    issued: Vec<Issued>,
}

#[derive(Debug, Clone)]
struct Issued {
    token: String,
    account: String,
    expires: Offset,
    uses: usize,
}

impl AppSpec {
    /// Installed on one account with all that this program needs.
    pub(crate) fn new(id: &str, account: &str) -> Self {
        Self {
            id: id.to_owned(),
            accounts: vec![account.to_owned()],
            permissions: Map::new(),
            selection: "all",
            life: Duration::from_secs(3600),
            unknown_uses: 0,
            issued: Vec::new(),
        }
        .grants("actions")
        .grants("administration")
        .grants("metadata")
        .grants("organization_self_hosted_runners")
    }

    /// On another account too.
    pub(crate) fn on(mut self, account: &str) -> Self {
        self.accounts.push(account.to_owned());
        self
    }

    pub(crate) fn grants(mut self, permission: &str) -> Self {
        self.permissions
            .insert(permission.to_owned(), json!("read"));
        self
    }

    pub(crate) fn lacks(mut self, permission: &str) -> Self {
        self.permissions.remove(permission);
        self
    }

    /// Its private key, PKCS#8 PEM.
    pub(crate) fn key() -> String {
        let der: Pkcs8V1Der = KEY.as_der().expect("a key as PKCS#8");
        let text = BASE64_STANDARD.encode(der.as_ref());
        format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
    }

    /// Every token it was given.
    pub(crate) fn tokens(&self) -> Vec<String> {
        self.issued
            .iter()
            .map(|issued| issued.token.clone())
            .collect()
    }

    /// None of its tokens is good any more.
    pub(crate) fn revoke(&mut self) {
        for issued in &mut self.issued {
            issued.expires = Offset::MIN;
        }
    }

    /// What is wrong with a JWT.
    pub(super) fn jwt_fault(&self, jwt: &str, clock: &FakeClock, now: Offset) -> Option<Reply> {
        let mut rules = Validation::new(Algorithm::RS256);
        rules.validate_exp = false;
        rules.set_required_spec_claims(&["iss"]);
        rules.set_issuer(&[&self.id]);
        let key = DecodingKey::from_rsa_der(KEY.public_key().as_ref());
        let refused = |message: &str| Some(Reply::error(401, message));
        let Ok(known) = jsonwebtoken::decode::<Value>(jwt, &key, &rules) else {
            return refused("A JSON web token could not be decoded");
        };
        let claim = |name: &str| known.claims[name].as_i64().unwrap_or(i64::MAX);
        let now = clock.epoch_seconds(now);
        if now < claim("iat") {
            return refused(
                "'Issued at' claim ('iat') must be an Integer representing the time that the \
                 assertion was issued",
            );
        }
        if claim("exp") <= now || now + LONGEST_JWT < claim("exp") {
            return refused("'Expiration time' claim ('exp') is too far in the future");
        }
        None
    }

    /// The account whose token that is, while it is good.
    pub(super) fn account_of(&mut self, token: &str, now: Offset) -> Option<String> {
        let unknown = self.unknown_uses;
        let issued = self
            .issued
            .iter_mut()
            .find(|issued| issued.token == token)?;
        issued.uses += 1;
        let good = now < issued.expires && unknown < issued.uses;
        good.then(|| issued.account.clone())
    }

    /// Whose token that is, good or not.
    pub(super) fn owner_of(&self, token: &str) -> Option<&str> {
        let issued = self.issued.iter().find(|issued| issued.token == token);
        issued.map(|issued| issued.account.as_str())
    }

    /// `GET …/installation`.
    pub(super) fn installation(&self, route: &Route, base: &str, clock: &FakeClock) -> Reply {
        let account = route.scope.split('/').nth(1).unwrap_or_default();
        let place = self.accounts.iter().position(|own| own == account);
        let Some(place) = place else {
            return Reply::error(404, "Not Found");
        };
        let id = place as u64 + 1;
        let url = format!("{base}/app/installations/{id}");
        let at = clock.whole(Offset(0));
        let body = json!({
            "id": id, "app_id": 1, "app_slug": "runner-watch", "target_id": 1,
            "target_type": "Organization", "single_file_name": null,
            "repository_selection": self.selection, "access_tokens_url": format!("{url}/access_tokens"),
            "html_url": "https://github.com/settings/installations/1", "account": null,
            "repositories_url": format!("{base}/installation/repositories"), "events": [],
            "permissions": self.permissions, "created_at": at, "updated_at": at,
            "suspended_by": null, "suspended_at": null,
        });
        Reply::found(body.to_string().into())
    }

    /// `POST /app/installations/{id}/access_tokens`.
    pub(super) fn issue(
        &mut self,
        installation: u64,
        body: &Value,
        clock: &FakeClock,
        now: Offset,
    ) -> Reply {
        let place = usize::try_from(installation)
            .ok()
            .and_then(|id| id.checked_sub(1));
        let Some(account) = place.and_then(|place| self.accounts.get(place)) else {
            return Reply::error(404, "Not Found");
        };
        let asked = body["permissions"].as_object().cloned().unwrap_or_default();
        if let Some(name) = asked
            .keys()
            .find(|name| !self.permissions.contains_key(*name))
        {
            let message = format!("The permission {name} is not granted to this installation.");
            return Reply::error(422, &message);
        }
        let token = format!("app-token-{}-of-{account}", self.issued.len() + 1);
        let expires = now + self.life;
        self.issued.push(Issued {
            token: token.clone(),
            account: account.clone(),
            expires,
            uses: 0,
        });
        let body = json!({
            "token": token, "expires_at": clock.whole(expires), "permissions": asked,
            "repository_selection": self.selection,
        });
        Reply {
            status: 201,
            ..Reply::found(body.to_string().into())
        }
    }
}

/// Whether only the App itself, by its JWT, may ask for that.
pub(super) fn is_for_apps(asked: Asked) -> bool {
    matches!(
        asked,
        Asked::Installation | Asked::AccessTokens(_) | Asked::AppDeliveries
    )
}
