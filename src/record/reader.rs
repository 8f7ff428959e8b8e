//! Reading a recording, in memory that does not grow with its length.
//!
//! Damage never stops it and never becomes a reading: a bad line is skipped,
//! counted and named, and so is every answer that rests on it.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use super::RecordingError;
use super::base::Bases;
use super::decode::{Decoded, Raw, decode};
use super::format::{self, Frame, MAX_LINE};
use crate::model::{Gap, Record, UnknownReason};

/// So many texts about damage are kept; all of it is counted.
const TEXTS: usize = 20;

/// One thing read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Read {
    /// For the detector.
    Record {
        /// Its line, from 1.
        line: u64,
        record: Box<Record>,
    },
    /// For whoever quotes proof.
    Raw { line: u64, raw: Raw },
}

/// What is to be told about a recording besides its records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Notes {
    /// Records given.
    pub(crate) records: u64,
    /// Lines that are no right record.
    pub(crate) damaged_lines: u64,
    /// Records that rest on a damaged or missing line.
    pub(crate) orphans: u64,
    /// Records of a kind that a later version of the program writes.
    pub(crate) unknown: u64,
    /// Repairs of a torn last line by an earlier run.
    pub(crate) repaired: u64,
    /// The last line is not whole: the writer was stopped, or still writes.
    pub(crate) torn_tail: bool,
    /// What is wrong where, the first 20.
    pub(crate) damaged: Vec<String>,
}

impl Notes {
    /// All that was not used.
    pub(crate) fn skipped(&self) -> u64 {
        self.damaged_lines + self.orphans + self.unknown
    }

    fn tell(&mut self, line: u64, what: &str) {
        if self.damaged.len() < TEXTS {
            self.damaged.push(format!("line {line}: {what}"));
        }
    }
}

/// The records of one file, or of several one after the other.
///
/// It ends at the first error: an unreadable source, a newer major version,
/// or a first line that is no recording's.
#[derive(Debug)]
pub(crate) struct Reader<R> {
    source: R,
    buffer: Vec<u8>,
    line: u64,
    /// Of the last right line.
    seq: u64,
    /// Damaged lines since then.
    damaged: u64,
    /// Whether anything of the current cycle is lost.
    lost: bool,
    bases: Bases,
    notes: Notes,
    ready: VecDeque<Read>,
    ended: bool,
}

impl<R: BufRead> Reader<R> {
    pub(crate) fn new(source: R) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            line: 0,
            seq: 0,
            damaged: 0,
            lost: false,
            bases: Bases::default(),
            notes: Notes::default(),
            ready: VecDeque::new(),
            ended: false,
        }
    }

    /// Complete when the reader has given its last record.
    pub(crate) fn notes(&self) -> &Notes {
        &self.notes
    }

    fn advance(&mut self) -> Result<(), RecordingError> {
        let got = next_line(&mut self.source, &mut self.buffer).map_err(|source| {
            RecordingError::Read {
                line: self.line,
                source,
            }
        })?;
        if got == Got::End {
            self.ended = true;
            return Ok(());
        }
        self.line += 1;
        let line = std::mem::take(&mut self.buffer);
        let result = self.take(&line, got);
        self.buffer = line;
        result
    }

    fn take(&mut self, line: &[u8], got: Got) -> Result<(), RecordingError> {
        format::check_version(line)?;
        if self.line == 1 && !(format::may_begin_recording(line) || format::is_framed(line)) {
            return Err(RecordingError::NotARecording);
        }
        match (format::unframe(line), got) {
            // A failed write that could not be cut off ends so.
            (_, Got::Line) if line.is_empty() => {}
            (_, Got::TooLong) => self.damage("longer than 16 MiB"),
            (Ok(frame), _) => self.framed(&frame, line),
            (Err(_), Got::Torn) => self.notes.torn_tail = true,
            (Err(why), Got::Line | Got::End) => self.damage(&why),
        }
        Ok(())
    }

    fn damage(&mut self, why: &str) {
        self.lost = true;
        self.skip(why);
    }

    fn skip(&mut self, why: &str) {
        self.damaged += 1;
        self.notes.damaged_lines += 1;
        self.notes.tell(self.line, why);
    }

    fn framed(&mut self, frame: &Frame, line: &[u8]) {
        let begins = frame.rec == "run" && frame.seq == 1;
        if frame.seq <= self.seq && !begins {
            let why = format!("its number {} comes after {}", frame.seq, self.seq);
            return self.skip(&why);
        }
        let missing = frame.seq.saturating_sub(self.seq.saturating_add(1));
        if self.damaged < missing && !begins {
            self.lost = true;
            self.notes.tell(
                self.line,
                &format!("{missing} records before it are missing"),
            );
        }
        self.seq = frame.seq;
        self.damaged = 0;
        match decode(frame, line, &self.bases) {
            Ok(decoded) => self.decoded(decoded),
            Err(why) => {
                self.lost = true;
                self.notes.unknown += 1;
                self.notes.tell(self.line, &why);
            }
        }
    }

    fn decoded(&mut self, decoded: Decoded) {
        let line = self.line;
        self.bases.apply(decoded.updates);
        self.notes.orphans += decoded.orphans;
        self.notes.repaired += u64::from(decoded.repaired.is_some());
        self.notes.unknown += u64::from(decoded.unknown.is_some());
        self.notes.records += decoded.records.len() as u64;
        self.lost |= 0 < decoded.orphans;
        for mut record in decoded.records {
            self.admit_loss(&mut record);
            self.ready.push_back(Read::Record {
                line,
                record: Box::new(record),
            });
        }
        self.ready
            .extend(decoded.raw.map(|raw| Read::Raw { line, raw }));
    }
}

impl<R> Reader<R> {
    /// A cycle of which a line is lost did not get what it set out to read,
    /// whatever it says of itself: the hole is a gap (`evidence.md` §7).
    fn admit_loss(&mut self, record: &mut Record) {
        match record {
            Record::Cycle(cycle) if self.lost => {
                cycle.runners_read = 0;
                cycle.jobs_complete = false;
                cycle.gaps.push(Gap {
                    from: cycle.window.sent,
                    to: cycle.window.received,
                    target: "damaged lines of the recording".into(),
                    reason: UnknownReason::Undecodable,
                });
                self.lost = false;
            }
            // What is lost of an earlier run belongs to a cycle without an end.
            Record::Run(_) | Record::Cycle(_) => self.lost = false,
            _ => {}
        }
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Read, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(read) = self.ready.pop_front() {
                return Some(Ok(read));
            }
            if self.ended {
                return None;
            }
            if let Err(error) = self.advance() {
                self.ended = true;
                return Some(Err(error));
            }
        }
    }
}

/// How a line ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Got {
    End,
    Line,
    /// The last one, without a newline.
    Torn,
    /// Its bytes were not kept.
    TooLong,
}

/// Reads up to a newline, which is not kept.
fn next_line(source: &mut impl BufRead, buffer: &mut Vec<u8>) -> io::Result<Got> {
    buffer.clear();
    let mut too_long = false;
    let mut any = false;
    loop {
        let bytes = match source.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if bytes.is_empty() {
            return Ok(match (any, too_long) {
                (false, _) => Got::End,
                (true, true) => Got::TooLong,
                (true, false) => Got::Torn,
            });
        }
        any = true;
        let end = memchr::memchr(b'\n', bytes);
        let taken = &bytes[..end.unwrap_or(bytes.len())];
        too_long |= MAX_LINE < buffer.len() + taken.len();
        if too_long {
            buffer.clear();
        } else {
            buffer.extend_from_slice(taken);
        }
        let used = end.map_or(bytes.len(), |end| end + 1);
        source.consume(used);
        if end.is_some() {
            return Ok(if too_long { Got::TooLong } else { Got::Line });
        }
    }
}
