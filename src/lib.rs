//! `runner-desync`: detects when GitHub's REST API says that a self-hosted
//! Actions runner is idle (`busy:false`) while a job is running on it.
//!
//! One idea carries the design: observations are the truth, everything else
//! is a pure function of them. A live poll, a recording and imported files
//! all become the same sequence of records; the detector folds them; a report
//! renders what it concludes.
//!
//! The law is in `docs/law`: `evidence.md` binds the detector, `contract.md`
//! what others see; `github-api.md`, `phenomena.md` and `runner-logs.md` are
//! the facts, with sources. Comments cite them by section.
//!
//! # Where things are
//!
//! | room | holds | must not |
//! |---|---|---|
//! | `model` | plain values every room shares | read a clock, a file, a socket; be serialized |
//! | `detect` | the decision table, periods, coverage; pure | fail, do IO, know the time |
//! | `report` | an analysis as a table, a ticket, a page, JSON, CSV and what monitors read | do IO; decide anything |
//! | `record` | the append-only recording; what a scan remembers | know how it is judged |
//! | `redact` | pseudonyms for the names in an analysis or a recording; pure | render; open files |
//! | `import` | other people's files as records; pure parsers | open files |
//! | `wire` | GitHub's JSON as model values | be strict where GitHub is not |
//! | `poll` | the cycle: what to read, in which order, what to do on failure | know HTTP; judge |
//! | `github` | the one user of HTTP: one attempt at one read, with a token that opens it | retry, cache, wait |
//! | `commands` | where rooms meet: `watch`, `check`, `report`, `busy`, `doctor`, `scan`, `demo` | word things, judge |
//! | `cli`, `exit` | flags, a file for each group; the one table of exit codes | |
//! | `streams` | stdout and stderr | |
//! | `notify`, `whole` | telling others while a run goes on; files there whole or not at all | stop a run |
//! | `clock`, `progress` | the one reader of time; the one spinner | |
//! | `fuzz` | tests only: files that are nearly right, for every reader | know a reader |
//! | `sim` | tests only: a simulated GitHub with known truth, and the oracle that judges what the program makes of it | be part of the program |
//!
//! Dependencies run down:
//!
//! ```text
//!                  main -> lib -> commands -> cli -> exit
//!                                    |
//!                         github, notify, progress
//!     +--------+--------+--------+--------+--------+
//!   detect   report   redact   record   import   poll  <-  github implements its Source
//!     +--------+--------+--------+--------+--------+
//!                  wire, clock -> model           streams, whole: leaves
//! ```
//!
//! `tests/it/tidy/rules.rs` has the whole table, and a test holds the sources
//! to it.
//!
//! # Invariants
//!
//! - An error, an absence or a rate limit is unknown, never a value.
//! - Every attempt at a read is one record, retries included.
//! - What the detector is fed is what the recording holds.
//! - Names from GitHub are untrusted; the report room escapes them per sink.
//!
//! Each is enforced by a lint or by a test in `tests/it/tidy.rs`.

mod cli;
mod clock;
mod commands;
mod detect;
mod exit;
#[cfg(test)]
mod fuzz;
mod github;
mod import;
mod model;
mod notify;
mod poll;
mod progress;
mod record;
mod redact;
mod report;
#[cfg(test)]
mod sim;
mod streams;
mod whole;
mod wire;

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs a command line, the program's name first, and gives the exit code of
/// `exit.rs`.
pub async fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<_> = args.into_iter().collect();
    let cli = match cli::parse(&args) {
        Ok(cli) => cli,
        Err(refused) => return refused.finish(),
    };
    let convention = cli.convention();
    exit::mute_for(convention);
    exit::finish(&commands::run(cli).await, convention)
}
