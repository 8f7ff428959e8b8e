//! What the test files share: a fake GitHub and a harness for the binary.
//!
//! ```ignore
//! let fake = FakeGitHub::builder()
//!     .repo("acme/atlas")
//!     .runner(18700, "i-06cbe04821ccba677")
//!     .job(JobSpec::on(18700).id(2).run(1).starts(secs(-600)))
//!     .liar(18700)
//!     .start();
//! let ran = Tool::new()
//!     .against(&fake)
//!     .args(["check", "-R", "acme/atlas", "--format", "json"])
//!     .run();
//! ran.code_is(10);
//! assert_eq!(ran.json()["verdict"], "desync");
//! ```
//!
//! A [`FakeGitHub`] is truthful unless told otherwise: `busy` is true exactly
//! while a job runs. Times are [`Offset`]s from its start. When it is dropped
//! it panics if the client asked for anything that GitHub's OpenAPI
//! description does not know, or if an answer of its own broke that
//! description.

#![expect(
    dead_code,
    unused_imports,
    reason = "the tests of the binary, which use the rest, are written on top of this"
)]

pub(crate) mod fake;
pub(crate) mod http;
pub(crate) mod live;
pub(crate) mod secrets;
pub(crate) mod time;
pub(crate) mod tool;

pub(crate) use fake::{
    AppSpec, Churn, FakeGitHub, Fault, Filtered, JobSpec, Late, Presence, RunnerSpec, Served,
    StartedAt, Steps,
};
pub(crate) use live::{Live, Signal};
pub(crate) use secrets::shows;
pub(crate) use time::{Offset, millis, secs};
pub(crate) use tool::{Ran, Tool};

/// Waits in real time, where a test is about real time.
#[expect(
    clippy::disallowed_methods,
    reason = "signals and kills come at instants of the machine's clock"
)]
pub(crate) fn pause(span: std::time::Duration) {
    std::thread::sleep(span);
}
