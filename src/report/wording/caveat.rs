//! Reasons to trust a report less.

use crate::model::{Caveat, ClockOf, Coverage, MARGIN, Rules, Scope};
use crate::report::Report;

use super::period::list;
use super::unit::{at_most, count, duration, grouped, len};

/// Running jobs on runners of another level.
pub(crate) fn elsewhere(report: &Report<'_>) -> Option<String> {
    let jobs = report.analysis.coverage.jobs_elsewhere;
    if jobs == 0 {
        return None;
    }
    let (verb, runners) = if jobs == 1 {
        ("is", "a self-hosted runner that is")
    } else {
        ("are", "self-hosted runners that are")
    };
    Some(format!(
        "{} {verb} on {runners} not registered on this level; {}",
        count(jobs, "running job", "running jobs"),
        other_levels(report)
    ))
}

/// Where such runners are registered, and how to watch them.
fn other_levels(report: &Report<'_>) -> &'static str {
    match report.analysis.targets.first() {
        Some(Scope::Repo(_)) => "most fleets are organization-level, which --org ORG watches",
        Some(Scope::Org(_)) => {
            "--repo OWNER/REPO watches those of a repository, --enterprise NAME those of an \
             enterprise"
        }
        Some(Scope::Enterprise(_)) | None => {
            "--org ORG watches those of an organization, --repo OWNER/REPO those of a repository"
        }
    }
}

/// Every caveat with its code, then what the caller and the coverage add.
pub(crate) fn caveats(report: &Report<'_>, say: &dyn Fn(&str) -> String) -> Vec<String> {
    let analysis = report.analysis;
    let own = analysis
        .caveats
        .iter()
        .map(|own| format!("{}: {}", own.code(), caveat(*own, &analysis.rules)));
    let unreadable = unreadable(&analysis.coverage, say);
    let only = only_unfiltered(&analysis.coverage);
    own.chain(elsewhere(report))
        .chain(unreadable)
        .chain(only)
        .chain(report.notes.iter().map(|note| say(note)))
        .collect()
}

fn unreadable(coverage: &Coverage, say: &dyn Fn(&str) -> String) -> Option<String> {
    const SHOWN: usize = 8;
    let mut names: Vec<_> = coverage
        .unreadable
        .iter()
        .take(SHOWN)
        .map(|name| say(name))
        .collect();
    let more = len(&coverage.unreadable).saturating_sub(len(&names));
    if more > 0 {
        names.push(format!("{} more", grouped(more)));
    }
    (!names.is_empty()).then(|| format!("never readable: {}", list(&names)))
}

fn only_unfiltered(coverage: &Coverage) -> Option<String> {
    let runs = coverage.only_unfiltered;
    (runs > 0).then(|| {
        let runs = count(runs, "run was", "runs were");
        format!("{runs} seen in the unfiltered list only: the filtered lists were stale")
    })
}

const fn whose(clock: ClockOf) -> &'static str {
    match clock {
        ClockOf::Recorder => "the clock of the machine that recorded",
        ClockOf::RunnerHost => "the clock of a runner's host, by the leases in its log,",
    }
}

/// One caveat in words.
pub(crate) fn caveat(caveat: Caveat, rules: &Rules) -> String {
    match caveat {
        Caveat::ScopeAssumed => {
            "the level of the runners was taken from the jobs; `--scope` states it".to_owned()
        }
        Caveat::ClockAssumed => format!(
            "the clocks of imported sources were taken as right to within {}; `--clock-bound` widens it",
            at_most(rules.clock_bound)
        ),
        Caveat::ClockOffset(of, offset) => format!(
            "{} was off by {} against GitHub's and its times were moved",
            whose(of),
            duration(offset)
        ),
        Caveat::StartDisputed(job, times) => format!(
            "job {job} began at {} by GitHub's record and at {} by the runner's log; both are shown, neither was moved",
            times.record, times.log
        ),
        Caveat::StartUnsure => format!(
            "the start of a job is known as a range; readings inside it, and within {} of it, were not judged",
            at_most(MARGIN + rules.clock_bound)
        ),
        Caveat::ReliesOn304 => {
            "some agreements rest on a 304, which says that nothing changed since an earlier answer"
                .to_owned()
        }
        Caveat::RulesDiffer => {
            "runs of the recording used other rules; those given now were used".to_owned()
        }
        Caveat::RecordingRepaired => {
            "a torn last line of the recording was repaired".to_owned()
        }
        Caveat::RecordingDamaged => {
            "lines of the recording could not be read and were skipped".to_owned()
        }
        Caveat::PageFull => {
            "a newest page of runs was full: older runs come from filtered lists, which can be stale"
                .to_owned()
        }
        Caveat::LowSample => {
            "fewer than 100 jobs: no 99 % figure and no suggestion from this lag".to_owned()
        }
    }
}
