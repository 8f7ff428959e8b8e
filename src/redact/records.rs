//! Records, field by field: what a recording may hold that leaves the house.

use std::sync::Arc;

use super::kept::{is_id, telling};
use super::period::told;
use super::values::{host, id, job, key, logged, repo, runner, scope, some, version, word};
use super::{Blank, Names, Redactor, Sort, name};
use crate::model::{
    Annotated, Annotation, Cycle, Exchange, Failure, Gap, Hook, ImportedJob, ImportedReading,
    Lacking, ListedRepo, Record, Run, RunnerEvent, RunnerLog, Said, Sandwich, Sighting, Target,
    WorkflowRun,
};

impl Redactor {
    /// The same record under pseudonyms. It knows ids of machines first:
    /// [`Redactor::knowing`].
    pub(crate) fn record(&self, of: &Record) -> Record {
        record(self, of)
    }
}

impl Blank<'_> {
    /// The same record with blanks.
    pub(crate) fn record(&self, of: &Record) -> Record {
        record(self, of)
    }
}

#[cfg(test)]
impl super::Named<'_> {
    pub(crate) fn record(&self, of: &Record) -> Record {
        record(self, of)
    }
}

fn record(names: &dyn Names, record: &Record) -> Record {
    match record {
        Record::Run(own) => Record::Run(run(names, own)),
        Record::Exchange(own) => Record::Exchange(Box::new(exchange(names, own))),
        Record::Sandwich(own) => Record::Sandwich(sandwich(names, own)),
        Record::Cycle(own) => Record::Cycle(cycle(names, own)),
        Record::Reading(own) => Record::Reading(reading(names, own)),
        Record::Event(own) => Record::Event(event(names, own)),
        Record::Log(own) => Record::Log(log(names, own)),
        Record::Job(ImportedJob {
            host: own_host,
            job: own,
        }) => Record::Job(ImportedJob {
            host: host(names, own_host),
            job: job(names, own),
        }),
        Record::Lacking(Lacking {
            host: own_host,
            repo: own_repo,
        }) => Record::Lacking(Lacking {
            host: host(names, own_host),
            repo: own_repo.as_ref().map(|own| repo(names, own)),
        }),
        Record::Annotated(Annotated {
            host: own_host,
            job,
            annotations,
        }) => Record::Annotated(Annotated {
            host: host(names, own_host),
            job: *job,
            annotations: all_annotations(names, annotations),
        }),
        Record::Told(own) => Record::Told(told(names, own)),
    }
}

fn run(names: &dyn Names, run: &Run) -> Run {
    let Run {
        id: own_id,
        follows,
        tool_version,
        command,
        host: own_host,
        targets,
        runner_globs,
        labels,
        interval,
        rules,
        began,
    } = run;
    Run {
        id: run_id(names, own_id),
        follows: follows.as_ref().map(|id| run_id(names, id)),
        tool_version: Arc::clone(tool_version),
        command: word(names, command),
        host: host(names, own_host),
        targets: targets.iter().map(|own| scope(names, own)).collect(),
        runner_globs: all(names, Sort::Runner, runner_globs),
        labels: all(names, Sort::Label, labels),
        interval: *interval,
        rules: *rules,
        began: *began,
    }
}

fn run_id(names: &dyn Names, own: &Arc<str>) -> Arc<str> {
    let number = own.strip_prefix("demo-incident-");
    if is_id(number.unwrap_or(own)) {
        Arc::clone(own)
    } else {
        name(names, Sort::Text, own)
    }
}

fn all(names: &dyn Names, sort: Sort, texts: &[Arc<str>]) -> Vec<Arc<str>> {
    texts.iter().map(|text| name(names, sort, text)).collect()
}

fn exchange(names: &dyn Names, exchange: &Exchange) -> Exchange {
    let Exchange {
        number,
        cycle,
        target: own_target,
        window,
        url,
        retry,
        conditional,
        status,
        date,
        request_id,
        etag,
        age,
        rate,
        retry_after,
        said: own_said,
    } = exchange;
    Exchange {
        number: *number,
        cycle: *cycle,
        target: target(names, own_target),
        window: *window,
        url: names.url(url),
        retry: *retry,
        conditional: *conditional,
        status: *status,
        date: *date,
        request_id: id(names, request_id.as_ref()),
        etag: etag.as_ref().map(|etag| tag(names, etag)),
        age: *age,
        rate: *rate,
        retry_after: *retry_after,
        said: said(names, own_said),
    }
}

/// `W/"0123abcd"`.
fn tag(names: &dyn Names, etag: &Arc<str>) -> Arc<str> {
    let opaque = etag.trim_start_matches("W/").trim_matches('"');
    if is_id(opaque) {
        Arc::clone(etag)
    } else {
        name(names, Sort::Text, etag)
    }
}

fn target(names: &dyn Names, target: &Target) -> Target {
    match target {
        Target::Runners { scope: own, page } => Target::Runners {
            scope: scope(names, own),
            page: *page,
        },
        Target::Runner { scope: own, id } => Target::Runner {
            scope: scope(names, own),
            id: *id,
        },
        Target::Runs {
            repo: own,
            status,
            page,
        } => Target::Runs {
            repo: repo(names, own),
            status: status.as_ref().map(|status| word(names, status)),
            page: *page,
        },
        Target::Run { repo: own, id } => Target::Run {
            repo: repo(names, own),
            id: *id,
        },
        Target::Jobs {
            repo: own,
            run,
            page,
        } => Target::Jobs {
            repo: repo(names, own),
            run: *run,
            page: *page,
        },
        Target::AllJobs {
            repo: own,
            run,
            page,
        } => Target::AllJobs {
            repo: repo(names, own),
            run: *run,
            page: *page,
        },
        Target::Annotations {
            repo: own,
            job,
            page,
        } => Target::Annotations {
            repo: repo(names, own),
            job: *job,
            page: *page,
        },
        Target::Job { repo: own, id } => Target::Job {
            repo: repo(names, own),
            id: *id,
        },
        Target::Repos { owner, page } => Target::Repos {
            owner: name(names, Sort::Owner, owner),
            page: *page,
        },
        Target::Deliveries { hook: own, page } => Target::Deliveries {
            hook: hook(names, own),
            page: *page,
        },
        Target::RateLimit => Target::RateLimit,
    }
}

fn hook(names: &dyn Names, hook: &Hook) -> Hook {
    match hook {
        Hook::App => Hook::App,
        Hook::Org { org, id } => Hook::Org {
            org: name(names, Sort::Owner, org),
            id: *id,
        },
        Hook::Repo { repo: own, id } => Hook::Repo {
            repo: repo(names, own),
            id: *id,
        },
    }
}

fn said(names: &dyn Names, said: &Said) -> Said {
    match said {
        Said::Runners {
            total,
            runners,
            undecodable,
        } => Said::Runners {
            total: *total,
            runners: (runners.iter())
                .map(|own| Arc::new(runner(names, own)))
                .collect(),
            undecodable: *undecodable,
        },
        Said::Runner(own) => Said::Runner(own.as_ref().map(|own| runner(names, own))),
        Said::Runs {
            total,
            runs,
            undecodable,
        } => Said::Runs {
            total: *total,
            runs: (runs.iter())
                .map(|own| Arc::new(workflow_run(names, own)))
                .collect(),
            undecodable: *undecodable,
        },
        Said::Run(own) => Said::Run(own.as_ref().map(|own| workflow_run(names, own))),
        Said::Jobs {
            total,
            jobs,
            undecodable,
        } => Said::Jobs {
            total: *total,
            jobs: jobs.iter().map(|own| Arc::new(job(names, own))).collect(),
            undecodable: *undecodable,
        },
        Said::Job(own) => Said::Job(own.as_ref().map(|own| Box::new(job(names, own)))),
        Said::Repos {
            total,
            repos,
            undecodable,
            sight,
        } => Said::Repos {
            total: *total,
            repos: repos.iter().map(|own| listed(names, own)).collect(),
            undecodable: *undecodable,
            sight: *sight,
        },
        Said::Annotations {
            annotations,
            undecodable,
        } => Said::Annotations {
            annotations: all_annotations(names, annotations),
            undecodable: *undecodable,
        },
        Said::Deliveries {
            deliveries,
            undecodable,
        } => Said::Deliveries {
            deliveries: deliveries.clone(),
            undecodable: *undecodable,
        },
        Said::RateLimit => Said::RateLimit,
        Said::NotModified => Said::NotModified,
        Said::Failed(Failure { reason, detail }) => Said::Failed(Failure {
            reason: *reason,
            detail: names.detail(detail).unwrap_or_else(|| "".into()),
        }),
    }
}

fn all_annotations(names: &dyn Names, of: &[Annotation]) -> Vec<Annotation> {
    let own = |annotation: &Annotation| {
        let Annotation { level, message } = annotation;
        Annotation {
            level: level.as_ref().map(|level| word(names, level)),
            message: match telling(message) {
                Some(sentence) => sentence.into(),
                None => name(names, Sort::Text, message),
            },
        }
    };
    of.iter().map(own).collect()
}

fn workflow_run(names: &dyn Names, run: &WorkflowRun) -> WorkflowRun {
    let WorkflowRun {
        id,
        attempt,
        status,
        created_at,
        updated_at,
    } = run;
    WorkflowRun {
        id: *id,
        attempt: *attempt,
        status: status.as_ref().map(|status| word(names, status)),
        created_at: *created_at,
        updated_at: *updated_at,
    }
}

fn listed(names: &dyn Names, listed: &ListedRepo) -> ListedRepo {
    let ListedRepo {
        name: own,
        id,
        state,
    } = listed;
    ListedRepo {
        name: repo(names, own),
        id: *id,
        state: *state,
    }
}

fn sandwich(names: &dyn Names, sandwich: &Sandwich) -> Sandwich {
    let Sandwich {
        cycle,
        scope: own,
        runner,
        job,
        purpose,
        parts,
    } = sandwich;
    Sandwich {
        cycle: *cycle,
        scope: scope(names, own),
        runner: *runner,
        job: *job,
        purpose: *purpose,
        parts: parts.clone(),
    }
}

fn cycle(names: &dyn Names, cycle: &Cycle) -> Cycle {
    let Cycle {
        number,
        window,
        runners_expected,
        runners_read,
        jobs_from,
        jobs_complete,
        reads_planned,
        reads_got,
        only_unfiltered,
        page_full,
        open_below,
        not_confirmed,
        gaps,
        unreadable,
        sight,
    } = cycle;
    Cycle {
        number: *number,
        window: *window,
        runners_expected: *runners_expected,
        runners_read: *runners_read,
        jobs_from: *jobs_from,
        jobs_complete: *jobs_complete,
        reads_planned: *reads_planned,
        reads_got: *reads_got,
        only_unfiltered: *only_unfiltered,
        page_full: *page_full,
        open_below: *open_below,
        not_confirmed: *not_confirmed,
        gaps: gaps.iter().map(|own| gap(names, own)).collect(),
        unreadable: unreadable.iter().map(|own| names.place(own)).collect(),
        sight: *sight,
    }
}

fn gap(names: &dyn Names, gap: &Gap) -> Gap {
    let Gap {
        from,
        to,
        target,
        reason,
    } = gap;
    Gap {
        from: *from,
        to: *to,
        target: names.place(target),
        reason: *reason,
    }
}

fn reading(names: &dyn Names, reading: &ImportedReading) -> ImportedReading {
    let ImportedReading {
        at,
        key: own_key,
        name: own,
        instance,
        said,
        source,
    } = reading;
    ImportedReading {
        at: *at,
        key: key(names, own_key),
        name: some(names, Sort::Runner, own.as_ref()),
        instance: some(names, Sort::Instance, instance.as_ref()),
        said: match said {
            Sighting::Seen(own) => Sighting::Seen(runner(names, own)),
            Sighting::Missing => Sighting::Missing,
        },
        source: some(names, Sort::Source, source.as_ref()),
    }
}

fn event(names: &dyn Names, event: &RunnerEvent) -> RunnerEvent {
    let RunnerEvent {
        name: own_name,
        at,
        place,
        key: own_key,
        kind,
        orphan,
        source,
        job,
        valid_till,
        detail,
    } = event;
    RunnerEvent {
        at: *at,
        place: *place,
        key: key(names, own_key),
        name: some(names, Sort::Runner, own_name.as_ref()),
        kind: *kind,
        orphan: *orphan,
        source: some(names, Sort::Source, source.as_ref()),
        job: job.as_ref().map(|own| Arc::new(logged(names, own))),
        valid_till: *valid_till,
        detail: detail.as_ref().and_then(|detail| names.detail(detail)),
    }
}

fn log(names: &dyn Names, log: &RunnerLog) -> RunnerLog {
    let RunnerLog {
        key: own_key,
        name: own,
        version: own_version,
        from,
        until,
        offset,
        end,
        source,
    } = log;
    RunnerLog {
        key: key(names, own_key),
        name: some(names, Sort::Runner, own.as_ref()),
        version: version(names, own_version.as_ref()),
        from: *from,
        until: *until,
        offset: *offset,
        end: *end,
        source: some(names, Sort::Source, source.as_ref()),
    }
}
