//! A fake GitHub with a memory, over real sockets.
//!
//! It runs on a thread and a runtime of its own, so that tests stay plain
//! functions, and stops when dropped. What it tells is a [`World`], a function
//! of time; each answer shows one instant of it, the middle of the latency.

mod app;
mod body;
mod builder;
mod churn;
mod deliveries;
mod fault;
mod job;
mod openapi;
mod reply;
mod route;
mod runner;
mod server;
mod state;
mod steps;
mod world;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use super::time::{FakeClock, Offset};
use state::{Behavior, Shared};

pub(crate) use app::AppSpec;
pub(crate) use builder::Builder;
pub(crate) use churn::Churn;
pub(crate) use fault::{Change, Fault, RequestLine, Served, list_in};
pub(crate) use job::{JobSpec, Late, StartedAt, Steps};
pub(crate) use openapi::description;
pub(crate) use reply::Reply;
pub(crate) use route::Asked;
pub(crate) use runner::{Flag, Presence, RunnerSpec};
pub(crate) use world::{Filtered, World};

/// A running fake. Made by [`FakeGitHub::builder`].
pub(crate) struct FakeGitHub {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl FakeGitHub {
    pub(crate) fn builder() -> Builder {
        Builder::new()
    }

    /// One repository with one runner, number 2, which reads idle while a job
    /// runs on it.
    pub(crate) fn with_a_liar(repo: &str) -> Builder {
        let fleet = Self::builder().repo(repo).runner(2, "liar");
        fleet.job(JobSpec::on(2)).liar(2)
    }

    fn start(clock: FakeClock, world: World, behavior: Behavior) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket option");
        let address = listener.local_addr().expect("a bound address");
        let base = format!("http://{address}");
        let shared = Arc::new(Shared::new(clock, base, world, behavior));
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&shared);
        let thread = std::thread::spawn(move || run(listener, served, stopped));
        Self {
            shared,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// The base URL for `--api-url`, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.shared.base
    }

    /// The token that it wants.
    pub(crate) fn token(&self) -> String {
        self.shared.lock().behavior.token.clone()
    }

    /// A clock that tells the same time, for another fake of the same world.
    pub(crate) fn clock(&self) -> FakeClock {
        self.shared.clock.another()
    }

    /// Its time.
    pub(crate) fn now(&self) -> Offset {
        self.shared.clock.now()
    }

    /// An offset as the bodies write it: whole seconds, UTC.
    pub(crate) fn written(&self, at: Offset) -> String {
        self.shared.clock.whole(at)
    }

    /// Jumps forward in its time, `Date` included.
    pub(crate) fn advance(&self, span: Duration) {
        self.shared.clock.advance(span);
    }

    /// The `Date` header is that much ahead from now on.
    pub(crate) fn skew_date(&self, ahead: Offset) {
        self.shared.lock().behavior.date_skew = ahead.0;
    }

    /// Every `n`-th answer shows the world as it was that long ago.
    pub(crate) fn lags_every(&self, n: usize, by: Duration) {
        self.shared.lock().behavior.lag = Some((n, by));
    }

    /// From now on it wants another token.
    pub(crate) fn change_token(&self, token: &str) {
        token.clone_into(&mut self.shared.lock().behavior.token);
    }

    /// Looks at the world, or changes it.
    pub(crate) fn with<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.shared.lock().world)
    }

    /// Every further request for which the rule finds a fault fails; asked
    /// before the rules that are there already.
    pub(crate) fn fail_when(
        &self,
        rule: impl Fn(&RequestLine) -> Option<Fault> + Send + Sync + 'static,
    ) {
        self.shared.lock().behavior.rules.insert(0, Arc::new(rule));
    }

    /// Changes the App that is installed here.
    pub(crate) fn with_app<T>(&self, change: impl FnOnce(&mut AppSpec) -> T) -> T {
        change(self.shared.lock().behavior.app.as_mut().expect("an App"))
    }

    /// From now on nothing fails on order.
    pub(crate) fn heal(&self) {
        self.shared.lock().behavior.rules.clear();
    }

    /// All requests so far, in the order of their arrival.
    pub(crate) fn requests(&self) -> Vec<Served> {
        self.shared.lock().log.clone()
    }

    /// How many requests asked for one kind of thing.
    pub(crate) fn count(&self, wanted: impl Fn(Asked) -> bool) -> usize {
        let state = self.shared.lock();
        let asked = state.log.iter().map(|served| served.line.asked);
        asked.filter(|&asked| wanted(asked)).count()
    }

    /// How many requests came with `If-None-Match`.
    pub(crate) fn conditional(&self) -> usize {
        let state = self.shared.lock();
        state
            .log
            .iter()
            .filter(|served| served.line.conditional)
            .count()
    }

    /// What was charged to the hourly limit.
    pub(crate) fn charged(&self) -> u64 {
        self.shared.lock().used
    }

    /// The most requests that were being served at once.
    pub(crate) fn max_in_flight(&self) -> usize {
        self.shared.lock().max_in_flight
    }

    /// Takes note of what broke GitHub's description, for a test that means
    /// to break it.
    pub(crate) fn take_violations(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.lock().violations)
    }

    /// Panics if an answer or a request broke GitHub's description.
    pub(crate) fn assert_valid(&self) {
        let violations = self.take_violations();
        assert!(
            violations.is_empty(),
            "{} violations of GitHub's OpenAPI description:\n  {}",
            violations.len(),
            violations[..violations.len().min(20)].join("\n  "),
        );
    }
}

impl Drop for FakeGitHub {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            assert!(matches!(ended, Some(Ok(()))), "the fake's thread panicked");
            self.assert_valid();
        }
    }
}

fn run(listener: std::net::TcpListener, shared: Arc<Shared>, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        tokio::select! {
            () = server::serve(listener, shared) => {}
            _ = stopped => {}
        }
    });
}
