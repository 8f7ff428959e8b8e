//! Finding the credential: in one fixed order, the first that is set
//! (`contract.md` §1). Never asks GitHub, never prints a token.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::process::Command;

use super::{AuthError, Credential, file};
use crate::github::api::{Api, is_github_cloud};
use crate::github::app::AppKey;

/// How long `gh` may take: it may ask a locked key ring.
const GH_LIMIT: Duration = Duration::from_secs(5);

/// Where a credential may come from.
pub(crate) struct Sources<'a> {
    /// `--token-file`; `-` is stdin.
    pub(crate) token_file: Option<&'a Path>,
    /// `--app-id` and what goes with it.
    pub(crate) app: Option<AppFiles<'a>>,
    /// The environment.
    pub(crate) env: &'a dyn Fn(&str) -> Option<OsString>,
    /// The program asked last, looked up in `PATH`.
    pub(crate) gh: &'a Path,
}

/// A GitHub App as it is given on the command line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AppFiles<'a> {
    /// App id or client id.
    pub(crate) id: &'a str,
    /// File with the private key; `-` is stdin.
    pub(crate) key: &'a Path,
    /// Looked up when absent.
    pub(crate) installation: Option<u64>,
}

/// The first credential that is set.
pub(crate) async fn find_credential(
    api: &Api,
    sources: &Sources<'_>,
) -> Result<Credential, AuthError> {
    let mut tried = Vec::new();
    if let Some(path) = sources.token_file {
        if let Some(found) = token_from_file(path)? {
            return Ok(found);
        }
        tried.push(format!("{} (empty)", file::name("token file", path)));
    }
    if let Some(app) = &sources.app {
        return from_app(app);
    }
    if let Some(found) = from_systemd(sources, &mut tried)? {
        return Ok(found);
    }
    if let Some(found) = from_env(api, sources, &mut tried)? {
        return Ok(found);
    }
    // `gh` knows no credential of an address on this machine.
    if !api.is_loopback() {
        if let Some(found) = from_gh(api, sources.gh).await? {
            return Ok(found);
        }
        tried.push(format!("gh auth token --hostname {}", api.host()));
    }
    Err(AuthError::Missing { tried })
}

/// The token of a file that was named.
pub(crate) fn token_from_file(path: &Path) -> Result<Option<Credential>, AuthError> {
    let name = file::name("token file", path);
    let text = file::read(path).map_err(unreadable(&name))?;
    Credential::new(&text, &name)
}

fn from_app(app: &AppFiles<'_>) -> Result<Credential, AuthError> {
    let name = file::name("file", app.key);
    let pem = file::read(app.key).map_err(unreadable(&name))?;
    let key = AppKey::new(app.id, &SecretString::from(pem), app.installation);
    let key = key.map_err(|source| AuthError::Key {
        name: name.clone(),
        source,
    })?;
    let source = format!("GitHub App {} with the key from {name}", app.id);
    Ok(Credential::app(key, source))
}

/// What systemd's `LoadCredential=github-token:…` puts there.
fn from_systemd(
    sources: &Sources<'_>,
    tried: &mut Vec<String>,
) -> Result<Option<Credential>, AuthError> {
    let directory = (sources.env)("CREDENTIALS_DIRECTORY").filter(|value| !value.is_empty());
    let Some(directory) = directory else {
        tried.push("$CREDENTIALS_DIRECTORY/github-token".to_owned());
        return Ok(None);
    };
    let path = PathBuf::from(directory).join("github-token");
    tried.push(file::name("token file", &path));
    match token_from_file(&path) {
        // Other credentials may be kept there, and this one elsewhere.
        Err(AuthError::Unreadable { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Ok(None)
        }
        other => other,
    }
}

fn from_env(
    api: &Api,
    sources: &Sources<'_>,
    tried: &mut Vec<String>,
) -> Result<Option<Credential>, AuthError> {
    for &name in variables(api) {
        tried.push(name.to_owned());
        let Some(value) = (sources.env)(name) else {
            continue;
        };
        let malformed = |_| AuthError::Malformed {
            name: name.to_owned(),
        };
        let value = value.into_string().map_err(malformed)?;
        if let Some(found) = Credential::new(&value, name)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// A token of github.com is never sent to another host (`github-api.md` §7);
/// this machine's own address may take any.
fn variables(api: &Api) -> &'static [&'static str] {
    const ALL: [&str; 4] = [
        "GH_TOKEN",
        "GITHUB_TOKEN",
        "GH_ENTERPRISE_TOKEN",
        "GITHUB_ENTERPRISE_TOKEN",
    ];
    if api.is_loopback() {
        &ALL
    } else if is_github_cloud(api.host()) {
        &ALL[..2]
    } else {
        &ALL[2..]
    }
}

/// What `gh` has stored for this host. Whatever goes wrong with it (absent,
/// not logged in, too slow) means that it has none.
async fn from_gh(api: &Api, gh: &Path) -> Result<Option<Credential>, AuthError> {
    let output = Command::new(gh)
        .args(["auth", "token", "--hostname", api.host().as_str()])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    match tokio::time::timeout(GH_LIMIT, output).await {
        Ok(Ok(output)) if output.status.success() => {
            let name = "gh auth token";
            let malformed = |_| AuthError::Malformed { name: name.into() };
            let token = SecretString::from(String::from_utf8(output.stdout).map_err(malformed)?);
            Credential::new(token.expose_secret(), name)
        }
        _ => Ok(None),
    }
}

fn unreadable(name: &str) -> impl Fn(io::Error) -> AuthError {
    let name = name.to_owned();
    move |source| AuthError::Unreadable {
        name: name.clone(),
        source,
    }
}
