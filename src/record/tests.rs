//! What is written comes back, and so does what an earlier version wrote.

mod disk;
mod fuzz;
mod parts;

use super::Read;
use super::base::Bases;
use super::decode::decode;
use super::encode::{Place, header, line};
use super::format::{Frame, as_written, unframe};
use super::reader::Reader;
use crate::model::*;

fn key() -> RunnerKey {
    RunnerKey {
        host: Host::github_com(),
        scope: Scope::parse("repo:acme/atlas").unwrap(),
        id: RunnerId(18700),
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn logged() -> LoggedJob {
    LoggedJob {
        plan: Some("5f3c".into()),
        guid: Some("a1b2".into()),
        name: Some("Package & Publish".into()),
        job: Some(JobId(12)),
        run: Some(RunId(1)),
        attempt: Some(2),
        repo: RepoName::parse("acme/atlas"),
    }
}

fn job() -> Job {
    Job {
        id: JobId(12),
        run_id: Some(RunId(1)),
        run_attempt: Some(2),
        repo: RepoName::parse("acme/atlas").unwrap(),
        name: "Package & Publish".into(),
        workflow: None,
        html_url: None,
        status: JobStatus::Completed,
        conclusion: None,
        created_at: None,
        started_at: Some(at("2026-05-14T02:00:00Z")),
        completed_at: None,
        steps: Vec::new(),
        assignment: None,
        labels: Some(vec!["self-hosted".into()]),
    }
}

/// What other people's files can tell, in every form.
fn told_by_files() -> Vec<Record> {
    let moment = at("2026-05-14T02:09:49Z");
    let events = RunnerEventKind::ALL.into_iter().map(|kind| {
        Record::Event(RunnerEvent {
            job: Some(logged().into()),
            valid_till: Some(at("2026-05-14T02:19:49Z")),
            detail: Some("result: Succeeded".into()),
            ..RunnerEvent::plain(moment, key(), kind, Some("Runner_1.log".into()))
        })
    });
    let logs = LogEnd::ALL.into_iter().map(|end| {
        Record::Log(RunnerLog {
            key: key(),
            name: Some("runner-1".into()),
            version: Some("2.334.0".into()),
            from: moment,
            until: at("2026-05-14T02:10:09Z"),
            offset: Some(Span::secs(-3)),
            end,
            source: None,
        })
    });
    let reading = Record::Reading(ImportedReading {
        at: moment,
        key: key(),
        name: None,
        instance: Some("i-06cbe04821ccba677".into()),
        said: Sighting::Missing,
        source: None,
    });
    let annotated = Record::Annotated(Annotated {
        host: Host::github_com(),
        job: JobId(12),
        annotations: vec![Annotation {
            level: None,
            message: "lost".into(),
        }],
    });
    events.chain(logs).chain([reading, annotated]).collect()
}

fn a_run() -> Run {
    Run {
        id: "run-2".into(),
        follows: Some("run-1".into()),
        tool_version: "0.1.0".into(),
        command: "watch".into(),
        host: Host::github_com(),
        targets: Vec::new(),
        runner_globs: Vec::new(),
        labels: Vec::new(),
        interval: None,
        rules: Rules::STANDARD,
        began: at("2026-05-14T02:00:00Z"),
    }
}

#[test]
fn what_files_told_comes_back_as_it_was() {
    let run = a_run();
    let records = told_by_files();
    let mut file = header(1, &run).unwrap();
    for (seq, record) in (2..).zip(&records) {
        file.extend(line(Place { seq, run: 1 }, record, &Bases::default()).unwrap());
    }
    assert_eq!(given(&file)[1..], records);
}

#[test]
fn what_a_webhook_told_comes_back_as_it_was() {
    let moment = at("2026-05-14T02:09:49Z");
    let told = [About::Job(Some(RepoId(7))), About::Job(None), About::Other];
    let hooks = ["app", "org:acme#77", "repo:acme/atlas#77"].map(|text| Hook::parse(text).unwrap());
    for hook in hooks {
        let exchange = Exchange {
            number: 1,
            cycle: 1,
            target: Target::Deliveries { hook, page: 2 },
            window: MonoWindow {
                sent: Mono::from_millis(1),
                received: Mono::from_millis(2),
            },
            url: "https://api.github.com/app/hook/deliveries".into(),
            retry: 0,
            conditional: false,
            status: Some(200),
            date: Some(moment),
            request_id: None,
            etag: None,
            age: None,
            rate: None,
            retry_after: Some(Span::secs(40)),
            said: Said::Deliveries {
                deliveries: told.map(|about| Delivery { at: moment, about }).to_vec(),
                undecodable: 1,
            },
        };
        let record = Record::Exchange(Box::new(exchange));
        let mut file = header(1, &a_run()).unwrap();
        file.extend(line(Place { seq: 2, run: 1 }, &record, &Bases::default()).unwrap());
        assert_eq!(given(&file)[1..], [record]);
    }
}

/// A file of format 1.0, as the demo wrote it before logs could be recorded.
#[test]
fn a_recording_of_format_1_0_is_read_to_its_last_line() {
    let file = include_bytes!("../../fixtures/recordings/format-1.0.ndjson");
    let records = given(file);
    let event = records.iter().find_map(|record| match record {
        Record::Event(event) => Some(event),
        _ => None,
    });
    let terminated = RunnerEvent::plain(
        at("2026-05-14T02:10:09Z"),
        key(),
        RunnerEventKind::Terminated,
        Some("autoscaler".into()),
    );
    assert_eq!(event, Some(&terminated));
    assert_eq!(records.len(), 21, "18 lines, some of several answers");
}

/// A kind of record that is not known is counted, and nothing else is lost.
#[test]
fn what_a_later_minor_version_adds_is_counted() {
    let later = super::format::frame(2, "later", &serde_json::json!({"run": 1})).unwrap();
    let frame = unframe(later.strip_suffix(b"\n").unwrap()).unwrap();
    let mut bases = Bases::default();
    bases.apply(vec![super::base::Update::Run(1)]);
    let decoded = decode(&frame, &later, &bases).unwrap();
    assert_eq!(decoded.unknown.as_deref(), Some("later"));
}

/// One that is known, but not what stands in it, is a hole in its cycle.
#[test]
fn a_cycle_of_which_a_read_is_not_understood_is_not_whole() {
    let text = include_str!("../../fixtures/recordings/incident-1.ndjson");
    let later = |line: &str| {
        let body = line.rsplit_once(",\"crc\":").unwrap().0;
        let body = body.replacen(r#""said":{""#, r#""said":{"later-"#, 1);
        let crc = crc32fast::hash(body.as_bytes());
        format!("{body},\"crc\":\"{crc:08x}\"}}")
    };
    let mut changed = 0;
    let lines = text.lines().map(|line| {
        let read = line.contains(r#""rec":"read""#) && line.contains(r#""cycle":1,"#);
        if read && changed == 0 {
            changed = 1;
            return later(line);
        }
        line.to_owned()
    });
    let file = lines.collect::<Vec<_>>().join("\n");
    assert_eq!(changed, 1);
    let mut reader = Reader::new(file.as_bytes());
    let whole: Vec<_> = reader
        .by_ref()
        .filter_map(|read| match read.unwrap() {
            Read::Record { record, .. } => match *record {
                Record::Cycle(cycle) => Some(cycle.jobs_complete),
                _ => None,
            },
            Read::Raw { .. } => None,
        })
        .collect();
    assert!(!whole[0]);
    assert_eq!(reader.notes().unknown, 1);
}

/// The short way to a line's frame gives what parsing it gives.
#[test]
fn a_frame_is_read_as_json_reads_it() {
    let files = [
        include_str!("../../fixtures/recordings/format-1.0.ndjson"),
        include_str!("../../fixtures/recordings/incident-1.ndjson"),
    ];
    let mut headers = 0;
    for line in files.iter().flat_map(|file| file.lines()) {
        let parsed: Frame = serde_json::from_str(line).unwrap();
        let short = as_written(line.as_bytes());
        headers += usize::from(short.is_none());
        assert!(short.is_none_or(|short| short == parsed), "{line}");
    }
    assert_eq!(headers, 2, "headers of runs are parsed");
}

/// All records of a file, none of whose lines may be damaged.
fn given(file: &[u8]) -> Vec<Record> {
    let mut reader = Reader::new(file);
    let records = reader
        .by_ref()
        .filter_map(|read| match read.unwrap() {
            Read::Record { record, .. } => Some(*record),
            Read::Raw { .. } => None,
        })
        .collect();
    assert_eq!(reader.notes().skipped(), 0, "{:?}", reader.notes());
    records
}

mod scanned {
    //! What a scan remembers comes back, and nothing else is taken for it.

    use crate::model::{Annotation, Host, JobId, RepoName, RunId, WorkflowRun};
    use crate::record::{Scanned, ScannedRun, Standing};

    fn remembered() -> Scanned {
        let repo = RepoName::parse("acme/atlas").unwrap();
        let run = |id| WorkflowRun {
            id: RunId(id),
            attempt: Some(2),
            status: Some("completed".into()),
            created_at: Some(super::at("2026-05-14T02:00:00Z")),
            updated_at: None,
        };
        let notes = vec![Annotation {
            level: Some("failure".into()),
            message: "lost\u{1b}".into(),
        }];
        let scanned = |id, standing| {
            let key = (repo.clone(), RunId(id));
            let run = ScannedRun {
                run: run(id),
                standing,
                jobs: vec![super::job()],
                annotations: [(JobId(2), notes.clone()), (JobId(3), Vec::new())].into(),
                told: [JobId(2)].into(),
            };
            (key, run)
        };
        Scanned {
            host: Host::github_com(),
            runs: [scanned(1, Standing::Done), scanned(2, Standing::Unfinished)].into(),
        }
    }

    #[test]
    fn it_comes_back() {
        let remembered = remembered();
        let bytes = remembered.to_bytes().unwrap();
        let read = Scanned::parse(&bytes, &remembered.host).unwrap();
        assert_eq!(read, remembered);
        assert_eq!(read.to_bytes().unwrap(), bytes);
    }

    #[test]
    fn whatever_is_cut_off_is_refused() {
        let bytes = remembered().to_bytes().unwrap();
        for length in 0..bytes.len() - 1 {
            assert!(Scanned::parse(&bytes[..length], &Host::github_com()).is_err());
        }
        let other = Scanned::parse(&bytes, &Host::new("github.acme.example"));
        assert_eq!(other.unwrap_err().to_string(), "it is about github.com");
    }
}
