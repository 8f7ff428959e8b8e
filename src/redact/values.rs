//! Identities, runners and jobs, field by field.

use std::sync::Arc;

use super::kept::{is_id, is_version, is_word};
use super::{Names, Sort, name};
use crate::model::{
    Assignment, Conclusion, Host, Job, JobStatus, LoggedJob, OnlineStatus, RepoName, Runner,
    RunnerKey, Scope, Step,
};

pub(super) fn host(names: &dyn Names, host: &Host) -> Host {
    Host::new(&name(names, Sort::Host, host.as_str()))
}

pub(super) fn repo(names: &dyn Names, repo: &RepoName) -> RepoName {
    let RepoName { owner, name: own } = repo;
    RepoName {
        owner: name(names, Sort::Owner, owner),
        name: name(names, Sort::Repo, own),
    }
}

pub(super) fn scope(names: &dyn Names, scope: &Scope) -> Scope {
    match scope {
        Scope::Repo(own) => Scope::Repo(repo(names, own)),
        Scope::Org(org) => Scope::Org(name(names, Sort::Owner, org)),
        Scope::Enterprise(it) => Scope::Enterprise(name(names, Sort::Enterprise, it)),
    }
}

pub(super) fn key(names: &dyn Names, key: &RunnerKey) -> RunnerKey {
    let RunnerKey {
        host: own,
        scope: level,
        id,
    } = key;
    RunnerKey {
        host: host(names, own),
        scope: scope(names, level),
        id: *id,
    }
}

/// A name that may be unknown.
pub(super) fn some(names: &dyn Names, sort: Sort, text: Option<&Arc<str>>) -> Option<Arc<str>> {
    text.map(|text| name(names, sort, text))
}

pub(super) fn labels(names: &dyn Names, labels: Option<&[Arc<str>]>) -> Option<Vec<Arc<str>>> {
    let own = |label: &Arc<str>| name(names, Sort::Label, label);
    labels.map(|labels| labels.iter().map(own).collect())
}

/// A text that is kept when it looks as GitHub makes it.
pub(super) fn shaped(
    names: &dyn Names,
    text: Option<&Arc<str>>,
    is_shaped: fn(&str) -> bool,
) -> Option<Arc<str>> {
    text.map(|text| {
        if is_shaped(text) {
            Arc::clone(text)
        } else {
            name(names, Sort::Text, text)
        }
    })
}

/// The operating system is one of the labels of GitHub's own.
pub(super) fn os(names: &dyn Names, os: Option<&Arc<str>>) -> Option<Arc<str>> {
    some(names, Sort::Label, os)
}

pub(super) fn version(names: &dyn Names, version: Option<&Arc<str>>) -> Option<Arc<str>> {
    shaped(names, version, is_version)
}

pub(super) fn id(names: &dyn Names, id: Option<&Arc<str>>) -> Option<Arc<str>> {
    shaped(names, id, is_id)
}

pub(super) fn word(names: &dyn Names, word: &Arc<str>) -> Arc<str> {
    if is_word(word) {
        Arc::clone(word)
    } else {
        name(names, Sort::Text, word)
    }
}

pub(super) fn runner(names: &dyn Names, runner: &Runner) -> Runner {
    let Runner {
        id,
        name: own,
        os: system,
        status,
        busy,
        labels: own_labels,
        group_id,
        version: own_version,
    } = runner;
    Runner {
        id: *id,
        name: some(names, Sort::Runner, own.as_ref()),
        os: os(names, system.as_ref()),
        status: match status {
            OnlineStatus::Online | OnlineStatus::Offline => status.clone(),
            OnlineStatus::Other(text) => OnlineStatus::Other(word(names, text)),
        },
        busy: *busy,
        labels: labels(names, own_labels.as_deref()),
        group_id: *group_id,
        version: version(names, own_version.as_ref()),
    }
}

pub(super) fn job(names: &dyn Names, job: &Job) -> Job {
    let Job {
        id,
        run_id,
        run_attempt,
        repo: own_repo,
        name: own,
        workflow,
        html_url,
        status: own_status,
        conclusion: own_conclusion,
        created_at,
        started_at,
        completed_at,
        steps,
        assignment: own_assignment,
        labels: own_labels,
    } = job;
    Job {
        id: *id,
        run_id: *run_id,
        run_attempt: *run_attempt,
        repo: repo(names, own_repo),
        name: name(names, Sort::Job, own),
        workflow: some(names, Sort::Workflow, workflow.as_ref()),
        html_url: html_url.as_ref().map(|url| names.url(url)),
        status: status(names, own_status),
        conclusion: conclusion(names, own_conclusion.as_ref()),
        created_at: *created_at,
        started_at: *started_at,
        completed_at: *completed_at,
        steps: steps.iter().map(|own| step(names, own)).collect(),
        assignment: own_assignment.as_ref().map(|own| assignment(names, own)),
        labels: labels(names, own_labels.as_deref()),
    }
}

fn assignment(names: &dyn Names, assignment: &Assignment) -> Assignment {
    let Assignment {
        runner_id,
        runner_name,
        group_id,
        group_name,
        hosted,
    } = assignment;
    Assignment {
        runner_id: *runner_id,
        runner_name: some(names, Sort::Runner, runner_name.as_ref()),
        group_id: *group_id,
        group_name: some(names, Sort::Group, group_name.as_ref()),
        hosted: *hosted,
    }
}

fn step(names: &dyn Names, step: &Step) -> Step {
    let Step {
        name: own,
        status: own_status,
        conclusion: own_conclusion,
        started_at,
        completed_at,
    } = step;
    Step {
        name: step_name(names, own),
        status: status(names, own_status),
        conclusion: conclusion(names, own_conclusion.as_ref()),
        started_at: *started_at,
        completed_at: *completed_at,
    }
}

/// `Post` stays: whether the steps after the work ran is evidence
/// (`evidence.md` §6).
fn step_name(names: &dyn Names, own: &str) -> Arc<str> {
    match own.split_once(' ') {
        Some((when @ ("Post" | "Pre"), of)) => {
            format!("{when} {}", name(names, Sort::Step, of)).into()
        }
        Some(_) | None => name(names, Sort::Step, own),
    }
}

fn status(names: &dyn Names, status: &JobStatus) -> JobStatus {
    match status {
        JobStatus::Other(text) => JobStatus::Other(word(names, text)),
        JobStatus::Queued
        | JobStatus::InProgress
        | JobStatus::Completed
        | JobStatus::Waiting
        | JobStatus::Requested
        | JobStatus::Pending => status.clone(),
    }
}

fn conclusion(names: &dyn Names, conclusion: Option<&Conclusion>) -> Option<Conclusion> {
    conclusion.map(|conclusion| match conclusion {
        Conclusion::Other(text) => Conclusion::Other(word(names, text)),
        Conclusion::Success
        | Conclusion::Failure
        | Conclusion::Cancelled
        | Conclusion::Skipped
        | Conclusion::TimedOut => conclusion.clone(),
    })
}

pub(super) fn logged(names: &dyn Names, job: &LoggedJob) -> LoggedJob {
    let LoggedJob {
        plan,
        guid,
        name: own,
        job,
        run,
        attempt,
        repo: own_repo,
    } = job;
    LoggedJob {
        plan: id(names, plan.as_ref()),
        guid: id(names, guid.as_ref()),
        name: some(names, Sort::Job, own.as_ref()),
        job: *job,
        run: *run,
        attempt: *attempt,
        repo: own_repo.as_ref().map(|own| repo(names, own)),
    }
}
