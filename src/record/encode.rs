//! Records become lines.
//!
//! Pure. An answer that repeats or changes an earlier one of the same target
//! is written as that; which answers may share one `same` line is in `same`.

use serde::Serialize;

use super::base::{Bases, Item, changes, in_order};
use super::format::{FORMAT_VERSION, frame};
use super::imported::{AnnotatedLine, EventLine, JobLine, LackingLine, LogLine, ReadingLine};
use super::lines::{
    Change, CycleLine, GapText, Page, ReadLine, RunLine, SaidText, SandwichLine, ToldLine,
};
use super::values::{JobValue, RateValue};
use crate::model::{Cycle, Exchange, Gap, Record, Run, Said, Sandwich, Sight, Target, Told};

/// A line, or why the record cannot be one.
pub(super) type Line = serde_json::Result<Vec<u8>>;

/// Where a line will stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) seq: u64,
    /// `seq` of the header of its run.
    pub(super) run: u64,
}

impl Place {
    fn frame<T: Serialize>(self, rec: &str, body: &T) -> Line {
        frame(self.seq, rec, body)
    }
}

/// The header of a run.
pub(super) fn header(seq: u64, run: &Run) -> Line {
    let line = RunLine {
        format: FORMAT_VERSION.name(),
        id: run.id.clone(),
        follows: run.follows.clone(),
        tool: run.tool_version.clone(),
        command: run.command.clone(),
        host: run.host.clone(),
        targets: run.targets.clone(),
        runners: run.runner_globs.clone(),
        labels: run.labels.clone(),
        interval_ms: run.interval,
        lag_limit_ms: run.rules.lag_limit,
        min_coverage: run.rules.min_coverage.to_string(),
        clock_bound_ms: run.rules.clock_bound,
        began: run.began,
    };
    frame(seq, "run", &line)
}

/// The line of any one record.
pub(super) fn line(place: Place, record: &Record, bases: &Bases) -> Line {
    match record {
        Record::Run(run) => header(place.seq, run),
        Record::Exchange(exchange) => place.frame("read", &read(place, exchange, bases)),
        Record::Sandwich(sandwich) => place.frame("sandwich", &sandwich_line(place, sandwich)),
        Record::Cycle(cycle) => place.frame("cycle", &cycle_line(place, cycle)),
        Record::Reading(reading) => {
            place.frame("reading", &ReadingLine::of(place.run, reading.clone()))
        }
        Record::Event(event) => place.frame("event", &EventLine::of(place.run, event.clone())),
        Record::Log(log) => place.frame("log", &LogLine::of(place.run, log.clone())),
        Record::Job(job) => place.frame("job", &JobLine::of(place.run, job.clone())),
        Record::Lacking(lacking) => {
            place.frame("lacking", &LackingLine::of(place.run, lacking.clone()))
        }
        Record::Annotated(annotated) => place.frame(
            "annotations",
            &AnnotatedLine::of(place.run, annotated.clone()),
        ),
        Record::Told(told) => place.frame("told", &told_line(place, told)),
    }
}

fn read(place: Place, exchange: &Exchange, bases: &Bases) -> ReadLine {
    ReadLine {
        run: place.run,
        n: exchange.number,
        cycle: exchange.cycle,
        target: exchange.target.clone(),
        window: exchange.window,
        url: exchange.url.clone(),
        retry: exchange.retry,
        conditional: exchange.conditional,
        status: exchange.status,
        date: exchange.date,
        request_id: exchange.request_id.clone(),
        etag: exchange.etag.clone(),
        age: exchange.age,
        rate: exchange.rate.map(RateValue),
        retry_after_ms: exchange.retry_after,
        said: said(exchange, bases),
    }
}

/// Whether answers of this target may rest on earlier ones. Reads of a
/// runner or a job by id are proof and always stand for themselves.
pub(super) fn may_lean(target: &Target) -> bool {
    match target {
        Target::Runners { .. }
        | Target::Runs { .. }
        | Target::Run { .. }
        | Target::Jobs { .. }
        | Target::AllJobs { .. }
        | Target::Repos { .. } => true,
        Target::Runner { .. }
        | Target::Job { .. }
        | Target::Annotations { .. }
        | Target::Deliveries { .. }
        | Target::RateLimit => false,
    }
}

fn said(exchange: &Exchange, bases: &Bases) -> SaidText {
    let base = bases.of(&exchange.target);
    let new = in_order(exchange.said.clone());
    if new == Said::NotModified {
        return SaidText::NotModified {
            r#as: base.map(|base| base.seq),
        };
    }
    let leans = exchange.status == Some(200) && may_lean(&exchange.target);
    base.filter(|base| leans && base.is_fresh())
        .and_then(|base| leaning(base.seq, &base.said, &new))
        .unwrap_or_else(|| in_full(new))
}

/// What is written of an answer that has a base; `None` means all of it.
fn leaning(seq: u64, old: &Said, new: &Said) -> Option<SaidText> {
    if old == new {
        return Some(SaidText::Unchanged { r#as: seq });
    }
    if let (
        Said::Runners { runners: old, .. },
        Said::Runners {
            runners: new,
            total,
            undecodable,
        },
    ) = (old, new)
    {
        return change(seq, old, new, *total, *undecodable).map(SaidText::RunnersChanged);
    }
    if let (
        Said::Runs { runs: old, .. },
        Said::Runs {
            runs: new,
            total,
            undecodable,
        },
    ) = (old, new)
    {
        return change(seq, old, new, *total, *undecodable).map(SaidText::RunsChanged);
    }
    if let (
        Said::Jobs { jobs: old, .. },
        Said::Jobs {
            jobs: new,
            total,
            undecodable,
        },
    ) = (old, new)
    {
        return change(seq, old, new, *total, *undecodable).map(SaidText::JobsChanged);
    }
    None
}

fn change<T: Item, V: From<T>>(
    seq: u64,
    old: &[T],
    new: &[T],
    total: Option<u64>,
    undecodable: u32,
) -> Option<Change<V>> {
    let (items, gone) = changes(old, new)?;
    Some(Change {
        r#as: seq,
        total,
        undecodable,
        items: items.into_iter().map(V::from).collect(),
        gone,
    })
}

fn in_full(said: Said) -> SaidText {
    match said {
        Said::Runners {
            total,
            runners,
            undecodable,
        } => SaidText::Runners(page(total, runners, undecodable)),
        Said::Runs {
            total,
            runs,
            undecodable,
        } => SaidText::Runs(page(total, runs, undecodable)),
        Said::Jobs {
            total,
            jobs,
            undecodable,
        } => SaidText::Jobs(page(total, jobs, undecodable)),
        Said::Runner(runner) => SaidText::Runner(runner.map(Into::into)),
        Said::Run(run) => SaidText::Run(run.map(Into::into)),
        Said::Job(job) => SaidText::Job(job.map(|job| Box::new(JobValue(*job)))),
        Said::Annotations {
            annotations,
            undecodable,
        } => SaidText::Annotations(page(None, annotations, undecodable)),
        Said::Deliveries {
            deliveries,
            undecodable,
        } => SaidText::Deliveries(page(None, deliveries, undecodable)),
        Said::Repos {
            total,
            repos,
            undecodable,
            sight,
        } => SaidText::Repos {
            page: page(total, repos, undecodable),
            part: sight == Sight::Part,
        },
        Said::RateLimit => SaidText::RateLimit,
        Said::NotModified => SaidText::NotModified { r#as: None },
        Said::Failed(failure) => SaidText::Failed {
            reason: failure.reason,
            detail: failure.detail,
        },
    }
}

fn page<T, V: From<T>>(total: Option<u64>, items: Vec<T>, undecodable: u32) -> Page<V> {
    Page {
        total,
        undecodable,
        items: items.into_iter().map(V::from).collect(),
    }
}

fn sandwich_line(place: Place, sandwich: &Sandwich) -> SandwichLine {
    SandwichLine {
        run: place.run,
        cycle: sandwich.cycle,
        scope: sandwich.scope.clone(),
        runner: sandwich.runner,
        job: sandwich.job,
        purpose: sandwich.purpose,
        parts: sandwich.parts.clone(),
    }
}

fn cycle_line(place: Place, cycle: &Cycle) -> CycleLine {
    CycleLine {
        run: place.run,
        cycle: cycle.number,
        window: cycle.window,
        runners_expected: cycle.runners_expected,
        runners_read: cycle.runners_read,
        jobs_from: cycle.jobs_from,
        jobs_complete: cycle.jobs_complete,
        reads_planned: cycle.reads_planned,
        reads_got: cycle.reads_got,
        only_unfiltered: cycle.only_unfiltered,
        page_full: cycle.page_full,
        open_below: cycle.open_below,
        not_confirmed: cycle.not_confirmed,
        gaps: cycle.gaps.iter().map(gap).collect(),
        unreadable: cycle.unreadable.clone(),
        part: cycle.sight == Sight::Part,
    }
}

fn gap(gap: &Gap) -> GapText {
    GapText {
        from: gap.from,
        to: gap.to,
        target: gap.target.clone(),
        reason: gap.reason,
    }
}

fn told_line(place: Place, told: &Told) -> ToldLine {
    ToldLine {
        run: place.run,
        at: told.at,
        news: told.news,
        scope: told.scope.clone(),
        runner: told.runner,
        kind: told.kind,
        job: told.job,
        since: told.since,
    }
}
