//! `report`: rebuilds the report from recordings and any other evidence
//! files, offline.

use super::evidence::{Evidence, Gathered};
use super::output::{Output, Surroundings};
use super::view::Narrow;
use crate::cli::ReportArgs;
use crate::detect::{CoverageOf, Detector, View};
use crate::exit::{self, ExitZero, Failure, Outcome, Trouble};
use crate::model::Rules;
use crate::report::FailOn;

/// Reads every file, judges, reports.
pub(crate) fn report(args: &ReportArgs) -> Result<Outcome, Failure> {
    let fail_on = FailOn::parse(&args.judging.fail_on)
        .map_err(|error| Failure::Usage(Trouble::new(error)))?;
    let output = Output::open(&args.output)?;
    let view = |detector: &Detector| view(args, detector);
    let Gathered {
        detector,
        sources,
        caveats,
    } = Evidence::read(&args.files)?.gather(args.scope.clone(), &view)?;
    let mut analysis = detector.analysis(&view(&detector));
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
    let around = Surroundings {
        sources: &sources,
        fail_on: &fail_on,
        recording: None,
        outcome,
        notes: &[],
    };
    exit::told(outcome, output.write(&analysis, around))
}

fn view(args: &ReportArgs, detector: &Detector) -> View {
    let narrow = Narrow {
        globs: &args.runners,
        labels: &[],
    };
    View {
        rules: Rules {
            lag_limit: args.judging.lag_limit,
            min_coverage: args.judging.min_coverage,
            clock_bound: args.clock_bound,
        },
        since: args.since,
        until: args.until,
        runners: narrow.runners(detector),
        coverage_of: CoverageOf::Everything,
    }
}
