//! Files that are nearly right. What is read in chunks is what is read at
//! once, and there is never more of it than there is in the file.

use std::io::{BufReader, Read};

use super::*;
use crate::fuzz::fuzz;
use crate::import::account::{Account, Home};
use crate::import::runner_log::{Layout, Process};
use crate::model::{Host, Record, Scope};

fn home() -> Home {
    Home {
        host: Host::github_com(),
        scope: Scope::parse("repo:acme/atlas"),
    }
}

fn lines(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').count()
}

/// Whatever it is, it is opened and recognized, or refused.
fn opened(bytes: &[u8]) {
    let Ok(mut opened) = open(bytes) else { return };
    let _ = sniff(&opened.head);
    let _ = opened.source.read_to_end(&mut Vec::new());
}

#[test]
fn readings_are_lines() {
    let seeds = [
        "fixtures/incidents/incident-1.readings.jsonl",
        "fixtures/imports/readings-broken-line.jsonl",
    ];
    fuzz("readings", &seeds, |bytes| {
        opened(bytes);
        let Ok(file) = read_readings(&mut &bytes[..]) else {
            return;
        };
        assert!(file.readings.len() + file.skipped.len() <= lines(bytes));
        let text = String::from_utf8_lossy(bytes);
        for reading in &file.readings {
            let id = reading.runner_id.to_string();
            assert!(text.contains(&id), "{id} is invented");
        }
    });
}

#[test]
fn jobs_stand_in_their_file() {
    let seeds = [
        "fixtures/incidents/incident-1.jobs.json",
        "fixtures/github",
        "fixtures/imports/unrecognized.txt",
    ];
    fuzz("jobs", &seeds, |bytes| {
        opened(bytes);
        let Ok(file) = parse_jobs(bytes) else { return };
        assert!(file.jobs.len() + file.skipped.len() <= bytes.len());
        let text = String::from_utf8_lossy(bytes);
        for imported in &file.jobs {
            let id = imported.job.id.to_string();
            assert!(text.contains(&id), "{id} is invented");
        }
    });
}

fn scaled(source: &mut dyn std::io::BufRead, head: &[u8]) -> (Vec<Record>, Vec<Account>) {
    let log = scaler_log::read(source, head).unwrap();
    let joined = scaler_log::join(&[&log], &[], &home());
    (joined.records, joined.files)
}

#[test]
fn scale_down_logs() {
    let seeds = [
        "fixtures/incidents/incident-1.scale-down.log",
        "fixtures/incidents/incident-2.scale-down.log",
    ];
    fuzz("scale-down", &seeds, |bytes| {
        opened(bytes);
        let whole = scaled(&mut &*bytes, bytes);
        let parts = scaled(&mut BufReader::with_capacity(7, bytes), bytes);
        assert_eq!(whole, parts);
        assert!(whole.0.len() <= bytes.len());
    });
}

fn logged(
    source: &mut dyn std::io::BufRead,
    head: &[u8],
    process: Process,
) -> (Vec<Record>, Vec<Account>) {
    let log = runner_log::read(source, Layout::of(head), process).unwrap();
    let mut records = Vec::new();
    let files = runner_log::join(vec![("a.log".into(), log)], &[], &home(), |record| {
        records.push(record);
    });
    (records, files)
}

#[test]
fn runner_logs() {
    let seeds = [
        "fixtures/imports/logs",
        "fixtures/incidents/incident-1.Runner.log",
        "fixtures/incidents/incident-2.Runner-1.log",
        "fixtures/incidents/incident-2.Runner-2.log",
    ];
    fuzz("runner-logs", &seeds, |bytes| {
        opened(bytes);
        for process in [Process::Runner, Process::Worker] {
            let whole = logged(&mut &*bytes, bytes, process);
            let parts = logged(&mut BufReader::with_capacity(7, bytes), bytes, process);
            assert_eq!(whole, parts);
            assert!(whole.0.len() <= 2 * lines(bytes));
        }
    });
}
