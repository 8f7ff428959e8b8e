//! No answer at all, a slow one, or one that breaks off.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use super::story::{Place, Says, Story, TOKEN, strikes, strikes_at};
use crate::support::{Fault, Ran, Tool};

const NO_ANSWER: Says = Says::Missing("http-error");

#[test]
fn a_connection_that_is_reset() {
    // Of the first read something must answer: else there is nothing to
    // report about.
    let places = [Place::Runs, Place::Jobs, Place::RunnerById];
    strikes_at(&places, &Fault::Reset, NO_ANSWER);
}

#[test]
fn a_reset_in_the_middle_of_a_body() {
    strikes(&Fault::CutBody, NO_ANSWER);
}

#[test]
fn an_answer_that_is_slow() {
    slow(&Fault::Slow(Duration::from_millis(1500)));
}

#[test]
fn an_answer_that_never_comes() {
    slow(&Fault::Hang);
}

/// A runner's list that outlasts its time limit every time.
#[track_caller]
fn slow(fault: &Fault) {
    let story = Story::begin();
    let strike = fault.clone();
    story
        .fake
        .fail_when(move |line| Place::Jobs.is(line.asked).then(|| strike.clone()));
    let story = Story {
        tool: story.tool.args(["--timeout", "1s"]),
        ..story
    };
    NO_ANSWER.of(&story.check());
    story.check_healed();
}

fn elsewhere(url: &str) -> Tool {
    Tool::new()
        .args([
            "check",
            "-R",
            "acme/atlas",
            "--timeout",
            "2s",
            "--api-url",
            url,
        ])
        .env("GH_TOKEN", TOKEN)
        .env("GH_ENTERPRISE_TOKEN", TOKEN)
}

/// Nothing answers: no verdict, the cause, and what to look at.
#[track_caller]
fn unreachable(ran: &Ran, cause: &str) {
    ran.code_is(1).stderr_has(cause).stderr_has("hint: ");
    ran.says_nowhere(TOKEN);
    assert_eq!(ran.stdout, "", "{ran}");
}

#[test]
fn a_connection_that_is_refused() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = free.local_addr().expect("an address");
    drop(free);
    let ran = elsewhere(&format!("http://{address}")).run();
    unreachable(&ran, "connection refused");
}

#[test]
fn a_name_that_does_not_resolve() {
    let ran = elsewhere("https://no-such-host.invalid/api/v3").run();
    unreachable(&ran, "cannot resolve the host name");
}

/// A proxy that answers every `CONNECT` with that line and closes.
fn refusing_proxy(answer: &'static str) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let heard = std::thread::spawn(move || {
        let accepted = listener.incoming().take(3);
        accepted
            .map(|stream| {
                let mut stream = stream.expect("a connection");
                let mut request = [0; 4096];
                let length = stream.read(&mut request).unwrap_or(0);
                let _ = stream.write_all(answer.as_bytes());
                String::from_utf8_lossy(&request[..length]).into_owned()
            })
            .collect()
    });
    (url, heard)
}

#[test]
fn a_proxy_that_refuses() {
    let answer = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
    let (proxy, heard) = refusing_proxy(answer);
    let ran = elsewhere("https://git.acme.example/api/v3")
        .env("HTTPS_PROXY", proxy.as_str())
        .run();
    unreachable(&ran, "proxy");
    ran.stderr_has("HTTPS_PROXY");
    let heard = heard.join().expect("the proxy");
    for request in heard {
        assert!(
            request.starts_with("CONNECT git.acme.example:443 "),
            "{request}"
        );
        assert!(!request.contains(TOKEN), "{request}");
    }
}

/// Nothing on this machine is asked through a proxy.
#[test]
fn a_proxy_is_not_asked_for_a_loopback_address() {
    let story = Story::begin();
    let tool = story.tool.env("HTTP_PROXY", "http://127.0.0.1:9");
    let story = Story { tool, ..story };
    story.check();
}
