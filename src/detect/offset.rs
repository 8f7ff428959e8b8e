//! How far the local clock is from GitHub's (`evidence.md` §8).
//!
//! Local time here is the run's wall clock at its beginning plus the
//! monotonic clock: it never steps. Each answer with a `Date` bounds the
//! offset θ = local − GitHub by `sent − Date − 1 s < θ < received − Date`;
//! bounds are intersected. When they no longer meet (the machine was
//! suspended, say), a new segment begins.

use crate::model::{ClockBounds, MonoWindow, Span, Timestamp, Window};

/// Answers that contradict the bounds and agree among themselves before a new
/// segment is believed. A single odd `Date` from a proxy moves no reading.
const WITNESSES: usize = 3;

/// Grain of the `Date` header.
pub(super) const GRAIN: Span = Span::secs(1);

/// A bound no margin can satisfy: nothing is ever settled by such a clock.
pub(super) const UNBOUNDED: Span = Span::secs(100 * 365 * 86_400);

/// The offset of one run over its life.
#[derive(Debug, Clone)]
pub(super) struct Offsets {
    began: Timestamp,
    segments: Vec<Segment>,
    pending: Vec<Segment>,
}

/// The bounds that the answers of a run leave at its end; `None` without an
/// answer. Those with `Age` must not be given.
pub(crate) fn clock_bounds(
    began: Timestamp,
    answers: impl IntoIterator<Item = (MonoWindow, Timestamp)>,
) -> Option<ClockBounds> {
    let mut offsets = Offsets::new(began);
    for (window, date) in answers {
        offsets.learn(window, date);
    }
    let last = offsets.segments.last()?;
    Some(ClockBounds {
        low: last.low,
        high: last.high,
    })
}

/// Bounds of θ from an instant on, in milliseconds.
#[derive(Debug, Clone, Copy)]
struct Segment {
    from: Timestamp,
    /// That support it.
    answers: usize,
    low: Span,
    high: Span,
}

/// A window moved to GitHub's clock, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) window: Window,
    pub(super) clock_bound: Span,
}

impl Offsets {
    pub(super) fn new(began: Timestamp) -> Self {
        Self {
            began,
            segments: Vec::new(),
            pending: Vec::new(),
        }
    }

    /// Learns from one answer. Answers with `Age` must not be given.
    pub(super) fn learn(&mut self, window: MonoWindow, date: Timestamp) {
        let local = self.local(window);
        let answer = Segment {
            from: local.sent,
            answers: 1,
            low: local.sent - date - GRAIN,
            high: local.received - date,
        };
        let Some(current) = self.segments.last_mut() else {
            self.segments.push(answer);
            return;
        };
        if let Some(meeting) = current.meeting(answer) {
            *current = meeting;
            self.pending.clear();
        } else {
            self.doubt(answer);
        }
    }

    /// Keeps an answer outside the bounds until enough others support it.
    fn doubt(&mut self, answer: Segment) {
        let supported = self
            .pending
            .last()
            .map_or(Some(answer), |last| last.meeting(answer));
        match supported {
            Some(meeting) => self.pending.push(meeting),
            None => self.pending = vec![answer],
        }
        if WITNESSES <= self.pending.len() {
            let believed = self.pending.pop();
            self.pending.clear();
            self.begin(believed);
        }
    }

    /// Begins a segment. Bounds from the start of the run that so few answers
    /// support are no clock that stepped: they were odd, and never held.
    fn begin(&mut self, believed: Option<Segment>) {
        let from = match self.segments[..] {
            [only] if only.answers < WITNESSES => self.segments.pop().map(|odd| odd.from),
            _ => None,
        };
        self.segments.extend(believed.map(|segment| Segment {
            from: from.unwrap_or(segment.from),
            ..segment
        }));
    }

    /// The window in UTC by GitHub's clock.
    pub(super) fn place(&self, window: MonoWindow) -> Placed {
        let local = self.local(window);
        let after = self.segments.partition_point(|s| s.from <= local.sent);
        let segment = after
            .checked_sub(1)
            .and_then(|index| self.segments.get(index))
            .or(self.segments.first());
        let Some(segment) = segment else {
            return Placed {
                window: local,
                clock_bound: UNBOUNDED,
            };
        };
        let (offset, clock_bound) = segment.estimate();
        Placed {
            window: Window {
                sent: local.sent - offset,
                received: local.received - offset,
            },
            clock_bound,
        }
    }

    /// The offset in force at the end, where it is certainly not zero.
    pub(super) fn certain_offset(&self) -> Option<Span> {
        let (offset, _) = self.segments.last()?.estimate();
        (offset != Span::ZERO).then_some(offset)
    }

    fn local(&self, window: MonoWindow) -> Window {
        let zero = crate::model::Mono::from_millis(0);
        Window {
            sent: self.began + (window.sent - zero),
            received: self.began + (window.received - zero),
        }
    }
}

impl Segment {
    /// The intersection, keeping the earlier beginning.
    fn meeting(self, other: Self) -> Option<Self> {
        let low = self.low.max(other.low);
        let high = self.high.min(other.high);
        (low <= high).then_some(Self {
            from: self.from.min(other.from),
            answers: self.answers + other.answers,
            low,
            high,
        })
    }

    /// θ and the largest possible error. Zero is taken when it is possible: a
    /// clock that may be right is not corrected.
    fn estimate(self) -> (Span, Span) {
        if self.low <= Span::ZERO && Span::ZERO <= self.high {
            return (Span::ZERO, self.high.max(Span::ZERO - self.low));
        }
        let middle = Span::millis(i64::midpoint(self.low.as_millis(), self.high.as_millis()));
        (middle, (self.high - middle).max(middle - self.low))
    }
}
