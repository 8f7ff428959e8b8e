//! Runners (`github-api.md` §1).

use serde_json::Value;

use super::fields::Fields;
use crate::model::{OnlineStatus, Runner, RunnerId};

/// One runner of a list, or the runner read by id. `busy` and `status` are
/// the subject of this program: without them there is no reading.
pub(crate) fn runner_from_value(value: &Value) -> Result<Runner, String> {
    let fields = Fields::of(value, "runner")?;
    Ok(Runner {
        id: RunnerId(fields.id()?),
        name: fields.name("name")?,
        os: fields.note("os"),
        status: OnlineStatus::parse(fields.required_text("status")?),
        busy: fields.flag("busy")?,
        labels: fields.labels(),
        group_id: fields.whole("runner_group_id")?,
        version: fields.note("version"),
    })
}
