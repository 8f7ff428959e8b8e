//! Scale-down logs of terraform-aws-github-runner: the autoscaler's own
//! readings of the busy flag, and what it did to the runners
//! (`runner-logs.md` §6). Its readings are upper bounds in time: a line is
//! written right after the runner was read.
//!
//! [`envelope`] takes an entry out of whatever a library or an export wrapped
//! it in, [`message`] says what its text means, [`document`] walks exports
//! that are one JSON document or a table, [`spread`] those that are lines, and
//! [`join`] makes records.

mod document;
mod envelope;
mod join;
mod message;
mod spread;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead};
use std::sync::Arc;

pub(crate) use join::join;

use document::Shape;
use envelope::Entry;
use message::{Act, Aside, Meaning, meaning};
use spread::Lines;

use crate::model::Timestamp;

/// Texts that only a scale-down log holds, by which it is told.
pub(super) const MARKS: [&[u8]; 7] = [
    b"GitHub Runner ID '",
    b" runner instance '",
    b" and GitHub runner is de-registered",
    b"cannot be de-registered",
    b"\"scale-down\"",
    b"\\\"scale-down\\\"",
    b"[scale-down:",
];

/// What one file holds.
#[derive(Debug, Default)]
pub(crate) struct ScalerLog {
    said: Vec<Said>,
    counts: Counts,
}

/// An entry that is evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    at: Timestamp,
    /// The invocation.
    request: Option<Arc<str>>,
    instance: Arc<str>,
    act: Act,
}

/// Entries that are no evidence, by what they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    failed_deregistrations: u64,
    orphan_tags: u64,
    idle_confirmations: u64,
    /// States of runners that were listed, perhaps minutes before.
    listed: u64,
    /// Entries about something else.
    other: u64,
    /// Lines and items that are no entries.
    unreadable: u64,
    /// Evidence without a time.
    timeless: u64,
}

/// Reads a log of any envelope. `head` is the beginning of the source.
///
/// # Errors
/// Those of the source.
pub(crate) fn read(source: &mut dyn BufRead, head: &[u8]) -> io::Result<ScalerLog> {
    let mut log = ScalerLog::default();
    match Shape::of(head) {
        Shape::Json => document::json(source, &mut log)?,
        Shape::Table => document::table(source, &mut log)?,
        Shape::Lines => {
            let mut lines = Lines::of(&mut log);
            super::lines::for_each_line(source, |line| lines.line(line))?;
            lines.finish();
        }
    }
    Ok(log)
}

impl ScalerLog {
    fn entry(&mut self, entry: Option<Entry<'_>>) {
        let counts = &mut self.counts;
        let Some(entry) = entry else {
            counts.unreadable += 1;
            return;
        };
        match meaning(&entry.message, entry.level) {
            None => counts.other += 1,
            Some(Meaning::Aside(aside)) => *counts.of(aside) += 1,
            Some(Meaning::Said { instance, act }) => match entry.at {
                Some(at) => self.said.push(Said {
                    at,
                    request: entry.request.map(Into::into),
                    instance: instance.into(),
                    act,
                }),
                None => counts.timeless += 1,
            },
        }
    }
}

impl Counts {
    fn of(&mut self, aside: Aside) -> &mut u64 {
        match aside {
            Aside::FailedDeregistration => &mut self.failed_deregistrations,
            Aside::OrphanTag => &mut self.orphan_tags,
            Aside::IdleConfirmation => &mut self.idle_confirmations,
            Aside::Listed => &mut self.listed,
        }
    }
}
