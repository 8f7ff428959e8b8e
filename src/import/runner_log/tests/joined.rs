//! Pages put together: identity carried over, jobs known by several logs,
//! and pages that nobody's name can be put to.

use std::sync::Arc;

use super::*;
use crate::import::account::{Account, Home, Joined};
use crate::import::parse_jobs;
use crate::model::{ImportedJob, Record};

fn home() -> Home {
    Home {
        host: Host::github_com(),
        scope: Scope::parse("repo:acme/atlas"),
    }
}

fn joined(texts: &[(&str, &str)], jobs: &[ImportedJob]) -> Joined {
    let logs = texts
        .iter()
        .map(|(name, text)| ((*name).into(), understood(text)));
    joined_logs(logs.collect(), jobs)
}

fn joined_logs(logs: Vec<(Arc<str>, LogFile)>, jobs: &[ImportedJob]) -> Joined {
    let mut records = Vec::new();
    let files = join(logs, jobs, &home(), |record| records.push(record));
    Joined { records, files }
}

/// One thing a line, without what every line repeats.
fn records(joined: &Joined) -> String {
    let mut out = String::new();
    for record in &joined.records {
        match record {
            Record::Log(log) => writeln!(
                out,
                "log of {} {} version {} {} to {} offset {:?} ends {}: {}",
                log.key.scope,
                log.key.id,
                known(log.version.as_deref()),
                log.from,
                log.until,
                log.offset.map(crate::model::Span::as_millis),
                log.end.as_str(),
                known(log.source.as_deref()),
            ),
            Record::Event(event) => writeln!(
                out,
                "  {} {} {} {}",
                event.at,
                event.kind.as_str(),
                event
                    .job
                    .as_ref()
                    .map_or_else(String::new, |job| told_job(job)),
                event.detail.as_deref().unwrap_or(""),
            ),
            other => panic!("{other:?}"),
        }
        .unwrap();
    }
    out
}

const PAGES: [(&str, &str); 2] = [("1.log", V2), ("2.log", V2_PAGE_2)];

#[test]
fn a_later_page_is_of_the_runner_whose_job_it_goes_on_with() {
    let both = joined(&PAGES, &[]);
    insta::assert_snapshot!(records(&both));
    let [first, second] = PAGES;
    assert_eq!(records(&joined(&[second, first], &[])), records(&both));
    assert_eq!((both.files[0].records, both.files[1].records), (14, 2));
}

#[test]
fn a_log_given_twice_tells_nothing_twice() {
    let [first, second] = PAGES;
    let twice = joined(&[first, ("3.log", V2), second], &[]);
    assert_eq!(records(&twice), records(&joined(&PAGES, &[])));
}

#[test]
fn a_page_of_nobody_is_left_out_and_says_what_to_add() {
    let unknown = |joined: &Joined| {
        assert_eq!(joined.files[0].records, 0);
        let Account { skipped, notes, .. } = &joined.files[0];
        assert_eq!(*skipped, 2);
        assert!(notes[0].contains("AgentId"), "{notes:?}");
        assert!(notes[0].contains(".runner"), "{notes:?}");
    };
    unknown(&joined(&[("2.log", V2_PAGE_2)], &[]));
    // The page before it had no such job open.
    let other = V2.replace("11aa", "33cc");
    unknown(&joined(&[("2.log", V2_PAGE_2), ("1.log", &other)], &[]));
    // Two runners had.
    let other = V2.replace("4711", "4712");
    unknown(&joined(
        &[("2.log", V2_PAGE_2), ("1.log", V2), ("3.log", &other)],
        &[],
    ));
}

#[test]
fn a_settings_file_says_whose_the_pages_are() {
    let settings = "\u{feff}{\r\n  \"agentId\": 4711,\r\n  \"agentName\": \"atlas-1\",\r\n  \"gitHubUrl\": \"https://github.com/acme\"\r\n}";
    let logs = vec![
        (
            ".runner".into(),
            LogFile::of_settings(settings.trim_start_matches('\u{feff}').as_bytes()),
        ),
        ("2.log".into(), understood(V2_PAGE_2)),
    ];
    let joined = joined_logs(logs, &[]);
    assert!(records(&joined).starts_with("log of org:acme 4711 "));
    assert_eq!((joined.files[0].records, joined.files[1].records), (0, 2));
}

#[test]
fn a_worker_adds_the_rest_job_to_its_listeners() {
    let joined = joined(&[("w.log", WORKER), ("1.log", V2)], &[]);
    let told = records(&joined);
    let received = told.lines().find(|line| line.contains("job-received"));
    assert!(
        received
            .unwrap()
            .contains("id 75812345678 run 25836817925 attempt 2 repo acme/atlas")
    );
    assert_eq!(joined.files[0].records, 2);
    let other_plan = told.lines().rfind(|line| line.contains("job-received"));
    assert!(other_plan.unwrap().contains("id ? run ?"));
}

const JOB: &str = r#"{"id":75812345678,"run_id":25836817925,"run_attempt":2,"name":"build / linux (x64, 3.12)","status":"in_progress","runner_id":5,"runner_name":"r","html_url":"https://github.com/acme/atlas/actions/runs/2/job/1"}"#;

#[test]
fn a_worker_alone_is_named_by_the_record_of_its_job() {
    let jobs = |text: &str| parse_jobs(text.as_bytes()).unwrap().jobs;
    let worker = [("w.log", WORKER)];
    let named = joined(&worker, &jobs(JOB));
    assert!(
        records(&named).starts_with("log of repo:acme/atlas 5 "),
        "{}",
        records(&named)
    );
    let nobody = joined(&worker, &jobs(&JOB.replace("75812345678", "9")));
    assert_eq!((nobody.records.len(), nobody.files[0].skipped), (0, 2));
    // Older runners do not know the id of their job.
    let old = WORKER.replace(
        "\"check_run_id\",\n          \"v\": 75812345678.0",
        "\"x\",\n\"v\": 1",
    );
    let by_place = joined(&[("w.log", &old)], &jobs(&JOB.replace("75812345678", "9")));
    assert!(records(&by_place).starts_with("log of repo:acme/atlas 5 "));
}

/// A listener whose first page is lost, but one of whose workers says which
/// job of GitHub's it ran.
#[test]
fn a_listener_is_named_by_its_worker() {
    let listener = V2.split_once("\"UseV2Flow\"").unwrap().1;
    let listener = listener.split_once("}\n").unwrap().1;
    let listener = listener
        .split_once("}\n")
        .map_or(listener, |(_, rest)| rest);
    let jobs = parse_jobs(JOB.as_bytes()).unwrap().jobs;
    let named = joined(&[("1.log", listener), ("w.log", WORKER)], &jobs);
    assert_eq!(named.files[0].skipped, 0, "{:?}", named.files);
    assert!(records(&named).contains("log of repo:acme/atlas 5 "));
}

/// The worker's log and the listener's in one stream, each line with its
/// writer's name.
#[test]
fn a_container_shows_both_processes() {
    let [listener, worker] =
        [("RUNNER", V2), ("WORKER", WORKER)].map(|(name, log)| as_stdout(log, name));
    let mut lines: Vec<_> = listener.into_iter().chain(worker).collect();
    lines.sort_by_key(|line| line.get(8..28).map(str::to_owned));
    let joined = joined(&[("pod.log", &lines.join("\n"))], &[]);
    let told = records(&joined);
    assert!(told.contains("log of repo:acme/atlas 4711"));
    assert!(told.contains("id 75812345678"), "{told}");
    assert_eq!(joined.files[0].skipped, 0);
}

#[test]
fn an_update_says_from_which_version_to_which() {
    let later = V2
        .replace("01:40:0", "01:54:0")
        .replace("2.334.0", "2.335.1");
    let first = V1
        .replace("2026-03-05", "2026-05-14")
        .replace("AgentId\": 88", "AgentId\": 4711");
    let first = first.replace(
        "https://github.octo-corp.example/octo-corp",
        "https://github.com/acme/atlas",
    );
    let first = first
        .replace("2026-05-14 1", "2026-05-14 0")
        .replace("05/03/2026 1", "14/05/2026 0");
    let later = later
        .lines()
        .take(18)
        .collect::<Vec<_>>()
        .join("\n")
        .replace("2026-05-14 01", "2026-05-14 05");
    let joined = joined(&[("a.log", &first), ("b.log", &later)], &[]);
    let told = records(&joined);
    assert!(
        told.contains("2.319.1 → 2.335.1, back at 2026-05-14T05:54:02Z"),
        "{told}"
    );
    assert!(told.contains("ends complete"), "{told}");
}

/// The page shows no job, but polls in the session of one of the runners.
#[test]
fn a_session_tells_whose_a_page_is() {
    let poll = |at: &str, session: &str| {
        format!(
            "[2026-05-14 {at}Z WARN GitHubActionsService] GET request to https://broker.example.com/message?sessionId={session}&status=Online timed out after 60 seconds.\n"
        )
    };
    let first = |id: &str, session: &str| {
        let settings = format!(
            "[2026-05-14 01:00:00Z INFO BrokerMessageListener] {{\n  \"AgentId\": {id}\n}}\n"
        );
        settings + &poll("01:00:01", session)
    };
    let later = poll("02:00:00", "s2")
        + "[2026-05-14 02:00:01Z INFO HostContext] Runner will be shutdown for UserCancelled\n";
    let two = joined(
        &[
            ("1", &first("1", "s1")),
            ("2", &first("2", "s2")),
            ("3", &later),
        ],
        &[],
    );
    assert!(records(&two).contains(
        "log of repo:acme/atlas 2 version ? 2026-05-14T01:00:00Z to 2026-05-14T02:00:01Z"
    ));
    let other = joined(&[("1", &first("1", "s1")), ("3", &later)], &[]);
    assert_eq!(other.files[1].records, 0, "another session: another runner");
}

/// Nothing was heard of the job for longer than its lease.
#[test]
fn a_page_after_a_long_silence_is_of_nobody() {
    let later = V2_PAGE_2.replace("01:53", "02:53");
    let joined = joined(&[("1.log", V2), ("2.log", &later)], &[]);
    assert_eq!((joined.files[1].records, joined.files[1].skipped), (0, 2));
}

/// A listener that starts shows its settings first: a page that creates a
/// session and lacks them is of any machine.
#[test]
fn a_page_that_creates_its_session_goes_on_from_none() {
    let later = |beginning: &str| {
        format!(
            "[2026-05-14 02:00:00Z INFO BrokerMessageListener] {beginning}\n\
             [2026-05-14 02:00:05Z INFO JobDispatcher] Job request 0 for plan p9 job g9 received.\n"
        )
    };
    let records = |beginning: &str| {
        let [first, second] = PAGES;
        let joined = joined(&[first, second, ("3.log", &later(beginning))], &[]);
        joined.files[2].records
    };
    assert_eq!(records("Get next message."), 1);
    assert_eq!(records("Attempt to create session."), 0);
}

/// An idle listener loads a key every 50 min; after hours a page is of nobody.
#[test]
fn a_page_hours_later_goes_on_from_none() {
    let received = "INFO JobDispatcher] Job request 0 for plan p9 job g9 received.";
    let records = |hour: &str| {
        let [first, second] = PAGES;
        let later = format!("[2026-05-14 {hour}:00:00Z {received}\n");
        let joined = joined(&[first, second, ("3.log", &later)], &[]);
        joined.files[2].records
    };
    assert_eq!(records("02"), 1);
    assert_eq!(records("05"), 0);
}

/// A job whose end or next renewal a log must tell runs where it ends: a page
/// that picks up another one is of another runner.
#[test]
fn a_page_that_tells_nothing_of_the_job_that_runs_goes_on_from_none() {
    let later = "[2026-05-14 01:53:30Z INFO JobDispatcher] Job request 0 for plan p9 job g9 received.\n\
                 [2026-05-14 01:57:30Z INFO HostContext] Runner will be shutdown for UserCancelled\n";
    let alone = joined(&[("1.log", V2), ("2.log", later)], &[]);
    assert_eq!((alone.files[1].records, alone.files[1].skipped), (0, 2));
    let settings = LogFile::of_settings(br#"{"agentId": 4711, "agentName": "atlas-1"}"#);
    let logs = [
        ("1.log", understood(V2)),
        ("2.log", understood(later)),
        (".runner", settings),
    ];
    let told = joined_logs(logs.map(|(name, log)| (name.into(), log)).into(), &[]);
    assert_eq!((told.files[0].records, told.files[1].records), (14, 0));
}

/// Its pick-up is the last that the page before tells.
#[test]
fn a_page_can_begin_right_behind_the_pick_up() {
    let (first, second) = V2.split_at(V2.rfind("received.\n").unwrap() + "received.\n".len());
    let pages = [("1.log", first), ("2.log", second), PAGES[1]];
    let other = first.replace("4711", "4712").replace("11aa", "33cc");
    for pages in [
        pages.to_vec(),
        [pages.to_vec(), vec![("other.log", &other)]].concat(),
    ] {
        let joined = joined(&pages, &[]);
        let told = records(&joined);
        let whole = records(&super::joined::joined(&PAGES, &[]));
        let of_it = told
            .split("log of ")
            .find(|log| log.contains(" 4711 "))
            .unwrap();
        assert_eq!(of_it, &whole["log of ".len()..]);
    }
}

/// Of two logs at one time one is not of the runner whose settings are given,
/// and neither says which.
#[test]
fn two_logs_at_one_time_are_not_both_of_one_runner() {
    let renewed = |guid: &str, second: &str| {
        format!(
            "[2026-05-14 02:00:{second}Z INFO JobDispatcher] Start renew job request 0 for job {guid}.\n\
             [2026-05-14 02:01:{second}Z INFO JobDispatcher] Successfully renew job {guid}, job is valid till 5/14/2026 2:11:{second} AM\n"
        )
    };
    let (one, other) = (renewed("g1", "00"), renewed("g2", "30"));
    let records = |texts: &[&str]| {
        let settings = LogFile::of_settings(br#"{"agentId": 4711, "agentName": "atlas-1"}"#);
        let texts = texts.iter().map(|text| ("x.log".into(), understood(text)));
        let logs = texts.chain([(".runner".into(), settings)]).collect();
        let files = joined_logs(logs, &[]).files;
        files.iter().map(|file| file.records).collect::<Vec<_>>()
    };
    assert_eq!(records(&[&one]), [1, 0]);
    assert_eq!(records(&[&one, &one]), [1, 1, 0], "given twice");
    assert_eq!(records(&[&one, &other]), [0, 0, 0]);
}
