//! One job and what goes wrong with its flag and its record.

use super::Planner;
use crate::model::Conclusion;
use crate::sim::trouble::Trouble;
use crate::sim::truth::{Act, Whose};

impl Planner {
    /// Adds a job with all that is wrong about it; gives its index.
    pub(super) fn act(&mut self, whose: Whose, start: i64, end: i64) -> usize {
        let index = self.world.acts.len();
        if let Whose::Ours(machine) = whose {
            self.world.machines[machine].acts.push(index);
        }
        let created = start - 1000 - self.dice.tail(300_000);
        let nobody = whose == Whose::Nobody;
        let length = end - start;
        let mut act = Act {
            id: 50_000 + index as u64,
            run: 0,
            attempt: 1,
            whose,
            created,
            shown: if nobody { i64::MAX / 2 } else { start },
            start,
            end,
            close: if nobody {
                i64::MAX / 2
            } else {
                end + self.dice.between(0, 1500)
            },
            died: None,
            on_lag: self.dice.between(0, 1500),
            off_lag: self.dice.between(0, 1500),
            flips: Vec::new(),
            script: Vec::new(),
            leased: self.strikes(Trouble::Queue, 40),
            enqueued: self.strikes(Trouble::Enqueued, 60),
            frozen: false,
            mixed: None,
            host_clock: 0,
            conclusion: [
                Conclusion::Success,
                Conclusion::Success,
                Conclusion::Failure,
            ][self.dice.index(3)]
            .clone(),
        };
        self.flag_of(&mut act, length);
        self.record_of(&mut act, length);
        act.script = self.script(&act);
        self.world.acts.push(act);
        index
    }

    fn flag_of(&mut self, act: &mut Act, length: i64) {
        if self.strikes(Trouble::LateFlag, 50) {
            act.on_lag = self.dice.tail(300_000);
        }
        if self.strikes(Trouble::NeverSet, 20) {
            act.on_lag = length;
        }
        if self.strikes(Trouble::Tails, 40) {
            act.off_lag = self.dice.tail(300_000);
        }
        if self.has(Trouble::Flips) {
            for _ in 0..self.dice.below(3) {
                let from = self.dice.between(act.start, act.end);
                act.flips.push((from, from + 500 + self.dice.tail(600_000)));
            }
        }
    }

    fn record_of(&mut self, act: &mut Act, length: i64) {
        if self.strikes(Trouble::LateListed, 40) {
            act.shown = act
                .shown
                .max(act.start + self.dice.tail(90_000).min(length - 5000));
        }
        let late = self.strikes(Trouble::LateRecords, 40);
        if late || self.strikes(Trouble::FrozenRecords, 30) {
            act.close = act.close.max(act.end + 3000 + self.dice.tail(1_200_000));
            act.frozen = !late;
        }
        if self.strikes(Trouble::Mixed, 20) {
            let from = self.dice.between(act.start, act.end);
            act.mixed = Some((from, from + self.dice.tail(200_000)));
        }
        if self.strikes(Trouble::Cancels, 30) {
            act.conclusion = Conclusion::Cancelled;
        }
        if self.has(Trouble::HostClock) {
            act.host_clock = self.dice.between(-1000, 1000);
        }
    }

    /// Its steps. A record without any has no other end than its own, so that
    /// one is closed in time.
    fn script(&mut self, act: &Act) -> Vec<(&'static str, i64, i64)> {
        let closed_late = act.end + 2000 < act.close;
        if !closed_late && self.strikes(Trouble::NoSteps, 40) {
            return Vec::new();
        }
        let (start, end) = (act.start + 500, act.end - 200);
        let set_up = start + (end - start) / 20;
        let half = self.dice.between(set_up + 1, end - 1000);
        let last = end - 800;
        let steps = [
            ("Set up job", start, set_up),
            ("Check out", set_up, half),
            ("Run tests", half, last),
            ("Complete job", last, end),
        ];
        let first = usize::from(self.strikes(Trouble::LaterSteps, 30));
        steps[first..].to_vec()
    }
}
