//! The envelope of lists: `{total_count, <list>: […]}`.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Which list a page is expected to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    Runners,
    Runs,
    Jobs,
    /// Of an App's installation; that of an organization is a bare array.
    Repos,
}

/// One page: what could be decoded, and how many items could not.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Page<T> {
    pub(crate) total: Option<u64>,
    pub(crate) items: Vec<T>,
    pub(crate) undecodable: u32,
}

/// Items stay raw here, so that what is wrong inside one (a number out of
/// range, half a surrogate pair) cannot spoil its page.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    total_count: Option<&'a RawValue>,
    #[serde(borrow)]
    runners: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    workflow_runs: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    jobs: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    repositories: Option<Vec<&'a RawValue>>,
}

/// Decodes a page. An error means that the text is no page of this list at
/// all; items that repeat an id are passed on as they are.
pub(crate) fn page<T>(
    text: &str,
    list: List,
    decode: impl Fn(&Value) -> Result<T, String>,
) -> Result<Page<T>, String> {
    let envelope: Envelope<'_> =
        serde_json::from_str(text).map_err(|error| format!("no page of a list: {error}"))?;
    let (key, items) = match list {
        List::Runners => ("runners", envelope.runners),
        List::Runs => ("workflow_runs", envelope.workflow_runs),
        List::Jobs => ("jobs", envelope.jobs),
        List::Repos => ("repositories", envelope.repositories),
    };
    let items = items.ok_or_else(|| format!("a page without {key}"))?;
    let total = envelope.total_count.and_then(|raw| raw.get().parse().ok());
    Ok(decode_items(total, &items, decode))
}

/// Decodes a page that is nothing but its items.
pub(crate) fn bare_page<T>(
    text: &str,
    decode: impl Fn(&Value) -> Result<T, String>,
) -> Result<Page<T>, String> {
    let items: Vec<&RawValue> =
        serde_json::from_str(text).map_err(|error| format!("no page of a list: {error}"))?;
    Ok(decode_items(None, &items, decode))
}

fn decode_items<T>(
    total: Option<u64>,
    raw: &[&RawValue],
    decode: impl Fn(&Value) -> Result<T, String>,
) -> Page<T> {
    let mut items = Vec::with_capacity(raw.len());
    let mut undecodable = 0;
    for raw in raw {
        let value = serde_json::from_str::<Value>(raw.get());
        match value
            .map_err(|error| error.to_string())
            .and_then(|value| decode(&value))
        {
            Ok(item) => items.push(item),
            Err(_) => undecodable += 1,
        }
    }
    Page {
        total,
        items,
        undecodable,
    }
}
