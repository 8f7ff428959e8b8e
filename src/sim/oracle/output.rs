//! What leaves the program: the same bytes from the recording, and nothing
//! that a terminal, a page or a workflow would obey.

use super::Breach;
use crate::model::Analysis;
use crate::report::{Asked, FailOn, Format, Report, Service, Style, render};
use crate::sim::play::Played;
use crate::sim::trouble::Trouble;

const FORMATS: [Format; 9] = [
    Format::Table,
    Format::Markdown,
    Format::Json,
    Format::Ndjson,
    Format::Csv,
    Format::Nagios,
    Format::Prometheus,
    Format::Github,
    Format::Html,
];

/// What a hostile name holds that must not stand in a format: commands of a
/// workflow, but in JSON, which keeps exact names; tags, where a page shows
/// them.
fn forbidden(format: Format) -> &'static [&'static str] {
    match format {
        Format::Json | Format::Ndjson => &[],
        Format::Html => &["##[error]y", "<script>alert"],
        Format::Table
        | Format::Markdown
        | Format::Csv
        | Format::Nagios
        | Format::Prometheus
        | Format::Github => &["##[error]y", "\n::error::x"],
    }
}

pub(super) fn breaches(played: &Played, analysis: &Analysis) -> Vec<Breach> {
    let mut found = Vec::new();
    if played.world.has(Trouble::HostileNames) {
        for format in FORMATS {
            found.extend(unsafe_in(&rendered(analysis, format), format));
        }
    }
    let (live, again) = (
        rendered(analysis, Format::Json),
        rendered(&played.again, Format::Json),
    );
    let mut lines = live.lines().zip(again.lines());
    if let Some((live, again)) = lines.find(|(live, again)| live != again) {
        found.push(format!(
            "the recording gives another report: {live} and {again}"
        ));
    }
    found
}

fn rendered(analysis: &Analysis, format: Format) -> String {
    let report = Report {
        analysis,
        sources: &[],
        notes: &[],
        tool_version: "0",
        fail_on: &FailOn::standard(),
        service: Service::Ok,
        asked: Asked::PLAIN,
        recording: None,
        width: 100,
        style: Style::Plain,
    };
    let mut bytes = Vec::new();
    render(&report, format, &mut bytes).expect("a report");
    String::from_utf8(bytes).expect("text")
}

fn unsafe_in(text: &str, format: Format) -> Option<Breach> {
    let obeyed = |symbol: char| {
        let control = symbol.is_control() && !matches!(symbol, '\n' | '\r' | '\t');
        control || matches!(symbol, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let symbol = text
        .chars()
        .find(|&symbol| obeyed(symbol))
        .map(|symbol| format!("{symbol:?}"));
    let mut commands = forbidden(format).iter();
    let command = commands.find(|command| text.contains(**command));
    let what = symbol.or(command.map(|&command| command.to_owned()))?;
    Some(format!("{what} in {format:?}"))
}
