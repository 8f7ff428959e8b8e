//! What kept a command from its end, in words for people: what did not happen,
//! why, and what to try.

use std::fmt::Write as _;

use crate::report::clean_line;

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
    pub(super) fn trouble(&self) -> &Trouble {
        match self {
            Self::Runtime(trouble)
            | Self::Usage(trouble)
            | Self::Access(trouble)
            | Self::Locked(trouble) => trouble,
        }
    }
}

pub(super) fn explain(trouble: &Trouble) -> String {
    let mut text = String::from("error: ");
    for (depth, cause) in trouble.error.chain().enumerate() {
        let cause = clean_line(&cause.to_string());
        if !text.ends_with(&cause) {
            text.push_str(if depth == 0 { "" } else { ": " });
            text.push_str(&cause);
        }
    }
    text.push('\n');
    for hint in &trouble.hints {
        let _ = writeln!(text, "hint: {}", clean_line(hint));
    }
    text
}
