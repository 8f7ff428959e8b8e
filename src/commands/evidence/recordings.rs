//! Recordings, read as they are fed: they can be longer than memory.

use std::io::BufRead;

use anyhow::Context as _;

use super::{Feed, ViewOf};
use crate::commands::ledger;
use crate::model::{Caveat, Host, Record, Timestamp};
use crate::record::{self, Read, Reader, RecordingError};
use crate::report::SourceNote;

/// A recording that is read up to the end of its first cycle.
pub(super) struct Recording {
    /// The note about it.
    pub(super) note: super::Note,
    file: String,
    head: Vec<Record>,
    rest: Reader<Box<dyn BufRead>>,
}

/// Whether what is over can be let go while the recordings are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Together {
    /// Parts of one, as rotation makes them, with nothing beside them.
    OneAfterTheOther,
    /// Any of them can bear on what another one shows.
    SideBySide,
}

impl Recording {
    pub(super) fn open(
        note: super::Note,
        file: String,
        source: Box<dyn BufRead>,
    ) -> Result<Self, RecordingError> {
        let mut rest = Reader::new(source);
        let mut head = Vec::new();
        for read in &mut rest {
            if let Read::Record { record, .. } = read? {
                let ends = matches!(*record, Record::Cycle(_));
                head.push(*record);
                if ends {
                    break;
                }
            }
        }
        Ok(Self {
            note,
            file,
            head,
            rest,
        })
    }

    /// Orders recordings by where they begin. A part that follows another one
    /// begins with the cycle that ended it.
    pub(super) fn begins(&self) -> (Option<Timestamp>, Option<u32>) {
        let began = self.runs().last().map(|run| run.began);
        let cycle = self.head.iter().find_map(|record| match record {
            Record::Cycle(cycle) => Some(cycle.number),
            _ => None,
        });
        (began, cycle)
    }

    pub(super) fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.runs().map(|run| &run.host)
    }

    fn runs(&self) -> impl Iterator<Item = &crate::model::Run> {
        self.head.iter().filter_map(|record| match record {
            Record::Run(run) => Some(run),
            _ => None,
        })
    }

    /// Feeds all of it; gives what a report must say about it.
    pub(super) fn feed(
        mut self,
        feed: &mut Feed,
        together: Together,
        view: ViewOf,
        note: &mut SourceNote,
    ) -> anyhow::Result<Vec<Caveat>> {
        let mut take = |record: Record| match together {
            Together::OneAfterTheOther => feed.feed_again(record, view),
            Together::SideBySide => feed.feed(record),
        };
        self.head.drain(..).for_each(&mut take);
        for read in &mut self.rest {
            let what = || format!("nothing was reported: cannot read {}", self.file);
            if let Read::Record { record, .. } = read.with_context(what)? {
                take(*record);
            }
        }
        let notes: &record::Notes = self.rest.notes();
        note.records = notes.records;
        // One that is being written may end so: that is no damage.
        note.skipped = notes.skipped() + u64::from(notes.torn_tail);
        note.notes.clone_from(&notes.damaged);
        if notes.torn_tail {
            note.notes.push("the last line is cut off".to_owned());
        }
        Ok(ledger::caveats(notes))
    }
}

/// How recordings are fed that stand alone.
pub(super) fn together(recordings: &[Recording]) -> Together {
    let mut chains = recordings
        .iter()
        .map(|one| one.runs().next().map(|run| &run.id));
    let first = chains.next().flatten();
    // A part that follows another one begins with the same headers.
    if chains.all(|id| id.is_some() && id == first) {
        Together::OneAfterTheOther
    } else {
        Together::SideBySide
    }
}
