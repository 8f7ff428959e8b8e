//! What is understood of logs of every form, and whose they are.

mod joined;

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::model::LoggedJob;

/// What a log says, one thing a line.
pub(crate) fn told(log: &LogFile) -> String {
    let mut out = String::new();
    for page in &log.pages {
        told_page(&mut out, page);
    }
    let Unusable {
        undated,
        self_update,
        ..
    } = log.unusable;
    if 0 < undated + self_update {
        writeln!(
            out,
            "unusable: {undated} undated, {self_update} of a self-update"
        )
        .unwrap();
    }
    out
}

fn told_page(out: &mut String, page: &Page) {
    let extent = page.extent.map_or_else(
        || "no time".to_owned(),
        |(from, until)| format!("{from} to {until}"),
    );
    writeln!(
        out,
        "{:?} page, {:?}, {extent}, ends {:?}",
        page.process, page.begins, page.end
    )
    .unwrap();
    let settings = &page.settings;
    let id = settings.id.map(|id| id.to_string());
    let home = settings
        .home
        .as_ref()
        .map(|(host, scope)| format!("{host} {scope}"));
    writeln!(
        out,
        "  runner {} name {} at {} version {} offset {} stream {}",
        known(id.as_deref()),
        known(settings.name.as_deref()),
        known(home.as_deref()),
        known(page.version.as_deref()),
        page.skews
            .median()
            .map_or("?".to_owned(), |skew| skew.as_secs_f64().to_string()),
        known(page.stream.as_deref()),
    )
    .unwrap();
    for (index, job) in page.jobs.iter().enumerate() {
        let mark = |carried: &[usize], word: &'static str| {
            if carried.contains(&index) { word } else { "" }
        };
        let before = mark(&page.carried_in, " from before");
        let on = mark(&page.carried_out, " runs on");
        writeln!(out, "  job {index}: {}{before}{on}", told_job(job)).unwrap();
    }
    for event in &page.events {
        let job = event
            .job
            .map_or_else(String::new, |job| format!(" job {job}"));
        let till = event
            .valid_till
            .map_or_else(String::new, |till| format!(" till {till}"));
        let detail = event
            .detail
            .as_ref()
            .map_or_else(String::new, |detail| format!(" ({detail})"));
        let kind = event.kind.as_str();
        writeln!(out, "  {} {kind}{job}{till}{detail}", event.at).unwrap();
    }
}

fn told_job(job: &LoggedJob) -> String {
    format!(
        "plan {} guid {} name {} id {} run {} attempt {} repo {}",
        known(job.plan.as_deref()),
        known(job.guid.as_deref()),
        known(job.name.as_deref()),
        known(job.job.map(|id| id.to_string()).as_deref()),
        known(job.run.map(|id| id.to_string()).as_deref()),
        known(job.attempt.map(|n| n.to_string()).as_deref()),
        known(job.repo.as_ref().map(ToString::to_string).as_deref()),
    )
}

fn known(text: Option<&str>) -> &str {
    text.unwrap_or("?")
}

const V1: &str = include_str!("../../../../fixtures/imports/logs/runner-v1.log");
const V2: &str = include_str!("../../../../fixtures/imports/logs/runner-v2.log");
const V2_PAGE_2: &str = include_str!("../../../../fixtures/imports/logs/runner-v2-page-2.log");
const WORKER: &str = include_str!("../../../../fixtures/imports/logs/worker-v2.log");

fn understood(text: &str) -> LogFile {
    let layout = Layout::of(text.as_bytes());
    let process = writer(text.as_bytes(), layout.unwrap_or(Layout::PLAIN));
    read(&mut text.as_bytes(), layout, process).unwrap()
}

#[test]
fn a_whole_v1_job() {
    insta::assert_snapshot!(told(&understood(V1)));
}

#[test]
fn two_whole_v2_jobs() {
    insta::assert_snapshot!(told(&understood(V2)));
}

#[test]
fn a_worker_names_the_rest_job() {
    insta::assert_snapshot!(told(&understood(WORKER)));
}

/// Every line of a message gets the head of its first one.
fn as_stdout(log: &str, process: &str) -> Vec<String> {
    let mut head = "";
    let lines = log.lines().map(|line| {
        if let Some(begin) = line
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("] "))
        {
            head = begin.0;
            format!("[{process} {head}] {}", begin.1)
        } else {
            format!("[{process} {head}] {line}")
        }
    });
    lines.collect()
}

/// Exports tell what the file tells.
#[test]
fn every_export_says_the_same() {
    for (log, process) in [(V1, "RUNNER"), (V2, "RUNNER"), (WORKER, "WORKER")] {
        let plain = told(&understood(log));
        let stdout = as_stdout(log, process);
        let prefixed = |lines: &[String], prefix: &str, end: &str| {
            let lines = lines.iter().map(|line| format!("{prefix}{line}{end}\n"));
            lines.collect::<String>()
        };
        let file: Vec<_> = log.lines().map(str::to_owned).collect();
        let exports = [
            prefixed(&file, "", "\r"),
            format!("# source: somewhere\n# meta: of a runner\n{log}"),
            prefixed(&stdout, "", ""),
            prefixed(&stdout, "2026-05-14T03:00:00.595179313Z stdout F ", ""),
            prefixed(&file, "2026-05-14T03:00:00.595179313Z stderr F ", ""),
            prefixed(&stdout, "1778713200595 07:38:10,5 ", ""),
            prefixed(&file, "| 2026-05-14T11:00:00.501+08:00 | ", " |"),
        ];
        for export in exports {
            assert_eq!(told(&understood(&export)), plain, "{export}");
        }
        let named = [
            ("[pod/atlas-x7k2p/runner] ", "[pod/atlas-x7k2p/runner]"),
            ("atlas-x7k2p runner ", "atlas-x7k2p runner"),
            ("runner-1  | ", "runner-1"),
            ("May 14 02:10:08 atlas run.sh[7]: ", "May atlas run.sh[7]:"),
        ];
        for (prefix, stream) in named {
            let export = told(&understood(&prefixed(&stdout, prefix, "")));
            let stream = format!("stream {stream}\n");
            assert_eq!(export.replace(&stream, "stream ?\n"), plain);
        }
    }
}

#[test]
fn streams_of_several_runners_are_kept_apart() {
    let other = V2.replace("4711", "4712").replace("11aa", "33cc");
    let both = V2.lines().zip(other.lines());
    let merged: Vec<_> = both
        .flat_map(|(a, b)| [format!("pod-a runner {a}"), format!("pod-b runner {b}")])
        .collect();
    let log = understood(&merged.join("\n"));
    assert_eq!(log.pages.len(), 2);
    let plain = told(&understood(V2));
    let first = told(&LogFile {
        pages: log.pages.into_iter().take(1).collect(),
        unusable: Unusable::default(),
    });
    assert_eq!(first.replace("stream pod-a runner", "stream ?"), plain);
}

#[test]
fn a_line_in_parts_is_one() {
    let whole = "[2026-05-14 01:45:11Z INFO JobDispatcher] Successfully renew job 11aa, job is valid till 5/14/2026 1:55:11 AM";
    let (a, b) = whole.split_at(60);
    let time = "2026-05-14T01:45:11.5Z stdout";
    let parts = format!("{time} F {whole}\n{time} P {a}\n{time} F {b}\n");
    let twice = format!("{whole}\n{whole}\n");
    assert_eq!(told(&understood(&parts)), told(&understood(&twice)));
}

#[test]
fn a_line_cut_in_its_first_part_is_read() {
    let cut = "2026-05-14T01:45:11.5Z stdout P [RUNNER 2026-05-14 01:45:11Z INFO Runner] Refresh message received, kick";
    let log = understood(cut);
    assert_eq!(log.pages[0].events.len(), 1);
}

#[test]
fn streams_beyond_reason_are_counted_not_kept() {
    let line = |pod: usize| format!("pod-{pod} runner [RUNNER 2026-05-14 01:45:11Z INFO Runner] x");
    let lines: Vec<_> = (0..MOST_STREAMS + 7).map(line).collect();
    let log = understood(&lines.join("\n"));
    assert_eq!((log.pages.len(), log.unusable.crowded), (MOST_STREAMS, 7));
}

#[test]
fn ends_of_leases_in_any_culture() {
    let at = instant(b"2026-03-05 14:00:00").unwrap();
    let till = |text: &str| lease::valid_till(text.as_bytes(), at).map(|at| at.to_string());
    let meant = Some("2026-03-05T14:10:00Z".to_owned());
    let cultures = [
        "03/05/2026 14:10:00",
        "3/5/2026 2:10:00 PM",
        "3/5/2026 2:10:00\u{202f}PM",
        "05/03/2026 14:10:00",
        "05.03.2026 14:10:00",
        "2026-03-05 14:10:00",
        "2026/3/5 14:10:00",
        "5.3.2026 14.10.00",
        "05-03-26 14:10:00",
        "2026. 3. 5. 오후 2:10:00",
    ];
    for text in cultures {
        assert_eq!(till(text), meant, "{text}");
    }
    assert_eq!(till("3/5/2026 12:20:00 AM"), None, "hours off");
    assert_eq!(till("3/5/2026"), None);
    assert_eq!(till(""), None);
    let midnight = instant(b"2026-03-05 23:55:00").unwrap();
    let past = lease::valid_till(b"3/6/2026 12:05:02 AM", midnight).unwrap();
    assert_eq!(past.to_string(), "2026-03-06T00:05:02Z");
}

#[test]
fn what_nobody_understands_is_counted_or_passed_over() {
    let log = understood(
        "15:58:40Z  Job ci / Build completed with result: Canceled\n\
         15:58:53Z  [INFO BrokerMessageListener] Session created.\n\
         [2020-12-18 03:49:10-2074] --------whoami--------\n",
    );
    assert_eq!(
        log.unusable,
        Unusable {
            undated: 1,
            self_update: 1,
            ..Unusable::default()
        }
    );
    assert!(log.pages.is_empty());
    let forged = understood(
        "[2026-05-14 01:45:11Z INFO StepsRunner] echo [2026-05-14 01:45:12Z INFO JobDispatcher] Successfully renew job 1, job is valid till 5/14/2026 1:55:11 AM\n\
         [2026-05-14 01:45:11Z INFO Runner] x\n [2026-05-14 01:45:12Z INFO JobDispatcher] Successfully renew job 1\n",
    );
    assert!(forged.pages[0].events.is_empty());
}

/// A second job is assigned while the first runs: both stay apart.
#[test]
fn overlapping_jobs_stay_apart() {
    let log = understood(
        "[2026-05-14 01:00:00Z INFO JobDispatcher] Job request 0 for plan p1 job g1 received.\n\
         [2026-05-14 01:00:01Z INFO JobDispatcher] Successfully renew job g1, job is valid till 5/14/2026 1:10:01 AM\n\
         [2026-05-14 01:02:00Z INFO JobDispatcher] Job request 0 for plan p2 job g2 received.\n\
         [2026-05-14 01:02:00Z ERR  JobDispatcher] We are not yet checking the state of jobrequest g1 status. Cancel running worker right away.\n\
         [2026-05-14 01:02:05Z INFO JobDispatcher] finish job request for job g1 with result: Canceled\n\
         [2026-05-14 01:02:06Z INFO Terminal] WRITE LINE: 2026-05-14 01:02:06Z: Running job: second\n\
         [2026-05-14 01:02:06Z INFO JobDispatcher] Successfully renew job g2, job is valid till 5/14/2026 1:12:06 AM\n",
    );
    insta::assert_snapshot!(told(&log));
}

/// An excerpt indented as a whole is one; a line that is indented beside others
/// that are not is told of.
#[test]
fn indented_excerpts() {
    let whole = |by: &str| by.to_owned() + &V2.replace('\n', &format!("\n{by}"));
    for by in ["", "  ", "    "] {
        let log = understood(&whole(by));
        assert_eq!(told(&log), told(&understood(V2)), "{by:?}");
    }
    let first_flush = format!("{}\n{}", V2.lines().next().unwrap(), whole("    "));
    let unusable = understood(&first_flush).unusable;
    assert!(10 < unusable.displaced, "{unusable:?}");
    let in_container = first_flush.replace("[2026", "[RUNNER 2026");
    let unusable = understood(&in_container).unusable;
    assert!(10 < unusable.displaced, "{unusable:?}");
    let first_lines: Vec<_> = V2.lines().take(40).collect();
    let numbered = understood(&format!("12:{}", first_lines.join("\n12:")));
    assert!(10 < numbered.unusable.displaced, "{:?}", numbered.unusable);
    assert_eq!(numbered.unusable.undated, 0);
}

/// Two logs in one file: the second is not passed over without a word.
#[test]
fn lines_of_the_other_program_are_counted() {
    let both = understood(&format!("{V2}{WORKER}"));
    assert!(5 < both.unusable.foreign, "{:?}", both.unusable);
    assert_eq!(understood(V2).unusable, Unusable::default());
    assert_eq!(understood(WORKER).unusable, Unusable::default());
}

/// A runner can be told not to repeat the head in every line of a message.
#[test]
fn a_container_without_repeated_heads_shows_its_settings() {
    let log = understood(
        "[RUNNER 2026-05-14 01:00:00Z INFO BrokerMessageListener] {\n  \"AgentId\": 7,\n  \"AgentName\": \"r7\"\n}\n\
         2026-05-14 01:00:02Z: Listening for Jobs\n\
         [RUNNER 2026-05-14 01:00:03Z INFO JobDispatcher] Job request 0 for plan p1 job g1 received.\n",
    );
    let page = &log.pages[0];
    assert_eq!(page.settings.id, Some(crate::model::RunnerId(7)));
    assert_eq!(page.events.len(), 1);
}

/// What the terminal shows beside the log can be filled up with blanks, and come
/// a second later.
#[test]
fn the_terminals_copy_is_no_second_job() {
    let log = |shown: &str| {
        format!(
            "[RUNNER 2026-05-14 01:00:00Z INFO JobDispatcher] Job request 0 for plan p1 job g1 received.\n\
             [RUNNER 2026-05-14 01:00:01Z INFO Terminal] WRITE LINE: 2026-05-14 01:00:01Z: Running job: Test\n\
             {shown}\n\
             [RUNNER 2026-05-14 01:00:02Z INFO JobDispatcher] Successfully renew job g1, job is valid till 5/14/2026 1:10:02 AM\n"
        )
    };
    for shown in [
        "2026-05-14 01:00:01Z: Running job: Test",
        "2026-05-14 01:00:01Z: Running job: Test   ",
        "2026-05-14 01:00:02Z: Running job: Test",
    ] {
        assert_eq!(understood(&log(shown)).pages[0].jobs.len(), 1, "{shown}");
    }
    let other = understood(&log("2026-05-14 01:00:04Z: Running job: Test"));
    assert_eq!(other.pages[0].jobs.len(), 2);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let layout = Layout::of(&bytes);
        for process in [Process::Runner, Process::Worker] {
            read(&mut &bytes[..], layout, process).unwrap();
        }
        LogFile::of_settings(&bytes);
    }

    #[test]
    fn no_damage_makes_it_panic(
        log in prop_oneof![Just(V1), Just(V2), Just(WORKER)],
        from in 0usize..9000,
        cut in 0usize..40,
        bytes in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut log = log.as_bytes().to_vec();
        let from = from.min(log.len());
        log.splice(from..(from + cut).min(log.len()), bytes);
        for process in [Process::Runner, Process::Worker] {
            read(&mut &log[..], Layout::of(&log), process).unwrap();
        }
    }

    #[test]
    fn no_date_makes_it_panic(text in "[0-9/.: -]{0,30}( [AP]M)?", secs in 0i64..4_000_000_000) {
        let at = crate::model::Timestamp::from_millis(secs * 1000);
        if let Some(till) = lease::valid_till(text.as_bytes(), at) {
            let off = (till - at).as_millis() - 600_000;
            prop_assert!(off.abs() <= 3_600_000);
        }
    }
}
