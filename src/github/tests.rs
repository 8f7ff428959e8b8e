//! Ring 6: the client against a server on this machine.

mod app;
mod auth;
mod client;
mod fuzz;
mod pure;
mod status;

use std::time::Duration;

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::clock::System;
use crate::model::*;
use crate::poll::{Reply, Request, Source};

/// No token of GitHub has this shape, so that it may stand in a file.
const TOKEN: &str = "not-a-real-token-7";

const RUNNER: &str = include_str!("../../fixtures/github/runner.json");
const RUNNERS: &str = include_str!("../../fixtures/github/runners-org.json");
const JOB: &str = include_str!("../../fixtures/github/job.json");
const JOBS: &str = include_str!("../../fixtures/github/jobs-for-run.json");
const RUNS: &str = include_str!("../../fixtures/github/workflow-runs-list.json");
const RATE_LIMIT: &str = include_str!("../../fixtures/github/rate-limit.json");

fn repo() -> RepoName {
    RepoName::parse("octo-org/octo-repo").unwrap()
}

fn org() -> Scope {
    Scope::Org("octo-org".into())
}

fn runners() -> Request {
    plain(Target::Runners {
        scope: org(),
        page: 1,
    })
}

fn runner() -> Request {
    plain(Target::Runner {
        scope: org(),
        id: RunnerId(23),
    })
}

fn job() -> Request {
    plain(Target::Job {
        repo: repo(),
        id: JobId(399_444_496),
    })
}

fn plain(target: Target) -> Request {
    Request {
        target,
        next: None,
        per_page: 100,
        etag: None,
    }
}

fn token() -> Credentials {
    Credentials {
        main: Credential::new(TOKEN, "a test").unwrap().unwrap(),
        runners: None,
    }
}

fn client_of(base: &str, timeout: Duration) -> Client {
    let options = ClientOptions {
        timeout,
        ca_file: None,
    };
    let api = Api::from_url(base).unwrap();
    let reach = Reach {
        scopes: &[org()],
        hook: None,
        helpful: &[],
    };
    Client::new(api, token(), reach, &options, &System::start()).unwrap()
}

fn client(server: &MockServer) -> Client {
    client_of(&server.uri(), Duration::from_secs(5))
}

/// A server that gives one answer to everything.
async fn always(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

fn json(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body, "application/json; charset=utf-8")
}

async fn ask(answer: ResponseTemplate, request: &Request) -> Reply {
    let server = always(answer).await;
    client(&server).ask(request).await
}
