//! Finding the credential: in one fixed order, the first that is set
//! (`contract.md` §1). Never asks GitHub, never prints a token.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::process::Command;

use super::api::{Api, is_github_cloud};

/// Longer than any token, the announced 520 characters included
/// (`github-api.md` §8); short enough to notice a wrong file.
const LONGEST_FILE: u64 = 64 * 1024;

/// How long `gh` may take: it may ask a locked key ring.
const GH_LIMIT: Duration = Duration::from_secs(5);

/// A token and where it came from. Another kind of credential would become
/// another way to make one of these.
#[derive(Clone)]
pub(crate) struct Credential {
    token: SecretString,
    source: String,
}

/// Why there is no credential.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthError {
    #[error("no GitHub token found; tried {}", tried.join(", "))]
    Missing { tried: Vec<String> },
    #[error("cannot read the token from {name}")]
    Unreadable { name: String, source: io::Error },
    #[error("the token from {name} holds characters that a token cannot have")]
    Malformed { name: String },
}

/// Where a credential may come from.
pub(crate) struct Sources<'a> {
    /// `--token-file`; `-` is stdin.
    pub(crate) token_file: Option<&'a Path>,
    /// The environment.
    pub(crate) env: &'a dyn Fn(&str) -> Option<OsString>,
    /// The program asked last, looked up in `PATH`.
    pub(crate) gh: &'a Path,
}

impl Credential {
    /// Trims; an empty token is none.
    pub(crate) fn new(token: &str, source: &str) -> Result<Option<Self>, AuthError> {
        let token = token.trim();
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            let name = source.to_owned();
            return Err(AuthError::Malformed { name });
        }
        Ok((!token.is_empty()).then(|| Self {
            token: token.into(),
            source: source.to_owned(),
        }))
    }

    /// For people: `GH_TOKEN`, `token file x`, `gh auth token`.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    pub(super) fn token(&self) -> &SecretString {
        &self.token
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential from {}", self.source)
    }
}

/// The first credential that is set.
pub(crate) async fn find_credential(
    api: &Api,
    sources: &Sources<'_>,
) -> Result<Credential, AuthError> {
    let mut tried = Vec::new();
    if let Some(found) = from_files(sources, &mut tried)? {
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

fn from_files(
    sources: &Sources<'_>,
    tried: &mut Vec<String>,
) -> Result<Option<Credential>, AuthError> {
    if let Some(path) = sources.token_file {
        let name = file_name(path);
        let text = open(path).and_then(read).map_err(unreadable(&name))?;
        if let Some(found) = Credential::new(&text, &name)? {
            return Ok(Some(found));
        }
        tried.push(format!("{name} (empty)"));
    }
    let directory = (sources.env)("CREDENTIALS_DIRECTORY").filter(|value| !value.is_empty());
    let Some(directory) = directory else {
        tried.push("$CREDENTIALS_DIRECTORY/github-token".to_owned());
        return Ok(None);
    };
    let path = PathBuf::from(directory).join("github-token");
    let name = file_name(&path);
    tried.push(name.clone());
    match open(&path).and_then(read) {
        Ok(text) => Credential::new(&text, &name),
        // Other credentials may be kept there, and this one elsewhere.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(&name)(error)),
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

fn file_name(path: &Path) -> String {
    if path == Path::new("-") {
        return "stdin".to_owned();
    }
    format!("token file {}", path.display())
}

fn unreadable(name: &str) -> impl Fn(io::Error) -> AuthError {
    let name = name.to_owned();
    move |source| AuthError::Unreadable {
        name: name.clone(),
        source,
    }
}

fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(File::open(path)?))
}

fn read(source: impl Read) -> io::Result<String> {
    let mut text = String::new();
    let length = source.take(LONGEST_FILE + 1).read_to_string(&mut text)?;
    if length as u64 > LONGEST_FILE {
        return Err(io::Error::other("too long for a token"));
    }
    Ok(text)
}
