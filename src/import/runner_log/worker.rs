//! What the messages of a worker mean: above all which REST job it runs.
//! The message it got holds scripts, inputs and secrets' names, so that of
//! it only the scalars named here are ever read (`runner-logs.md` §4).

use super::dump::{Begins, Frame, Name};
use super::jobs::UNNAMED;
use super::log::{Component, Log, names, unescaped};
use super::page::{Beginning, Page, text};
use super::trouble::{Rank, Sure};
use crate::model::{JobId, LoggedJob, RepoName, RunId, RunnerEventKind, Timestamp};

/// Takes one message in.
pub(super) fn message(log: &mut Log, at: Timestamp, component: &[u8], message: &[u8]) {
    match component {
        b"Worker" => program(log, at, message),
        b"JobRunner" => job_runner(log, at, message),
        b"GitHubActionsService" => log.request(at, message),
        _ => {}
    }
}

/// One scalar of the job message.
pub(super) fn field(page: &mut Page, path: &[Frame], scalar: &[u8]) {
    let mut place = [None; 6];
    let mut depth = 0;
    for name in names(path) {
        let Some(slot) = place.get_mut(depth) else {
            return;
        };
        *slot = name;
        depth += 1;
    }
    let entry = path.last().and_then(|frame| match frame {
        Frame::Object { entry, .. } => *entry,
        Frame::Array => None,
    });
    let Some(field) = Field::at(&place[..depth], entry) else {
        return;
    };
    if page.jobs.is_empty() {
        page.jobs.push(UNNAMED);
    }
    if let Some(job) = page.jobs.last_mut() {
        field.set(job, scalar);
    }
}

/// The allow-list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Plan,
    Guid,
    Name,
    CheckRun,
    Run,
    Attempt,
    Repository,
}

impl Field {
    /// The field at a place; `entry` is the `k` beside a `v`.
    fn at(place: &[Option<Name>], entry: Option<Name>) -> Option<Self> {
        match place {
            [Some(Name::Plan), Some(Name::PlanId)] => Some(Self::Plan),
            [Some(Name::JobId)] => Some(Self::Guid),
            [Some(Name::DisplayedAs)] => Some(Self::Name),
            [
                Some(Name::ContextData),
                Some(context),
                Some(Name::Entries),
                None,
                Some(Name::Value),
            ] => match (context, entry?) {
                (Name::Job, Name::CheckRunId) => Some(Self::CheckRun),
                (Name::GitHub, Name::RunId) => Some(Self::Run),
                (Name::GitHub, Name::RunAttempt) => Some(Self::Attempt),
                (Name::GitHub, Name::Repository) => Some(Self::Repository),
                _ => None,
            },
            _ => None,
        }
    }

    fn set(self, job: &mut LoggedJob, scalar: &[u8]) {
        match self {
            Self::Plan => job.plan = unescaped(scalar),
            Self::Guid => job.guid = unescaped(scalar),
            Self::Name => job.name = unescaped(scalar),
            Self::CheckRun => job.job = whole(scalar).map(JobId),
            Self::Run => job.run = whole(scalar).map(RunId),
            Self::Attempt => job.attempt = whole(scalar).and_then(|n| u32::try_from(n).ok()),
            Self::Repository => {
                job.repo = unescaped(scalar).and_then(|name| RepoName::parse(&name));
            }
        }
    }
}

/// An id, written as a text or as a double: `81123456789.0`, `8.1E10`. Above
/// 2^53 a double is no id any more, and 0 is none.
fn whole(scalar: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(scalar).ok()?;
    if let Ok(id) = text.parse::<u64>() {
        return (id != 0).then_some(id);
    }
    let number: f64 = text.parse().ok()?;
    let exact = (1.0..=LARGEST).contains(&number) && number.fract() == 0.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number from 1 to 2^53"
    )]
    exact.then_some(number as u64)
}

/// 2^53.
const LARGEST: f64 = 9_007_199_254_740_992.0;

fn program(log: &mut Log, at: Timestamp, message: &[u8]) {
    if let Some(version) = message.strip_prefix(b"Version: ") {
        if !log.page.jobs.is_empty() {
            log.turn_page(Beginning::Start);
        }
        log.page.begins = Beginning::Start;
        log.page.version = Some(text(version));
    } else if let Some(rest) = message.strip_prefix(b"Job message:") {
        if !log.page.jobs.is_empty() {
            log.turn_page(Beginning::Start);
        }
        log.page.jobs.push(UNNAMED);
        log.page.event(at, RunnerEventKind::JobStarted, Some(0));
        log.enter(Component::JobMessage, Begins::AtStart);
        log.more(rest);
    } else if message.starts_with(b"Job completed.") {
        finished(log, at);
    }
}

fn job_runner(log: &mut Log, at: Timestamp, message: &[u8]) {
    if let Some(guid) = message.strip_prefix(b"Job ID ") {
        let guid = text(guid);
        if log.page.jobs.is_empty() {
            log.page.jobs.push(UNNAMED);
        }
        for job in &mut log.page.jobs {
            job.guid.get_or_insert_with(|| guid.clone());
        }
    } else if message.starts_with(b"Raising job completed") {
        finished(log, at);
    } else if let Some(result) = message.strip_prefix(b"Job result after all job steps finish: ") {
        log.result = Some(text(result));
    } else if let Some((_, what)) = super::log::cut(message, b"Exception: Job not found: ") {
        let cause = [b"Job not found: ", what].concat();
        log.fails(at, Sure::Yes, Rank::Noticed, b"completejob failed");
        log.trouble.cause(at, &cause);
    }
}

/// Once a job: `Raising job completed …`, then `Job completed.`.
fn finished(log: &mut Log, at: Timestamp) {
    let mut events = log.page.events.iter();
    if events.any(|event| event.kind == RunnerEventKind::JobFinished) {
        return;
    }
    if log.page.jobs.is_empty() {
        log.page.jobs.push(UNNAMED);
    }
    let result = log.result.clone();
    log.page
        .detailed(at, RunnerEventKind::JobFinished, Some(0), result);
}
