//! A running process: its lines as they come, signals, and its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::secrets::Secrets;
use super::tool::Ran;

/// Signals by the names that `kill` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Int,
    Term,
    Kill,
}

/// After the exit, how long output may still come from what it left behind.
const GRACE: Duration = Duration::from_secs(1);

enum Event {
    Out(String),
    Err(String),
    /// A stream has ended.
    Closed,
    Exited(ExitStatus),
}

/// A process that was started, killed when dropped. It has a time limit as a
/// whole; waiting beyond it panics with all that was said.
pub(crate) struct Live {
    pid: u32,
    began: Instant,
    limit: Duration,
    events: Receiver<Event>,
    exited: Option<ExitStatus>,
    closed: usize,
    /// How much of `ran.stdout`, `ran.stderr` was given out already.
    seen: [usize; 2],
    ran: Ran,
    /// Its directories last as long as it does.
    room: Arc<TempDir>,
    secrets: Secrets,
}

/// Which stream is meant.
#[derive(Clone, Copy)]
enum Stream {
    Out,
    Err,
}

impl Live {
    #[expect(clippy::disallowed_methods, reason = "a time limit of the tests")]
    pub(super) fn start(
        mut command: Command,
        stdin: Option<Vec<u8>>,
        limit: Duration,
        room: Arc<TempDir>,
        secrets: Secrets,
    ) -> Self {
        let call = format!("{command:?}");
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {call}: {error}"));
        let (sender, events) = channel();
        feed(&mut child, stdin);
        read(
            child.stdout.take().expect("a pipe"),
            sender.clone(),
            Event::Out,
        );
        read(
            child.stderr.take().expect("a pipe"),
            sender.clone(),
            Event::Err,
        );
        let pid = child.id();
        std::thread::spawn(move || {
            let status = child.wait().expect("the child can be waited for");
            // Nobody listens any more once a test has failed.
            let _ = sender.send(Event::Exited(status));
        });
        Self {
            pid,
            began: Instant::now(),
            limit,
            events,
            exited: None,
            closed: 0,
            seen: [0; 2],
            ran: Ran {
                call,
                code: None,
                stdout: String::new(),
                stderr: String::new(),
                took: Duration::ZERO,
            },
            room,
            secrets,
        }
    }

    /// Of the process.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// The next line of stdout, without its end.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        self.until(|_| true)
    }

    /// The next line of stdout that fits; those before it are passed over.
    #[track_caller]
    pub(crate) fn until(&mut self, fits: impl Fn(&str) -> bool) -> String {
        self.find(Stream::Out, fits)
    }

    /// The next line of stderr that fits; those before it are passed over.
    #[track_caller]
    pub(crate) fn stderr_until(&mut self, fits: impl Fn(&str) -> bool) -> String {
        self.find(Stream::Err, fits)
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let name = match signal {
            Signal::Int => "-INT",
            Signal::Term => "-TERM",
            Signal::Kill => "-KILL",
        };
        let sent = Command::new("kill")
            .args([name, &self.pid.to_string()])
            .status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "kill {name} failed"
        );
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn wait(mut self) -> Ran {
        while self.exited.is_none() {
            self.next_event("the end");
        }
        // A grandchild may hold the pipes open; the run is over all the same.
        while self.closed < 2 {
            let Ok(event) = self.events.recv_timeout(GRACE) else {
                break;
            };
            self.take(event);
        }
        self.secrets.were_kept(&self.ran, self.room.path());
        self.ran.clone()
    }

    /// Whether it runs still.
    pub(crate) fn is_running(&mut self) -> bool {
        while let Ok(event) = self.events.try_recv() {
            self.take(event);
        }
        self.exited.is_none()
    }

    #[track_caller]
    fn find(&mut self, stream: Stream, fits: impl Fn(&str) -> bool) -> String {
        loop {
            while let Some(line) = self.unseen_line(stream) {
                if fits(&line) {
                    return line;
                }
            }
            let ended = self.exited.is_some() && self.closed == 2;
            assert!(!ended, "it ended before the awaited line\n{}", self.ran);
            self.next_event("a line");
        }
    }

    fn unseen_line(&mut self, stream: Stream) -> Option<String> {
        let (text, seen) = match stream {
            Stream::Out => (&self.ran.stdout, &mut self.seen[0]),
            Stream::Err => (&self.ran.stderr, &mut self.seen[1]),
        };
        let line = text[*seen..].split_inclusive('\n').next()?;
        *seen += line.len();
        Some(line.trim_end_matches(['\n', '\r']).to_owned())
    }

    #[track_caller]
    fn next_event(&mut self, awaited: &str) {
        let left = self.limit.saturating_sub(self.began.elapsed());
        match self.events.recv_timeout(left) {
            Ok(event) => self.take(event),
            Err(RecvTimeoutError::Timeout) => {
                self.ran.took = self.began.elapsed();
                panic!(
                    "waited {:?} in all, in vain for {awaited}\n{}",
                    self.limit, self.ran
                );
            }
            Err(RecvTimeoutError::Disconnected) => {
                panic!("no more to wait for, least of all {awaited}\n{}", self.ran)
            }
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Out(line) => self.ran.stdout += &line,
            Event::Err(line) => self.ran.stderr += &line,
            Event::Closed => self.closed += 1,
            Event::Exited(status) => {
                self.ran.code = status.code();
                self.ran.took = self.began.elapsed();
                self.exited = Some(status);
            }
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if self.is_running() {
            let _ = Command::new("kill")
                .args(["-KILL", &self.pid.to_string()])
                .status();
        }
    }
}

fn feed(child: &mut Child, bytes: Option<Vec<u8>>) {
    let mut stdin = child.stdin.take().expect("a pipe");
    std::thread::spawn(move || {
        // It need not read to the end, or at all.
        let _ = stdin.write_all(&bytes.unwrap_or_default());
    });
}

/// Sends the lines of a stream, their ends included, as they come.
fn read(stream: impl Read + Send + 'static, sender: Sender<Event>, event: fn(String) -> Event) {
    std::thread::spawn(move || {
        let mut lines = BufReader::new(stream);
        let mut bytes = Vec::new();
        while lines
            .read_until(b'\n', &mut bytes)
            .is_ok_and(|length| length > 0)
        {
            let line = String::from_utf8_lossy(&bytes).into_owned();
            if sender.send(event(line)).is_err() {
                return;
            }
            bytes.clear();
        }
        let _ = sender.send(Event::Closed);
    });
}
