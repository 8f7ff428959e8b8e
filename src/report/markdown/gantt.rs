//! The lanes of one period as a Mermaid diagram, which GitHub draws.
//!
//! It holds ids, times and our own words, never a name: Mermaid has
//! directives, links and HTML of its own. Times are UTC and written without a
//! zone, so that every reader sees them as they are. What happened at one
//! instant is a milestone, as a bar without a length is not drawn.

use std::fmt::Write as _;

use crate::model::{Flag, JobFacts, Mark, Period, Timestamp};

/// Runs of equal readings drawn; further ones are in the other formats.
const RUNS: usize = 12;

/// The diagram with its fence; none when an instant has no calendar form.
pub(super) fn fenced(period: &Period) -> Option<String> {
    let mut diagram = Diagram::new(period);
    diagram.jobs();
    diagram.flags();
    diagram.contradiction();
    let text = diagram.text?;
    Some(format!("```mermaid\n{text}```\n"))
}

struct Diagram<'a> {
    period: &'a Period,
    /// None once something could not be written.
    text: Option<String>,
}

/// How Mermaid paints a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paint {
    Done,
    Plain,
    Active,
    Critical,
}

impl Paint {
    const fn tag(self) -> &'static str {
        match self {
            Self::Done => "done, ",
            Self::Plain => "",
            Self::Active => "active, ",
            Self::Critical => "crit, ",
        }
    }
}

impl<'a> Diagram<'a> {
    fn new(period: &'a Period) -> Self {
        let id = period.runner.key.id;
        let text = format!(
            "gantt\n    title runner {id}, times in UTC\n    \
             dateFormat YYYY-MM-DDTHH:mm:ss.SSS\n    axisFormat %H:%M:%S\n"
        );
        Self {
            period,
            text: Some(text),
        }
    }

    fn jobs(&mut self) {
        let period = self.period;
        let before = period.previous_job.as_ref().filter(|job| self.is_near(job));
        let jobs: Vec<_> = before.into_iter().chain(period.job.as_ref()).collect();
        if jobs.is_empty() {
            return;
        }
        self.section("Jobs");
        for job in jobs {
            let from = job.start().unwrap_or(after(period));
            let (to, open) = match job.end() {
                Some(end) => (end, ""),
                None => (self.latest(), ", not ended"),
            };
            self.bar(&format!("job {}{open}", job.job.id), Paint::Done, from, to);
        }
    }

    /// Whether an earlier job ended so late that it belongs into the picture.
    fn is_near(&self, job: &JobFacts) -> bool {
        let from = after(self.period);
        let length = self.latest() - from;
        job.end().is_some_and(|end| from - length <= end)
    }

    /// The latest instant that the period knows of.
    fn latest(&self) -> Timestamp {
        let period = self.period;
        let end = period.end.by.unwrap_or(period.end.after);
        period.last_false_at.max(end)
    }

    fn flags(&mut self) {
        let same = |one: &Mark, next: &Mark| one.flag == next.flag;
        let runs: Vec<&[Mark]> = self.period.marks.chunk_by(same).collect();
        if runs.is_empty() {
            return;
        }
        self.section("Busy flag");
        for run in runs.iter().take(RUNS) {
            if let (Some(first), Some(last)) = (run.first(), run.last()) {
                let (word, paint) = word(first.flag);
                let label = match run.len() {
                    1 => format!("read {word}"),
                    number => format!("read {word} {number} times"),
                };
                self.bar(&label, paint, first.at, last.at);
            }
        }
    }

    fn contradiction(&mut self) {
        let period = self.period;
        let open = if period.end.by.is_none() {
            ", open"
        } else {
            ""
        };
        self.section("Desync");
        let label = format!("possible{open}");
        self.bar(&label, Paint::Active, after(period), self.latest());
        let (first, last) = (period.first_false_at, period.last_false_at);
        self.bar("observed", Paint::Critical, first, last);
    }

    fn section(&mut self, title: &str) {
        if let Some(text) = &mut self.text {
            let _ = writeln!(text, "    section {title}");
        }
    }

    fn bar(&mut self, label: &str, paint: Paint, from: Timestamp, to: Timestamp) {
        let paint = paint.tag();
        let line = instant(from).zip(instant(to)).map(|(start, end)| {
            if to <= from {
                format!("    {label} :{paint}milestone, {start}, 0s\n")
            } else {
                format!("    {label} :{paint}{start}, {end}\n")
            }
        });
        self.text = self.text.take().zip(line).map(|(text, line)| text + &line);
    }
}

const fn word(flag: Flag) -> (&'static str, Paint) {
    match flag {
        Flag::True => ("true", Paint::Plain),
        Flag::False => ("false", Paint::Critical),
        Flag::Offline => ("offline", Paint::Critical),
        Flag::Missing => ("404", Paint::Critical),
    }
}

/// As `dateFormat` has it; none outside of its four-digit years.
fn instant(at: Timestamp) -> Option<String> {
    let calendar = at.to_chrono()?;
    let text = calendar.format("%Y-%m-%dT%H:%M:%S%.3f").to_string();
    (text.len() == 23).then_some(text)
}

/// The earliest possible beginning, where it is known.
fn after(period: &Period) -> Timestamp {
    period.onset.after.unwrap_or(period.onset.by)
}
