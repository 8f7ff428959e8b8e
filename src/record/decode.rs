//! Lines become records.
//!
//! Pure. The writer runs it over its own lines too, so that what it gives
//! back is what a reader will read, by construction.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::base::{Base, Bases, Item, Update, changed, in_order};
use super::format::Frame;
use super::imported::{AnnotatedLine, EventLine, JobLine, LackingLine, LogLine, ReadingLine};
use super::lines::{
    Change, CycleLine, Page, RawLine, ReadLine, RepairedLine, RunLine, SaidText, SameLine,
    SandwichLine, ToldLine,
};
use super::same;
use super::values::{JobValue, RunnerValue, WorkflowRunValue};
use crate::model::{
    Cycle, Exchange, Failure, Gap, Record, Rules, Run, Said, Sandwich, Sight, Target, Told,
    UnknownReason,
};

/// The body of an answer as received: proof for a ticket, never judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raw {
    /// [`Exchange::number`].
    pub(crate) number: u64,
    pub(crate) body: Arc<str>,
}

/// What one line gives.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub(super) records: Vec<Record>,
    pub(super) raw: Option<Raw>,
    /// Answers that rest on a line, or belong to a header, that is lost.
    pub(super) orphans: u64,
    /// Bytes that a repair has dropped.
    pub(super) repaired: Option<u64>,
    /// A kind of record that this version does not know.
    pub(super) unknown: Option<String>,
    /// To be applied once the line counts.
    pub(super) updates: Vec<Update>,
}

impl Decoded {
    fn of(record: Record) -> Self {
        Self {
            records: vec![record],
            ..Self::default()
        }
    }

    fn orphan() -> Self {
        Self {
            orphans: 1,
            ..Self::default()
        }
    }
}

/// What a line says whose frame is right.
pub(super) fn decode(frame: &Frame, line: &[u8], bases: &Bases) -> Result<Decoded, String> {
    if !belongs(frame, bases) {
        return Ok(Decoded::orphan());
    }
    Ok(match &*frame.rec {
        "run" => header(frame.seq, parse(line)?)?,
        "read" => read(frame.seq, parse(line)?, bases),
        "same" => same_line(&parse(line)?, bases),
        "sandwich" => Decoded::of(Record::Sandwich(sandwich(parse(line)?))),
        "cycle" => Decoded::of(Record::Cycle(cycle(parse(line)?))),
        "told" => Decoded::of(Record::Told(told(parse(line)?))),
        "reading" => Decoded::of(Record::Reading(parse::<ReadingLine>(line)?.into())),
        "event" => Decoded::of(Record::Event(parse::<EventLine>(line)?.into())),
        "log" => Decoded::of(Record::Log(parse::<LogLine>(line)?.into())),
        "annotations" => Decoded::of(Record::Annotated(parse::<AnnotatedLine>(line)?.into())),
        "lacking" => Decoded::of(Record::Lacking(parse::<LackingLine>(line)?.into())),
        "job" => Decoded::of(Record::Job(parse::<JobLine>(line)?.into())),
        "raw" => raw(parse(line)?),
        "repaired" => repaired(&parse(line)?),
        other => Decoded {
            unknown: Some(other.to_owned()),
            ..Decoded::default()
        },
    })
}

/// Headers stand for themselves; a repair is known whatever was lost.
fn belongs(frame: &Frame, bases: &Bases) -> bool {
    matches!(&*frame.rec, "run" | "repaired") || frame.run.is_some() && frame.run == bases.run()
}

fn parse<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    serde_json::from_slice(line).map_err(|error| format!("not understood: {error}"))
}

fn header(seq: u64, line: RunLine) -> Result<Decoded, String> {
    let min_coverage = (line.min_coverage.parse())
        .map_err(|_| format!("not understood: min_coverage `{}`", line.min_coverage))?;
    let run = Run {
        id: line.id,
        follows: line.follows,
        tool_version: line.tool,
        command: line.command,
        host: line.host,
        targets: line.targets,
        runner_globs: line.runners,
        labels: line.labels,
        interval: line.interval_ms,
        rules: Rules {
            lag_limit: line.lag_limit_ms,
            min_coverage,
            clock_bound: line.clock_bound_ms,
        },
        began: line.began,
    };
    Ok(Decoded {
        updates: vec![Update::Run(seq)],
        ..Decoded::of(Record::Run(run))
    })
}

fn read(seq: u64, line: ReadLine, bases: &Bases) -> Decoded {
    let Some((said, leans)) = said(line.said, &line.target, bases) else {
        return Decoded::orphan();
    };
    let exchange = Exchange {
        number: line.n,
        cycle: line.cycle,
        target: line.target,
        window: line.window,
        url: line.url,
        retry: line.retry,
        conditional: line.conditional,
        status: line.status,
        date: line.date,
        request_id: line.request_id,
        etag: line.etag,
        age: line.age,
        rate: line.rate.map(|rate| rate.0),
        retry_after: line.retry_after_ms,
        said: match leans {
            Leans::No => in_order(said),
            Leans::Repeats(_) | Leans::Changes(_) => said,
        },
    };
    Decoded {
        updates: update(seq, &exchange, &leans, bases).into_iter().collect(),
        ..Decoded::of(Record::Exchange(Box::new(exchange)))
    }
}

/// How an answer rests on an earlier line.
enum Leans {
    /// It states all itself.
    No,
    /// It repeats this line.
    Repeats(u64),
    /// It changes this line.
    Changes(u64),
}

/// The whole answer; `None` when the line it rests on is lost.
fn said(text: SaidText, target: &Target, bases: &Bases) -> Option<(Said, Leans)> {
    let base = |seq| bases.at(seq).filter(|base| base.target == *target);
    let said = match text {
        SaidText::Unchanged { r#as } => {
            return Some((base(r#as)?.said.clone(), Leans::Repeats(r#as)));
        }
        SaidText::NotModified { r#as: Some(seq) } => {
            return base(seq).map(|_| (Said::NotModified, Leans::Repeats(seq)));
        }
        SaidText::RunnersChanged(change) => return runners_changed(base(change.r#as)?, change),
        SaidText::RunsChanged(change) => return runs_changed(base(change.r#as)?, change),
        SaidText::JobsChanged(change) => return jobs_changed(base(change.r#as)?, change),
        SaidText::NotModified { r#as: None } => Said::Failed(unmodified_since_what()),
        SaidText::Runners(Page {
            total,
            undecodable,
            items,
        }) => Said::Runners {
            total,
            runners: all(items),
            undecodable,
        },
        SaidText::Runs(Page {
            total,
            undecodable,
            items,
        }) => Said::Runs {
            total,
            runs: all(items),
            undecodable,
        },
        SaidText::Jobs(Page {
            total,
            undecodable,
            items,
        }) => Said::Jobs {
            total,
            jobs: all(items),
            undecodable,
        },
        SaidText::Annotations(Page {
            undecodable, items, ..
        }) => Said::Annotations {
            annotations: all(items),
            undecodable,
        },
        SaidText::Deliveries(Page {
            undecodable, items, ..
        }) => Said::Deliveries {
            deliveries: all(items),
            undecodable,
        },
        SaidText::Repos { page, part } => Said::Repos {
            total: page.total,
            repos: all(page.items),
            undecodable: page.undecodable,
            sight: sight(part),
        },
        SaidText::Runner(runner) => Said::Runner(runner.map(Into::into)),
        SaidText::Run(run) => Said::Run(run.map(Into::into)),
        SaidText::Job(job) => Said::Job(job.map(|job| Box::new(job.0))),
        SaidText::RateLimit => Said::RateLimit,
        SaidText::Failed { reason, detail } => Said::Failed(Failure { reason, detail }),
    };
    Some((said, Leans::No))
}

/// A 304 whose answer is not in this file says nothing to a reader of it.
fn unmodified_since_what() -> Failure {
    Failure {
        reason: UnknownReason::NotModified,
        detail: "304 Not Modified, and the answer it refers to is not in this recording".into(),
    }
}

fn runners_changed(base: &Base, change: Change<RunnerValue>) -> Option<(Said, Leans)> {
    let Said::Runners { runners, .. } = &base.said else {
        return None;
    };
    let said = Said::Runners {
        total: change.total,
        undecodable: change.undecodable,
        runners: applied(runners, change.items, &change.gone),
    };
    Some((said, Leans::Changes(change.r#as)))
}

fn runs_changed(base: &Base, change: Change<WorkflowRunValue>) -> Option<(Said, Leans)> {
    let Said::Runs { runs, .. } = &base.said else {
        return None;
    };
    let said = Said::Runs {
        total: change.total,
        undecodable: change.undecodable,
        runs: applied(runs, change.items, &change.gone),
    };
    Some((said, Leans::Changes(change.r#as)))
}

fn jobs_changed(base: &Base, change: Change<JobValue>) -> Option<(Said, Leans)> {
    let Said::Jobs { jobs, .. } = &base.said else {
        return None;
    };
    let said = Said::Jobs {
        total: change.total,
        undecodable: change.undecodable,
        jobs: applied(jobs, change.items, &change.gone),
    };
    Some((said, Leans::Changes(change.r#as)))
}

fn applied<T: Item + From<V>, V>(old: &[T], items: Vec<V>, gone: &[u64]) -> Vec<T> {
    changed(old, all(items), gone)
}

fn all<T: From<V>, V>(items: Vec<V>) -> Vec<T> {
    items.into_iter().map(T::from).collect()
}

/// What the line means for later ones. Only a 200 answer is a base.
fn update(seq: u64, exchange: &Exchange, leans: &Leans, bases: &Bases) -> Option<Update> {
    let leaning = match leans {
        Leans::Repeats(seq) => return Some(Update::Leant(*seq)),
        Leans::Changes(seq) => bases.at(*seq)?.leaning + 1,
        Leans::No => 0,
    };
    let is_base = exchange.status == Some(200) && is_value(&exchange.said, &exchange.target);
    is_base.then(|| {
        Update::Set(Box::new(Base {
            seq,
            target: exchange.target.clone(),
            url: exchange.url.clone(),
            etag: exchange.etag.clone(),
            said: exchange.said.clone(),
            leaning,
        }))
    })
}

/// Whether an answer is what its target was asked for.
fn is_value(said: &Said, target: &Target) -> bool {
    match said {
        Said::Runners { .. } => matches!(target, Target::Runners { .. }),
        Said::Runs { .. } => matches!(target, Target::Runs { .. }),
        Said::Jobs { .. } => matches!(target, Target::Jobs { .. } | Target::AllJobs { .. }),
        Said::Runner(_) => matches!(target, Target::Runner { .. }),
        Said::Run(_) => matches!(target, Target::Run { .. }),
        Said::Job(_) => matches!(target, Target::Job { .. }),
        Said::Repos { .. } => matches!(target, Target::Repos { .. }),
        Said::Annotations { .. }
        | Said::Deliveries { .. }
        | Said::RateLimit
        | Said::NotModified
        | Said::Failed(_) => false,
    }
}

fn same_line(line: &SameLine, bases: &Bases) -> Decoded {
    let given = same::read(line, bases);
    Decoded {
        records: (given.exchanges.into_iter())
            .map(|exchange| Record::Exchange(Box::new(exchange)))
            .collect(),
        orphans: given.orphans,
        updates: given.leant.into_iter().map(Update::Leant).collect(),
        ..Decoded::default()
    }
}

fn sandwich(line: SandwichLine) -> Sandwich {
    Sandwich {
        cycle: line.cycle,
        scope: line.scope,
        runner: line.runner,
        job: line.job,
        purpose: line.purpose,
        parts: line.parts,
    }
}

fn cycle(line: CycleLine) -> Cycle {
    let gaps = line.gaps.into_iter().map(|gap| Gap {
        from: gap.from,
        to: gap.to,
        target: gap.target,
        reason: gap.reason,
    });
    Cycle {
        number: line.cycle,
        window: line.window,
        runners_expected: line.runners_expected,
        runners_read: line.runners_read,
        jobs_from: line.jobs_from,
        jobs_complete: line.jobs_complete,
        reads_planned: line.reads_planned,
        reads_got: line.reads_got,
        only_unfiltered: line.only_unfiltered,
        page_full: line.page_full,
        open_below: line.open_below,
        not_confirmed: line.not_confirmed,
        gaps: gaps.collect(),
        unreadable: line.unreadable,
        sight: sight(line.part),
    }
}

fn sight(part: bool) -> Sight {
    if part { Sight::Part } else { Sight::Whole }
}

fn told(line: ToldLine) -> Told {
    Told {
        at: line.at,
        news: line.news,
        scope: line.scope,
        runner: line.runner,
        kind: line.kind,
        job: line.job,
        since: line.since,
    }
}

fn raw(line: RawLine) -> Decoded {
    Decoded {
        raw: Some(Raw {
            number: line.n,
            body: line.body,
        }),
        ..Decoded::default()
    }
}

fn repaired(line: &RepairedLine) -> Decoded {
    Decoded {
        repaired: Some(line.bytes),
        ..Decoded::default()
    }
}
