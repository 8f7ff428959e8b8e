//! What changed about periods since it was last told: opened, closed,
//! settled, retracted. Pure; what was told is part of the recording, so a
//! period that spans checks is announced once.

use crate::model::{Certainty, Finding, JobStatus, Mono, News, Period, Timestamp, Told};

/// One piece of news; `period` is `None` for one taken back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item<'a> {
    pub(crate) told: Told,
    pub(crate) period: Option<&'a Period>,
}

/// News about the findings among these periods.
pub(crate) fn news<'a>(periods: &'a [Period], told: &[Told], at: Mono) -> Vec<Item<'a>> {
    let findings = periods
        .iter()
        .filter(|period| period.finding == Finding::Yes);
    let mut items: Vec<_> = findings
        .clone()
        .flat_map(|period| of_period(period, told, at))
        .collect();
    let opened = told.iter().filter(|told| told.news == News::Opened);
    for told_open in opened {
        let stands = findings.clone().any(|period| is_about(told_open, period));
        if !stands && !has(told, told_open, News::Retracted) {
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

fn of_period<'a>(period: &'a Period, told: &[Told], at: Mono) -> Vec<Item<'a>> {
    let known = |news| {
        let mut about = told.iter().filter(|told| is_about(told, period));
        about.any(|told| told.news == news)
    };
    let settled = period.certainty >= Certainty::Settled && is_final(period);
    let due = [
        (News::Opened, true),
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

fn has(told: &[Told], about: &Told, news: News) -> bool {
    told.iter().any(|told| {
        told.news == news
            && Told {
                at: told.at,
                news,
                ..about.clone()
            } == *told
    })
}

/// Whether what was told is about this period. Settling can move its onset,
/// so its whole extent counts.
fn is_about(told: &Told, period: &Period) -> bool {
    let until = period.end.by.unwrap_or(Timestamp::from_millis(i64::MAX));
    told.scope == period.runner.key.scope
        && told.runner == period.runner.key.id
        && told.kind == period.kind
        && told.job == period.job.as_ref().map(|job| job.job.id)
        && period.onset.after <= Some(told.since)
        && told.since <= until
}

/// Periods that a run judges: open at its start, or changed by it.
pub(crate) fn of_this_run(before: &[Period], now: Vec<Period>) -> Vec<Period> {
    let done = |period: &Period| {
        before.iter().any(|earlier| {
            earlier.end.by.is_some()
                && earlier.end == period.end
                && earlier.runner.key == period.runner.key
                && earlier.kind == period.kind
                && earlier.onset == period.onset
                && earlier.finding == period.finding
                && earlier.certainty == period.certainty
                && earlier.killed == period.killed
        })
    };
    now.into_iter().filter(|period| !done(period)).collect()
}
