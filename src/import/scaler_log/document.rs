//! Exports that are one document: JSON as `filter-log-events` prints it, and
//! the table of Logs Insights. Both are walked, not loaded.

use std::fmt;
use std::io::{self, BufRead};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::ScalerLog;
use super::envelope::{Entry, leading_time, of_json, of_text};
use crate::model::Timestamp;

/// How a file holds its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `{"events": […]}`, `[…]`, objects over several lines.
    Json,
    /// Comma-separated, with a first row of names.
    Table,
    Lines,
}

impl Shape {
    pub(super) fn of(head: &[u8]) -> Self {
        let text = head.trim_ascii_start();
        let line = text.split(|byte| *byte == b'\n').next().unwrap_or(text);
        match line.first() {
            Some(b'{') if !is_entry(line) => Self::Json,
            Some(b'[') if matches!(text[1..].trim_ascii_start().first(), Some(b'{' | b'[')) => {
                Self::Json
            }
            Some(_) if is_header(line) => Self::Table,
            _ => Self::Lines,
        }
    }
}

/// Whether a line is an object by itself, and no list of others.
fn is_entry(line: &[u8]) -> bool {
    let value = serde_json::from_slice::<Value>(line);
    let lists = [EVENTS[0], EVENTS[1], RESULTS];
    value.is_ok_and(|value| lists.iter().all(|list| value.get(list).is_none()))
}

/// Entries as `filter-log-events` and `get-log-events` name their list, and as
/// a subscription does, such as one of Firehose.
const EVENTS: [&str; 2] = ["events", "logEvents"];

/// Rows as `get-query-results` names their list.
const RESULTS: &str = "results";

/// Names of the columns of Logs Insights, and of the console's own export.
const TIME: [&[u8]; 2] = [b"@timestamp", b"timestamp"];
const MESSAGE: [&[u8]; 2] = [b"@message", b"message"];

/// Whether a line names the columns of a table.
fn is_header(line: &[u8]) -> bool {
    let has = |names: [&[u8]; 2]| {
        let mut columns = line.split(|byte| *byte == b',');
        columns.any(|column| names.contains(&bare(column)))
    };
    has(TIME) && has(MESSAGE)
}

fn bare(column: &[u8]) -> &[u8] {
    let column = column.trim_ascii();
    let quoted = column.strip_prefix(b"\"");
    quoted
        .and_then(|column| column.strip_suffix(b"\""))
        .unwrap_or(column)
}

/// Walks JSON documents, one after the other. What is broken ends it.
pub(super) fn json(source: &mut dyn BufRead, log: &mut ScalerLog) -> io::Result<()> {
    let mut documents = serde_json::Deserializer::from_reader(source);
    while documents.end().is_err() {
        match Node(log).deserialize(&mut documents) {
            Ok(()) => {}
            Err(error) if error.is_io() => return Err(error.into()),
            Err(_) => {
                log.counts.unreadable += 1;
                break;
            }
        }
    }
    Ok(())
}

/// An entry, or something that holds entries.
struct Node<'a>(&'a mut ScalerLog);

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry of a log or a list of them")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Node(self.0))?.is_some() {}
        Ok(())
    }

    /// The fields of an entry are few and short; a list of entries is gone
    /// through one by one.
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut entry = serde_json::Map::new();
        let mut is_list = false;
        while let Some(key) = fields.next_key::<String>()? {
            if EVENTS.contains(&&*key) {
                is_list = true;
                fields.next_value_seed(Node(self.0))?;
            } else if key == RESULTS {
                is_list = true;
                fields.next_value_seed(Rows(self.0))?;
            } else if is_list {
                fields.next_value::<IgnoredAny>()?;
            } else {
                entry.insert(key, fields.next_value()?);
            }
        }
        if !is_list {
            self.0.entry(of_json(&Value::Object(entry), None));
        }
        Ok(())
    }
}

/// A list of rows, each a list of fields.
struct Rows<'a>(&'a mut ScalerLog);

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(row) = rows.next_element::<Value>()? {
            self.0.entry(of_fields(&row));
        }
        Ok(())
    }
}

/// `[{"field": "@timestamp", "value": "…"}, …]`.
fn of_fields(row: &Value) -> Option<Entry<'static>> {
    let fields = row.as_array()?.iter();
    let named = fields.filter_map(|field| {
        let name = field.get("field")?.as_str()?;
        Some((name.to_owned(), field.get("value")?.clone()))
    });
    of_json(&Value::Object(named.collect()), None)
}

/// A time in words, or milliseconds.
fn column_time(text: &str) -> Option<Timestamp> {
    let millis = text.parse().ok().map(Timestamp::from_millis);
    millis.or_else(|| Some(leading_time(text)?.0))
}

/// Walks a table with a column of times and one of messages.
pub(super) fn table(source: &mut dyn BufRead, log: &mut ScalerLog) -> io::Result<()> {
    let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(source);
    let names = rows.byte_headers()?.clone();
    let column = |names: [&[u8]; 2], known: &csv::ByteRecord| {
        let mut names = names.into_iter();
        names.find_map(|name| known.iter().position(|known| known.trim_ascii() == name))
    };
    let (time, message) = (column(TIME, &names), column(MESSAGE, &names));
    let mut row = csv::ByteRecord::new();
    while rows.read_byte_record(&mut row)? {
        let field = |column: Option<usize>| {
            let bytes = column.and_then(|column| row.get(column));
            bytes.map(String::from_utf8_lossy)
        };
        let at = field(time).and_then(|time| column_time(time.trim()));
        let entry = field(message);
        log.entry(entry.as_deref().and_then(|text| of_text(text, at)));
    }
    Ok(())
}
