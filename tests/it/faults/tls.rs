//! A server whose certificate nobody knows, and one that `--ca-file` knows.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::story::{Story, TOKEN, fleet};
use crate::support::{FakeGitHub, Tool};

/// A fake behind TLS, with a certificate of an authority of its own.
struct Secured {
    url: String,
    authority: String,
    _runtime: tokio::runtime::Runtime,
}

impl Secured {
    fn before(fake: &FakeGitHub) -> Self {
        let (authority, config) = certificates();
        let inner = fake.url().trim_start_matches("http://");
        let inner = inner.parse().expect("an address");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a port");
        let port = listener.local_addr().expect("an address").port();
        runtime.spawn(serve(listener, TlsAcceptor::from(config), inner));
        Self {
            url: format!("https://localhost:{port}"),
            authority,
            _runtime: runtime,
        }
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, inner: SocketAddr) {
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let mut outside = acceptor.accept(stream).await?;
            let mut inside = TcpStream::connect(inner).await?;
            copy_bidirectional(&mut outside, &mut inside).await
        });
    }
}

/// The authority in PEM, and a server that it vouches for.
fn certificates() -> (String, Arc<ServerConfig>) {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = params.self_signed(&key).expect("an authority");
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
    let own = params.signed_by(&key, &issuer).expect("a certificate");
    let secret = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![own.der().clone()], secret)
        .expect("a certificate with its key");
    (authority.pem(), Arc::new(config))
}

fn check(secured: &Secured) -> Tool {
    Tool::new()
        .args(["check", "-R", "acme/atlas", "--runner", "honest-*"])
        .args(["--api-url", secured.url.as_str()])
        .env("GH_TOKEN", TOKEN)
}

#[test]
fn an_unknown_authority() {
    let fake = fleet().start();
    let secured = Secured::before(&fake);
    let ran = check(&secured).run();
    ran.code_is(1)
        .stderr_has("TLS failed")
        .stderr_has("hint: ")
        .says_nowhere(TOKEN);
    assert!(fake.requests().is_empty(), "{ran}");
}

#[test]
fn an_authority_that_a_file_makes_known() {
    let fake = fleet().start();
    let secured = Secured::before(&fake);
    let tool = check(&secured);
    let known = tool.file("ca.pem", &secured.authority);
    let ran = tool.args(["--ca-file"]).args([&known]).run();
    ran.code_is(0);
    let other = tool.file("other.pem", Secured::before(&fake).authority);
    let ran = tool.args(["--ca-file"]).args([&other]).run();
    ran.code_is(1).stderr_has("TLS failed");
}

#[test]
fn a_file_without_an_authority() {
    let fake = fleet().start();
    let story = Story::begin();
    for text in [
        "",
        "not PEM",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let tool = story.tool.against(&fake);
        let path = tool.file("ca.pem", text);
        let ran = tool.args(["--ca-file"]).args([&path]).run();
        ran.code_is(2).stderr_has("ca.pem");
    }
    assert!(fake.requests().is_empty());
}
