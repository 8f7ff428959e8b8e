//! Recordings that are nearly right.

use std::io::BufReader;

use crate::fuzz::fuzz;
use crate::model::Host;
use crate::record::format::unframe;
use crate::record::{Notes, Read, Reader, Scanned};

/// What is read, and why it ended.
fn read(source: impl std::io::BufRead) -> (Vec<Read>, Notes, Option<String>) {
    let mut reader = Reader::new(source);
    let (mut reads, mut error) = (Vec::new(), None);
    for read in reader.by_ref() {
        match read {
            Ok(read) => reads.push(read),
            Err(why) => error = Some(why.to_string()),
        }
    }
    (reads, reader.notes().clone(), error)
}

/// Every record comes from a line that is right.
fn holds(bytes: &[u8]) {
    let whole = read(bytes);
    let (reads, notes, _) = &whole;
    assert_eq!(whole, read(BufReader::with_capacity(7, bytes)), "in chunks");
    let lines: Vec<_> = bytes.split(|byte| *byte == b'\n').collect();
    let right = |line: u64| {
        let line = usize::try_from(line - 1).unwrap();
        unframe(lines[line]).is_ok()
    };
    for read in reads {
        let (Read::Record { line, .. } | Read::Raw { line, .. }) = read;
        assert!(right(*line), "line {line} is damaged");
    }
    assert!(notes.damaged_lines <= lines.len() as u64);
    assert!(reads.len() + notes.damaged.len() <= bytes.len() + 20);
}

/// Every line with the checksum that it would have, so that damage gets past
/// it.
fn summed(bytes: &[u8]) -> Vec<u8> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let mut all = Vec::new();
    for line in lines {
        let end = line.windows(7).rposition(|part| part == b",\"crc\":");
        let Some(end) = end else {
            all.extend_from_slice(line);
            continue;
        };
        let text = &line[..end];
        all.extend_from_slice(text);
        let crc = crc32fast::hash(text);
        all.extend_from_slice(format!(",\"crc\":\"{crc:08x}\"}}\n").as_bytes());
    }
    all
}

#[test]
fn a_damaged_recording_gives_its_right_lines() {
    let seeds = ["fixtures/recordings"];
    fuzz("recordings", &seeds, holds);
    fuzz("recordings-summed", &seeds, |bytes| holds(&summed(bytes)));
}

#[test]
fn what_a_scan_remembers_is_right_or_refused() {
    let host = Host::github_com();
    fuzz("scanned", &[], |bytes| {
        let Ok(scanned) = Scanned::parse(bytes, &host) else {
            return;
        };
        let again = scanned.to_bytes().unwrap();
        assert_eq!(Scanned::parse(&again, &host).unwrap(), scanned);
    });
}
