//! The flags of a report as a command line, each with a space before it, so
//! that it can be made again from its evidence.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::view::Narrow;
use crate::cli::JudgingArgs;
use crate::model::{Period, Span, Timestamp};
use crate::report::{Named, shell_word};

/// What decides what is a period and what is a finding.
pub(super) fn judging(args: &JudgingArgs, clock_bound: Span) -> String {
    let mut flags = format!(
        " --lag-limit {} --min-coverage {} --clock-bound {}",
        length(args.lag_limit),
        args.min_coverage,
        length(clock_bound)
    );
    if !args.fail_on.is_empty() {
        let _ = write!(flags, " --fail-on {}", args.fail_on.join(","));
    }
    flags
}

fn length(span: Span) -> String {
    let millis = span.as_millis();
    if millis % 1000 == 0 {
        format!("{}s", millis / 1000)
    } else {
        format!("{millis}ms")
    }
}

/// What readings are left out for.
pub(super) fn times(since: Option<Timestamp>, until: Option<Timestamp>) -> String {
    let times = [("--since", since), ("--until", until)];
    let given = times.into_iter().filter_map(|(flag, at)| Some((flag, at?)));
    let flags: Vec<_> = given.map(|(flag, at)| format!(" {flag} {at}")).collect();
    flags.concat()
}

/// Which runners are judged. `report` knows no labels: the runners with a period
/// stand for them. A name that is not to be seen is left for the reader to give.
pub(super) fn wanted(narrow: Narrow<'_>, named: Named, periods: &[Period]) -> String {
    match named {
        _ if !narrow.is_any() => String::new(),
        Named::Pseudonyms => " --runner GLOB".to_owned(),
        Named::Originals if narrow.labels.is_empty() => {
            runners(narrow.globs.iter().map(String::as_str))
        }
        Named::Originals => runners(names_of(periods)),
    }
}

/// Names of the runners with a period, each once.
pub(super) fn names_of(periods: &[Period]) -> BTreeSet<&str> {
    let names = periods.iter().map(|period| period.runner.name.as_deref());
    names.flatten().collect()
}

/// The runners of these names.
pub(super) fn runners<'a>(globs: impl IntoIterator<Item = &'a str>) -> String {
    let flag = |glob| format!(" --runner {}", shell_word(glob));
    let flags: Vec<_> = globs.into_iter().map(flag).collect();
    flags.concat()
}
