//! Which page of a listener's log follows which. A page says little of itself:
//! it goes on from another one if it begins soon after that one ends, and goes
//! on with what runs there. Where that fits several pages, or a page
//! contradicts, it follows none: a lease of another runner would be false
//! evidence.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::header::Process;
use super::join::Sheet;
use super::page::Beginning;
use crate::model::{LoggedJob, RunnerEventKind, RunnerKey, Span, Timestamp};

/// A job's lease is renewed every minute, and the listener writes so
/// (`runner-logs.md` §3): after a longer silence it is not the same log, or a
/// page is missing.
const SOON: Span = Span::secs(120);

/// A listener without a job writes nothing but a key that it loads, about every
/// 50 min (`runner-logs.md` §2.7): after a longer silence a page is another's.
const POLLED: Span = Span::secs(3600);

/// A clock can be set back between two pages.
const SET_BACK: Span = Span::secs(5);

/// Times of pages, to look for some in a span of it.
type Times = BTreeSet<(Timestamp, usize)>;

/// The last pages so far of listeners that are known, and the pages of which
/// it is yet to be found out what they follow.
pub(super) struct Chains {
    last: HashMap<RunnerKey, usize>,
    /// Ends of pages at which a job of this GUID runs.
    running: HashMap<Arc<str>, Times>,
    /// Ends of pages at which a job runs that has none.
    unidentified: Times,
    /// Pages by the session in which they end.
    sessions: HashMap<Arc<str>, usize>,
    /// Beginnings of pages without settings that go on with a job of this GUID.
    waiting: HashMap<Arc<str>, Times>,
}

impl Chains {
    pub(super) fn of(sheets: &[Sheet]) -> Self {
        let mut waiting: HashMap<_, Times> = HashMap::new();
        for (at, sheet) in sheets.iter().enumerate() {
            let first = sheet.page.goes_on_with().filter(|_| sheet.is_nobodys());
            let guid = first.and_then(|first| first.guid.clone());
            if let Some((guid, (from, _))) = guid.zip(sheet.page.extent) {
                waiting.entry(guid).or_default().insert((from, at));
            }
        }
        Self {
            last: HashMap::new(),
            running: HashMap::new(),
            unidentified: Times::new(),
            sessions: HashMap::new(),
            waiting,
        }
    }

    /// Takes note of a page of a listener that is known.
    pub(super) fn add(&mut self, sheets: &[Sheet], at: usize) {
        let sheet = &sheets[at];
        let (Some(key), Some((_, until))) = (&sheet.key, sheet.page.extent) else {
            return;
        };
        if sheet.page.process == Process::Worker {
            return;
        }
        self.last.insert(key.clone(), at);
        for job in sheet.page.open() {
            let ends = match &job.guid {
                Some(guid) => self.running.entry(Arc::clone(guid)).or_default(),
                None => &mut self.unidentified,
            };
            ends.insert((until, at));
        }
        if let Some((_, session)) = &sheet.page.sessions {
            self.sessions.insert(Arc::clone(session), at);
        }
    }

    /// The runner whose log a page continues: the one in whose session it
    /// polls, or the one that had its job open; or there is but one runner and
    /// nothing speaks against it.
    pub(super) fn followed_by(
        &self,
        sheets: &[Sheet],
        at: usize,
        stated: Option<&RunnerKey>,
    ) -> Option<RunnerKey> {
        let this = &sheets[at];
        if this.page.begins == Beginning::Start {
            return None;
        }
        let before = self
            .in_session(sheets, at)
            .or_else(|| self.with_job(sheets, at))
            .or_else(|| self.only(sheets, at, stated))?;
        sheets[before].key.clone()
    }

    fn in_session(&self, sheets: &[Sheet], at: usize) -> Option<usize> {
        let (session, _) = sheets[at].page.sessions.as_ref()?;
        let before = *self.sessions.get(session)?;
        self.fits(sheets, before, at).then_some(before)
    }

    /// The page at whose end a job runs with which a later one goes on. GUIDs
    /// repeat in every run: where several fit, none does.
    fn with_job(&self, sheets: &[Sheet], at: usize) -> Option<usize> {
        let this = &sheets[at];
        let (from, _) = this.page.extent?;
        let first = this.page.goes_on_with()?;
        let fits = |before: &usize| {
            sheets[*before].silent_until(this) <= SOON && self.fits(sheets, *before, at)
        };
        let near = |ends: &Times| -> Vec<usize> {
            let ends = ends.range((from - SOON, 0)..=(from, usize::MAX));
            ends.map(|(_, before)| *before).filter(fits).collect()
        };
        let Some(guid) = &first.guid else {
            let all = self.last.values().copied().filter(fits);
            return one(&all.collect::<Vec<_>>());
        };
        let mut found = self.running.get(guid).map_or_else(Vec::new, near);
        if found.is_empty() {
            found = near(&self.unidentified);
        }
        one(&found).filter(|before| !self.has_rival(sheets, *before, at, guid))
    }

    /// Whether another page can go on from the same one, and not this page
    /// from that other one.
    fn has_rival(&self, sheets: &[Sheet], before: usize, at: usize, guid: &Arc<str>) -> bool {
        let (Some((_, ends)), Some((from, until))) =
            (sheets[before].page.extent, sheets[at].page.extent)
        else {
            return false;
        };
        let Some(waiting) = self.waiting.get(guid) else {
            return false;
        };
        let mut others = waiting.range((ends, 0)..=(until.min(ends + SOON), usize::MAX));
        others.any(|(begins, other)| {
            let other = &sheets[*other];
            let reaches = other.page.extent.is_some_and(|(_, until)| from < until);
            *begins != from && other.key.is_none() && reaches
        })
    }

    /// The last page of the only runner that is known, if a page without a job
    /// from before it comes soon enough.
    fn only(&self, sheets: &[Sheet], at: usize, stated: Option<&RunnerKey>) -> Option<usize> {
        let this = &sheets[at];
        let before = *self.last.get(stated?)?;
        let fits = self.fits(sheets, before, at)
            && this.page.goes_on_with().is_none()
            && sheets[before].silent_until(this) <= POLLED
            && leaves_room_for(&sheets[before], this);
        fits.then_some(before)
    }

    /// Whether a page is the last of its runner, and a later one contradicts
    /// neither what runs at its end nor its session.
    fn fits(&self, sheets: &[Sheet], before: usize, at: usize) -> bool {
        let is_last = |key: &RunnerKey| self.last.get(key) == Some(&before);
        sheets[before].key.as_ref().is_some_and(is_last)
            && sheets[before].ends_before(&sheets[at])
            && may_follow(&sheets[before], &sheets[at])
    }
}

fn one(found: &[usize]) -> Option<usize> {
    match found {
        [one] => Some(*one),
        _ => None,
    }
}

/// Pages that cannot all be of one listener, in the order of their
/// beginnings: which of them are is not known.
pub(super) fn contradicting(sheets: &[Sheet], pages: &[usize]) -> BTreeSet<usize> {
    let until = |at: usize| sheets[at].page.extent.map(|(_, until)| until);
    let mut contradicting = BTreeSet::new();
    let mut farthest: Option<usize> = None;
    for &at in pages {
        if let Some(before) = farthest
            && !can_be_one_log(&sheets[before], &sheets[at])
        {
            contradicting.extend([before, at]);
        }
        if farthest.is_none_or(|farthest| until(farthest) <= until(at)) {
            farthest = Some(at);
        }
    }
    contradicting
}

fn can_be_one_log(before: &Sheet, after: &Sheet) -> bool {
    if Span::ZERO - SET_BACK <= before.silent_until(after) {
        may_follow(before, after)
    } else {
        tell_the_same(before, after)
    }
}

/// Whether nothing speaks against a later page in the same log.
fn may_follow(before: &Sheet, after: &Sheet) -> bool {
    if after.page.begins == Beginning::Start {
        return true;
    }
    if another_session(before, after) {
        return false;
    }
    // Else pages between them may be missing.
    SOON < before.silent_until(after)
        || match after.page.goes_on_with() {
            Some(first) => before.page.open().any(|job| may_be_one(job, first)),
            None => leaves_room_for(before, after),
        }
}

/// Whether the later page talks to the broker in another session than the one
/// in which the earlier one ends, where both tell.
fn another_session(before: &Sheet, after: &Sheet) -> bool {
    let (before, after) = (&before.page.sessions, &after.page.sessions);
    let (Some((_, last)), Some((first, _))) = (before, after) else {
        return false;
    };
    last != first
}

/// Whether no job runs at the end of a page of which a later one must tell: its
/// lease is renewed every minute, and a listener has one job at a time.
fn leaves_room_for(before: &Sheet, after: &Sheet) -> bool {
    let (Some((_, ends)), Some((_, until))) = (before.page.extent, after.page.extent) else {
        return true;
    };
    let is_short = after.page.jobs.is_empty() && until - ends <= SOON;
    is_short || before.page.open().next().is_none()
}

/// Whether two pages that overlap tell the same of the time of both: one log
/// given twice, or an excerpt of it beside it.
fn tell_the_same(one: &Sheet, other: &Sheet) -> bool {
    let (Some((_, ends)), Some((from, until))) = (one.page.extent, other.page.extent) else {
        return true;
    };
    let told = |sheet: &Sheet| -> BTreeSet<(Timestamp, RunnerEventKind)> {
        let events = sheet.page.events.iter();
        let both = from..=ends.min(until);
        let told = events.filter(|event| both.contains(&event.at));
        told.map(|event| (event.at, event.kind)).collect()
    };
    let (one, other) = (told(one), told(other));
    one.is_empty() == other.is_empty() && (one.is_subset(&other) || other.is_subset(&one))
}

/// Whether two mentions on two pages are of one job, of which the later may
/// lack what the earlier states.
pub(super) fn may_be_one(before: &LoggedJob, after: &LoggedJob) -> bool {
    match (&before.guid, &after.guid) {
        (Some(before), Some(after)) => before == after,
        _ => before.name.is_none() || after.name.is_none() || before.name == after.name,
    }
}
