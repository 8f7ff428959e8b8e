//! The first lines: the verdict, why, and what to do next.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Class, Kind, Period, ReportVerdict};
use crate::report::{Narrowed, Report, SourceKind};

use super::coverage::NEVER_LISTED;
use super::period::list;
use super::unit::{count, grouped, len, percent};
use super::{Moments, caveat};

/// The verdict in one line.
pub(crate) fn headline(report: &Report<'_>) -> String {
    match report.analysis.verdict {
        ReportVerdict::Desync => found("desync", report),
        ReportVerdict::Lag if report.findings().any(|p| report.fail_on.names(p)) => {
            found("lag", report)
        }
        ReportVerdict::Lag | ReportVerdict::Clean => clean(report),
        ReportVerdict::Inconclusive => inconclusive(report),
    }
}

/// Findings, what became of their jobs, and what does not count.
fn found(verdict: &str, report: &Report<'_>) -> String {
    let findings: Vec<_> = report.findings().collect();
    let runners: BTreeSet<_> = findings.iter().map(|period| &period.runner.key).collect();
    let runners = u64::try_from(runners.len()).unwrap_or(u64::MAX);
    let killed = match report.killed_jobs() {
        0 => String::new(),
        killed => format!("; {} killed afterwards", count(killed, "job", "jobs")),
    };
    let rest = not_counted(report).map(|rest| format!("; not counted: {rest}"));
    format!(
        "{verdict}: {} on {}{}{}",
        by_name(&findings),
        count(runners, "runner", "runners"),
        killed,
        rest.as_deref().unwrap_or("")
    )
}

/// "2 stale findings", "3 findings (1 offline, 2 stale)".
fn by_name(periods: &[&Period]) -> String {
    let tally = tally(periods.iter().copied());
    if let (1, Some((name, number))) = (tally.len(), tally.first_key_value()) {
        let noun = if *number == 1 { "finding" } else { "findings" };
        return format!("{} {name} {noun}", grouped(*number));
    }
    let parts: Vec<_> = tally
        .iter()
        .map(|(name, number)| format!("{} {name}", grouped(*number)))
        .collect();
    let findings = count(len(periods), "finding", "findings");
    format!("{findings} ({})", parts.join(", "))
}

fn tally<'a>(periods: impl Iterator<Item = &'a Period>) -> BTreeMap<&'static str, u64> {
    let mut tally = BTreeMap::new();
    for period in periods {
        *tally.entry(own_name(period)).or_insert(0) += 1;
    }
    tally
}

/// The name a period goes by: its class when it is busy-false, else its kind.
pub(crate) const fn own_name(period: &Period) -> &'static str {
    match (period.kind, period.class) {
        (Kind::BusyFalse, Some(Class::Lag)) => "lag",
        (Kind::BusyFalse, Some(Class::Stale) | None) => "stale",
        (kind, _) => kind.as_str(),
    }
}

fn clean(report: &Report<'_>) -> String {
    let rest = not_counted(report).map(|rest| format!(", {rest} not counted"));
    let coverage = &report.analysis.coverage;
    format!(
        "clean{}: {} of {} read, {}",
        rest.as_deref().unwrap_or(""),
        count(coverage.jobs_judged, "job", "jobs"),
        count(coverage.runners, "runner", "runners"),
        coverage.ratio.map_or_else(
            || "coverage not known".to_owned(),
            |ratio| format!("coverage {}", percent(ratio))
        )
    )
}

fn inconclusive(report: &Report<'_>) -> String {
    let mut reasons: Vec<String> = Vec::new();
    if let Some((ratio, least)) = short_coverage(report) {
        reasons.push(format!(
            "coverage {} is below {}",
            percent(ratio),
            percent(least)
        ));
    }
    let coverage = &report.analysis.coverage;
    if coverage.ratio.is_none() && 0 < coverage.cycles {
        reasons.push(NEVER_LISTED.to_owned());
    }
    if report.asked.narrowed == Narrowed::ToNone {
        reasons.push("no runner that was seen matches --runner and --label".to_owned());
    } else if coverage.jobs_judged == 0 {
        reasons.push("no job was judged".to_owned());
    }
    let open = stale_candidates(report);
    if open > 0 {
        let verb = if open == 1 { "is" } else { "are" };
        let candidates = count(open, "stale candidate", "stale candidates");
        reasons.push(format!("{candidates} {verb} not confirmed"));
    }
    if reasons.is_empty() {
        reasons.push("too little was read to say more".to_owned());
    }
    let rest = tally(uncounted(report));
    let rest = (!rest.is_empty()).then(|| format!("; not counted: {}", nouns(&rest)));
    format!(
        "inconclusive: {}{}",
        list(&reasons),
        rest.as_deref().unwrap_or("")
    )
}

/// Coverage and what was asked for, when the one is below the other.
fn short_coverage(report: &Report<'_>) -> Option<(f64, f64)> {
    let least = report.analysis.rules.min_coverage;
    let ratio = report.analysis.coverage.ratio?;
    (ratio < least).then_some((ratio, least))
}

fn stale_candidates(report: &Report<'_>) -> u64 {
    let stale = report.candidates().filter(|period| match period.class {
        Some(Class::Stale) => true,
        Some(Class::Lag) | None => false,
    });
    u64::try_from(stale.count()).unwrap_or(u64::MAX)
}

/// What the exit code leaves out: "30 lag periods and 1 candidate".
fn not_counted(report: &Report<'_>) -> Option<String> {
    let mut parts = tally(uncounted(report));
    let candidates = u64::try_from(report.candidates().count()).unwrap_or(u64::MAX);
    if candidates > 0 {
        parts.insert("unconfirmed", candidates);
    }
    (!parts.is_empty()).then(|| nouns(&parts))
}

fn uncounted<'a>(report: &Report<'a>) -> impl Iterator<Item = &'a Period> {
    let fail_on = report.fail_on;
    report
        .findings()
        .filter(move |period| !fail_on.names(period))
}

fn nouns(tally: &BTreeMap<&'static str, u64>) -> String {
    let parts: Vec<_> = tally
        .iter()
        .map(|(name, number)| {
            let noun = if *number == 1 { "period" } else { "periods" };
            format!("{} {name} {noun}", grouped(*number))
        })
        .collect();
    list(&parts)
}

/// Where and when: targets, host and window.
pub(crate) fn summary(
    report: &Report<'_>,
    moments: Moments,
    say: &dyn Fn(&str) -> String,
) -> String {
    const SHOWN: usize = 4;
    let analysis = report.analysis;
    let targets = analysis.targets.iter().take(SHOWN);
    let mut names: Vec<_> = targets.map(|scope| say(&scope.to_string())).collect();
    let more = len(&analysis.targets).saturating_sub(len(&names));
    if more > 0 {
        names.push(format!("{} more", grouped(more)));
    }
    let window = analysis.window.map_or_else(
        || "nothing was observed".to_owned(),
        |(from, to)| moments.range(from, to),
    );
    let host = say(analysis.host.as_str());
    if names.is_empty() {
        return format!("{host}, {window}");
    }
    format!("{} on {host}, {window}", list(&names))
}

/// What to do with this verdict, where there is something to do.
pub(crate) fn next_step(report: &Report<'_>) -> Option<String> {
    match report.analysis.verdict {
        ReportVerdict::Desync => {
            Some("`--format markdown` writes this as a support ticket with its proof".to_owned())
        }
        ReportVerdict::Inconclusive => Some(more_evidence(report)),
        ReportVerdict::Lag | ReportVerdict::Clean => None,
    }
}

fn more_evidence(report: &Report<'_>) -> String {
    let live = report.analysis.requests.is_some();
    if report.asked.narrowed == Narrowed::ToNone {
        return "give names and labels as GitHub has them; `*` in --runner stands for anything"
            .to_owned();
    }
    if short_coverage(report).is_some() {
        return "see the gaps below for what could not be read".to_owned();
    }
    if report.analysis.coverage.jobs_judged == 0 {
        return match (caveat::elsewhere(report), live) {
            (Some(_), _) => "watch the level on which the runners are registered".to_owned(),
            (None, true) => "watch longer, while jobs run on these runners".to_owned(),
            (None, false) => missing(report).to_owned(),
        };
    }
    if report.candidates().next().is_none() {
        return if live {
            "watch longer, while jobs run on these runners".to_owned()
        } else {
            "give readings of these runners from while the jobs ran".to_owned()
        };
    }
    if live {
        "check again when the job has ended: its final record settles it".to_owned()
    } else {
        "give the final record of the job, which settles it".to_owned()
    }
}

/// What imported files lack for any job to be judged.
fn missing(report: &Report<'_>) -> &'static str {
    let has = |kinds: &[SourceKind]| report.sources.iter().any(|it| kinds.contains(&it.kind));
    let read = has(&[
        SourceKind::Recording,
        SourceKind::Readings,
        SourceKind::ScaleDownLog,
    ]);
    match (has(&[SourceKind::Jobs]), read) {
        (true, false) => "give readings of these runners too, from while the jobs ran",
        (false, false) => {
            "give the jobs of these runners too, and readings from while the jobs ran"
        }
        (_, true) => "give the jobs of these runners too, with their runner ids",
    }
}
