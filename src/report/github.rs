//! `--format github`: annotations of a workflow, as the runner's workflow
//! commands. The step summary beside them is the ticket.
//!
//! GitHub keeps ten annotations of each kind for a step, so the last of ten
//! says how many are left out.

use crate::model::{Period, ReportVerdict};

use super::escape::{command_data, command_property, fit};
use super::wording::{self, Moments, Story};
use super::{Report, Service};

/// Annotations of one kind that GitHub keeps for a step.
const KEPT: usize = 10;
/// Columns a name may take.
const NAME: usize = 60;

/// Kinds of annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// One annotation; its texts are safe for a terminal already.
struct Annotation {
    level: Level,
    title: String,
    text: String,
}

/// The commands, one a line: the verdict, then each period by importance.
pub(super) fn render(report: &Report<'_>) -> String {
    let mut all = vec![verdict(report)];
    all.extend(
        report
            .by_importance()
            .map(|period| annotation(report, period)),
    );
    let mut text = String::new();
    for level in [Level::Error, Level::Warning, Level::Notice] {
        let of_level: Vec<_> = all.iter().filter(|one| one.level == level).collect();
        let shown = if of_level.len() <= KEPT {
            KEPT
        } else {
            KEPT - 1
        };
        let lines = of_level.iter().take(shown).map(|one| one.command());
        text.extend(lines);
        text.extend(left_out(level, of_level.len().saturating_sub(shown)));
    }
    text
}

fn verdict(report: &Report<'_>) -> Annotation {
    let level = match (report.service, report.analysis.verdict) {
        (Service::Critical | Service::Warning, _) => Level::Error,
        (Service::Unknown, _) | (Service::Ok, ReportVerdict::Inconclusive) => Level::Warning,
        (Service::Ok, ReportVerdict::Desync | ReportVerdict::Lag | ReportVerdict::Clean) => {
            Level::Notice
        }
    };
    let summary = wording::summary(report, Moments::Full, &|name| fit(name, NAME));
    Annotation {
        level,
        title: wording::headline(report),
        text: summary,
    }
}

fn annotation(report: &Report<'_>, period: &Period) -> Annotation {
    let story = Story {
        period,
        moments: Moments::Full,
    };
    let level = if report.fail_on.names(period) {
        Level::Error
    } else {
        match period.finding {
            crate::model::Finding::Yes => Level::Notice,
            crate::model::Finding::NotYet => Level::Warning,
        }
    };
    let runner = &period.runner;
    let name = runner.name.as_deref().map(|name| fit(name, NAME));
    let job = period.job.as_ref();
    let job_name = job.map(|job| fit(&job.job.name, NAME));
    let ids = job.map(|job| format!(", job id {}", job.job.id));
    let text = [
        format!(
            "runner id {}{}",
            runner.key.id,
            ids.as_deref().unwrap_or("")
        ),
        story.said(),
        format!("began {}", story.began()),
        format!("ended {}", story.ended()),
        story.lasted(),
        format!("killed {}", story.killed()),
        story.certainty().to_owned(),
    ];
    Annotation {
        level,
        title: story.title(
            name.as_deref().unwrap_or("a runner"),
            job_name.as_deref().unwrap_or("no job"),
        ),
        text: text.join("; "),
    }
}

fn left_out(level: Level, number: usize) -> Option<String> {
    let more = || Annotation {
        level,
        title: format!("{number} more"),
        text: "GitHub keeps ten annotations of a kind; the step summary has more".to_owned(),
    };
    (0 < number).then(|| more().command())
}

impl Annotation {
    fn command(&self) -> String {
        let title = command_property(&self.title);
        let text = command_data(&self.text);
        format!("::{} title={title}::{text}\n", self.level.as_str())
    }
}
