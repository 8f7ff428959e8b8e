//! What other witnesses tell around the periods. Seen before or after them,
//! never called a cause.

use std::collections::HashSet;

use crate::model::{Analysis, RunnerEventKind, TimelineEntry};

use super::Moments;
use super::unit::{count, len};

/// Every event on a runner in and around its periods, or, without periods,
/// every event; names are made safe. Renewals are counted: the lanes show
/// them, and JSON has each.
pub(crate) fn context(
    analysis: &Analysis,
    moments: Moments,
    say: &dyn Fn(&str) -> String,
) -> Vec<String> {
    let near = near(analysis);
    let (renewals, others): (Vec<_>, Vec<_>) = near
        .into_iter()
        .partition(|entry| entry.event == RunnerEventKind::LeaseRenewed);
    let mut lines: Vec<_> = others
        .into_iter()
        .map(|entry| line(entry, moments, say))
        .collect();
    if let [first, .., last] | [first @ last] = &renewals[..] {
        let renewals = count(len(&renewals), "lease renewal", "lease renewals");
        let (from, to) = (moments.say(first.at), moments.say(last.at));
        lines.push(format!("{renewals} from {from} to {to}"));
    }
    lines
}

fn near(analysis: &Analysis) -> Vec<&TimelineEntry> {
    if analysis.periods.is_empty() {
        return analysis.timeline.iter().collect();
    }
    let periods = analysis.periods.iter();
    let near: HashSet<_> = periods.flat_map(|period| &period.events).collect();
    let is_update = |entry: &TimelineEntry| {
        // They are rare, and come minutes before the job (`evidence.md` §5).
        entry.event == RunnerEventKind::SelfUpdate
            && (analysis.periods.iter()).any(|period| period.runner.key == entry.runner)
    };
    let all = analysis.timeline.iter();
    all.filter(|entry| near.contains(entry) || is_update(entry))
        .collect()
}

/// One line of context.
pub(crate) fn line(
    entry: &TimelineEntry,
    moments: Moments,
    say: &dyn Fn(&str) -> String,
) -> String {
    let source = entry.source.as_deref().map(|source| {
        let source = say(source);
        format!(" (by {source})")
    });
    format!(
        "{} runner {} {}{}{}",
        moments.say(entry.at),
        say(&entry.runner.id.to_string()),
        entry.event.as_str(),
        about(entry, moments, say),
        source.as_deref().unwrap_or("")
    )
}

/// The job an event is about, what it says, and how long its lease lasts.
fn about(entry: &TimelineEntry, moments: Moments, say: &dyn Fn(&str) -> String) -> String {
    let job = entry.job.as_deref().map(say);
    let detail = entry.detail.as_deref().map(say);
    let till = entry.valid_till;
    let till = till.map(|till| format!("valid till {}", moments.say(till)));
    let parts: Vec<_> = [job, detail, till].into_iter().flatten().collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!(": {}", parts.join(", "))
    }
}
