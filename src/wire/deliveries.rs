//! Logs of webhook deliveries: only when, and where something about a job was
//! told. What was delivered is never read.

use serde_json::Value;

use super::fields::Fields;
use super::page::{Page, bare_page};
use crate::model::{About, Delivery, RepoId};

/// The event that tells of jobs.
const JOB_EVENT: &str = "workflow_job";

/// One page of the log of a hook, newest first.
pub(crate) fn deliveries(text: &str) -> Result<Page<Delivery>, String> {
    bare_page(text, delivery_from_value)
}

fn delivery_from_value(value: &Value) -> Result<Delivery, String> {
    let fields = Fields::of(value, "delivery")?;
    let at = fields.time("delivered_at");
    let about = match fields.text("event")? {
        Some(JOB_EVENT) => About::Job(fields.whole("repository_id")?.map(RepoId)),
        Some(_) | None => About::Other,
    };
    Ok(Delivery {
        at: at.ok_or_else(|| fields.missing("delivered_at"))?,
        about,
    })
}
