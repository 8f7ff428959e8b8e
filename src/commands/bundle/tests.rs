//! Bundles of both incidents, whatever everything in them is called.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::cli::{ColorArg, FormatArg, OutputArgs};
use crate::commands::evidence::{Evidence, Gathered, Keep};
use crate::detect::CoverageOf;
use crate::exit::Outcome;
use crate::model::Rules;
use crate::progress::Progress;
use crate::redact::{Named as Renamed, Sort};
use crate::report::{Asked, FailOn};

const KEY: [u8; 32] = [7; 32];

fn fixtures(names: &[&str]) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    names.iter().map(|name| root.join(name)).collect()
}

/// Files of people's own, and a recording.
fn evidence() -> Gathered {
    let files = fixtures(&[
        "incidents/incident-1.Runner.log",
        "incidents/incident-1.jobs.json",
        "incidents/incident-1.readings.jsonl",
        "incidents/incident-1.scale-down.log",
        "recordings/format-1.0.ndjson",
        "recordings/incident-2.ndjson",
    ]);
    let evidence = Evidence::read(&files, &Progress::hidden()).expect("files");
    evidence
        .gather(None, &|_| view(), Keep::Records)
        .expect("a scope")
}

fn view() -> View {
    View {
        rules: Rules::STANDARD,
        since: None,
        until: None,
        runners: None,
        coverage_of: CoverageOf::Everything,
    }
}

fn plain_output() -> Output {
    Output::open(&OutputArgs {
        format: FormatArg::Table,
        output: None,
        color: ColorArg::Never,
        redact: None,
    })
    .expect("stdout")
}

/// Calls everything by other names, and bundles it.
fn with_names<T>(
    rename: &dyn Fn(Sort, &str) -> Arc<str>,
    check: impl FnOnce(&Made, &Redactor) -> T,
) -> T {
    let gathered = evidence();
    let renamed = Renamed(rename);
    let records: Vec<_> = gathered
        .records
        .iter()
        .map(|it| renamed.record(it))
        .collect();
    let mut detector = Detector::default();
    for record in &records {
        detector.feed(record.clone());
    }
    let view = view();
    let analysis = detector.analysis(&view);
    assert!(2 <= analysis.periods.len(), "both incidents");
    let fail_on = FailOn::standard();
    let sources = named(&gathered.sources, &|file| {
        rename(Sort::Source, file).to_string()
    });
    let made = Made {
        output: &plain_output(),
        analysis: &analysis,
        records: &records,
        around: Surroundings {
            sources: &sources,
            fail_on: &fail_on,
            recording: None,
            outcome: Outcome::Clean,
            asked: Asked::PLAIN,
            notes: &[],
        },
        view: &view,
        flags: String::new(),
    };
    check(&made, &Redactor::new(&KEY).knowing(instances(&records)))
}

fn instances(records: &[Record]) -> Vec<Arc<str>> {
    let instances = records.iter().filter_map(|record| match record {
        Record::Reading(reading) => reading.instance.clone(),
        _ => None,
    });
    instances.collect()
}

fn is_found(made: &Made, redactor: &Redactor) -> Result<(), Failure> {
    let files = made.redacted(redactor)?;
    let control = made.blank(redactor)?;
    let zipped = archive::zipped(&files).map_err(unmade)?;
    search(&zipped, &control, &redactor.originals())
}

fn as_it_is(_: Sort, name: &str) -> Arc<str> {
    name.into()
}

#[test]
fn the_same_evidence_and_key_give_the_same_bytes() {
    let bytes = || {
        with_names(&as_it_is, |made, redactor| {
            archive::zipped(&made.redacted(redactor).expect("a bundle")).expect("an archive")
        })
    };
    assert_eq!(bytes(), bytes());
}

/// A bundle whose evidence has nothing but ordinary words for names can still
/// be made: the search compares with what this program says itself.
#[test]
fn names_that_are_ordinary_words_do_not_fail_it() {
    let words = [
        "busy",
        "report",
        "runner",
        "job",
        "repo",
        "owner",
        "host",
        "instance",
        "a",
        "1",
        "18700",
        "true",
        "null",
        "q",
        "qqqqqqqqqq",
        "desync",
        "stale",
        "online",
        "success",
        "https",
        "actions",
        "runner-desync",
        "recording.ndjson",
        "linux",
        "Post",
        "text",
        "settled",
    ];
    for word in words {
        let rename = |_: Sort, _: &str| Arc::from(word);
        let done = with_names(&rename, is_found);
        assert!(done.is_ok(), "{word}: {done:?}");
    }
}

#[test]
fn a_name_left_in_any_file_is_found() {
    with_names(&as_it_is, |made, redactor| {
        let files = made.redacted(redactor).expect("a bundle");
        let control = made.blank(redactor).expect("a control");
        for tampered in 0..files.len() {
            for trace in [
                "i-06cbe04821ccba677",
                "ACME",
                "Package &amp; Publish",
                "atlas",
            ] {
                let mut files = files.clone();
                files[tampered].1.extend(format!(" {trace} ").bytes());
                let zipped = archive::zipped(&files).expect("an archive");
                let found = search(&zipped, &control, &redactor.originals());
                assert!(found.is_err(), "{trace} in {}", files[tampered].0);
            }
        }
    });
}

#[test]
fn a_leak_leaves_no_file_behind() {
    let room = tempfile::tempdir().expect("a directory");
    let path = room.path().join("b.zip");
    with_names(&as_it_is, |made, redactor| {
        let bundle = Bundle::open(&path, Named::Pseudonyms).expect("a place");
        // Nobody took this for a name before everything was made.
        let made = Made {
            flags: " --fail-on i-06cbe04821ccba677".to_owned(),
            ..made.clone()
        };
        let blank = Made {
            flags: String::new(),
            ..made.clone()
        };
        let files = made.redacted(redactor).expect("a bundle");
        let control = blank.blank(redactor).expect("a control");
        let done = bundle.keep(&files, &control, &redactor.originals());
        assert!(done.is_err());
    });
    let left = std::fs::read_dir(room.path()).expect("a directory").count();
    assert_eq!(left, 0, "files left behind");
}

/// Letters that no format, word or pseudonym has in a row.
const MARK: &str = "ZqXj";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever things are called, no part of it is anywhere.
    #[test]
    fn hostile_names_leave_no_trace(
        name in "[|\\\\`<>@#:*_\\[\\]()!&~ \n\r\t\u{1b}\u{202e}\u{200b}\u{301}名⚙a-c\"'/%=;,.-]{0,40}"
    ) {
        let rename = |_: Sort, own: &str| Arc::from(format!("{MARK}{name}{MARK}{own}"));
        let files = with_names(&rename, |made, redactor| {
            is_found(made, redactor).expect("no leak");
            made.redacted(redactor).expect("a bundle")
        });
        for (file, bytes) in files {
            let text = String::from_utf8(bytes).expect("UTF-8").to_lowercase();
            prop_assert!(!text.contains(&MARK.to_lowercase()), "{file}");
        }
    }
}
