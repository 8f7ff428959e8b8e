//! The commands: where the rooms meet. One file each; what several share
//! stands beside them.

mod access;
mod again;
mod apart;
mod bundle;
mod busy;
mod carry;
mod check;
mod demo;
mod doctor;
mod evidence;
mod excerpt;
mod ledger;
mod news;
mod output;
mod report;
mod scan;
mod session;
mod setup;
mod shown;
mod signals;
mod target;
mod view;
mod watch;

use crate::cli::{self, Cli, Command};
use crate::exit::{Failure, Outcome};

#[cfg(test)]
pub(crate) use {carry::Carry, ledger::Ledger, session::Session};

/// Runs the command that was given.
pub(crate) async fn run(cli: Cli) -> Result<Outcome, Failure> {
    match cli.command {
        Command::Watch(args) => watch::watch(args).await,
        Command::Check(args) => check::check(args).await,
        Command::Report(args) => report::report(&args),
        Command::Busy(args) => busy::busy(args).await,
        Command::Doctor(args) => doctor::doctor(args).await,
        Command::Scan(args) => scan::scan(args).await,
        Command::Demo(args) => demo::demo(args).await,
        Command::Completions(args) => output::print(&args.script()),
        Command::Man => output::print(&cli::manual().map_err(output::unwritable)?),
    }
}
