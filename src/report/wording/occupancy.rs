//! Why a runner is idle, busy, or neither for sure, in one line.

use super::unit::{at_most, count, duration};
use crate::model::{Answer, Because, Job, Occupancy, Quiet};
use crate::report::escape::terminal;

/// The answer about one runner with its reason.
pub(crate) fn occupancy(occupancy: &Occupancy) -> String {
    let answer = match occupancy.answer() {
        Answer::Idle => "idle",
        Answer::Busy => "busy",
        Answer::CannotTell => "cannot tell, treat as busy",
    };
    format!("{answer}: {}", why(occupancy))
}

/// The reason alone.
pub(crate) fn why(occupancy: &Occupancy) -> String {
    match occupancy.because {
        Because::JobRunning => job_running(occupancy),
        Because::FlagSet => {
            "the flag says busy; no job of the repositories read is known to run on it".to_owned()
        }
        Because::Idle => idle(occupancy),
        Because::NotFound => format!("no such runner is registered{}", although(occupancy)),
        Because::Offline => format!("it is offline{}", although(occupancy)),
        Because::Ambiguous => match &occupancy.job {
            None => "several runners bear this name or id".to_owned(),
            Some(job) => format!(
                "{} names its id or its name, and another runner otherwise",
                said(job)
            ),
        },
        Because::MixedJob => format!("the record of {} contradicts itself", a_job(occupancy)),
        Because::Unread(reason) => {
            format!("it could not be read as it is now ({})", reason.as_str())
        }
        Because::TooShort { left } => format!(
            "{}; {} of the lag limit are missing",
            so_far(occupancy.quiet.as_ref()),
            at_most(left)
        ),
        Because::JobsUnread => {
            "not every job was read completely after the last reading of the flag".to_owned()
        }
        Because::JobQueued => format!("{} is queued, and may be handed to it", a_job(occupancy)),
        Because::JobUnplaced => format!(
            "{} is in progress on a runner not yet named, which may be this one",
            a_job(occupancy)
        ),
    }
}

fn job_running(occupancy: &Occupancy) -> String {
    let job = a_job(occupancy);
    let says_idle = occupancy.flag.is_some_and(|flag| !flag.busy);
    if !says_idle {
        return format!("{job} is in progress, and the flag says busy");
    }
    let proof = occupancy.proven_at.map_or_else(
        || "not proven by a sandwich".to_owned(),
        |at| format!("proven at {at}"),
    );
    format!("flag says idle, but {job} is in progress: {proof}")
}

fn idle(occupancy: &Occupancy) -> String {
    let as_of = occupancy
        .as_of
        .map_or_else(String::new, |at| format!(", as of {at}"));
    format!(
        "{}; no job in progress on it and none queued for it{as_of}",
        so_far(occupancy.quiet.as_ref())
    )
}

/// "busy:false at all 5 readings over 91 s, 3 of them recorded".
fn so_far(quiet: Option<&Quiet>) -> String {
    let Some(quiet) = quiet else {
        return "busy:false at no reading yet".to_owned();
    };
    let readings = count(quiet.readings, "reading", "readings");
    let recorded = match quiet.recorded {
        0 => String::new(),
        recorded => format!(", {recorded} of them from the recording"),
    };
    let over = duration(quiet.sure);
    format!("busy:false at all {readings} over {over}{recorded}")
}

fn although(occupancy: &Occupancy) -> String {
    let job = occupancy.job.as_deref();
    job.map_or_else(String::new, |job| {
        format!(", although {} has not ended on it", said(job))
    })
}

fn a_job(occupancy: &Occupancy) -> String {
    let job = occupancy.job.as_deref();
    job.map_or_else(|| "a job".to_owned(), said)
}

fn said(job: &Job) -> String {
    let name = terminal(&job.name);
    let repo = terminal(&job.repo.to_string());
    format!("job {} \"{name}\" of {repo}", job.id)
}
