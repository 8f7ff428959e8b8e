//! A command line that runs nothing: it was not understood, or it asked for
//! help or the version.

use std::ffi::{OsStr, OsString};

use crate::exit::Convention;

#[derive(Debug)]
pub(crate) struct Refused {
    error: clap::Error,
    convention: Convention,
}

impl Refused {
    pub(super) fn new(error: clap::Error, args: &[OsString]) -> Self {
        let convention = convention(args);
        Self { error, convention }
    }

    /// Whose exit codes are given. The line was not understood, so this goes
    /// by the last `--format` in it.
    pub(crate) fn convention(&self) -> Convention {
        self.convention
    }

    /// Whether it answers a question, on stdout.
    pub(crate) fn is_answer(&self) -> bool {
        !self.error.use_stderr()
    }

    /// Help, version or what is wrong, for a file or a pipe.
    pub(crate) fn text(&self) -> String {
        self.error.render().to_string()
    }

    /// The same on the stream and in the colors that clap finds fit. A closed
    /// stream is quiet.
    pub(crate) fn print(&self) {
        drop(self.error.print());
    }
}

fn convention(args: &[OsString]) -> Convention {
    let after = args.windows(2).rev().find_map(|pair| match pair {
        [flag, value] if flag == "--format" => Some(value.as_os_str()),
        [_, joined] => joined.to_str()?.strip_prefix("--format=").map(OsStr::new),
        _ => None,
    });
    if after.is_some_and(|format| format == "nagios") {
        Convention::Plugin
    } else {
        Convention::Own
    }
}
