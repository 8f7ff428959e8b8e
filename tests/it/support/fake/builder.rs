//! How a test describes its GitHub.

use std::sync::Arc;
use std::time::Duration;

use super::FakeGitHub;
use super::app::AppSpec;
use super::churn::Churn;
use super::fault::{Fault, RequestLine};
use super::job::JobSpec;
use super::runner::{Flag, Presence, RunnerSpec};
use super::state::Behavior;
use super::world::{Filtered, World};
use crate::support::time::{FakeClock, Offset, Pace};

/// Describes a fake. Runners and jobs belong to the scope and the repository
/// named last before them; rules about a runner or job come after it.
pub(crate) struct Builder {
    world: World,
    behavior: Behavior,
    pace: Pace,
    /// The time of another fake, in place of one that begins now.
    clock: Option<FakeClock>,
    repo: Option<String>,
    scope: Option<String>,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            world: World::empty(),
            behavior: Behavior::usual(),
            pace: Pace::Real,
            clock: None,
            repo: None,
            scope: None,
        }
    }

    /// Starts serving; offset zero is now.
    pub(crate) fn start(self) -> FakeGitHub {
        let clock = self.clock.unwrap_or_else(|| FakeClock::start(self.pace));
        FakeGitHub::start(clock, self.world, self.behavior)
    }

    /// Goes by that clock instead of one that begins now.
    pub(crate) fn clock(mut self, clock: FakeClock) -> Self {
        self.clock = Some(clock);
        self
    }

    // What there is.

    /// A repository, `owner/name`; it is the scope of the runners after it,
    /// unless [`Self::org`] or [`Self::enterprise`] comes between.
    pub(crate) fn repo(mut self, repo: &str) -> Self {
        self.world.add_repo(repo);
        self.repo = Some(repo.to_owned());
        self.scope = Some(format!("repos/{repo}"));
        self
    }

    /// An organization as the scope of the runners after it.
    pub(crate) fn org(self, org: &str) -> Self {
        self.scoped(format!("orgs/{org}"))
    }

    /// An enterprise as the scope of the runners after it.
    pub(crate) fn enterprise(self, enterprise: &str) -> Self {
        self.scoped(format!("enterprises/{enterprise}"))
    }

    fn scoped(mut self, scope: String) -> Self {
        self.world.add_scope(&scope);
        self.scope = Some(scope);
        self
    }

    /// A usual runner, truthful and online.
    pub(crate) fn runner(self, id: u64, name: &str) -> Self {
        self.runner_spec(RunnerSpec::new(id, name))
    }

    pub(crate) fn runner_spec(mut self, runner: RunnerSpec) -> Self {
        let scope = self
            .scope
            .as_deref()
            .expect("name a scope before its runners");
        self.world.add_runner(scope, runner);
        self
    }

    pub(crate) fn job(mut self, job: JobSpec) -> Self {
        let repo = self
            .repo
            .as_deref()
            .expect("name a repository before its jobs");
        self.world.add_job(repo, job);
        self
    }

    /// A whole fleet with its jobs.
    pub(crate) fn churn(mut self, churn: Churn) -> Self {
        let repo = self
            .repo
            .as_deref()
            .expect("name a repository before its fleet");
        self.world.add_churn(repo, churn);
        self
    }

    /// The run says that status whatever its jobs do.
    pub(crate) fn run_status(mut self, run: u64, status: &str) -> Self {
        self.world.set_run_status(run, status);
        self
    }

    // What it says of a runner.

    fn flag(mut self, runner: u64, flag: Flag) -> Self {
        self.world.runner_mut(runner).flag = flag;
        self
    }

    /// `busy: false` always.
    pub(crate) fn liar(self, runner: u64) -> Self {
        self.flag_schedule(runner, |_| false)
    }

    /// The flag follows a job's start that much later.
    pub(crate) fn flag_lag(self, runner: u64, on: Duration) -> Self {
        let off = Duration::ZERO;
        self.flag(runner, Flag::Lagging { on, off })
    }

    /// The flag stays true that long after a job's end.
    pub(crate) fn flag_lingers(self, runner: u64, off: Duration) -> Self {
        let on = Duration::ZERO;
        self.flag(runner, Flag::Lagging { on, off })
    }

    /// Truthful before, false from that instant on.
    pub(crate) fn flag_flips_false(self, runner: u64, at: Offset) -> Self {
        self.flag(runner, Flag::FlipsFalse(at))
    }

    /// The flag by any schedule.
    pub(crate) fn flag_schedule(
        self,
        runner: u64,
        busy: impl Fn(Offset) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.flag(runner, Flag::Schedule(Arc::new(busy)))
    }

    /// The flag in lists only; by id it stays as it is.
    pub(crate) fn list_flag_schedule(
        mut self,
        runner: u64,
        busy: impl Fn(Offset) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.world.runner_mut(runner).list_flag = Some(Flag::Schedule(Arc::new(busy)));
        self
    }

    /// Online, offline or missing by schedule.
    pub(crate) fn status(
        mut self,
        runner: u64,
        says: impl Fn(Offset) -> Presence + Send + Sync + 'static,
    ) -> Self {
        self.world.runner_mut(runner).presence = Arc::new(says);
        self
    }

    // How it answers.

    /// What filtered lists of runs give.
    pub(crate) fn filtered_lists(mut self, filtered: Filtered) -> Self {
        self.world.filtered = filtered;
        self
    }

    /// Half before, half after the instant that an answer shows.
    pub(crate) fn latency(mut self, latency: Duration) -> Self {
        self.behavior.latency = latency;
        self
    }

    /// Time passes only by latency and `advance`; nothing ever waits.
    pub(crate) fn manual_clock(mut self) -> Self {
        self.pace = Pace::Manual;
        self
    }

    /// The `Date` header is that much ahead; negative for behind.
    pub(crate) fn date_skew(mut self, ahead: Offset) -> Self {
        self.behavior.date_skew = ahead.0;
        self
    }

    pub(crate) fn token(mut self, token: &str) -> Self {
        token.clone_into(&mut self.behavior.token);
        self
    }

    /// A GitHub App, beside the token.
    pub(crate) fn app(mut self, app: AppSpec) -> Self {
        self.behavior.app = Some(app);
        self
    }

    /// Requests per hour; the default is 5000.
    pub(crate) fn rate_limit(mut self, limit: u64) -> Self {
        self.behavior.limit = Some(limit);
        self
    }

    /// No limit and no headers about it, as GHES by default.
    pub(crate) fn no_rate_limit(mut self) -> Self {
        self.behavior.limit = None;
        self
    }

    /// No `ETag`, never 304.
    pub(crate) fn no_etags(mut self) -> Self {
        self.behavior.etags = false;
        self
    }

    /// URLs in answers, `Link` too, point to that origin.
    pub(crate) fn link_origin(mut self, origin: &str) -> Self {
        self.behavior.link_origin = Some(origin.to_owned());
        self
    }

    /// One more header on every answer.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.behavior.headers.push((name, value.to_owned()));
        self
    }

    /// Answers may break GitHub's description, as real ones sometimes do.
    pub(crate) fn odd_answers(mut self) -> Self {
        self.behavior.odd_answers = true;
        self
    }

    // What goes wrong.

    /// Every `n`-th request fails.
    pub(crate) fn fail_every(self, n: usize, fault: Fault) -> Self {
        self.fail_when(move |line| line.number.is_multiple_of(n).then(|| fault.clone()))
    }

    /// Requests fail for which the rule finds a fault; the first rule that
    /// does decides.
    pub(crate) fn fail_when(
        mut self,
        rule: impl Fn(&RequestLine) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        self.behavior.rules.push(Arc::new(rule));
        self
    }

    /// Answers 403 to what needs that permission.
    pub(crate) fn lacks_permission(
        self,
        permission: &'static str,
        needed: impl Fn(&RequestLine) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.fail_when(move |line| needed(line).then(|| Fault::forbidden(permission)))
    }
}
