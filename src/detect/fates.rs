//! The fates of jobs: their records, what other witnesses tell of their
//! runners, and the periods in them, put together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::death::{Dispatch, Signs, Told, died, is_judged};
use super::killed::{concluded, ends, never_finished, reason_of};
use super::track::Track;
use super::{Detector, View};
use crate::model::{
    AnnotationsRead, Fate, Job, JobId, JobKey, Killed, KilledBecause, MARGIN, Period, Timestamp,
};

/// What the witnesses of one runner tell of a job.
#[derive(Debug, Clone, Copy)]
struct Witnessed {
    taken: Option<(Timestamp, KilledBecause)>,
    dispatch: Dispatch,
}

impl Detector {
    /// What became of those of the given jobs that are judged, in the order
    /// of their ends.
    pub(crate) fn fates(&self, view: &View, jobs: &BTreeSet<JobId>) -> Vec<Fate> {
        let witnessed = self.witnessed(view);
        let mut periods = self.periods_by_job(view);
        let wanted = self.facts.jobs.iter();
        let wanted =
            wanted.filter(|(key, history)| jobs.contains(&key.id) && is_judged(&history.record));
        let mut fates: Vec<_> = wanted
            .map(|(key, history)| {
                let witnessed = witnessed.get(key).copied();
                let periods = periods.remove(&key.id).into_iter().flatten();
                self.fate(key, &history.record, witnessed, periods.collect())
            })
            .collect();
        fates.sort_by_key(|fate| (fate.job.completed_at, fate.job.id));
        fates
    }

    fn fate(
        &self,
        key: &JobKey,
        job: &Job,
        witnessed: Option<Witnessed>,
        periods: Vec<Period>,
    ) -> Fate {
        let annotation = self.facts.annotation(key);
        let taken = witnessed.and_then(|witnessed| witnessed.taken);
        let signs = Signs {
            taken: taken.map(|(_, how)| how),
            told: annotation.map_or(Told::Nothing, |_| Told::Loss),
            dispatch: witnessed.map_or(Dispatch::FinishedOrUnknown, |w| w.dispatch),
        };
        let (killed, because) = died(job, signs);
        let taken = taken.filter(|_| killed == Killed::Yes);
        let read = self.facts.annotations.contains_key(key);
        Fate {
            job: job.clone(),
            killed,
            because: match killed {
                Killed::Yes | Killed::Likely => because.into_iter().chain(concluded(job)).collect(),
                Killed::No | Killed::Unknown => because.into_iter().collect(),
            },
            taken_at: taken.map(|(at, _)| at),
            annotation: annotation.map(Arc::clone),
            annotations: if read {
                AnnotationsRead::Yes
            } else {
                AnnotationsRead::No
            },
            periods,
        }
    }

    /// A job can be on the tracks of several scopes; the one that knows of
    /// an end counts.
    fn witnessed(&self, view: &View) -> BTreeMap<JobKey, Witnessed> {
        let mut all = BTreeMap::<_, Witnessed>::new();
        for (key, lane) in self.lanes(view) {
            let track = self.track(key, lane, view);
            for (at, life) in track.lives.iter().enumerate() {
                let job = JobKey {
                    host: key.host.clone(),
                    id: life.job.id,
                };
                let known = all.entry(job).or_insert(Witnessed {
                    taken: None,
                    dispatch: Dispatch::FinishedOrUnknown,
                });
                known.taken = known.taken.or(taken(&track, at));
                if never_finished(&track, at, life) {
                    known.dispatch = Dispatch::Unfinished;
                }
            }
        }
        all
    }

    fn periods_by_job(&self, view: &View) -> BTreeMap<JobId, Vec<Period>> {
        let mut by_job = BTreeMap::<_, Vec<Period>>::new();
        for period in self.analysis(view).periods {
            let job = period.job.as_ref().map(|facts| facts.job.id);
            if let Some(job) = job {
                by_job.entry(job).or_default().push(period);
            }
        }
        by_job
    }
}

/// When and how the runner ended inside the life of the job, with no step
/// moved after it.
fn taken(track: &Track, at: usize) -> Option<(Timestamp, KilledBecause)> {
    let life = track.lives.get(at)?;
    let ends = ends(track, life, life.start.min?, None);
    let last_words = ends.filter(|end| !life.moved_after(end.at + MARGIN));
    let end = last_words.min_by_key(|end| (end.how, end.at))?;
    Some((end.at, reason_of(end.how)))
}
