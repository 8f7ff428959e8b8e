//! Scale-down logs of every envelope, and what must never become a reading.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::import::account::{Account, Home};
use crate::import::parse_jobs;
use crate::model::{Host, ImportedJob, Record, Scope, Sighting};

const REQUEST: &str = "9f1c0000-aaaa-4bbb-8ccc-000000000001";

fn read_text(text: &str) -> ScalerLog {
    read(&mut text.as_bytes(), text.as_bytes()).unwrap()
}

fn home() -> Home {
    Home {
        host: Host::github_com(),
        scope: Scope::parse("repo:acme/atlas"),
    }
}

fn told_with(texts: &[&str], jobs: &[ImportedJob]) -> (String, Vec<Account>) {
    let logs: Vec<_> = texts.iter().map(|text| read_text(text)).collect();
    let joined = join(&logs.iter().collect::<Vec<_>>(), jobs, &home());
    let mut out = String::new();
    for record in &joined.records {
        match record {
            Record::Reading(reading) => {
                let instance = reading.instance.as_deref().unwrap();
                let said = match &reading.said {
                    Sighting::Seen(runner) => format!("busy:{}", runner.busy),
                    Sighting::Missing => "missing".to_owned(),
                };
                let (at, id) = (reading.at, reading.key.id);
                writeln!(out, "{at} {id} {instance} {said}").unwrap();
            }
            Record::Event(event) => {
                let detail = event.detail.as_deref().unwrap_or("");
                let (at, id, kind) = (event.at, event.key.id, event.kind.as_str());
                writeln!(out, "{at} {id} {kind} {detail}").unwrap();
            }
            other => panic!("{other:?}"),
        }
    }
    (out, joined.files)
}

fn told(text: &str) -> String {
    told_with(&[text], &[]).0
}

/// The same three entries, as each generation and each export writes them.
const ENTRIES: [(&str, &str); 3] = [
    (
        "2026-05-14T02:10:08.250Z",
        "Runner 'i-0a1b' - GitHub Runner ID '4711' - Busy: false",
    ),
    (
        "2026-05-14T02:10:08.500Z",
        "Runner 'i-0c2d' - GitHub Runner ID '4712' - Busy: true",
    ),
    (
        "2026-05-14T02:10:09.000Z",
        "AWS runner instance 'i-0a1b' is terminated and GitHub runner is de-registered.",
    ),
];

const TOLD: &str = "2026-05-14T02:10:08.250Z 4711 i-0a1b busy:false\n\
                    2026-05-14T02:10:08.500Z 4712 i-0c2d busy:true\n\
                    2026-05-14T02:10:09Z 4711 terminated \n";

fn entries(line: impl Fn(&str, &str) -> String) -> String {
    ENTRIES.iter().map(|(at, text)| line(at, text)).collect()
}

fn powertools(at: &str, text: &str) -> String {
    format!(
        r#"{{"level":"INFO","message":"{text}","timestamp":"{at}","service":"runners-scale-up","sampling_rate":0,"module":"scale-down","aws-request-id":"{REQUEST}","function-name":"acme-scale-down"}}"#
    )
}

fn millis(at: &str) -> i64 {
    Timestamp::parse(at).unwrap().as_millis()
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// An event of CloudWatch, some minutes off by its own times.
fn event(at: &str, text: &str) -> String {
    format!(
        r#"{{"logStreamName": "2026/05/14/[$LATEST]00ff", "timestamp": {}, "message": {}, "ingestionTime": {}, "eventId": "1"}}"#,
        millis(at) + 300,
        quoted(text),
        millis(at) + 400_000
    )
}

/// What the AWS CLI prints: lines in color, a message that is JSON set on lines
/// of its own, rows of a text with the time of ingestion before the message and
/// the event's own behind it, results of a query; and what subscriptions give.
#[test]
fn what_the_aws_cli_prints_says_the_same() {
    const STREAM: &str = "2026/05/14/[$LATEST]00ff";
    let pretty = |at: &str, text: &str| {
        let value: serde_json::Value = serde_json::from_str(&powertools(at, text)).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    };
    let row = |at: &str, message: &str| {
        let (own, ingested) = (millis(at), millis(at) + 400_000);
        format!("EVENTS\t37\t{ingested}\t{STREAM}\t{message}\t{own}\n")
    };
    let list = |one: &dyn Fn(&str, &str) -> String| {
        let items = entries(|at, text| one(at, text) + ",");
        items.trim_end_matches(',').to_owned()
    };
    let result = |at: &str, text: &str| {
        let (message, at) = (
            quoted(&powertools(at, text)),
            at.replace('T', " ").replace('Z', ""),
        );
        format!(
            r#"[{{"field":"@timestamp","value":"{at}"}},{{"field":"@message","value":{message}}},{{"field":"@ptr","value":"x"}}]"#
        )
    };
    let subscribed = |at: &str, text: &str| {
        format!(
            r#"{{"id":"1","timestamp":{},"message":{}}}"#,
            millis(at),
            quoted(&powertools(at, text))
        )
    };
    let data = format!(
        r#"{{"messageType":"DATA_MESSAGE","logGroup":"x","logEvents":[{}]}}"#,
        list(&subscribed)
    );
    let exports = [
        entries(|at, text| {
            format!(
                "\x1b[32m{at}\x1b[0m \x1b[36m{STREAM}\x1b[0m {}\n",
                powertools(at, text)
            )
        }),
        entries(|at, text| format!("{at} {STREAM} \n{}\n", pretty(at, text))),
        entries(|at, text| row(at, &powertools(at, text))),
        entries(|at, text| row(at, &(powertools(at, text) + "\n"))),
        entries(|at, text| row(at, text)),
        format!(r#"{{"results":[{}],"status":"Complete"}}"#, list(&result)),
        data.clone(),
        format!("{data}{data}"),
        format!("{data}\n{data}\n"),
    ];
    for export in exports {
        let (out, files) = told_with(&[&export], &[]);
        assert_eq!(out, TOLD, "{export}");
        assert_eq!(files[0].skipped, 0, "{export}");
    }
    let cut = format!("2026-05-14T02:10:08Z {STREAM} \n{{\n  \"message\": \"x\",\n");
    assert_eq!(told_with(&[&cut], &[]).1[0].skipped, 1);
}

#[test]
fn every_envelope_says_the_same() {
    let one = entries(|at, text| powertools(at, text) + "\n");
    let events = |pretty: bool| {
        let items = entries(|at, text| event(at, &(powertools(at, text) + "\n")) + ",");
        let whole = format!(
            r#"{{"searchedLogStreams": [], "events": [{}], "nextToken": "x"}}"#,
            items.trim_end_matches(',')
        );
        let value: serde_json::Value = serde_json::from_str(&whole).unwrap();
        if pretty {
            serde_json::to_string_pretty(&value).unwrap()
        } else {
            whole
        }
    };
    let envelopes = [
        one.clone(),
        one.replace('\n', "\r\n"),
        format!("# a comment\n\n{one}START RequestId: {REQUEST} Version: $LATEST\n"),
        one.replace(r#""sampling_rate":0,"#, ""),
        entries(|at, text| powertools(&at.replace('Z', "+00:00"), text) + "\n"),
        entries(|at, text| {
            let at = at.replace('T', " ").replace('Z', "");
            format!(
                "{at}  INFO  [scale-down:{REQUEST} dist/index.js:1200  scaleDown] {text} {{}}\n"
            )
        }),
        entries(|at, text| {
            format!(
                r#"{{"argumentsArray":["{text}"],"date":"{at}","logLevel":"info","requestId":"{REQUEST}","instanceName":"x"}}"#
            ) + "\n"
        }),
        entries(|at, text| {
            format!(
                "2026-05-14T02:30:00.000000+00:00 2026/05/14/[$LATEST]00ff {}\n",
                powertools(at, text)
            )
        }),
        entries(|at, text| format!("{at}\t{REQUEST}\tINFO\t{text}\n")),
        entries(|at, text| format!("{at} {text}\n")),
        entries(|at, text| {
            format!(
                "| 2026-05-14T10:10:30.000+08:00 | {} |\n",
                powertools(at, text)
            )
        }),
        events(false),
        events(true),
        entries(|at, text| event(at, &powertools(at, text)) + "\n"),
        format!(
            "[{}]",
            entries(|at, text| event(at, &powertools(at, text)) + ",").trim_end_matches(',')
        ),
        "@timestamp,@message\r\n".to_owned()
            + &entries(|at, text| {
                format!(
                    "2026-05-14 02:12:00.000,\"{}\"\r\n",
                    powertools(at, text).replace('"', "\"\"")
                )
            }),
        "\"@message\",\"@timestamp\"\n".to_owned()
            + &entries(|at, text| {
                format!("\"{text}\",\"{}\"\n", at.replace('T', " ").replace('Z', ""))
            }),
        "@timestamp,message\n".to_owned()
            + &entries(|at, text| format!("{},\"{text}\"\n", at.replace('T', " "))),
        "timestamp,message\n".to_owned()
            + &entries(|at, text| {
                let millis = crate::model::Timestamp::parse(at).unwrap().as_millis();
                format!("{millis},\"{text}\"\n")
            }),
    ];
    for envelope in envelopes {
        assert_eq!(told(&envelope), TOLD, "{envelope}");
    }
}

#[test]
fn without_an_inner_time_the_events_own_is_taken() {
    let text = ENTRIES[0].1;
    let told = told(&(event("2026-05-14T02:10:08.250Z", text) + "\n"));
    assert_eq!(told, "2026-05-14T02:10:08.550Z 4711 i-0a1b busy:false\n");
}

#[test]
fn a_404_is_missing_once_and_never_false() {
    let at = "2026-05-14T02:10:08.250Z";
    let a = "Runner 'i-0a1b' with GitHub Runner ID '4711' not found on GitHub (404)";
    let b = "Runner 'i-0a1b' - GitHub Runner ID '4711' - Not found on GitHub, treating as not busy";
    let both = format!(
        "{}\n{}\n",
        powertools(at, a),
        powertools("2026-05-14T02:10:08.260Z", b)
    );
    let missing = "2026-05-14T02:10:08.250Z 4711 i-0a1b missing\n";
    assert_eq!(told(&both), missing);
    assert_eq!(told(&(powertools(at, a) + "\n")), missing);
    assert_eq!(told(&(powertools(at, b) + "\n")), missing);
    let later =
        powertools("2026-05-14T02:15:08.260Z", b).replace(REQUEST, &REQUEST.replace('1', "2"));
    assert_eq!(told(&format!("{both}{later}\n")).lines().count(), 2);
}

#[test]
fn what_another_file_holds_too_counts_once() {
    let one = entries(|at, text| powertools(at, text) + "\n");
    let (out, files) = told_with(&[&one, &one], &[]);
    assert_eq!(out, TOLD);
    assert_eq!((files[0].records, files[1].records), (3, 0));
    let end = powertools(ENTRIES[2].0, ENTRIES[2].1);
    let reading = powertools(ENTRIES[0].0, ENTRIES[0].1);
    let (apart, _) = told_with(&[&end, &reading], &[]);
    assert!(apart.contains("4711 terminated"), "{apart}");
}

#[test]
fn an_end_of_nobody_is_skipped_and_named() {
    let end = powertools(ENTRIES[2].0, ENTRIES[2].1);
    let (out, files) = told_with(&[&end], &[]);
    assert_eq!((out.as_str(), files[0].skipped), ("", 1));
    assert!(files[0].notes[0].contains("i-0a1b"), "{:?}", files[0].notes);
}

#[test]
fn ends_in_the_words_of_every_generation() {
    let reading = powertools("2026-05-14T02:00:00Z", ENTRIES[0].1);
    let ends = [
        (
            "AWS runner instance 'i-0a1b' is terminated and GitHub runner is de-registered.",
            "",
        ),
        (
            "EC2 runner 'i-0a1b' is terminated and GitHub runner is de-registered.",
            "",
        ),
        (
            "MICROVM runner 'i-0a1b' is terminated and GitHub runner is de-registered.",
            "",
        ),
        ("Terminating orphan runner 'i-0a1b'", "as an orphan"),
        ("Runner 'i-0a1b' is judged to be orphaned.", "as an orphan"),
    ];
    for (text, detail) in ends {
        let end = powertools("2026-05-14T02:10:09Z", text);
        let told = told(&format!("{reading}\n{end}\n"));
        let expected = format!("2026-05-14T02:10:09Z 4711 terminated {detail}\n");
        assert!(told.ends_with(&expected), "{text}: {told}");
    }
}

/// The newest module says both; an older one the first only, of a runner that it
/// knows, and takes it down at once.
#[test]
fn an_orphan_ends_once() {
    let reading = powertools(ENTRIES[0].0, ENTRIES[0].1);
    let judged = powertools(
        "2026-05-14T02:10:09Z",
        "Runner 'i-0a1b' is judged to be orphaned.",
    );
    let taken = powertools(
        "2026-05-14T02:10:10Z",
        "Terminating orphan runner 'i-0a1b'.",
    );
    let told = told(&format!("{reading}\n{judged}\n{taken}\n"));
    assert_eq!(told.matches("terminated").count(), 1, "{told}");
    assert!(told.contains("2026-05-14T02:10:09Z 4711 terminated"));
}

/// An instance without an id names no runner, though every name ends with it.
#[test]
fn an_end_of_no_instance_is_nobodys() {
    let job = r#"{"id":1,"run_id":1,"status":"in_progress","conclusion":null,"name":"Test",
        "started_at":"2026-05-14T01:00:00Z","completed_at":null,"runner_id":4711,"runner_name":"r1",
        "html_url":"https://github.com/acme/atlas/actions/runs/1/job/1"}"#;
    let jobs = parse_jobs(job.as_bytes()).unwrap().jobs;
    let end = powertools("2026-05-14T02:10:09Z", "Terminating orphan runner ''.");
    assert_eq!(told_with(&[&end], &jobs).0, "");
}

#[test]
fn the_rest_is_counted_and_no_error_becomes_a_reading() {
    let texts = [
        "Runner 'i-0a1b' cannot be de-registered, because it is still busy.",
        "Runner 'i-0a1b' cannot be de-registered. Error: 422",
        "Failed to de-register GitHub runner 4711 for instance 'i-0a1b'. Error: 422",
        "Runner 'i-0a1b' tagged as orphan.",
        "Runner 'i-0a1b' is judged to not be orphaned.",
        "Runner 'i-0a1b' reads idle; deferring termination",
        "Runner 'i-0a1b' is 'online' and is currently 'idle'.",
        "Error: Runner 'i-0a1b' - GitHub Runner ID '4711' - Busy: false",
        "Runner 'i-0a1b' - GitHub Runner ID '4711' - Busy: undefined",
        "Runner 'i-0a1b' - GitHub Runner ID 'abc' - Busy: false",
        "Runner 'i-0a1b' - GitHub Runner ID '4711' - Busy: false and more",
        "Found: '3' active GitHub runners",
    ];
    let lines: String = texts
        .iter()
        .map(|text| powertools("2026-05-14T02:10:08Z", text) + "\n")
        .collect();
    let grave = powertools("2026-05-14T02:10:08Z", ENTRIES[0].1).replace("INFO", "ERROR");
    let text = format!(
        "{lines}{grave}\n{{\"level\":\n    at frame\nRunner 'i-0a1b' - GitHub Runner ID '4711' - Busy: false\n"
    );
    let (out, files) = told_with(&[&text], &[]);
    assert_eq!(out, "");
    assert_eq!(
        files[0].notes,
        [
            "lines that are no entries of a log: 2",
            "entries without a time: 1",
            "failed de-registrations: 3",
            "tags of orphans: 2",
            "confirmations of idleness: 1",
            "states out of lists, of unknown age: 1",
            "entries about something else: 6",
        ]
    );
    assert_eq!(files[0].skipped, 3);
}

#[test]
fn a_broken_document_gives_what_stands_before_the_break() {
    let whole = format!(
        r#"{{"events": [{}, {{"mess"#,
        event(ENTRIES[0].0, &powertools(ENTRIES[0].0, ENTRIES[0].1))
    );
    let (out, files) = told_with(&[&whole], &[]);
    assert_eq!((out.lines().count(), files[0].skipped), (1, 1));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&mut &bytes[..], &bytes);
    }

    #[test]
    fn no_text_makes_it_panic(text in "[0-9T:Z .\\-\\[\\]{}\"',@a-zé]{0,60}") {
        let _ = envelope::of_line(&text);
        let _ = read(&mut text.as_bytes(), text.as_bytes());
        let _ = read(&mut format!("@message,@timestamp\n{text}").as_bytes(), b"@message,@timestamp\n");
    }

    #[test]
    fn no_damage_makes_it_panic(at in 0usize..250, byte in any::<u8>()) {
        let mut bytes = entries(|at, text| powertools(at, text) + "\n").into_bytes();
        bytes[at] = byte;
        let _ = read(&mut &bytes[..], &bytes);
    }
}
