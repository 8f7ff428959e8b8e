//! A checkup as the README shows it.

use crate::model::*;
use crate::report::{AnswerFormat, DoctorReport, render_doctor};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("RFC 3339")
}

fn tried(target: Target, found: u64) -> Tried {
    Tried {
        target,
        need: Need::Needed,
        opened: Opened::Yes,
        found: Some(found),
        permission: None,
        detail: None,
        hint: None,
        request_id: Some("F4CE:1".into()),
        took: Span::millis(120),
    }
}

/// A GitHub App that may not read the runners.
fn checkup() -> Checkup {
    let repo = RepoName::parse("acme/atlas").expect("a name");
    let org = Scope::Org("acme".into());
    let refused = Tried {
        opened: Opened::MissingPermission,
        found: None,
        permission: Some("organization_self_hosted_runners=read".into()),
        detail: Some("403 Forbidden".into()),
        hint: Some("give it Self-hosted runners: read".into()),
        ..tried(
            Target::Runners {
                scope: org,
                page: 1,
            },
            0,
        )
    };
    Checkup {
        credentials: vec![CredentialSeen {
            source: "GH_TOKEN".into(),
            opens: Opens::Everything,
            scopes: None,
            expires: Some(at("2026-08-01T00:00:00Z")),
        }],
        tried: vec![
            refused,
            tried(
                Target::Repos {
                    owner: "acme".into(),
                    page: 1,
                },
                5,
            ),
            tried(
                Target::Runs {
                    repo,
                    status: None,
                    page: 1,
                },
                12,
            ),
        ],
        limit: LimitSeen::Limited(Spending {
            limit: Some(5000),
            remaining: Some(3120),
            used: Some(1880),
            reset: Some(at("2026-05-14T03:00:00Z")),
            by_others: Some(4),
            over: Span::millis(1_240),
        }),
        clock: Some(ClockBounds {
            low: Span::millis(-310),
            high: Span::millis(95),
        }),
        etags: EtagsSeen::Unknown,
        age: None,
        asked: Asked {
            total: 9,
            charged: 7,
        },
        outlook: None,
    }
}

/// The same with the permission.
fn ready() -> Checkup {
    let mut checkup = checkup();
    let refused = checkup.tried.remove(0);
    checkup.tried.insert(0, tried(refused.target, 250));
    checkup.etags = EtagsSeen::Work;
    checkup.outlook = Some(Outlook {
        price: Price {
            first: 72,
            unchanged: 6,
            changed: 71,
        },
        counted: 5,
        repos: 5,
        budget: 0.2,
        per_hour: Some(1000),
        interval: Span::secs(30),
        fitting: Span::secs(256),
        would_detect: Span::millis(261_360),
        found_within: Span::secs(256),
        told_within: None,
    });
    checkup
}

fn rendered(checkup: &Checkup) -> String {
    let report = DoctorReport {
        tool_version: "0.1.0",
        host: &Host::github_com(),
        targets: &[Scope::Org("acme".into())],
        checkup,
    };
    let mut bytes = Vec::new();
    render_doctor(&report, AnswerFormat::Table, &mut bytes).expect("a vector takes all");
    String::from_utf8(bytes).expect("UTF-8")
}

/// The README's block is what the program prints.
#[test]
fn the_readme_shows_it() {
    let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
    let block = format!(
        "```text\n$ runner-desync doctor --org acme\n{}```\n",
        rendered(&ready())
    );
    assert!(readme.contains(&block), "the README lacks\n{block}");
}

#[test]
fn a_refusal_is_explained_beneath_it() {
    let text = rendered(&checkup());
    let explained = "  reads      runners of org:acme: missing permission
             organization_self_hosted_runners=read
             hint: give it Self-hosted runners: read
             repositories of acme: ok, 5 active repositories
";
    assert!(text.contains(explained), "{text}");
    assert!(text.starts_with("no access: "), "{text}");
    assert!(
        text.contains("  price      not known: too little could be read\n"),
        "{text}"
    );
}
