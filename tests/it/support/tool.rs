//! The binary under test, alone in a clean room.
//!
//! It inherits nothing of the environment but what a program needs to be
//! found and to run: no credentials, no proxies, no CI, no color settings.
//! Its home and state directories are fresh; the clones of one [`Tool`]
//! share them, so that a second `check` sees what the first recorded.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::fake::FakeGitHub;
use super::live::Live;
use super::secrets::Secrets;

/// All that is inherited.
const INHERITED: [&str; 5] = [
    "PATH",
    "LD_LIBRARY_PATH",
    "LLVM_PROFILE_FILE",
    "SystemRoot",
    "TMPDIR",
];

/// A call of the binary, being described. Each method gives a changed copy.
#[derive(Debug, Clone)]
pub(crate) struct Tool {
    args: Vec<OsString>,
    api_url: Option<String>,
    env: Vec<(String, OsString)>,
    stdin: Option<Vec<u8>>,
    limit: Duration,
    /// The current directory; `home` and `state` are inside.
    room: Arc<TempDir>,
}

impl Tool {
    /// In a fresh directory, without arguments.
    pub(crate) fn new() -> Self {
        let room = TempDir::with_prefix("runner-desync-it-").expect("a temporary directory");
        let inside = |name: &str| {
            let path = room.path().join(name);
            std::fs::create_dir(&path).expect("a directory");
            path.into_os_string()
        };
        let env = vec![
            ("HOME".to_owned(), inside("home")),
            ("XDG_STATE_HOME".to_owned(), inside("state")),
            // Far from UTC and not by whole hours, so that local time shows.
            ("TZ".to_owned(), "Asia/Kathmandu".into()),
        ];
        Self {
            args: Vec::new(),
            api_url: None,
            env,
            stdin: None,
            limit: Duration::from_secs(60),
            room: Arc::new(room),
        }
    }

    /// Talks to that fake, with its token: `--api-url` comes after all other
    /// arguments.
    pub(crate) fn against(&self, fake: &FakeGitHub) -> Self {
        let mut changed = self.env("GH_TOKEN", fake.token());
        changed.api_url = Some(fake.url().to_owned());
        changed
    }

    /// More arguments.
    pub(crate) fn args(&self, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        let mut changed = self.clone();
        changed.args.extend(args.into_iter().map(Into::into));
        changed
    }

    /// The same room with these arguments alone, asking nobody.
    pub(crate) fn with_args(&self, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        let mut changed = self.clone();
        changed.args = args.into_iter().map(Into::into).collect();
        changed.api_url = None;
        changed
    }

    /// One more variable; a later value replaces an earlier one.
    pub(crate) fn env(&self, name: &str, value: impl Into<OsString>) -> Self {
        let mut changed = self.without(name);
        changed.env.push((name.to_owned(), value.into()));
        changed
    }

    /// One variable less.
    pub(crate) fn without(&self, name: &str) -> Self {
        let mut changed = self.clone();
        changed.env.retain(|(known, _)| known != name);
        changed
    }

    /// What it reads from standard input; nothing by default.
    pub(crate) fn stdin(&self, bytes: impl Into<Vec<u8>>) -> Self {
        let mut changed = self.clone();
        changed.stdin = Some(bytes.into());
        changed
    }

    /// How long a run may take; the default is a minute.
    pub(crate) fn limit(&self, limit: Duration) -> Self {
        let mut changed = self.clone();
        changed.limit = limit;
        changed
    }

    /// Its current directory.
    pub(crate) fn dir(&self) -> &Path {
        self.room.path()
    }

    /// Where its default recordings are.
    pub(crate) fn state_dir(&self) -> PathBuf {
        self.dir().join("state").join("runner-desync")
    }

    /// Puts a file into its current directory; gives the whole path.
    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir().join(name);
        std::fs::write(&path, text).expect("a file in the temporary directory");
        path
    }

    /// Runs it to its end.
    pub(crate) fn run(&self) -> Ran {
        self.spawn().wait()
    }

    /// Starts it.
    pub(crate) fn spawn(&self) -> Live {
        self.spawn_other(env!("CARGO_BIN_EXE_runner-desync"))
    }

    /// Starts it in a shell script, in which it is `"$@"`.
    pub(crate) fn spawn_in(&self, script: &str) -> Live {
        let mut changed = self.clone();
        let before = ["-c", script, "sh", env!("CARGO_BIN_EXE_runner-desync")];
        let args = before.map(OsString::from).into_iter();
        changed.args = args.chain(changed.args).collect();
        changed.spawn_other("sh")
    }

    /// The same call of another program, for tests of this harness.
    pub(crate) fn spawn_other(&self, program: &str) -> Live {
        let command = self.command(OsStr::new(program));
        let room = Arc::clone(&self.room);
        let secrets = Secrets::of(&self.env, self.dir());
        Live::start(command, self.stdin.clone(), self.limit, room, secrets)
    }

    /// `VERBOSE=1 cargo test --test it` says all that can be said, to see that
    /// no credential is in it; tests of what is on stderr then fail.
    fn verbose(&self) -> Option<&'static str> {
        let live = ["watch", "check", "busy", "scan"];
        let command = self.args.first().and_then(|first| first.to_str());
        let verbose = command.is_some_and(|command| live.contains(&command));
        (verbose && std::env::var_os("VERBOSE").is_some()).then_some("-v")
    }

    fn command(&self, program: &OsStr) -> Command {
        let mut command = Command::new(program);
        command.env_clear();
        let inherited = INHERITED.iter().filter_map(|&name| {
            let value = std::env::var_os(name)?;
            Some((name, value))
        });
        command
            .envs(inherited)
            .envs(self.env.iter().cloned())
            .args(&self.args)
            .args(self.verbose())
            .args(self.api_url.iter().flat_map(|url| ["--api-url", url]))
            .current_dir(self.dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

/// A run that has ended.
#[derive(Debug, Clone)]
pub(crate) struct Ran {
    /// As it was called, for messages.
    pub(crate) call: String,
    /// `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

impl Ran {
    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn code_is(&self, code: i32) -> &Self {
        assert!(self.code == Some(code), "expected exit code {code}\n{self}");
        self
    }

    /// Asserts a part of stdout.
    #[track_caller]
    pub(crate) fn stdout_has(&self, part: &str) -> &Self {
        assert!(
            self.stdout.contains(part),
            "expected {part:?} on stdout\n{self}"
        );
        self
    }

    /// Asserts a part of stderr.
    #[track_caller]
    pub(crate) fn stderr_has(&self, part: &str) -> &Self {
        assert!(
            self.stderr.contains(part),
            "expected {part:?} on stderr\n{self}"
        );
        self
    }

    /// Asserts that a text is on neither stream: a credential, say.
    #[track_caller]
    pub(crate) fn says_nowhere(&self, part: &str) -> &Self {
        let said = self.stdout.contains(part) || self.stderr.contains(part);
        assert!(!said, "{part:?} must not be said\n{self}");
        self
    }

    /// stdout as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("stdout is no JSON: {error}\n{self}"))
    }

    /// stdout as one JSON document a line.
    #[track_caller]
    pub(crate) fn ndjson(&self) -> Vec<Value> {
        let parse = |line: &str| {
            serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("no JSON: {line:?}: {error}\n{self}"))
        };
        self.stdout.lines().map(parse).collect()
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            call,
            code,
            stdout,
            stderr,
            took,
        } = self;
        writeln!(f, "call: {call}")?;
        writeln!(f, "exit code {code:?} after {took:.1?}")?;
        writeln!(f, "--- stdout\n{stdout}")?;
        write!(f, "--- stderr\n{stderr}---")
    }
}
