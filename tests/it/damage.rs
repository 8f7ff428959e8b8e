//! A recording with a damaged line says what one without that line says, and
//! that something is wrong with it.

use std::io::Write;

use serde_json::Value;

use crate::support::{Ran, Tool};

const RECORDING: &[u8] = include_bytes!("../../fixtures/recordings/incident-1.ndjson");
const OTHER: &[u8] = include_bytes!("../../fixtures/recordings/incident-2.ndjson");

fn lines() -> Vec<Vec<u8>> {
    lines_of(RECORDING)
}

fn lines_of(recording: &[u8]) -> Vec<Vec<u8>> {
    let lines = recording.split_inclusive(|byte| *byte == b'\n');
    lines.map(<[u8]>::to_vec).collect()
}

fn report(bytes: &[u8]) -> Ran {
    let tool = Tool::new();
    let file = tool.file("damaged.ndjson", bytes);
    tool.args(["report", "--format", "json"]).args([file]).run()
}

/// What it claims.
fn claims(ran: &Ran) -> Value {
    assert!(matches!(ran.code, Some(0 | 10 | 11)), "{ran}");
    let report = ran.json();
    serde_json::json!([report["verdict"], report["periods"], report["lag"]])
}

/// The line as a disk, a network or an editor leaves it.
fn damages(line: &[u8]) -> [Vec<u8>; 3] {
    let mut flipped = line.to_vec();
    flipped[line.len() / 2] ^= 4;
    let zeros = [&vec![0; line.len() - 1][..], b"\n"].concat();
    let cut = [&line[..line.len() / 2], b"\n"].concat();
    [flipped, zeros, cut]
}

#[test]
fn a_damaged_line_is_as_good_as_none() {
    let lines = lines();
    for at in 1..lines.len() {
        let with = |line: &[u8]| {
            let mut all = lines.clone();
            all[at] = line.to_vec();
            report(&all.concat())
        };
        let without = claims(&with(b""));
        for damaged in damages(&lines[at]) {
            let ran = with(&damaged);
            assert_eq!(claims(&ran), without, "line {}", at + 1);
            let source = &ran.json()["sources"][0];
            assert_ne!(source["skipped"], 0, "line {}: {ran}", at + 1);
        }
    }
}

/// What is lost was perhaps the contradiction, or the job.
#[test]
fn a_recording_with_a_hole_is_never_clean() {
    for recording in [RECORDING, OTHER] {
        let lines = lines_of(recording);
        for lost in 1..lines.len() {
            let mut all = lines.clone();
            all.remove(lost);
            let ran = report(&all.concat());
            let verdict = &ran.json()["verdict"];
            let expected = if verdict == "desync" { 10 } else { 11 };
            assert_eq!(ran.code, Some(expected), "line {}: {ran}", lost + 1);
        }
    }
}

#[test]
fn a_line_twice_is_said_once() {
    let lines = lines();
    let whole = claims(&report(&lines.concat()));
    for at in 1..lines.len() {
        let mut all = lines.clone();
        all.insert(at, lines[at].clone());
        let ran = report(&all.concat());
        assert_eq!(claims(&ran), whole, "line {}", at + 1);
        assert_eq!(ran.json()["sources"][0]["skipped"], 1, "{ran}");
    }
}

/// A compressed recording that was not copied to its end is no recording, or
/// one of the beginning: it never ends in a panic, nor says that all is well.
#[test]
fn half_a_compressed_recording_is_told() {
    let whole = lines().concat();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&whole).expect("a Vec takes all");
    let gzip = gzip.finish().expect("a Vec takes all");
    let zstd = zstd::encode_all(&whole[..], 3).expect("a Vec takes all");
    for packed in [gzip, zstd] {
        claims(&report(&packed));
        for part in 1..8 {
            let ran = report(&packed[..packed.len() * part / 8]);
            assert_eq!(ran.code, Some(2), "{ran}");
        }
    }
}
