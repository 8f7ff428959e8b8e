//! The binary: parses, runs, exits.

use std::process::ExitCode;

use clap::Parser;
use runner_desync::Cli;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    runner_desync::run(Cli::parse()).await
}
