//! The smallest HTTP client: one GET on a fresh connection, so that the
//! fake's own tests see its bytes as they are.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// One answer.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {self:#?}"))
    }

    /// The URL of `Link: rel="…"`.
    pub(crate) fn link(&self, rel: &str) -> Option<String> {
        let wanted = format!("rel=\"{rel}\"");
        self.header("link")?.split(", ").find_map(|part| {
            let (url, found) = part.split_once("; ")?;
            (found == wanted).then(|| url.trim_matches(['<', '>']).to_owned())
        })
    }
}

/// GETs `url` with the test token.
pub(crate) fn get(url: &str) -> Got {
    try_get(url, &[]).unwrap_or_else(|error| panic!("no answer from {url}: {error}"))
}

/// GETs `url` with more headers; one of the same name as a default replaces
/// it, and an empty value leaves it out.
pub(crate) fn try_get(url: &str, more: &[(&str, &str)]) -> io::Result<Got> {
    let rest = url.strip_prefix("http://").expect("an http URL");
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(request(host, path, more).as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    parse(&String::from_utf8_lossy(&bytes))
}

fn request(host: &str, path: &str, more: &[(&str, &str)]) -> String {
    let defaults = [
        ("host", host),
        ("connection", "close"),
        ("user-agent", "self-test"),
        ("authorization", "Bearer test-token"),
    ];
    let kept = defaults
        .iter()
        .filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    let lines = kept
        .chain(more)
        .filter(|(_, value)| !value.is_empty())
        .fold(String::new(), |text, (name, value)| {
            text + name + ": " + value + "\r\n"
        });
    format!("GET /{path} HTTP/1.1\r\n{lines}\r\n")
}

fn parse(text: &str) -> io::Result<Got> {
    let cut = || io::Error::new(io::ErrorKind::UnexpectedEof, "the answer is cut");
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(cut)?;
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|code| code.parse().ok())
        .ok_or_else(cut)?;
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let got = Got {
        status,
        headers,
        body: body.to_owned(),
    };
    match got.header("content-length").map(str::parse::<usize>) {
        Some(Ok(length)) if body.len() < length => Err(cut()),
        _ => Ok(got),
    }
}
