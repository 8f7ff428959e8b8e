//! Annotations of a job's check run. They are read for what GitHub and the
//! runner say in them; a job can write any.

use std::sync::Arc;

use serde_json::Value;

use super::fields::Fields;
use super::page::{Page, bare_page};
use crate::model::Annotation;

/// One page of the annotations of a check run.
pub(crate) fn annotations(text: &str) -> Result<Page<Annotation>, String> {
    bare_page(text, annotation_from_value)
}

/// One without a message is none that could say anything.
fn annotation_from_value(value: &Value) -> Result<Annotation, String> {
    let fields = Fields::of(value, "annotation")?;
    let message = fields.text("message")?;
    Ok(Annotation {
        level: fields.note("annotation_level"),
        message: message.map_or_else(|| Arc::from(""), Arc::from),
    })
}
