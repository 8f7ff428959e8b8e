//! How fast and in how much memory a large log is read, beside `grep`. Only
//! when asked, as it takes a while and says something of a release build
//! only:
//!
//! ```text
//! cargo build --release
//! LOG_MIB=1024 BINARY=target/release/runner-desync cargo test --test it speed -- --nocapture
//! ```

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

#[test]
fn a_large_log_is_read_beside_grep() {
    let Ok(mib) = std::env::var("LOG_MIB") else {
        return;
    };
    let mib: u64 = mib.parse().expect("a number of MiB");
    let room = TempDir::with_prefix("runner-desync-speed-").expect("a directory");
    let log = room.path().join("Runner.log");
    write_log(&log, mib << 20).expect("a log");
    let grep = cpu(Command::new("grep")
        .args(["-c", "Successfully renew job"])
        .arg(&log));
    let jobs = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/incidents/incident-1.jobs.json"
    );
    // An address space of 1 GiB holds no log of that size.
    let limited = "ulimit -v 1048576; exec \"$0\" report --format ndjson \"$1\" \"$2\"";
    let built = env!("CARGO_BIN_EXE_runner-desync").to_owned();
    let binary = std::env::var("BINARY").unwrap_or(built);
    let report = cpu(Command::new("sh")
        .args(["-c", limited, &binary, jobs])
        .arg(&log));
    let rate = |seconds: f64| f64::from(u32::try_from(mib).unwrap_or(u32::MAX)) / seconds;
    println!(
        "{mib} MiB: grep -c {grep:.2} s ({:.0} MiB/s), report {report:.2} s ({:.0} MiB/s), ratio {:.1}",
        rate(grep),
        rate(report),
        report / grep
    );
}

/// Seconds of processor time that a command took.
fn cpu(command: &mut Command) -> f64 {
    let before = of_children();
    let ran = command.output().expect("it runs");
    assert!(ran.status.code().is_some_and(|code| code < 12), "{ran:?}");
    (of_children() - before).max(0.01)
}

/// Processor time of all children so far, as the kernel counts it in ticks
/// of 10 ms (`proc(5)`).
fn of_children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let (_, fields) = stat.rsplit_once(") ").expect("fields");
    let ticks = fields.split(' ').skip(13).take(2);
    let ticks: u32 = ticks
        .map(|field| field.parse::<u32>().expect("ticks"))
        .sum();
    f64::from(ticks) / 100.0
}

/// Jobs of ten minutes, with a line of a lease in about a hundred, as a
/// runner writes them that polls, reloads keys and starts processes.
fn write_log(path: &Path, size: u64) -> std::io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    let mut written = 0;
    let mut minute = 0;
    let start = "[2026-05-01 00:00:00Z INFO Listener] Version: 2.334.0\n[2026-05-01 00:00:00Z INFO BrokerMessageListener] {\n  \"AgentId\": 18700,\n  \"GitHubUrl\": \"https://github.com/acme/atlas\"\n}\n";
    out.write_all(start.as_bytes())?;
    while written < size {
        let text = a_minute(minute);
        out.write_all(text.as_bytes())?;
        written += text.len() as u64;
        minute += 1;
    }
    out.flush()
}

fn a_minute(minute: u32) -> String {
    let clock = |minute: u32| {
        let (day, hour) = (minute / 1440 % 28 + 1, minute / 60 % 24);
        format!("2026-05-{day:02} {hour:02}:{:02}:00", minute % 60)
    };
    let at = clock(minute);
    let job = format!("51de0000-0000-5000-8000-{:012}", minute / 10);
    let dispatcher = |text: String| format!("[{at}Z INFO JobDispatcher] {text}");
    let mut lines = Vec::new();
    if minute.is_multiple_of(10) {
        let text = format!("Job request 0 for plan {job} job {job} received.");
        lines.push(dispatcher(text));
    }
    let till = clock(minute + 10);
    let renewed = format!("Successfully renew job {job}, job is valid till {till}");
    lines.push(dispatcher(renewed));
    lines.extend((0..100).map(|line| filler(&at, line)));
    if minute % 10 == 9 {
        let text = format!("finish job request for job {job} with result: Succeeded");
        lines.push(dispatcher(text));
    }
    lines.join("\n") + "\n"
}

/// What says nothing about a job.
fn filler(at: &str, line: u32) -> String {
    match line % 10 {
        0 => format!("[{at}Z INFO ProcessInvokerWrapper] Starting process:"),
        1..=4 => format!(
            "[{at}Z INFO ProcessInvokerWrapper]   File name: '/opt/bin.2.334.0/Runner.Worker' {line}"
        ),
        5 => format!("[{at}Z WARN RSAFileKeyManager] Loading RSA key parameters from file"),
        _ => "   at System.Net.Http.HttpConnection.SendAsync(HttpRequestMessage request, \
              Boolean async, CancellationToken cancellationToken)"
            .to_owned(),
    }
}
