//! A small picture of one period: the job, the readings of the flag and the
//! contradiction, on one axis of time.
//!
//! ```text
//!         02:00:00                                    02:10:24
//! job     [--------------------------------------------------]
//! flag     #                       #                        .
//! desync                           ~~~~~~~~~~~~~~~~~~~~~~~~~D
//! ```
//!
//! Plain ASCII, times only and no names, so that it is as safe in a code
//! block of a ticket as on a terminal. It is right for any input: marks out
//! of order, all at one instant, five days apart, or with an open end.

use crate::model::{Flag, JobFacts, Mark, Period, Span, Timestamp};

use super::wording::Moments;

/// Columns of the row labels.
const LABEL: usize = 8;
/// A lane narrower than this says nothing.
const NARROWEST: usize = 24;
/// A lane wider than this is no easier to read.
const WIDEST: usize = 100;

/// Draws a period in a number of columns, without trailing spaces.
pub(crate) fn draw(period: &Period, moments: Moments, columns: usize) -> Vec<String> {
    let lane = Lane::new(period, columns);
    let mut rows = vec![row("", &lane.times(moments))];
    if let Some(job) = &period.previous_job
        && lane.axis.shows(job)
    {
        rows.push(row("before", &lane.life(job)));
    }
    if let Some(job) = &period.job {
        rows.push(row("job", &lane.life(job)));
    }
    let flags = lane.flags();
    let desync = lane.contradiction();
    rows.push(row("flag", &flags));
    rows.push(row("desync", &desync));
    let meanings = legend(&rows, lane.axis.columns);
    rows.extend(meanings.iter().map(|line| row("", line)));
    rows
}

fn row(label: &str, cells: &str) -> String {
    let text = format!("{label:LABEL$}{cells}");
    text.trim_end().to_owned()
}

/// What the symbols mean, of those that occur, in lines that fit.
fn legend(rows: &[String], columns: usize) -> Vec<String> {
    const MEANINGS: [(char, &str); 8] = [
        ('#', "busy:true"),
        ('.', "busy:false"),
        ('o', "offline"),
        ('x', "404"),
        ('*', "several"),
        ('D', "observed"),
        ('~', "possible"),
        ('>', "open"),
    ];
    let drawn: String = rows
        .iter()
        .skip(1)
        .filter_map(|row| row.get(LABEL..))
        .collect();
    let mut lines: Vec<String> = Vec::new();
    for (symbol, meaning) in MEANINGS {
        if !drawn.contains(symbol) {
            continue;
        }
        let entry = format!("{symbol} {meaning}");
        match lines.last_mut() {
            Some(line) if line.len() + 3 + entry.len() <= columns => {
                line.push_str("   ");
                line.push_str(&entry);
            }
            Some(_) | None => lines.push(entry),
        }
    }
    lines
}

/// The instants a lane shows, and its columns.
#[derive(Debug, Clone, Copy)]
struct Axis {
    from: Timestamp,
    to: Timestamp,
    columns: usize,
}

impl Axis {
    /// From the earliest to the latest instant of the period and its job,
    /// widened by at most a quarter on either side to show nearby marks.
    fn new(period: &Period, columns: usize) -> Self {
        let mut instants = vec![
            period.onset.after,
            period.onset.by,
            period.first_false_at,
            period.last_false_at,
            period.end.after,
        ];
        instants.extend(period.end.by);
        if let Some(job) = &period.job {
            instants.extend(start(job));
            instants.extend(end(job));
        }
        let (from, to) = hull(&instants, period.first_false_at);
        let reach = Span::millis((to - from).as_millis() / 4);
        let near = |mark: &&Mark| from - reach <= mark.at && mark.at <= to + reach;
        let marks = period.marks.iter().filter(near).map(|mark| mark.at);
        instants.extend(marks);
        let (from, to) = hull(&instants, from);
        Self { from, to, columns }
    }

    /// The column of an instant; one outside of the axis has none.
    fn column(self, at: Timestamp) -> Option<usize> {
        if at < self.from || self.to < at {
            return None;
        }
        let wide = |span: Span| i128::from(span.as_millis());
        let last = i128::try_from(self.columns - 1).unwrap_or(0);
        let length = wide(self.to - self.from).max(1);
        let nearest = (wide(at - self.from) * last + length / 2) / length;
        usize::try_from(nearest).ok()
    }

    /// The column of an instant, moved to the nearest end of the axis.
    fn clamped(self, at: Timestamp) -> usize {
        let inside = at.clamp(self.from, self.to);
        self.column(inside).unwrap_or(0).min(self.columns - 1)
    }

    /// Whether any of a job's life lies on the axis.
    fn shows(self, job: &JobFacts) -> bool {
        let begins = start(job).is_none_or(|start| start <= self.to);
        begins && end(job).is_some_and(|end| self.from <= end)
    }
}

fn hull(instants: &[Timestamp], otherwise: Timestamp) -> (Timestamp, Timestamp) {
    let from = instants.iter().min().copied().unwrap_or(otherwise);
    let to = instants.iter().max().copied().unwrap_or(otherwise);
    (from, to)
}

fn start(job: &JobFacts) -> Option<Timestamp> {
    job.start_min.or(job.job.started_at)
}

fn end(job: &JobFacts) -> Option<Timestamp> {
    job.end.or(job.job.completed_at)
}

struct Lane<'a> {
    period: &'a Period,
    axis: Axis,
}

impl<'a> Lane<'a> {
    fn new(period: &'a Period, columns: usize) -> Self {
        let columns = columns.saturating_sub(LABEL).clamp(NARROWEST, WIDEST);
        let axis = Axis::new(period, columns);
        Self { period, axis }
    }

    /// The instants at both ends, one below the other where the lane is too
    /// narrow for them.
    fn times(&self, moments: Moments) -> String {
        let (from, to) = (moments.say(self.axis.from), moments.say(self.axis.to));
        let room = self.axis.columns.saturating_sub(from.len());
        if room > to.len() {
            format!("{from}{to:>room$}")
        } else {
            format!("{from} to {to}")
        }
    }

    fn blank(&self) -> Vec<char> {
        vec![' '; self.axis.columns]
    }

    /// A job from its earliest start to its end; `~` where its start is a
    /// range, `>` where it has not ended.
    fn life(&self, job: &JobFacts) -> String {
        let mut cells = self.blank();
        let from = start(job).unwrap_or(self.axis.from);
        let first = self.axis.clamped(from);
        let last = end(job).map_or(self.axis.columns - 1, |end| self.axis.clamped(end));
        fill(&mut cells, first, last, '-');
        if let Some(sure) = job.start_max
            && from < sure
        {
            fill(&mut cells, first, self.axis.clamped(sure), '~');
        }
        cells[last] = if end(job).is_some() { ']' } else { '>' };
        if start(job).is_some_and(|start| self.axis.from <= start) {
            cells[first] = '[';
        }
        cells.into_iter().collect()
    }

    /// Every reading as one mark; `*` where different ones share a column.
    fn flags(&self) -> String {
        let mut cells = self.blank();
        for mark in &self.period.marks {
            let Some(column) = self.axis.column(mark.at) else {
                continue;
            };
            let symbol = symbol(mark.flag);
            let taken = cells[column] != ' ' && cells[column] != symbol;
            cells[column] = if taken { '*' } else { symbol };
        }
        cells.into_iter().collect()
    }

    /// The contradiction: observed from the first to the last reading,
    /// possible out to its outer bounds.
    fn contradiction(&self) -> String {
        let mut cells = self.blank();
        let period = self.period;
        let last = self.axis.columns - 1;
        let until = period.end.by.map_or(last, |by| self.axis.clamped(by));
        fill(
            &mut cells,
            self.axis.clamped(period.onset.after),
            until,
            '~',
        );
        if period.end.by.is_none() {
            cells[last] = '>';
        }
        let first = self.axis.clamped(period.first_false_at);
        let inner = self.axis.clamped(period.last_false_at);
        fill(&mut cells, first, inner, 'D');
        cells.into_iter().collect()
    }
}

const fn symbol(flag: Flag) -> char {
    match flag {
        Flag::True => '#',
        Flag::False => '.',
        Flag::Offline => 'o',
        Flag::Missing => 'x',
    }
}

/// Fills the columns from one to another, in either order.
fn fill(cells: &mut [char], one: usize, other: usize, symbol: char) {
    let (first, last) = (one.min(other), one.max(other));
    if let Some(part) = cells.get_mut(first..=last) {
        part.fill(symbol);
    }
}
