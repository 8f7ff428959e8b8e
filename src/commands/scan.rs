//! `scan`: looks back over finished jobs for those that died under their
//! runner (`contract.md` §1). The judgment is `detect/death`'s.

mod look_back;
mod memory;
mod ours;

use std::collections::BTreeSet;
use std::rc::Rc;

use super::access::fatal;
use super::apart::{apart, files};
use super::evidence::{Evidence, Gathered, Keep};
use super::output::{Scanning, no_dash};
use super::session::say_waiting;
use super::setup::{Besides, Connection, connect, run_header};
use super::signals::Signal;
use super::view::Narrow;
use super::watch::listen;
use crate::cli::{ScanArgs, ScanFailOn};
use crate::clock::{Clock, System};
use crate::detect::{CoverageOf, Detector, View};
use crate::exit::{self, ExitZero, Failure, Outcome};
use crate::github::Client;
use crate::model::{
    Analysis, Annotated, Caveat, Fate, ImportedJob, Job, JobId, Record, Rules, ScanCounts, ScanEnd,
    ScanVerdict, Scope, Span, Timestamp,
};
use crate::poll::{Again, Breadth, Options, Waiting};
use crate::progress::Progress;
use crate::record::Scanned;
use crate::report::{self, Counted, ScanReport, SourceNote};
use crate::streams;
use look_back::{LookBack, Stage};

/// What a scan came to.
struct Found {
    window: Window,
    counts: ScanCounts,
    fates: Vec<Fate>,
    sources: Vec<SourceNote>,
    /// What the scan itself asked, and what it could not read.
    account: Analysis,
    /// What the evidence files are to be trusted less for.
    evidence: Analysis,
    /// Where it is kept what the next scan need not read.
    state: Option<String>,
}

/// The time that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    since: Timestamp,
    until: Timestamp,
}

/// Looks back, until everything is read or a signal comes.
pub(crate) async fn scan(args: ScanArgs) -> Result<Outcome, Failure> {
    let written = [
        ("--output", args.output.output.as_deref()),
        ("--state", args.memory.state.as_deref()),
    ];
    apart(&written, &files("evidence", &args.files))?;
    no_dash("--state", args.memory.state.as_deref())?;
    let output = Scanning::open(&args.output)?;
    let progress = Progress::start();
    let evidence = Evidence::read(&args.files, &progress)?;
    progress.end();
    let besides = Besides {
        helpful: &["checks"],
        ..Besides::NOTHING
    };
    let connection = connect(&args.target, &args.credential, &args.requests, besides).await?;
    let (memory, scanned) = memory::open(&args.memory, &connection)?;
    let mut signals = listen()?;
    if args.verbose {
        streams::say(&format!("credential: {}\n", connection.credential_source));
    }
    let until = whole_second(connection.clock.wall());
    let since = until - args.since;
    let progress = Rc::new(Progress::start());
    let mut look_back = begin(&args, &connection, scanned, since, &progress);
    let stopped = tokio::select! {
        done = look_back.pursue() => {
            done.map_err(|error| fatal(error, &connection.aim, &connection.credential_source.to_string()))?;
            None
        }
        signal = signals.next() => Some(signal),
    };
    look_back.finish();
    progress.end();
    let window = Window { since, until };
    let state = memory.path.as_ref().map(|path| path.display().to_string());
    let told = put_together(&look_back, evidence, &connection, (window, &args)).and_then(|found| {
        let found = Found { state, ..found };
        conclude(output, &connection, &args, (&found, &look_back), stopped)
    });
    if let Ok(Told { deaths, .. }) = &told {
        look_back.told_of(deaths);
    }
    memory.keep(&look_back.kept());
    Ok(told?.outcome)
}

/// What somebody was told.
struct Told {
    outcome: Outcome,
    deaths: BTreeSet<JobId>,
}

fn begin<'a>(
    args: &ScanArgs,
    connection: &'a Connection,
    scanned: Scanned,
    since: Timestamp,
    progress: &Rc<Progress>,
) -> LookBack<'a, Client, System> {
    let (shown, waits) = (Rc::clone(progress), Rc::clone(progress));
    let clock = connection.clock;
    LookBack::new(
        &connection.client,
        &connection.clock,
        options(args, connection),
        since,
        scanned,
        Box::new(move |stage| show(&shown, stage)),
        Box::new(move |waiting: &Waiting| {
            say_waiting(&waits, waiting.until - clock.mono(), waiting);
        }),
    )
}

/// Says what was found, or nothing where nothing is news. A death is one
/// whatever else was read.
fn conclude(
    output: Scanning,
    connection: &Connection,
    args: &ScanArgs,
    (found, look_back): (&Found, &LookBack<'_, Client, System>),
    stopped: Option<Signal>,
) -> Result<Told, Failure> {
    let end = stopped.map_or(ScanEnd::Complete, |_| ScanEnd::Interrupted);
    let verdict = verdict(found, end, args.min_coverage);
    let outcome = match (verdict, stopped) {
        (ScanVerdict::Deaths, _) if args.fail_on == ScanFailOn::Killed => {
            Outcome::Finding(Counted::Desync)
        }
        (_, Some(signal)) => signal.outcome(),
        (ScanVerdict::Inconclusive, None) => Outcome::Inconclusive,
        (ScanVerdict::Clean | ScanVerdict::Deaths, None) => Outcome::Clean,
    };
    let exit_zero = if args.exit_zero {
        ExitZero::Yes
    } else {
        ExitZero::No
    };
    let outcome = outcome.forgiving(exit_zero);
    let deaths = found.fates.iter().filter(|fate| fate.is_death());
    let deaths: BTreeSet<_> = deaths.map(|fate| fate.job.id).collect();
    let news =
        verdict == ScanVerdict::Inconclusive || deaths.iter().any(|job| !look_back.is_told(*job));
    if args.quiet && !news {
        return Ok(Told { outcome, deaths });
    }
    let written = write(output, connection, args, found, (verdict, end));
    let outcome = exit::told(outcome, written)?;
    Ok(Told { outcome, deaths })
}

/// Times of runs have whole seconds.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis().div_euclid(1000) * 1000)
}

fn options(args: &ScanArgs, connection: &Connection) -> Options {
    let aim = &connection.aim;
    Options {
        scopes: aim.scopes.clone(),
        repos: aim.repos.clone(),
        owners: aim.owners.clone(),
        sight: aim.sight,
        hook: None,
        max_concurrent: usize::from(args.requests.max_concurrent),
        confirmations: 0,
        again: Again::NextCycle,
        lag_limit: Span::ZERO,
        turn: 0,
        breadth: Breadth::Everything,
        budget: None,
        deadline: None,
        ends: None,
    }
}

fn show(progress: &Progress, stage: Stage) {
    match stage {
        Stage::Listing => progress.show("listing runs".to_owned()),
        Stage::Runs { done, all } => progress.counts(done, all, "runs"),
        Stage::Annotations { done, all } => progress.counts(done, all, "jobs with annotations"),
    }
}

/// Judges the jobs that were read, with what the evidence files tell of
/// their runners.
fn put_together(
    look_back: &LookBack<'_, Client, System>,
    mut evidence: Evidence,
    connection: &Connection,
    (window, args): (Window, &ScanArgs),
) -> Result<Found, Failure> {
    let clock_bound = args.clock_bound;
    let host = connection.aim.api.host();
    let jobs: Vec<_> = look_back.known().flat_map(|run| &run.jobs).collect();
    let ids = jobs.iter().map(|job| job.id).collect();
    evidence.know(jobs.iter().map(|job| ImportedJob {
        host: host.clone(),
        job: Job::clone(job),
    }));
    let Gathered {
        mut detector,
        records: _,
        sources,
        caveats,
    } = evidence.gather(
        scope(&connection.aim.scopes),
        &|_| view(clock_bound),
        Keep::Nothing,
    )?;
    for run in look_back.known() {
        for (job, annotations) in &run.annotations {
            detector.feed(Record::Annotated(Annotated {
                host: host.clone(),
                job: *job,
                annotations: annotations.clone(),
            }));
        }
    }
    let view = view(clock_bound);
    let mut of_files = detector.analysis(&view);
    of_files.caveats.extend(caveats);
    of_files.caveats.sort_unstable();
    of_files.caveats.dedup();
    // Of a lag that nobody is told.
    of_files.caveats.retain(|own| *own != Caveat::LowSample);
    let narrow = Narrow {
        globs: &args.narrow.runners,
        labels: &args.narrow.labels,
    };
    let mut fates = detector.fates(&view, &ids);
    fates.retain(|fate| narrow.wants_job(&fate.job));
    Ok(Found {
        window,
        counts: look_back.counts(&narrow),
        fates,
        sources,
        account: account(look_back, connection),
        evidence: of_files,
        state: None,
    })
}

/// The scope that evidence files mean which name none: the target's, if it
/// is one.
fn scope(scopes: &[Scope]) -> Option<Scope> {
    match scopes {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// What was asked, by the same rules as of any run.
fn account(look_back: &LookBack<'_, Client, System>, connection: &Connection) -> Analysis {
    let mut asked = Detector::default();
    let header = run_header("scan", &connection.clock, &connection.aim);
    asked.feed(Record::Run(header));
    for record in &look_back.asked {
        asked.feed(record.clone());
    }
    let mut account = asked.analysis(&view(Span::ZERO));
    let redirects = look_back.redirects();
    let requests = account.requests;
    account.requests = requests.map(|requests| requests.and_redirects(redirects));
    account
}

fn view(clock_bound: Span) -> View {
    View {
        rules: Rules {
            clock_bound,
            ..Rules::STANDARD
        },
        since: None,
        until: None,
        runners: None,
        coverage_of: CoverageOf::Everything,
    }
}

fn verdict(found: &Found, end: ScanEnd, min_coverage: f64) -> ScanVerdict {
    if found.fates.iter().any(Fate::is_death) {
        ScanVerdict::Deaths
    } else if end == ScanEnd::Interrupted || !found.counts.suffices(min_coverage) {
        ScanVerdict::Inconclusive
    } else {
        ScanVerdict::Clean
    }
}

fn write(
    output: Scanning,
    connection: &Connection,
    args: &ScanArgs,
    found: &Found,
    (verdict, end): (ScanVerdict, ScanEnd),
) -> Result<(), Failure> {
    let report = ScanReport {
        tool_version: env!("CARGO_PKG_VERSION"),
        host: connection.aim.api.host(),
        targets: &connection.aim.scopes,
        since: found.window.since,
        until: found.window.until,
        min_coverage: args.min_coverage,
        verdict,
        end,
        counts: &found.counts,
        fates: &found.fates,
        gaps: &found.account.coverage.gaps,
        unreadable: &found.account.coverage.unreadable,
        requests: found.account.requests,
        sources: &found.sources,
        caveats: &found.evidence.caveats,
        rules: &found.evidence.rules,
        state: found.state.as_deref(),
        width: output.width(),
        style: output.style(),
    };
    output.write(|format, out| report::render_scan(&report, format, out))
}
