//! How a run ends when its surroundings give way: signals at every phase,
//! closed and full outputs, a full disk, a recording that somebody holds.

use std::path::Path;
use std::time::Duration;

use crate::support::fake::{Asked, Builder};
use crate::support::{FakeGitHub, Fault, JobSpec, Live, Signal, Tool, pause};

const REPO: &str = "acme/atlas";
const BINARY: &str = env!("CARGO_BIN_EXE_runner-desync");

fn fleet() -> Builder {
    FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "honest")
        .runner(2, "liar")
        .job(JobSpec::on(1))
        .job(JobSpec::on(2))
        .liar(2)
}

/// The same call under a shell script, in which it is `"$@"`.
fn under(script: &str, args: &[&str], fake: &FakeGitHub) -> Live {
    Tool::new()
        .args(["-c", script, "sh", BINARY])
        .args(args)
        .against(fake)
        .limit(Duration::from_secs(30))
        .spawn_other("sh")
}

const CHECK: [&str; 5] = ["check", "-R", REPO, "--format", "json"];

#[test]
fn a_reader_that_has_left_changes_no_code() {
    let fake = fleet().start();
    let ran = under("{ \"$@\"; echo \"code $?\" >&2; } | true", &CHECK, &fake).wait();
    ran.stderr_has("code 10").says_nowhere("panicked");
    let ran = under("{ \"$@\"; echo \"code $?\" >&2; } | head -1", &CHECK, &fake).wait();
    ran.stderr_has("code 10").says_nowhere("panicked");
}

#[test]
fn closed_streams_change_no_code() {
    let fake = fleet().start();
    let ran = under("exec \"$@\" 2>&-", &CHECK, &fake).wait();
    assert_eq!(ran.code_is(10).json()["verdict"], "desync");
    under("exec \"$@\" >&-", &CHECK, &fake).wait().code_is(10);
    let ran = under("exec \"$@\" <&-", &CHECK, &fake).wait();
    assert_eq!(ran.code_is(10).json()["verdict"], "desync");
}

/// A finding is never lost to what comes after it; without one, a report that
/// nobody gets is a failure.
#[test]
fn a_report_that_cannot_be_written_loses_no_finding() {
    let fake = fleet().start();
    let ran = under("exec \"$@\" >/dev/full", &CHECK, &fake).wait();
    ran.code_is(10).stderr_has("cannot write to stdout");
    let honest = [&CHECK[..], &["--runner", "honest"]].concat();
    let ran = under("exec \"$@\" >/dev/full", &honest, &fake).wait();
    ran.code_is(1).stderr_has("cannot write to stdout");
}

/// The disk is full after the first few kilobytes of the recording.
#[test]
fn a_disk_that_is_full() {
    let fake = fleet().start();
    let script = "trap '' XFSZ; ulimit -f 4; exec \"$@\"";
    let ran = under(script, &CHECK, &fake).wait();
    ran.code_is(10).stderr_has("the recording is incomplete");
    let honest = [&CHECK[..], &["--runner", "honest"]].concat();
    let ran = under(script, &honest, &fake).wait();
    // Without the evidence nothing is clean.
    ran.code_is(11).stderr_has("the recording is incomplete");
    let watch = [
        "watch",
        "-R",
        REPO,
        "--interval",
        "1s",
        "--cycles",
        "2",
        "--runner",
        "honest",
    ];
    let ran = under(script, &watch, &fake).wait();
    ran.code_is(11).stderr_has("the recording is incomplete");
}

/// What `-o` names may be a pipe or a device: written to, never replaced.
#[test]
fn an_output_that_is_no_file_is_written_to() {
    let fake = fleet().start();
    let script = "mkfifo pipe && { cat pipe & \"$@\"; code=$?; wait; test -p pipe && exit $code; }";
    let args = [&CHECK[..], &["-o", "pipe"]].concat();
    let ran = under(script, &args, &fake).wait();
    assert_eq!(ran.code_is(10).json()["verdict"], "desync", "{ran}");
}

/// A link stays a link; what it leads to is written.
#[test]
fn an_output_that_is_a_link_is_followed() {
    let fake = fleet().start();
    let script = "mkdir far && touch far/report.json && ln -s far/report.json near.json && \"$@\"; code=$?; \
                  test -L near.json && cat far/report.json && exit $code";
    let args = [&CHECK[..], &["-o", "near.json"]].concat();
    let ran = under(script, &args, &fake).wait();
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
