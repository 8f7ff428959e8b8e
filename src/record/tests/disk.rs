//! Disks that fail, and what is left of a file when the machine stops.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::model::Record;
use crate::record::book::Book;
use crate::record::reader::{Notes, Read, Reader};
use crate::record::storage::{Storage, Tail};
use crate::record::{ROTATE_AT, Recorder, RecordingError};

const SESSION: &[u8] = include_bytes!("../../../fixtures/recordings/incident-1.ndjson");

/// A file, and which operations on it fail.
#[derive(Debug, Default)]
struct Disk {
    bytes: Vec<u8>,
    done: usize,
    /// By number, from 1.
    fails: Vec<usize>,
    /// This one and all that follow: the disk has become read-only.
    ends: Option<usize>,
    /// How much of a failing write is done all the same, in hundredths.
    part: usize,
    /// Lengths of the file at each return of an fsync.
    synced: Vec<usize>,
}

impl Disk {
    fn fails(&mut self) -> bool {
        self.done += 1;
        self.fails.contains(&self.done) || self.ends.is_some_and(|end| end <= self.done)
    }

    fn result(failed: bool) -> io::Result<()> {
        if failed {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }
}

type Shared = Rc<RefCell<Disk>>;

impl Storage for Shared {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.borrow_mut();
        let failed = disk.fails();
        let hundredths = match (failed, disk.ends) {
            (false, _) => 100,
            (true, None) => disk.part,
            (true, Some(_)) => 0,
        };
        let part = bytes.len() * hundredths / 100;
        disk.bytes.extend_from_slice(&bytes[..part]);
        Disk::result(failed)
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        let mut disk = self.borrow_mut();
        let failed = disk.fails();
        if !failed {
            disk.bytes.resize(usize::try_from(len).unwrap(), 0);
        }
        Disk::result(failed)
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut disk = self.borrow_mut();
        let failed = disk.fails();
        if !failed {
            let length = disk.bytes.len();
            disk.synced.push(length);
        }
        Disk::result(failed)
    }
}

fn read(bytes: &[u8]) -> (Vec<Record>, Notes) {
    let mut reader = Reader::new(bytes);
    let records = reader.by_ref().filter_map(|read| match read.unwrap() {
        Read::Record { record, .. } => Some(*record),
        Read::Raw { .. } => None,
    });
    let records = records.collect();
    (records, reader.notes().clone())
}

/// The records of a session, as one cycle after the other writes them.
fn cycles() -> Vec<Vec<Record>> {
    let mut cycles = vec![Vec::new()];
    for record in read(SESSION).0 {
        let ends = matches!(record, Record::Cycle(_) | Record::Run(_));
        cycles.last_mut().unwrap().push(record);
        if ends {
            cycles.push(Vec::new());
        }
    }
    cycles
}

/// Records a session on a disk; gives back what was said to be in the file,
/// and whether all was said to be well.
fn recorded(disk: &Shared) -> (Vec<Record>, bool) {
    let tail = Tail::new(Rc::clone(disk), 0, 0);
    let mut book = Book::new(PathBuf::new(), tail, None);
    let (mut said, mut well) = (Vec::new(), true);
    for cycle in cycles() {
        // One by one, so that it is known which was refused.
        for record in cycle {
            let appended = book.append(vec![record]);
            if appended.failure.is_none() {
                said.extend(appended.records);
            } else {
                well = false;
            }
        }
        well &= book.sync().is_ok();
    }
    (said, well)
}

fn disk(fails: Vec<usize>, ends: Option<usize>, part: usize) -> Shared {
    Rc::new(RefCell::new(Disk {
        fails,
        ends,
        part,
        ..Disk::default()
    }))
}

/// All of `wanted` is in `all`, in its order. The header comes again where it
/// was refused at first.
fn holds(all: &[Record], wanted: &[Record]) -> bool {
    let mut all = all.iter();
    let mut wanted = wanted
        .iter()
        .filter(|record| !matches!(record, Record::Run(_)));
    wanted.all(|record| all.any(|found| is_same(found, record)))
}

/// A cycle that a failure has made a hole in admits it.
fn is_same(found: &Record, said: &Record) -> bool {
    match (found, said) {
        (Record::Cycle(found), Record::Cycle(said)) => found.number == said.number,
        _ => found == said,
    }
}

/// What was said to be recorded is read, and a run can go on in the file
/// of a directory.
fn survives(disk: &Shared, directory: Option<&Path>) {
    let (said, well) = recorded(disk);
    let disk = disk.borrow();
    let what = || format!("{:?} {:?} {}", disk.fails, disk.ends, disk.part);
    let (records, notes) = read(&disk.bytes);
    assert!(holds(&records, &said), "lost with {}", what());
    let first = disk.fails.first().copied().or(disk.ends).unwrap();
    assert_eq!(well, disk.done < first, "claimed with {}", what());
    let faults = disk.fails.len() as u64;
    assert!(notes.damaged_lines <= faults, "{notes:?} with {}", what());
    if let Some(directory) = directory {
        goes_on(&disk.bytes, directory, &records);
    }
}

/// Another run appends to the file, and everything is read.
fn goes_on(bytes: &[u8], directory: &Path, before: &[Record]) -> Notes {
    let path = directory.join("recording.ndjson");
    fs::write(&path, bytes).unwrap();
    let mut recorder = Recorder::open(&path, ROTATE_AT).unwrap();
    let lines = SESSION.split_inclusive(|byte| *byte == b'\n').take(4);
    let session = read(&lines.collect::<Vec<_>>().concat()).0;
    let appended = recorder.append(session);
    assert!(appended.failure.is_none(), "{:?}", appended.failure);
    let (all, notes) = read(&fs::read(&path).unwrap());
    assert_eq!(all[..before.len()], *before, "what was there before");
    assert_eq!(all[before.len()..], appended.records, "what was appended");
    assert!(!notes.torn_tail && notes.repaired <= 1, "{notes:?}");
    notes
}

fn operations() -> usize {
    let whole = disk(Vec::new(), None, 0);
    recorded(&whole);
    whole.borrow().done
}

#[test]
fn whichever_operation_fails_nothing_recorded_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    for at in 1..=operations() + 1 {
        for part in [0, 50, 100] {
            survives(&disk(vec![at], None, part), Some(directory.path()));
            survives(&disk(vec![at, at + 1], None, part), Some(directory.path()));
        }
        survives(&disk(Vec::new(), Some(at), 0), Some(directory.path()));
    }
}

/// A cut that failed once, and another one later.
#[test]
fn whichever_three_operations_fail_nothing_recorded_is_lost() {
    let last = operations() + 3;
    for at in 1..=last {
        for later in at + 2..=last {
            survives(&disk(vec![at, at + 1, later], None, 50), None);
        }
    }
}

/// Lengths that a file can have after the machine stopped: all near the ends
/// of lines, and some within them.
fn lengths(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let near = |length: &usize| {
        let from = length.saturating_sub(2);
        let to = (length + 1).min(bytes.len());
        *length < 20 || length.is_multiple_of(97) || bytes[from..to].contains(&b'\n')
    };
    (0..=bytes.len()).filter(near)
}

/// The machine stops after any write: what was on the disk is read, at most
/// one line is torn, and a run goes on.
#[test]
fn a_crash_loses_at_most_what_was_not_synced() {
    let directory = tempfile::tempdir().unwrap();
    let whole = disk(Vec::new(), None, 0);
    recorded(&whole);
    let whole = whole.borrow();
    for length in lengths(&whole.bytes) {
        let synced = whole.synced.iter().rfind(|synced| **synced <= length);
        let synced = read(&whole.bytes[..synced.copied().unwrap_or(0)]).0;
        for behind in [
            &b""[..],
            &[0; 700],
            b"\x00\x8f{\"seq\":",
            b"\xff\xfe\n\x00\x01",
        ] {
            let left = [&whole.bytes[..length], behind].concat();
            // Before the first fsync a file system leaves zeros, no garbage.
            if length < whole.synced[0] && behind.iter().any(|byte| *byte != 0) {
                continue;
            }
            let (records, notes) = read(&left);
            assert_eq!(records[..synced.len()], synced, "{length} {behind:?}");
            assert!(notes.damaged_lines <= 1, "{length} {behind:?}: {notes:?}");
            let after = goes_on(&left, directory.path(), &records);
            assert_eq!(after.damaged_lines, notes.damaged_lines, "{length}");
        }
    }
}

/// Whatever begins like a recording and goes on otherwise is somebody else's
/// file: nothing is cut off, nothing is appended.
#[test]
fn a_file_that_is_no_recording_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.json");
    let zeros = vec![0; 1 << 24];
    for text in [
        b"\n# Notes\n\nlast",
        &b"{\n  \"a\": 1\n}"[..],
        b"\0\0\nx",
        &zeros,
    ] {
        fs::write(&path, text).unwrap();
        let refused = Recorder::open(&path, ROTATE_AT);
        assert!(matches!(refused, Err(RecordingError::NotARecording)));
        assert!(fs::read(&path).unwrap() == text);
    }
}
