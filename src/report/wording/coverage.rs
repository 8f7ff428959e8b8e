//! What was read, what was not, and how far "clean" can be trusted.

use std::collections::BTreeMap;

use crate::model::{Coverage, Lag, MARGIN, Requests, Rules, UnknownReason};
use crate::report::{Report, SourceNote};

use super::UNKNOWN;
use super::unit::{at_most, at_most_or_dash, count, duration, grouped, percent, percent_of};

/// The share read, and of what.
pub(crate) fn coverage(coverage: &Coverage) -> String {
    let cycles = format!(
        "{} of {} complete",
        grouped(coverage.complete_cycles),
        count(coverage.cycles, "cycle", "cycles")
    );
    let gap = at_most_or_dash(coverage.longest_gap);
    match coverage.ratio {
        Some(ratio) => format!("{}; {cycles}; longest gap {gap}", percent(ratio)),
        None if 0 < coverage.cycles => {
            format!("{UNKNOWN} ({NEVER_LISTED}); {cycles}; longest gap {gap}")
        }
        None => format!("{UNKNOWN} (imported files do not say what they missed)"),
    }
}

/// Why cycles can tell no share.
pub(crate) const NEVER_LISTED: &str = "the runners of a target were never listed";

/// Every reading, by what became of it.
pub(crate) fn readings(coverage: &Coverage) -> String {
    let counts = coverage.readings;
    let agree = counts.agree.saturating_add(counts.agree_unchanged);
    let parts = [
        (agree, "agree"),
        (counts.desync, "desync"),
        (counts.unknown, "unknown"),
        (counts.jobs_late, "jobs-late"),
    ];
    let total = parts
        .iter()
        .fold(0_u64, |sum, (number, _)| sum.saturating_add(*number));
    let words: Vec<_> = parts
        .into_iter()
        .map(|(number, word)| format!("{} {word}", grouped(number)))
        .collect();
    let unchanged = match counts.agree_unchanged {
        0 => String::new(),
        number => format!(" ({} of the agreements by 304)", grouped(number)),
    };
    let jobs = count(coverage.jobs_judged, "job", "jobs");
    let runners = count(coverage.runners, "runner", "runners");
    let total = grouped(total);
    format!(
        "{total} of {runners} and {jobs}: {}{unchanged}",
        words.join(", ")
    )
}

/// Unknown readings by reason, the most frequent first, in words.
pub(crate) fn unknown_reasons(coverage: &Coverage) -> Option<String> {
    let mut reasons: Vec<_> = coverage.unknown_reasons.iter().collect();
    reasons.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let words: Vec<_> = reasons
        .into_iter()
        .map(|(reason, number)| {
            let code = reason.as_str();
            format!("{} {code} ({})", grouped(*number), meaning(*reason))
        })
        .collect();
    (!words.is_empty()).then(|| words.join("; "))
}

const fn meaning(reason: UnknownReason) -> &'static str {
    match reason {
        UnknownReason::HttpError => "no usable answer",
        UnknownReason::RateLimited => "GitHub refused for the rate limit",
        UnknownReason::IncompletePages => "a page of a list was missing",
        UnknownReason::Undecodable => "the answer could not be understood",
        UnknownReason::NotModified => "a 304, which never contradicts",
        UnknownReason::RunnerAbsent => "the runner was not listed",
        UnknownReason::Ambiguous => "one id, two names",
        UnknownReason::ReRegistered => "the runner was registered anew",
        UnknownReason::MixedJob => "the job read running and ended at once",
        UnknownReason::Edge => "too near a job's start or end",
        UnknownReason::NotConfirmed => "a candidate that nothing confirmed",
        UnknownReason::Jobs => "the jobs were not read since",
        UnknownReason::Scope => "not every repository was visible",
        UnknownReason::OutOfTime => "the deadline came first",
    }
}

/// Attempts to confirm candidates, and the negative controls.
pub(crate) fn sandwiches(coverage: &Coverage) -> Option<String> {
    let counts = coverage.sandwiches;
    if counts.tried == 0 && counts.controls == 0 {
        return None;
    }
    Some(format!(
        "{} tried: {} held, {} failed; {}",
        grouped(counts.tried),
        grouped(counts.held),
        grouped(counts.failed),
        count(counts.controls, "control", "controls")
    ))
}

/// What would have been found.
pub(crate) fn guarantee(coverage: &Coverage) -> String {
    match coverage.would_detect {
        Some(least) => format!(
            "every desync of at least {} inside the sure life of a discovered job would have been found",
            at_most(least)
        ),
        None => {
            "these readings do not allow to say how short a desync would have been found".to_owned()
        }
    }
}

/// The distribution of assignment lag; none without jobs.
pub(crate) fn lag(lag: &Lag) -> Option<String> {
    if lag.jobs == 0 {
        return None;
    }
    if lag.censored == lag.jobs {
        return Some(never_read(lag));
    }
    let never = (lag.censored > 0).then(|| {
        let jobs = grouped(lag.censored);
        format!("; in {jobs} of them it was never read, which counts as \"at least\"")
    });
    let wait = protection(lag);
    Some(format!(
        "{}: busy:true was first read within {} of the start{}{}",
        count(lag.jobs, "job", "jobs"),
        ranks(lag),
        never.as_deref().unwrap_or(""),
        wait.as_deref().unwrap_or("")
    ))
}

/// Of jobs whose flag nobody saw set it is known how long it was not, at least.
fn never_read(lag: &Lag) -> String {
    let jobs = count(lag.jobs, "job", "jobs");
    let least = ranks(lag);
    if least.is_empty() {
        return format!("{jobs}: busy:true was never read");
    }
    format!("{jobs}: busy:true was never read, for at least {least}")
}

/// What an autoscaler would have gained by waiting, at the readings that
/// there are.
fn protection(lag: &Lag) -> Option<String> {
    let wait = at_most(lag.suggested_idle_confirmation?);
    let (read_false, protected) = (lag.read_false, lag.protected?);
    let jobs = count(read_false, "job", "jobs");
    let share = match read_false {
        0 => "no job was read busy:false".to_owned(),
        _ => format!(
            "of {jobs} read busy:false it would have protected {} ({})",
            grouped(protected),
            percent_of(protected, read_false)
        ),
    };
    Some(format!(
        "; suggested idle confirmation {wait}, from {}: {share}; it helps against lag, not against a stale flag",
        count(lag.jobs, "job", "jobs")
    ))
}

/// The ranks that are known; of one job there is only one.
fn ranks(lag: &Lag) -> String {
    if lag.jobs == 1 {
        return lag.max.map_or_else(String::new, at_most);
    }
    let ranks = [
        (lag.p50, "half"),
        (lag.p95, "95 %"),
        (lag.p99, "99 %"),
        (lag.max, "longest"),
    ];
    let known = ranks.into_iter().filter_map(|(span, of)| Some((span?, of)));
    let words: Vec<_> = known
        .map(|(span, of)| format!("{} ({of})", at_most(span)))
        .collect();
    words.join(", ")
}

/// What a source was taken for, and what it gave.
pub(crate) fn source(source: &SourceNote) -> String {
    format!(
        "{}, {}, {} skipped",
        source.kind.as_str(),
        count(source.records, "record", "records"),
        grouped(source.skipped)
    )
}

/// The rules in force.
pub(crate) fn rules(rules: &Rules) -> String {
    format!(
        "rules: lag limit {}, margin {}, minimum coverage {}",
        duration(rules.lag_limit),
        duration(MARGIN + rules.clock_bound),
        percent(rules.min_coverage)
    )
}

/// Versions and systems of the runners with a period, and how many each has.
pub(crate) fn runners(report: &Report<'_>, say: &dyn Fn(&str) -> String) -> String {
    const SHOWN: usize = 6;
    let runners: BTreeMap<_, _> = report
        .analysis
        .periods
        .iter()
        .map(|period| (&period.runner.key, &period.runner))
        .collect();
    let mut sorts: BTreeMap<(Option<&str>, Option<&str>), u64> = BTreeMap::new();
    for runner in runners.values() {
        let sort = (runner.version.as_deref(), runner.os.as_deref());
        *sorts.entry(sort).or_insert(0) += 1;
    }
    let words = sorts.iter().take(SHOWN).map(|((version, os), number)| {
        let or_dash = |text: Option<&str>| text.map_or_else(|| UNKNOWN.to_owned(), say);
        let runners = count(*number, "runner", "runners");
        format!(
            "{runners} of version {} on {}",
            or_dash(*version),
            or_dash(*os)
        )
    });
    let words: Vec<_> = words.collect();
    if words.is_empty() {
        return "no runner with a period".to_owned();
    }
    let rest = (SHOWN < sorts.len()).then_some(", and others");
    format!("{}{}", words.join(", "), rest.unwrap_or(""))
}

/// What the live run cost.
pub(crate) fn requests(requests: &Requests) -> String {
    let left = match (requests.remaining, requests.limit) {
        (Some(remaining), Some(limit)) => {
            format!("{} of {} left", grouped(remaining), grouped(limit))
        }
        (Some(remaining), None) => format!("{} left", grouped(remaining)),
        (None, Some(_) | None) => "what is left is not known".to_owned(),
    };
    format!(
        "{}: {} charged, {} answered 304, {} retried; {left}",
        grouped(requests.total),
        grouped(requests.charged),
        grouped(requests.not_modified),
        grouped(requests.retried)
    )
}
