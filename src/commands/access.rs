//! The way into GitHub: the credentials, the client, and what to tell a user
//! whom GitHub does not let in.

use std::fmt;
use std::path::Path;

use super::target::Aim;
use crate::cli::{CredentialArgs, RequestArgs, TargetArgs};
use crate::clock::System;
use crate::exit::{Failure, Trouble};
use crate::github::{
    Api, AppFiles, AuthError, Client, ClientOptions, Credential, Credentials, Reach, Sources,
    find_credential, token_from_file,
};
use crate::model::{Hook, Scope, Target};
use crate::poll::{self, Fatal};

/// The credentials that the flags and the environment give.
pub(super) async fn credentials(args: &CredentialArgs, api: &Api) -> Result<Credentials, Failure> {
    one_stdin(args)?;
    let app = args.app_id.as_deref().zip(args.app_key.as_deref());
    let sources = Sources {
        token_file: args.token_file.as_deref(),
        app: app.map(|(id, key)| AppFiles {
            id,
            key,
            installation: args.app_installation,
        }),
        env: &|name| std::env::var_os(name),
        gh: Path::new("gh"),
    };
    Ok(Credentials {
        main: find_credential(api, &sources)
            .await
            .map_err(no_credential)?,
        runners: of_runners(args).map_err(no_credential)?,
    })
}

fn of_runners(args: &CredentialArgs) -> Result<Option<Credential>, AuthError> {
    let Some(path) = &args.runners_token_file else {
        return Ok(None);
    };
    let found = token_from_file(path)?;
    let empty = || AuthError::Missing {
        tried: vec![format!("--runners-token-file {}", path.display())],
    };
    found.ok_or_else(empty).map(Some)
}

/// Only one of several files can be stdin.
fn one_stdin(args: &CredentialArgs) -> Result<(), Failure> {
    let files = [&args.token_file, &args.app_key, &args.runners_token_file];
    let stdin = files
        .into_iter()
        .flatten()
        .filter(|path| path.as_os_str() == "-");
    if stdin.count() < 2 {
        return Ok(());
    }
    let error = anyhow::anyhow!("only one credential can be read from stdin");
    let hint = "give the others as files";
    Err(Failure::Usage(Trouble::new(error).hint(hint)))
}

fn no_credential(error: AuthError) -> Failure {
    let hint = match &error {
        AuthError::Missing { tried } => {
            // Another host has variables of its own.
            let variable = tried.iter().find(|name| name.starts_with("GH_"));
            let variable = variable.map_or("GH_TOKEN", String::as_str);
            format!("set {variable}, give --token-file FILE, or run `gh auth login`")
        }
        AuthError::Malformed { .. } => {
            "copy the token again, with nothing in it or around it".into()
        }
        AuthError::Unreadable { .. } | AuthError::Key { .. } => {
            "name a readable file, or leave the flag out and set GH_TOKEN".into()
        }
    };
    let error = match error {
        // Of an App it is no token; that of a token says so in its name.
        AuthError::Unreadable { name, source } if name.starts_with("file ") => {
            let what = format!("cannot read the App's private key from {name}");
            anyhow::Error::new(source).context(what)
        }
        other => anyhow::Error::new(other),
    };
    let trouble = Trouble::new(error.context("nothing was asked of GitHub"));
    Failure::Access(trouble.hint(hint))
}

/// Only an App reads the log of its own webhook.
pub(super) fn hears(credentials: &Credentials, hook: Option<&Hook>) -> Result<(), Failure> {
    if hook != Some(&Hook::App) || credentials.main.is_app() {
        return Ok(());
    }
    let error = anyhow::anyhow!("--deliveries app needs a GitHub App as the credential");
    let hint =
        "give --app-id and --app-key, or the webhook of the organization: --deliveries org:ID";
    Err(Failure::Usage(Trouble::new(error).hint(hint)))
}

/// Where the credentials are from, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CredentialSource {
    pub(crate) main: String,
    /// Of the one for runners alone, if there is one.
    pub(crate) runners: Option<String>,
}

impl fmt::Display for CredentialSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.main)?;
        match &self.runners {
            None => Ok(()),
            Some(runners) => write!(f, "; for runners {runners}"),
        }
    }
}

pub(super) fn sources(credentials: &Credentials) -> CredentialSource {
    let runners = credentials.runners.as_ref();
    CredentialSource {
        main: credentials.main.source().to_owned(),
        runners: runners.map(|runners| runners.source().to_owned()),
    }
}

pub(super) fn client(
    target: &TargetArgs,
    requests: &RequestArgs,
    (aim, helpful): (&Aim, &'static [&'static str]),
    credentials: Credentials,
    clock: &System,
) -> Result<Client, Failure> {
    let options = ClientOptions {
        timeout: requests.timeout.to_std(),
        ca_file: target.ca_file.clone(),
    };
    let reach = Reach {
        scopes: &aim.scopes,
        hook: aim.hook.as_ref(),
        helpful,
    };
    let client = Client::new(aim.api.clone(), credentials, reach, &options, clock);
    let hint = "--ca-file takes certificates that begin with `-----BEGIN CERTIFICATE-----`";
    client.map_err(|error| Failure::Usage(Trouble::new(error).hint(hint)))
}

/// Of a 4xx that is about no credential: 400, 410, 422 and the like.
pub(super) const REFUSED: &str = "the credential is not what is wrong; check --api-url or --host, \
                                  and whether this server offers it";

/// The failure a fatal first cycle is for the user.
pub(crate) fn fatal(error: Fatal, aim: &Aim, credential_source: &str) -> Failure {
    match &error {
        Fatal::Access { what, error: cause } => {
            let hints = access_hints(cause, || refused(what, aim), credential_source);
            let trouble = Trouble::new(error.clone());
            Failure::Access(hints.into_iter().fold(trouble, Trouble::hint))
        }
        Fatal::Refused { .. } => Failure::Runtime(Trouble::new(error).hint(REFUSED)),
        Fatal::Unreachable { .. } => Failure::Runtime(
            Trouble::new(error).hint("check --api-url or --host, the network and HTTPS_PROXY"),
        ),
    }
}

/// What the read takes that was refused, which a failure names as a gap does.
fn refused(what: &str, aim: &Aim) -> &'static str {
    if what.starts_with("repositories") {
        return REPOSITORIES;
    }
    if !what.starts_with("runner") {
        return JOBS;
    }
    let mut scopes = aim.scopes.iter();
    let named = scopes.find(|scope| what.ends_with(&scope.to_string()));
    named.or(aim.scopes.first()).map_or(JOBS, needed)
}

fn access_hints(
    error: &poll::PollError,
    needs: impl Fn() -> &'static str,
    source: &str,
) -> Vec<String> {
    let needs = || std::iter::once(needs().to_owned());
    match error {
        poll::PollError::Unauthorized(_) | poll::PollError::Renewing(_) => vec![format!(
            "GitHub rejected the credential from {source}; is it expired, or for another host?"
        )],
        poll::PollError::NotFound(_) => {
            let hidden =
                format!("it does not exist, or the credential from {source} may not see it");
            std::iter::once(hidden).chain(needs()).collect()
        }
        poll::PollError::Forbidden { permission, .. } => {
            let named = permission.as_ref();
            let named = named.map(|named| format!("GitHub says it needs: {named}"));
            needs().chain(named).collect()
        }
        poll::PollError::Rejected(_)
        | poll::PollError::NoAnswer(_)
        | poll::PollError::NotAnAnswer(_)
        | poll::PollError::Undecodable(_)
        | poll::PollError::Unavailable { .. }
        | poll::PollError::Withheld { .. }
        | poll::PollError::Limited { .. } => Vec::new(),
    }
}

const JOBS: &str = "reading jobs needs Actions: read on the repository (fine-grained token or App) \
                    or a classic token with `repo`";
const REPOSITORIES: &str = "the repositories that a credential sees are those it was given: \
                            Metadata: read (fine-grained token or App) or a classic token with `repo`";

/// What a read takes that did not open.
pub(super) fn takes(target: &Target) -> &'static str {
    match target {
        Target::Runners { scope, .. } | Target::Runner { scope, .. } => needed(scope),
        Target::Runs { .. }
        | Target::Run { .. }
        | Target::Jobs { .. }
        | Target::AllJobs { .. }
        | Target::Job { .. } => JOBS,
        Target::Annotations { .. } => {
            "reading annotations needs Checks: read on the repository (fine-grained token) or a \
             classic token with `repo`"
        }
        Target::Repos { .. } => REPOSITORIES,
        Target::Deliveries { hook, .. } => match hook {
            Hook::App => "the log of an App's webhook opens to the App itself: --app-id, --app-key",
            Hook::Org { .. } => {
                "reading deliveries needs Webhooks: read on the organization (fine-grained token or \
                 App) or a classic token with `admin:org_hook`"
            }
            Hook::Repo { .. } => {
                "reading deliveries needs Webhooks: read on the repository (fine-grained token or \
                 App) or a classic token with `read:repo_hook`"
            }
        },
        Target::RateLimit => "every credential that GitHub knows opens it",
    }
}

/// What reading the runners of a scope, and jobs, takes (`github-api.md` §8).
fn needed(scope: &Scope) -> &'static str {
    match scope {
        Scope::Repo(_) => {
            "reading runners needs Administration: read on the repository (fine-grained token or \
             App) or a classic token with `repo` of an admin; jobs need Actions: read"
        }
        Scope::Org(_) => {
            "reading runners needs Self-hosted runners: read on the organization (fine-grained \
             token or App) or a classic token with `admin:org`; jobs need Actions: read on the \
             repositories (classic: `repo`)"
        }
        Scope::Enterprise(_) => {
            "reading runners of an enterprise needs a classic token with \
             `manage_runners:enterprise`, which --runners-token-file can give beside another \
             credential for jobs; no App and no fine-grained token opens them"
        }
    }
}
