//! No false desync: whatever is claimed was true when it was read.

use super::{Breach, flags, shown, who};
use crate::model::{Certainty, Class, Finding, JobStatus, Kind, Period, Record};
use crate::sim::hub::{Served, What};
use crate::sim::play::Played;
use crate::sim::trouble::Trouble;
use crate::sim::truth::{Act, Machine, instant};

pub(super) fn breaches(played: &Played, period: &Period) -> Vec<Breach> {
    let mut found = Vec::new();
    if period.finding == Finding::Yes {
        found.extend(false_claim(played, period));
    }
    if period.certainty == Certainty::Proven && !is_proven(played, period) {
        found.push(format!("proven by no sandwich: {}", words(period)));
    }
    found
}

fn words(period: &Period) -> String {
    format!(
        "{} of runner {} in job {:?}, {} to {} ({} readings)",
        period.kind.as_str(),
        period.runner.key.id,
        period.job.as_ref().map(|job| job.job.id.0),
        instant(period.first_false_at),
        instant(period.last_false_at),
        period.readings
    )
}

fn false_claim(played: &Played, period: &Period) -> Option<Breach> {
    if period.kind == Kind::BusyWithoutJob {
        return Some(format!("claimed: {}", words(period)));
    }
    let Some((machine, act)) = who(played, period) else {
        return Some(format!("of another runner's job: {}", words(period)));
    };
    let why = match period.kind {
        Kind::BusyFalse => busy_false(played, period, machine, act),
        Kind::Offline => while_it_works(played, period, act, |what| {
            flags(what, machine.id, |_, online| !online)
        }),
        Kind::Missing => while_it_works(played, period, act, |what| {
            usize::from(*what == What::Missing(machine.id))
        }),
        Kind::LostRunner => lost(played, period, machine, act),
        Kind::DoubleAssignment => double(played, period, act),
        Kind::BusyWithoutJob => None,
    };
    why.map(|why| format!("{why}: {}", words(period)))
}

/// A final record decides: each reading lies inside the life of the job, and
/// the flag was served false.
fn busy_false(
    played: &Played,
    period: &Period,
    machine: &Machine,
    act: &Act,
) -> Option<&'static str> {
    let job = period.job.as_ref()?;
    let settled = job.job.status == JobStatus::Completed;
    if !settled && period.certainty < Certainty::Proven {
        return Some("claimed without proof");
    }
    let times = (period.first_false_at, period.last_false_at);
    let denied = shown(played, times, |what| {
        flags(what, machine.id, |busy, online| online && !busy)
    });
    let true_ones = denied.filter(|&at| !settled || act.runs(at));
    if (true_ones.count() as u64) < period.readings {
        return Some("not false, or not running");
    }
    let stale = period.class == Some(Class::Stale);
    (stale && !is_stale(played, period, machine, act)).then_some("not stale")
}

/// Read false later than the lag limit, or after it was read true.
fn is_stale(played: &Played, period: &Period, machine: &Machine, act: &Act) -> bool {
    // By law a reading is made when its answer is complete.
    let slow = if played.world.has(Trouble::Slow) {
        9000
    } else {
        500
    };
    let limit = act.start + 90_000 - 2000 - slow;
    let times = (period.first_false_at, period.last_false_at);
    let denied = shown(played, times, |what| {
        flags(what, machine.id, |busy, online| online && !busy)
    });
    let before = (crate::sim::truth::exactly(act.start), period.last_false_at);
    let agreed = shown(played, before, |what| {
        flags(what, machine.id, |busy, _| busy)
    });
    let first_true = agreed.filter(|&at| act.start <= at).min();
    let last_false = denied.max();
    Some(limit) <= last_false || first_true.is_some_and(|at| Some(at) < last_false)
}

fn while_it_works(
    played: &Played,
    period: &Period,
    act: &Act,
    way: impl Fn(&What) -> usize,
) -> Option<&'static str> {
    let times = (period.first_false_at, period.last_false_at);
    let works = |at: &i64| act.start <= *at && *at < act.works_until();
    let true_ones = shown(played, times, way).filter(works);
    ((true_ones.count() as u64) < period.readings).then_some("nobody was at work")
}

fn lost(played: &Played, period: &Period, machine: &Machine, act: &Act) -> Option<&'static str> {
    let times = (period.first_false_at, period.last_false_at);
    let gone = shown(played, times, |what| {
        let missing = usize::from(*what == What::Missing(machine.id));
        missing + flags(what, machine.id, |_, online| !online)
    });
    let true_ones = gone.filter(|&at| act.runs(at));
    ((true_ones.count() as u64) < period.readings).then_some("not gone, or not running")
}

fn double(played: &Played, period: &Period, act: &Act) -> Option<&'static str> {
    let earlier = period.previous_job.as_ref()?.job.id.0;
    let earlier = played.world.acts.iter().find(|act| act.id == earlier)?;
    let both = act.start.max(earlier.start) < act.works_until().min(earlier.works_until());
    (!both).then_some("never two at once")
}

/// Whether three answers in strict sequence contradict each other: the job
/// runs, the flag is false, the job runs.
fn is_proven(played: &Played, period: &Period) -> bool {
    let Some(job) = &period.job else { return false };
    let (id, runner) = (job.job.id, period.runner.key.id);
    let runs = |served: &Served| match &served.what {
        What::Jobs(jobs) => jobs
            .iter()
            .any(|shown| shown.id == id && shown.running_on == Some(runner)),
        _ => false,
    };
    let denies =
        |served: &Served| flags(&served.what, runner.0, |busy, online| online && !busy) == 1;
    sandwiches(played, period).any(|[first, middle, last]| {
        let ids = [first, middle, last].map(|served| served.request_id.as_ref());
        let own = ids.iter().all(Option::is_some)
            && ids[0] != ids[1]
            && ids[1] != ids[2]
            && ids[0] != ids[2];
        let direct = [first, middle, last].iter().all(|served| !served.aged);
        let ordered = first.received <= middle.sent && middle.received <= last.sent;
        own && direct && ordered && runs(first) && denies(middle) && runs(last)
    })
}

/// Whole sandwiches, controls included, about the runner and job of a period.
fn sandwiches<'p>(played: &'p Played, period: &'p Period) -> impl Iterator<Item = [&'p Served; 3]> {
    let mut process = None;
    let records = played.records.iter().filter_map(move |record| {
        match record {
            Record::Run(run) => process = Some(super::process(run)),
            Record::Sandwich(sandwich) => return Some((process?, sandwich)),
            _ => {}
        }
        None
    });
    let about = records.filter(|(_, sandwich)| {
        let job = period.job.as_ref().map(|job| job.job.id);
        sandwich.runner == period.runner.key.id && Some(sandwich.job) == job
    });
    about.filter_map(|(process, sandwich)| {
        let parts: [u64; 3] = sandwich.parts.as_slice().try_into().ok()?;
        let mut served = parts.iter().map(|&number| played.served(process, number));
        Some([served.next()??, served.next()??, served.next()??])
    })
}
