//! Instants become columns.

use crate::model::{JobFacts, Mark, Period, Span, Timestamp};

/// The instants a lane shows, and its columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) columns: usize,
}

impl Axis {
    /// From the earliest to the latest instant of the period and its job,
    /// widened by at most a quarter on either side to show nearby marks.
    pub(super) fn new(period: &Period, columns: usize) -> Self {
        let mut instants = vec![
            period.onset.by,
            period.first_false_at,
            period.last_false_at,
            period.end.after,
        ];
        instants.extend(period.onset.after);
        instants.extend(period.end.by);
        if let Some(job) = &period.job {
            instants.extend(job.start());
            instants.extend(job.end());
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
    pub(super) fn column(self, at: Timestamp) -> Option<usize> {
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
    pub(super) fn clamped(self, at: Timestamp) -> usize {
        let inside = at.clamp(self.from, self.to);
        self.column(inside).unwrap_or(0).min(self.columns - 1)
    }

    /// Whether any of a job's life lies on the axis.
    pub(super) fn shows(self, job: &JobFacts) -> bool {
        let begins = job.start().is_none_or(|start| start <= self.to);
        begins && job.end().is_some_and(|end| self.from <= end)
    }
}

fn hull(instants: &[Timestamp], otherwise: Timestamp) -> (Timestamp, Timestamp) {
    let from = instants.iter().min().copied().unwrap_or(otherwise);
    let to = instants.iter().max().copied().unwrap_or(otherwise);
    (from, to)
}
