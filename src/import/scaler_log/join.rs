//! From entries to records. An entry about the end of a machine names only
//! the instance; which runner ran on it is known by the readings, those of
//! other files included.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::message::{Act, Why};
use super::{Counts, Said, ScalerLog};
use crate::import::account::{Account, Home, Joined};
use crate::model::{
    ImportedJob, ImportedReading, OnlineStatus, Record, Runner, RunnerEvent, RunnerEventKind,
    RunnerId, RunnerKey, Sighting, Span, Timestamp,
};

/// What these readings call their source.
const SOURCE: &str = "scale-down";

/// Two lines about one thing are written this near to each other.
const SAME_ANSWER: Span = Span::secs(5);

/// Makes records of logs given in any order; an entry that several of them
/// hold counts once.
pub(crate) fn join(logs: &[&ScalerLog], jobs: &[ImportedJob], home: &Home) -> Joined {
    let mut joined = Joined {
        records: Vec::new(),
        files: logs.iter().map(|log| log.counts.account()).collect(),
    };
    let entries = entries(logs);
    let runners = Runners::of(&entries, jobs);
    for Entry { said, file } in &entries {
        let ids = runners.of_entry(said);
        let account = &mut joined.files[*file];
        if ids.is_empty() {
            let what = format!("end of '{}', which no reading names", said.instance);
            account.skip(1, &what);
        }
        account.records += ids.len() as u64;
        let keys = ids.into_iter().filter_map(|id| home.key(None, id));
        joined.records.extend(keys.map(|key| said.record(key)));
    }
    joined
}

/// An entry, and the index of the file that counts it.
struct Entry<'a> {
    said: &'a Said,
    file: usize,
}

/// What two lines can tell.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ToldTwice<'a> {
    Missing(RunnerId),
    /// That it is judged to be one, and that it is taken down.
    Orphan(&'a str),
}

/// Every entry once, in the order of time. Of two lines about one 404 or one
/// orphan the earlier is nearer to the answer.
fn entries<'a>(logs: &[&'a ScalerLog]) -> Vec<Entry<'a>> {
    let mut entries: Vec<_> = (0..)
        .zip(logs)
        .flat_map(|(file, log)| log.said.iter().map(move |said| Entry { said, file }))
        .collect();
    entries.sort_by_key(|entry| entry.said.order());
    entries.dedup_by(|a, b| a.said == b.said);
    let mut told: BTreeMap<(ToldTwice<'a>, Option<&str>), Timestamp> = BTreeMap::new();
    entries.retain(|Entry { said, .. }| {
        let what = match said.act {
            Act::Missing { id } => ToldTwice::Missing(id),
            Act::Terminated(Why::Orphan) => ToldTwice::Orphan(&said.instance),
            Act::Busy { .. } | Act::Terminated(Why::Idle) => return true,
        };
        let known = told
            .entry((what, said.request.as_deref()))
            .or_insert(said.at - SAME_ANSWER - SAME_ANSWER);
        let same = said.at - *known <= SAME_ANSWER;
        if !same {
            *known = said.at;
        }
        !same
    });
    entries
}

/// Which runners were read on which instance, and when first.
struct Runners<'a> {
    read: BTreeMap<&'a str, BTreeMap<RunnerId, Timestamp>>,
    jobs: &'a [ImportedJob],
}

impl<'a> Runners<'a> {
    fn of(entries: &[Entry<'a>], jobs: &'a [ImportedJob]) -> Self {
        let mut read: BTreeMap<&str, BTreeMap<_, _>> = BTreeMap::new();
        for Entry { said, .. } in entries {
            if let Act::Busy { id, .. } | Act::Missing { id } = said.act {
                let there = read.entry(&said.instance).or_default();
                there.entry(id).or_insert(said.at);
            }
        }
        Self { read, jobs }
    }

    /// The runners of an entry. The end of a machine is that of all runners
    /// read on it before; without any, of those whose name in the jobs ends
    /// with the instance (`evidence.md` §1).
    fn of_entry(&self, said: &Said) -> BTreeSet<RunnerId> {
        match said.act {
            Act::Busy { id, .. } | Act::Missing { id } => BTreeSet::from([id]),
            Act::Terminated(_) => {
                let read = self.read.get(&*said.instance).into_iter().flatten();
                let before = read.filter(|(_, at)| **at <= said.at);
                let before: BTreeSet<_> = before.map(|(id, _)| *id).collect();
                if before.is_empty() {
                    self.named(&said.instance)
                } else {
                    before
                }
            }
        }
    }

    fn named(&self, instance: &str) -> BTreeSet<RunnerId> {
        let assigned = self.jobs.iter().filter_map(|job| {
            let assignment = job.job.assignment.as_ref()?;
            let name = assignment.runner_name.as_ref()?;
            let named = !instance.is_empty() && name.ends_with(instance);
            named.then_some(assignment.runner_id)
        });
        assigned.collect()
    }
}

impl Said {
    /// Equal entries stand beside each other.
    fn order(&self) -> (Timestamp, Arc<str>, Act, Option<Arc<str>>) {
        let request = self.request.clone();
        (self.at, Arc::clone(&self.instance), self.act, request)
    }

    fn record(&self, key: RunnerKey) -> Record {
        let source: Option<Arc<str>> = Some(SOURCE.into());
        let said = match self.act {
            Act::Busy { busy, .. } => Sighting::Seen(read(key.id, busy)),
            Act::Missing { .. } => Sighting::Missing,
            Act::Terminated(why) => {
                let kind = RunnerEventKind::Terminated;
                let orphan = why == Why::Orphan;
                return Record::Event(RunnerEvent {
                    orphan,
                    detail: orphan.then(|| "as an orphan".into()),
                    ..RunnerEvent::plain(self.at, key, kind, source)
                });
            }
        };
        Record::Reading(ImportedReading {
            at: self.at,
            key,
            name: None,
            instance: Some(Arc::clone(&self.instance)),
            said,
            source,
        })
    }
}

/// The line states no online status, and then a runner counts as online.
fn read(id: RunnerId, busy: bool) -> Runner {
    Runner {
        id,
        name: None,
        os: None,
        status: OnlineStatus::Online,
        busy,
        labels: None,
        group_id: None,
        version: None,
    }
}

impl Counts {
    fn account(self) -> Account {
        let mut account = Account::default();
        account.skip(self.unreadable, "lines that are no entries of a log");
        account.skip(self.timeless, "entries without a time");
        account.note(self.failed_deregistrations, "failed de-registrations");
        account.note(self.orphan_tags, "tags of orphans");
        account.note(self.idle_confirmations, "confirmations of idleness");
        account.note(self.listed, "states out of lists, of unknown age");
        account.note(self.other, "entries about something else");
        account
    }
}
