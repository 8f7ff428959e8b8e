//! From a path to the JSON that answers it, with pages and their `Link`.

use super::body::Snapshot;
use super::deliveries::deliveries;
use super::fault::RequestLine;
use super::job::JobSpec;
use super::runner::Presence;
use super::world::{Filtered, RunView};
use crate::support::time::Offset;

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Runners,
    Runner(u64),
    Runs,
    Run(u64),
    /// The jobs of that run.
    Jobs(u64),
    /// The jobs of one attempt of that run.
    AttemptJobs(u64, u64),
    Job(u64),
    /// What is annotated at that job.
    Annotations(u64),
    OrgRepos,
    /// What an App was given.
    InstallationRepos,
    /// The App's installation on the account of the scope.
    Installation,
    AccessTokens(u64),
    /// The log of the App's webhook.
    AppDeliveries,
    /// That of the scope's webhook with that id.
    Deliveries(u64),
    RateLimit,
    /// Nothing that the fake knows.
    Nothing,
}

/// A path, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    /// `repos/acme/atlas`, `orgs/acme`, `enterprises/acme-inc`, or nothing.
    pub(crate) scope: String,
    pub(crate) asked: Asked,
}

impl Route {
    pub(crate) fn of(path: &str) -> Self {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let (scope, rest) = match parts.as_slice() {
            ["repos", owner, repo, rest @ ..] => (format!("repos/{owner}/{repo}"), rest),
            ["orgs", org, rest @ ..] => (format!("orgs/{org}"), rest),
            ["enterprises", name, rest @ ..] => (format!("enterprises/{name}"), rest),
            rest => (String::new(), rest),
        };
        let asked = asked(&scope, rest).unwrap_or(Asked::Nothing);
        Self { scope, asked }
    }

    fn repo(&self) -> &str {
        self.scope.trim_start_matches("repos/")
    }
}

fn asked(scope: &str, rest: &[&str]) -> Option<Asked> {
    let id = |text: &str| text.parse::<u64>().ok();
    Some(match rest {
        ["rate_limit"] if scope.is_empty() => Asked::RateLimit,
        ["app", "hook", "deliveries"] if scope.is_empty() => Asked::AppDeliveries,
        ["hooks", hook, "deliveries"] if !scope.is_empty() => Asked::Deliveries(id(hook)?),
        ["installation", "repositories"] if scope.is_empty() => Asked::InstallationRepos,
        ["installation"] if !scope.is_empty() => Asked::Installation,
        ["app", "installations", installation, "access_tokens"] => {
            Asked::AccessTokens(id(installation)?)
        }
        ["repos"] if scope.starts_with("orgs/") => Asked::OrgRepos,
        ["actions", "runners"] => Asked::Runners,
        ["actions", "runners", runner] => Asked::Runner(id(runner)?),
        _ if !scope.starts_with("repos/") => return None,
        ["actions", "runs"] => Asked::Runs,
        ["actions", "runs", run] => Asked::Run(id(run)?),
        ["actions", "runs", run, "jobs"] => Asked::Jobs(id(run)?),
        ["actions", "runs", run, "attempts", attempt, "jobs"] => {
            Asked::AttemptJobs(id(run)?, id(attempt)?)
        }
        ["actions", "jobs", job] => Asked::Job(id(job)?),
        ["check-runs", job, "annotations"] => Asked::Annotations(id(job)?),
        _ => return None,
    })
}

/// A found answer.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) body: String,
    pub(crate) link: Option<String>,
}

impl From<String> for Content {
    fn from(body: String) -> Self {
        Self { body, link: None }
    }
}

/// The answer, `None` for 404.
pub(crate) fn content(now: &Snapshot<'_>, route: &Route, line: &RequestLine) -> Option<Content> {
    if !now.world.has_scope(&route.scope) {
        return None;
    }
    match route.asked {
        Asked::Runners => Some(runners(now, &route.scope, line)),
        Asked::Runner(id) => runner(now, &route.scope, id).map(Content::from),
        Asked::Runs => Some(runs(now, route.repo(), line)),
        Asked::Run(id) => {
            let run = now.world.run_at(route.repo(), id, now.at)?;
            let repository = now.repository(route.repo());
            Some(now.run(route.repo(), &repository, &run).into())
        }
        Asked::Jobs(run) => jobs(now, route.repo(), run, Attempt::asked_by(line), line),
        Asked::AttemptJobs(run, attempt) => {
            jobs(now, route.repo(), run, Attempt::Number(attempt), line)
        }
        Asked::Job(id) => {
            let job = now.world.job_by_id(route.repo(), id, now.at)?;
            Some(now.job(route.repo(), &job).into())
        }
        Asked::Annotations(id) => {
            let job = now.world.job_by_id(route.repo(), id, now.at)?;
            Some(annotations(now, route.repo(), &job, line))
        }
        Asked::Deliveries(_) => Some(deliveries(now, line)),
        Asked::OrgRepos => Some(org_repos(now, &route.scope, line)),
        Asked::InstallationRepos
        | Asked::Installation
        | Asked::AccessTokens(_)
        | Asked::AppDeliveries
        | Asked::RateLimit
        | Asked::Nothing => None,
    }
}

fn runners(now: &Snapshot<'_>, scope: &str, line: &RequestLine) -> Content {
    let mut all = now.world.runners_at(scope, now.at);
    if let Some(name) = line.param("name") {
        all.retain(|runner| runner.name == name);
    }
    let page = Page::of(line);
    let items = page.cut(&all).iter();
    let items = items.map(|runner| now.listed_runner(scope, runner));
    page.list(now.base, line, "runners", all.len(), items)
}

fn runner(now: &Snapshot<'_>, scope: &str, id: u64) -> Option<String> {
    let known = now.world.runners_at(scope, now.at);
    let runner = known.into_iter().find(|runner| runner.id == id)?;
    (runner.presence_at(now.at) != Presence::Missing).then(|| now.runner_by_id(scope, runner))
}

fn runs(now: &Snapshot<'_>, repo: &str, line: &RequestLine) -> Content {
    let page = Page::of(line);
    let view = |at: Offset, id| {
        let view = now.world.run_at(repo, id, at);
        view.expect("a listed run exists")
    };
    let repository = now.repository(repo);
    let render = |run: RunView| now.run(repo, &repository, &run);
    let Some(status) = line.param("status") else {
        let all = now.world.runs_at(repo, now.at);
        let items = page.cut(&all).iter();
        let items = items.map(|&(_, id)| render(view(now.at, id)));
        return page.list(now.base, line, "workflow_runs", all.len(), items);
    };
    let as_of = match now.world.filtered {
        Filtered::Right => now.at,
        Filtered::Empty => Offset::MIN,
        Filtered::Stale(by) => now.at - by,
    };
    let found: Vec<RunView> = now
        .world
        .runs_at(repo, as_of)
        .iter()
        .map(|&(_, id)| view(as_of, id))
        .filter(|run| run.status == status || run.conclusion == Some(status))
        .take(1000)
        .collect();
    let items = page.cut(&found).iter().map(|run| render(run.clone()));
    page.list(now.base, line, "workflow_runs", found.len(), items)
}

/// Which attempt's jobs are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attempt {
    Latest,
    All,
    Number(u64),
}

impl Attempt {
    fn asked_by(line: &RequestLine) -> Self {
        match line.param("filter") {
            Some("all") => Self::All,
            _ => Self::Latest,
        }
    }

    fn wants(self, job: &JobSpec, latest: u64) -> bool {
        match self {
            Self::Latest => job.attempt == latest,
            Self::All => true,
            Self::Number(number) => job.attempt == number,
        }
    }
}

fn jobs(
    now: &Snapshot<'_>,
    repo: &str,
    run: u64,
    attempt: Attempt,
    line: &RequestLine,
) -> Option<Content> {
    let mut all = now.world.jobs_of(repo, run, now.at);
    let latest = all.iter().map(|job| job.attempt).max()?;
    all.retain(|job| attempt.wants(job, latest));
    let page = Page::of(line);
    let items = page.cut(&all).iter().map(|job| now.job(repo, job));
    Some(page.list(now.base, line, "jobs", all.len(), items))
}

fn annotations(now: &Snapshot<'_>, repo: &str, job: &JobSpec, line: &RequestLine) -> Content {
    let page = Page::of(line);
    let items = page.cut(&job.annotations).iter();
    let items = items.map(|message| Snapshot::annotation(repo, message));
    Content {
        body: format!("[{}]", items.collect::<Vec<_>>().join(",")),
        link: page.link(now.base, line, job.annotations.len()),
    }
}

fn org_repos(now: &Snapshot<'_>, scope: &str, line: &RequestLine) -> Content {
    let owner = format!("{}/", scope.trim_start_matches("orgs/"));
    let repos = now.world.repos.iter();
    let all: Vec<_> = repos.filter(|repo| repo.starts_with(&owner)).collect();
    let page = Page::of(line);
    let items = page.cut(&all).iter().map(|repo| now.repository(repo));
    Content {
        body: format!("[{}]", items.collect::<Vec<_>>().join(",")),
        link: page.link(now.base, line, all.len()),
    }
}

/// What an App sees of an account.
pub(crate) fn installation_repos(
    now: &Snapshot<'_>,
    account: &str,
    selection: &str,
    line: &RequestLine,
) -> Content {
    let owner = format!("{account}/");
    let repos = now.world.repos.iter();
    let all: Vec<_> = repos.filter(|repo| repo.starts_with(&owner)).collect();
    let page = Page::of(line);
    let items = page.cut(&all).iter().map(|repo| now.whole_repository(repo));
    let mut content = page.list(now.base, line, "repositories", all.len(), items);
    let open = content.body.strip_suffix('}').expect("an object");
    content.body = format!(r#"{open},"repository_selection":"{selection}"}}"#);
    content
}

/// A page as asked for.
#[derive(Debug, Clone, Copy)]
struct Page {
    number: usize,
    size: usize,
}

impl Page {
    fn of(line: &RequestLine) -> Self {
        let number = |name, default| {
            let given = line.param(name).and_then(|value| value.parse().ok());
            given.unwrap_or(default)
        };
        Self {
            number: number("page", 1).max(1),
            size: number("per_page", 30).clamp(1, 100),
        }
    }

    fn cut<T>(self, all: &[T]) -> &[T] {
        let from = ((self.number - 1) * self.size).min(all.len());
        let to = (from + self.size).min(all.len());
        &all[from..to]
    }

    fn list(
        self,
        base: &str,
        line: &RequestLine,
        name: &str,
        total: usize,
        items: impl Iterator<Item = String>,
    ) -> Content {
        let items = items.collect::<Vec<_>>().join(",");
        Content {
            body: format!(r#"{{"total_count":{total},"{name}":[{items}]}}"#),
            link: self.link(base, line, total),
        }
    }

    /// `Link`, in GitHub's order; none when everything is on one page.
    fn link(self, base: &str, line: &RequestLine, total: usize) -> Option<String> {
        let last = total.div_ceil(self.size).max(1);
        let mut links = Vec::new();
        if 1 < self.number {
            links.push(("prev", self.number - 1));
        }
        if self.number < last {
            links.push(("next", self.number + 1));
            links.push(("last", last));
        }
        if 1 < self.number {
            links.push(("first", 1));
        }
        let written = |(rel, number)| format!("<{}>; rel=\"{rel}\"", page_url(base, line, number));
        (!links.is_empty()).then(|| {
            links
                .into_iter()
                .map(written)
                .collect::<Vec<_>>()
                .join(", ")
        })
    }
}

fn page_url(base: &str, line: &RequestLine, number: usize) -> String {
    let others = line.query.split('&').filter(|pair| {
        let key = pair.split('=').next();
        !pair.is_empty() && key != Some("page")
    });
    let own = format!("page={number}");
    let query: Vec<_> = others.chain([own.as_str()]).collect();
    format!("{base}{}?{}", line.path, query.join("&"))
}
