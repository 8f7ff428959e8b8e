//! A seed becomes a world: first which troubles are on, then what happens.

mod acts;

use super::dice::Dice;
use super::trouble::{Trouble, Troubles};
use super::truth::{Act, Extent, Machine, RunPlan, Whose, World};
use crate::model::{Conclusion, RepoName, Scope};

/// Jobs before the first reading.
const PAST: i64 = -1_200_000;

/// Names that break a careless report.
const HOSTILE: [&str; 4] = [
    "esc\u{1b}[31m|red",
    "<script>alert(1)</script>",
    "::error::x\n##[error]y",
    "\u{202e}bidi`|\\|=cmd",
];

/// The world of a seed.
pub(super) fn world(seed: u64) -> World {
    world_with(seed, Trouble::ALL)
}

/// The same with no other troubles than these.
pub(super) fn world_with(seed: u64, allowed: &[Trouble]) -> World {
    let mut dice = Dice::of(seed);
    let troubles = Troubles::of(&mut dice).among(allowed);
    let interval = [10_000, 15_000, 30_000, 60_000, 120_000][dice.index(5)];
    let large = troubles.has(Trouble::LargeFleet) && dice.percent(25);
    let cycles = if large {
        dice.between(10, 16)
    } else {
        dice.between(20, 56)
    };
    let span = cycles * interval;
    let mut planner = Planner {
        dice,
        span,
        world: World {
            seed,
            troubles,
            scope: Scope::parse("org:acme").expect("a scope"),
            repos: vec![RepoName::parse("acme/atlas").expect("a name")],
            machines: Vec::new(),
            acts: Vec::new(),
            runs: Vec::new(),
            interval,
            cycles: u32::try_from(cycles).expect("few"),
            calm_from: span - span / 4,
            outages: Vec::new(),
            limits: Vec::new(),
            forbidden: Vec::new(),
            suspends: Vec::new(),
            skew: 0,
            restarts: Vec::new(),
            budget: None,
        },
    };
    planner.surroundings();
    planner.machines(if large { 104 } else { 0 });
    planner.others();
    planner.runs();
    planner.world
}

/// The making of a world.
struct Planner {
    dice: Dice,
    span: i64,
    world: World,
}

impl Planner {
    fn has(&self, trouble: Trouble) -> bool {
        self.world.has(trouble)
    }

    /// With this trouble on, true in a share of the cases.
    fn strikes(&mut self, trouble: Trouble, percent: u64) -> bool {
        self.has(trouble) && self.dice.percent(percent)
    }

    fn extent(&mut self, from: i64, to: i64, longest: i64) -> Extent {
        let at = self.dice.between(from, to.max(from + 1));
        (at, at + 1000 + self.dice.tail(longest))
    }

    fn surroundings(&mut self) {
        if self.has(Trouble::ManyRepos) {
            let more = ["acme/borealis", "acme/comet"].map(RepoName::parse);
            self.world.repos.extend(more.into_iter().flatten());
        }
        let calm = self.world.calm_from;
        let begun = self.world.interval + 5000;
        for (trouble, longest) in [
            (Trouble::Outages, 400_000),
            (Trouble::PrimaryLimit, 900_000),
            (Trouble::LostPermission, 300_000),
        ] {
            if !self.has(trouble) {
                continue;
            }
            let (from, to) = self.extent(begun, calm, longest);
            let extent = (from, to.min(calm));
            match trouble {
                Trouble::Outages => self.world.outages.push(extent),
                Trouble::PrimaryLimit => self.world.limits.push(extent),
                _ => self.world.forbidden.push(extent),
            }
        }
        if self.has(Trouble::Suspends) {
            let at = self.dice.between(begun, calm);
            self.world
                .suspends
                .push((at, self.dice.between(2000, 600_000)));
        }
        if self.has(Trouble::SkewedClock) {
            self.world.skew = self.dice.between(-400_000, 400_000);
        }
        if self.has(Trouble::Restarts) {
            let last = i64::from(self.world.cycles) * 3 / 4;
            let cycle = u32::try_from(self.dice.between(2, last.max(3))).expect("small");
            self.world.restarts.push(cycle);
        }
    }

    fn machines(&mut self, least: usize) {
        let count = least + 1 + self.dice.index(if least == 0 { 8 } else { 30 });
        let mut id = 0;
        for slot in 0..count {
            id += 1 + self.dice.below(3);
            let steady = !self.strikes(Trouble::Ephemeral, 60);
            let quiet = least != 0 && self.dice.percent(70);
            if steady {
                let machine = self.machine(id, format!("runner-{slot}"), (PAST - 1, i64::MAX / 2));
                if !quiet {
                    self.busy_life(machine);
                }
                self.machine_troubles(machine);
            } else {
                id = self.short_lives(slot, id);
            }
        }
    }

    fn machine(&mut self, id: u64, mut name: String, registered: Extent) -> usize {
        if self.strikes(Trouble::HostileNames, 40) {
            name = format!("{}-{name}", HOSTILE[self.dice.index(HOSTILE.len())]);
        }
        self.world.machines.push(Machine {
            id,
            name: name.into(),
            registered,
            offline: Vec::new(),
            missing: Vec::new(),
            ghosts: Vec::new(),
            odd_status: Vec::new(),
            renewed: Vec::new(),
            odd: false,
            acts: Vec::new(),
        });
        self.world.machines.len() - 1
    }

    fn machine_troubles(&mut self, index: usize) {
        let span = self.span;
        for (trouble, longest) in [
            (Trouble::Ghosts, 300_000),
            (Trouble::FalseOffline, 200_000),
            (Trouble::FalseMissing, 100_000),
            (Trouble::OddStatus, 900_000),
            (Trouble::ReRegistered, 60_000),
        ] {
            if !self.strikes(trouble, 40) {
                continue;
            }
            let extent = self.extent(0, span, longest);
            let machine = &mut self.world.machines[index];
            match trouble {
                Trouble::Ghosts => machine.ghosts.push(extent),
                Trouble::FalseOffline => machine.offline.push(extent),
                Trouble::FalseMissing => machine.missing.push(extent),
                Trouble::OddStatus => machine.odd_status.push(extent),
                _ => {
                    machine.offline.push(extent);
                    machine.renewed.push(extent.1);
                    machine.odd = true;
                }
            }
        }
    }

    /// One job after the other.
    fn busy_life(&mut self, machine: usize) {
        let burst = self.strikes(Trouble::Bursts, 60);
        let mut now = PAST + self.dice.between(0, 900_000);
        while now < self.span * 4 / 5 {
            let gap = if burst {
                self.dice.between(500, 8000)
            } else {
                2000 + self.dice.tail(400_000)
            };
            let length = if burst {
                self.dice.between(8000, 90_000)
            } else {
                12_000 + self.dice.tail(900_000)
            };
            let start = now + gap;
            let act = self.act(Whose::Ours(machine), start, start + length);
            now = self.end_of(act, machine);
            if self.strikes(Trouble::Doubles, 30) {
                let from = self.dice.between(start, start + length);
                let second = self.act(
                    Whose::Ours(machine),
                    from,
                    from + self.dice.clone().between(20_000, 300_000),
                );
                now = now.max(self.world.acts[second].end);
            }
        }
    }

    /// Ends a job, by its machine's death too; gives when the next can begin.
    fn end_of(&mut self, act: usize, machine: usize) -> i64 {
        let Act { start, end, .. } = self.world.acts[act];
        let lost = self.strikes(Trouble::Lost, 4);
        if !lost && !self.strikes(Trouble::Killed, 15) {
            return end;
        }
        let died = self.dice.between(start + 3000, end);
        let gone = died + self.dice.tail(60_000);
        let back = if lost {
            i64::MAX / 2
        } else {
            gone + self.dice.between(30_000, 400_000)
        };
        let release = died + self.dice.tail(600_000);
        let act = &mut self.world.acts[act];
        act.died = Some(died);
        act.close = died + self.dice.between(300_000, 900_000);
        act.flips.push((release, i64::MAX / 2));
        act.mixed = None;
        act.conclusion = if self.dice.percent(50) {
            Conclusion::Failure
        } else {
            Conclusion::Cancelled
        };
        let machine = &mut self.world.machines[machine];
        machine.offline.push((gone, back));
        machine.renewed.push(back);
        machine.odd = true;
        if lost {
            machine.registered.1 = gone + self.dice.tail(900_000);
        }
        back
    }

    /// Runners that live for one job each.
    fn short_lives(&mut self, slot: usize, mut id: u64) -> u64 {
        let mut now = PAST + self.dice.between(0, 600_000);
        let mut turn = 0;
        while now < self.span * 4 / 5 {
            let registered = now + self.dice.between(2000, 120_000);
            let start = registered + self.dice.between(1000, 60_000);
            let end = start + 10_000 + self.dice.tail(500_000);
            let until = end + self.dice.tail(60_000);
            let machine = self.machine(id, format!("eph-{slot}-{turn}"), (registered, until));
            self.act(Whose::Ours(machine), start, end);
            (now, id, turn) = (until, id + 1 + self.dice.below(3), turn + 1);
        }
        id
    }

    /// Jobs that are none of ours, or nobody's.
    fn others(&mut self) {
        for (trouble, count) in [
            (Trouble::Strangers, 4),
            (Trouble::HostedTwins, 4),
            (Trouble::Queue, 6),
        ] {
            if !self.has(trouble) {
                continue;
            }
            for _ in 0..count {
                let start = self.dice.between(PAST, self.span);
                let end = start + 10_000 + self.dice.tail(900_000);
                let machine = self.dice.index(self.world.machines.len());
                let id = self.world.machines[machine].id;
                let whose = match trouble {
                    Trouble::Strangers => {
                        self.world.machines[machine].odd = true;
                        Whose::Stranger(id)
                    }
                    Trouble::HostedTwins => Whose::Hosted(id),
                    _ => Whose::Nobody,
                };
                self.act(whose, start, end);
            }
        }
    }

    fn runs(&mut self) {
        let mut order: Vec<_> = (0..self.world.acts.len()).collect();
        order.sort_by_key(|&act| self.world.acts[act].created);
        for act in order {
            let run = self.run_for(act);
            self.world.acts[act].run = run;
            self.world.runs[run].acts.push(act);
        }
    }

    /// A run that goes on, one that is run again, or a new one.
    fn run_for(&mut self, act: usize) -> usize {
        let created = self.world.acts[act].created;
        let last = self.world.runs.len().checked_sub(1);
        let beside = last.filter(|_| self.dice.percent(30));
        if let Some(run) = beside {
            let acts = &self.world.runs[run].acts;
            let attempt = acts.iter().map(|&act| self.world.acts[act].attempt).max();
            let last = acts.iter().map(|&act| self.world.acts[act].created).max();
            if last.is_some_and(|last| created <= last + 60_000) {
                self.world.acts[act].attempt = attempt.unwrap_or(1);
                return run;
            }
        }
        if self.strikes(Trouble::Reruns, 30) && last.is_some() {
            let run = self.dice.index(self.world.runs.len());
            let acts = self.world.runs[run]
                .acts
                .iter()
                .map(|&act| &self.world.acts[act]);
            let closed = acts.clone().map(|act| act.close).max();
            let attempt = acts.map(|act| act.attempt).max().unwrap_or(1);
            if closed.is_some_and(|closed| closed < created) {
                self.world.acts[act].attempt = attempt + 1;
                return run;
            }
        }
        let (repo, stuck) = (
            self.dice.index(self.world.repos.len()),
            self.strikes(Trouble::StuckRuns, 10),
        );
        let id = 1000 + self.world.runs.len() as u64;
        self.world.runs.push(RunPlan {
            id,
            repo,
            stuck,
            acts: Vec::new(),
        });
        self.world.runs.len() - 1
    }
}
