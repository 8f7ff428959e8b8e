//! Jobs (`github-api.md` §3).

use serde_json::Value;

use super::fields::Fields;
use crate::model::{
    Assignment, Conclusion, Job, JobId, JobStatus, RepoName, RunId, RunnerId, Step,
};

/// The group of GitHub's own machines.
const HOSTED_GROUP: &str = "GitHub Actions";

/// One job of a list, or the job read by id.
///
/// `repo` is the repository that was asked. A saved answer has no request, so
/// without it the job's own URLs tell.
pub(crate) fn job_from_value(value: &Value, repo: Option<&RepoName>) -> Result<Job, String> {
    let fields = Fields::of(value, "job")?;
    let repo = repo.cloned().or_else(|| repo_of(fields));
    Ok(Job {
        id: JobId(fields.id()?),
        run_id: fields.whole("run_id")?.map(RunId),
        run_attempt: fields.attempt("run_attempt")?,
        repo: repo.ok_or_else(|| fields.missing("a URL that names its repository"))?,
        name: fields.required_text("name")?.into(),
        workflow: fields.note("workflow_name"),
        html_url: fields.note("html_url"),
        status: JobStatus::parse(fields.required_text("status")?),
        conclusion: fields.text("conclusion")?.map(Conclusion::parse),
        created_at: fields.time("created_at"),
        started_at: fields.time("started_at"),
        completed_at: fields.deciding_time("completed_at")?,
        steps: steps(fields)?,
        assignment: assignment(fields)?,
        labels: fields.labels(),
    })
}

/// The runner of a job; unassigned is `null`, `0` or absent.
fn assignment(fields: Fields<'_>) -> Result<Option<Assignment>, String> {
    let id = fields.whole("runner_id")?.filter(|id| *id != 0);
    let Some(id) = id else {
        return Ok(None);
    };
    let group_id = fields.whole("runner_group_id")?;
    let group_name = fields.name("runner_group_name")?;
    Ok(Some(Assignment {
        runner_id: RunnerId(id),
        runner_name: fields.name("runner_name")?,
        group_id,
        hosted: group_id == Some(0) || group_name.as_deref() == Some(HOSTED_GROUP),
        group_name,
    }))
}

/// Steps in the order of `number`, where all have one; else as they come.
fn steps(fields: Fields<'_>) -> Result<Vec<Step>, String> {
    let Some(items) = fields.array("steps")? else {
        return Ok(Vec::new());
    };
    let mut numbered = items.iter().map(step).collect::<Result<Vec<_>, _>>()?;
    if numbered.iter().all(|(number, _)| number.is_some()) {
        numbered.sort_by_key(|(number, _)| *number);
    }
    Ok(numbered.into_iter().map(|(_, step)| step).collect())
}

/// A step with odd times stays a step; one without name or status is damage,
/// and skipping it would shift its neighbors.
fn step(value: &Value) -> Result<(Option<u64>, Step), String> {
    let fields = Fields::of(value, "step")?;
    let step = Step {
        name: fields.required_text("name")?.into(),
        status: JobStatus::parse(fields.required_text("status")?),
        conclusion: fields.text("conclusion")?.map(Conclusion::parse),
        started_at: fields.time("started_at"),
        completed_at: fields.time("completed_at"),
    };
    Ok((fields.get("number").and_then(Value::as_u64), step))
}

fn repo_of(fields: Fields<'_>) -> Option<RepoName> {
    let api = |key: &str| fields.get(key)?.as_str().and_then(repo_of_api_url);
    let html = || fields.get("html_url")?.as_str().and_then(repo_of_html_url);
    api("url").or_else(|| api("run_url")).or_else(html)
}

/// `https://HOST/repos/O/R/…`, on a server `https://HOST/api/v3/repos/O/R/…`.
fn repo_of_api_url(url: &str) -> Option<RepoName> {
    let path = path_of(url)?;
    let path = path.strip_prefix("api/v3/").unwrap_or(path);
    repo_at_start(path.strip_prefix("repos/")?)
}

/// `https://HOST/O/R/actions/runs/…`.
fn repo_of_html_url(url: &str) -> Option<RepoName> {
    repo_at_start(path_of(url)?)
}

fn path_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    Some(path)
}

fn repo_at_start(path: &str) -> Option<RepoName> {
    let (owner, rest) = path.split_once('/')?;
    let (name, _) = rest.split_once('/')?;
    RepoName::parse(&format!("{owner}/{name}"))
}
