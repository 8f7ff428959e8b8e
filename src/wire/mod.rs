//! GitHub's JSON → our values, item by item: one odd item is one undecodable
//! item, never a lost page (`github-api.md` §9).
//!
//! A leaf beside `model`, used by the HTTP client and by the importer of
//! saved answers. Pure; it makes no requests and reads no files. It never
//! lets damage stand for "null" or "none": a field that decides something is
//! right, absent, or makes its item undecodable.

mod annotations;
mod deliveries;
mod fields;
mod jobs;
mod page;
mod repos;
mod runners;
mod runs;
#[cfg(test)]
mod tests;

pub(crate) use annotations::annotations;
pub(crate) use deliveries::deliveries;
pub(crate) use jobs::job_from_value;
pub(crate) use page::{List, page};
pub(crate) use repos::repos;
pub(crate) use runners::runner_from_value;
pub(crate) use runs::run_from_value;
