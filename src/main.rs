//! The binary: runs the command line, exits.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    runner_desync::run(std::env::args_os()).await
}
