//! Outcome → exit code: the only table of codes, and the `error:` and `hint:`
//! lines beside it.
//!
//! Codes 1, 2 and 101 of a wrapper (`gh`, a shell, a panic) can never read as
//! a desync: that is 10, and only ours. A monitoring plugin exits otherwise;
//! that is the table's second column.

mod trouble;

use std::process::ExitCode;

use crate::model::ReportVerdict;
use crate::report::{self, Counted, Service};
use crate::streams::{mute, print, say};

use trouble::explain;
pub(crate) use trouble::{Failure, Trouble};

/// Whose exit codes are given, and what may be said on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Convention {
    Own,
    /// Of the monitoring plugins: 0 to 3, and nothing on stderr.
    Plugin,
}

/// How a command ended that ran to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Ran to plan, coverage sufficient, nothing that `--fail-on` names.
    Clean,
    /// A finding that `--fail-on` names.
    Finding(Counted),
    /// Nothing can be said, and there is no finding.
    Inconclusive,
    /// SIGINT before the first complete cycle, or a second time.
    Interrupted,
    /// SIGTERM likewise.
    Terminated,
}

impl Outcome {
    /// A finding outranks everything; a verdict of desync or lag that
    /// `--fail-on` does not name is clean.
    pub(crate) fn of(verdict: ReportVerdict, gravest: Option<Counted>) -> Self {
        match (gravest, verdict) {
            (Some(counted), _) => Self::Finding(counted),
            (None, ReportVerdict::Inconclusive) => Self::Inconclusive,
            (None, ReportVerdict::Desync | ReportVerdict::Lag | ReportVerdict::Clean) => {
                Self::Clean
            }
        }
    }

    /// What it is to a monitor.
    pub(crate) const fn service(self) -> Service {
        match self {
            Self::Clean => Service::Ok,
            Self::Finding(Counted::Lag) => Service::Warning,
            Self::Finding(Counted::Desync) => Service::Critical,
            Self::Inconclusive | Self::Interrupted | Self::Terminated => Service::Unknown,
        }
    }

    /// `--exit-zero` turns a finding and inconclusive into success.
    pub(crate) fn forgiving(self, exit_zero: ExitZero) -> Self {
        match (self, exit_zero) {
            (Self::Finding(_) | Self::Inconclusive, ExitZero::Yes) => Self::Clean,
            (outcome, _) => outcome,
        }
    }
}

/// Whether `--exit-zero` was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitZero {
    Yes,
    No,
}

/// The table. `README.md` shows it, and a test compares both.
pub(crate) fn code(result: &Result<Outcome, Failure>) -> u8 {
    match result {
        Ok(Outcome::Clean) => 0,
        Err(Failure::Runtime(_)) => 1,
        Err(Failure::Usage(_)) => 2,
        Err(Failure::Access(_)) => 4,
        Ok(Outcome::Finding(_)) => 10,
        Ok(Outcome::Inconclusive) => 11,
        Err(Failure::Locked(_)) => 12,
        Ok(Outcome::Interrupted) => 130,
        Ok(Outcome::Terminated) => 143,
    }
}

/// The table in words, for `--help` and the manual page.
pub(crate) const MEANINGS: &str = "\
Exit codes:
  0    ran to plan, coverage sufficient, nothing that --fail-on names
  1    runtime failure, nothing can be concluded
  2    usage: bad flag, unreadable or unrecognized input, unwritable output
  4    credential missing, rejected, or lacking a permission
  10   a finding that --fail-on names
  11   inconclusive, and no finding
  12   the recording is in use by another instance
  130  interrupted before the first complete cycle, or a second time
  143  terminated likewise";

/// The table's second column.
const fn plugin_code(service: Service) -> u8 {
    match service {
        Service::Ok => 0,
        Service::Warning => 1,
        Service::Critical => 2,
        Service::Unknown => 3,
    }
}

/// Says what went wrong, if anything did, and gives the code.
pub(crate) fn finish(result: &Result<Outcome, Failure>, convention: Convention) -> ExitCode {
    match convention {
        Convention::Own => {
            if let Err(failure) = result {
                say(&explain(failure.trouble()));
            }
            ExitCode::from(code(result))
        }
        Convention::Plugin => finish_plugin(result),
    }
}

/// A report says its own status; whatever else ended the run is said here.
fn finish_plugin(result: &Result<Outcome, Failure>) -> ExitCode {
    let trouble = match result {
        Err(failure) => Some(explain(failure.trouble())),
        Ok(Outcome::Interrupted | Outcome::Terminated) => Some("it was stopped".to_owned()),
        Ok(Outcome::Clean | Outcome::Finding(_) | Outcome::Inconclusive) => None,
    };
    if let Some(trouble) = trouble {
        say_status(Service::Unknown, &trouble);
    }
    let service = result
        .as_ref()
        .map_or(Service::Unknown, |out| out.service());
    ExitCode::from(plugin_code(service))
}

/// A status line on stdout.
fn say_status(service: Service, text: &str) {
    let lines = text.trim_start_matches("error: ").lines();
    let lines: Vec<_> = lines
        .filter(|line| !line.trim().is_empty())
        .map(|line| report::plugin_text(&unquoted(line.trim()), LINE))
        .collect();
    let line = report::status_line(service, &lines.join("; "));
    // Nowhere is left to say that stdout is gone.
    drop(print(format!("{line}\n").as_bytes()));
}

/// The marks around quoted words as a status line can have them; as they are,
/// they would stand there as escapes.
fn unquoted(line: &str) -> String {
    let harmless = |mark| match mark {
        '\'' => Some('\u{2019}'),
        '`' | '"' => None,
        '<' => Some('('),
        '>' => Some(')'),
        other => Some(other),
    };
    line.chars().filter_map(harmless).collect()
}

/// Columns of what a status line quotes.
const LINE: usize = 1_000;

/// The code of a command line that runs nothing: an answer to a question for
/// help, or a usage error.
pub(crate) fn not_run(is_answer: bool) -> ExitCode {
    ExitCode::from(if is_answer { 0 } else { 2 })
}

/// The same to a monitor, which reads stdout alone.
pub(crate) fn not_run_for_a_monitor(is_answer: bool, text: &str) -> ExitCode {
    if is_answer {
        drop(print(text.as_bytes()));
    } else {
        say_status(Service::Unknown, text);
    }
    ExitCode::from(plugin_code(Service::Unknown))
}

/// Keeps stderr empty from now on where the convention asks for it.
pub(crate) fn mute_for(convention: Convention) {
    if convention == Convention::Plugin {
        mute();
    }
}

/// An outcome whose report could perhaps not be written. A finding is never
/// lost to what comes after it; anything else is not known to anybody.
///
/// # Errors
/// When the report was not written and there is no finding.
pub(crate) fn told(outcome: Outcome, written: Result<(), Failure>) -> Result<Outcome, Failure> {
    match (outcome, written) {
        (outcome, Ok(())) => Ok(outcome),
        (Outcome::Finding(_), Err(failure)) => {
            say(&explain(failure.trouble()));
            Ok(outcome)
        }
        (_, Err(failure)) => Err(failure),
    }
}
