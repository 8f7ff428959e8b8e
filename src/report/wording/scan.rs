//! What is said of jobs that died, and of what was looked at.

use crate::model::{
    AnnotationAccess, AnnotationsRead, Fate, Job, Killed, KilledBecause, Period, RunsListed,
    ScanCounts, ScanEnd, ScanVerdict,
};
use crate::report::ScanReport;

use super::period::{assertion, list, plain_sign};
use super::unit::{count, grouped, len, percent};
use super::{UNKNOWN, conclusion, own_name};

/// The verdict in one line.
pub(crate) fn scan_headline(report: &ScanReport<'_>) -> String {
    let since = format!("since {}", report.since);
    let deaths = report.deaths().count() as u64;
    let said = match report.verdict {
        ScanVerdict::Deaths => {
            let jobs = count(deaths, "job", "jobs");
            format!("{jobs} died under the runner {since}")
        }
        ScanVerdict::Inconclusive => {
            format!(
                "inconclusive: no job was seen to die under its runner {since}, {}",
                lack(report)
            )
        }
        ScanVerdict::Clean => format!("clean: no job died under its runner {since}, by any sign"),
    };
    match report.end {
        ScanEnd::Complete => said,
        ScanEnd::Interrupted => format!("{said} (partial: the scan was stopped)"),
    }
}

/// Why nothing can be said.
fn lack(report: &ScanReport<'_>) -> String {
    let counts = report.counts;
    match (report.end, counts.listed) {
        (ScanEnd::Interrupted, _) => "and not everything was looked at".to_owned(),
        (ScanEnd::Complete, RunsListed::Some) => "and not all runs could be listed".to_owned(),
        (ScanEnd::Complete, RunsListed::All) if counts.is_of_nobody() => {
            "and none ran on a runner that is wanted".to_owned()
        }
        (ScanEnd::Complete, RunsListed::All) => match counts.coverage() {
            Some(share) => format!(
                "and {} was read where {} is needed",
                percent(share),
                percent(report.min_coverage)
            ),
            None => "and nothing was read".to_owned(),
        },
    }
}

/// What was judged.
pub(crate) fn scan_summary(report: &ScanReport<'_>) -> String {
    let of = |killed| {
        report
            .fates
            .iter()
            .filter(move |fate| fate.killed == killed)
    };
    let sure = of(Killed::Yes).count() as u64;
    let likely = of(Killed::Likely).count() as u64;
    let unclear = report.unclear().count() as u64;
    let fine = of(Killed::No).count() as u64;
    format!(
        "{} on self-hosted runners: {} for sure, {} likely, {} ended badly without a sign, {} by \
         themselves",
        count(report.counts.jobs, "ended job", "ended jobs"),
        grouped(sure),
        grouped(likely),
        grouped(unclear),
        grouped(fine)
    )
}

/// One death in a line; the names are safe already.
pub(crate) fn death(fate: &Fate, job: &str, runner: &str) -> String {
    let surely = match fate.killed {
        Killed::Yes => "died",
        Killed::Likely => "likely died",
        Killed::No | Killed::Unknown => "ended",
    };
    format!("{job} {surely} under {runner}")
}

/// From when to when, and how it ended.
pub(crate) fn ran(job: &Job) -> String {
    let at = |time: Option<crate::model::Timestamp>| {
        time.map_or_else(|| UNKNOWN.to_owned(), |at| at.to_string())
    };
    format!(
        "{} to {}, {}",
        at(job.started_at),
        at(job.completed_at),
        conclusion(job)
    )
}

/// Why it is said to have died.
pub(crate) fn signs(fate: &Fate) -> String {
    let each = fate
        .because
        .iter()
        .map(|because| match (because, fate.taken_at) {
            (KilledBecause::Terminated, Some(at)) => format!("its runner was terminated at {at}"),
            (KilledBecause::Shutdown, Some(at)) => {
                format!("its runner's log says that it was told to shut down at {at}")
            }
            (because, _) => plain_sign(*because).to_owned(),
        });
    list(&each.collect::<Vec<_>>())
}

/// What evidence files show of the flag during the job.
pub(crate) fn flag(period: &Period) -> String {
    let read = if period.readings == 1 {
        format!("at {}", period.first_false_at)
    } else {
        format!(
            "at {} from {} to {}",
            count(period.readings, "reading", "readings"),
            period.first_false_at,
            period.last_false_at
        )
    };
    format!(
        "{} {read} ({}, {})",
        assertion(period.kind),
        own_name(period),
        period.certainty.as_str()
    )
}

/// Runs and annotations read, and what is missing.
pub(crate) fn scan_coverage(counts: &ScanCounts) -> String {
    let share = counts
        .coverage()
        .map_or_else(|| UNKNOWN.to_owned(), percent);
    let listed = match counts.listed {
        RunsListed::All => "",
        RunsListed::Some => "; not all runs could be listed",
    };
    let access = match counts.access {
        AnnotationAccess::Granted => "",
        AnnotationAccess::Refused => " (the credential does not open them: they need Checks: read)",
    };
    format!(
        "{share}: jobs of {} of {} in {} ({} from an earlier scan, {} unfinished), annotations \
         of {} of {}{access}{listed}",
        grouped(counts.runs_read),
        count(counts.runs, "run", "runs"),
        count(counts.repos, "repository", "repositories"),
        grouped(counts.runs_remembered),
        grouped(counts.runs_unfinished),
        grouped(counts.annotations_read),
        count(counts.annotations, "unclear job", "unclear jobs"),
    )
}

/// What a scan cannot see, whatever it reads.
pub(crate) const SCAN_LIMITS: &str = "runs are found by their creation, so a run that is older \
                                      and was run again since is not among them";

/// Bad ends that nothing explains.
pub(crate) fn unclear(report: &ScanReport<'_>) -> Option<String> {
    let unclear: Vec<_> = report.unclear().collect();
    if unclear.is_empty() {
        return None;
    }
    let unread = unclear.iter();
    let unread = unread.filter(|fate| fate.annotations == AnnotationsRead::No);
    let unread = match unread.count() as u64 {
        0 => String::new(),
        number => format!("; the annotations of {} are not known", grouped(number)),
    };
    Some(format!(
        "{} badly, with no sign of how: neither a death nor none{unread}",
        count(len(&unclear), "job ended", "jobs ended")
    ))
}
