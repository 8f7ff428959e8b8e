//! Every class of refusal, one header set each.

use super::*;
use crate::poll::PollError;

const HTML: &str = "<html><b>Unicorn!</b></html>";

async fn error(answer: ResponseTemplate, request: &Request) -> PollError {
    ask(answer, request).await.said.unwrap_err()
}

fn message(status: u16, text: &str) -> ResponseTemplate {
    json(status, &format!(r#"{{"message": "{text}"}}"#))
}

fn html(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .set_body_raw(HTML, "text/html")
        .insert_header("x-github-request-id", "AB12:3")
}

#[tokio::test]
async fn a_missing_object_by_id() {
    let run = plain(Target::Run {
        repo: repo(),
        id: RunId(7),
    });
    let gone = || message(404, "Not Found");
    assert_eq!(ask(gone(), &runner()).await.said, Ok(Said::Runner(None)));
    assert_eq!(ask(gone(), &job()).await.said, Ok(Said::Job(None)));
    assert_eq!(ask(gone(), &run).await.said, Ok(Said::Run(None)));
    assert!(ask(gone(), &runner()).await.raw.is_some());
}

#[tokio::test]
async fn a_404_that_is_not_the_apis_proves_nothing() {
    for answer in [html(404), json(404, "oops"), ResponseTemplate::new(404)] {
        let error = error(answer, &runner()).await;
        assert!(matches!(error, PollError::NotAnAnswer(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_404_of_a_list_is_no_empty_list() {
    let answer = message(404, "Not Found").insert_header("x-accepted-oauth-scopes", "admin:org");
    let error = error(answer, &runners()).await;
    assert_eq!(
        error,
        PollError::NotFound(
            "404 Not Found: Not Found; x-accepted-oauth-scopes: admin:org".to_owned()
        )
    );
}

#[tokio::test]
async fn a_401_with_or_without_json() {
    for answer in [message(401, "Bad credentials"), html(401)] {
        let error = error(answer, &runners()).await;
        assert!(matches!(error, PollError::Unauthorized(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_missing_permission() {
    let text = "Resource not accessible by personal access token";
    let answer = message(403, text)
        .insert_header("x-accepted-github-permissions", "administration=read")
        .insert_header("x-ratelimit-remaining", "0")
        .insert_header("x-github-sso", "required; url=https://github.com/x?secret");
    let PollError::Forbidden { detail, permission } = error(answer, &runners()).await else {
        panic!("forbidden");
    };
    assert_eq!(permission.as_deref(), Some("administration=read"));
    assert!(
        detail.contains(text) && detail.contains("single sign-on"),
        "{detail}"
    );
    assert!(!detail.contains("secret"), "{detail}");
}

#[tokio::test]
async fn limits_by_their_first_sign() {
    let reset = Some(Timestamp::from_millis(1_691_591_363_000));
    let cases = [
        (message(429, "x"), None, None),
        (html(429), None, None),
        (
            html(403).insert_header("retry-after", "60"),
            Some(Span::secs(60)),
            None,
        ),
        (
            message(403, "You have exceeded a Secondary Rate limit."),
            None,
            None,
        ),
        (
            message(403, "You have triggered an abuse detection"),
            None,
            None,
        ),
        (
            message(403, "API rate limit exceeded")
                .insert_header("x-ratelimit-remaining", "0")
                .insert_header("x-ratelimit-reset", "1691591363"),
            None,
            reset,
        ),
        // Another hour's reset says nothing while requests remain.
        (
            message(429, "x")
                .insert_header("x-ratelimit-remaining", "10")
                .insert_header("x-ratelimit-reset", "1691591363"),
            None,
            None,
        ),
    ];
    for (answer, wanted_wait, wanted_reset) in cases {
        let error = error(answer, &runners()).await;
        let PollError::Limited {
            retry_after, reset, ..
        } = error
        else {
            panic!("{error:?}");
        };
        assert_eq!((retry_after, reset), (wanted_wait, wanted_reset));
    }
}

#[tokio::test]
async fn our_own_mistakes() {
    for status in [400, 410, 415, 422] {
        let error = error(message(status, "no"), &runner()).await;
        assert!(matches!(error, PollError::Rejected(_)), "{error:?}");
    }
}

#[tokio::test]
async fn not_an_answer() {
    let cases = [
        html(200),
        html(400),
        html(403),
        html(502),
        message(500, "x"),
        message(408, "x"),
        json(200, ""),
        json(200, " \n"),
        json(200, "{"),
        json(200, "[]"),
        json(200, "{}"),
        json(201, RUNNERS),
        json(303, RUNNERS),
        ResponseTemplate::new(204),
        ResponseTemplate::new(200).set_body_raw(RUNNERS, "text/plain"),
        ResponseTemplate::new(200).set_body_raw(b"{\"runners\": [\"\xff\"]}", "application/json"),
    ];
    for answer in cases {
        let shown = format!("{answer:?}");
        let reply = ask(answer, &runners()).await;
        let Err(PollError::NotAnAnswer(why)) = reply.said else {
            panic!("{shown}: {reply:?}");
        };
        assert!(!why.contains("Unicorn"), "{why}");
        assert_eq!(reply.next, None);
    }
}

#[tokio::test]
async fn an_error_page_is_told_by_status_and_request() {
    let error = error(html(502), &runners()).await;
    assert_eq!(error.to_string(), "502 Bad Gateway (request AB12:3)");
}

#[tokio::test]
async fn a_rate_limit_without_figures_is_no_answer() {
    let error = error(json(200, r#"{"resources": {}}"#), &plain(Target::RateLimit)).await;
    assert!(matches!(error, PollError::NotAnAnswer(_)), "{error:?}");
}

#[tokio::test]
async fn an_object_that_says_nothing_usable_is_undecodable() {
    let another = r#"{"id": 8, "name": "a", "os": "linux", "status": "online", "busy": false}"#;
    for body in ["{}", "[]", r#"{"id": 23}"#, another] {
        let error = error(json(200, body), &runner()).await;
        assert!(matches!(error, PollError::Undecodable(_)), "{error:?}");
        assert_eq!(error.reason(), UnknownReason::Undecodable);
    }
}
