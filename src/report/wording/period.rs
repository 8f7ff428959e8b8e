//! What is said about one period.

use crate::model::{
    Certainty, EndReason, Finding, Job, JobFacts, Killed, KilledBecause, Kind, Liveness, MARGIN,
    Pattern, Period, RunnerEventKind, Timestamp,
};

use super::unit::{at_most, at_most_or_dash, count, duration, len};
use super::{Moments, UNKNOWN};

/// What GitHub said of the runner, as a thing that can be quoted.
pub(super) const fn assertion(kind: Kind) -> &'static str {
    match kind {
        Kind::BusyFalse => "busy:false",
        Kind::Offline => "offline",
        Kind::Missing => "404",
        Kind::LostRunner => "offline, 404 or idle after its end",
        Kind::BusyWithoutJob => "busy:true",
        Kind::DoubleAssignment => "two running jobs",
    }
}

/// A name as the sink makes it safe, or a dash.
pub(crate) fn name_or_dash(name: Option<&str>, say: &dyn Fn(&str) -> String) -> String {
    name.map_or_else(|| UNKNOWN.to_owned(), say)
}

/// How a job stands: its conclusion, else its status.
pub(crate) fn conclusion(job: &Job) -> &str {
    match &job.conclusion {
        Some(conclusion) => conclusion.as_str(),
        None => job.status.as_str(),
    }
}

/// One period with the way times are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Story<'a> {
    pub(crate) period: &'a Period,
    pub(crate) moments: Moments,
}

impl Story<'_> {
    /// The contradiction in one line; the names are safe already.
    pub(crate) fn title(self, runner: &str, job: &str) -> String {
        let contradiction = self.contradiction(runner, job);
        match self.period.finding {
            Finding::Yes => contradiction,
            Finding::NotYet => format!("candidate, not confirmed: {contradiction}"),
        }
    }

    fn contradiction(self, runner: &str, job: &str) -> String {
        match self.period.kind {
            Kind::BusyFalse => format!("{runner} read busy:false while {job} ran on it"),
            Kind::Offline => format!("{runner} read offline while {job} ran on it"),
            Kind::Missing => format!("{runner} was not found (404) while {job} ran on it"),
            Kind::LostRunner => format!("{runner} was gone while {job} was still in progress"),
            Kind::BusyWithoutJob => format!("{runner} read busy:true and no job ran on it"),
            Kind::DoubleAssignment => format!("{runner} ran {job} and an earlier job at once"),
        }
    }

    /// Everything about the period itself, with labels; no names are in it.
    pub(crate) fn facts(self) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("said", self.said()),
            ("began", self.began()),
            ("ended", self.ended()),
            ("lasted", self.lasted()),
        ];
        facts.extend(self.lease().map(|text| ("lease", text)));
        facts.extend(self.told_state().map(|text| ("state", text)));
        facts.extend(self.start_disputed().map(|text| ("start", text)));
        if self.tells_killed() {
            facts.push(("killed", self.killed()));
        }
        match self.period.liveness {
            Liveness::Alive | Liveness::Dead => {
                facts.push(("runner was", self.liveness().to_owned()));
            }
            Liveness::Undecided => {}
        }
        facts.push(("kind", self.sort()));
        facts.push(("certainty", self.certainty().to_owned()));
        facts
    }

    /// Kind, class and pattern with what the pattern means.
    pub(crate) fn sort(self) -> String {
        let period = self.period;
        let class = period.class.map(|class| format!(", {}", class.as_str()));
        let pattern = period
            .pattern
            .map(|pattern| format!(", {}: {}", pattern.as_str(), pattern_words(pattern)));
        let kind = period.kind.as_str();
        let (class, pattern) = (class.as_deref(), pattern.as_deref());
        format!("{kind}{}{}", class.unwrap_or(""), pattern.unwrap_or(""))
    }

    /// What the period rests on, and whether it may be claimed.
    pub(crate) fn certainty(self) -> &'static str {
        match (self.period.certainty, self.period.finding) {
            (Certainty::Proven, Finding::Yes) => {
                "proven: reads of job, runner and job in a row contradict each other"
            }
            (Certainty::Proven, Finding::NotYet) => {
                "proven once; a second sandwich at least 5 s later makes it a finding"
            }
            (Certainty::Settled, _) => "settled by the job's final record",
            (Certainty::Provisional, _) => "provisional: not confirmed, never claimed",
        }
    }

    /// The life of a job as GitHub's record has it.
    pub(crate) fn life(self, facts: &JobFacts) -> String {
        let say = |at: Option<Timestamp>| {
            at.map_or_else(|| UNKNOWN.to_owned(), |at| self.moments.say(at))
        };
        let from = say(facts.job.started_at);
        match facts.job.completed_at {
            Some(end) => format!("{from} to {}", self.moments.say(end)),
            None => format!("since {from}, not completed"),
        }
    }

    /// Every contradicting reading, and how far apart they were.
    pub(crate) fn said(self) -> String {
        let period = self.period;
        let what = assertion(period.kind);
        let first = self.moments.say(period.first_false_at);
        let place = if period.readings == 1 {
            format!("at its 1 reading, {first}")
        } else {
            let last = self.moments.say(period.last_false_at);
            let gap = at_most_or_dash(period.longest_gap);
            let readings = count(period.readings, "reading", "readings");
            format!("at every one of {readings} from {first} to {last} (longest gap {gap})")
        };
        format!("{what} {place}{}", self.age())
    }

    /// How old the job was at the first contradicting reading.
    fn age(self) -> String {
        let age = self.period.job_age;
        age.map_or_else(String::new, |age| {
            format!(", {} into the job", duration(age))
        })
    }

    /// Bounds of the beginning.
    pub(crate) fn began(self) -> String {
        let onset = self.period.onset;
        let after = onset.after.map_or_else(
            || "it is not known after what".to_owned(),
            |after| format!("after {} ({})", self.moments.say(after), self.before()),
        );
        let (by, first) = (self.moments.say(onset.by), assertion(self.period.kind));
        format!("{after}, by {by} (first {first})")
    }

    /// What the earliest possible beginning rests on.
    fn before(self) -> &'static str {
        let job = self.period.job.as_ref();
        if job.and_then(|job| job.start_min) == self.period.onset.after {
            "start of the job"
        } else {
            match self.period.kind {
                Kind::BusyFalse => "last busy:true",
                Kind::BusyWithoutJob => "last agreement, or end of the last job",
                Kind::Offline | Kind::Missing | Kind::LostRunner | Kind::DoubleAssignment => {
                    "last reading that agreed"
                }
            }
        }
    }

    /// Bounds of the end and what ended it.
    pub(crate) fn ended(self) -> String {
        let end = self.period.end;
        let after = self.moments.say(end.after);
        match end.by {
            None => format!("still open; last read {after}"),
            Some(by) => format!(
                "after {after}, by {}: {}",
                self.moments.say(by),
                self.end_words()
            ),
        }
    }

    fn end_words(self) -> &'static str {
        match self.period.end.reason {
            EndReason::Recovered => "a reading agreed again",
            EndReason::JobCompleted => "the job ended",
            EndReason::RunnerTerminated => "the runner was terminated",
            EndReason::RunnerGone => {
                "the runner was gone: it read offline or 404, or was deregistered"
            }
            EndReason::Open => "still open",
        }
    }

    /// Observed and at most, always both.
    pub(crate) fn lasted(self) -> String {
        let observed = duration(self.period.observed);
        match self.period.at_most {
            Some(most) => format!("{observed} observed, at most {}", at_most(most)),
            None if self.period.end.by.is_some() => {
                format!("{observed} observed, no upper bound is known")
            }
            None => format!("{observed} observed, no upper bound while it is open"),
        }
    }

    /// What became of the job afterwards. It follows; a cause is not claimed.
    pub(crate) fn killed(self) -> String {
        let period = self.period;
        let signs: Vec<_> = period
            .killed_because
            .iter()
            .map(|because| self.sign(*because))
            .collect();
        let word = period.killed.as_str();
        if signs.is_empty() {
            word.to_owned()
        } else {
            format!("{word}: {}", list(&signs))
        }
    }

    fn sign(self, because: KilledBecause) -> String {
        match because {
            KilledBecause::Terminated => self.termination(),
            other => plain_sign(other).to_owned(),
        }
    }

    /// When the runner was terminated, as far as the end of the period shows.
    fn termination(self) -> String {
        let end = self.period.end;
        match (end.reason, end.by) {
            (EndReason::RunnerTerminated, Some(by)) => format!(
                "the runner was terminated {} later",
                duration(by - self.period.last_false_at)
            ),
            (
                EndReason::RunnerTerminated
                | EndReason::Recovered
                | EndReason::JobCompleted
                | EndReason::RunnerGone
                | EndReason::Open,
                _,
            ) => "the runner was terminated".to_owned(),
        }
    }

    /// The runner at the instant of the readings.
    pub(crate) const fn liveness(self) -> &'static str {
        match self.period.liveness {
            Liveness::Alive => "alive: it still worked after the reading",
            Liveness::Dead => "dead: it had ended before the reading",
            Liveness::Undecided => "undecided: nothing shows whether it still worked",
        }
    }

    /// The lease at the last contradicting reading, where a log shows it.
    pub(crate) fn lease(self) -> Option<String> {
        let lease = self.period.lease?;
        let renewed = self.moments.say(lease.renewed_at);
        let Some(till) = lease.valid_till else {
            return Some(format!("renewed {renewed}"));
        };
        let at_reading = if self.period.last_false_at < till {
            "live"
        } else {
            "run out"
        };
        let till = self.moments.say(till);
        Some(format!(
            "renewed {renewed}, valid till {till}: {at_reading} at the last of these readings"
        ))
    }

    /// What the runner was last to tell GitHub before the last contradicting
    /// reading, by its log: of two explanations of a false flag this tells which
    /// (`runner-logs.md` §5). Of one told within the margin nobody can tell.
    pub(crate) fn told_state(self) -> Option<String> {
        let by = self.period.last_false_at;
        let told = self.period.events.iter();
        let told = told.filter(|told| told.event == RunnerEventKind::JobState);
        let told = told.filter(|told| told.at < by + MARGIN);
        let last = told.max_by_key(|told| told.at)?;
        if by < last.at + MARGIN {
            return None;
        }
        let state = match last.detail.as_deref()? {
            "Busy" => "Busy",
            "Online" => "Online",
            _ => return None,
        };
        Some(format!(
            "the runner was last to tell GitHub {state}, from {} on",
            self.moments.say(last.at)
        ))
    }

    /// The start that two witnesses date otherwise; nothing is decided by it.
    pub(crate) fn start_disputed(self) -> Option<String> {
        let times = self.period.start_disputed?;
        Some(format!(
            "{} by GitHub's record, {} by the runner's log; not decided",
            self.moments.say(times.record),
            self.moments.say(times.log)
        ))
    }

    /// Whether killed deserves a line: someone lost a job, or kept it.
    pub(crate) fn tells_killed(self) -> bool {
        match self.period.killed {
            Killed::Yes | Killed::Likely | Killed::No => true,
            Killed::Unknown => len(&self.period.killed_because) > 0,
        }
    }
}

/// What the true readings around the false ones were, as seen.
const fn pattern_words(pattern: Pattern) -> &'static str {
    match pattern {
        Pattern::NeverSet => "busy:true was not seen set in this job",
        Pattern::Late => "busy:true was seen only afterwards",
        Pattern::Flipped => "busy:true was seen before and not after",
        Pattern::Flapped => "busy:true was seen before and after",
    }
}

/// A sign, or what contradicts it.
pub(super) const fn plain_sign(because: KilledBecause) -> &'static str {
    match because {
        KilledBecause::Terminated => "the runner was terminated",
        KilledBecause::Shutdown => "the runner's log says it was told to shut down",
        KilledBecause::PostStepsSkipped => "its post-steps were skipped",
        KilledBecause::Annotation => "an annotation tells of a runner lost or stopped",
        KilledBecause::StepsUnfinished => "a step of it began and never ended",
        KilledBecause::DispatchWithoutFinish => {
            "the runner's log shows it begun and never finished"
        }
        KilledBecause::JobFailed => "the job failed",
        KilledBecause::JobCancelled => "the job was canceled",
        KilledBecause::JobSucceeded => "the job succeeded",
        KilledBecause::PostStepsRan => "its post-steps ran",
    }
}

/// "a", "a and b", "a, b and c".
pub(super) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}
