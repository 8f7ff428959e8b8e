//! A period, field by field.

use std::sync::Arc;

use super::values::{id, job, key, labels, os, scope, some, version};
use super::{Names, Sort};
use crate::model::{JobFacts, Period, Proof, RunnerFacts, TimelineEntry, Told};

/// A period under pseudonyms.
pub(super) fn period(names: &dyn Names, period: &Period) -> Period {
    let Period {
        kind,
        class,
        pattern,
        certainty,
        finding,
        liveness,
        runner,
        job,
        previous_job,
        first_false_at,
        last_false_at,
        onset,
        end,
        observed,
        at_most,
        job_age,
        readings,
        longest_gap,
        killed,
        killed_because,
        lease,
        start_disputed,
        proof,
        marks,
        events,
    } = period;
    Period {
        kind: *kind,
        class: *class,
        pattern: *pattern,
        certainty: *certainty,
        finding: *finding,
        liveness: *liveness,
        runner: runner_facts(names, runner),
        job: job.as_ref().map(|job| job_facts(names, job)),
        previous_job: previous_job.as_ref().map(|job| job_facts(names, job)),
        first_false_at: *first_false_at,
        last_false_at: *last_false_at,
        onset: *onset,
        end: *end,
        observed: *observed,
        at_most: *at_most,
        job_age: *job_age,
        readings: *readings,
        longest_gap: *longest_gap,
        killed: *killed,
        killed_because: killed_because.clone(),
        lease: *lease,
        start_disputed: *start_disputed,
        proof: proof.iter().map(|it| self::proof(names, it)).collect(),
        marks: Arc::clone(marks),
        events: entries(names, events),
    }
}

/// Lines of context, by time and by the sources that are shown; what cannot
/// be told apart any more counts once.
pub(super) fn entries(names: &dyn Names, of: &[TimelineEntry]) -> Vec<TimelineEntry> {
    let mut entries: Vec<_> = of.iter().map(|own| entry(names, own)).collect();
    let order = |a: &TimelineEntry, b: &TimelineEntry| {
        (a.at, &a.runner, a.event, &a.source).cmp(&(b.at, &b.runner, b.event, &b.source))
    };
    entries.sort_by(order);
    entries.dedup();
    entries
}

fn runner_facts(names: &dyn Names, facts: &RunnerFacts) -> RunnerFacts {
    let RunnerFacts {
        key: own,
        name,
        group,
        labels: own_labels,
        os: system,
        version: own_version,
    } = facts;
    RunnerFacts {
        key: key(names, own),
        name: some(names, Sort::Runner, name.as_ref()),
        group: some(names, Sort::Group, group.as_ref()),
        labels: labels(names, own_labels.as_deref()),
        os: os(names, system.as_ref()),
        version: version(names, own_version.as_ref()),
    }
}

fn job_facts(names: &dyn Names, facts: &JobFacts) -> JobFacts {
    let JobFacts {
        job: own,
        start_min,
        start_max,
        end,
    } = facts;
    JobFacts {
        job: job(names, own),
        start_min: *start_min,
        start_max: *start_max,
        end: *end,
    }
}

fn proof(names: &dyn Names, proof: &Proof) -> Proof {
    let Proof {
        at,
        window,
        url,
        status,
        request_id,
        server_date,
        said,
    } = proof;
    Proof {
        at: *at,
        window: *window,
        url: names.url(url),
        status: *status,
        request_id: id(names, request_id.as_ref()),
        server_date: *server_date,
        said: said_of(names, said),
    }
}

/// The detector's own words about ids and statuses, and a status that nobody
/// knows as GitHub spells it.
fn said_of(names: &dyn Names, said: &Arc<str>) -> Arc<str> {
    let own = |c: char| c.is_ascii_alphanumeric() || "_-:,() ".contains(c);
    if said.chars().all(own) {
        Arc::clone(said)
    } else {
        super::name(names, Sort::Text, said)
    }
}

fn entry(names: &dyn Names, entry: &TimelineEntry) -> TimelineEntry {
    let TimelineEntry {
        at,
        runner,
        source,
        event,
        job,
        valid_till,
        detail,
    } = entry;
    TimelineEntry {
        at: *at,
        runner: key(names, runner),
        source: some(names, Sort::Source, source.as_ref()),
        event: *event,
        job: some(names, Sort::Job, job.as_ref()),
        valid_till: *valid_till,
        detail: detail.as_ref().and_then(|detail| names.detail(detail)),
    }
}

/// What was told about a period.
pub(super) fn told(names: &dyn Names, told: &Told) -> Told {
    let Told {
        at,
        news,
        scope: level,
        runner,
        kind,
        job,
        since,
    } = told;
    Told {
        at: *at,
        news: *news,
        scope: scope(names, level),
        runner: *runner,
        kind: *kind,
        job: *job,
        since: *since,
    }
}
