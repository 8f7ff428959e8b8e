//! How a recording goes on in another file.

use std::fs;

use super::{Ledger, Rotated, each_record};
use crate::commands::demo::view;
use crate::detect::Detector;
use crate::model::{Host, Record, Rules, Run, Timestamp};

fn header(id: &str) -> Record {
    Record::Run(Run {
        id: id.into(),
        follows: None,
        tool_version: "0".into(),
        command: "check".into(),
        host: Host::github_com(),
        targets: Vec::new(),
        runner_globs: Vec::new(),
        labels: Vec::new(),
        interval: None,
        rules: Rules::STANDARD,
        began: Timestamp::from_millis(0),
    })
}

fn ids(path: &std::path::Path) -> Vec<String> {
    let mut ids = Vec::new();
    each_record(path, |record| match record {
        Record::Run(run) => ids.push(run.id.to_string()),
        other => panic!("{other:?}"),
    })
    .unwrap();
    ids
}

/// The first tells which files belong together, the last whose records come.
#[test]
fn headers_to_which_nothing_open_belongs_stay_behind() {
    let shelf = tempfile::tempdir().unwrap();
    let path = shelf.path().join("a.ndjson");
    let mut ledger = Ledger::open_short(&path, 1, &|_| view()).unwrap();
    ledger.take(["1", "2", "3", "4"].map(header).into());
    let nothing = Detector::default().analysis(&view());
    assert_eq!(ledger.rotate_if_long(&nothing), Rotated::Yes);
    assert!(ledger.failed().is_none());
    assert_eq!(ids(&path), ["1", "4"]);
}

/// The old file had its new name, and the new one could not be made.
#[test]
fn a_rotation_that_got_halfway_is_ended_later() {
    let shelf = tempfile::tempdir().unwrap();
    let [path, old] = ["a.ndjson", "a.ndjson.1"].map(|name| shelf.path().join(name));
    let mut ledger = Ledger::open_short(&path, 1, &|_| view()).unwrap();
    ledger.take(vec![header("1")]);
    fs::rename(&path, &old).unwrap();
    let nothing = Detector::default().analysis(&view());
    assert_eq!(ledger.rotate_if_long(&nothing), Rotated::Yes);
    assert!(ledger.failed().is_none());
    assert_eq!(
        (ids(&path), ids(&old)),
        (vec!["1".into()], vec!["1".into()])
    );
}
