//! Real excerpts, which may not stand in the repository: with `DIAG_DIR` set,
//! each file in it is read, and what was understood is printed.

use std::fs;

use crate::import::{self, FileKind, runner_log};

/// Run with `DIAG_DIR=… cargo test --lib real_excerpts -- --nocapture`.
#[test]
fn real_excerpts_are_read() {
    let Ok(directory) = std::env::var("DIAG_DIR") else {
        return;
    };
    let mut files: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let mut opened = import::open(&bytes[..]).unwrap();
        let kind = import::sniff(&opened.head).unwrap();
        println!("== {}\n{kind:?}", file.display());
        if let FileKind::RunnerLog(process, layout) = kind {
            let log = runner_log::read(&mut *opened.source, layout, process).unwrap();
            print!("{}", runner_log::tests::told(&log));
        }
    }
}
