//! `--format nagios`: one line for a monitor, by the guidelines of the
//! monitoring plugins: `SERVICE STATUS: text | performance data`.
//!
//! The text ends up in notification commands run by a shell and on web pages,
//! so a name keeps nothing that means something in either. Performance data
//! has no names at all; `U` is a value that is not known.

use crate::model::{Class, Kind, Period, Span};

use super::escape::plugin;
use super::{Report, Service, wording};

const SERVICE: &str = "RUNNER-DESYNC";
/// Columns a name may take.
const NAME: usize = 40;

/// The one line.
pub(super) fn render(report: &Report<'_>) -> String {
    let mut text = vec![wording::headline(report)];
    text.extend(first(report));
    text.extend(report.notes.iter().map(|note| plugin(note, 4 * NAME)));
    let text = line(report.service, &text.join("; "));
    format!("{text} | {}\n", performance(report))
}

/// A status with its reason, without performance data.
pub(crate) fn line(service: Service, text: &str) -> String {
    format!("{SERVICE} {}: {text}", service.word())
}

/// Where to look: the first finding that counts.
fn first(report: &Report<'_>) -> Option<String> {
    let mut counted = report.findings().filter(|p| report.fail_on.names(p));
    let runner = &counted.next()?.runner;
    let name = runner.name.as_deref().map(|name| plugin(name, NAME));
    let name = name.map_or_else(String::new, |name| format!("{name}, "));
    Some(format!("first: runner {name}id {}", runner.key.id))
}

fn performance(report: &Report<'_>) -> String {
    let coverage = &report.analysis.coverage;
    let readings = coverage.readings;
    let agree = readings.agree.saturating_add(readings.agree_unchanged);
    let ratio = coverage.ratio;
    let mut data = findings(report);
    data.extend([
        ("candidates", report.candidates().count().to_string()),
        ("coverage", value(ratio.map(percent), "%")),
        ("would_detect", seconds(coverage.would_detect)),
        ("jobs", coverage.jobs_judged.to_string()),
        ("readings_agree", agree.to_string()),
        ("readings_desync", readings.desync.to_string()),
        ("readings_unknown", readings.unknown.to_string()),
        ("lag_p95", seconds(report.analysis.lag.p95)),
    ]);
    let data: Vec<_> = data
        .into_iter()
        .map(|(label, value)| format!("{label}={value}"))
        .collect();
    data.join(" ")
}

/// How many findings there are of each name.
fn findings(report: &Report<'_>) -> Vec<(&'static str, String)> {
    let count = |of: &dyn Fn(&Period) -> bool| report.findings().filter(|p| of(p)).count();
    let class = |class| count(&|period| period.class == Some(class));
    let killed = count(&|period| period.kind == Kind::BusyFalse && period.is_killed());
    let mut data = vec![
        ("stale", class(Class::Stale).to_string()),
        ("lag", class(Class::Lag).to_string()),
        ("killed", killed.to_string()),
    ];
    for kind in Kind::ALL {
        if kind != Kind::BusyFalse {
            let number = count(&|period| period.kind == kind);
            data.push((kind.as_str(), number.to_string()));
        }
    }
    data
}

/// Percent with one digit, cut and never rounded up.
fn percent(share: f64) -> String {
    format!("{:.1}", (share * 1000.0 + 1e-6).floor() / 10.0)
}

fn seconds(span: Option<Span>) -> String {
    value(span.map(wording::secs), "s")
}

fn value(known: Option<String>, unit: &str) -> String {
    known.map_or_else(|| "U".to_owned(), |number| format!("{number}{unit}"))
}
