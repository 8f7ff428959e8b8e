//! A GitHub App: its JWT, its tokens, and what becomes of a refused one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json as value};
use wiremock::matchers::{method, path};

use super::super::app::{AppKey, KeyError};
use super::*;
use crate::clock::{Clock, Virtual};
use crate::poll::PollError;

/// Keys are made here: a private key in a repository is one too many.
static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());

/// What stands before the PKCS#1 key of 2048 bits in its PKCS#8 form.
const PKCS8_HEAD: usize = 26;

fn pkcs8() -> Vec<u8> {
    let der: Pkcs8V1Der = KEY.as_der().unwrap();
    der.as_ref().to_vec()
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).collect();
    let lines = lines.iter().map(|line| str::from_utf8(line).unwrap());
    let lines = lines.collect::<Vec<_>>().join("\n");
    format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
}

fn key(installation: Option<u64>) -> AppKey {
    AppKey::new(
        "Iv23.test",
        &pem("PRIVATE KEY", &pkcs8()).into(),
        installation,
    )
    .unwrap()
}

/// A GitHub that knows one App, with a clock that both share.
struct Stage {
    server: MockServer,
    clock: Virtual,
    /// Tokens given so far.
    given: Arc<AtomicUsize>,
    /// Tokens by number that are refused.
    refused: Arc<Mutex<Vec<usize>>>,
}

fn given(number: usize) -> String {
    format!("installation-token-{number}")
}

impl Stage {
    /// Its tokens live an hour; the installation grants everything.
    async fn usual() -> Self {
        let stage = Self::without_installation().await;
        let all = value!({
            "actions": "read", "administration": "write", "metadata": "read",
            "organization_self_hosted_runners": "read",
        });
        let found = value!({ "id": 5, "permissions": all, "suspended_at": null });
        stage.found(&found).await;
        stage.tokens().await;
        stage.reads().await;
        stage
    }

    async fn without_installation() -> Self {
        Self {
            server: MockServer::start().await,
            clock: Virtual::starting(Timestamp::parse("2026-05-14T02:00:00Z").unwrap()),
            given: Arc::default(),
            refused: Arc::default(),
        }
    }

    async fn found(&self, installation: &Value) {
        Mock::given(path("/orgs/octo-org/installation"))
            .respond_with(json(200, &installation.to_string()))
            .mount(&self.server)
            .await;
    }

    async fn tokens(&self) {
        let count = Arc::clone(&self.given);
        let answer = move |_: &wiremock::Request| {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            let body = value!({ "token": given(number), "expires_at": "2026-05-14T03:00:00Z" });
            json(201, &body.to_string()).insert_header("date", "Thu, 14 May 2026 02:00:00 GMT")
        };
        Mock::given(method("POST"))
            .and(path("/app/installations/5/access_tokens"))
            .respond_with(answer)
            .mount(&self.server)
            .await;
    }

    async fn reads(&self) {
        let refused = Arc::clone(&self.refused);
        let answer = move |request: &wiremock::Request| {
            let sent = request.headers.get("authorization").unwrap();
            let sent = sent.to_str().unwrap().strip_prefix("Bearer ").unwrap();
            let refused = refused.lock().unwrap();
            if refused.iter().any(|number| given(*number) == sent) {
                json(401, r#"{"message":"Bad credentials"}"#)
            } else {
                json(200, RUNNER).insert_header("x-sent", sent)
            }
        };
        Mock::given(path("/orgs/octo-org/actions/runners/23"))
            .respond_with(answer)
            .mount(&self.server)
            .await;
    }

    fn client(&self, key: AppKey) -> Client<Virtual> {
        let credentials = Credentials {
            main: Credential::app(key, "a test".to_owned()),
            runners: None,
        };
        self.client_with(credentials, &[org()])
    }

    fn client_with(&self, credentials: Credentials, scopes: &[Scope]) -> Client<Virtual> {
        let options = ClientOptions {
            timeout: Duration::from_secs(5),
            ca_file: None,
        };
        let api = Api::from_url(&self.server.uri()).unwrap();
        let reach = Reach {
            scopes,
            hook: None,
            helpful: &[],
        };
        Client::new(api, credentials, reach, &options, &self.clock).unwrap()
    }

    async fn sent(&self, to: &str) -> Vec<wiremock::Request> {
        let mut all = self.server.received_requests().await.unwrap();
        all.retain(|request| request.url.path().ends_with(to));
        all
    }

    /// Refuses these tokens from now on.
    fn refuse(&self, numbers: &[usize]) {
        *self.refused.lock().unwrap() = numbers.to_vec();
    }

    async fn pass(&self, secs: i64) {
        self.clock.sleep(Span::secs(secs)).await;
    }

    fn given(&self) -> usize {
        self.given.load(Ordering::SeqCst)
    }
}

fn bearer(request: &wiremock::Request) -> String {
    let value = request.headers.get("authorization").unwrap();
    value
        .to_str()
        .unwrap()
        .strip_prefix("Bearer ")
        .unwrap()
        .to_owned()
}

fn claims(request: &wiremock::Request) -> Value {
    let mut rules = Validation::new(Algorithm::RS256);
    rules.validate_exp = false;
    rules.set_required_spec_claims(&["iss"]);
    let key = DecodingKey::from_rsa_der(KEY.public_key().as_ref());
    jsonwebtoken::decode(bearer(request), &key, &rules)
        .unwrap()
        .claims
}

#[track_caller]
fn is_runner(reply: &Reply) {
    assert!(matches!(reply.said, Ok(Said::Runner(Some(_)))), "{reply:?}");
}

#[tokio::test]
async fn the_jwt_is_what_github_wants() {
    let stage = Stage::usual().await;
    is_runner(&stage.client(key(None)).ask(&runner()).await);
    for request in [
        &stage.sent("/installation").await[0],
        &stage.sent("/access_tokens").await[0],
    ] {
        let now = Timestamp::parse("2026-05-14T02:00:00Z")
            .unwrap()
            .as_millis()
            / 1000;
        let expected = value!({ "iss": "Iv23.test", "iat": now - 60, "exp": now + 540 });
        assert_eq!(claims(request), expected);
    }
}

#[test]
fn keys_in_every_usual_form() {
    let pkcs8 = pkcs8();
    let new = pem("PRIVATE KEY", &pkcs8);
    let old = pem("RSA PRIVATE KEY", &pkcs8[PKCS8_HEAD..]);
    for text in [
        new.clone(),
        old.clone(),
        old.replace('\n', "\\n"),
        new.replace('\n', "\r\n"),
        format!("\n  {old}\n"),
    ] {
        assert!(AppKey::new("1", &text.into(), None).is_ok());
    }
    let secret = "c2VjcmV0";
    for bad in [
        String::new(),
        secret.to_owned(),
        pem("PRIVATE KEY", b"secret"),
    ] {
        let error = AppKey::new("1", &bad.into(), None).unwrap_err();
        assert_eq!(error, KeyError::NotAKey);
        assert!(!format!("{error} {error:?}").contains(secret));
    }
}

#[tokio::test]
async fn one_token_with_the_least_permissions_for_many_reads() {
    let stage = Stage::usual().await;
    let client = stage.client(key(None));
    let request = runner();
    let (first, second) = tokio::join!(client.ask(&request), client.ask(&request));
    is_runner(&first);
    is_runner(&second);
    assert_eq!(stage.given(), 1);
    let asked = &stage.sent("/access_tokens").await[0];
    let asked: Value = serde_json::from_slice(&asked.body).unwrap();
    let least = value!({
        "permissions": {
            "actions": "read", "metadata": "read", "organization_self_hosted_runners": "read",
        },
    });
    assert_eq!(asked, least);
    let reads = stage.sent("/runners/23").await;
    assert!(reads.iter().all(|read| bearer(read) == given(1)));
}

#[tokio::test]
async fn a_given_installation_is_not_looked_up() {
    let stage = Stage::usual().await;
    is_runner(&stage.client(key(Some(5))).ask(&runner()).await);
    assert!(stage.sent("/installation").await.is_empty());
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires() {
    let stage = Stage::usual().await;
    let client = stage.client(key(None));
    is_runner(&client.ask(&runner()).await);
    stage.pass(54 * 60).await;
    is_runner(&client.ask(&runner()).await);
    assert_eq!(stage.given(), 1);
    stage.pass(2 * 60).await;
    is_runner(&client.ask(&runner()).await);
    assert_eq!(stage.given(), 2);
    let reads = stage.sent("/runners/23").await;
    assert_eq!(bearer(reads.last().unwrap()), given(2));
}

/// A fresh token may be unknown to some of GitHub's servers for seconds.
#[tokio::test]
async fn a_fresh_token_is_given_five_seconds() {
    let stage = Stage::usual().await;
    let client = stage.client(key(None));
    stage.refuse(&[1]);
    for _ in 0..4 {
        let reply = client.ask(&runner()).await;
        assert!(
            matches!(reply.said, Err(PollError::Renewing(_))),
            "{reply:?}"
        );
        stage.pass(1).await;
    }
    stage.refuse(&[]);
    is_runner(&client.ask(&runner()).await);
    assert_eq!(stage.given(), 1, "the same token");
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let stage = Stage::usual().await;
    let client = stage.client(key(None));
    is_runner(&client.ask(&runner()).await);
    stage.pass(600).await;
    stage.refuse(&[1]);
    let reply = client.ask(&runner()).await;
    assert!(
        matches!(reply.said, Err(PollError::Renewing(_))),
        "{reply:?}"
    );
    is_runner(&client.ask(&runner()).await);
    assert_eq!(stage.given(), 2);
    stage.pass(600).await;
    stage.refuse(&[2, 3]);
    let reply = client.ask(&runner()).await;
    assert!(
        matches!(reply.said, Err(PollError::Renewing(_))),
        "{reply:?}"
    );
    let reply = client.ask(&runner()).await;
    assert!(
        matches!(reply.said, Err(PollError::Renewing(_))),
        "{reply:?}"
    );
    stage.pass(6).await;
    let reply = client.ask(&runner()).await;
    assert!(
        matches!(reply.said, Err(PollError::Unauthorized(_))),
        "{reply:?}"
    );
    assert_eq!(stage.given(), 3);
}

#[tokio::test]
async fn a_wrong_clock_of_ours_is_corrected_by_theirs() {
    for message in [
        "'Expiration time' claim ('exp') is too far in the future",
        "'Issued at' claim ('iat') must be an Integer representing the time that the assertion \
         was issued",
    ] {
        let stage = Stage::without_installation().await;
        let refusal = value!({ "message": message }).to_string();
        Mock::given(path("/orgs/octo-org/installation"))
            .respond_with(
                json(401, &refusal).insert_header("date", "Thu, 14 May 2026 01:45:00 GMT"),
            )
            .up_to_n_times(1)
            .mount(&stage.server)
            .await;
        stage.found(&value!({ "id": 5 })).await;
        stage.tokens().await;
        stage.reads().await;
        is_runner(&stage.client(key(None)).ask(&runner()).await);
        let theirs = Timestamp::parse("2026-05-14T01:45:00Z")
            .unwrap()
            .as_millis()
            / 1000;
        let lookups = stage.sent("/installation").await;
        assert_eq!(lookups.len(), 2);
        assert_eq!(claims(&lookups[1])["iat"], theirs - 60);
        assert_eq!(
            claims(&stage.sent("/access_tokens").await[0])["iat"],
            theirs - 60
        );
    }
}

#[tokio::test]
async fn a_missing_permission_is_named_before_a_token_is_asked_for() {
    let stage = Stage::without_installation().await;
    let granted = value!({ "actions": "write", "metadata": "read" });
    stage
        .found(&value!({ "id": 5, "permissions": granted }))
        .await;
    let reply = stage.client(key(None)).ask(&runner()).await;
    let Err(PollError::Forbidden { permission, detail }) = reply.said else {
        panic!("{reply:?}");
    };
    assert_eq!(
        permission.as_deref(),
        Some("organization_self_hosted_runners=read")
    );
    assert!(detail.contains("octo-org"), "{detail}");
    assert!(stage.sent("/access_tokens").await.is_empty());
}

#[tokio::test]
async fn a_refused_permission_is_explained() {
    let stage = Stage::without_installation().await;
    let message = "The permissions requested are not granted to this installation.";
    Mock::given(method("POST"))
        .respond_with(json(422, &value!({ "message": message }).to_string()))
        .mount(&stage.server)
        .await;
    let reply = stage.client(key(Some(5))).ask(&runner()).await;
    let Err(PollError::Forbidden { permission, detail }) = reply.said else {
        panic!("{reply:?}");
    };
    assert!(detail.contains(message), "{detail}");
    let needed = "actions=read, metadata=read, organization_self_hosted_runners=read";
    assert_eq!(permission.as_deref(), Some(needed));
}

#[tokio::test]
async fn an_installation_that_opens_nothing() {
    let stage = Stage::without_installation().await;
    let suspended = "2026-05-01T00:00:00Z";
    stage
        .found(&value!({ "id": 5, "suspended_at": suspended }))
        .await;
    let client = stage.client(key(None));
    let reply = client.ask(&runner()).await;
    assert!(reply.said.unwrap_err().to_string().contains("suspended"));
    let absent = plain(Target::Runners {
        scope: Scope::Org("other".into()),
        page: 1,
    });
    let reply = client.ask(&absent).await;
    assert!(
        matches!(
            reply.said,
            Err(PollError::NotFound(_) | PollError::NotAnAnswer(_))
        ),
        "{reply:?}"
    );
}

/// Hundreds of reads that need one token do not hammer for it.
#[tokio::test]
async fn a_denied_token_is_not_asked_for_again_at_once() {
    let stage = Stage::without_installation().await;
    let client = stage.client(key(None));
    for _ in 0..3 {
        assert!(client.ask(&runner()).await.said.is_err());
    }
    assert_eq!(stage.sent("/installation").await.len(), 1);
    stage.pass(31).await;
    assert!(client.ask(&runner()).await.said.is_err());
    assert_eq!(stage.sent("/installation").await.len(), 2);
}

/// One answer of the next requests for an installation or a token is a 502.
async fn fails_once(stage: &Stage, at: &str) {
    Mock::given(path(at))
        .respond_with(json(502, ""))
        .up_to_n_times(1)
        .with_priority(1)
        .mount(&stage.server)
        .await;
}

/// A read that is tried again a second later finds it well.
#[tokio::test]
async fn a_fault_while_a_token_is_got_is_soon_over() {
    for at in [
        "/orgs/octo-org/installation",
        "/app/installations/5/access_tokens",
    ] {
        let stage = Stage::usual().await;
        fails_once(&stage, at).await;
        let client = stage.client(key(None));
        let failed = client.ask(&runner()).await.said;
        assert!(failed.is_err_and(|error| error.may_pass()), "{at}");
        assert!(client.ask(&runner()).await.said.is_err(), "not at once");
        stage.pass(1).await;
        is_runner(&client.ask(&runner()).await);
    }
}

/// What a limit states while a token is got is obeyed as that of a read, and
/// whoever asks meanwhile is told what is left of it.
#[tokio::test]
async fn a_limit_while_a_token_is_got_is_kept() {
    let at = "/app/installations/5/access_tokens";
    let stated = [
        ("retry-after", "40", 40),
        ("x-ratelimit-reset", "1778724039", 40),
    ];
    for (header, value, secs) in stated {
        let stage = Stage::usual().await;
        let limited = json(403, r#"{"message":"API rate limit exceeded"}"#)
            .insert_header("date", "Thu, 14 May 2026 02:00:00 GMT")
            .insert_header("x-ratelimit-remaining", "0")
            .insert_header(header, value);
        Mock::given(path(at))
            .respond_with(limited)
            .up_to_n_times(1)
            .with_priority(1)
            .mount(&stage.server)
            .await;
        let client = stage.client(key(None));
        for left in [secs, secs - 30] {
            let reply = client.ask(&runner()).await;
            assert_eq!(reply.requests, 0);
            let Err(PollError::Limited { retry_after, .. }) = reply.said else {
                panic!("{header}: {reply:?}");
            };
            assert_eq!(retry_after, Some(Span::secs(left)), "{header}");
            stage.pass(30).await;
        }
        is_runner(&client.ask(&runner()).await);
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_serves_to_its_end() {
    let stage = Stage::usual().await;
    let client = stage.client(key(None));
    is_runner(&client.ask(&runner()).await);
    stage.pass(3300).await;
    fails_once(&stage, "/app/installations/5/access_tokens").await;
    is_runner(&client.ask(&runner()).await);
    assert_eq!(stage.given.load(Ordering::SeqCst), 1, "it was not renewed");
    stage.pass(31).await;
    is_runner(&client.ask(&runner()).await);
    assert_eq!(stage.given.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn no_secret_is_shown_even_when_the_server_repeats_it() {
    let stage = Stage::usual().await;
    let echo = |request: &wiremock::Request| {
        let message = format!("you sent {}", bearer(request));
        json(403, &value!({ "message": message }).to_string())
    };
    Mock::given(path("/repos/octo-org/octo-repo/actions/jobs/399444496"))
        .respond_with(echo)
        .mount(&stage.server)
        .await;
    Mock::given(path("/orgs/other/installation"))
        .respond_with(echo)
        .mount(&stage.server)
        .await;
    let client = stage.client(key(None));
    is_runner(&client.ask(&runner()).await);
    let said = format!("{:?}", client.ask(&job()).await);
    assert!(
        said.contains("you sent ***") && !said.contains(&given(1)),
        "{said}"
    );
    let absent = plain(Target::Runners {
        scope: Scope::Org("other".into()),
        page: 1,
    });
    let said = format!("{:?} {client:?}", client.ask(&absent).await);
    let jwt = bearer(&stage.sent("/orgs/other/installation").await[0]);
    assert!(
        said.contains("you sent ***") && !said.contains(&jwt),
        "{said}"
    );
    assert!(!said.contains(&given(1)));
}

/// Where one credential reads jobs and another runners, neither goes to the
/// other's reads.
#[tokio::test]
async fn runners_may_have_a_token_of_their_own() {
    let stage = Stage::usual().await;
    Mock::given(path("/repos/octo-org/octo-repo/actions/jobs/399444496"))
        .respond_with(json(200, JOB))
        .mount(&stage.server)
        .await;
    Mock::given(path("/repos/octo-org/octo-repo/installation"))
        .respond_with(json(200, r#"{"id":5,"permissions":{"actions":"read"}}"#))
        .mount(&stage.server)
        .await;
    let credentials = Credentials {
        main: Credential::app(key(None), "a test".to_owned()),
        runners: Credential::new(TOKEN, "another").unwrap(),
    };
    let client = stage.client_with(credentials, &[org()]);
    is_runner(&client.ask(&runner()).await);
    assert!(client.ask(&job()).await.said.is_ok());
    assert_eq!(bearer(&stage.sent("/runners/23").await[0]), TOKEN);
    assert_eq!(bearer(&stage.sent("/jobs/399444496").await[0]), given(1));
    let asked = &stage.sent("/access_tokens").await[0];
    let asked: Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!(
        asked["permissions"],
        value!({ "actions": "read", "metadata": "read" })
    );
}
