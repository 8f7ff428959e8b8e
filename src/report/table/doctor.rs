//! A checkup on a terminal.

use super::layout::{Page, Paint};
use crate::model::{Checkup, Health};
use crate::report::wording::checkup as words;
use crate::report::{DoctorReport, Style};

/// Columns: an answer is laid out alike wherever it goes.
const WIDTH: u16 = 80;

/// The whole checkup.
pub(in crate::report) fn render(report: &DoctorReport<'_>) -> String {
    let checkup = report.checkup;
    let mut page = Page::new(WIDTH, Style::Plain);
    page.line(words::headline(checkup), Paint::None);
    let targets: Vec<_> = report.targets.iter().map(ToString::to_string).collect();
    let on = format!("{} on {}", targets.join(", "), report.host);
    page.line(&on, Paint::None);
    page.blank();
    page.pairs(&pairs(checkup));
    page.finish()
}

fn pairs(checkup: &Checkup) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    for credential in &checkup.credentials {
        pairs.push(("credential", words::credential(credential)));
    }
    for tried in &checkup.tried {
        pairs.push(("reads", words::tried(tried)));
        pairs.extend(words::hint(tried).map(|hint| ("reads", hint)));
    }
    pairs.push(("clock", words::clock(checkup.clock)));
    pairs.push(("etags", words::etags(checkup.etags)));
    pairs.extend(checkup.age.map(|age| ("cache", words::cache(age))));
    pairs.push(("limit", words::limit(checkup.limit)));
    pairs.extend(words::others(checkup.limit).map(|others| ("others", others)));
    match &checkup.outlook {
        None => pairs.push((
            "price",
            words::no_outlook(checkup.health() == Health::Ready),
        )),
        Some(outlook) => {
            pairs.push(("price", words::price(outlook)));
            pairs.push(("interval", words::interval(outlook)));
            pairs.push(("guarantee", words::guarantee(outlook)));
        }
    }
    pairs.push(("spent", words::asked(checkup.asked)));
    pairs
}
