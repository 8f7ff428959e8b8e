//! `--on-desync`: a command of the user's, run in a shell as git runs hooks.
//!
//! It finds the period as one JSON object on stdin and what became of it in
//! `RUNNER_DESYNC_EVENT`. What it prints goes to stderr, as stdout is the
//! report's. It may fail, hang or ignore its stdin; the run goes on.

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::streams;

/// What a command may take.
const LIMIT: Duration = Duration::from_secs(30);
/// Commands under way at once.
const AT_ONCE: usize = 4;

/// What became of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Opened,
    Closed,
    Retracted,
}

impl Event {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Closed => "closed",
            Self::Retracted => "retracted",
        }
    }
}

/// One run of the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alert {
    pub(crate) event: Event,
    /// JSON, one line.
    pub(crate) period: String,
}

/// The command, and its runs that are under way.
#[derive(Debug)]
pub(crate) struct Hook {
    command: Arc<str>,
    places: Arc<Semaphore>,
    runs: RefCell<JoinSet<Vec<String>>>,
}

impl Hook {
    pub(crate) fn new(command: &str) -> Self {
        Self {
            command: command.into(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            runs: RefCell::default(),
        }
    }

    /// Runs the command for alerts of one period, one after another, beside
    /// everything else.
    pub(crate) fn send(&self, alerts: Vec<Alert>) {
        let (command, places) = (Arc::clone(&self.command), Arc::clone(&self.places));
        self.runs.borrow_mut().spawn(async move {
            let mut failures = Vec::new();
            let place = places.acquire().await;
            for alert in &alerts {
                let failure = run(&command, alert).await.err();
                failures.extend(failure);
            }
            drop(place);
            failures
        });
    }

    /// Why runs failed that ended since this was last asked.
    pub(crate) fn failures(&self) -> Vec<String> {
        let mut runs = self.runs.borrow_mut();
        let ended = std::iter::from_fn(|| runs.try_join_next());
        ended.flat_map(Result::unwrap_or_default).collect()
    }

    /// Waits for the runs that are under way; gives why any failed.
    pub(crate) async fn finish(&self) -> Vec<String> {
        let runs = self.runs.take();
        runs.join_all().await.concat()
    }
}

/// One run.
async fn run(command: &str, alert: &Alert) -> Result<(), String> {
    let event = alert.event.as_str();
    let failed = |why: String| format!("--on-desync ({event}) {why}");
    let mut child = shell(command)
        .env("RUNNER_DESYNC_EVENT", event)
        .stdin(Stdio::piped())
        .stdout(streams::for_child())
        .stderr(streams::for_child())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    let ended = tokio::time::timeout(LIMIT, talk(&mut child, &alert.period)).await;
    match ended {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(failed(format!("failed: {status}"))),
        Ok(Err(error)) => Err(failed(format!("failed: {error}"))),
        Err(_) => {
            end(&mut child);
            let secs = LIMIT.as_secs();
            Err(failed(format!("took longer than {secs} s and was ended")))
        }
    }
}

/// Hands over the period and waits for the end. A command need not read.
async fn talk(child: &mut Child, period: &str) -> std::io::Result<ExitStatus> {
    if let Some(mut stdin) = child.stdin.take() {
        // It closes the pipe when it reads no further.
        let _ = stdin.write_all(period.as_bytes()).await;
    }
    child.wait().await
}

/// A group of its own, so that Ctrl-C reaches the watch alone, and a command
/// that hangs is ended with all it started.
#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).process_group(0);
    shell
}

#[cfg(not(unix))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.args(["/C", command]);
    shell
}

#[cfg(unix)]
fn end(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(group) = id.and_then(Pid::from_raw) {
        // It may have ended just now.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

#[cfg(not(unix))]
fn end(child: &mut Child) {
    // It may have ended just now.
    let _ = child.start_kill();
}
