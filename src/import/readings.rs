//! Readings of anybody's poller and events of anybody's autoscaler, one JSON
//! object a line (`contract.md` §3). Unknown keys are ignored; a bad line is
//! counted and named, the rest is used.

use std::collections::HashSet;
use std::io::{self, BufRead};
use std::sync::Arc;

use serde::Deserialize;

use super::ImportedFile;
use super::lines::for_each_line;
use crate::model::{
    Host, ImportedReading, OnlineStatus, Record, Runner, RunnerEvent, RunnerEventKind, RunnerId,
    RunnerKey, Scope, Sighting, Timestamp,
};

/// One usable line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReadingLine {
    pub(crate) at: Timestamp,
    /// Where the line states one.
    pub(crate) scope: Option<Scope>,
    pub(crate) runner_id: RunnerId,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) source: Option<Arc<str>>,
    pub(crate) line: Line,
}

/// What the line tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    Flag {
        busy: bool,
        status: OnlineStatus,
    },
    /// `"status":"missing"`: a 404.
    Missing,
    Event(RunnerEventKind),
}

/// A line as it is written.
#[derive(Deserialize)]
struct Raw {
    at: String,
    runner_id: u64,
    runner_name: Option<String>,
    busy: Option<bool>,
    status: Option<String>,
    event: Option<String>,
    source: Option<String>,
    scope: Option<String>,
}

/// Reads every line; blank ones are no lines.
///
/// # Errors
/// Those of the source.
pub(super) fn read(source: &mut dyn BufRead) -> io::Result<ImportedFile> {
    let mut file = ImportedFile::default();
    let mut words = Words::default();
    let mut number = 0_u64;
    for_each_line(source, |line| {
        number += 1;
        if line.trim_ascii().is_empty() {
            return;
        }
        match parse_line(line, &mut words) {
            Ok(reading) => file.readings.push(reading),
            Err(why) => file.skipped.push(format!("line {number}: {why}")),
        }
    })?;
    Ok(file)
}

/// Names and sources. There are as many lines as runners times polls, and few
/// words in them: each is kept once.
#[derive(Default)]
struct Words(HashSet<Arc<str>>);

impl Words {
    fn one(&mut self, word: &str) -> Arc<str> {
        if let Some(known) = self.0.get(word) {
            return Arc::clone(known);
        }
        let word = Arc::from(word);
        self.0.insert(Arc::clone(&word));
        word
    }
}

fn parse_line(line: &[u8], words: &mut Words) -> Result<ReadingLine, String> {
    let line = std::str::from_utf8(line).map_err(|_| "not UTF-8".to_owned())?;
    let raw: Raw = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let at = Timestamp::parse(&raw.at);
    let at = at.ok_or_else(|| format!("`at` is no RFC 3339 time with a zone: {}", raw.at))?;
    let scope = raw
        .scope
        .as_deref()
        .map(|text| Scope::parse(text).ok_or_else(|| format!("`scope` is none: {text}")));
    if raw.runner_id == 0 {
        return Err("`runner_id` is 0, which is no runner".to_owned());
    }
    Ok(ReadingLine {
        at,
        scope: scope.transpose()?,
        runner_id: RunnerId(raw.runner_id),
        line: raw.line()?,
        name: raw
            .runner_name
            .filter(|name| !name.is_empty())
            .map(|name| words.one(&name)),
        source: raw
            .source
            .filter(|source| !source.is_empty())
            .map(|source| words.one(&source)),
    })
}

impl Raw {
    fn line(&self) -> Result<Line, String> {
        if let Some(event) = &self.event {
            return match event.as_str() {
                "terminated" => Ok(Line::Event(RunnerEventKind::Terminated)),
                "deregistered" => Ok(Line::Event(RunnerEventKind::Deregistered)),
                other => Err(format!(
                    "`event` is neither terminated nor deregistered: {other}"
                )),
            };
        }
        match (self.status.as_deref(), self.busy) {
            (Some("missing"), None) => Ok(Line::Missing),
            (Some("missing"), Some(_)) => Err("a missing runner has no `busy`".to_owned()),
            (_, None) => Err("`busy` is missing".to_owned()),
            (status, Some(busy)) => Ok(Line::Flag {
                busy,
                // A source that states no status counts as online
                // (`evidence.md` §1).
                status: status.map_or(OnlineStatus::Online, OnlineStatus::parse),
            }),
        }
    }
}

impl ReadingLine {
    /// The line as a record of a runner in its own scope, or in the one for
    /// lines that state none.
    pub(crate) fn record(self, host: &Host, otherwise: Option<&Scope>) -> Option<Record> {
        let key = RunnerKey {
            host: host.clone(),
            scope: self.scope.or(otherwise.cloned())?,
            id: self.runner_id,
        };
        let said = match self.line {
            Line::Event(kind) => {
                return Some(Record::Event(RunnerEvent {
                    name: self.name,
                    ..RunnerEvent::plain(self.at, key, kind, self.source)
                }));
            }
            Line::Missing => Sighting::Missing,
            Line::Flag { busy, status } => Sighting::Seen(Runner {
                id: self.runner_id,
                name: self.name.clone(),
                os: None,
                status,
                busy,
                labels: None,
                group_id: None,
                version: None,
            }),
        };
        Some(Record::Reading(ImportedReading {
            at: self.at,
            key,
            name: self.name,
            instance: None,
            said,
            source: self.source,
        }))
    }
}
