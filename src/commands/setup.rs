//! Everything a live command settles before its first request: target,
//! credential, recording, output.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::access::{self, CredentialSource};
use super::again;
use super::apart::apart;
use super::ledger::Ledger;
use super::output::{Output, no_dash, no_place};
use super::session::Manner;
use super::target::Aim;
use super::view::Narrow;
use crate::cli::{
    CredentialArgs, DeliveriesOf, FormatArg, JudgingArgs, LiveArgs, RecordArgs, RequestArgs,
    TargetArgs,
};
use crate::clock::{Clock, System};
use crate::detect::{CoverageOf, Detector, View};
use crate::exit::{ExitZero, Failure, Trouble};
use crate::github::Client;
use crate::model::{Analysis, Mono, Rules, Run, RunnerKey, Span, Timestamp};
use crate::notify::{Hook, MetricsFile};
use crate::poll::{self, Again, Breadth};
use crate::record::{RecordingError, state_file};
use crate::report::{FailOn, Format};

/// Sandwiches a cycle may make.
const CONFIRMATIONS: usize = 60;

/// Everything a live command settled before its first request.
pub(crate) struct Setup {
    pub(crate) args: LiveArgs,
    pub(crate) output: Output,
    pub(crate) fail_on: FailOn,
    pub(crate) aim: Aim,
    pub(crate) credential_source: String,
    pub(crate) client: Client,
    pub(crate) clock: System,
    /// When the recording is kept.
    pub(crate) recording: Option<PathBuf>,
    pub(crate) metrics: Option<MetricsFile>,
    pub(crate) hook: Option<Rc<Hook>>,
}

/// Checks flags, outputs and the credential: nothing is asked of GitHub
/// before all of them hold.
pub(crate) async fn set_up(
    args: LiveArgs,
    deliveries: Option<DeliveriesOf>,
) -> Result<Setup, Failure> {
    let fail_on = fail_on(&args.judging, args.output.format)?;
    kept_apart(&args, args.recording.record.as_deref())?;
    let output = Output::open(&args.output)?;
    let metrics = metrics(args.metrics_file.as_deref())?;
    let connection = connect(
        &args.target,
        &args.credential,
        &args.requests,
        Besides::deliveries(deliveries),
    )
    .await?;
    let recording = recording_path(&args.recording, &connection)?;
    kept_apart(&args, recording.as_deref())?;
    let Connection {
        aim,
        credential_source,
        client,
        clock,
    } = connection;
    let hook = args.on_desync.as_deref();
    let hook = hook.map(|command| Rc::new(Hook::new(command)));
    Ok(Setup {
        args,
        output,
        fail_on,
        aim,
        credential_source: credential_source.to_string(),
        client,
        clock,
        recording,
        metrics,
        hook,
    })
}

/// Whether a live command writes each of its files alone.
fn kept_apart(args: &LiveArgs, recording: Option<&Path>) -> Result<(), Failure> {
    let written = [
        ("the recording", recording),
        ("--output", args.output.output.as_deref()),
        ("--metrics-file", args.metrics_file.as_deref()),
    ];
    apart(&written, &[])
}

fn metrics(path: Option<&Path>) -> Result<Option<MetricsFile>, Failure> {
    no_dash("--metrics-file", path)?;
    let open = |path| MetricsFile::open(path).map_err(|error| no_place(path, &error));
    path.map(open).transpose()
}

/// A target, and how to ask about it.
pub(crate) struct Connection {
    pub(crate) aim: Aim,
    pub(crate) credential_source: CredentialSource,
    pub(crate) client: Client,
    pub(crate) clock: System,
}

/// What counts as a finding, as the flags say.
pub(super) fn fail_on(judging: &JudgingArgs, format: FormatArg) -> Result<FailOn, Failure> {
    let names = &judging.fail_on;
    let hint = "give --fail-on once for each, or `all`, or `none`";
    let parsed = if format == FormatArg::Nagios {
        counts_for_a_monitor(judging)?;
        FailOn::for_monitoring(names)
    } else {
        FailOn::parse(names)
    };
    parsed.map_err(|error| Failure::Usage(Trouble::new(error).hint(hint)))
}

/// A monitor goes by codes that are fixed: OK beside a finding would be a lie.
fn counts_for_a_monitor(judging: &JudgingArgs) -> Result<(), Failure> {
    if !judging.exit_zero {
        return Ok(());
    }
    let error = anyhow::anyhow!("--exit-zero has no place beside --format nagios");
    let hint = "leave it out; --fail-on none has findings not count";
    Err(Failure::Usage(Trouble::new(error).hint(hint)))
}

/// What a command reads besides runners and jobs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Besides {
    pub(crate) deliveries: Option<DeliveriesOf>,
    /// Permissions of an App that help, and can be done without.
    pub(crate) helpful: &'static [&'static str],
}

impl Besides {
    pub(crate) const NOTHING: Self = Self {
        deliveries: None,
        helpful: &[],
    };

    pub(crate) const fn deliveries(deliveries: Option<DeliveriesOf>) -> Self {
        Self {
            deliveries,
            ..Self::NOTHING
        }
    }
}

/// Settles the target and the credential; asks nothing.
pub(crate) async fn connect(
    target: &TargetArgs,
    credential: &CredentialArgs,
    requests: &RequestArgs,
    besides: Besides,
) -> Result<Connection, Failure> {
    let gh_repo = std::env::var("GH_REPO").ok();
    let aim = Aim::of(target, gh_repo.as_deref()).and_then(|aim| aim.hearing(besides.deliveries));
    let hint = "name it as --repo OWNER/REPO or --org ORG, and its host by --host or --api-url";
    let aim = aim.map_err(|error| Failure::Usage(Trouble::new(error).hint(hint)))?;
    let clock = System::start();
    let credentials = access::credentials(credential, &aim.api).await?;
    access::hears(&credentials, aim.hook.as_ref())?;
    Ok(Connection {
        credential_source: access::sources(&credentials),
        client: access::client(
            target,
            requests,
            (&aim, besides.helpful),
            credentials,
            &clock,
        )?,
        aim,
        clock,
    })
}

impl Connection {
    /// Where the recording of this target is kept unless a flag says
    /// otherwise.
    pub(crate) fn state_file(&self) -> Option<PathBuf> {
        let environment = |name: &str| std::env::var_os(name);
        state_file(self.aim.api.host(), &self.aim.identity(), &environment)
    }

    /// Where what a scan of this target remembers is kept, beside it.
    pub(crate) fn scan_state_file(&self) -> Option<PathBuf> {
        Some(self.state_file()?.with_extension("scanned.json"))
    }
}

/// `--record`, else one file per target in the state directory.
fn recording_path(args: &RecordArgs, connection: &Connection) -> Result<Option<PathBuf>, Failure> {
    if args.no_record {
        return Ok(None);
    }
    if args.record.as_deref() == Some(Path::new("-")) {
        let error = anyhow::anyhow!("a recording is read again, so it cannot go to stdout");
        return Err(Failure::Usage(
            Trouble::new(error).hint("give --record FILE or --no-record"),
        ));
    }
    let path = args.record.clone().or_else(|| connection.state_file());
    path.map(Some).ok_or_else(|| {
        let error = anyhow::anyhow!(
            "there is no place for the recording: neither HOME nor XDG_STATE_HOME is set"
        );
        Failure::Usage(Trouble::new(error).hint("give --record FILE or --no-record"))
    })
}

impl Setup {
    pub(crate) fn rules(&self) -> Rules {
        Rules {
            lag_limit: self.args.judging.lag_limit,
            min_coverage: self.args.judging.min_coverage,
            clock_bound: Span::ZERO,
        }
    }

    /// Opens the recording; while another instance holds it, waits until
    /// `patience` is over.
    pub(crate) async fn open_ledger(&self, patience: Mono) -> Result<Ledger, Failure> {
        let Some(path) = &self.recording else {
            return Ok(Ledger::unrecorded());
        };
        loop {
            match Ledger::open(path, &|detector| self.view(detector)) {
                Ok(ledger) => return Ok(ledger.keeping(self.args.recording.keep)),
                Err(RecordingError::Locked(_)) if self.clock.mono() < patience => {
                    self.clock.sleep(Span::millis(200)).await;
                }
                Err(error) => return Err(recording_failure(path, error)),
            }
        }
    }

    /// The header of this run.
    pub(crate) fn header(&self, command: &str, interval: Option<Span>) -> Run {
        Run {
            runner_globs: texts(&self.args.narrow.runners),
            labels: texts(&self.args.narrow.labels),
            interval,
            rules: self.rules(),
            ..run_header(command, &self.clock, &self.aim)
        }
    }

    /// Whether only news is told. A monitor always gets its line.
    pub(crate) fn is_quiet(&self) -> bool {
        self.args.quiet && self.output.format != Format::Nagios
    }

    pub(crate) fn poll_options(&self, manner: &Manner, runs_before: u32) -> poll::Options {
        let again = manner.again;
        poll::Options {
            scopes: self.aim.scopes.clone(),
            repos: self.aim.repos.clone(),
            owners: self.aim.owners.clone(),
            sight: self.aim.sight,
            hook: self.aim.hook.clone(),
            max_concurrent: usize::from(self.args.requests.max_concurrent),
            confirmations: CONFIRMATIONS,
            again,
            lag_limit: self.args.judging.lag_limit,
            breadth: Breadth::Turns,
            budget: manner.budget,
            turn: match again {
                Again::SameCycle => runs_before,
                Again::NextCycle => 0,
            },
            deadline: manner.deadline,
            ends: manner.ends,
        }
    }

    /// What this run's analyses look at.
    pub(crate) fn view(&self, detector: &Detector) -> View {
        View {
            rules: self.rules(),
            since: None,
            until: None,
            runners: self.of_targets(detector, self.narrow().runners(detector)),
            coverage_of: CoverageOf::LastRun,
        }
    }

    /// Of the runners wanted, those of this run's targets: a recording can hold
    /// others, which this run reads no more.
    fn of_targets(
        &self,
        detector: &Detector,
        wanted: Option<BTreeSet<RunnerKey>>,
    ) -> Option<BTreeSet<RunnerKey>> {
        let scopes = &self.aim.scopes;
        let own = |key: &&RunnerKey| {
            key.host == *self.aim.api.host() && scopes.iter().any(|scope| scope.is(&key.scope))
        };
        match wanted {
            Some(wanted) => Some(wanted.iter().filter(own).cloned().collect()),
            None if detector.keys().all(|key| own(&key)) => None,
            None => Some(detector.keys().filter(own).cloned().collect()),
        }
    }

    /// The flags by which `report` judges as this run did.
    pub(crate) fn flags(&self, analysis: &Analysis) -> String {
        let named = self.output.shown.named();
        let wanted = again::wanted(self.narrow(), named, &analysis.periods);
        let judging = again::judging(&self.args.judging, Span::ZERO);
        format!("{judging}{wanted}")
    }

    pub(crate) fn narrow(&self) -> Narrow<'_> {
        Narrow {
            globs: &self.args.narrow.runners,
            labels: &self.args.narrow.labels,
        }
    }

    pub(crate) fn exit_zero(&self) -> ExitZero {
        if self.args.judging.exit_zero {
            ExitZero::Yes
        } else {
            ExitZero::No
        }
    }
}

/// The header of a run by the usual rules.
pub(crate) fn run_header(command: &str, clock: &impl Clock, aim: &Aim) -> Run {
    let began = clock.wall() - (clock.mono() - Mono::from_millis(0));
    Run {
        id: run_id(began).into(),
        follows: None,
        tool_version: env!("CARGO_PKG_VERSION").into(),
        command: command.into(),
        host: aim.api.host().clone(),
        targets: aim.scopes.clone(),
        runner_globs: Vec::new(),
        labels: Vec::new(),
        interval: None,
        rules: Rules::STANDARD,
        began,
    }
}

fn texts(given: &[String]) -> Vec<std::sync::Arc<str>> {
    given.iter().map(|text| text.as_str().into()).collect()
}

/// Unlike that of any other run on this machine: time and process.
fn run_id(began: Timestamp) -> String {
    format!("{:x}-{:x}", began.as_millis(), std::process::id())
}

fn recording_failure(path: &std::path::Path, error: RecordingError) -> Failure {
    let locked = matches!(error, RecordingError::Locked(_));
    let what = format!("cannot record to {}", path.display());
    let trouble = Trouble::new(anyhow::Error::new(error).context(what));
    if locked {
        Failure::Locked(trouble.hint("another watch or check of this target is running"))
    } else {
        Failure::Usage(trouble.hint("give --record FILE for another place, or --no-record"))
    }
}
