//! `check`: one sweep, sandwiches, one verdict, within a deadline. What is
//! open then, the next check settles.

use std::rc::Rc;

use super::access::fatal;
use super::output::Sink;
use super::session::{Form, Manner, Session, finish_alerts};
use super::setup::{Setup, set_up};
use super::signals::Signals;
use super::watch::listen;
use crate::cli::CheckArgs;
use crate::clock::{Clock, System};
use crate::exit::{Failure, Outcome};
use crate::github::Client;
use crate::model::Mono;
use crate::poll::Again;
use crate::progress::Progress;
use crate::streams;

/// Runs one check.
pub(crate) async fn check(args: CheckArgs) -> Result<Outcome, Failure> {
    let CheckArgs { live, deadline } = args;
    let setup = set_up(live, None).await?;
    let mut signals = listen()?;
    let deadline = setup.clock.mono() + deadline;
    let progress = Rc::new(Progress::start());
    progress.show("reading".to_owned());
    let seen = setup.args.verbose || streams::is_watched();
    if let Some(path) = &setup.recording
        && seen
        && !setup.is_quiet()
    {
        let path = setup.output.shown.file(&path.display().to_string());
        progress.suspend(|| streams::say(&format!("recording to {path}\n")));
    }
    if setup.args.verbose {
        streams::say(&format!("credential: {}\n", setup.credential_source));
    }
    let (form, sink) = if setup.is_quiet() {
        (Form::NewsOnly, setup.output.quiet_sink())
    } else {
        (Form::Full, Sink::Silent)
    };
    let manner = Manner {
        command: "check",
        interval: None,
        again: Again::SameCycle,
        // One process has no interval to stretch.
        budget: None,
        deadline: Some(deadline),
        ends: None,
        sink,
    };
    let begun = tokio::select! {
        begun = setup.begin(manner, &progress) => begun,
        signal = signals.next() => return Ok(signal.outcome()),
    };
    let mut session = begun?;
    let ended = one_cycle(&setup, deadline, &mut session, &mut signals).await;
    progress.end();
    if let Some(outcome) = ended? {
        return Ok(outcome);
    }
    let view = setup.view(&session.ledger.detector);
    let analysis = session.tell(&view);
    let concluded = session.end(analysis);
    let hook = setup.hook.clone();
    let outcome = setup.conclude(&concluded, form);
    finish_alerts(hook, &mut signals).await;
    outcome
}

/// The cycle, cut off by the deadline or by a signal; the latter gives the
/// outcome, and what was read until then is kept.
async fn one_cycle(
    setup: &Setup,
    deadline: Mono,
    session: &mut Session<'_, Client, System>,
    signals: &mut Signals,
) -> Result<Option<Outcome>, Failure> {
    let clock = setup.clock;
    let cycle = session.cycle(|detector| setup.view(detector));
    let stopped = tokio::select! {
        done = cycle => {
            done.map_err(|error| fatal(error, &setup.aim, &setup.credential_source))?;
            return Ok(None);
        }
        () = clock.sleep_until(deadline) => None,
        signal = signals.next() => Some(signal.outcome()),
    };
    session.cut_off(|detector| setup.view(detector));
    if stopped.is_some() {
        let view = setup.view(&session.ledger.detector);
        session.keep(&view);
    }
    Ok(stopped)
}
