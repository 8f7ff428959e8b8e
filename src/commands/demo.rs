//! `demo`: both incidents of actions/runner#4422 played through the real poll
//! loop and detector on a virtual clock. No token, no network.
//!
//! The report gives times without a date and no repository; the play is set
//! on the day it was filed, 2026-05-14, in an invented repository. Nothing is
//! read that the report's poller did not read: no sandwiches are made, and
//! the readings settle when the jobs end.

mod script;

use super::apart::apart;
use super::ledger::Ledger;
use super::news;
use super::output::{Output, Sink, Surroundings, no_dash};
use crate::cli::DemoArgs;
use crate::clock::{Clock, Virtual};
use crate::detect::{CoverageOf, View};
use crate::exit::{Failure, Outcome, Trouble};
use crate::model::{
    Host, Mono, Record, Rules, Run, RunnerEvent, RunnerEventKind, RunnerKey, Scope, Sight,
    Timestamp,
};
use crate::poll::{Again, Breadth, Options, Poller};
use crate::report::{Asked, FailOn};
use script::{Incident, Script};

/// Plays the incidents and reports them. Always succeeds when it can write.
pub(crate) async fn demo(args: DemoArgs) -> Result<Outcome, Failure> {
    let written = [
        ("--record", args.record.as_deref()),
        ("--output", args.output.output.as_deref()),
    ];
    apart(&written, &[])?;
    no_dash("--record", args.record.as_deref())?;
    let output = Output::open(&args.output)?;
    let mut ledger = match &args.record {
        None => Ledger::unrecorded(),
        Some(path) => Ledger::open(path, &|_| view()).map_err(|error| {
            let what = format!("cannot record to {}", path.display());
            let trouble = Trouble::new(anyhow::Error::new(error).context(what));
            Failure::Usage(trouble.hint("give --record FILE in a directory that takes files"))
        })?,
    };
    let numbers = args.incident.map_or(vec![1, 2], |number| vec![number]);
    for number in numbers {
        play(&script::incident(number), &mut ledger, &output).await?;
    }
    let analysis = ledger.detector.analysis(&view());
    ledger.sync(&analysis);
    if let Some(error) = ledger.failed() {
        let error = anyhow::Error::msg(error.to_string()).context("cannot record the demo");
        return Err(Failure::Runtime(Trouble::new(error)));
    }
    let around = Surroundings {
        sources: &[],
        fail_on: &FailOn::standard(),
        recording: ledger.path(),
        outcome: Outcome::Clean,
        asked: Asked::PLAIN,
        notes: &[],
    };
    output.write(&analysis, around)?;
    Ok(Outcome::Clean)
}

pub(super) fn view() -> View {
    View {
        rules: Rules::STANDARD,
        since: None,
        until: None,
        runners: None,
        coverage_of: CoverageOf::Everything,
    }
}

/// Polls at the instants at which the report's poller read.
async fn play(incident: &Incident, ledger: &mut Ledger, output: &Output) -> Result<(), Failure> {
    let clock = Virtual::starting(incident.began);
    let source = Script::new(incident, &clock);
    ledger.take(vec![Record::Run(header(incident))]);
    let options = Options {
        scopes: vec![incident.scope.clone()],
        repos: vec![incident.repo.clone()],
        owners: Vec::new(),
        sight: Sight::Whole,
        hook: None,
        max_concurrent: 1,
        confirmations: 0,
        again: Again::NextCycle,
        lag_limit: Rules::STANDARD.lag_limit,
        turn: 0,
        breadth: Breadth::Turns,
        budget: None,
        deadline: None,
        ends: None,
    };
    let poller = Poller::new(&source, &clock, options, incident.began, Box::new(|_| {}));
    for &at in &incident.polls {
        clock
            .sleep_until(Mono::from_millis((at - incident.began).as_millis()))
            .await;
        ledger.take(incident.events_until(at).map(Record::Event).collect());
        let open = ledger.detector.open_jobs();
        let swept = poller.sweep(&open, &[]).await;
        swept.map_err(|error| Failure::Runtime(Trouble::new(error)))?;
        poller.end_cycle();
        ledger.take(poller.drain());
        tell(ledger, clock.mono(), output);
    }
    Ok(())
}

/// What a watch tells at this instant.
fn tell(ledger: &mut Ledger, at: Mono, output: &Output) {
    let analysis = ledger.detector.analysis(&view());
    let items = news::news(
        &analysis.periods,
        ledger.detector.told(),
        &FailOn::standard(),
        at,
    );
    if output.sink() == Sink::Lines {
        Sink::Lines.news(&items, &output.shown);
    }
    let told: Vec<_> = items
        .into_iter()
        .map(|item| Record::Told(item.told))
        .collect();
    ledger.take(told);
}

fn header(incident: &Incident) -> Run {
    Run {
        id: format!("demo-incident-{}", incident.number).into(),
        follows: None,
        tool_version: env!("CARGO_PKG_VERSION").into(),
        command: "demo".into(),
        host: Host::github_com(),
        targets: vec![incident.scope.clone()],
        runner_globs: Vec::new(),
        labels: Vec::new(),
        interval: None,
        rules: Rules::STANDARD,
        began: incident.began,
    }
}

impl Incident {
    /// Events of the autoscaler's log up to an instant. The ledger takes each
    /// once.
    fn events_until(&self, at: Timestamp) -> impl Iterator<Item = RunnerEvent> {
        let key = RunnerKey {
            host: Host::github_com(),
            scope: Scope::clone(&self.scope),
            id: self.runner,
        };
        let terminated = self.terminated_at;
        let kind = RunnerEventKind::Terminated;
        let event = RunnerEvent::plain(terminated, key, kind, Some("autoscaler".into()));
        let first = self.polls.iter().find(|&&poll| terminated <= poll).copied();
        (first == Some(at)).then_some(event).into_iter()
    }
}
