//! The `same` line: all unchanged answers of a sweep in one short record.
//!
//! Pure. For a page of runners the request id and the ETag stay, as a support
//! ticket may quote them; for other lists they are dropped, and so is every
//! rate limit but the last.

use super::base::{Base, Bases, in_order};
use super::encode::{Line, Place, may_lean};
use super::format::frame;
use super::lines::{LastRate, SameEntry, SameHead, SameLine};
use super::values::RateValue;
use crate::model::{Exchange, Mono, MonoWindow, Rate, Record, Said, Span, Target, Timestamp};

/// Unchanged answers that wait for the rest of their sweep.
#[derive(Debug, Default)]
pub(super) struct Waiting(Vec<Exchange>);

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes an exchange that can stand in a `same` line; others are given
    /// back.
    pub(super) fn take(&mut self, record: Record, bases: &Bases) -> Option<Record> {
        let Record::Exchange(exchange) = record else {
            return Some(record);
        };
        if bases
            .of(&exchange.target)
            .is_some_and(|base| is_same(&exchange, base))
        {
            self.0.push(*exchange);
            return None;
        }
        Some(Record::Exchange(exchange))
    }

    /// Whether a record must not overtake those that wait: all but lists and
    /// runs of other targets in the same cycle.
    pub(super) fn must_precede(&self, record: &Record) -> bool {
        let Record::Exchange(exchange) = record else {
            return true;
        };
        !may_lean(&exchange.target)
            || self
                .0
                .iter()
                .any(|it| it.target == exchange.target || it.cycle != exchange.cycle)
    }

    /// All that wait, in the order of sending. None waits afterwards.
    pub(super) fn take_all(&mut self) -> Vec<Exchange> {
        let mut waiting = std::mem::take(&mut self.0);
        waiting.sort_by_key(|exchange| exchange.number);
        waiting
    }
}

/// The line of answers that have waited.
pub(super) fn line(place: Place, waiting: &[Exchange], bases: &Bases) -> Line {
    let sent = waiting.iter().map(|it| it.window.sent).min();
    let mut line = SameLine {
        run: place.run,
        cycle: waiting.first().map_or(0, |first| first.cycle),
        sent: sent.map_or(0, Mono::as_millis),
        date: waiting.iter().filter_map(|it| it.date).min(),
        rate: waiting.iter().rev().find_map(last_rate),
        ..SameLine::default()
    };
    for exchange in waiting {
        let Some(base) = bases.of(&exchange.target) else {
            continue;
        };
        let entry = entry(exchange, base, &line);
        match (exchange.status, exchange.conditional) {
            (Some(304), _) => line.not_modified.push(entry),
            (_, true) => line.ok_conditional.push(entry),
            (_, false) => line.ok.push(entry),
        }
    }
    frame(place.seq, "same", &line)
}

/// Whether an exchange says what its base says, and nothing that a `same`
/// entry has no place for.
fn is_same(exchange: &Exchange, base: &Base) -> bool {
    let says_it = match exchange.status {
        Some(304) => exchange.conditional && exchange.said == Said::NotModified,
        Some(200) => base.is_fresh() && in_order(exchange.said.clone()) == base.said,
        Some(_) | None => false,
    };
    says_it
        && may_lean(&exchange.target)
        && exchange.url == base.url
        && exchange.age.is_none()
        && exchange.retry_after.is_none()
        && exchange
            .date
            .is_none_or(|date| date.as_millis() % 1000 == 0)
        && (!is_runners(&exchange.target) || exchange.etag.is_some() || base.etag.is_none())
}

fn is_runners(target: &Target) -> bool {
    matches!(target, Target::Runners { .. })
}

fn last_rate(exchange: &Exchange) -> Option<LastRate> {
    exchange.rate.map(|rate| LastRate {
        n: exchange.number,
        rate: RateValue(rate),
    })
}

fn entry(exchange: &Exchange, base: &Base, line: &SameLine) -> SameEntry {
    let window = exchange.window;
    let since = |date: Timestamp| line.date.map(|first| (date - first).as_millis() / 1000);
    let etag = exchange
        .etag
        .clone()
        .filter(|etag| Some(etag) != base.etag.as_ref());
    SameEntry(
        base.seq,
        window.sent.as_millis().saturating_sub(line.sent),
        (window.received - window.sent).as_millis(),
        exchange.date.and_then(since),
        exchange.number,
        exchange.retry,
        is_runners(&exchange.target).then(|| SameHead(exchange.request_id.clone(), etag)),
    )
}

/// What a `same` line gives back.
pub(super) struct Given {
    pub(super) exchanges: Vec<Exchange>,
    /// Lines that were rested on.
    pub(super) leant: Vec<u64>,
    /// Entries whose line is lost.
    pub(super) orphans: u64,
}

/// The reverse of [`line`], in the order of sending.
pub(super) fn read(line: &SameLine, bases: &Bases) -> Given {
    let mut given = Given {
        exchanges: Vec::new(),
        leant: Vec::new(),
        orphans: 0,
    };
    let entries = (line.ok.iter().map(|it| (it, Answer::Ok)))
        .chain(
            line.ok_conditional
                .iter()
                .map(|it| (it, Answer::OkConditional)),
        )
        .chain(line.not_modified.iter().map(|it| (it, Answer::NotModified)));
    for (entry, answer) in entries {
        let Some(base) = bases.at(entry.0) else {
            given.orphans += 1;
            continue;
        };
        given.leant.push(base.seq);
        given.exchanges.push(exchange(entry, answer, base, line));
    }
    given.exchanges.sort_by_key(|it| it.number);
    given
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Ok,
    OkConditional,
    NotModified,
}

fn exchange(entry: &SameEntry, answer: Answer, base: &Base, line: &SameLine) -> Exchange {
    let SameEntry(_, sent, took, date, n, retry, head) = entry;
    let sent = Mono::from_millis(line.sent.saturating_add(*sent));
    let date = date.map(|secs| Span::millis(secs.saturating_mul(1000)));
    let not_modified = answer == Answer::NotModified;
    Exchange {
        number: *n,
        cycle: line.cycle,
        target: base.target.clone(),
        window: MonoWindow {
            sent,
            received: sent + Span::millis(*took),
        },
        url: base.url.clone(),
        retry: *retry,
        conditional: answer != Answer::Ok,
        status: Some(if not_modified { 304 } else { 200 }),
        date: line.date.zip(date).map(|(first, since)| first + since),
        request_id: head.as_ref().and_then(|head| head.0.clone()),
        etag: head
            .as_ref()
            .and_then(|head| head.1.clone().or_else(|| base.etag.clone())),
        age: None,
        rate: rate_of(*n, line),
        retry_after: None,
        said: if not_modified {
            Said::NotModified
        } else {
            base.said.clone()
        },
    }
}

fn rate_of(number: u64, line: &SameLine) -> Option<Rate> {
    let last = line.rate.as_ref()?;
    (last.n == number).then_some(last.rate.0)
}
