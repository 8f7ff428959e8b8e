//! Whose pages they are. Only a page on which the listener shows its settings
//! says so itself. A later page is given the runner of the page that it goes
//! on from; a worker's page the runner of the listener that started it, or
//! the one that GitHub's record of its job names. What remains is left out:
//! a lease of another runner would be false evidence.

use super::header::Process;
use super::join::Sheet;
use super::page::Beginning;
use crate::import::account::Home;
use crate::model::{ImportedJob, LoggedJob, RunnerKey, Span};

/// Names the runner of every sheet that has one. Sheets come in the order of
/// their first lines.
pub(super) fn name(sheets: &mut [Sheet], jobs: &[ImportedJob], home: &Home) {
    for sheet in sheets.iter_mut() {
        let settings = &sheet.page.settings;
        sheet.key = settings
            .id
            .and_then(|id| home.key(settings.home.as_ref(), id));
    }
    let stated = only(sheets.iter().filter_map(|sheet| sheet.key.clone()));
    let told = stated
        .clone()
        .filter(|_| sheets.iter().any(Sheet::is_settings_file));
    for at in 0..sheets.len() {
        if sheets[at].key.is_some() || sheets[at].page.process == Process::Worker {
            continue;
        }
        let key = told
            .clone()
            .or_else(|| same_stream(sheets, at))
            .or_else(|| goes_on_from(sheets, at, stated.as_ref()))
            .or_else(|| by_worker(sheets, at, jobs, home));
        sheets[at].key = key;
    }
    for at in 0..sheets.len() {
        if sheets[at].key.is_none() && sheets[at].page.process == Process::Worker {
            let key = same_stream(sheets, at)
                .or_else(|| started_by(sheets, at))
                .or_else(|| by_record(&sheets[at].page.jobs, jobs, home));
            sheets[at].key = key;
        }
    }
}

/// The one that all are, if they are one.
fn only(mut keys: impl Iterator<Item = RunnerKey>) -> Option<RunnerKey> {
    let first = keys.next()?;
    keys.all(|key| key == first).then_some(first)
}

/// The runner of the other pages in one stream of one file. A listener that
/// starts there may be another's, but then shows its own settings.
fn same_stream(sheets: &[Sheet], at: usize) -> Option<RunnerKey> {
    let this = &sheets[at];
    let same = |other: &&Sheet| other.file == this.file && other.page.stream == this.page.stream;
    only(sheets.iter().filter(same).filter_map(|s| s.key.clone()))
}

/// The runner whose log this page continues: of all runners one had this
/// page's job open, or there is but one runner and nothing speaks against it.
fn goes_on_from(sheets: &[Sheet], at: usize, stated: Option<&RunnerKey>) -> Option<RunnerKey> {
    let this = &sheets[at];
    if this.page.begins == Beginning::Start {
        return None;
    }
    let before = last_of_each(&sheets[..at]);
    let fits = before
        .iter()
        .filter(|before| before.ends_before(this) && session(before, this) != Some(Same::No));
    let sure: Vec<_> = fits
        .clone()
        .filter(|before| {
            carries(before, this) == Carries::Same || session(before, this) == Some(Same::Yes)
        })
        .collect();
    if let [one] = sure[..] {
        return one.key.clone();
    }
    let mut fits = fits.filter(|before| {
        carries(before, this) == Carries::Nothing && before.silent_until(this) <= POLLED
    });
    fits.find_map(|before| before.key.clone().filter(|key| Some(key) == stated))
}

/// The last listener's sheet of each runner.
fn last_of_each(before: &[Sheet]) -> Vec<&Sheet> {
    let mut last: Vec<&Sheet> = Vec::new();
    let listeners = before
        .iter()
        .filter(|sheet| sheet.key.is_some() && sheet.page.process == Process::Runner);
    for sheet in listeners {
        last.retain(|known| known.key != sheet.key);
        last.push(sheet);
    }
    last
}

/// Whether two things are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Same {
    Yes,
    No,
}

/// Whether the later page talks to the broker in the session in which the
/// earlier one ends, where both tell.
fn session(before: &Sheet, after: &Sheet) -> Option<Same> {
    let (_, last) = before.page.sessions.as_ref()?;
    let (first, _) = after.page.sessions.as_ref()?;
    Some(if last == first { Same::Yes } else { Same::No })
}

/// What two pages say about the job that may run across their border.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carries {
    /// One job.
    Same,
    /// The later page shows none.
    Nothing,
    /// The later page shows one that the earlier did not have.
    Other,
}

fn carries(before: &Sheet, after: &Sheet) -> Carries {
    let out = before.page.carried_out.iter();
    let out: Vec<_> = out.map(|job| &before.page.jobs[*job]).collect();
    let mut carried = after.page.carried_in.iter();
    let Some(first) = carried.next() else {
        return Carries::Nothing;
    };
    let first = &after.page.jobs[*first];
    // A job is heard of every minute: after a longer silence it is another.
    let near = before.silent_until(after) <= SILENCE;
    let same = near && out.iter().any(|job| may_be_one(job, first));
    if same { Carries::Same } else { Carries::Other }
}

/// Length of a lease: when it ends, the job does.
const SILENCE: Span = Span::secs(600);

/// A listener without a job writes nothing but a key that it loads, about every
/// 50 min (`runner-logs.md` §2.7): after a longer silence a page is another's.
const POLLED: Span = Span::secs(3600);

/// Whether two mentions on two pages are of one job, of which the later may
/// lack what the earlier states.
pub(super) fn may_be_one(before: &LoggedJob, after: &LoggedJob) -> bool {
    match (&before.guid, &after.guid) {
        (Some(before), Some(after)) => before == after,
        _ => before.name.is_none() || after.name.is_none() || before.name == after.name,
    }
}

/// The runner whose listener started this worker.
fn started_by(sheets: &[Sheet], at: usize) -> Option<RunnerKey> {
    let job = sheets[at].page.jobs.first()?;
    let listeners = sheets
        .iter()
        .filter(|sheet| sheet.page.process == Process::Runner && sheet.key.is_some());
    let started = listeners.filter(|sheet| sheet.page.jobs.iter().any(|known| is_one(known, job)));
    only(started.filter_map(|sheet| sheet.key.clone()))
}

/// The runner of a listener without settings, by a worker it started.
fn by_worker(sheets: &[Sheet], at: usize, jobs: &[ImportedJob], home: &Home) -> Option<RunnerKey> {
    let own = &sheets[at].page.jobs;
    let workers = sheets
        .iter()
        .filter(|sheet| sheet.page.process == Process::Worker);
    let started = workers.filter(|sheet| {
        let job = sheet.page.jobs.first();
        job.is_some_and(|job| own.iter().any(|known| is_one(known, job)))
    });
    only(started.filter_map(|sheet| by_record(&sheet.page.jobs, jobs, home)))
}

/// Whether a listener and a worker name the same job: plan and GUID.
fn is_one(listened: &LoggedJob, worked: &LoggedJob) -> bool {
    listened.plan.is_some()
        && listened.plan == worked.plan
        && listened.guid.is_some()
        && listened.guid == worked.guid
}

/// The runner that GitHub's record of a worker's job names: by the id of the
/// job, else by run, attempt and name where only one job has them.
fn by_record(logged: &[LoggedJob], jobs: &[ImportedJob], home: &Home) -> Option<RunnerKey> {
    let logged = logged.first()?;
    let by_id = |job: &&ImportedJob| logged.job == Some(job.job.id);
    let by_place = |job: &&ImportedJob| {
        let run = logged.run.is_some() && logged.run == job.job.run_id;
        let attempt = logged.attempt == job.job.run_attempt;
        run && attempt && logged.name.as_ref() == Some(&job.job.name)
    };
    let mut found = jobs.iter().filter(by_id).collect::<Vec<_>>();
    if found.is_empty() && logged.job.is_none() {
        found = jobs.iter().filter(by_place).collect();
    }
    let runners = found.iter().filter_map(|job| {
        let id = job.job.assignment.as_ref()?.runner_id;
        let (host, scope) = (job.host.clone(), home.scope.clone()?);
        Some(RunnerKey { host, scope, id })
    });
    only(runners)
}
