//! Workflow runs (`github-api.md` §2). They guide discovery and are never
//! evidence, so anything but the id may be missing.

use serde_json::Value;

use super::fields::Fields;
use crate::model::{RunId, WorkflowRun};

/// One run of a list, or the run read by id.
pub(crate) fn run_from_value(value: &Value) -> Result<WorkflowRun, String> {
    let fields = Fields::of(value, "run")?;
    Ok(WorkflowRun {
        id: RunId(fields.id()?),
        attempt: fields.attempt("run_attempt")?,
        status: fields.text("status")?.map(Into::into),
        created_at: fields.time("created_at"),
        updated_at: fields.time("updated_at"),
    })
}
