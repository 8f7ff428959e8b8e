//! `report`: rebuilds the report from recordings and any other evidence
//! files, offline.

use std::rc::Rc;

use super::again;
use super::apart::{apart, files};
use super::bundle::{Bundle, Made, list_of};
use super::evidence::{Evidence, Gathered, Keep};
use super::output::{Output, Surroundings, no_dash};
use super::setup::fail_on;
use super::shown::{Shown, new_key};
use super::view::Narrow;
use crate::cli::{RedactArg, ReportArgs};
use crate::detect::{CoverageOf, Detector, View};
use crate::exit::{self, ExitZero, Failure, Outcome, Trouble};
use crate::model::{Period, Record, Rules, Timestamp};
use crate::progress::Progress;
use crate::redact::Redactor;
use crate::report::{Asked, Named, shell_word};

/// Reads every file, judges, reports.
pub(crate) fn report(args: &ReportArgs) -> Result<Outcome, Failure> {
    let fail_on = fail_on(&args.judging, args.output.format)?;
    in_order(args.since, args.until)?;
    no_dash("--bundle", args.bundle.as_deref())?;
    let list = args.bundle.as_deref().map(list_of);
    let list = list.filter(|_| named(args) == Named::Pseudonyms);
    let written = [
        ("--output", args.output.output.as_deref()),
        ("--bundle", args.bundle.as_deref()),
        ("the list of names of --bundle", list.as_deref()),
    ];
    apart(&written, &files("a file to report", &args.files))?;
    let mut output = Output::open(&args.output)?;
    let bundle = args.bundle.as_deref();
    let bundle = bundle
        .map(|path| Bundle::open(path, named(args)))
        .transpose()?;
    let keep = if bundle.is_some() {
        Keep::Records
    } else {
        Keep::Nothing
    };
    let view = |detector: &Detector| view(args, detector);
    let progress = Progress::start();
    let Gathered {
        detector,
        records,
        sources,
        caveats,
    } = Evidence::read(&args.files, &progress)?.gather(args.scope.clone(), &view, keep)?;
    progress.end();
    let view = view(&detector);
    let mut analysis = detector.analysis(&view);
    analysis.caveats.extend(caveats);
    analysis.caveats.sort_unstable();
    analysis.caveats.dedup();
    let exit_zero = if args.judging.exit_zero {
        ExitZero::Yes
    } else {
        ExitZero::No
    };
    let outcome = Outcome::of(analysis.verdict, fail_on.gravest(&analysis.periods));
    let outcome = outcome.forgiving(exit_zero);
    let shown = output.shown.named();
    let flags_of_all = flags_of_all(args, shown, &analysis.periods);
    let around = Surroundings {
        sources: &sources,
        fail_on: &fail_on,
        recording: None,
        outcome,
        asked: Asked {
            flags: &flags_of_all,
            named: shown,
            narrowed: narrow(args).left(&detector),
        },
        notes: &[],
    };
    if let Some(bundle) = bundle {
        let redactor = redactor(&records)?;
        if let Shown::Pseudonyms(_) = output.shown {
            output.shown = Shown::Pseudonyms(Rc::clone(&redactor));
        }
        let made = Made {
            output: &output,
            analysis: &analysis,
            records: &records,
            around,
            view: &view,
            flags: flags(args),
        };
        match named(args) {
            Named::Originals => bundle.write_plain(&made)?,
            Named::Pseudonyms => bundle.write(&made, &redactor)?,
        }
    }
    exit::told(outcome, output.write(&analysis, around))
}

/// Between times in the wrong order there is nothing.
fn in_order(since: Option<Timestamp>, until: Option<Timestamp>) -> Result<(), Failure> {
    match since.zip(until) {
        Some((since, until)) if until < since => {
            let error =
                anyhow::anyhow!("nothing was reported: --since {since} is after --until {until}");
            let hint = "give the earlier time as --since";
            Err(Failure::Usage(Trouble::new(error).hint(hint)))
        }
        Some(_) | None => Ok(()),
    }
}

fn narrow(args: &ReportArgs) -> Narrow<'_> {
    Narrow {
        globs: &args.runners,
        labels: &[],
    }
}

fn view(args: &ReportArgs, detector: &Detector) -> View {
    View {
        rules: Rules {
            lag_limit: args.judging.lag_limit,
            min_coverage: args.judging.min_coverage,
            clock_bound: args.clock_bound,
        },
        since: args.since,
        until: args.until,
        runners: narrow(args).runners(detector),
        coverage_of: CoverageOf::Everything,
    }
}

/// A bundle leaves the house: names are shown in it only on request.
fn named(args: &ReportArgs) -> Named {
    match args.output.redact {
        Some(RedactArg::None) => Named::Originals,
        Some(RedactArg::Names) | None => Named::Pseudonyms,
    }
}

fn redactor(records: &[Record]) -> Result<Rc<Redactor>, Failure> {
    let instances = records.iter().filter_map(|record| match record {
        Record::Reading(reading) => reading.instance.clone(),
        Record::Run(_)
        | Record::Exchange(_)
        | Record::Sandwich(_)
        | Record::Cycle(_)
        | Record::Event(_)
        | Record::Log(_)
        | Record::Job(_)
        | Record::Lacking(_)
        | Record::Annotated(_)
        | Record::Told(_) => None,
    });
    Ok(Rc::new(Redactor::new(&new_key()?).knowing(instances)))
}

/// Flags that decide what is a period and what is a finding. `--runner` goes
/// by names, so the bundle states those it shows.
fn flags(args: &ReportArgs) -> String {
    let judging = again::judging(&args.judging, args.clock_bound);
    format!("{judging}{}", again::times(args.since, args.until))
}

/// The same with what goes by names: of evidence that is as it was given.
fn flags_of_all(args: &ReportArgs, named: Named, periods: &[Period]) -> String {
    let scope = args.scope.as_ref().map(|scope| match named {
        Named::Originals => format!(" --scope {}", shell_word(&scope.to_string())),
        Named::Pseudonyms => " --scope SCOPE".to_owned(),
    });
    let wanted = again::wanted(narrow(args), named, periods);
    format!("{}{}{wanted}", flags(args), scope.as_deref().unwrap_or(""))
}
