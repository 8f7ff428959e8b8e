//! What is true in a simulated world at an instant. All times are
//! milliseconds since the first reading, by GitHub's clock.

use std::sync::Arc;

use super::dice::mix;
use super::trouble::{Trouble, Troubles};
use crate::model::{
    Assignment, Conclusion, Job, JobId, JobStatus, OnlineStatus, RepoName, RunId, Runner, RunnerId,
    Scope, Step, Timestamp,
};

/// 2026-05-14T08:00:00Z: the instant 0 of every world.
const BASE: i64 = 1_778_745_600_000;

pub(super) type Extent = (i64, i64);

/// One world, with all that will happen in it.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) troubles: Troubles,
    pub(super) scope: Scope,
    pub(super) repos: Vec<RepoName>,
    pub(super) machines: Vec<Machine>,
    pub(super) acts: Vec<Act>,
    pub(super) runs: Vec<RunPlan>,
    /// Between the beginnings of cycles.
    pub(super) interval: i64,
    pub(super) cycles: u32,
    /// Faults are over.
    pub(super) calm_from: i64,
    /// In which everything fails.
    pub(super) outages: Vec<Extent>,
    pub(super) limits: Vec<Extent>,
    pub(super) forbidden: Vec<Extent>,
    /// The reading machine sleeps so long at these instants.
    pub(super) suspends: Vec<(i64, i64)>,
    /// How far the wall clock of the reading machine is ahead.
    pub(super) skew: i64,
    /// Cycles before which the program begins anew.
    pub(super) restarts: Vec<u32>,
    /// Share of the hourly limit that the program keeps to.
    pub(super) budget: Option<f64>,
}

/// A registered runner.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    pub(super) id: u64,
    pub(super) name: Arc<str>,
    pub(super) registered: Extent,
    pub(super) offline: Vec<Extent>,
    pub(super) missing: Vec<Extent>,
    /// The flag is set though nothing runs.
    pub(super) ghosts: Vec<Extent>,
    pub(super) odd_status: Vec<Extent>,
    /// Its machine is another one from here on, under the same id.
    pub(super) renewed: Vec<i64>,
    /// Others bear its id or its past: what is not found may be unknown.
    pub(super) odd: bool,
    /// Indices of its jobs.
    pub(super) acts: Vec<usize>,
}

/// Whose job it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// Of the machine with this index.
    Ours(usize),
    /// It names an id of ours, and another name.
    Stranger(u64),
    /// On GitHub's own machine.
    Hosted(u64),
    Nobody,
}

/// One job attempt.
#[derive(Debug, Clone)]
pub(super) struct Act {
    pub(super) id: u64,
    pub(super) run: usize,
    pub(super) attempt: u32,
    pub(super) whose: Whose,
    pub(super) created: i64,
    /// From when its record shows it.
    pub(super) shown: i64,
    pub(super) start: i64,
    /// Of the work.
    pub(super) end: i64,
    /// Of the record.
    pub(super) close: i64,
    pub(super) died: Option<i64>,
    /// The flag is set so long after the start, and cleared after the end.
    pub(super) on_lag: i64,
    pub(super) off_lag: i64,
    /// The flag is false though the job runs.
    pub(super) flips: Vec<Extent>,
    /// Name, start and end of each step.
    pub(super) script: Vec<(&'static str, i64, i64)>,
    /// Handed over while it reads as queued.
    pub(super) leased: bool,
    pub(super) enqueued: bool,
    /// Its steps lag as its record does.
    pub(super) frozen: bool,
    pub(super) mixed: Option<Extent>,
    pub(super) host_clock: i64,
    pub(super) conclusion: Conclusion,
}

/// A run of a workflow.
#[derive(Debug, Clone)]
pub(super) struct RunPlan {
    pub(super) id: u64,
    pub(super) repo: usize,
    pub(super) stuck: bool,
    pub(super) acts: Vec<usize>,
}

/// An instant as GitHub writes it: whole seconds.
pub(super) fn stamp(at: i64) -> Timestamp {
    Timestamp::from_millis(BASE + at - at.rem_euclid(1000))
}

pub(super) fn exactly(at: i64) -> Timestamp {
    Timestamp::from_millis(BASE + at)
}

/// Back from a claim to the world.
pub(super) fn instant(at: Timestamp) -> i64 {
    at.as_millis() - BASE
}

pub(super) fn within(extents: &[Extent], at: i64) -> bool {
    extents.iter().any(|&(from, to)| from <= at && at < to)
}

impl World {
    /// Whether a webhook tells of jobs. Not a trouble, so that the seeds known
    /// stay the worlds they were.
    pub(super) fn has_log(&self) -> bool {
        mix(self.seed ^ 0x0010_6f00) % 100 < 30
    }
}

impl Machine {
    pub(super) fn exists(&self, at: i64) -> bool {
        let (from, to) = self.registered;
        from <= at && at < to && !within(&self.missing, at)
    }

    pub(super) fn online(&self, at: i64) -> bool {
        !within(&self.offline, at) && !within(&self.odd_status, at)
    }

    fn renewals(&self, at: i64) -> usize {
        self.renewed.iter().filter(|&&from| from <= at).count()
    }
}

impl Act {
    /// Up to when GitHub's own final record says that it ran: of a job whose
    /// machine died that is the closing of its record.
    pub(super) fn over(&self) -> i64 {
        if self.died.is_some() {
            self.close
        } else {
            self.end
        }
    }

    pub(super) fn runs(&self, at: i64) -> bool {
        self.start <= at && at < self.over()
    }

    /// Until when somebody works on it.
    pub(super) fn works_until(&self) -> i64 {
        self.died.unwrap_or(self.end)
    }

    fn sets_flag(&self, at: i64) -> bool {
        let on = self.start + self.on_lag;
        let during = on <= at && at < self.over() && !within(&self.flips, at);
        let after = self.died.is_none() && on < self.end;
        during || (after && self.end <= at && at < self.end + self.off_lag)
    }

    /// Instants at which something about the flag changes.
    fn changes(&self) -> impl Iterator<Item = i64> + '_ {
        let own = [
            self.start,
            self.start + self.on_lag,
            self.over(),
            self.end + self.off_lag,
        ];
        let flips = self.flips.iter().flat_map(|&(from, to)| [from, to]);
        own.into_iter().chain(flips)
    }

    pub(super) fn machine(&self) -> Option<usize> {
        match self.whose {
            Whose::Ours(machine) => Some(machine),
            Whose::Stranger(_) | Whose::Hosted(_) | Whose::Nobody => None,
        }
    }
}

impl World {
    pub(super) fn has(&self, trouble: Trouble) -> bool {
        self.troubles.has(trouble)
    }

    /// The busy flag as GitHub has it.
    pub(super) fn flag(&self, machine: &Machine, at: i64) -> bool {
        within(&machine.ghosts, at) || machine.acts.iter().any(|&act| self.acts[act].sets_flag(at))
    }

    /// Whether the runner is shown idle while the job runs on it.
    pub(super) fn wrong(&self, machine: &Machine, act: &Act, at: i64) -> bool {
        act.runs(at) && machine.exists(at) && machine.online(at) && !self.flag(machine, at)
    }

    /// The extents in which the flag is wrong about a job.
    pub(super) fn episodes(&self, machine: &Machine, act: &Act) -> Vec<Extent> {
        let acts = machine.acts.iter().map(|&act| &self.acts[act]);
        let mut edges: Vec<_> = acts.flat_map(Act::changes).collect();
        let spans = [&machine.offline, &machine.missing, &machine.ghosts];
        let spans = spans.into_iter().chain([&machine.odd_status]).flatten();
        edges.extend(spans.flat_map(|&(from, to)| [from, to]));
        edges.extend([machine.registered.0, machine.registered.1]);
        edges.retain(|&at| act.start <= at && at <= act.over());
        edges.sort_unstable();
        edges.dedup();
        let mut found: Vec<Extent> = Vec::new();
        for pair in edges.windows(2) {
            if !self.wrong(machine, act, pair[0]) {
                continue;
            }
            match found.last_mut() {
                Some(last) if last.1 == pair[0] => last.1 = pair[1],
                _ => found.push((pair[0], pair[1])),
            }
        }
        found
    }

    pub(super) fn runner(&self, machine: &Machine, at: i64) -> Runner {
        let renewals = machine.renewals(at);
        let status = if within(&machine.odd_status, at) {
            OnlineStatus::Other("updating".into())
        } else if within(&machine.offline, at) {
            OnlineStatus::Offline
        } else {
            OnlineStatus::Online
        };
        Runner {
            id: RunnerId(machine.id),
            name: Some(Arc::clone(&machine.name)),
            os: Some("Linux".into()),
            status,
            busy: self.flag(machine, at),
            labels: Some(vec![
                "self-hosted".into(),
                format!("gen-{}", renewals / 2).into(),
            ]),
            group_id: Some(1),
            version: Some(format!("2.33{renewals}.0").into()),
        }
    }

    pub(super) fn repo_of(&self, act: &Act) -> &RepoName {
        &self.repos[self.runs[act.run].repo]
    }

    /// A job's record; `None` before it is created.
    pub(super) fn record(&self, act: &Act, at: i64) -> Option<Job> {
        let status = act.status(at)?;
        let queued = status == JobStatus::Queued;
        let completed = act.close <= at;
        let mixed = act.mixed.is_some_and(|(from, to)| from <= at && at < to);
        let started = if act.enqueued || queued {
            act.created
        } else {
            act.start
        };
        let conclusion = Some(act.conclusion.clone());
        Some(Job {
            id: JobId(act.id),
            run_id: Some(RunId(self.runs[act.run].id)),
            run_attempt: Some(act.attempt),
            repo: self.repo_of(act).clone(),
            name: "build".into(),
            workflow: None,
            html_url: None,
            status,
            conclusion: conclusion.filter(|_| completed || mixed && !queued),
            created_at: Some(stamp(act.created)),
            started_at: Some(stamp(started)),
            completed_at: completed.then(|| stamp(act.close)),
            steps: if queued { Vec::new() } else { act.steps(at) },
            assignment: if queued && !act.leased {
                None
            } else {
                self.assignment(act)
            },
            labels: Some(vec!["self-hosted".into()]),
        })
    }

    fn assignment(&self, act: &Act) -> Option<Assignment> {
        let ours = |id: u64, name: Arc<str>| Assignment {
            runner_id: RunnerId(id),
            runner_name: Some(name),
            group_id: Some(1),
            group_name: Some("Default".into()),
            hosted: false,
        };
        match act.whose {
            Whose::Ours(machine) => {
                let machine = &self.machines[machine];
                Some(ours(machine.id, Arc::clone(&machine.name)))
            }
            Whose::Stranger(id) => Some(ours(id, format!("elsewhere-{id}").into())),
            Whose::Hosted(id) => Some(Assignment {
                group_id: Some(0),
                group_name: Some("GitHub Actions".into()),
                hosted: true,
                ..ours(id, format!("GitHub Actions {id}").into())
            }),
            Whose::Nobody => None,
        }
    }
}

impl Act {
    /// A job's status; `None` before it is created.
    pub(super) fn status(&self, at: i64) -> Option<JobStatus> {
        let (queued, completed) = (at < self.shown, self.close <= at);
        let created = self.created <= at;
        created.then_some(match (queued, completed) {
            (true, _) => JobStatus::Queued,
            (false, false) => JobStatus::InProgress,
            (false, true) => JobStatus::Completed,
        })
    }

    fn steps(&self, at: i64) -> Vec<Step> {
        let closed = self.close <= at;
        let seen = match self.died {
            Some(died) => at.min(died),
            None if self.frozen && !closed => at.min(self.end - 1500),
            None => at,
        };
        let killed = self.died.is_some() && closed;
        let script = self
            .script
            .iter()
            .filter(|step| !killed || step.0 != "Complete job");
        let steps = script.map(|&(name, from, to)| {
            let by_host = |at: i64| Some(stamp(at + self.host_clock));
            let (status, conclusion, started, ended) = match (from <= seen, to <= seen) {
                (_, true) => (
                    JobStatus::Completed,
                    Some(Conclusion::Success),
                    by_host(from),
                    by_host(to),
                ),
                (true, false) if killed => {
                    let end = Some(stamp(self.close));
                    (
                        JobStatus::Completed,
                        Some(Conclusion::Cancelled),
                        by_host(from),
                        end,
                    )
                }
                (true, false) => (JobStatus::InProgress, None, by_host(from), None),
                (false, false) if killed => {
                    let end = Some(stamp(self.close));
                    (JobStatus::Completed, Some(Conclusion::Skipped), end, end)
                }
                (false, false) => (JobStatus::Queued, None, None, None),
            };
            Step {
                name: name.into(),
                status,
                conclusion,
                started_at: started,
                completed_at: ended,
            }
        });
        steps.collect()
    }
}
