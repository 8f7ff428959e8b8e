//! Addresses, links, headers and masks: no server needed.

use proptest::prelude::*;
use reqwest::header::{HeaderMap, HeaderValue, LINK};

use super::super::api::{ApiError, By};
use super::super::redact::Redactor;
use super::super::{head, link};
use super::*;

fn api(url: &str) -> Api {
    Api::from_url(url).unwrap()
}

fn url(base: &str, request: &Request) -> String {
    api(base).url(request, By::Token).unwrap().to_string()
}

fn deliveries(hook: Hook) -> Request {
    plain(Target::Deliveries { hook, page: 1 })
}

#[test]
fn hosts_and_their_addresses() {
    for (host, base) in [
        ("github.com", "https://api.github.com/"),
        ("GitHub.com", "https://api.github.com/"),
        ("acme.ghe.com", "https://api.acme.ghe.com/"),
        ("git.acme.example", "https://git.acme.example/api/v3"),
        (
            "git.acme.example:8443",
            "https://git.acme.example:8443/api/v3",
        ),
    ] {
        let api = Api::from_host(host).unwrap();
        assert_eq!(api.base.as_str(), base);
        let known = host.to_ascii_lowercase().replace(":8443", "");
        assert_eq!(api.host().as_str(), known);
        assert!(!api.is_loopback());
    }
    for bad in [
        "",
        "a b",
        "a/b",
        "me@host",
        "https://github.com",
        "host?x",
        "host#x",
    ] {
        assert!(
            matches!(Api::from_host(bad), Err(ApiError::BadHost(_))),
            "{bad}"
        );
    }
}

#[test]
fn api_addresses() {
    for (address, host, loopback) in [
        ("https://api.github.com", "github.com", false),
        ("https://api.acme.ghe.com/", "acme.ghe.com", false),
        (
            "https://git.acme.example/api/v3/",
            "git.acme.example",
            false,
        ),
        (
            "https://api.git.acme.example/",
            "api.git.acme.example",
            false,
        ),
        (
            "https://api.github.com.evil.example",
            "api.github.com.evil.example",
            false,
        ),
        ("http://127.0.0.1:4010", "127.0.0.1", true),
        ("http://[::1]:4010/x", "[::1]", true),
        ("http://localhost:1", "localhost", true),
    ] {
        let api = api(address);
        assert_eq!((api.host().as_str(), api.is_loopback()), (host, loopback));
    }
    let error = |address| Api::from_url(address).unwrap_err();
    assert!(matches!(error("api.github.com"), ApiError::NotAUrl(_)));
    assert!(matches!(error("ftp://x"), ApiError::BadScheme(_)));
    assert!(matches!(error("https://me:pw@x"), ApiError::HasUserInfo));
    assert!(matches!(error("https://x/?a"), ApiError::HasQuery));
    assert!(matches!(
        error("http://api.github.com"),
        ApiError::InTheClear(_)
    ));
}

#[test]
fn urls_of_reads() {
    let enterprise = Scope::Enterprise("acme corp/../x".into());
    let cases = [
        (runners(), "orgs/octo-org/actions/runners?per_page=100"),
        (runner(), "orgs/octo-org/actions/runners/23"),
        (job(), "repos/octo-org/octo-repo/actions/jobs/399444496"),
        (plain(Target::RateLimit), "rate_limit"),
        (deliveries(Hook::App), "app/hook/deliveries?per_page=100"),
        (
            deliveries(Hook::Org {
                org: "octo-org".into(),
                id: 7,
            }),
            "orgs/octo-org/hooks/7/deliveries?per_page=100",
        ),
        (
            deliveries(Hook::Repo {
                repo: repo(),
                id: 7,
            }),
            "repos/octo-org/octo-repo/hooks/7/deliveries?per_page=100",
        ),
        (
            plain(Target::Runner {
                scope: enterprise,
                id: RunnerId(u64::MAX),
            }),
            "enterprises/acme%20corp%2F..%2Fx/actions/runners/18446744073709551615",
        ),
        (
            plain(Target::Runners {
                scope: Scope::Repo(repo()),
                page: 3,
            }),
            "repos/octo-org/octo-repo/actions/runners?per_page=100&page=3",
        ),
        (
            plain(Target::Runs {
                repo: repo(),
                status: None,
                page: 1,
            }),
            "repos/octo-org/octo-repo/actions/runs?exclude_pull_requests=true&per_page=100",
        ),
        (
            plain(Target::Runs {
                repo: repo(),
                status: Some("in&out".into()),
                page: 1,
            }),
            "repos/octo-org/octo-repo/actions/runs\
             ?exclude_pull_requests=true&status=in%26out&per_page=100",
        ),
        (
            plain(Target::Run {
                repo: repo(),
                id: RunId(5),
            }),
            "repos/octo-org/octo-repo/actions/runs/5?exclude_pull_requests=true",
        ),
        (
            plain(Target::Jobs {
                repo: repo(),
                run: RunId(5),
                page: 1,
            }),
            "repos/octo-org/octo-repo/actions/runs/5/jobs?filter=latest&per_page=100",
        ),
    ];
    for (request, expected) in cases {
        for base in ["https://api.github.com/", "https://git.example/api/v3/"] {
            let bare = base.trim_end_matches('/');
            assert_eq!(url(base, &request), format!("{bare}/{expected}"));
            assert_eq!(url(bare, &request), format!("{bare}/{expected}"));
        }
    }
}

fn next(values: &[&str]) -> Option<String> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(LINK, HeaderValue::from_str(value).unwrap());
    }
    link::next(&headers, &api("https://api.github.com"))
}

#[test]
fn the_next_link() {
    let two = "https://api.github.com/x?page=2";
    for value in [
        r#"<https://api.github.com/x?page=2>; rel="next""#,
        r#"<https://api.github.com/x?page=9>; rel="last", <https://api.github.com/x?page=2>; rel="next""#,
        r#"<https://api.github.com/x?page=2>; title="a, b; rel=x"; REL="last Next""#,
        "<https://api.github.com/x?page=2>;rel=next,",
    ] {
        assert_eq!(next(&[value]).as_deref(), Some(two), "{value}");
    }
    let comma = r#"<https://api.github.com/x?a=1,2;3>; rel="next""#;
    assert_eq!(
        next(&[comma]).as_deref(),
        Some("https://api.github.com/x?a=1,2;3")
    );
    let port = r#"<https://api.github.com:443/x>; rel="next""#;
    assert!(next(&[port]).is_some());
}

#[test]
fn no_next_link() {
    for value in [
        "",
        "nonsense",
        r#"<https://api.github.com/x>; rel="prev""#,
        r#"<https://api.github.com/x>; rel="prev"; rel="next""#,
        r#"<https://api.github.com/x>; rel="next"#,
        r#"<https://api.github.com/x; rel="next""#,
        r#"<http://api.github.com/x>; rel="next""#,
        r#"<https://api.github.com:8443/x>; rel="next""#,
        r#"<https://api.github.com.evil.example/x>; rel="next""#,
        r#"<https://api.github.com@evil.example/x>; rel="next""#,
        r#"<https://me@api.github.com/x>; rel="next""#,
        r#"<https://api.github.com/1>; rel="next", <https://api.github.com/2>; rel="next""#,
    ] {
        assert_eq!(next(&[value]), None, "{value}");
    }
}

proptest! {
    #[test]
    fn any_link_header_ends(text in "[<>;,=\" a-z:/?]{0,60}") {
        next(&[&text]);
    }
}

#[test]
fn stated_waits() {
    let wait = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_str(value).unwrap());
        headers.insert(
            "date",
            HeaderValue::from_static("Tue, 24 Nov 2026 04:00:00 GMT"),
        );
        head::retry_after(&headers)
    };
    let day = Some(Span::secs(86_400));
    assert_eq!(wait("60"), Some(Span::secs(60)));
    assert_eq!(wait("0"), Some(Span::ZERO));
    assert_eq!(wait("86401"), day);
    assert_eq!(wait("99999999999999999999999"), day);
    assert_eq!(wait("Tue, 24 Nov 2026 04:01:30 GMT"), Some(Span::secs(90)));
    assert_eq!(wait("Tue, 24 Nov 2026 03:00:00 GMT"), Some(Span::ZERO));
    assert_eq!(wait("Tue, 24 Nov 2037 03:00:00 GMT"), day);
    for garbage in ["", "-5", "1.5", "soon", "+5", "Tue"] {
        assert_eq!(wait(garbage), None, "{garbage}");
    }
}

#[test]
fn an_age_that_cannot_be_read_is_an_age() {
    let age = |values: &[&str]| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("age", HeaderValue::from_str(value).unwrap());
        }
        head::read("https://api.github.com/x", 200, &headers).age
    };
    let oldest = Some(1 << 31);
    assert_eq!(age(&[]), None);
    assert_eq!(age(&["0"]), Some(0));
    assert_eq!(age(&["30"]), Some(30));
    for unreadable in ["", "30, 30", "-1", "soon", "99999999999999999999"] {
        assert_eq!(age(&[unreadable]), oldest, "{unreadable}");
    }
}

#[test]
fn tokens_are_masked() {
    let redactor = Redactor::default();
    redactor.learn(&TOKEN.into());
    redactor.learn(&"l".into());
    let classic = concat!("gh", "p_abcDEF123");
    let long = concat!("gh", "s_eyJh.bGci-Oi_J9");
    let fine = concat!("github", "_pat_11AA_bb");
    let text = format!("a {classic}, {long}; {fine}/{TOKEN} end");
    assert_eq!(redactor.shown(&text), "a ***, ***; ***/*** end");
    assert_eq!(redactor.shown("nothing here"), "nothing here");
    let named = format!("{classic} {TOKEN}");
    assert_eq!(redactor.exact(&named), format!("{classic} ***"));
    assert_eq!(redactor.exact("null"), "null");
}
