//! What a file is, by its first bytes.

use serde_json::Value;

use super::ImportError;
use super::runner_log::{self, Layout, Process};
use super::scaler_log;

/// Kinds of evidence files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    Recording,
    Jobs,
    Readings,
    ScaleDownLog,
    /// With the layout of its lines, where any shows it.
    RunnerLog(Process, Option<Layout>),
    /// The `.runner` file: whose the logs are.
    RunnerSettings,
    /// What lies beside runner logs and is no evidence.
    Neighbor(Neighbor),
}

/// Known neighbors of runner logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Neighbor {
    SelfUpdate,
    JobOutput,
}

impl Neighbor {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::SelfUpdate => {
                "the log of a self-update, by the host's local time, which is no evidence"
            }
            Self::JobOutput => "output of a job, which is no evidence",
        }
    }
}

/// What GitHub answers to neighboring requests, easily saved for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Foreign {
    Refusal,
    Runners,
    Runs,
    /// A log of a runner inside what CloudWatch exports.
    Wrapped,
}

impl Foreign {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Refusal => "an error that GitHub answered, and holds nothing else",
            Self::Runners => "a list of runners, which does not say when it was read",
            Self::Runs => "a list of runs, which names no runner",
            Self::Wrapped => "a runner's log inside an export of CloudWatch",
        }
    }

    fn of(head: &[u8]) -> Option<Self> {
        if !begins_document(head.trim_ascii_start()) {
            return None;
        }
        if has(head, br#""workflow_runs""#) {
            Some(Self::Runs)
        } else if has(head, br#""runners""#) && has(head, br#""busy""#) {
            Some(Self::Runners)
        } else {
            let refusal = has(head, br#""message""#) && has(head, br#""documentation_url""#);
            refusal.then_some(Self::Refusal)
        }
    }
}

/// Tells the kind of a file by its beginning.
///
/// # Errors
/// When it is empty or none of the kinds.
pub(crate) fn sniff(head: &[u8]) -> Result<FileKind, ImportError> {
    if head.trim_ascii().is_empty() {
        return Err(ImportError::Empty);
    }
    if is_wrapped_log(head) {
        return Err(ImportError::Foreign(Foreign::Wrapped));
    }
    json(head)
        .or_else(|| log(head))
        .or_else(|| neighbor(head))
        .ok_or_else(|| Foreign::of(head).map_or(ImportError::Unrecognized, ImportError::Foreign))
}

/// Whether it is the JSON of `filter-log-events` or the table of Logs Insights
/// with the lines of a runner's log in it.
fn is_wrapped_log(head: &[u8]) -> bool {
    let text = head.trim_ascii_start();
    let first = lines(text).next().unwrap_or(&[]);
    let exported = begins_document(text) && has(text, br#""eventId""#);
    let in_table = has(first, b"@message");
    let of_runner: [&[u8]; 4] = [b"Z INFO ", b"Z WARN ", b"Z ERR ", b"[RUNNER "];
    let of_scaler = scaler_log::MARKS.iter().any(|mark| has(head, mark));
    (exported || in_table) && !of_scaler && of_runner.iter().any(|mark| has(head, mark))
}

fn json(head: &[u8]) -> Option<FileKind> {
    let text = head.trim_ascii_start();
    if text.starts_with(br#"{"seq":"#) {
        return Some(FileKind::Recording);
    }
    if lines(text).take(LOOKED_AT).any(is_reading) {
        return Some(FileKind::Readings);
    }
    if !begins_document(text) {
        return None;
    }
    if has(text, br#""agentId""#) && has(text, br#""agentName""#) {
        return Some(FileKind::RunnerSettings);
    }
    if looks_like_jobs(text) {
        return Some(FileKind::Jobs);
    }
    // `filter-log-events` that found nothing.
    has(text, br#""searchedLogStreams""#).then_some(FileKind::ScaleDownLog)
}

/// An object or a list of some: a line of a log can begin with a bracket too.
fn begins_document(text: &[u8]) -> bool {
    let inside = |text: &[u8]| {
        text.get(1..)
            .map(<[u8]>::trim_ascii_start)?
            .first()
            .copied()
    };
    match text.first() {
        Some(b'{') => true,
        Some(b'[') => matches!(inside(text), Some(b'{' | b'[')),
        _ => false,
    }
}

/// Lines looked at before a readings file is given up: its first ones may be
/// broken.
const LOOKED_AT: usize = 20;

fn is_reading(line: &[u8]) -> bool {
    let Ok(Value::Object(object)) = serde_json::from_slice(line) else {
        return false;
    };
    object.contains_key("at") && object.contains_key("runner_id")
}

/// A JSON document that has the marks of a job somewhere near its beginning.
fn looks_like_jobs(head: &[u8]) -> bool {
    let of_jobs = has(head, br#""jobs""#) && has(head, br#""total_count""#);
    let of_job = has(head, br#""run_id""#) && has(head, br#""runner_id""#);
    of_jobs || of_job || has(head, br#""workflow_job""#)
}

fn log(head: &[u8]) -> Option<FileKind> {
    if let Some(layout) = Layout::of(head) {
        let process = runner_log::writer(head, layout);
        return Some(FileKind::RunnerLog(process, Some(layout)));
    }
    if scaler_log::MARKS.iter().any(|mark| has(head, mark)) {
        return Some(FileKind::ScaleDownLog);
    }
    let inside_a_dump = has(head, br#""messageType":"#) && has(head, br#""jobDisplayName":"#);
    if inside_a_dump {
        return Some(FileKind::RunnerLog(Process::Worker, None));
    }
    let undated = lines(head).any(runner_log::is_undated);
    undated.then_some(FileKind::RunnerLog(Process::Runner, None))
}

fn neighbor(head: &[u8]) -> Option<FileKind> {
    let of = |is: fn(&[u8]) -> bool| lines(head).take(LOOKED_AT).any(is);
    if of(runner_log::is_self_update) {
        Some(FileKind::Neighbor(Neighbor::SelfUpdate))
    } else {
        of(is_job_output).then_some(FileKind::Neighbor(Neighbor::JobOutput))
    }
}

/// `2026-05-14T02:00:00.1234567Z text`: seven digits of a second are written
/// by nothing else.
fn is_job_output(line: &[u8]) -> bool {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00.0000000Z ";
    let fits = |(byte, shape): (&u8, &u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        mark => byte == mark,
    };
    SHAPE.len() <= line.len() && line.iter().zip(SHAPE).all(fits)
}

fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    head.split(|&byte| byte == b'\n')
        .map(<[u8]>::trim_ascii_end)
}

fn has(head: &[u8], mark: &[u8]) -> bool {
    memchr::memmem::find(head, mark).is_some()
}
