//! How a run ends when its surroundings give way: signals at every phase,
//! closed and full outputs, a full disk, a recording that somebody holds.

use std::path::Path;
use std::time::Duration;

use crate::faults::story::Story;
use crate::support::fake::{Asked, Builder};
use crate::support::{FakeGitHub, Fault, JobSpec, Live, Ran, Signal, Tool, pause};

const REPO: &str = "acme/atlas";

fn fleet() -> Builder {
    FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "honest")
        .runner(2, "liar")
        .job(JobSpec::on(1))
        .job(JobSpec::on(2))
        .liar(2)
}

const CHECK: [&str; 5] = ["check", "-R", REPO, "--format", "json"];

/// A check of a fleet with one finding, in a shell script.
fn check_in(script: &str) -> Ran {
    let story = Story::begin();
    story.tool.spawn_in(script).wait()
}

/// The same of honest runners only.
fn honest_check_in(script: &str) -> Ran {
    let story = Story::begin();
    let honest = story.tool.args(["--runner", "honest-*"]);
    honest.spawn_in(script).wait()
}

#[test]
fn a_reader_that_has_left_changes_no_code() {
    for reader in ["true", "head -1"] {
        let ran = check_in(&format!("{{ \"$@\"; echo \"code $?\" >&2; }} | {reader}"));
        ran.stderr_has("code 10").says_nowhere("panicked");
    }
}

#[test]
fn closed_streams_change_no_code() {
    for closed in ["2>&-", "<&-"] {
        let ran = check_in(&format!("exec \"$@\" {closed}"));
        assert_eq!(ran.code_is(10).json()["verdict"], "desync", "{ran}");
    }
    check_in("exec \"$@\" >&-").code_is(10);
}

/// A finding is never lost to what comes after it; without one, a report that
/// nobody gets is a failure.
#[test]
fn a_report_that_cannot_be_written_loses_no_finding() {
    let full = "exec \"$@\" >/dev/full";
    let why = "cannot write to stdout";
    check_in(full).code_is(10).stderr_has(why);
    honest_check_in(full).code_is(1).stderr_has(why);
}

/// The disk is full from the first record on.
#[test]
fn a_disk_that_is_full() {
    let full = "trap '' XFSZ; ulimit -f 1; exec \"$@\"";
    let why = "the recording is incomplete";
    check_in(full).code_is(10).stderr_has(why);
    // Without the evidence nothing is clean.
    honest_check_in(full).code_is(11).stderr_has(why);
    let story = Story::begin();
    let watch = story
        .watch()
        .args(["--cycles", "2", "--runner", "honest-*"]);
    let ran = watch.spawn_in(full).wait();
    ran.code_is(11).stderr_has(why);
}

/// What `-o` names may be a pipe or a device: written to, never replaced.
#[test]
fn an_output_that_is_no_file_is_written_to() {
    let ran = check_in(
        "mkfifo pipe && { cat pipe & \"$@\" -o pipe; code=$?; wait; test -p pipe && exit $code; }",
    );
    assert_eq!(ran.code_is(10).json()["verdict"], "desync", "{ran}");
}

/// A link stays a link; what it leads to is written.
#[test]
fn an_output_that_is_a_link_is_followed() {
    let ran = check_in(
        "mkdir far && touch far/report.json && ln -s far/report.json near.json && \
         \"$@\" -o near.json; code=$?; test -L near.json && cat far/report.json && exit $code",
    );
    assert_eq!(ran.code_is(10).json()["verdict"], "desync", "{ran}");
}

/// A check that waits for the recording can be interrupted.
#[test]
fn a_check_that_waits_for_a_recording_obeys_a_signal() {
    let fake = fleet().start();
    let tool = Tool::new().against(&fake).limit(Duration::from_secs(20));
    let mut holder = tool
        .args(["watch", "-R", REPO, "--interval", "60s"])
        .spawn();
    holder.stderr_until(|line| line.starts_with("watching"));
    pause(Duration::from_millis(300));
    let mut waiting = tool
        .args(["check", "-R", REPO, "-v", "--deadline", "5m"])
        .spawn();
    waiting.stderr_until(|line| line.starts_with("credential"));
    pause(Duration::from_millis(300));
    waiting.signal(Signal::Int);
    waiting.wait().code_is(130);
    holder.signal(Signal::Term);
    holder.wait();
}

/// What a check had read when it was stopped is evidence and is kept.
#[test]
fn a_check_that_is_stopped_keeps_what_it_read() {
    let fake = fleet().start();
    fake.fail_when(|line| {
        let by_id = matches!(line.asked, Asked::Job(_));
        by_id.then_some(Fault::Hang)
    });
    let tool = Tool::new().against(&fake).limit(Duration::from_secs(20));
    let running = tool.args(CHECK).spawn();
    while fake.count(|asked| matches!(asked, Asked::Job(_))) == 0 {
        pause(Duration::from_millis(20));
    }
    running.signal(Signal::Term);
    running.wait().code_is(143);
    let recording = only_file_in(&tool.state_dir());
    assert!(recording.contains("honest"), "{recording}");
    assert!(
        recording.contains("out-of-time"),
        "a gap that says why\n{recording}"
    );
}

fn only_file_in(directory: &Path) -> String {
    let mut files = std::fs::read_dir(directory).expect("the state directory");
    let file = files.next().expect("a recording").expect("a file");
    std::fs::read_to_string(file.path()).expect("a recording is text")
}

/// One signal at one phase of a watch whose first cycle is complete: a report
/// and the code of the verdict.
#[track_caller]
fn stopped_at(fake: &FakeGitHub, interval: &str, phase: impl FnOnce(&mut Live)) {
    let tool = Tool::new().against(fake).limit(Duration::from_secs(20));
    let args = [
        "watch",
        "-R",
        REPO,
        "--format",
        "json",
        "-v",
        "--interval",
        interval,
    ];
    let mut running = tool.args(args).args(["--runner", "honest"]).spawn();
    running.stderr_until(|line| line.starts_with("cycle 1:"));
    phase(&mut running);
    running.signal(Signal::Term);
    let ran = running.wait();
    ran.says_nowhere("panicked");
    assert!(matches!(ran.code, Some(0 | 11)), "{ran}");
    assert!(
        ran.json()["coverage"]["readings"]["agree"].as_u64() >= Some(1),
        "{ran}"
    );
}

#[test]
fn a_watch_is_stopped_while_it_sleeps() {
    let fake = fleet().start();
    stopped_at(&fake, "10m", |_| pause(Duration::from_millis(100)));
}

#[test]
fn a_watch_is_stopped_while_it_waits_for_a_rate_limit() {
    let fake = fleet().start();
    stopped_at(&fake, "1s", |_| {
        let before = fake.requests().len();
        fake.fail_when(|_| Some(Fault::secondary_limit(Some(600))));
        while fake.requests().len() == before {
            pause(Duration::from_millis(20));
        }
        pause(Duration::from_millis(100));
    });
}

#[test]
fn a_watch_is_stopped_in_the_middle_of_a_sweep() {
    stopped_when_it_hangs(|asked| matches!(asked, Asked::Jobs(_)));
}

#[test]
fn a_watch_is_stopped_in_the_middle_of_a_sandwich() {
    stopped_when_it_hangs(|asked| matches!(asked, Asked::Job(_)));
}

#[track_caller]
fn stopped_when_it_hangs(at: fn(Asked) -> bool) {
    let fake = fleet().start();
    stopped_at(&fake, "1s", |_| {
        let before = fake.count(at);
        fake.fail_when(move |line| at(line.asked).then_some(Fault::Hang));
        while fake.count(at) == before {
            pause(Duration::from_millis(20));
        }
    });
}

/// A second signal ends at once what the first one began to end.
#[test]
fn a_second_signal_ends_at_once() {
    let fake = fleet().start();
    let tool = Tool::new().against(&fake).limit(Duration::from_secs(20));
    let mut running = tool
        .args(["watch", "-R", REPO, "-v", "--interval", "10m"])
        .spawn();
    running.stderr_until(|line| line.starts_with("cycle 1:"));
    fake.fail_when(|_| Some(Fault::Hang));
    let before = fake.requests().len();
    running.signal(Signal::Int);
    while fake.requests().len() == before {
        pause(Duration::from_millis(20));
    }
    running.signal(Signal::Int);
    running.wait().code_is(130);
}
