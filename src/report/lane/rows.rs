//! The rows of a lane.

use crate::model::{Flag, JobFacts, Period, RunnerEventKind, TimelineEntry, Timestamp};
use crate::report::wording::Moments;

use super::LABEL;
use super::axis::Axis;

/// A lane narrower than this says nothing.
const NARROWEST: usize = 24;
/// A lane wider than this is no easier to read.
const WIDEST: usize = 100;

/// One period on its axis.
pub(super) struct Lane<'a> {
    period: &'a Period,
    pub(super) axis: Axis,
}

impl<'a> Lane<'a> {
    pub(super) fn new(period: &'a Period, columns: usize) -> Self {
        let columns = columns.saturating_sub(LABEL).clamp(NARROWEST, WIDEST);
        let axis = Axis::new(period, columns);
        Self { period, axis }
    }

    /// The instants at both ends, one below the other where the lane is too
    /// narrow for them.
    pub(super) fn times(&self, moments: Moments) -> Vec<String> {
        let (from, to) = (moments.say(self.axis.from), moments.say(self.axis.to));
        let columns = self.axis.columns;
        let room = columns.saturating_sub(from.len());
        if room > to.len() {
            vec![format!("{from}{to:>room$}")]
        } else {
            vec![from, format!("{to:>columns$}")]
        }
    }

    fn blank(&self) -> Vec<char> {
        vec![' '; self.axis.columns]
    }

    /// A job from its earliest start to its end; `~` where its start is a
    /// range, `>` where it has not ended.
    pub(super) fn life(&self, job: &JobFacts) -> String {
        let mut cells = self.blank();
        let from = job.start().unwrap_or(self.axis.from);
        let first = self.axis.clamped(from);
        let last = job
            .end()
            .map_or(self.axis.columns - 1, |end| self.axis.clamped(end));
        fill(&mut cells, first, last, '-');
        if let Some(sure) = job.start_max
            && from < sure
        {
            fill(&mut cells, first, self.axis.clamped(sure), '~');
        }
        cells[last] = if job.end().is_some() { ']' } else { '>' };
        if job.start().is_some_and(|start| self.axis.from <= start) {
            cells[first] = '[';
        }
        cells.into_iter().collect()
    }

    /// Every reading as one mark.
    pub(super) fn flags(&self) -> String {
        let marks = self.period.marks.iter();
        self.marked(marks.map(|mark| (mark.at, symbol(mark.flag))))
    }

    /// Symbols at instants; `*` where different ones share a column.
    fn marked(&self, marks: impl Iterator<Item = (Timestamp, char)>) -> String {
        let mut cells = self.blank();
        for (at, symbol) in marks {
            let Some(column) = self.axis.column(at) else {
                continue;
            };
            let taken = cells[column] != ' ' && cells[column] != symbol;
            cells[column] = if taken { '*' } else { symbol };
        }
        cells.into_iter().collect()
    }

    /// Each job from its pick-up to its finish, as the runner's log has them.
    pub(super) fn log(&self) -> String {
        let mut cells = self.blank();
        let mut open = None;
        for event in &self.period.events {
            let column = self.axis.clamped(event.at);
            match event.event {
                RunnerEventKind::JobReceived | RunnerEventKind::JobStarted => {
                    open = open.or(Some(column));
                }
                RunnerEventKind::JobFinished => {
                    let from = open.take();
                    fill(&mut cells, from.unwrap_or(0), column, '-');
                    cells[column] = ']';
                    if let Some(from) = from {
                        cells[from] = '[';
                    }
                }
                RunnerEventKind::Terminated
                | RunnerEventKind::Deregistered
                | RunnerEventKind::Shutdown
                | RunnerEventKind::LeaseRenewed
                | RunnerEventKind::BrokerError
                | RunnerEventKind::SelfUpdate
                | RunnerEventKind::JobState => {}
            }
        }
        if let Some(from) = open {
            let last = self.axis.columns - 1;
            fill(&mut cells, from, last, '-');
            cells[last] = '>';
            cells[from] = '[';
        }
        cells.into_iter().collect()
    }

    /// The renewals of the lease, and how long each is good for.
    pub(super) fn lease(&self) -> String {
        let mut cells = self.blank();
        let renewed = |event: &&TimelineEntry| event.event == RunnerEventKind::LeaseRenewed;
        let renewals = || self.period.events.iter().filter(renewed);
        for renewal in renewals() {
            let till = renewal.valid_till.unwrap_or(renewal.at);
            let (from, to) = (self.axis.clamped(renewal.at), self.axis.clamped(till));
            fill(&mut cells, from, to, '=');
        }
        for renewal in renewals() {
            if let Some(column) = self.axis.column(renewal.at) {
                cells[column] = '|';
            }
        }
        cells.into_iter().collect()
    }

    /// What the autoscaler did to the runner, and what its log tells besides
    /// jobs.
    pub(super) fn events(&self) -> String {
        let told = self.period.events.iter();
        self.marked(told.filter_map(|event| Some((event.at, letter(event.event)?))))
    }

    /// The contradiction: observed from the first to the last reading,
    /// possible out to its outer bounds.
    pub(super) fn contradiction(&self) -> String {
        let mut cells = self.blank();
        let period = self.period;
        let last = self.axis.columns - 1;
        let until = period.end.by.map_or(last, |by| self.axis.clamped(by));
        let after = period.onset.after.unwrap_or(period.onset.by);
        fill(&mut cells, self.axis.clamped(after), until, '~');
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

/// Events that are no part of a job's run.
const fn letter(event: RunnerEventKind) -> Option<char> {
    match event {
        RunnerEventKind::Terminated => Some('T'),
        RunnerEventKind::Deregistered => Some('X'),
        RunnerEventKind::Shutdown => Some('S'),
        RunnerEventKind::BrokerError => Some('E'),
        RunnerEventKind::SelfUpdate => Some('U'),
        RunnerEventKind::LeaseRenewed
        | RunnerEventKind::JobState
        | RunnerEventKind::JobReceived
        | RunnerEventKind::JobStarted
        | RunnerEventKind::JobFinished => None,
    }
}

/// Fills the columns from one to another, in either order.
fn fill(cells: &mut [char], one: usize, other: usize, symbol: char) {
    let (first, last) = (one.min(other), one.max(other));
    if let Some(part) = cells.get_mut(first..=last) {
        part.fill(symbol);
    }
}
