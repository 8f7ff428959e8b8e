//! What is sent, what is read, and where it may come from.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{header, header_exists, method, path, query_param};

use super::super::http::ClientError;
use super::*;
use crate::poll::PollError;

#[tokio::test]
async fn headers_of_every_request() {
    let server = MockServer::start().await;
    let agent = concat!("runner-desync/", env!("CARGO_PKG_VERSION"));
    Mock::given(method("GET"))
        .and(path("/api/v3/orgs/octo-org/actions/runners/23"))
        .and(header("authorization", format!("Bearer {TOKEN}").as_str()))
        .and(header("accept", "application/vnd.github+json"))
        .and(header("user-agent", agent))
        .and(header("x-github-api-version", "2022-11-28"))
        .respond_with(json(200, RUNNER))
        .expect(1)
        .mount(&server)
        .await;
    let base = format!("{}/api/v3/", server.uri());
    let reply = client_of(&base, Duration::from_secs(5))
        .ask(&runner())
        .await;
    assert!(matches!(reply.said, Ok(Said::Runner(Some(_)))), "{reply:?}");
    let sent = &server.received_requests().await.unwrap()[0];
    assert!(!sent.headers.contains_key("if-none-match"));
}

#[tokio::test]
async fn the_head_is_evidence() {
    let answer = json(200, RUNNER)
        .insert_header("date", "Tue, 24 Nov 2026 04:00:00 GMT")
        .insert_header("x-github-request-id", "AB12:3")
        .insert_header("etag", "W/\"abc\"")
        .insert_header("age", "7")
        .insert_header("x-ratelimit-limit", "5000")
        .insert_header("x-ratelimit-remaining", "4999")
        .insert_header("x-ratelimit-reset", "1691591363");
    let reply = ask(answer, &runner()).await;
    let head = &reply.head;
    assert!(head.url.ends_with("/orgs/octo-org/actions/runners/23"));
    assert_eq!(head.status, Some(200));
    assert_eq!(head.date, Timestamp::parse("2026-11-24T04:00:00Z"));
    assert_eq!(head.request_id.as_deref(), Some("AB12:3"));
    assert_eq!(head.etag.as_deref(), Some("W/\"abc\""));
    assert_eq!(head.age, Some(7));
    let rate = head.rate.unwrap();
    assert_eq!(
        (rate.limit, rate.remaining, rate.used),
        (Some(5000), Some(4999), None)
    );
    assert_eq!(rate.reset, Some(Timestamp::from_millis(1_691_591_363_000)));
    assert_eq!(reply.raw.as_deref(), Some(RUNNER));
}

#[tokio::test]
async fn a_token_that_a_header_echoes_is_masked() {
    let answer = json(200, RUNNER)
        .insert_header("x-github-request-id", format!("AB12:{TOKEN}"))
        .insert_header("etag", format!("W/\"{TOKEN}\""));
    let head = ask(answer, &runner()).await.head;
    assert_eq!(head.request_id.as_deref(), Some("AB12:***"));
    assert_eq!(head.etag, None);
}

#[tokio::test]
async fn absent_headers_are_unknown() {
    let reply = ask(json(200, RUNNERS), &runners()).await;
    assert_eq!(reply.head.rate, None);
    assert_eq!((reply.head.request_id, reply.head.etag), (None, None));
    assert_eq!(reply.raw, None);
}

#[tokio::test]
async fn every_target_is_decoded_as_itself() {
    let jobs = Target::Jobs {
        repo: repo(),
        run: RunId(29_679_449),
        page: 1,
    };
    let runs = Target::Runs {
        repo: repo(),
        status: None,
        page: 1,
    };
    let reply = ask(json(200, JOBS), &plain(jobs)).await;
    assert!(matches!(reply.said, Ok(Said::Jobs { ref jobs, .. }) if jobs.len() == 1));
    let reply = ask(json(200, RUNS), &plain(runs)).await;
    assert!(matches!(reply.said, Ok(Said::Runs { ref runs, .. }) if runs.len() == 1));
    let reply = ask(json(200, RUNNERS), &runners()).await;
    assert!(matches!(reply.said, Ok(Said::Runners { ref runners, .. }) if runners.len() == 2));
    let reply = ask(json(200, JOB), &job()).await;
    assert!(matches!(reply.said, Ok(Said::Job(Some(ref job))) if job.repo == repo()));
    let reply = ask(json(200, RATE_LIMIT), &plain(Target::RateLimit)).await;
    assert_eq!(reply.said, Ok(Said::RateLimit));
    assert_eq!(reply.head.rate.unwrap().remaining, Some(4999));
}

#[tokio::test]
async fn an_answer_about_another_runner_is_none() {
    let other = plain(Target::Runner {
        scope: org(),
        id: RunnerId(24),
    });
    let reply = ask(json(200, RUNNER), &other).await;
    assert!(
        matches!(reply.said, Err(PollError::Undecodable(_))),
        "{reply:?}"
    );
}

#[tokio::test]
async fn not_modified_only_when_asked_for() {
    let server = always(ResponseTemplate::new(304)).await;
    let etag = "W/\"abc\"";
    let conditional = Request {
        etag: Some(etag.into()),
        ..runners()
    };
    let reply = client(&server).ask(&conditional).await;
    assert_eq!(reply.said, Ok(Said::NotModified));
    let sent = &server.received_requests().await.unwrap()[0];
    assert_eq!(sent.headers.get("if-none-match").unwrap(), etag);
    let reply = client(&server).ask(&runners()).await;
    assert!(
        matches!(reply.said, Err(PollError::NotAnAnswer(_))),
        "{reply:?}"
    );
}

#[tokio::test]
async fn the_next_page_is_asked_verbatim() {
    let server = MockServer::start().await;
    let next = format!(
        "{}/organizations/1/actions/runners?page=2&x=%2f",
        server.uri()
    );
    Mock::given(path("/orgs/octo-org/actions/runners"))
        .respond_with(json(200, RUNNERS).insert_header("link", format!("<{next}>; rel=\"next\"")))
        .mount(&server)
        .await;
    // Its own next: a loop, which the poller's page cap ends.
    Mock::given(path("/organizations/1/actions/runners"))
        .and(query_param("page", "2"))
        .respond_with(json(200, RUNNERS).insert_header("link", format!("<{next}>; rel=\"next\"")))
        .mount(&server)
        .await;
    let first = client(&server).ask(&runners()).await;
    assert_eq!(first.next.as_deref(), Some(next.as_str()));
    let second = Request {
        next: first.next,
        ..runners()
    };
    let second = client(&server).ask(&second).await;
    assert_eq!(second.head.url.as_ref(), next);
    assert_eq!(second.next.as_deref(), Some(next.as_str()));
}

#[tokio::test]
async fn a_foreign_next_is_neither_given_nor_followed() {
    let server = always(
        json(200, RUNNERS).insert_header("link", "<https://evil.example/?page=2>; rel=\"next\""),
    )
    .await;
    let reply = client(&server).ask(&runners()).await;
    assert!(reply.said.is_ok());
    assert_eq!(reply.next, None);
    let foreign = Request {
        next: Some("https://evil.example/?page=2".into()),
        ..runners()
    };
    let reply = client(&server).ask(&foreign).await;
    assert!(matches!(reply.said, Err(PollError::Rejected(_))));
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_redirect_of_the_same_origin_is_followed() {
    for status in [301, 302, 307, 308] {
        let server = MockServer::start().await;
        let moved = ResponseTemplate::new(status).insert_header("location", "/repositories/7/job");
        Mock::given(path("/repos/octo-org/octo-repo/actions/jobs/399444496"))
            .respond_with(moved)
            .mount(&server)
            .await;
        Mock::given(path("/repositories/7/job"))
            .and(header_exists("authorization"))
            .respond_with(json(200, JOB))
            .mount(&server)
            .await;
        let reply = client(&server).ask(&job()).await;
        assert!(matches!(reply.said, Ok(Said::Job(Some(_)))), "{reply:?}");
        assert!(reply.head.url.ends_with("/repositories/7/job"));
    }
}

#[tokio::test]
async fn a_redirect_to_another_origin_gets_nothing() {
    let other = always(json(200, JOB)).await;
    let moved = ResponseTemplate::new(302).insert_header("location", format!("{}/x", other.uri()));
    let reply = ask(moved, &job()).await;
    assert_eq!(reply.head.status, Some(302));
    assert!(matches!(reply.said, Err(PollError::NotAnAnswer(ref why)) if why.contains("origin")));
    assert!(other.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn redirects_end() {
    let server = always(ResponseTemplate::new(302).insert_header("location", "/again")).await;
    let reply = client(&server).ask(&job()).await;
    assert!(matches!(reply.said, Err(PollError::NotAnAnswer(_))));
    assert_eq!(reply.head.status, Some(302));
    assert_eq!(server.received_requests().await.unwrap().len(), 6);
    let reply = ask(ResponseTemplate::new(302), &job()).await;
    assert!(matches!(reply.said, Err(PollError::NotAnAnswer(_))));
}

fn zipped(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn zipped_answer(body: Vec<u8>) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_raw(body, "application/json")
        .insert_header("content-encoding", "gzip")
}

#[tokio::test]
async fn compressed_answers_are_read_and_capped() {
    let reply = ask(zipped_answer(zipped(RUNNER.as_bytes())), &runner()).await;
    assert!(matches!(reply.said, Ok(Said::Runner(Some(_)))), "{reply:?}");
    let bomb = zipped(&vec![b' '; 4 << 20]);
    assert!(bomb.len() < 8 << 10);
    let server = always(zipped_answer(bomb)).await;
    let reply = client(&server).with_max_body(1 << 20).ask(&runner()).await;
    assert!(matches!(reply.said, Err(PollError::NotAnAnswer(ref why)) if why.contains("larger")));
    let mut cut = zipped(RUNNER.as_bytes());
    cut.truncate(cut.len() - 12);
    let reply = ask(zipped_answer(cut), &runner()).await;
    assert!(matches!(reply.said, Err(PollError::NotAnAnswer(ref why)) if why.contains("cut")));
}

/// A server that sends these bytes to whoever asks and hangs up.
async fn raw(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = socket.read(&mut request).await;
            let _ = socket.write_all(bytes).await;
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_cut_body_is_not_an_answer() {
    let base = raw(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{\"id\":",
    )
    .await;
    let reply = client_of(&base, Duration::from_secs(5))
        .ask(&runner())
        .await;
    assert_eq!(reply.head.status, Some(200));
    let Err(PollError::NotAnAnswer(why)) = reply.said else {
        panic!("{reply:?}");
    };
    assert_eq!(why, "200 OK: body cut after 6 bytes");
}

#[tokio::test]
async fn no_answer_has_a_short_cause() {
    let why = async |base: &str, timeout| {
        let reply = client_of(base, Duration::from_millis(timeout))
            .ask(&runner())
            .await;
        assert_eq!(reply.head.status, None);
        let Err(PollError::NoAnswer(why)) = reply.said else {
            panic!("{reply:?}");
        };
        assert!(!why.contains("http://"), "{why}");
        why
    };
    let hangs_up = why(&raw(b"").await, 5000).await;
    assert!(hangs_up.starts_with("connection "), "{hangs_up}");
    let free = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    assert_eq!(
        why(&format!("http://{free}"), 5000).await,
        "connection refused"
    );
    let slow = always(json(200, RUNNER).set_delay(Duration::from_secs(5))).await;
    assert_eq!(why(&slow.uri(), 50).await, "timed out after 50ms");
    let plain_text = raw(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let tls = why(&plain_text.replace("http:", "https:"), 5000).await;
    assert!(tls.starts_with("TLS failed"), "{tls}");
}

#[test]
fn a_bad_certificate_file_is_an_error() {
    let new = |ca_file: &std::path::Path| {
        let options = ClientOptions {
            timeout: Duration::from_secs(1),
            ca_file: Some(ca_file.to_owned()),
        };
        let api = Api::from_host("github.com").unwrap();
        let reach = Reach {
            scopes: &[],
            hook: None,
            helpful: &[],
        };
        Client::new(api, token(), reach, &options, &System::start()).unwrap_err()
    };
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(matches!(
        new(file.path()),
        ClientError::NoCertificate { .. }
    ));
    let gone = file.path().with_extension("gone");
    assert!(matches!(new(&gone), ClientError::CaUnreadable { .. }));
}

#[tokio::test]
async fn no_token_in_debug_or_in_replies() {
    let echo = format!(r#"{{"message": "bad token {TOKEN}"}}"#);
    let server = always(json(401, &echo)).await;
    let client = client(&server);
    let reply = client.ask(&runner()).await;
    let shown = format!("{client:?} {reply:?}");
    assert!(!shown.contains(TOKEN), "{shown}");
}
