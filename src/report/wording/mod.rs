//! The one place that words things, so that the terminal, the ticket and the
//! alert say the same.
//!
//! The words are those of the glossary, and they never claim more than the
//! rules of evidence allow: killed *follows* a desync, a flag was *not seen*
//! set, a guarantee names its limits. Nothing here lays out or escapes, except
//! that names come in as the caller has made them safe.

mod caveat;
pub(crate) mod checkup;
mod context;
mod coverage;
mod headline;
mod moment;
mod occupancy;
mod pace;
mod period;
mod scan;
pub(crate) mod unit;

pub(crate) use caveat::{caveat, caveats};
pub(crate) use context::{context, line as event_line};
pub(crate) use coverage::{
    coverage, guarantee, lag, readings, requests, rules, runners, sandwiches, source,
    unknown_reasons,
};
pub(crate) use headline::{headline, next_step, own_name, summary};
pub(crate) use moment::Moments;
pub(crate) use occupancy::{occupancy, why};
pub(crate) use pace::{expected, stretched};
pub(crate) use period::{Story, conclusion, name_or_dash};
pub(crate) use scan::{
    SCAN_LIMITS, death, flag, ran, scan_coverage, scan_headline, scan_summary, signs, unclear,
};
pub(crate) use unit::{at_most, count, duration, secs};

/// What stands for something unknown.
pub(crate) const UNKNOWN: &str = "—";
