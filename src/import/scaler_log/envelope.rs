//! An entry out of what is around it: powertools and tslog as JSON, tslog as
//! text, the Lambda's own format, and what exports put before or around a
//! line. The innermost time is that of the entry; the time of ingestion never
//! is.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDateTime};
use serde_json::Value;

use super::message::{Level, meaning};
use crate::model::Timestamp;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry<'l> {
    pub(super) at: Option<Timestamp>,
    /// Id of the invocation.
    pub(super) request: Option<String>,
    pub(super) level: Level,
    pub(super) message: Cow<'l, str>,
}

/// The entry of a line; `None` when it is none.
pub(super) fn of_line(line: &str) -> Option<Entry<'_>> {
    if let Some(row) = line.strip_prefix("EVENTS\t") {
        return of_row(row);
    }
    let row = line.strip_prefix("| ");
    match row.and_then(|row| row.split_once(" | ")) {
        Some((time, text)) => {
            let at = leading_time(time).map(|(at, _)| at);
            of_text(text.trim_end_matches(" |"), at)
        }
        None => of_text(line, None),
    }
}

/// A row of `--output text`, which has the fields of an event in the order of
/// their names: ids and the time of ingestion, the stream, the message, the
/// time.
fn of_row(row: &str) -> Option<Entry<'_>> {
    let is_number = |field: &str| field.bytes().all(|byte| byte.is_ascii_digit());
    let mut rest = row;
    while let Some((field, behind)) = rest.split_once('\t')
        && is_number(field)
    {
        rest = behind;
    }
    match rest.rsplit_once('\t') {
        Some((message, time)) if is_number(time) => {
            of_text(message, time.parse().ok().map(Timestamp::from_millis))
        }
        Some(_) | None => of_text(rest, None),
    }
}

/// The entry of an object, inside something of a certain time.
pub(super) fn of_json(value: &Value, outer: Option<Timestamp>) -> Option<Entry<'static>> {
    let text = |keys: &[&str]| keys.iter().find_map(|key| value.get(key)?.as_str());
    let message = text(&["message", "@message", "msg"])
        .or_else(|| value.pointer("/argumentsArray/0")?.as_str())?;
    let at = TIMES.iter().find_map(|key| time_of(value.get(key)?));
    let at = at.or(outer);
    if is_export(value) {
        return of_text(message, at).map(Entry::owned);
    }
    let level = text(&["level", "logLevel"]).map_or(Level::Usual, level_of);
    Some(Entry {
        at,
        request: text(&REQUESTS).map(str::to_owned),
        level,
        message: message.to_owned().into(),
    })
}

const TIMES: [&str; 4] = ["timestamp", "date", "time", "@timestamp"];

const REQUESTS: [&str; 6] = [
    "aws-request-id",
    "function_request_id",
    "requestId",
    "awsRequestId",
    "aws_request_id",
    "request_id",
];

/// Whether an object is CloudWatch's, around whatever the Lambda wrote.
fn is_export(value: &Value) -> bool {
    let marks = ["eventId", "ingestionTime", "logStreamName", "@message"];
    marks.iter().any(|mark| value.get(mark).is_some()) || value["timestamp"].is_i64()
}

impl Entry<'_> {
    fn owned(self) -> Entry<'static> {
        Entry {
            message: self.message.into_owned().into(),
            ..self
        }
    }
}

/// A time as a text, or in milliseconds since 1970.
fn time_of(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => leading_time(text).map(|(at, _)| at),
        Value::Number(millis) => millis.as_i64().map(Timestamp::from_millis),
        _ => None,
    }
}

/// Takes known pieces off the front of a text until a message is left. What
/// is no known piece ends it, so that a message stands alone or not at all.
pub(super) fn of_text(text: &str, outer: Option<Timestamp>) -> Option<Entry<'_>> {
    let mut entry = Entry {
        at: outer,
        request: None,
        level: Level::Usual,
        message: Cow::Borrowed(""),
    };
    let mut rest = text.trim();
    loop {
        if rest.starts_with('{') {
            let value = serde_json::from_str(rest).ok()?;
            return of_json(&value, entry.at);
        }
        let message = without_extras(rest);
        let behind = match meaning(message, Level::Usual) {
            Some(_) => None,
            None => piece(rest, &mut entry),
        };
        let Some(behind) = behind else {
            let is_entry = entry.at.is_some() || meaning(message, Level::Usual).is_some();
            entry.message = message.into();
            return (is_entry || is_of_the_runtime(rest)).then_some(entry);
        };
        rest = behind.trim_start();
    }
}

/// tslog prints the rest of its arguments behind the message: ` {}`.
fn without_extras(message: &str) -> &str {
    let message = message.trim_end();
    message.strip_suffix("{}").map_or(message, str::trim_end)
}

/// One piece of an envelope: a time, a request id, a level, the name of a
/// log stream, what tslog says of itself.
fn piece<'l>(rest: &'l str, entry: &mut Entry<'_>) -> Option<&'l str> {
    if let Some((at, behind)) = leading_time(rest) {
        entry.at = Some(at);
        return Some(behind);
    }
    if let Some(inside) = rest.strip_prefix('[') {
        let (inside, behind) = inside.split_once(']')?;
        let (_, request) = inside.split_once(':')?;
        let request = request.split_whitespace().next();
        entry.request = request.filter(|id| is_uuid(id)).map(str::to_owned);
        return Some(behind);
    }
    let (word, behind) = rest.split_once(char::is_whitespace)?;
    if is_uuid(word) {
        entry.request = Some(word.to_owned());
    } else if LEVELS.contains(&word) {
        entry.level = level_of(word);
    } else if !is_stream(word) {
        return None;
    }
    Some(behind)
}

const LEVELS: [&str; 8] = [
    "SILLY", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "CRITICAL",
];

fn level_of(word: &str) -> Level {
    let grave = ["ERROR", "FATAL", "CRITICAL"];
    if grave.iter().any(|level| word.eq_ignore_ascii_case(level)) {
        Level::Error
    } else {
        Level::Usual
    }
}

/// `2026/11/23/[$LATEST]0123456789abcdef`, perhaps with the group before it.
pub(super) fn is_stream(word: &str) -> bool {
    let one = !word.contains(char::is_whitespace);
    let split = word.split_once("/[").filter(|_| one);
    split.is_some_and(|(_, rest)| rest.contains(']'))
}

fn is_uuid(word: &str) -> bool {
    let hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    word.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && word.split('-').all(hex)
}

/// `START RequestId: …` and its like.
fn is_of_the_runtime(rest: &str) -> bool {
    let begins = ["START ", "END ", "REPORT ", "INIT_START ", "XRAY "];
    begins.iter().any(|text| rest.starts_with(text))
}

/// A time at the beginning of a text, and what stands behind it. The Lambda
/// runs in UTC, so a time without a zone is taken as that.
pub(super) fn leading_time(text: &str) -> Option<(Timestamp, &str)> {
    let bytes = text.as_bytes();
    let is_day = |day: &[u8]| day[4] == b'-' && day[7] == b'-' && day[0].is_ascii_digit();
    let between = bytes.get(10)?;
    if !matches!(between, b'T' | b' ') || !is_day(bytes) {
        return None;
    }
    let of_time = |byte: &u8| byte.is_ascii_digit() || b":.Z+-".contains(byte);
    let length = bytes[11..].iter().take_while(|byte| of_time(byte)).count();
    let (time, rest) = text.split_at(11 + length);
    let time = time.replacen(' ', "T", 1);
    let zoned = DateTime::parse_from_rfc3339(&time)
        .or_else(|_| DateTime::parse_from_str(&time, "%Y-%m-%dT%H:%M:%S%.f%z"));
    let millis = match zoned {
        Ok(at) => at.timestamp_millis(),
        Err(_) => NaiveDateTime::parse_from_str(&time, "%Y-%m-%dT%H:%M:%S%.f")
            .ok()?
            .and_utc()
            .timestamp_millis(),
    };
    Some((Timestamp::from_millis(millis), rest))
}
