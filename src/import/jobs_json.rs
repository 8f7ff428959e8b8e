//! Bodies of GitHub's jobs endpoints in every shape that `gh api` and
//! webhooks give: one list, several concatenated (`--paginate`), an array of
//! them (`--slurp`), a single job, `workflow_job` payloads and deliveries.

use serde_json::{Deserializer, Value};

use super::{ImportedFile, StatedJobs};
use crate::model::{Host, ImportedJob, Job, JobStatus, RepoName};
use crate::wire::job_from_value;

/// What a payload says of its job, which may not say it itself.
#[derive(Default)]
struct Around<'a> {
    repo: Option<&'a RepoName>,
    host: Option<Host>,
}

/// Reads every job; what is none is skipped and named. Behind a document
/// that is broken, reading goes on where a line begins another.
pub(super) fn parse(text: &str) -> ImportedFile {
    let mut file = ImportedFile::default();
    let mut rest = text;
    let mut number = 0;
    loop {
        let mut documents = Deserializer::from_str(rest).into_iter::<Value>();
        let broken = documents.by_ref().find_map(|document| {
            number += 1;
            match document {
                Ok(value) => {
                    take(&value, &Around::default(), &mut file);
                    None
                }
                Err(error) => Some(error),
            }
        });
        let Some(error) = broken else {
            return file;
        };
        file.skipped.push(format!("document {number}: {error}"));
        file.unread = true;
        rest = next_document(&rest[documents.byte_offset()..]);
    }
}

/// From the next line on that begins with a bracket. Lines inside a document
/// are indented, or the document is one line.
fn next_document(broken: &str) -> &str {
    let broken = broken.trim_start();
    let begins = ["\n{", "\n["].map(|mark| broken.find(mark));
    let next = begins.into_iter().flatten().min();
    next.map_or("", |at| &broken[at + 1..])
}

/// Finds the jobs in a value by its shape.
fn take(value: &Value, around: &Around<'_>, file: &mut ImportedFile) {
    if let Some(items) = value.as_array() {
        for item in items {
            take(item, around, file);
        }
    } else if let Some(jobs) = value.get("jobs").and_then(Value::as_array) {
        let known = file.jobs.len();
        for job in jobs {
            one(job, around, file);
        }
        let total = value.get("total_count").and_then(Value::as_u64);
        if let Some(total) = total.filter(|&total| jobs.len() as u64 != total) {
            state(total, known, file);
        }
    } else if let Some(payload) = value.pointer("/request/payload") {
        take(payload, around, file);
    } else if let Some(job) = value.get("workflow_job") {
        let full_name = value
            .pointer("/repository/full_name")
            .and_then(Value::as_str);
        let of_payload = full_name.and_then(RepoName::parse);
        let around = Around {
            repo: of_payload.as_ref().or(around.repo),
            host: value
                .get("repository")
                .and_then(host)
                .or_else(|| around.host.clone()),
        };
        one(job, &around, file);
    } else {
        one(value, around, file);
    }
}

/// Takes note of a list that does not show all that it states: the rest can be
/// in other pages.
fn state(total: u64, known: usize, file: &mut ImportedFile) {
    let shown = file.jobs.get(known..).unwrap_or(&[]);
    let first = shown.first();
    let of = first.and_then(|first| Some((first, first.job.run_id?)));
    match of {
        Some((first, run)) => file.stated.push(StatedJobs {
            host: first.host.clone(),
            repo: first.job.repo.clone(),
            run,
            total,
            shown: shown.iter().map(|of| of.job.id).collect(),
            attempts: shown.iter().map(|of| of.job.run_attempt).collect(),
        }),
        None => file.unread = true,
    }
}

fn one(value: &Value, around: &Around<'_>, file: &mut ImportedFile) {
    match job_from_value(value, around.repo).and_then(|job| with_runner(value, job)) {
        Ok(job) => {
            let host = host(value).or_else(|| around.host.clone());
            let host = host.unwrap_or_else(Host::github_com);
            file.jobs.push(ImportedJob { host, job });
        }
        Err(why) => {
            let id = value
                .get("id")
                .map_or_else(|| "without id".to_owned(), Value::to_string);
            // What a webhook tells of other things is no job.
            file.unread |= value.get("action").is_none();
            let what = match value.get("message").and_then(Value::as_str) {
                Some(message) => format!("no job, but a message: {message}"),
                None => format!("job {id}: {why}"),
            };
            file.skipped.push(what);
        }
    }
}

/// GitHub states `runner_id` of every job, null where it has none. In a file
/// somebody may have left it out: the runner of such a job is unknown once the
/// job has begun.
fn with_runner(value: &Value, job: Job) -> Result<Job, String> {
    let begun = matches!(job.status, JobStatus::InProgress | JobStatus::Completed);
    if begun && value.get("runner_id").is_none() {
        return Err("job without runner_id".to_owned());
    }
    Ok(job)
}

/// The host of `html_url`, which GitHub may leave null (`github-api.md` §3),
/// else that of the API URLs.
fn host(value: &Value) -> Option<Host> {
    let url = |key: &str| value.get(key).and_then(Value::as_str);
    let html = url("html_url").and_then(|url| Some(parts(url)?.0));
    let api = || {
        url("run_url")
            .and_then(host_of_api)
            .or_else(|| url("url").and_then(host_of_api))
    };
    html.or_else(api).map(Host::new)
}

/// `https://api.github.com/repos/…`, with data residency
/// `https://api.NAME.ghe.com/repos/…`, on a server `https://HOST/api/v3/…`.
fn host_of_api(url: &str) -> Option<&str> {
    let (host, path) = parts(url)?;
    match host.strip_prefix("api.") {
        Some(of) if !path.starts_with("api/v3/") => Some(of),
        Some(_) | None => Some(host),
    }
}

/// Host and path of a URL.
fn parts(url: &str) -> Option<(&str, &str)> {
    let (_, rest) = url.split_once("://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    (!host.is_empty()).then_some((host, path))
}
