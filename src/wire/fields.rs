//! Typed access to the fields of one JSON object.
//!
//! Absent and `null` are the same to every reader here: GitHub sends both
//! (`github-api.md` §1–3).

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::model::Timestamp;

/// One JSON object and what it is called in errors.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    what: &'static str,
}

impl<'a> Fields<'a> {
    pub(super) fn of(value: &'a Value, what: &'static str) -> Result<Self, String> {
        let map = value
            .as_object()
            .ok_or_else(|| format!("{what} is not an object"))?;
        Ok(Self { map, what })
    }

    /// The value of a field; `null` counts as absent.
    pub(super) fn get(self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn missing(self, key: &str) -> String {
        format!("{} without {key}", self.what)
    }

    fn odd(self, key: &str) -> String {
        format!("{} with an unreadable {key}", self.what)
    }

    /// Whole numbers only: ids above 2^53 must survive, and a fraction is
    /// damage.
    pub(super) fn whole(self, key: &str) -> Result<Option<u64>, String> {
        self.get(key)
            .map(|value| value.as_u64().ok_or_else(|| self.odd(key)))
            .transpose()
    }

    /// The object's own id. 0 is GitHub's "none", so nothing is called 0.
    pub(super) fn id(self) -> Result<u64, String> {
        match self.whole("id")? {
            Some(0) => Err(self.odd("id")),
            Some(id) => Ok(id),
            None => Err(self.missing("id")),
        }
    }

    pub(super) fn attempt(self, key: &str) -> Result<Option<u32>, String> {
        self.whole(key)?
            .map(|number| u32::try_from(number).map_err(|_| self.odd(key)))
            .transpose()
    }

    /// A text that decides something.
    pub(super) fn text(self, key: &str) -> Result<Option<&'a str>, String> {
        self.get(key)
            .map(|value| value.as_str().ok_or_else(|| self.odd(key)))
            .transpose()
    }

    pub(super) fn required_text(self, key: &str) -> Result<&'a str, String> {
        self.text(key)?.ok_or_else(|| self.missing(key))
    }

    /// A name; `""` means "none" (`github-api.md` §3).
    pub(super) fn name(self, key: &str) -> Result<Option<Arc<str>>, String> {
        let text = self.text(key)?.filter(|text| !text.is_empty());
        Ok(text.map(Arc::from))
    }

    /// A text for people only: an odd one is left out.
    pub(super) fn note(self, key: &str) -> Option<Arc<str>> {
        self.get(key).and_then(Value::as_str).map(Arc::from)
    }

    pub(super) fn flag(self, key: &str) -> Result<bool, String> {
        let value = self.get(key).ok_or_else(|| self.missing(key))?;
        value.as_bool().ok_or_else(|| self.odd(key))
    }

    /// A time whose absence decides nothing: an odd one is unknown.
    pub(super) fn time(self, key: &str) -> Option<Timestamp> {
        self.get(key)
            .and_then(Value::as_str)
            .and_then(Timestamp::parse)
    }

    /// A time whose absence decides something (`completed_at`: the job
    /// runs), so that damage must not look like absence.
    pub(super) fn deciding_time(self, key: &str) -> Result<Option<Timestamp>, String> {
        match self.get(key) {
            None => Ok(None),
            Some(_) => self.time(key).map(Some).ok_or_else(|| self.odd(key)),
        }
    }

    pub(super) fn array(self, key: &str) -> Result<Option<&'a [Value]>, String> {
        self.get(key)
            .map(|value| value.as_array().ok_or_else(|| self.odd(key)))
            .transpose()
            .map(|found| found.map(Vec::as_slice))
    }

    /// Labels are strings in jobs and objects in runners, of which only
    /// `name` is required. A list that is not wholly readable is unknown: a
    /// dropped label would make a job fit more runners than it does.
    pub(super) fn labels(self) -> Option<Vec<Arc<str>>> {
        self.get("labels")?.as_array()?.iter().map(label).collect()
    }
}

fn label(value: &Value) -> Option<Arc<str>> {
    let text = value.as_str().or_else(|| value.get("name")?.as_str())?;
    Some(text.into())
}
