//! No run of the binary shows a credential: each one of the suite is watched
//! for it, on both streams and in every file that it leaves.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::tool::Ran;

/// What begins every token of the fake's App, and every JWT.
const ALWAYS: [&str; 2] = ["app-token-", "eyJ"];

/// The credentials of one call.
pub(super) struct Secrets {
    all: Vec<String>,
    /// Files that held one before: the tests' own.
    before: Vec<String>,
}

impl Secrets {
    /// Those of the environment, before a run in that directory.
    pub(super) fn of(env: &[(String, OsString)], directory: &Path) -> Self {
        let tokens = env.iter().filter(|(name, _)| name.ends_with("_TOKEN"));
        let tokens = tokens.filter_map(|(_, value)| value.to_str());
        let all = tokens.chain(ALWAYS).filter(|secret| !secret.is_empty());
        let all: Vec<_> = all.map(str::to_owned).collect();
        let before = all.iter().flat_map(|secret| files_with(directory, secret));
        Self {
            before: before.collect(),
            all,
        }
    }

    /// Panics when the run has shown one.
    #[track_caller]
    pub(super) fn were_kept(&self, ran: &Ran, directory: &Path) {
        for secret in &self.all {
            let mut shown = shows(ran, directory, secret);
            shown.retain(|place| !self.before.contains(place));
            assert!(shown.is_empty(), "a credential leaked to {shown:?}\n{ran}");
        }
    }
}

/// The streams and files that show a secret; files named `*.secret` may.
pub(crate) fn shows(ran: &Ran, directory: &Path, secret: &str) -> Vec<String> {
    let streams = [("stdout", &ran.stdout), ("stderr", &ran.stderr)];
    let shown = streams.iter().filter(|(_, text)| text.contains(secret));
    let shown = shown.map(|(name, _)| (*name).to_owned());
    shown.chain(files_with(directory, secret)).collect()
}

fn files_with(directory: &Path, secret: &str) -> Vec<String> {
    let shown = files(directory).into_iter().filter(|path| {
        // A lock or a temporary file may be gone by now.
        let bytes = std::fs::read(path).unwrap_or_default();
        memchr::memmem::find(&bytes, secret.as_bytes()).is_some()
    });
    shown.map(|path| path.display().to_string()).collect()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths
        .filter(|path| path.extension().is_none_or(|kind| kind != "secret"))
        .flat_map(|path| match path.symlink_metadata() {
            Ok(kind) if kind.is_dir() => files(&path),
            Ok(kind) if kind.is_file() => vec![path],
            _ => Vec::new(),
        })
        .collect()
}
