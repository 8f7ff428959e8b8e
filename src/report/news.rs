//! One line for one piece of news, as it happens.

use crate::model::{News, Period, Told};

use super::escape::fit;
use super::wording::{Moments, Story, at_most, duration, own_name};

/// Columns a name may take.
const NAME: usize = 60;

/// "… opened: i-06c read busy:false while "Publish" ran on it (stale), …".
pub(crate) fn news_line(told: &Told, period: Option<&Period>) -> String {
    let Some(period) = period else {
        return format!(
            "{} retracted: {} of runner {}: the job's final record does not bear it out",
            told.since,
            told.kind.as_str(),
            told.runner
        );
    };
    let title = title(period);
    match told.news {
        News::Opened => format!("{} opened: {title} ({})", period.onset.by, own_name(period)),
        News::Counted => format!("{} counts: {title} ({})", period.onset.by, own_name(period)),
        News::Closed => format!("{} closed: {title}; {}", closed_at(period), closing(period)),
        News::Settled => format!(
            "{} settled: {title}; {}",
            closed_at(period),
            closing(period)
        ),
        News::Retracted => format!("{} retracted: {title}", period.onset.by),
    }
}

fn title(period: &Period) -> String {
    let story = Story {
        period,
        moments: Moments::Full,
    };
    let runner = period.runner.name.as_deref().map(|name| fit(name, NAME));
    let runner = runner.unwrap_or_else(|| format!("runner {}", period.runner.key.id));
    let job = period
        .job
        .as_ref()
        .map(|job| format!("\"{}\"", fit(&job.job.name, NAME)));
    story.title(&runner, job.as_deref().unwrap_or("no job"))
}

fn closed_at(period: &Period) -> String {
    period.end.by.unwrap_or(period.end.after).to_string()
}

fn closing(period: &Period) -> String {
    let lasted = match period.at_most {
        Some(most) => format!("at most {}", at_most(most)),
        None => "still open".to_owned(),
    };
    let observed = duration(period.observed);
    format!(
        "{}, {observed} observed, {lasted}",
        period.end.reason.as_str()
    )
}
