//! Verdicts → periods: contradicting readings of one runner, kind and job
//! with no agreeing 200 reading of the same runner and job between them
//! (`evidence.md` §4).

use std::collections::BTreeMap;

use super::judge::{Judged, Verdict};
use super::life::Relation;
use super::placed::PlacedReading;
use super::track::Track;
use crate::model::{Certainty, FINDING_SPACING, Finding, Kind, Rules, Span, Timestamp};

/// Readings of one period, before it is measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) kind: Kind,
    /// Index into [`Track::lives`].
    pub(super) job: Option<usize>,
    /// Of a double assignment.
    pub(super) earlier: Option<usize>,
    pub(super) certainty: Certainty,
    /// Indices into [`Track::readings`], in order; never empty.
    pub(super) members: Vec<usize>,
    /// So many of them up to the last proven or settled one.
    firm: usize,
    /// The agreeing reading that ended it.
    pub(super) ended_by: Option<usize>,
}

/// Groups the verdicts of one runner. The result is in the order of the first
/// contradicting reading.
pub(super) fn groups(track: &Track, judged: &[Judged]) -> Vec<Group> {
    let mut growing: BTreeMap<Of, Group> = BTreeMap::new();
    let mut done = Vec::new();
    for (index, verdict) in judged.iter().enumerate() {
        done.extend(close_by(track, index, verdict, &mut growing));
        for contradiction in contradictions(verdict) {
            let of = contradiction.of;
            if (growing.get(&of)).is_some_and(|group| group.is_parted(track, judged, index)) {
                let parted = growing.remove(&of);
                done.extend(parted.map(|group| group.ended_by_any(track, judged)));
            }
            growing
                .entry(of)
                .or_insert_with(|| Group::of(contradiction))
                .take(index, contradiction.certainty);
        }
    }
    done.extend(growing.into_values().map(Group::confirmed));
    done.sort_by_key(|group| (group.members.first().copied(), group.kind));
    done
}

/// What a period is of, besides its runner: the kind and the job.
type Of = (Kind, Option<usize>);

/// What one reading contradicts.
#[derive(Debug, Clone, Copy)]
struct Contradiction {
    of: Of,
    earlier: Option<usize>,
    certainty: Certainty,
}

fn contradictions(judged: &Judged) -> impl Iterator<Item = Contradiction> {
    let of_verdict = match judged.verdict {
        Verdict::Contradicts {
            kind,
            certainty,
            job,
        } => Some(Contradiction {
            of: (kind, job),
            earlier: None,
            certainty,
        }),
        Verdict::Agree(_)
        | Verdict::AgreeUnchanged
        | Verdict::JobsLate(_)
        | Verdict::Unknown(_) => None,
    };
    let double = judged.double.map(|double| Contradiction {
        of: (Kind::DoubleAssignment, Some(double.later)),
        earlier: Some(double.earlier),
        certainty: double.certainty,
    });
    of_verdict.into_iter().chain(double)
}

/// What a reading that agrees says of periods, by what they are of. A double
/// assignment is over when one of the two jobs is: near the end of the earlier
/// one a reading agrees about the later.
fn agreed(judged: &Judged) -> impl Iterator<Item = Of> + use<> {
    let about = match judged.verdict {
        Verdict::Agree(about) => Some(about),
        Verdict::AgreeUnchanged
        | Verdict::Contradicts { .. }
        | Verdict::JobsLate(_)
        | Verdict::Unknown(_) => None,
    };
    let kinds = [
        Kind::BusyFalse,
        Kind::Offline,
        Kind::Missing,
        Kind::LostRunner,
    ];
    about.into_iter().flat_map(move |about| {
        let of_job = kinds.into_iter().map(move |kind| (kind, about));
        of_job.chain([(Kind::BusyWithoutJob, None)])
    })
}

/// Whether a reading agrees about what a period is of.
fn agrees(judged: &Judged, of: Of) -> bool {
    agreed(judged).any(|agreed| agreed == of)
}

/// Takes out the groups that an agreeing reading ends: those whose last
/// contradiction it is known to follow.
fn close_by(
    track: &Track,
    index: usize,
    judged: &Judged,
    growing: &mut BTreeMap<Of, Group>,
) -> Vec<Group> {
    let ended = agreed(judged).filter_map(|of| {
        let ends = growing
            .get(&of)
            .is_some_and(|group| group.is_before(track, index));
        if ends { growing.remove(&of) } else { None }
    });
    ended
        .map(|group| Group {
            ended_by: Some(index),
            ..group.confirmed()
        })
        .collect()
}

impl Group {
    fn of(first: Contradiction) -> Self {
        let (kind, job) = first.of;
        Self {
            kind,
            job,
            earlier: first.earlier,
            certainty: first.certainty,
            members: Vec::new(),
            firm: 0,
            ended_by: None,
        }
    }

    fn take(&mut self, index: usize, certainty: Certainty) {
        self.certainty = self.certainty.max(certainty);
        self.members.push(index);
        if Certainty::Provisional < certainty {
            self.firm = self.members.len();
        }
    }

    /// Whether a reading is known to follow the last contradiction.
    fn is_before(&self, track: &Track, index: usize) -> bool {
        let last = self.members.last();
        last.is_some_and(|&last| track.surely_in_order(last, index))
    }

    /// Whether an agreeing reading parts the group from a later contradiction:
    /// one that surely precedes this, and of which nobody can tell on which
    /// side of the last contradiction it lies. It lies between the group's
    /// contradictions and this one if it surely follows the first of them, or
    /// came after the last by the times that are stated.
    fn is_parted(&self, track: &Track, judged: &[Judged], next: usize) -> bool {
        let of = (self.kind, self.job);
        let agrees = |at: &usize| judged.get(*at).is_some_and(|judged| agrees(judged, of));
        let (Some(&first), Some(&last)) = (self.members.first(), self.members.last()) else {
            return false;
        };
        let received = |at: usize| {
            track
                .readings
                .get(at)
                .map(|reading| reading.bounds.received)
        };
        let follows = |at: usize| {
            (first < at && track.surely_in_order(first, at)) || received(last) < received(at)
        };
        let mut near = track.unordered(last);
        near.any(|at| agrees(&at) && follows(at) && at < next && track.surely_in_order(at, next))
    }

    /// Ended by the first agreeing reading that is known to follow it.
    fn ended_by_any(self, track: &Track, judged: &[Judged]) -> Self {
        let of = (self.kind, self.job);
        let after = self.members.last().map_or(0, |last| last + 1);
        let mut later = judged.iter().enumerate().skip(after);
        let ended_by = later
            .find(|(index, judged)| agrees(judged, of) && self.is_before(track, *index))
            .map(|(index, _)| index);
        Self {
            ended_by,
            ..self.confirmed()
        }
    }

    /// Without the readings that follow the last proven or settled one: the
    /// job may have ended before them, with nobody having read it since. They
    /// count as not confirmed and stretch no claim. Those before it, and a
    /// group that claims nothing, stay whole.
    fn confirmed(mut self) -> Self {
        if Certainty::Provisional < self.certainty {
            self.members.truncate(self.firm);
        }
        self
    }

    /// The readings of the group, in order.
    pub(super) fn readings<'t>(&self, track: &'t Track) -> Vec<&'t PlacedReading> {
        let members = self.members.iter();
        members.filter_map(|&at| track.readings.get(at)).collect()
    }

    /// Whether the period may be claimed: a settled reading, or two
    /// sandwiches at least 5 s apart (`evidence.md` §2).
    pub(super) fn finding(&self, track: &Track) -> Finding {
        let settled = self.certainty == Certainty::Settled || self.has_settled(track);
        if self.kind != Kind::BusyWithoutJob && (settled || self.sandwiched_twice(track)) {
            Finding::Yes
        } else {
            Finding::NotYet
        }
    }

    /// Whether a proven reading also lies inside the job's final life.
    fn has_settled(&self, track: &Track) -> bool {
        let life = self.job.and_then(|job| track.lives.get(job));
        self.certainty == Certainty::Proven
            && life.is_some_and(|life| {
                self.readings(track).iter().any(|reading| {
                    life.relation(reading.window, reading.margin) == Relation::Inside
                })
            })
    }

    fn sandwiched_twice(&self, track: &Track) -> bool {
        let mut proven: Vec<_> = self.readings(track);
        proven.retain(|reading| reading.sandwiched.is_some());
        match (proven.first(), proven.last()) {
            (Some(first), Some(last)) => {
                FINDING_SPACING <= last.bounds.sent - first.bounds.received
                    && self.certainty == Certainty::Proven
            }
            _ => false,
        }
    }
}

/// What one reading of the flag said of one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// False, confirmed or not.
    Denied,
    /// True, and evidence for this job.
    Agreed,
    /// True, and perhaps left over from the runner's previous job: within the
    /// lag limit after its end, with the flag not read false in this job
    /// before (`evidence.md` §4).
    LeftOver,
}

/// What the flag said of each job of a runner, by reading: collected in one
/// pass, however many jobs there are.
#[derive(Debug, Clone)]
pub(super) struct Words {
    /// By index into [`Track::lives`].
    of: Vec<Vec<(usize, Word)>>,
    agreed: Vec<Vec<usize>>,
    /// Readings that agree with anything, also that nothing runs, in order.
    any: Vec<usize>,
}

impl Words {
    pub(super) fn of(track: &Track, judged: &[Judged], rules: &Rules) -> Self {
        let jobs = track.lives.len();
        let until: Vec<_> = (0..jobs)
            .map(|job| left_over_until(track, job, rules))
            .collect();
        let mut of: Vec<Vec<(usize, Word)>> = vec![Vec::new(); jobs];
        for (index, judged) in judged.iter().enumerate() {
            let (job, agrees) = match judged.verdict {
                Verdict::Agree(Some(job)) => (job, true),
                Verdict::Contradicts {
                    kind: Kind::BusyFalse,
                    job: Some(job),
                    ..
                } => (job, false),
                Verdict::Agree(None)
                | Verdict::AgreeUnchanged
                | Verdict::Contradicts { .. }
                | Verdict::JobsLate(_)
                | Verdict::Unknown(_) => continue,
            };
            let Some(words) = of.get_mut(job) else {
                continue;
            };
            let received = track.readings.get(index).map(|r| r.bounds.received);
            let until = until.get(job).copied().flatten();
            let early = received <= until;
            let word = if !agrees {
                Word::Denied
            } else if early && !words.iter().any(|(_, word)| *word == Word::Denied) {
                Word::LeftOver
            } else {
                Word::Agreed
            };
            words.push((index, word));
        }
        let agreed = of.iter().map(|words| {
            let agreed = words.iter().filter(|(_, word)| *word == Word::Agreed);
            agreed.map(|&(index, _)| index).collect()
        });
        let any = judged.iter().enumerate();
        let any = any.filter(|(_, judged)| matches!(judged.verdict, Verdict::Agree(_)));
        Self {
            agreed: agreed.collect(),
            any: any.map(|(index, _)| index).collect(),
            of,
        }
    }

    /// The last reading before this one that agreed with anything.
    pub(super) fn last_agreement(&self, index: usize) -> Option<usize> {
        let before = self.any.partition_point(|&agreed| agreed < index);
        self.any.get(before.checked_sub(1)?).copied()
    }

    /// Of one job, in the order of reading.
    pub(super) fn about(&self, job: usize) -> &[(usize, Word)] {
        self.of.get(job).map_or(&[], Vec::as_slice)
    }

    /// Readings that agree and are evidence, in order.
    pub(super) fn agreeing(&self, job: usize) -> &[usize] {
        self.agreed.get(job).map_or(&[], Vec::as_slice)
    }
}

/// Until when a true reading may be left over from the job before. While its
/// record is open its end is not known; as a runner works on one job at a
/// time, it is then taken to lie no later than this job's start.
fn left_over_until(track: &Track, job: usize, rules: &Rules) -> Option<Timestamp> {
    let own = track.lives.get(job)?.start;
    let previous = track.lives.get(track.lives.previous(job)?)?;
    let end = previous.end.or(own.max)?;
    Some(end + rules.lag_limit)
}

/// The longest spacing of neighbors; `None` with one.
pub(super) fn longest_gap(times: impl Iterator<Item = Timestamp>) -> Option<Span> {
    let times: Vec<_> = times.collect();
    let gaps = times.windows(2).map(|pair| match pair {
        [first, second] => *second - *first,
        _ => Span::ZERO,
    });
    gaps.max()
}
