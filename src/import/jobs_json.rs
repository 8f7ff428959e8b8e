//! Bodies of GitHub's jobs endpoints in every shape that `gh api` and
//! webhooks give: one list, several concatenated (`--paginate`), an array of
//! them (`--slurp`), a single job, `workflow_job` payloads and deliveries.

use serde_json::{Deserializer, Value};

use super::ImportedFile;
use crate::model::{Host, ImportedJob, RepoName};
use crate::wire::job_from_value;

/// Reads every job; what is none is skipped and named.
pub(super) fn parse(text: &str) -> ImportedFile {
    let mut file = ImportedFile::default();
    for (at, document) in Deserializer::from_str(text)
        .into_iter::<Value>()
        .enumerate()
    {
        match document {
            Ok(value) => take(&value, None, &mut file),
            Err(error) => file.skipped.push(format!("document {}: {error}", at + 1)),
        }
    }
    file
}

/// Finds the jobs in a value by its shape.
fn take(value: &Value, repo: Option<&RepoName>, file: &mut ImportedFile) {
    if let Some(items) = value.as_array() {
        for item in items {
            take(item, repo, file);
        }
    } else if let Some(jobs) = value.get("jobs").and_then(Value::as_array) {
        for job in jobs {
            one(job, repo, file);
        }
    } else if let Some(payload) = value.pointer("/request/payload") {
        take(payload, repo, file);
    } else if let Some(job) = value.get("workflow_job") {
        let full_name = value
            .pointer("/repository/full_name")
            .and_then(Value::as_str);
        let of_payload = full_name.and_then(RepoName::parse);
        one(job, of_payload.as_ref().or(repo), file);
    } else {
        one(value, repo, file);
    }
}

fn one(value: &Value, repo: Option<&RepoName>, file: &mut ImportedFile) {
    match job_from_value(value, repo) {
        Ok(job) => file.jobs.push(ImportedJob {
            host: host(value),
            job,
        }),
        Err(why) => {
            let id = value
                .get("id")
                .map_or_else(|| "without id".to_owned(), Value::to_string);
            file.skipped.push(format!("job {id}: {why}"));
        }
    }
}

/// The host of `html_url`; github.com where there is none.
fn host(value: &Value) -> Host {
    let url = value.get("html_url").and_then(Value::as_str);
    let host = url.and_then(|url| url.split("://").nth(1)?.split('/').next());
    host.filter(|host| !host.is_empty())
        .map_or_else(Host::github_com, Host::new)
}
