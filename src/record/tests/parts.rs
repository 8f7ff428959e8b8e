//! The parts of a rotated recording.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use super::{a_run, at};
use crate::model::{Record, Timestamp};
use crate::record::{Recorder, delete_before};

/// A recording in four files, of which the three rotated ones were last
/// written to at these times.
fn rotated(path: &Path, ended: [&str; 3]) -> Recorder {
    let mut recorder = Recorder::open(path, 1).unwrap();
    assert!(
        recorder
            .append(vec![Record::Run(a_run())])
            .failure
            .is_none()
    );
    for _ in ended {
        assert!(recorder.rotate(Vec::new()).unwrap().failure.is_none());
    }
    for (number, ended) in (1..).zip(ended) {
        let millis = u64::try_from(at(ended).as_millis()).unwrap();
        let part = File::options().write(true).open(part(path, number));
        let ended = UNIX_EPOCH + Duration::from_millis(millis);
        part.unwrap().set_modified(ended).unwrap();
    }
    recorder
}

fn part(path: &Path, number: u32) -> std::path::PathBuf {
    path.with_extension(format!("ndjson.{number}"))
}

fn names(directory: &Path) -> Vec<String> {
    let files = fs::read_dir(directory).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

const ENDED: [&str; 3] = [
    "2026-05-14T03:00:00Z",
    "2026-05-13T03:00:00Z",
    "2026-05-12T03:00:00Z",
];

#[test]
fn parts_that_ended_before_an_instant_are_deleted() {
    let cases: [(Timestamp, &[&str]); 4] = [
        (at("2026-05-12T03:00:00Z"), &["a", "a.1", "a.2", "a.3"]),
        (at("2026-05-12T03:00:00.001Z"), &["a", "a.1", "a.2"]),
        (at("2026-05-14T00:00:00Z"), &["a", "a.1"]),
        (at("2026-05-15T00:00:00Z"), &["a"]),
    ];
    for (instant, left) in cases {
        let shelf = tempfile::tempdir().unwrap();
        let path = shelf.path().join("a.ndjson");
        let recorder = rotated(&path, ENDED);
        delete_before(&path, instant).unwrap();
        let left: Vec<_> = left
            .iter()
            .map(|it| it.replacen('a', "a.ndjson", 1))
            .collect();
        assert_eq!(names(shelf.path()), left, "{instant}");
        drop(recorder);
    }
}

#[test]
fn a_part_after_one_that_is_kept_is_kept() {
    let shelf = tempfile::tempdir().unwrap();
    let path = shelf.path().join("a.ndjson");
    // Somebody touched the oldest.
    let ended = [ENDED[0], ENDED[2], ENDED[0]];
    let mut recorder = rotated(&path, ended);
    delete_before(&path, at("2026-05-13T00:00:00Z")).unwrap();
    assert_eq!(names(shelf.path()).len(), 4);
    // The names that are left make way for others.
    assert!(recorder.rotate(Vec::new()).unwrap().failure.is_none());
    assert!(part(&path, 4).exists());
}

#[test]
fn what_cannot_be_deleted_is_told() {
    let shelf = tempfile::tempdir().unwrap();
    let path = shelf.path().join("a.ndjson");
    fs::create_dir(part(&path, 1)).unwrap();
    let error = delete_before(&path, at("2100-01-01T00:00:00Z")).unwrap_err();
    let told = error.to_string();
    assert!(told.starts_with("failed to delete `"), "{told}");
    assert!(part(&path, 1).exists());
}
