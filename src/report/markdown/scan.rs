//! Jobs that died, for an issue or a ticket.

use super::{LIMIT, SHOWN, more, section, source, table};
use crate::model::Fate;
use crate::report::ScanReport;
use crate::report::escape::{code, code_cell, code_fit};
use crate::report::wording;

/// Columns of a URL; a real one is shorter and stays whole.
const URL: usize = 400;

/// The whole result as Markdown.
pub(in crate::report) fn render_scan(report: &ScanReport<'_>) -> String {
    let head = format!(
        "### runner-desync scan\n\n- **{}**\n- {}\n- GitHub: {}; made by runner-desync {}\n",
        wording::scan_headline(report),
        wording::scan_summary(report),
        code(report.host.as_str()),
        code(report.tool_version),
    );
    let tail = [coverage(report), gaps(report), sources(report), claims()].concat();
    let fixed = head.chars().count() + tail.chars().count();
    let deaths = deaths(report, LIMIT.saturating_sub(fixed + 300));
    format!("{head}{deaths}{tail}")
}

/// As many as there is room for.
fn deaths(report: &ScanReport<'_>, room: usize) -> String {
    let all: Vec<_> = report.deaths().collect();
    let mut sections = Vec::new();
    let mut used = 0;
    for (place, fate) in all.iter().enumerate() {
        let section = death(place + 1, fate);
        used += section.chars().count();
        if room < used {
            let rest = all.len() - place;
            sections.push(format!("\n_and {rest} more; the JSON format has all._\n"));
            break;
        }
        sections.push(section);
    }
    sections.concat()
}

fn death(place: usize, fate: &Fate) -> String {
    let job = format!("job {}", code(&fate.job.name));
    let assignment = fate.job.assignment.as_ref();
    let name = assignment.and_then(|own| own.runner_name.as_deref());
    let runner = wording::name_or_dash(name, &code);
    let title = wording::death(fate, &job, &runner);
    let mut items = vec![
        format!(
            "Job {} of {}: {}",
            code(&fate.job.id.to_string()),
            code(&fate.job.repo.to_string()),
            wording::ran(&fate.job)
        ),
        format!("Sign: {}", wording::signs(fate)),
    ];
    let annotation = fate.annotation.as_deref();
    items.extend(annotation.map(|text| format!("Annotation: {}", code_fit(text, URL))));
    let periods = fate.periods.iter().take(SHOWN);
    items.extend(periods.map(|period| format!("Its runner read {}", wording::flag(period))));
    let url = fate.job.html_url.as_deref();
    items.extend(url.map(|url| code_fit(url, URL)));
    section(&format!("{place}. {title}"), &items)
}

fn coverage(report: &ScanReport<'_>) -> String {
    let mut items = vec![format!("Read: {}", wording::scan_coverage(report.counts))];
    items.extend(wording::unclear(report));
    let names = report.unreadable.iter().take(SHOWN);
    items.extend(names.map(|name| format!("Never readable: {}", code(name))));
    let requests = report.requests.as_ref().map(wording::requests);
    items.extend(requests.map(|text| format!("Requests: {text}")));
    items.push(format!("Limits: {}", wording::SCAN_LIMITS));
    let caveats = report.caveats.iter();
    items.extend(caveats.map(|own| {
        let text = wording::caveat(*own, report.rules);
        format!("{}: {text}", own.code())
    }));
    section("Coverage", &items)
}

fn gaps(report: &ScanReport<'_>) -> String {
    if report.gaps.is_empty() {
        return String::new();
    }
    let rows = report.gaps.iter().take(SHOWN);
    let rows = rows.map(|gap| [gap.reason.as_str().to_owned(), code_cell(&gap.target)]);
    let table = table(["Not read, for", "what"], rows);
    format!("\n{table}{}", more(report.gaps.len(), SHOWN))
}

fn sources(report: &ScanReport<'_>) -> String {
    let sources: Vec<_> = report.sources.iter().map(source).collect();
    section("Sources", &sources)
}

/// What the words above mean and do not mean.
fn claims() -> String {
    "\n#### What is claimed, and what is not\n\n\
     - \"Died\" rests on a witness that has the runner ended inside the job's life, with no step \
     moved after that. \"Likely\" rests on signs: a job can write any annotation, and can be \
     canceled by force.\n\
     - Not claimed: why the runner went, or that a wrong flag caused it.\n"
        .to_owned()
}
