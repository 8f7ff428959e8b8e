//! Appending records: which lines they become, and what a reader will make
//! of those lines.
//!
//! A failed write never loses a record for the caller: it comes back with the
//! failure, the detector goes on, and the caller says that the evidence has a
//! hole.

use std::io;
use std::path::PathBuf;

use super::RecordingError;
use super::base::{Bases, in_order};
use super::decode::{Decoded, decode};
use super::encode::{self, Line, Place};
use super::format::{self, MAX_LINE};
use super::lines::{RawLine, RepairedLine};
use super::same::{self, Waiting};
use super::storage::{Storage, Tail};
use crate::model::{Record, Run};

/// What became of records.
#[derive(Debug, Default)]
#[must_use]
pub(crate) struct Appended {
    /// As a reader gives them back; what the detector is to be fed.
    pub(crate) records: Vec<Record>,
    /// The first failure. The records are complete nevertheless.
    pub(crate) failure: Option<RecordingError>,
}

impl Appended {
    fn fail(&mut self, error: RecordingError) {
        self.failure.get_or_insert(error);
    }
}

/// One file of a recording, without the questions of files.
#[derive(Debug)]
pub(super) struct Book<S> {
    /// For messages.
    path: PathBuf,
    tail: Tail<S>,
    bases: Bases,
    /// The run that is being recorded.
    run: Option<Run>,
    /// Bytes dropped by a repair that is not recorded yet.
    repaired: Option<u64>,
}

impl<S: Storage> Book<S> {
    pub(super) fn new(path: PathBuf, tail: Tail<S>, repaired: Option<u64>) -> Self {
        Self {
            path,
            tail,
            bases: Bases::default(),
            run: None,
            repaired,
        }
    }

    /// Lets the run of another file go on in this one.
    pub(super) fn go_on(&mut self, run: Option<Run>) {
        self.run = run;
    }

    pub(super) fn run(&self) -> Option<&Run> {
        self.run.as_ref()
    }

    pub(super) fn len(&self) -> u64 {
        self.tail.len()
    }

    pub(super) fn append(&mut self, records: Vec<Record>) -> Appended {
        let mut done = Appended::default();
        let mut waiting = Waiting::default();
        for record in records {
            if waiting.must_precede(&record) {
                self.put_waiting(&mut waiting, &mut done);
            }
            if let Some(record) = waiting.take(record, &self.bases) {
                self.put(record, &mut done);
            }
        }
        self.put_waiting(&mut waiting, &mut done);
        done
    }

    pub(super) fn append_raw(&mut self, number: u64, body: &str) -> Result<(), RecordingError> {
        let place = self.place()?;
        let raw = RawLine {
            run: place.run,
            n: number,
            body: body.into(),
        };
        self.write(format::frame(place.seq, "raw", &raw))?;
        Ok(())
    }

    pub(super) fn sync(&mut self) -> Result<(), RecordingError> {
        self.tail.sync().map_err(|error| self.failed(error))
    }

    fn put(&mut self, record: Record, done: &mut Appended) {
        if let Record::Run(run) = record {
            self.run = Some(run.clone());
            self.bases = Bases::default();
            if let Err(error) = self.place() {
                done.fail(error);
            }
            done.records.push(Record::Run(run));
            return;
        }
        let place = self.place();
        let line = place.map(|place| encode::line(place, &record, &self.bases));
        self.put_line(line, vec![record], done);
    }

    fn put_waiting(&mut self, waiting: &mut Waiting, done: &mut Appended) {
        if waiting.is_empty() {
            return;
        }
        let exchanges = waiting.take_all();
        let place = self.place();
        let line = place.map(|place| same::line(place, &exchanges, &self.bases));
        let records = exchanges
            .into_iter()
            .map(|it| Record::Exchange(Box::new(it)));
        self.put_line(line, records.collect(), done);
    }

    /// Where the next line will stand. Begins with the header if it is not
    /// in the file yet.
    fn place(&mut self) -> Result<Place, RecordingError> {
        self.tail.mend().map_err(|error| self.failed(error))?;
        if self.bases.run().is_none() {
            self.put_header()?;
        }
        let run = self.bases.run().ok_or(RecordingError::NoHeader)?;
        Ok(Place {
            seq: self.tail.next_seq(),
            run,
        })
    }

    fn put_header(&mut self) -> Result<(), RecordingError> {
        let run = self.run.as_ref().ok_or(RecordingError::NoHeader)?;
        let seq = self.tail.next_seq();
        self.write(encode::header(seq, run))?;
        if let Some(bytes) = self.repaired {
            let repaired = RepairedLine { run: seq, bytes };
            self.write(format::frame(seq + 1, "repaired", &repaired))?;
            self.repaired = None;
        }
        Ok(())
    }

    fn put_line(
        &mut self,
        line: Result<Line, RecordingError>,
        records: Vec<Record>,
        done: &mut Appended,
    ) {
        match line.and_then(|line| self.write(line)) {
            Ok(records) => done.records.extend(records),
            Err(error) => {
                self.disown(&records);
                done.fail(error);
                done.records.extend(records.into_iter().map(unwritten));
            }
        }
    }

    /// What was not written must not be referred to.
    fn disown(&mut self, records: &[Record]) {
        for record in records {
            if let Record::Exchange(exchange) = record {
                self.bases.forget(&exchange.target);
            }
        }
    }

    /// Reads the line back, writes it, and only then lets it count.
    fn write(&mut self, line: Line) -> Result<Vec<Record>, RecordingError> {
        let seq = self.tail.next_seq();
        let unwritable = |why| RecordingError::Unwritable { seq, why };
        let line = line.map_err(|error| unwritable(error.to_string()))?;
        let Decoded {
            records, updates, ..
        } = self.read_back(&line).map_err(unwritable)?;
        self.tail.put(&line).map_err(|error| self.failed(error))?;
        self.bases.apply(updates);
        Ok(records)
    }

    fn read_back(&self, line: &[u8]) -> Result<Decoded, String> {
        if line.len() > MAX_LINE {
            return Err(format!("it has {} bytes", line.len()));
        }
        let line = line.trim_ascii_end();
        decode(&format::unframe(line)?, line, &self.bases)
    }

    fn failed(&self, source: io::Error) -> RecordingError {
        RecordingError::File {
            doing: "write to",
            path: self.path.clone(),
            source,
        }
    }
}

/// A record that is in no file, in the same form as those that are.
fn unwritten(record: Record) -> Record {
    match record {
        Record::Exchange(mut exchange) => {
            exchange.said = in_order(exchange.said);
            Record::Exchange(exchange)
        }
        Record::Run(_)
        | Record::Sandwich(_)
        | Record::Cycle(_)
        | Record::Reading(_)
        | Record::Event(_)
        | Record::Log(_)
        | Record::Job(_)
        | Record::Lacking(_)
        | Record::Annotated(_)
        | Record::Told(_) => record,
    }
}
