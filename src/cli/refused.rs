//! A command line that runs nothing: it was not understood, or it asked for
//! help or the version.

use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

use crate::exit::{self, Convention};

#[derive(Debug)]
pub(crate) struct Refused {
    error: clap::Error,
    /// Whose exit codes are given. The line was not understood, so this goes
    /// by the last `--format` in it.
    convention: Convention,
}

impl Refused {
    pub(super) fn new(error: clap::Error, args: &[OsString]) -> Self {
        let convention = convention(args);
        Self { error, convention }
    }

    /// Says help, version or what is wrong, and gives the code.
    pub(crate) fn finish(&self) -> ExitCode {
        let is_answer = !self.error.use_stderr();
        match self.convention {
            Convention::Own => {
                // On the stream and in the colors that clap finds fit. A closed
                // one is quiet.
                drop(self.error.print());
                exit::not_run(is_answer)
            }
            Convention::Plugin => {
                exit::not_run_for_a_monitor(is_answer, &self.error.render().to_string())
            }
        }
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
