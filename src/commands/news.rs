//! What changed about periods since it was last told: opened, counted, closed,
//! settled, retracted. Pure; what was told is part of the recording, so a
//! period that spans checks is announced once.

use std::collections::BTreeMap;

use crate::model::{
    Certainty, Finding, JobId, JobStatus, Kind, Mono, News, Period, RunnerId, Scope, Timestamp,
    Told,
};
use crate::notify::{Alert, Event};
use crate::report::{self, FailOn};

/// One piece of news; `period` is `None` for one taken back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item<'a> {
    pub(crate) told: Told,
    pub(crate) period: Option<&'a Period>,
}

/// News about the findings among these periods.
pub(crate) fn news<'a>(
    periods: &'a [Period],
    told: &[Told],
    fail_on: &FailOn,
    at: Mono,
) -> Vec<Item<'a>> {
    let findings = periods
        .iter()
        .filter(|period| period.finding == Finding::Yes);
    let known = by_subject(told.iter(), of_told);
    let mut items: Vec<_> = findings
        .clone()
        .flat_map(|period| of_period(period, &known, fail_on, at))
        .collect();
    let findings = by_subject(findings, of_what);
    let opened = told.iter().filter(|told| told.news == News::Opened);
    for told_open in opened {
        let about = |period: &Period| is_about(told_open, period);
        let stands = on(&findings, of_told(told_open)).any(about);
        if !stands && !has(&known, told_open, News::Retracted) {
            items.push(Item {
                told: Told {
                    at,
                    news: News::Retracted,
                    ..told_open.clone()
                },
                period: None,
            });
        }
    }
    items
}

fn of_period<'a>(
    period: &'a Period,
    told: &BySubject<Told>,
    fail_on: &FailOn,
    at: Mono,
) -> Vec<Item<'a>> {
    let known = |news| was_told(period, told, news);
    let settled = period.certainty >= Certainty::Settled && is_final(period);
    let due = [
        (News::Opened, true),
        // A period of class lag can turn stale long after it opened.
        (News::Counted, fail_on.names(period)),
        (News::Closed, period.end.by.is_some()),
        (News::Settled, settled),
    ];
    let due = due
        .into_iter()
        .filter(|&(news, happened)| happened && !known(news));
    due.map(|(news, _)| Item {
        told: told_of(period, news, at),
        period: Some(period),
    })
    .collect()
}

/// Alerts about one period each, in their order. Only who was alerted hears
/// of an end or a retraction; `before` are the periods as they were last
/// judged, for what was taken back.
pub(crate) fn alerts(items: &[Item], told: &[Told], before: &[Period]) -> Vec<Vec<Alert>> {
    let told = by_subject(told.iter(), of_told);
    let alerts = items.iter().map(|item| {
        let known = || was_counted(item, &told);
        let events: &[Event] = match item.told.news {
            News::Counted if item.period.is_some_and(|p| p.end.by.is_some()) => {
                &[Event::Opened, Event::Closed]
            }
            News::Counted => &[Event::Opened],
            News::Closed if known() => &[Event::Closed],
            News::Retracted if known() => &[Event::Retracted],
            News::Opened | News::Closed | News::Settled | News::Retracted => &[],
        };
        let alert = |event: &Event| Alert {
            event: *event,
            period: described(item, before),
        };
        events.iter().map(alert).collect::<Vec<_>>()
    });
    alerts.filter(|alerts| !alerts.is_empty()).collect()
}

fn was_counted(item: &Item, told: &BySubject<Told>) -> bool {
    item.period.map_or_else(
        || has(told, &item.told, News::Counted),
        |period| was_told(period, told, News::Counted),
    )
}

/// The period as it is or last was; what little was told of it, when it is
/// not known any more.
fn described(item: &Item, before: &[Period]) -> String {
    let last = before.iter().find(|period| is_about(&item.told, period));
    let period = item.period.or(last);
    let known = period.and_then(|period| report::period_json(period).ok());
    known.unwrap_or_else(|| report::news_json(&item.told, None))
}

fn is_final(period: &Period) -> bool {
    let job = period.job.as_ref();
    job.is_some_and(|job| job.job.status == JobStatus::Completed)
}

fn told_of(period: &Period, news: News, at: Mono) -> Told {
    Told {
        at,
        news,
        scope: period.runner.key.scope.clone(),
        runner: period.runner.key.id,
        kind: period.kind,
        job: period.job.as_ref().map(|job| job.job.id),
        since: period.onset.by,
    }
}

/// What a period is about, and what is told of it.
type Subject<'a> = (&'a Scope, RunnerId, Kind, Option<JobId>);

/// A watch of weeks has told of thousands: each is found by what it is about.
type BySubject<'a, T> = BTreeMap<Subject<'a>, Vec<&'a T>>;

fn by_subject<'a, T>(
    all: impl Iterator<Item = &'a T>,
    subject: fn(&'a T) -> Subject<'a>,
) -> BySubject<'a, T> {
    let mut sorted = BySubject::new();
    for one in all {
        sorted.entry(subject(one)).or_default().push(one);
    }
    sorted
}

fn on<'b, T>(
    all: &'b BySubject<'b, T>,
    subject: Subject<'b>,
) -> impl Iterator<Item = &'b T> + use<'b, T> {
    all.get(&subject).into_iter().flatten().copied()
}

fn of_told(told: &Told) -> Subject<'_> {
    (&told.scope, told.runner, told.kind, told.job)
}

fn of_what(period: &Period) -> Subject<'_> {
    let key = &period.runner.key;
    let job = period.job.as_ref().map(|job| job.job.id);
    (&key.scope, key.id, period.kind, job)
}

fn was_told(period: &Period, told: &BySubject<Told>, news: News) -> bool {
    let mut told = on(told, of_what(period));
    told.any(|told| told.news == news && is_about(told, period))
}

fn has(told: &BySubject<Told>, about: &Told, news: News) -> bool {
    let mut told = on(told, of_told(about));
    told.any(|told| told.news == news && told.since == about.since)
}

/// Whether what was told is about this period. Settling can move its onset,
/// so its whole extent counts.
fn is_about(told: &Told, period: &Period) -> bool {
    let until = period.end.by.unwrap_or(Timestamp::from_millis(i64::MAX));
    of_told(told) == of_what(period)
        && period.onset.after <= Some(told.since)
        && told.since <= until
}

/// Periods that a run judges: open at its start, or changed by it.
pub(crate) fn of_this_run(before: &[Period], now: Vec<Period>) -> Vec<Period> {
    let before = by_subject(before.iter(), of_what);
    let done = |period: &Period| {
        on(&before, of_what(period)).any(|earlier| {
            earlier.end.by.is_some()
                && earlier.end == period.end
                && earlier.runner.key == period.runner.key
                && earlier.onset == period.onset
                && earlier.finding == period.finding
                && earlier.certainty == period.certainty
                && earlier.killed == period.killed
        })
    };
    now.into_iter().filter(|period| !done(period)).collect()
}
