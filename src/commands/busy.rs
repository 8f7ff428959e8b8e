//! `busy`: is this runner truly busy? The answer an autoscaler needs before it
//! terminates (`contract.md` §1). The judgment is `detect/occupancy`'s.

mod inquiry;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::rc::Rc;

use super::access::fatal;
use super::apart::apart;
use super::ledger::glance;
use super::output::Answering;
use super::setup::{Besides, Connection, connect};
use super::watch::listen;
use crate::cli::{BusyArgs, SeenArgs};
use crate::clock::Clock;
use crate::detect::Detector;
use crate::exit::{Failure, Outcome};
use crate::model::{Answer, Occupancy, Requests, Rules, Span};
use crate::progress::Progress;
use crate::report::{self, BusyReport, Counted};
use crate::streams;
use inquiry::{Inquiry, Question};

/// What may come on top of the lag limit: sweeps, sandwiches, a retry.
const SLACK: Span = Span::secs(60);

/// Asks until it can be said, or the deadline is over.
pub(crate) async fn busy(args: BusyArgs) -> Result<Outcome, Failure> {
    let written = [("--output", args.output.output.as_deref())];
    apart(&written, &[("--record", args.recording.record.as_deref())])?;
    let output = Answering::open(&args.output)?;
    let connection = connect(
        &args.target,
        &args.credential,
        &args.requests,
        Besides::NOTHING,
    )
    .await?;
    let mut signals = listen()?;
    if args.verbose {
        streams::say(&format!("credential: {}\n", connection.credential_source));
    }
    let question = question(&args, &connection);
    let progress = Rc::new(Progress::start());
    let shown = Rc::clone(&progress);
    let watched = watched(&args.recording, &connection, &question.rules);
    let mut inquiry = Inquiry::new(
        &connection.client,
        &connection.clock,
        &question,
        watched,
        Box::new(move |line| shown.show(line)),
    );
    let in_time = tokio::select! {
        done = inquiry.pursue() => {
            done.map_err(|error| fatal(error, &connection.aim, &connection.credential_source.to_string()))?;
            true
        }
        () = connection.clock.sleep_until(question.deadline) => false,
        signal = signals.next() => {
            progress.end();
            return Ok(signal.outcome());
        }
    };
    if !in_time {
        inquiry.cut_off();
    }
    progress.end();
    let answers = inquiry.occupancies();
    write(output, &question, &answers, inquiry.requests())?;
    Ok(outcome(&answers))
}

fn question(args: &BusyArgs, connection: &Connection) -> Question {
    let mut runners = args.runners.clone();
    runners.sort();
    runners.dedup();
    let deadline = args.deadline.unwrap_or(args.lag_limit + SLACK);
    Question {
        runners,
        rules: Rules {
            lag_limit: args.lag_limit,
            ..Rules::STANDARD
        },
        aim: connection.aim.clone(),
        max_concurrent: usize::from(args.requests.max_concurrent),
        deadline: connection.clock.mono() + deadline,
    }
}

/// What a watch of this target has seen, if it saw it just now: an old
/// recording would only bring jobs whose end nobody read.
fn watched(args: &SeenArgs, connection: &Connection, rules: &Rules) -> Detector {
    let path: Option<PathBuf> = args.record.clone().or_else(|| connection.state_file());
    let Some(path) = path.filter(|_| !args.no_record) else {
        return Detector::default();
    };
    match glance(&path) {
        Ok(seen) if is_fresh(&seen, connection, rules) => seen,
        Ok(_) => Detector::default(),
        Err(error) => {
            let file = path.display();
            streams::say(&format!("warning: {file} does not count: {error}\n"));
            Detector::default()
        }
    }
}

fn is_fresh(seen: &Detector, connection: &Connection, rules: &Rules) -> bool {
    let now = connection.clock.wall();
    let until = seen.jobs_read_until();
    until.is_some_and(|until| now - until <= rules.lag_limit)
}

fn write(
    output: Answering,
    question: &Question,
    answers: &[Occupancy],
    requests: Option<Requests>,
) -> Result<(), Failure> {
    let report = BusyReport {
        tool_version: env!("CARGO_PKG_VERSION"),
        host: question.aim.api.host(),
        targets: &question.aim.scopes,
        rules: &question.rules,
        asked: &question.runners,
        answers,
        requests,
    };
    output.write(|format, out| report::render_busy(&report, format, out))
}

/// The worst answer wins.
fn outcome(answers: &[Occupancy]) -> Outcome {
    match answers.iter().map(Occupancy::answer).max() {
        Some(Answer::Idle) => Outcome::Clean,
        Some(Answer::Busy) => Outcome::Finding(Counted::Desync),
        Some(Answer::CannotTell) | None => Outcome::Inconclusive,
    }
}
