//! Outcome → exit code: the only table of codes. Prints `error:` and `hint:`
//! lines.
//!
//! Codes 1, 2 and 101 of a wrapper (`gh`, a shell, a panic) can never read as
//! a desync: that is 10, and only ours.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use crate::model::ReportVerdict;

/// How a command ended that ran to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Ran to plan, coverage sufficient, nothing that `--fail-on` names.
    Clean,
    /// A finding that `--fail-on` names.
    Finding,
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
    pub(crate) fn of(verdict: ReportVerdict, named: usize) -> Self {
        match verdict {
            _ if 0 < named => Self::Finding,
            ReportVerdict::Inconclusive => Self::Inconclusive,
            ReportVerdict::Desync | ReportVerdict::Lag | ReportVerdict::Clean => Self::Clean,
        }
    }

    /// `--exit-zero` turns a finding and inconclusive into success.
    pub(crate) fn forgiving(self, exit_zero: ExitZero) -> Self {
        match (self, exit_zero) {
            (Self::Finding | Self::Inconclusive, ExitZero::Yes) => Self::Clean,
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

/// What kept a command from its end.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nothing can be concluded.
    Runtime(Trouble),
    /// Bad flag, unreadable or unrecognized input, unwritable output; found
    /// before any request.
    Usage(Trouble),
    /// Credential missing, rejected, or lacking a permission.
    Access(Trouble),
    /// The recording is in use by another instance.
    Locked(Trouble),
}

/// An error for people: what did not happen and why, and what to try.
#[derive(Debug)]
pub(crate) struct Trouble {
    error: anyhow::Error,
    hints: Vec<String>,
}

impl Trouble {
    pub(crate) fn new(error: impl Into<anyhow::Error>) -> Self {
        Self {
            error: error.into(),
            hints: Vec::new(),
        }
    }

    /// Adds a line on what to try.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl From<anyhow::Error> for Trouble {
    fn from(error: anyhow::Error) -> Self {
        Self::new(error)
    }
}

impl Failure {
    fn trouble(&self) -> &Trouble {
        match self {
            Self::Runtime(trouble)
            | Self::Usage(trouble)
            | Self::Access(trouble)
            | Self::Locked(trouble) => trouble,
        }
    }
}

/// The table. `README.md` shows it, and a test compares both.
pub(crate) fn code(result: &Result<Outcome, Failure>) -> u8 {
    match result {
        Ok(Outcome::Clean) => 0,
        Err(Failure::Runtime(_)) => 1,
        Err(Failure::Usage(_)) => 2,
        Err(Failure::Access(_)) => 4,
        Ok(Outcome::Finding) => 10,
        Ok(Outcome::Inconclusive) => 11,
        Err(Failure::Locked(_)) => 12,
        Ok(Outcome::Interrupted) => 130,
        Ok(Outcome::Terminated) => 143,
    }
}

/// Says what went wrong, if anything did, and gives the code.
pub(crate) fn finish(result: &Result<Outcome, Failure>) -> ExitCode {
    if let Err(failure) = result {
        say(&explain(failure.trouble()));
    }
    ExitCode::from(code(result))
}

fn explain(trouble: &Trouble) -> String {
    let mut text = String::from("error: ");
    for (depth, cause) in trouble.error.chain().enumerate() {
        let cause = crate::report::clean_line(&cause.to_string());
        if !text.ends_with(&cause) {
            text.push_str(if depth == 0 { "" } else { ": " });
            text.push_str(&cause);
        }
    }
    text.push('\n');
    for hint in &trouble.hints {
        let _ = writeln!(text, "hint: {}", crate::report::clean_line(hint));
    }
    text
}

/// Writes to stderr; a closed stderr leaves the code as earned.
pub(crate) fn say(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

/// Writes to stdout; a closed pipe is quiet and leaves the code as earned.
///
/// # Errors
/// When stdout cannot be written for another reason, such as a full disk.
pub(crate) fn print(bytes: &[u8]) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
