//! `doctor`: what the credential opens, whether limits, clock and ETags are as
//! a watch needs them, and what it would cost (`contract.md` §1).

mod examine;
mod findings;
mod log;
mod reads;

use std::rc::Rc;

use super::output::Answering;
use super::setup::{Besides, Connection, connect};
use super::watch::listen;
use crate::cli::{DoctorArgs, PlannedArgs};
use crate::exit::{Failure, Outcome, Trouble};
use crate::model::{Checkup, Health, Opened, Tried};
use crate::progress::Progress;
use crate::report::{self, DoctorReport};
use examine::Examiner;
use findings::Planned;

/// Makes a few reads, says what became of each, and exits by the worst.
pub(crate) async fn doctor(args: DoctorArgs) -> Result<Outcome, Failure> {
    let output = Answering::open(&args.output)?;
    let deliveries = args.watch.deliveries;
    let connection = connect(
        &args.target,
        &args.credential,
        &args.requests,
        Besides::deliveries(deliveries),
    )
    .await?;
    let mut signals = listen()?;
    let progress = Rc::new(Progress::start());
    progress.show("asking GitHub".to_owned());
    let examiner = Examiner::new(
        &connection.client,
        &connection.clock,
        &connection.aim,
        usize::from(args.requests.max_concurrent),
    );
    let done = tokio::select! {
        done = examiner.examine(&connection.credential_source, planned(&args.watch)) => Ok(done),
        signal = signals.next() => Err(signal),
    };
    progress.end();
    let checkup = match done {
        Ok(checkup) => checkup,
        Err(signal) => return Ok(signal.outcome()),
    };
    write(output, &connection, &checkup)?;
    outcome(&checkup)
}

fn planned(args: &PlannedArgs) -> Planned {
    Planned {
        interval: args.interval,
        budget: args.budget,
        lag_limit: args.lag_limit,
    }
}

fn write(output: Answering, connection: &Connection, checkup: &Checkup) -> Result<(), Failure> {
    let report = DoctorReport {
        tool_version: env!("CARGO_PKG_VERSION"),
        host: connection.aim.api.host(),
        targets: &connection.aim.scopes,
        checkup,
    };
    output.write(|format, out| report::render_doctor(&report, format, out))
}

/// What a watch of the target would meet decides.
fn outcome(checkup: &Checkup) -> Result<Outcome, Failure> {
    let trouble = || match checkup.worst() {
        Some(tried) => told(tried),
        None => Trouble::new(anyhow::anyhow!("nothing could be read")),
    };
    match checkup.health() {
        Health::Ready => Ok(Outcome::Clean),
        Health::Failing => Err(Failure::Runtime(trouble())),
        Health::NoAccess => Err(Failure::Access(trouble())),
    }
}

fn told(tried: &Tried) -> Trouble {
    let why = tried.detail.as_deref().unwrap_or(tried.opened.as_str());
    let error = anyhow::anyhow!("failed to read {}: {why}", tried.target);
    let trouble = Trouble::new(error);
    match &tried.hint {
        Some(hint) if tried.opened != Opened::Yes => trouble.hint(hint.to_string()),
        _ => trouble,
    }
}
