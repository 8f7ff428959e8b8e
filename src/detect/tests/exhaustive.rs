//! Ring 1: the decision table of `evidence.md` §3 exhaustively, against an
//! oracle written from the table.

use super::make::*;
use crate::model::{Job, Kind, UnknownReason as Why};
use Short::{Agrees, Desync, Idle, Late, Maybe, Unknown};

/// What a reading says.
#[derive(Debug, Clone, Copy)]
enum Says {
    True,
    False,
    OfflineTrue,
    OfflineFalse,
    Missing,
    Strange,
}

/// What happens on the runner at the reading, 400 s.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Job1 {
    None,
    /// Last read as running.
    Open,
    /// Ended later; no step moves after the reading.
    FinalStill(&'static str),
    /// Ended later, and a step moves after the reading.
    FinalMoving,
    /// Begins or ends within the margin.
    Starting,
    Ending,
    /// Work over, record open.
    Closing,
    Mixed,
    Stranger,
    Over,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Terminated {
    No,
    Before,
    After,
}

const SAYS: [Says; 6] = [
    Says::True,
    Says::False,
    Says::OfflineTrue,
    Says::OfflineFalse,
    Says::Missing,
    Says::Strange,
];

const JOBS: [Job1; 11] = [
    Job1::None,
    Job1::Open,
    Job1::FinalStill("failure"),
    Job1::FinalStill("success"),
    Job1::FinalMoving,
    Job1::Starting,
    Job1::Ending,
    Job1::Closing,
    Job1::Mixed,
    Job1::Stranger,
    Job1::Over,
];

fn situation(job: Job1) -> Option<Job> {
    Some(match job {
        Job1::None => return None,
        Job1::Open => running(7, s(100)),
        Job1::FinalStill(conclusion) => running(7, s(100)).ended(s(1000), conclusion),
        Job1::FinalMoving => moving_job(500),
        Job1::Starting => done(7, s(401), s(1000)),
        Job1::Ending => done(7, s(100), s(401)),
        Job1::Closing => running(7, s(100))
            .step("Complete job", Some(s(300)), Some((s(300), "success")))
            .ended(s(600), "success"),
        Job1::Mixed => running(7, s(100)).step("Complete job", Some(s(300)), None),
        Job1::Stranger => done(7, s(100), s(1000)).on_named(1, "other"),
        Job1::Over => done(7, s(100), s(200)),
    })
}

fn tape_of(says: Says, job: Job1, terminated: Terminated, whole: bool, read: bool) -> Tape {
    let mut tape = Tape::live();
    tape.list((s(50), s(51)), vec![busy()]);
    let window = (s(400), s(401));
    match says {
        Says::True => tape.list(window, vec![busy()]),
        Says::False => tape.list(window, vec![idle()]),
        Says::OfflineTrue => tape.list(window, vec![offline(1, true)]),
        Says::OfflineFalse => tape.list(window, vec![offline(1, false)]),
        Says::Missing => tape.by_id(window, 1, None),
        Says::Strange => tape.list(window, vec![idle().with_status("asleep")]),
    }
    tape.list((s(402), s(403)), vec![runner(2, false)]);
    match terminated {
        Terminated::No => {}
        Terminated::Before => tape.terminated(s(350), 1),
        Terminated::After => tape.terminated(s(450), 1),
    }
    let jobs: Vec<_> = situation(job).into_iter().collect();
    tape.jobs((s(1100), s(1101)), jobs);
    tape.end_cycle(s(1100), |cycle| {
        cycle.jobs_complete = read;
        if !whole {
            cycle.unreadable.push("acme/secret".into());
        }
    });
    tape
}

/// The table, read as a person reads it: the first row that fits.
fn oracle(says: Says, job: Job1, terminated: Terminated, whole: bool, read: bool) -> Short {
    let runs = matches!(job, Job1::Open | Job1::FinalStill(_) | Job1::FinalMoving);
    let open = job == Job1::Open;
    let claim = |kind| if open { Maybe(kind) } else { Desync(kind) };
    let moved = job == Job1::FinalMoving;
    let online = matches!(says, Says::True | Says::False);
    let killed_before = terminated == Terminated::Before && !moved;
    // Alive: a step moves, or a termination follows a runner that last read
    // online; dead: a termination precedes, or it stayed away and failed.
    let alive = moved || (terminated == Terminated::After && online);
    let failed = job == Job1::FinalStill("failure");
    let dead = !alive && (killed_before || (failed && !online));
    if matches!(says, Says::Strange) {
        return Unknown(Why::Undecodable);
    }
    if runs {
        return match says {
            Says::True => Agrees,
            Says::False if killed_before => claim(Kind::LostRunner),
            Says::False => claim(Kind::BusyFalse),
            Says::Missing | Says::OfflineTrue | Says::OfflineFalse if dead => {
                claim(Kind::LostRunner)
            }
            Says::Missing if moved => claim(Kind::Missing),
            Says::Missing => Maybe(Kind::Missing),
            Says::OfflineTrue | Says::OfflineFalse if alive => claim(Kind::Offline),
            Says::OfflineTrue | Says::OfflineFalse => Maybe(Kind::Offline),
            Says::Strange => unreachable!(),
        };
    }
    match (job, says) {
        (Job1::Mixed, _) => Unknown(Why::MixedJob),
        (Job1::Stranger, _) => Unknown(Why::Ambiguous),
        (Job1::Closing, Says::True) if !read => Unknown(Why::Jobs),
        (Job1::Closing, Says::True) if !whole => Unknown(Why::Scope),
        (Job1::Starting | Job1::Ending, _) | (Job1::Closing, Says::True) => Unknown(Why::Edge),
        (Job1::Closing, _) => Late,
        (_, Says::Missing) => Unknown(Why::RunnerAbsent),
        _ if !read => Unknown(Why::Jobs),
        (_, Says::False | Says::OfflineFalse) => Idle,
        _ if !whole => Unknown(Why::Scope),
        _ => Maybe(Kind::BusyWithoutJob),
    }
}

#[test]
fn the_table_exhaustively() {
    let mut tried = 0;
    for says in SAYS {
        for job in JOBS {
            for terminated in [Terminated::No, Terminated::Before, Terminated::After] {
                for (whole, read) in [(true, true), (true, false), (false, true)] {
                    let tape = tape_of(says, job, terminated, whole, read);
                    let last = tape.judged(1).last().map(|last| short(last.verdict));
                    let expected = oracle(says, job, terminated, whole, read);
                    assert_eq!(
                        last,
                        Some(expected),
                        "{says:?}, {job:?}, {terminated:?}, whole {whole}, read {read}"
                    );
                    let counts = tape.analysis().coverage.readings;
                    let sum = counts.agree + counts.desync + counts.unknown + counts.jobs_late;
                    assert_eq!(sum, 3, "each of 3 readings counted once: {counts:?}");
                    tried += 1;
                }
            }
        }
    }
    assert_eq!(tried, 6 * 11 * 3 * 3);
}
