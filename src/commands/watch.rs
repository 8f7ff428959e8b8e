//! `watch`: polls until stopped, tells periods as they open and close, ends
//! with a report.

mod plan;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::rc::Rc;

use super::access::fatal;
use super::output::Sink;
use super::session::{Form, LAST_LOOK, Manner, Session, finish_alerts, warn};
use super::setup::{Setup, set_up};
use super::signals::{Signal, Signals};
use crate::cli::WatchArgs;
use crate::clock::{Clock, System};
use crate::exit::{Failure, Outcome, Trouble};
use crate::github::Client;
use crate::model::{Analysis, JobStatus, Mono, OpenJob, Span};
use crate::poll::Again;
use crate::progress::Progress;
use crate::report::{self, count};
use crate::streams;
use plan::Plan;

/// Why a watch ended.
enum Ended {
    ToPlan,
    By(Signal),
}

/// Runs a watch to its end.
pub(crate) async fn watch(args: WatchArgs) -> Result<Outcome, Failure> {
    let WatchArgs {
        live,
        interval,
        budget,
        deliveries,
        for_,
        cycles,
    } = args;
    let setup = set_up(live, deliveries).await?;
    let form = if setup.is_quiet() || setup.output.sink() == Sink::Events {
        Form::NewsOnly
    } else {
        Form::Full
    };
    let mut signals = listen()?;
    let plan = Plan {
        interval,
        verbose: setup.args.verbose,
        until: for_.map(|span| setup.clock.mono() + span),
        cycles,
    };
    let progress = Rc::new(Progress::start());
    streams::say(&first_line(&setup, &plan));
    let manner = Manner {
        command: "watch",
        interval: Some(interval),
        again: Again::NextCycle,
        budget: Some(budget),
        deadline: None,
        ends: plan.until,
        sink: setup.output.sink(),
    };
    let mut session = setup.begin(manner, &progress).await?;
    let ended = run(&setup, &plan, &mut session, &mut signals).await;
    let ended = match ended {
        Ok(ended) => ended,
        Err(failure) => {
            progress.end();
            return Err(failure);
        }
    };
    let last = match ended {
        Ended::By(signal) => Some(signal),
        Ended::ToPlan => None,
    };
    let analysis = last_look(&setup, &mut session, &mut signals).await;
    progress.end();
    match analysis {
        Err(signal) => Ok(signal.outcome()),
        Ok(_) if session.uncut == 0 && last.is_some() => {
            streams::say("stopped before the first complete cycle: nothing can be said\n");
            Ok(last.map_or(Outcome::Interrupted, Signal::outcome))
        }
        Ok(analysis) => {
            let concluded = session.end(analysis);
            let hook = setup.hook.clone();
            let outcome = setup.conclude(&concluded, form);
            finish_alerts(hook, &mut signals).await;
            outcome
        }
    }
}

pub(super) fn listen() -> Result<Signals, Failure> {
    Signals::listen().map_err(|error| {
        Failure::Runtime(Trouble::new(
            anyhow::Error::new(error).context("cannot listen for signals"),
        ))
    })
}

/// Said before the first request.
fn first_line(setup: &Setup, plan: &Plan) -> String {
    let (shown, host) = (&setup.output.shown, setup.aim.api.host());
    let levels = setup.aim.scopes.iter();
    let levels: Vec<_> = levels.map(|scope| shown.level(host, scope)).collect();
    let scopes: Vec<_> = levels.iter().map(|(_, scope)| scope.to_string()).collect();
    let recording = setup.recording.as_ref();
    let recording = recording.map_or("keeping no recording".to_owned(), |path| {
        format!("recording to {}", shown.file(&path.display().to_string()))
    });
    let mut text = format!(
        "watching {} on {} every {} s, {recording}\n",
        scopes.join(", "),
        levels.first().map_or(host, |(host, _)| host),
        plan.interval.as_secs_f64()
    );
    if setup.args.verbose {
        let _ = writeln!(text, "credential: {}", setup.credential_source);
    }
    text
}

/// Cycles until the plan or a signal ends them.
async fn run(
    setup: &Setup,
    plan: &Plan,
    session: &mut Session<'_, Client, System>,
    signals: &mut Signals,
) -> Result<Ended, Failure> {
    loop {
        let began = session.clock.mono();
        show(session, "reading", None);
        let cycle = session.cycle(|detector| setup.view(detector));
        let ended = tokio::select! {
            done = cycle => { done.map_err(|error| fatal(error, &setup.aim, &setup.credential_source))?; None }
            () = plan.overrun(setup.clock) => Some(Ended::ToPlan),
            signal = signals.next() => Some(Ended::By(signal)),
        };
        match ended {
            None => {}
            Some(Ended::ToPlan) => {
                session.cut_off(|detector| setup.view(detector));
                return Ok(Ended::ToPlan);
            }
            Some(by) => {
                session.collect();
                return Ok(by);
            }
        }
        let view = setup.view(&session.ledger.detector);
        let analysis = session.tell(&view);
        after_cycle(setup, session, &analysis);
        if plan.is_over(session) {
            return Ok(Ended::ToPlan);
        }
        let wake = plan.next(session, began);
        if let Some(signal) = pause(session, &analysis, wake, signals).await {
            return Ok(Ended::By(signal));
        }
        if plan
            .until
            .is_some_and(|until| until <= session.clock.mono())
        {
            return Ok(Ended::ToPlan);
        }
    }
}

/// Waits for the next cycle, counting down once a second.
async fn pause(
    session: &Session<'_, Client, System>,
    analysis: &Analysis,
    wake: Mono,
    signals: &mut Signals,
) -> Option<Signal> {
    loop {
        let now = session.clock.mono();
        if wake <= now {
            return None;
        }
        show(session, &countdown(wake - now, session), Some(analysis));
        let tick = wake.min(now + Span::secs(1));
        tokio::select! {
            () = session.clock.sleep_until(tick) => {}
            signal = signals.next() => return Some(signal),
        }
    }
}

fn countdown(left: Span, session: &Session<Client, System>) -> String {
    let next = format!("next in {} s", left.as_millis() / 1000 + 1);
    match &session.stretched.now {
        Some(stretch) => format!("{next} ({})", report::stretched(stretch)),
        None => next,
    }
}

fn show(session: &Session<Client, System>, doing: &str, analysis: Option<&Analysis>) {
    let mut line = format!("cycle {}", session.cycles + 1);
    if let Some(analysis) = analysis {
        let open = analysis
            .periods
            .iter()
            .filter(|p| p.end.by.is_none())
            .count() as u64;
        let jobs = session.ledger.detector.open_jobs().len() as u64;
        let _ = write!(
            line,
            ": {}, {}, {}",
            count(session.poller.runners_read(), "runner", "runners"),
            count(jobs, "open job", "open jobs"),
            count(open, "open period", "open periods")
        );
        if let Some(left) = analysis.requests.and_then(|requests| requests.remaining) {
            let _ = write!(line, ", {} left", count(left, "request", "requests"));
        }
    }
    session.progress.show(format!("{line}, {doing}"));
}

fn after_cycle(setup: &Setup, session: &Session<Client, System>, analysis: &Analysis) {
    if setup.metrics.is_some() {
        setup.publish(&session.of_this_run(analysis.clone()));
    }
    let mut text = String::new();
    if let Some(error) = session.ledger.failed() {
        let _ = writeln!(text, "warning: the recording is incomplete: {error}");
    }
    if setup.args.verbose {
        let requests = analysis.requests.map_or(0, |requests| requests.total);
        let readings = analysis.coverage.readings;
        let _ = writeln!(
            text,
            "cycle {}: {} so far, readings: {} agree, {} desync, {} unknown",
            session.cycles,
            count(requests, "request", "requests"),
            readings.agree,
            readings.desync,
            readings.unknown
        );
    }
    if let Some(hook) = &setup.hook {
        session.progress.suspend(|| warn(&hook.failures()));
    }
    if !text.is_empty() {
        session.progress.suspend(|| streams::say(&text));
    }
}

/// Open jobs that a contradiction is about are read once more, within two
/// seconds; then everything is judged. The others have nothing to settle, and
/// a busy fleet has hundreds. A further signal ends it at once.
async fn last_look(
    setup: &Setup,
    session: &mut Session<'_, Client, System>,
    signals: &mut Signals,
) -> Result<Analysis, Signal> {
    let view = setup.view(&session.ledger.detector);
    let open = disputed(&session.ledger.detector.analysis(&view));
    if !open.is_empty() && 0 < session.uncut {
        let read = session.poller.settle(&open);
        let limited = tokio::time::timeout(LAST_LOOK, read);
        tokio::select! {
            _ = limited => {}
            signal = signals.next() => return Err(signal),
        }
        session.collect();
    }
    let view = setup.view(&session.ledger.detector);
    Ok(session.tell(&view))
}

/// Jobs of periods that no final record has settled.
fn disputed(analysis: &Analysis) -> Vec<OpenJob> {
    let jobs = analysis.periods.iter().filter_map(|period| {
        let job = &period.job.as_ref()?.job;
        let open = job.status != JobStatus::Completed;
        open.then(|| OpenJob::of(job))
    });
    let jobs: BTreeSet<_> = jobs.collect();
    jobs.into_iter().collect()
}
