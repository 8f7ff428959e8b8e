//! Answers that are nearly right: nothing is read out of them that is not in
//! them.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LINK};
use reqwest::{StatusCode, Url};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::super::fetch::Answer;
use super::super::redact::Redactor;
use super::super::reply::Reading;
use super::*;
use crate::fuzz::fuzz;

const ORIGIN: &str = "https://api.github.com/";

fn answered(request: &Request, status: u16, headers: HeaderMap, body: &[u8]) -> Reply {
    let reading = Reading {
        api: &Api::from_url(ORIGIN).unwrap(),
        redactor: &Redactor::default(),
        request,
    };
    reading.reply(&Answer {
        url: Url::parse(ORIGIN).unwrap(),
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: Ok(body.to_vec()),
    })
}

fn of_json() -> HeaderMap {
    let json = HeaderValue::from_static("application/json");
    HeaderMap::from_iter([(reqwest::header::CONTENT_TYPE, json)])
}

fn requests() -> [Request; 10] {
    let (repo, page, run) = (repo(), 1, RunId(30_433_642));
    [
        runners(),
        runner(),
        job(),
        plain(Target::RateLimit),
        plain(Target::Run {
            repo: repo.clone(),
            id: run,
        }),
        plain(Target::Runs {
            repo: repo.clone(),
            status: None,
            page,
        }),
        plain(Target::Jobs {
            repo: repo.clone(),
            run,
            page,
        }),
        plain(Target::AllJobs {
            repo: repo.clone(),
            run,
            page,
        }),
        plain(Target::Annotations {
            repo,
            job: JobId(399_444_496),
            page,
        }),
        plain(Target::Repos {
            owner: "octo-org".into(),
            page,
        }),
    ]
}

/// Each id that was read stands in the body.
fn stands_in(body: &[u8], id: u64) {
    let text = std::str::from_utf8(body).expect("a body that was read");
    assert!(text.contains(&id.to_string()), "{id} is invented");
}

/// Items, and those that could not be read.
fn bounded(body: &[u8], items: usize, undecodable: u32) {
    let most = body.len() / 2;
    assert!(items + usize::try_from(undecodable).unwrap() <= most);
}

fn is_right(said: &Said, body: &[u8]) {
    match said {
        Said::Runner(Some(runner)) => {
            let value: Value = serde_json::from_slice(body).unwrap();
            assert_eq!(value["id"], runner.id.0);
            assert_eq!(value["busy"], runner.busy);
        }
        Said::Job(Some(job)) => stands_in(body, job.id.0),
        Said::Run(Some(run)) => stands_in(body, run.id.0),
        Said::Runners {
            runners,
            undecodable,
            ..
        } => {
            bounded(body, runners.len(), *undecodable);
            for it in runners {
                stands_in(body, it.id.0);
            }
        }
        Said::Runs {
            runs, undecodable, ..
        } => {
            bounded(body, runs.len(), *undecodable);
            for it in runs {
                stands_in(body, it.id.0);
            }
        }
        Said::Jobs {
            jobs, undecodable, ..
        } => {
            bounded(body, jobs.len(), *undecodable);
            for it in jobs {
                stands_in(body, it.id.0);
            }
        }
        Said::Annotations {
            annotations,
            undecodable,
        } => bounded(body, annotations.len(), *undecodable),
        Said::Repos {
            repos, undecodable, ..
        } => bounded(body, repos.len(), *undecodable),
        Said::RateLimit => {}
        other => panic!("a 200 said {other:?}"),
    }
}

#[test]
fn a_body_says_only_what_is_in_it() {
    let requests = requests();
    fuzz("responses", &["fixtures/github"], |body| {
        let is_json = serde_json::from_slice::<IgnoredAny>(body).is_ok();
        for request in &requests {
            let reply = answered(request, 200, of_json(), body);
            if let Ok(said) = &reply.said {
                assert!(is_json, "{said:?}");
                is_right(said, body);
            }
            for status in [304, 403, 404, 422, 429, 503] {
                let said = answered(request, status, of_json(), body).said;
                let absent = matches!(
                    said,
                    Ok(Said::Runner(None) | Said::Job(None) | Said::Run(None))
                );
                assert!(said.is_err() || (status == 404 && is_json && absent));
            }
        }
    });
}

/// Header lines as HTTP takes them; the others never reach the program.
fn headers(text: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in text.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}

#[test]
fn headers_lead_nowhere_else() {
    let request = runners();
    fuzz("headers", &[], |text| {
        let headers = headers(text);
        for status in [200, 301, 304, 403, 404, 429, 500, 503] {
            let reply = answered(&request, status, headers.clone(), RUNNERS.as_bytes());
            let Some(next) = reply.next else { continue };
            assert!(status == 200 && Url::parse(&next).unwrap().as_str().starts_with(ORIGIN));
            let mut links = headers.get_all(LINK).iter();
            assert!(links.any(|link| link.to_str().is_ok_and(|link| link.contains(&*next))));
        }
    });
}
