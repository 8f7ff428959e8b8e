//! Whose pages they are. Only a page on which the listener shows its settings
//! says so itself. A later page is given the runner of the page that it goes
//! on from; a worker's page the runner of the listener that started it, or
//! the one that GitHub's record of its job names. What remains is left out:
//! a lease of another runner would be false evidence.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::follow::{Chains, contradicting};
use super::header::Process;
use super::join::Sheet;
use super::whole::{JobName, job_name};
use crate::import::account::Home;
use crate::model::{ImportedJob, JobId, LoggedJob, RunId, RunnerKey};

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
    let is_told = sheets.iter().any(Sheet::is_settings_file);
    if let Some(told) = stated.as_ref().filter(|_| is_told) {
        tell(sheets, told);
    }
    let known = Known::of(sheets, jobs, home);
    let mut streams = Streams::of(sheets);
    let mut chains = Chains::of(sheets);
    for at in 0..sheets.len() {
        if sheets[at].is_nobodys() {
            let followed = || chains.followed_by(sheets, at, stated.as_ref());
            let key = if is_told && stated.is_some() {
                None
            } else {
                streams.of_sheet(&sheets[at]).or_else(followed)
            };
            sheets[at].key = key.or_else(|| known.by_worker(&sheets[at].page.jobs));
            streams.add(&sheets[at]);
        }
        chains.add(sheets, at);
    }
    let listeners = started(sheets);
    for sheet in sheets.iter_mut() {
        if sheet.key.is_none() && sheet.page.process == Process::Worker {
            let job = sheet.page.jobs.first();
            let by_listener = || only(listeners.get(&job_name(job?)?)?.iter().cloned());
            let key = streams.of_sheet(sheet).or_else(by_listener);
            sheet.key = key.or_else(|| known.by_record(job?));
        }
    }
}

/// The one that all are, if they are one.
fn only(mut keys: impl Iterator<Item = RunnerKey>) -> Option<RunnerKey> {
    let first = keys.next()?;
    keys.all(|key| key == first).then_some(first)
}

/// Gives the runner of a `.runner` file to the pages that do not say whose they
/// are, if no other is known and they can be of one.
fn tell(sheets: &mut [Sheet], told: &RunnerKey) {
    let of_listeners = |at: &usize| {
        let sheet = &sheets[*at];
        sheet.page.process == Process::Runner && sheet.page.extent.is_some()
    };
    let pages: Vec<_> = (0..sheets.len()).filter(of_listeners).collect();
    let contradicting = contradicting(sheets, &pages);
    for at in pages {
        if sheets[at].key.is_none() && !contradicting.contains(&at) {
            sheets[at].key = Some(told.clone());
        }
    }
}

/// The runners of the pages in each stream of each file. A listener that
/// starts there may be another's, but then shows its own settings.
struct Streams(HashMap<(usize, Option<Arc<str>>), BTreeSet<RunnerKey>>);

impl Streams {
    fn of(sheets: &[Sheet]) -> Self {
        let mut streams = Self(HashMap::new());
        for sheet in sheets {
            streams.add(sheet);
        }
        streams
    }

    fn add(&mut self, sheet: &Sheet) {
        if let Some(key) = &sheet.key {
            let of = (sheet.file, sheet.page.stream.clone());
            self.0.entry(of).or_default().insert(key.clone());
        }
    }

    fn of_sheet(&self, sheet: &Sheet) -> Option<RunnerKey> {
        let keys = self.0.get(&(sheet.file, sheet.page.stream.clone()))?;
        only(keys.iter().cloned())
    }
}

/// The runners whose listeners started a job, by its plan and GUID.
fn started(sheets: &[Sheet]) -> HashMap<JobName, BTreeSet<RunnerKey>> {
    let mut started: HashMap<_, BTreeSet<_>> = HashMap::new();
    let listeners = sheets.iter().filter(|s| s.page.process == Process::Runner);
    for sheet in listeners {
        if let Some(key) = &sheet.key {
            for name in sheet.page.jobs.iter().filter_map(job_name) {
                started.entry(name).or_default().insert(key.clone());
            }
        }
    }
    started
}

/// What workers' logs and GitHub's records say of runners.
struct Known {
    /// Runners of jobs that workers ran, by plan and GUID.
    workers: HashMap<JobName, BTreeSet<RunnerKey>>,
    by_id: HashMap<JobId, BTreeSet<RunnerKey>>,
    by_place: HashMap<Place, BTreeSet<RunnerKey>>,
}

/// Run, attempt and name of a job.
type Place = (RunId, Option<u32>, Arc<str>);

impl Known {
    fn of(sheets: &[Sheet], jobs: &[ImportedJob], home: &Home) -> Self {
        let mut known = Self {
            workers: HashMap::new(),
            by_id: HashMap::new(),
            by_place: HashMap::new(),
        };
        for ImportedJob { host, job } in jobs {
            let id = job.assignment.as_ref().map(|of| of.runner_id);
            let (host, scope) = (host.clone(), home.scope.clone());
            let key = scope.zip(id);
            let key = key.map(|(scope, id)| RunnerKey { host, scope, id });
            known.by_id.entry(job.id).or_default().extend(key.clone());
            if let Some(run) = job.run_id {
                let place = (run, job.run_attempt, Arc::clone(&job.name));
                known.by_place.entry(place).or_default().extend(key);
            }
        }
        for sheet in sheets.iter().filter(|s| s.page.process == Process::Worker) {
            let job = sheet.page.jobs.first();
            if let Some((name, job)) = job.and_then(|job| Some((job_name(job)?, job))) {
                let key = known.by_record(job);
                known.workers.entry(name).or_default().extend(key);
            }
        }
        known
    }

    /// The runner that GitHub's record of a worker's job names: by the id of
    /// the job, else by run, attempt and name where only one job has them.
    fn by_record(&self, logged: &LoggedJob) -> Option<RunnerKey> {
        let found = if let Some(id) = logged.job {
            self.by_id.get(&id)?
        } else {
            let place = (logged.run?, logged.attempt, logged.name.clone()?);
            self.by_place.get(&place)?
        };
        only(found.iter().cloned())
    }

    /// The runner of a listener without settings, by the workers it started.
    fn by_worker(&self, jobs: &[LoggedJob]) -> Option<RunnerKey> {
        let names = jobs.iter().filter_map(job_name);
        let found = names.filter_map(|name| self.workers.get(&name));
        only(found.flatten().cloned())
    }
}
