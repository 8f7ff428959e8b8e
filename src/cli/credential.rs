//! With which credential: never a token itself, which `ps` would show.

use std::path::PathBuf;

use clap::Args;

/// With which credential.
#[derive(Debug, Args)]
#[command(next_help_heading = "Credential")]
pub(crate) struct CredentialArgs {
    /// File with the token, - for stdin [otherwise: an App,
    /// $CREDENTIALS_DIRECTORY/github-token, GH_TOKEN, GITHUB_TOKEN, gh auth token]
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Id or client id of a GitHub App
    #[arg(long, value_name = "ID", requires = "app_key")]
    pub(crate) app_id: Option<String>,
    /// Private key of the App, PEM, - for stdin
    #[arg(long, value_name = "FILE", requires = "app_id")]
    pub(crate) app_key: Option<PathBuf>,
    /// Installation of the App [default: the one that opens the target]
    #[arg(long, value_name = "ID", requires = "app_id")]
    pub(crate) app_installation: Option<u64>,
    /// File with a token for runners alone, where the other credential opens
    /// only jobs
    #[arg(long, value_name = "FILE")]
    pub(crate) runners_token_file: Option<PathBuf>,
}
