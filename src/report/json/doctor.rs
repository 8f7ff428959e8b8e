//! `runner-desync.doctor/1`: what `doctor` found out.

use std::io;

use serde::Serialize;

use super::DOCTOR_SCHEMA;
use super::v1::{At, Secs, ToolV1, texts};
use crate::model::{
    Checkup, ClockBounds, CredentialSeen, LimitSeen, Need, Outlook, Price, Spending, Target, Tried,
};
use crate::report::{DoctorReport, escape};

#[derive(Serialize)]
struct DoctorV1<'a> {
    schema: &'static str,
    tool: ToolV1<'a>,
    health: &'static str,
    host: &'a str,
    targets: Vec<String>,
    credentials: Vec<CredentialV1<'a>>,
    reads: Vec<ReadV1<'a>>,
    clock: Option<ClockV1>,
    etags: &'static str,
    cache_age_s: Option<u64>,
    limit: LimitV1,
    outlook: Option<OutlookV1>,
    requests: AskedV1,
}

#[derive(Serialize)]
struct CredentialV1<'a> {
    source: &'a str,
    opens: &'static str,
    scopes: Option<Vec<&'a str>>,
    expires_at: Option<At>,
}

#[derive(Serialize)]
struct ReadV1<'a> {
    what: &'static str,
    of: Option<String>,
    needed: bool,
    result: &'static str,
    found: Option<u64>,
    permission: Option<&'a str>,
    detail: Option<&'a str>,
    hint: Option<&'a str>,
    request_id: Option<&'a str>,
    took_s: Secs,
}

#[derive(Serialize)]
struct ClockV1 {
    ahead_at_least_s: Secs,
    ahead_at_most_s: Secs,
}

#[derive(Serialize)]
struct LimitV1 {
    limited: Option<bool>,
    limit: Option<u64>,
    remaining: Option<u64>,
    used: Option<u64>,
    reset_at: Option<At>,
    by_others: Option<u64>,
    over_s: Option<Secs>,
}

#[derive(Serialize)]
struct OutlookV1 {
    cycle: PriceV1,
    repositories: u64,
    repositories_counted: u64,
    budget: f64,
    budget_per_hour: Option<u64>,
    interval_s: Secs,
    fitting_interval_s: Secs,
    would_detect_s: Secs,
    discovered_within_s: Secs,
    told_of_within_s: Option<Secs>,
}

#[derive(Serialize)]
struct PriceV1 {
    first: u64,
    unchanged: u64,
    changed: u64,
}

#[derive(Serialize)]
struct AskedV1 {
    total: u64,
    charged: u64,
}

/// Writes the checkup as one JSON document.
pub(in crate::report) fn write_doctor(
    report: &DoctorReport<'_>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let text = serde_json::to_string_pretty(&DoctorV1::from(report))?;
    writeln!(out, "{}", escape::json(&text))
}

impl<'a> From<&DoctorReport<'a>> for DoctorV1<'a> {
    fn from(report: &DoctorReport<'a>) -> Self {
        let checkup: &'a Checkup = report.checkup;
        Self {
            schema: DOCTOR_SCHEMA,
            tool: ToolV1::of(report.tool_version),
            health: checkup.health().as_str(),
            host: report.host.as_str(),
            targets: report.targets.iter().map(ToString::to_string).collect(),
            credentials: checkup.credentials.iter().map(CredentialV1::from).collect(),
            reads: checkup.tried.iter().map(ReadV1::from).collect(),
            clock: checkup.clock.map(ClockV1::from),
            etags: checkup.etags.as_str(),
            cache_age_s: checkup.age,
            limit: checkup.limit.into(),
            outlook: checkup.outlook.map(OutlookV1::from),
            requests: AskedV1 {
                total: checkup.asked.total,
                charged: checkup.asked.charged,
            },
        }
    }
}

impl<'a> From<&'a CredentialSeen> for CredentialV1<'a> {
    fn from(seen: &'a CredentialSeen) -> Self {
        Self {
            source: &seen.source,
            opens: seen.opens.as_str(),
            scopes: seen.scopes.as_deref().map(texts),
            expires_at: seen.expires.map(At),
        }
    }
}

impl<'a> From<&'a Tried> for ReadV1<'a> {
    fn from(tried: &'a Tried) -> Self {
        let (what, of) = named(&tried.target);
        Self {
            what,
            of,
            needed: tried.need == Need::Needed,
            result: tried.opened.as_str(),
            found: tried.found,
            permission: tried.permission.as_deref(),
            detail: tried.detail.as_deref(),
            hint: tried.hint.as_deref(),
            request_id: tried.request_id.as_deref(),
            took_s: Secs(tried.took),
        }
    }
}

/// Kind and owner of what was read.
fn named(target: &Target) -> (&'static str, Option<String>) {
    match target {
        Target::Runners { scope, .. } => ("runners", Some(scope.to_string())),
        Target::Runner { scope, .. } => ("runner", Some(scope.to_string())),
        Target::Runs { repo, .. } => ("runs", Some(repo.to_string())),
        Target::Run { repo, .. } => ("run", Some(repo.to_string())),
        Target::Annotations { repo, .. } => ("annotations", Some(repo.to_string())),
        Target::Jobs { repo, .. } | Target::AllJobs { repo, .. } => {
            ("jobs", Some(repo.to_string()))
        }
        Target::Job { repo, .. } => ("job", Some(repo.to_string())),
        Target::Repos { owner, .. } => ("repositories", Some(owner.to_string())),
        Target::Deliveries { hook, .. } => ("deliveries", Some(hook.to_string())),
        Target::RateLimit => ("rate-limit", None),
    }
}

impl From<ClockBounds> for ClockV1 {
    fn from(bounds: ClockBounds) -> Self {
        Self {
            ahead_at_least_s: Secs(bounds.low),
            ahead_at_most_s: Secs(bounds.high),
        }
    }
}

impl From<LimitSeen> for LimitV1 {
    fn from(seen: LimitSeen) -> Self {
        let of = |limited: Option<bool>, spending: Option<Spending>| Self {
            limited,
            limit: spending.and_then(|s| s.limit),
            remaining: spending.and_then(|s| s.remaining),
            used: spending.and_then(|s| s.used),
            reset_at: spending.and_then(|s| s.reset).map(At),
            by_others: spending.and_then(|s| s.by_others),
            over_s: spending.map(|s| Secs(s.over)),
        };
        match seen {
            LimitSeen::Unknown => of(None, None),
            LimitSeen::None => of(Some(false), None),
            LimitSeen::Limited(spending) => of(Some(true), Some(spending)),
        }
    }
}

impl From<Outlook> for OutlookV1 {
    fn from(outlook: Outlook) -> Self {
        let Price {
            first,
            unchanged,
            changed,
        } = outlook.price;
        Self {
            cycle: PriceV1 {
                first,
                unchanged,
                changed,
            },
            repositories: outlook.repos,
            repositories_counted: outlook.counted,
            budget: outlook.budget,
            budget_per_hour: outlook.per_hour,
            interval_s: Secs(outlook.interval),
            fitting_interval_s: Secs(outlook.fitting),
            would_detect_s: Secs(outlook.would_detect),
            discovered_within_s: Secs(outlook.found_within),
            told_of_within_s: outlook.told_within.map(Secs),
        }
    }
}
