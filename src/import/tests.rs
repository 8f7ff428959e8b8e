//! Shapes of files, and bytes that are none.

mod fuzz;

use std::io::Read as _;

use proptest::prelude::*;

use super::readings::Line;
use super::scope::ScopeError;
use super::*;
use crate::model::{OnlineStatus, RepoName, RunnerEventKind, Scope};

const JOB: &str = r#"{"id":1,"run_id":2,"name":"b","status":"completed","conclusion":"success","runner_id":5,"runner_name":"r","started_at":"2026-05-14T02:00:00Z","completed_at":"2026-05-14T02:01:00Z","html_url":"https://github.com/acme/atlas/actions/runs/2/job/1","labels":[]}"#;

fn kind(text: &str) -> Result<FileKind, ImportError> {
    sniff(text.as_bytes())
}

#[test]
fn kinds_are_told_by_content() {
    assert_eq!(
        kind(r#"{"seq":1,"rec":"run"}"#).unwrap(),
        FileKind::Recording
    );
    assert_eq!(kind(JOB).unwrap(), FileKind::Jobs);
    let reading = r#"{"at":"2026-05-14T02:00:00Z","runner_id":5,"busy":false}"#;
    assert_eq!(kind(reading).unwrap(), FileKind::Readings);
    assert_eq!(
        kind(&format!("oops\n{reading}")).unwrap(),
        FileKind::Readings
    );
    assert!(matches!(kind("hello"), Err(ImportError::Unrecognized)));
    assert!(matches!(kind(r#"{"a":1}"#), Err(ImportError::Unrecognized)));
    assert!(matches!(kind(" \n"), Err(ImportError::Empty)));
}

#[test]
fn every_shape_of_a_jobs_file_is_read() {
    let list = format!(r#"{{"total_count":1,"jobs":[{JOB}]}}"#);
    let webhook = format!(
        r#"{{"action":"completed","workflow_job":{JOB},"repository":{{"full_name":"acme/atlas"}}}}"#
    );
    let shapes = [
        JOB.to_owned(),
        list.clone(),
        format!("[{list}]"),
        format!("[{JOB}]"),
        format!("{webhook}\n"),
        format!(r#"{{"id":9,"request":{{"payload":{webhook}}}}}"#),
    ];
    for shape in shapes {
        let file = parse_jobs(shape.as_bytes()).unwrap();
        assert_eq!(file.jobs.len(), 1, "{shape}: {:?}", file.skipped);
        assert_eq!(
            file.jobs[0].job.repo,
            RepoName::parse("acme/atlas").unwrap()
        );
    }
    let pages = parse_jobs(format!("{list}{list}\n{list}").as_bytes()).unwrap();
    assert_eq!(pages.jobs.len(), 3);
}

/// `html_url` can be null; the API's URLs name the host as well.
#[test]
fn a_job_is_of_the_host_that_its_urls_name() {
    let host = |urls: &str| {
        let (urls, of_payload) = urls.split_once(" in ").unwrap_or((urls, ""));
        let job = JOB.split_once("\"html_url\"").unwrap().0.to_owned() + urls + "}";
        let hook = format!(
            r#"{{"workflow_job":{job},"repository":{{"full_name":"acme/atlas"{of_payload}}}}}"#
        );
        let mut file = parse_jobs(hook.as_bytes()).unwrap();
        file.jobs.remove(0).host.to_string()
    };
    let api = r#""run_url":"https://api.acme.ghe.com/repos/acme/atlas/actions/runs/2""#;
    assert_eq!(host(&format!(r#""html_url":null,{api}"#)), "acme.ghe.com");
    assert_eq!(host(&format!(r#""html_url":"odd",{api}"#)), "acme.ghe.com");
    let html = r#""html_url":"https://GHE.corp:8443/acme/atlas/actions/runs/2/job/1""#;
    assert_eq!(host(&format!("{html},{api}")), "ghe.corp:8443");
    let server = r#""url":"https://api.corp/api/v3/repos/acme/atlas/actions/jobs/1""#;
    assert_eq!(host(server), "api.corp");
    let dotcom = r#""url":"https://api.github.com/repos/acme/atlas/actions/jobs/1""#;
    assert_eq!(host(dotcom), "github.com");
    let of_payload = r#""x":1 in ,"html_url":"https://ghe.corp/acme/atlas""#;
    assert_eq!(host(of_payload), "ghe.corp");
    assert_eq!(host(r#""x":1"#), "github.com");
}

/// `total_count` of a list is of one attempt, or of all in a list of all.
#[test]
fn jobs_that_lists_state_are_counted_by_attempt() {
    let list = |total: u64, shown: &[(u64, u32)]| {
        let jobs = shown.iter().map(|(id, attempt)| {
            let of = format!(r#"{{"id":{id},"run_attempt":{attempt},"run_id""#);
            JOB.replacen(r#"{"id":1,"run_id""#, &of, 1)
        });
        let jobs = jobs.collect::<Vec<_>>().join(",");
        format!(r#"{{"total_count":{total},"jobs":[{jobs}]}}"#)
    };
    let lacking = |lists: &[String]| {
        let file = parse_jobs(lists.join("\n").as_bytes()).unwrap();
        let lists = Lists::of(&file.jobs, file.stated.iter());
        let lacking = file.stated.iter().map(|stated| lists.lacking(stated));
        lacking.collect::<Vec<_>>()
    };
    let first = list(2, &[(1, 1), (2, 1)]);
    assert_eq!(lacking(&[first.clone(), list(2, &[(4, 2)])]), [Some(1)]);
    assert_eq!(
        lacking(&[list(2, &[(1, 1)]), list(2, &[(2, 1)])]),
        [None; 2]
    );
    assert_eq!(
        lacking(&[list(2, &[(1, 1)]), list(2, &[(4, 2)])]),
        [Some(1); 2]
    );
    // One list of all attempts, page by page, one of them given twice.
    let pages = [&[(1, 1), (2, 1)], &[(3, 1), (4, 2)], &[(5, 2), (6, 2)]];
    let pages = pages.map(|shown| list(6, shown));
    let [one, two, three] = pages.clone();
    assert_eq!(lacking(&[one.clone(), two, three, one]), [None; 4]);
    assert_eq!(lacking(&pages[..2]), [Some(3), Some(4)]);
    // Carried over into the second attempt, and shown by the first one's list.
    assert_eq!(lacking(&[first, list(3, &[(2, 1), (4, 2)])]), [Some(2)]);
}

#[test]
fn a_bad_job_is_skipped_and_named() {
    let text = format!(r#"{{"total_count":2,"jobs":[{{"id":7}},{JOB}]}}"#);
    let file = parse_jobs(text.as_bytes()).unwrap();
    assert_eq!((file.jobs.len(), file.skipped.len()), (1, 1));
    assert!(file.skipped[0].starts_with("job 7: "), "{:?}", file.skipped);
}

/// GitHub says null of a job that has no runner.
#[test]
fn a_begun_job_that_states_no_runner_at_all_is_skipped() {
    let without = JOB.replace(r#""runner_id":5,"#, "");
    let file = parse_jobs(without.as_bytes()).unwrap();
    assert_eq!(
        (file.jobs.len(), file.skipped.len(), file.unread),
        (0, 1, true)
    );
    let null = JOB.replace(r#""runner_id":5"#, r#""runner_id":null"#);
    let queued = without.replace("completed\"", "queued\"");
    for text in [null, queued] {
        let file = parse_jobs(text.as_bytes()).unwrap();
        assert_eq!((file.jobs.len(), file.unread), (1, false), "{text}");
    }
}

#[test]
fn hooks_come_in_lists_and_lines_in_any_dress() {
    let hook = format!(
        r#"{{"action":"completed","workflow_job":{JOB},"repository":{{"full_name":"acme/atlas"}}}}"#
    );
    let delivery = format!(
        r#"{{"id":9,"event":"workflow_job","request":{{"headers":{{}},"payload":{hook}}}}}"#
    );
    let ping = r#"{"id":8,"event":"ping","request":{"payload":{"zen":"x"}}}"#;
    let list = format!("[{hook},{delivery},{ping}]");
    let lines = format!("{hook}\n{delivery}\n{ping}\n");
    let pretty = |text: &str| {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    };
    let each_pretty = [pretty(&hook), pretty(&delivery), pretty(ping)].join("\n");
    for text in [list.clone(), lines, pretty(&list), each_pretty] {
        for text in [text.clone(), text.replace('\n', "\r\n")] {
            let utf16: Vec<u8> = "\u{feff}"
                .encode_utf16()
                .chain(text.encode_utf16())
                .flat_map(u16::to_le_bytes)
                .collect();
            for bytes in [
                text.clone().into_bytes(),
                format!("\u{feff}{text}").into_bytes(),
                utf16,
            ] {
                let mut opened = open(&bytes[..]).unwrap();
                assert_eq!(sniff(&opened.head).unwrap(), FileKind::Jobs);
                let mut whole = Vec::new();
                opened.source.read_to_end(&mut whole).unwrap();
                let file = parse_jobs(&whole).unwrap();
                assert_eq!((file.jobs.len(), file.skipped.len()), (2, 1), "{text}");
            }
        }
    }
}

#[test]
fn a_broken_document_spoils_no_other() {
    let text = format!("{JOB}\n{{\"id\": oops\n{JOB}\n{{\n  \"id\": [\n{JOB}\n");
    let file = parse_jobs(text.as_bytes()).unwrap();
    assert_eq!(
        (file.jobs.len(), file.skipped.len()),
        (3, 2),
        "{:?}",
        file.skipped
    );
}

#[test]
fn logs_and_their_neighbors_are_told_by_content() {
    let head = "[2026-05-14 01:40:02Z INFO Listener] Version: 2.334.0";
    let log = |text: &str| matches!(kind(text), Ok(FileKind::RunnerLog(..)));
    assert!(log(head));
    assert!(log(&format!("# a comment\n{head}")));
    assert!(log(&format!("{head}\n{JOB}")));
    assert!(log("01:40:02Z [INFO JobDispatcher] retyped"));
    // A part of something, or retyped: it lays out no lines.
    let part = kind(&format!("   a {head}"));
    assert!(matches!(part, Ok(FileKind::RunnerLog(_, None))), "{part:?}");
    let entry = "2026-05-14T01:40:02Z Runner 'i-1' - GitHub Runner ID '5' - Busy: false";
    assert_eq!(kind(entry).unwrap(), FileKind::ScaleDownLog);
    let settings = "{\r\n  \"agentId\": 5,\r\n  \"agentName\": \"r\"\r\n}";
    assert_eq!(kind(settings).unwrap(), FileKind::RunnerSettings);
    let update = "[2026-05-14 03:49:10-2074] --------whoami--------";
    let of_windows = "[14.05.2026  3:49:10,20] --------whoami-------- \r\nnt authority\\system\r\n";
    let output = "2026-05-14T02:00:00.1234567Z ##[group]Run make";
    for neighbor in [update, of_windows, output] {
        assert!(
            matches!(kind(neighbor), Ok(FileKind::Neighbor(_))),
            "{neighbor}"
        );
    }
    assert!(log(&format!("{update}\n{head}")));
}

/// `""` means none: a line with an empty source is of the file, as one without.
#[test]
fn an_empty_source_is_none() {
    let line = |source: &str| {
        format!(r#"{{"at":"2026-05-14T02:00:00Z","runner_id":5,"busy":false,"source":{source}}}"#)
    };
    let source = |of: &str| {
        let file = read_readings(&mut line(of).as_bytes()).unwrap();
        file.readings[0].source.as_deref().map(str::to_owned)
    };
    assert_eq!(source(r#""""#), None);
    assert_eq!(source("null"), None);
    assert_eq!(source(r#""p""#), Some("p".to_owned()));
}

#[test]
fn lines_of_a_readings_file() {
    let text = r#"
{"at":"2026-05-14T02:00:00Z","runner_id":5,"busy":false}
{"at":"2026-05-14T02:00:00+02:00","runner_id":5,"runner_name":"r","busy":true,"status":"offline","source":"p","extra":1}
{"at":"2026-05-14T02:00:00Z","runner_id":5,"status":"missing","busy":null,"scope":"org:acme"}
{"at":"2026-05-14T02:00:00Z","runner_id":5,"event":"terminated"}
{"at":"2026-05-14T02:00:00","runner_id":5,"busy":false}
{"at":"2026-05-14T02:00:00Z","runner_id":5,"busy":null}
{"at":"2026-05-14T02:00:00Z","runner_id":5,"event":"exploded"}
{"at":"2026-05-14T02:00:00Z"
"#;
    let file = read_readings(&mut text.as_bytes()).unwrap();
    let lines: Vec<_> = file
        .readings
        .iter()
        .map(|reading| reading.line.clone())
        .collect();
    assert_eq!(
        lines,
        [
            Line::Flag {
                busy: false,
                status: OnlineStatus::Online
            },
            Line::Flag {
                busy: true,
                status: OnlineStatus::Offline
            },
            Line::Missing,
            Line::Event(RunnerEventKind::Terminated),
        ]
    );
    assert_eq!(file.readings[2].scope, Scope::parse("org:acme"));
    let named: Vec<_> = file
        .skipped
        .iter()
        .map(|why| why.split(':').next().unwrap())
        .collect();
    assert_eq!(named, ["line 6", "line 7", "line 8", "line 9"]);
}

#[test]
fn scopes_come_from_the_jobs() {
    let job = |repo: &str| {
        let text = JOB.replace("acme/atlas", repo);
        parse_jobs(text.as_bytes()).unwrap().jobs.remove(0)
    };
    let one = [job("acme/atlas"), job("acme/atlas")];
    let org = [job("acme/atlas"), job("acme/other")];
    let many = [job("acme/atlas"), job("globex/x")];
    let told = |jobs: &[_]| {
        resolve_scope(None, &LoggedScopes::default(), jobs).map(|(scope, _)| scope.to_string())
    };
    assert_eq!(told(&one).unwrap(), "repo:acme/atlas");
    assert_eq!(told(&org).unwrap(), "org:acme");
    assert_eq!(told(&many), Err(ScopeError::SeveralOwners));
    assert_eq!(told(&[]), Err(ScopeError::NoJobs));
    let scope = |text: &&str| Scope::parse(text).unwrap();
    let logged = |own: &[&str], all: &[&str], jobs: &[_]| {
        let logged = LoggedScopes {
            of_readings: own.iter().map(scope).collect(),
            all: all.iter().map(scope).collect(),
        };
        resolve_scope(None, &logged, jobs).map(|(scope, _)| scope.to_string())
    };
    let (own, other) = (&["org:acme"], &["repo:other/x"]);
    assert_eq!(logged(own, own, &one).unwrap(), "org:acme");
    assert_eq!(
        logged(&[], other, &one).unwrap(),
        "repo:acme/atlas",
        "another runner's log"
    );
    assert_eq!(
        logged(other, other, &one).unwrap(),
        "repo:acme/atlas",
        "it has not these jobs"
    );
    assert_eq!(logged(&[], other, &[]).unwrap(), "repo:other/x");
    let stated = resolve_scope(
        Scope::parse("enterprise:x"),
        &LoggedScopes::default(),
        &many,
    )
    .unwrap();
    assert_eq!(stated.1, Assumed::Stated);
}

#[test]
fn an_export_without_events_is_a_log_all_the_same() {
    let empty = br#"{"events":[],"searchedLogStreams":[]}"#;
    assert!(matches!(sniff(empty), Ok(FileKind::ScaleDownLog)));
}

#[test]
fn compressed_files_are_read() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, JOB.as_bytes()).unwrap();
    let zstd = zstd::encode_all(JOB.as_bytes(), 1).unwrap();
    for packed in [gzip.finish().unwrap(), zstd, JOB.as_bytes().to_vec()] {
        let mut text = String::new();
        let mut opened = open(&packed[..]).unwrap();
        opened.source.read_to_string(&mut text).unwrap();
        assert_eq!(text, JOB);
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = sniff(&bytes);
        let _ = parse_jobs(&bytes);
        let _ = read_readings(&mut &bytes[..]);
        if let Ok(mut opened) = open(&bytes[..]) {
            let _ = opened.source.read_to_end(&mut Vec::new());
        }
    }

    #[test]
    fn no_damage_makes_it_panic(at in 0..JOB.len(), byte in any::<u8>()) {
        let mut bytes = format!("[{JOB},{JOB}]").into_bytes();
        bytes[at] = byte;
        let _ = parse_jobs(&bytes);
        let _ = read_readings(&mut &bytes[..]);
    }
}
