//! The real poll loop and detector at work in a simulated world, process by
//! process, on one recording.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::dice::Dice;
use super::hub::{BackOff, Hub, Served};
use super::mutant::{Mutant, Twisted};
use super::time::Time;
use super::trouble::Trouble;
use super::truth::{World, exactly};
use crate::clock::Clock;
use crate::commands::{Carry, Ledger, Session};
use crate::detect::{CoverageOf, Detector, View};
use crate::model::{Analysis, Hook, Host, Record, Rules, Run, Sight, Span};
use crate::poll::{Again, Breadth, Fatal, Options, Poller};
use crate::record::{Read, Reader};
use crate::report::FailOn;

/// Cycles between two looks at what is claimed so far.
const LOOK_EVERY: u32 = 9;

/// All that came of a world.
pub(super) struct Played<'w> {
    pub(super) world: &'w World,
    /// In the order of answering.
    pub(super) served: Vec<Served>,
    pub(super) back_offs: Vec<BackOff>,
    /// GitHub's clock at the monotonic zero of each process.
    pub(super) began: Vec<i64>,
    /// As the recording holds them.
    pub(super) records: Vec<Record>,
    /// What was concluded on the way; at the end the last.
    pub(super) analyses: Vec<Analysis>,
    /// The same, made again from the recording.
    pub(super) again: Analysis,
    /// The same from what the recording would begin with if it were rotated now.
    pub(super) carried: Analysis,
    pub(super) fatal: Option<Fatal>,
    pub(super) runner_cycles: u64,
    by_number: HashMap<(usize, u64), usize>,
}

impl Played<'_> {
    /// The answer to a request by its number in its process.
    pub(super) fn served(&self, process: usize, number: u64) -> Option<&Served> {
        self.served.get(*self.by_number.get(&(process, number))?)
    }
}

pub(super) fn view() -> View {
    View {
        rules: Rules::STANDARD,
        since: None,
        until: None,
        runners: None,
        coverage_of: CoverageOf::Everything,
    }
}

/// Plays a world to its end, with something wrong in the program or nothing.
pub(super) fn play(world: &World, mutant: Option<Mutant>) -> Played<'_> {
    let shelf = tempfile::tempdir_in(shelf()).expect("a directory");
    play_onto(world, mutant, &shelf.path().join("recording.ndjson"))
}

/// The same, on a recording that stays.
pub(super) fn play_onto<'w>(world: &'w World, mutant: Option<Mutant>, path: &Path) -> Played<'w> {
    let mut played = Played {
        world,
        served: Vec::new(),
        back_offs: Vec::new(),
        began: Vec::new(),
        records: Vec::new(),
        analyses: Vec::new(),
        again: Detector::default().analysis(&view()),
        carried: Detector::default().analysis(&view()),
        fatal: None,
        runner_cycles: 0,
        by_number: HashMap::new(),
    };
    let mut now = 0;
    let mut from = 0;
    let ends = world.restarts.iter().copied().chain([world.cycles]);
    for (process, to) in ends.enumerate() {
        let time = Time::starting(exactly(now + world.skew));
        let source = Twisted::new(Hub::new(world, &time, now, process), world, &time, mutant);
        played.began.push(now);
        let ledger = Ledger::open_short(path, rotate_at(world), &|_| view()).expect("a recording");
        let run = Process {
            world,
            time: &time,
            number: process,
        };
        let ended = time.run(run.cycles(&source, ledger, to - from, &mut played.analyses));
        (now, from) = (source.hub.now() + 1000, to);
        let (served, back_offs) = source.hub.log();
        played.served.extend(served);
        played.back_offs.extend(back_offs);
        if let Err(fatal) = ended {
            played.fatal = Some(fatal);
            break;
        }
    }
    let served = played.served.iter().enumerate();
    played.by_number = served
        .map(|(at, it)| ((it.process, it.number), at))
        .collect();
    played.records = files(path).iter().flat_map(|path| in_file(path)).collect();
    // As a report reads them: let go of as when it was recorded.
    let mut detector = Detector::default();
    for record in played.records.iter().cloned() {
        detector.feed_again(record, |_| view());
    }
    played.again = detector.analysis(&view());
    played.carried = carried(&played.records, &played.again);
    played.runner_cycles = runner_cycles(&played.records);
    played
}

fn carried(records: &[Record], analysis: &Analysis) -> Analysis {
    let mut carry = Carry::of(analysis);
    records
        .iter()
        .cloned()
        .for_each(|record| carry.take(record));
    let mut detector = Detector::default();
    for record in carry.finish() {
        detector.feed(record);
    }
    detector.analysis(&view())
}

/// A program that begins again reads one file only, so that a report on all
/// of them knows more.
fn rotate_at(world: &World) -> u64 {
    let rotates = world.has(Trouble::Rotation) && world.restarts.is_empty();
    if rotates { 100_000 } else { u64::MAX }
}

/// Where recordings of simulations are kept while they are made: in memory,
/// where there is such a place.
fn shelf() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    }
}

/// All files of a recording, the oldest first.
fn files(path: &Path) -> Vec<PathBuf> {
    let rotated = (1..).map(|number| path.with_extension(format!("ndjson.{number}")));
    let rotated: Vec<_> = rotated.take_while(|path| path.exists()).collect();
    let current = path.to_owned();
    rotated.into_iter().rev().chain([current]).collect()
}

fn in_file(path: &Path) -> Vec<Record> {
    let file = File::open(path).expect("the recording");
    let reader = Reader::new(BufReader::new(file));
    let records = reader.filter_map(|read| match read.expect("a readable recording") {
        Read::Record { record, .. } => Some(*record),
        Read::Raw { .. } => None,
    });
    records.collect()
}

fn runner_cycles(records: &[Record]) -> u64 {
    let read = records.iter().map(|record| match record {
        Record::Cycle(cycle) => cycle.runners_read,
        _ => 0,
    });
    read.sum()
}

/// One process of the program.
struct Process<'p> {
    world: &'p World,
    time: &'p Time,
    number: usize,
}

impl Process<'_> {
    async fn cycles(
        &self,
        source: &Twisted<'_>,
        mut ledger: Ledger,
        cycles: u32,
        analyses: &mut Vec<Analysis>,
    ) -> Result<(), Fatal> {
        let since = ledger.detector.jobs_read_until();
        let turn = ledger.detector.runs();
        ledger.take(vec![Record::Run(self.header())]);
        let poller = Poller::new(
            source,
            self.time,
            self.options(turn),
            since.unwrap_or(self.time.wall()),
            Box::new(|_| {}),
        );
        let fail_on = FailOn::standard();
        let mut session = Session::bare(poller, self.time, ledger, &fail_on);
        for cycle in 1..=cycles {
            let began = self.time.mono();
            session.cycle(|_| view()).await?;
            if cycle % LOOK_EVERY == 0 {
                analyses.push(session.tell(&view()));
            }
            let wake = session
                .poller
                .next_cycle(began + Span::millis(self.world.interval));
            self.time.sleep_until(wake).await;
        }
        let open = session.ledger.detector.open_jobs();
        session.poller.settle(&open).await;
        session.collect();
        analyses.push(session.tell(&view()));
        Ok(())
    }

    fn options(&self, turn: u32) -> Options {
        let mut dice = Dice::of(!self.world.seed);
        let owned = self.world.has(Trouble::Owners);
        Options {
            scopes: vec![self.world.scope.clone()],
            repos: if owned {
                Vec::new()
            } else {
                self.world.repos.clone()
            },
            owners: if owned {
                vec!["acme".into()]
            } else {
                Vec::new()
            },
            sight: Sight::Whole,
            hook: self.world.has_log().then_some(Hook::App),
            max_concurrent: 1 + dice.index(10),
            confirmations: [0, 1, 3, 10, 10][dice.index(5)],
            again: [Again::SameCycle, Again::NextCycle][usize::from(dice.percent(75))],
            lag_limit: Rules::STANDARD.lag_limit,
            turn,
            breadth: [Breadth::Everything, Breadth::Turns][usize::from(dice.percent(85))],
            budget: self.world.budget,
            deadline: None,
            ends: None,
        }
    }

    fn id_of(&self, number: usize) -> Arc<str> {
        format!("sim-{}-{number}", self.world.seed).into()
    }

    fn header(&self) -> Run {
        Run {
            id: self.id_of(self.number),
            follows: (self.number.checked_sub(1)).map(|before| self.id_of(before)),
            tool_version: "0".into(),
            command: "watch".into(),
            host: Host::github_com(),
            targets: vec![self.world.scope.clone()],
            runner_globs: Vec::new(),
            labels: Vec::new(),
            interval: Some(Span::millis(self.world.interval)),
            rules: Rules::STANDARD,
            began: self.time.wall(),
        }
    }
}
