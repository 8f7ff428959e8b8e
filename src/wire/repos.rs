//! Lists of repositories (`github-api.md` §2): which to read, never evidence.

use serde_json::Value;

use super::fields::Fields;
use super::page::{List, Page, bare_page, page};
use crate::model::{ListedRepo, RepoId, RepoName, RepoState, Sight};

/// One page of an organization's repositories, or of an App's installation;
/// the latter says whether the App was given all of them.
pub(crate) fn repos(text: &str) -> Result<(Page<ListedRepo>, Sight), String> {
    if text.trim_start().starts_with('[') {
        return Ok((bare_page(text, repo_from_value)?, Sight::Whole));
    }
    let items = page(text, List::Repos, repo_from_value)?;
    Ok((items, selection(text)))
}

fn repo_from_value(value: &Value) -> Result<ListedRepo, String> {
    let fields = Fields::of(value, "repository")?;
    let name = fields.required_text("full_name")?;
    let name = RepoName::parse(name).ok_or("repository with an unreadable full_name")?;
    let is = |key: &str| value.get(key).and_then(Value::as_bool) == Some(true);
    let state = if is("archived") {
        RepoState::Archived
    } else if is("disabled") {
        RepoState::Disabled
    } else {
        RepoState::Active
    };
    Ok(ListedRepo {
        name,
        id: fields.whole("id")?.map(RepoId),
        state,
    })
}

fn selection(text: &str) -> Sight {
    let page = serde_json::from_str::<Value>(text).ok();
    let selected = page
        .as_ref()
        .and_then(|page| page.get("repository_selection"));
    match selected.and_then(Value::as_str) {
        Some("selected") => Sight::Part,
        Some(_) | None => Sight::Whole,
    }
}
