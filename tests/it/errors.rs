//! Every error a user can meet, in one snapshot that is read as prose: first
//! what did not happen and why, then a hint with what to try.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::Path;

use crate::support::{FakeGitHub, Fault, JobSpec, Signal, Tool};

const REPO: &str = "acme/atlas";

/// A text of one snapshot.
#[derive(Default)]
struct Prose {
    text: String,
    lacking: Vec<String>,
}

impl Prose {
    /// Runs it, and writes down what it says.
    fn tell(&mut self, when: &str, tool: &Tool) {
        let ran = tool.run();
        let room = tool.dir().display().to_string();
        let said = ran.stderr.replace(&room, "DIR");
        let said = without_numbers(&said);
        let said = without_resolver(&said);
        let code = ran.code.map_or("none".to_owned(), |code| code.to_string());
        let _ = writeln!(self.text, "## {when} ({code})\n{}\n", said.trim_end());
        let complete = said.starts_with("error: ") || said.contains("\nerror: ");
        let helps = said.contains("hint: ") || said.contains("--help") || said.contains("tip: ");
        if !complete || !helps || matches!(ran.code, Some(0 | 101) | None) {
            self.lacking.push(when.to_owned());
        }
    }
}

/// What a resolver says is its own affair.
fn without_resolver(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let end = line.find("cannot resolve the host name");
        let end = end.map_or(line.len(), |at| at + "cannot resolve the host name".len());
        format!("{}\n", &line[..end])
    });
    lines.collect()
}

/// Ports and request ids are others each time.
fn without_numbers(text: &str) -> String {
    let mut words = Vec::new();
    for word in text.split_inclusive(['\n', ' ']) {
        let port = word.split_once("127.0.0.1:").map(|(before, rest)| {
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{before}127.0.0.1:PORT{rest}")
        });
        let request = word.contains("F4CE:").then(|| "REQUEST): ".to_owned());
        words.push(port.or(request).unwrap_or_else(|| word.to_owned()));
    }
    words.concat()
}

fn fake() -> FakeGitHub {
    FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "honest")
        .job(JobSpec::on(1))
        .start()
}

fn usage(prose: &mut Prose) {
    let cases: [(&str, &[&str]); 18] = [
        ("no such command", &["wach"]),
        ("no such flag", &["check", "--repos", REPO]),
        ("no target", &["check"]),
        ("a repository without an owner", &["check", "-R", "atlas"]),
        ("a repository with a path", &["check", "-R", "acme/../x"]),
        (
            "an organization that is none",
            &["check", "--org", "acme/x/y"],
        ),
        (
            "several hosts",
            &["check", "-R", "one.example/a/b", "-R", "two.example/a/b"],
        ),
        (
            "an address that is none",
            &["check", "-R", REPO, "--api-url", "ftp://x"],
        ),
        (
            "an interval without a unit",
            &["watch", "-R", REPO, "--interval", "30"],
        ),
        (
            "an interval below a second",
            &["watch", "-R", REPO, "--interval", "500ms"],
        ),
        (
            "a share above all",
            &["check", "-R", REPO, "--min-coverage", "120%"],
        ),
        (
            "nothing that could fail",
            &["check", "-R", REPO, "--fail-on", "everything"],
        ),
        ("no such format", &["check", "-R", REPO, "--format", "yaml"]),
        (
            "requests at once by hundreds",
            &["check", "-R", REPO, "--max-concurrent", "900"],
        ),
        ("no files to report", &["report"]),
        (
            "a time that is none",
            &["report", "x", "--since", "yesterday"],
        ),
        ("a scope that is none", &["report", "x", "--scope", "acme"]),
        ("a runner without a name", &["busy", "-R", REPO]),
    ];
    for (when, args) in cases {
        prose.tell(when, &Tool::new().args(args).env("GH_TOKEN", "test-token"));
    }
}

fn files(prose: &mut Prose) {
    let report = |name: &str, text: &str| {
        let tool = Tool::new();
        tool.file(name, text);
        tool.args(["report", name])
    };
    prose.tell(
        "a file that is not there",
        &Tool::new().args(["report", "none.json"]),
    );
    prose.tell(
        "a directory for a file",
        &Tool::new().args(["report", "home"]),
    );
    prose.tell("a file of another kind", &report("notes.txt", "buy milk\n"));
    prose.tell("an empty file", &report("empty.json", ""));
    let refusal = r#"{"message":"Not Found","documentation_url":"https://docs.github.com/rest","status":"404"}"#;
    prose.tell("an error of GitHub's", &report("jobs.json", refusal));
    let runners = r#"{"total_count":1,"runners":[{"id":1,"name":"i-1","os":"linux","status":"online","busy":false,"labels":[]}]}"#;
    prose.tell("a list of runners", &report("runners.json", runners));
    let runs = r#"{"total_count":1,"workflow_runs":[{"id":1,"status":"completed"}]}"#;
    prose.tell("a list of runs", &report("runs.json", runs));
    let events = r#"{"events":[{"eventId":"1","timestamp":1778724468000,"message":"[2026-05-14 02:07:48Z INFO JobDispatcher] Successfully renew job request 1, job is valid till 05/14/2026 02:17:48"}]}"#;
    prose.tell("a runner's log in JSON", &report("events.json", events));
    prose.tell(
        "standard input twice",
        &Tool::new().args(["report", "-", "-"]),
    );
    let times = [
        "--since",
        "2026-05-14T02:00:00Z",
        "--until",
        "2026-05-14T01:00:00Z",
    ];
    prose.tell(
        "times in the wrong order",
        &Tool::new().args(["report", "x"]).args(times),
    );
    let newer = r#"{"seq":1,"rec":"run","format":"runner-desync.recording/9.0","tool":"9.0.0"}"#;
    prose.tell(
        "a recording of the future",
        &report("new.ndjson", &format!("{newer}\n")),
    );
    let reading = r#"{"at":"2026-05-14T02:10:08Z","runner_id":1,"busy":false}"#;
    prose.tell("readings of nowhere", &report("readings.jsonl", reading));
    let fixture =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/recordings/incident-1.ndjson");
    let out = |flag: &str| {
        let tool = Tool::new().args(["report"]).args([fixture.clone()]);
        tool.args([flag, "/no-such-directory/out"])
    };
    prose.tell("an output without a directory", &out("-o"));
    prose.tell("a bundle without a directory", &out("--bundle"));
    prose.tell(
        "a demo recorded nowhere",
        &Tool::new().args(["demo", "--record", "/dev/null/x"]),
    );
}

fn credentials(prose: &mut Prose) {
    let fake = fake();
    let check = Tool::new().args(["check", "-R", REPO]).against(&fake);
    prose.tell("no credential", &check.without("GH_TOKEN").env("PATH", ""));
    let missing = check.args(["--token-file", "none"]);
    prose.tell("a token file that is not there", &missing);
    check.file("app.pem", "no key\n");
    let app = check.args(["--app-id", "7", "--app-key", "app.pem"]);
    prose.tell("an App's key that is none", &app);
    check.file("ca.pem", "no certificate\n");
    prose.tell(
        "an authority that is none",
        &check.args(["--ca-file", "ca.pem"]),
    );
    prose.tell(
        "a rejected credential",
        &check.env("GH_TOKEN", "expired-token"),
    );
    let faults = [
        (
            "a permission that lacks",
            Fault::forbidden("administration=read"),
        ),
        (
            "a repository that is not seen",
            Fault::status(404, "Not Found"),
        ),
        (
            "a credential that was revoked",
            Fault::status(401, "Bad credentials"),
        ),
    ];
    for (when, fault) in faults {
        let fake = self::fake();
        fake.fail_when(move |_| Some(fault.clone()));
        let check = Tool::new().args(["check", "-R", REPO, "--deadline", "2s"]);
        prose.tell(when, &check.against(&fake));
    }
}

fn network(prose: &mut Prose) {
    let check = |url: &str| {
        let check = Tool::new().args(["check", "-R", REPO, "--timeout", "2s", "--deadline", "2s"]);
        check
            .args(["--api-url", url])
            .env("GH_TOKEN", "test-token")
            .env("GH_ENTERPRISE_TOKEN", "test-token")
    };
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = format!("http://{}", free.local_addr().expect("an address"));
    drop(free);
    prose.tell("nobody listens", &check(&closed));
    prose.tell(
        "a host without an address",
        &check("https://no-such-host.invalid/api/v3"),
    );
    let proxied = check("https://git.acme.example/api/v3").env("HTTPS_PROXY", closed.as_str());
    prose.tell("a proxy that is not there", &proxied);
}

fn recordings(prose: &mut Prose) {
    let fake = fake();
    let tool = Tool::new().against(&fake);
    let check = tool.args(["check", "-R", REPO, "--deadline", "1s"]);
    let nowhere = check.args(["--record", "/dev/null/x.ndjson"]);
    prose.tell("a recording without a directory", &nowhere);
    tool.file("notes.txt", "buy milk\n");
    prose.tell("no recording", &check.args(["--record", "notes.txt"]));
    let homeless = check.without("HOME").without("XDG_STATE_HOME");
    prose.tell("no place for a recording", &homeless);
    let mut running = tool
        .args(["watch", "-v", "-R", REPO, "--interval", "1s"])
        .spawn();
    running.stderr_until(|line| line.starts_with("cycle 1:"));
    prose.tell("a recording in use", &check);
    running.signal(Signal::Term);
    running.wait();
}

#[test]
fn every_error_says_what_did_not_happen_and_what_to_try() {
    let mut prose = Prose::default();
    usage(&mut prose);
    files(&mut prose);
    credentials(&mut prose);
    network(&mut prose);
    recordings(&mut prose);
    // `VERBOSE` says more than errors.
    if std::env::var_os("VERBOSE").is_none() {
        insta::assert_snapshot!("errors", prose.text);
    }
    assert!(prose.lacking.is_empty(), "no help in: {:?}", prose.lacking);
}
