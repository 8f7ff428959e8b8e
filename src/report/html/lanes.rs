//! Lanes as pictures: jobs, the busy flag, the contradiction between its
//! inner and outer bounds, events, and gaps as gaps.
//!
//! A picture is as wide as the page and stretches with it, so it holds bars
//! only; labels and times are text beside it. Every bar says its exact times
//! when pointed at. Heights differ as colors do, for print and for eyes that
//! tell colors badly.

use maud::{Markup, html};

use crate::model::{
    CoverageGap, Flag, JobFacts, Mark, Period, RunnerEventKind, Span, TimelineEntry, Timestamp,
};
use crate::report::wording::{self, Moments};

use super::fleet::RunnerPeriods;
use super::name;

/// Units from one end of an axis to the other.
const UNITS: i64 = 1_000;
/// The narrowest bar that can be seen and pointed at.
const NARROWEST: i64 = 3;
/// Readings nearer to each other than this, in units, are one bar.
const NEAR: i64 = 3;

/// From one instant to another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    from: Timestamp,
    to: Timestamp,
}

impl Axis {
    pub(super) fn new(from: Timestamp, to: Timestamp) -> Self {
        Self { from, to }
    }

    /// Around instants, with a little room on either side.
    fn around(instants: impl Iterator<Item = Timestamp> + Clone) -> Option<Self> {
        let (from, to) = (instants.clone().min()?, instants.max()?);
        let room = Span::secs((to - from).as_millis() / 50_000);
        Some(Self::new(from - room, to + room))
    }

    fn shows(self, from: Timestamp, to: Timestamp) -> bool {
        from <= self.to && self.from <= to
    }

    /// Where an instant lies; one outside lies at the nearest end.
    fn x(self, at: Timestamp) -> i64 {
        let inside = at.clamp(self.from, self.to);
        let length = i128::from((self.to - self.from).as_millis().max(1));
        let part = i128::from((inside - self.from).as_millis()) * i128::from(UNITS) / length;
        i64::try_from(part).unwrap_or(0)
    }

    fn bar(self, class: &'static str, from: Timestamp, to: Timestamp, title: String) -> Bar {
        let (left, right) = (self.x(from), self.x(to));
        let width = (right - left).max(NARROWEST);
        Bar {
            class,
            left: left.min(UNITS - width),
            width,
            title,
        }
    }
}

/// A rectangle of a lane.
struct Bar {
    class: &'static str,
    left: i64,
    width: i64,
    title: String,
}

impl Bar {
    /// Top and height by class, out of 20.
    fn place(&self) -> (u8, u8) {
        match self.class {
            "true" => (1, 9),
            "false" => (10, 9),
            "possible" | "lease" => (7, 6),
            "unsure" => (5, 10),
            "gap" => (0, 20),
            _ => (2, 16),
        }
    }
}

/// One lane with its label.
struct Lane {
    label: &'static str,
    bars: Vec<Bar>,
}

impl Lane {
    fn markup(&self) -> Markup {
        html! {
            span.label { (self.label) }
            (picture(self.label, &self.bars))
        }
    }
}

fn picture(label: &str, bars: &[Bar]) -> Markup {
    html! {
        svg viewBox="0 0 1000 20" preserveAspectRatio="none" role="img" aria-label=(label) {
            @for bar in bars {
                @let (top, height) = bar.place();
                rect class=(bar.class) x=(bar.left) y=(top) width=(bar.width) height=(height) {
                    title { (bar.title) }
                }
            }
        }
    }
}

/// The lanes of one period.
pub(super) fn of_period(period: &Period, gaps: &[&CoverageGap]) -> Markup {
    let job = period.job.as_ref();
    let instants = bounds(period).into_iter();
    let instants = instants.chain(job.into_iter().flat_map(life));
    let before = period.previous_job.as_ref();
    let Some(axis) = Axis::around(instants) else {
        return html! {};
    };
    let jobs = before.into_iter().chain(job);
    lanes(axis, jobs, &[period], gaps)
}

/// The lanes of all periods of a runner.
pub(super) fn of_runner(runner: &RunnerPeriods<'_>, gaps: &[&CoverageGap]) -> Markup {
    let periods = &runner.periods;
    let of_periods = periods.iter().flat_map(|period| bounds(period));
    let jobs = periods.iter().flat_map(|period| {
        let before = period.previous_job.as_ref();
        before.into_iter().chain(period.job.as_ref())
    });
    let Some(axis) = Axis::around(of_periods.chain(jobs.clone().flat_map(life))) else {
        return html! {};
    };
    lanes(axis, jobs, periods, gaps)
}

fn lanes<'a>(
    axis: Axis,
    jobs: impl Iterator<Item = &'a JobFacts>,
    periods: &[&Period],
    gaps: &[&CoverageGap],
) -> Markup {
    let mut lanes = vec![
        Lane {
            label: "jobs",
            bars: jobs.flat_map(|job| job_bars(axis, job)).collect(),
        },
        Lane {
            label: "busy flag",
            bars: flags(axis, periods),
        },
        Lane {
            label: "desync",
            bars: periods
                .iter()
                .flat_map(|p| contradiction(axis, p))
                .collect(),
        },
    ];
    let leases = leases(axis, periods);
    if !leases.is_empty() {
        lanes.push(Lane {
            label: "lease",
            bars: leases,
        });
    }
    let events = events(axis, periods);
    if !events.is_empty() {
        lanes.push(Lane {
            label: "events",
            bars: events,
        });
    }
    let missed = gap_bars(axis, gaps);
    if !missed.is_empty() {
        lanes.push(Lane {
            label: "not read",
            bars: missed,
        });
    }
    html! {
        div.lanes {
            span.label {} span.times { span { (axis.from) } span { (axis.to) } }
            @for lane in &lanes { (lane.markup()) }
        }
    }
}

/// The periods of a runner in one row of the overview.
pub(super) fn strip(runner: &RunnerPeriods<'_>, gaps: &[&CoverageGap], axis: Axis) -> Markup {
    let mut bars = gap_bars(axis, gaps);
    bars.extend(runner.periods.iter().flat_map(|p| contradiction(axis, p)));
    picture("periods", &bars)
}

/// What the bars mean.
pub(super) fn legend() -> Markup {
    let entries = [
        ("job", "job"),
        ("unsure", "start not sure"),
        ("true", "busy:true"),
        ("false", "busy:false"),
        ("offline", "offline"),
        ("missing", "404"),
        ("observed", "desync observed"),
        ("possible", "desync possible"),
        ("lease", "lease"),
        ("event", "event"),
        ("gap", "not read"),
    ];
    html! {
        p.legend {
            @for (class, meaning) in entries {
                span { svg viewBox="0 0 20 20" aria-hidden="true" { rect class=(class) x="0" y="2" width="20" height="16" {} } (meaning) " " }
            }
        }
    }
}

fn bounds(period: &Period) -> Vec<Timestamp> {
    let mut instants = vec![period.onset.by];
    instants.extend(period.onset.after);
    instants.extend([
        period.first_false_at,
        period.last_false_at,
        period.end.after,
    ]);
    instants.extend(period.end.by);
    instants
}

fn life(job: &JobFacts) -> impl Iterator<Item = Timestamp> + Clone + use<> {
    [job.start(), job.end()].into_iter().flatten()
}

/// A job, and over its beginning the range in which it started.
fn job_bars(axis: Axis, job: &JobFacts) -> Vec<Bar> {
    let from = job.start().unwrap_or(axis.from);
    let to = job.end().unwrap_or(axis.to);
    if !axis.shows(from, to) {
        return Vec::new();
    }
    let say = |at: Option<Timestamp>| at.map_or(wording::UNKNOWN.to_owned(), |at| at.to_string());
    let title = format!(
        "{} ({}): {} to {}",
        name(&job.job.name),
        job.job.id,
        say(job.start()),
        job.end()
            .map_or("not ended".to_owned(), |end| end.to_string()),
    );
    let mut bars = vec![axis.bar("job", from, to, title)];
    if let Some(sure) = job.start_max.filter(|sure| from < *sure) {
        let title = format!("started between {from} and {sure}");
        bars.push(axis.bar("unsure", from, sure.min(to), title));
    }
    bars
}

/// Readings of the flag; equal ones that touch are one bar, with their number.
fn flags(axis: Axis, periods: &[&Period]) -> Vec<Bar> {
    let mut marks: Vec<Mark> = periods
        .iter()
        .flat_map(|p| p.marks.iter().copied())
        .collect();
    marks.retain(|mark| axis.shows(mark.at, mark.at));
    marks.sort_by_key(|mark| mark.at);
    marks.dedup();
    let near =
        |one: &Mark, next: &Mark| one.flag == next.flag && axis.x(next.at) - axis.x(one.at) <= NEAR;
    let groups = marks.chunk_by(near);
    groups.filter_map(|group| flag_bar(axis, group)).collect()
}

fn flag_bar(axis: Axis, group: &[Mark]) -> Option<Bar> {
    let (first, last) = (group.first()?, group.last()?);
    let said = said(first.flag);
    let title = if group.len() == 1 {
        format!("{} {said}", first.at)
    } else {
        format!(
            "{} readings {said}, {} to {}",
            group.len(),
            first.at,
            last.at
        )
    };
    Some(axis.bar(flag_class(first.flag), first.at, last.at, title))
}

pub(super) const fn said(flag: Flag) -> &'static str {
    match flag {
        Flag::True => "busy:true",
        Flag::False => "busy:false",
        Flag::Offline => "offline",
        Flag::Missing => "404",
    }
}

const fn flag_class(flag: Flag) -> &'static str {
    match flag {
        Flag::True => "true",
        Flag::False => "false",
        Flag::Offline => "offline",
        Flag::Missing => "missing",
    }
}

/// Possible out to the outer bounds, observed from first to last reading.
fn contradiction(axis: Axis, period: &Period) -> Vec<Bar> {
    let story = wording::Story {
        period,
        moments: Moments::Full,
    };
    let until = period.end.by.unwrap_or(axis.to);
    let after = period.onset.after.unwrap_or(period.onset.by);
    if !axis.shows(after, until) {
        return Vec::new();
    }
    let title = format!("began {}; ended {}", story.began(), story.ended());
    let outer = axis.bar("possible", after, until, title);
    let inner = axis.bar(
        super::period::observed_class(period),
        period.first_false_at,
        period.last_false_at,
        story.said(),
    );
    vec![outer, inner]
}

/// Each renewal of the lease, and how long it is good for.
fn leases(axis: Axis, periods: &[&Period]) -> Vec<Bar> {
    let renewed = told(periods, |event| event == RunnerEventKind::LeaseRenewed);
    let bars = renewed.into_iter().map(|entry| {
        let till = entry.valid_till.unwrap_or(entry.at);
        let title = wording::event_line(entry, Moments::Full, &name);
        (entry.at, till, title)
    });
    let seen = bars.filter(|(from, till, _)| axis.shows(*from, *till));
    seen.map(|(from, till, title)| axis.bar("lease", from, till, title))
        .collect()
}

/// What else other witnesses tell.
fn events(axis: Axis, periods: &[&Period]) -> Vec<Bar> {
    let events = told(periods, |event| event != RunnerEventKind::LeaseRenewed);
    let seen = events
        .into_iter()
        .filter(|entry| axis.shows(entry.at, entry.at));
    seen.map(|entry| {
        let title = wording::event_line(entry, Moments::Full, &name);
        axis.bar("event", entry.at, entry.at, title)
    })
    .collect()
}

/// Events of some kinds, each once.
fn told<'a>(
    periods: &[&'a Period],
    wanted: impl Fn(RunnerEventKind) -> bool,
) -> Vec<&'a TimelineEntry> {
    let events = periods.iter().flat_map(|period| &period.events);
    let mut told: Vec<_> = events.filter(|entry| wanted(entry.event)).collect();
    told.sort_by_key(|entry| entry.at);
    told.dedup();
    told
}

/// Gaps; those that touch are one bar, with their number.
fn gap_bars(axis: Axis, gaps: &[&CoverageGap]) -> Vec<Bar> {
    let seen = gaps.iter().filter(|gap| axis.shows(gap.from, gap.to));
    let mut seen: Vec<_> = seen.copied().collect();
    seen.sort_by_key(|gap| gap.from);
    let near = |one: &&CoverageGap, next: &&CoverageGap| axis.x(next.from) - axis.x(one.to) <= NEAR;
    let groups = seen.chunk_by(near);
    groups.filter_map(|group| gap_bar(axis, group)).collect()
}

fn gap_bar(axis: Axis, group: &[&CoverageGap]) -> Option<Bar> {
    let from = group.first()?.from;
    let to = group.iter().map(|gap| gap.to).max()?;
    let title = match group {
        [gap] => {
            let reason = gap.reason.as_str();
            format!(
                "{} not read from {from} to {to}: {reason}",
                name(&gap.target)
            )
        }
        _ => format!("{} gaps from {from} to {to}", group.len()),
    };
    Some(axis.bar("gap", from, to, title))
}
