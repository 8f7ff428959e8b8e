//! A live run from its header to its report: what `watch` and `check` share
//! once everything is settled.

#[cfg(test)]
mod bare;

use std::rc::Rc;
use std::time::Duration;

use super::ledger::{Ledger, Rotated};
use super::news;
use super::output::{Sink, Surroundings};
use super::setup::Setup;
use super::shown::Shown;
use super::signals::Signals;
use crate::clock::{Clock, System};
use crate::detect::{self, Detector, View};
use crate::exit::{self, Failure, Outcome};
use crate::github::Client;
use crate::model::{
    Analysis, Host, Mono, News, Period, Record, ReportVerdict, Run, RunnerKey, Span, Stretch, Told,
};
use crate::notify::{Hook, MetricsFile};
use crate::poll::{Again, Fatal, Poller, Source, Waiting};
use crate::progress::Progress;
use crate::report::{self, Asked, FailOn};
use crate::streams;

/// A live run: a poller, a ledger, and what has been told.
pub(crate) struct Session<'a, S, C> {
    pub(crate) poller: Poller<'a, S, C>,
    pub(crate) clock: &'a C,
    pub(crate) ledger: Ledger,
    before: Before,
    /// What counts, and who is to hear of it.
    fail_on: &'a FailOn,
    hook: Option<Rc<Hook>>,
    /// Periods as they were last judged.
    last: Vec<Period>,
    pub(crate) progress: Rc<Progress>,
    pub(crate) cycles: u32,
    /// Those that neither a deadline nor a signal cut off.
    pub(crate) uncut: u32,
    /// What is told as it happens, and what stands for names in it.
    pub(crate) sink: Sink,
    pub(crate) stretched: Stretched,
    shown: Shown,
}

/// How the interval was stretched.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stretched {
    pub(crate) now: Option<Stretch>,
    longest: Option<Stretch>,
    told: Option<Span>,
}

impl Stretched {
    /// Gives a stretch that is to be told: clearly longer than any before, as
    /// prices go up and down from cycle to cycle.
    pub(crate) fn note(&mut self, now: Option<Stretch>) -> Option<Stretch> {
        self.now = now;
        let longer = self.longest.map(|it| it.interval) < now.map(|it| it.interval);
        self.longest = if longer { now } else { self.longest };
        let told = self.told.map_or(0, Span::as_millis);
        let news = now.filter(|it| told + told / 4 < it.interval.as_millis())?;
        self.told = Some(news.interval);
        Some(news)
    }
}

/// How things stood when a run began.
#[derive(Debug)]
pub(crate) struct Before {
    periods: Vec<Period>,
    /// Of the run before, on the same recording.
    troubled: bool,
}

impl Before {
    fn of(detector: &Detector, view: &View) -> Self {
        let analysis = detector.analysis(view);
        Self {
            troubled: detector.last_run().is_some_and(|run| {
                let verdict = verdict_of(run, &analysis);
                is_troubled(verdict, &analysis)
            }),
            periods: analysis.periods,
        }
    }

    /// Whether trouble began or ended with this analysis.
    fn trouble(&self, now: &Analysis) -> Option<News> {
        match (self.troubled, is_troubled(now.verdict, now)) {
            (false, true) => Some(News::Opened),
            (true, false) => Some(News::Closed),
            (true, true) | (false, false) => None,
        }
    }
}

/// Whether a run could not tell: an open finding is the verdict even where
/// nothing more was read.
fn is_troubled(verdict: ReportVerdict, analysis: &Analysis) -> bool {
    let but_for_findings = detect::verdict(&[], &analysis.coverage, &analysis.rules);
    [verdict, but_for_findings].contains(&ReportVerdict::Inconclusive)
}

/// What the last run on a recording said: what had ended before it is not its.
fn verdict_of(run: &Run, analysis: &Analysis) -> ReportVerdict {
    let own = |period: &&Period| period.end.by.is_none_or(|ended| run.began <= ended);
    let own: Vec<_> = analysis.periods.iter().filter(own).cloned().collect();
    detect::verdict(&own, &analysis.coverage, &analysis.rules)
}

/// How a run goes about its cycles.
pub(crate) struct Manner {
    pub(crate) command: &'static str,
    pub(crate) interval: Option<Span>,
    pub(crate) again: Again,
    /// Share of the hourly limit to keep to.
    pub(crate) budget: Option<f64>,
    /// Nothing is waited for beyond this: neither GitHub nor the recording.
    pub(crate) deadline: Option<Mono>,
    /// The run is over then, but for a cycle under way.
    pub(crate) ends: Option<Mono>,
    pub(crate) sink: Sink,
}

impl Setup {
    /// Opens the recording and begins a run on it.
    pub(crate) async fn begin(
        &self,
        manner: Manner,
        progress: &Rc<Progress>,
    ) -> Result<Session<'_, Client, System>, Failure> {
        let now = self.clock.mono();
        let mut ledger = self.open_ledger(manner.deadline.unwrap_or(now)).await?;
        if let Err(error) = ledger.delete_old(self.clock.wall()) {
            warn(&[error.to_string()]);
        }
        let view = self.view(&ledger.detector);
        let before = Before::of(&ledger.detector, &view);
        let since = ledger.detector.jobs_read_until();
        let before_it = ledger.detector.last_run().map(|run| run.id.clone());
        ledger.take(vec![Record::Run(Run {
            follows: before_it,
            ..self.header(manner.command, manner.interval)
        })]);
        let waits = Rc::clone(progress);
        let clock = self.clock;
        let poller = Poller::new(
            &self.client,
            &self.clock,
            self.poll_options(&manner, ledger.detector.runs()),
            since.unwrap_or(self.clock.wall()),
            Box::new(move |waiting: &Waiting| {
                say_waiting(&waits, waiting.until - clock.mono(), waiting);
            }),
        );
        let session = Session {
            poller,
            clock: &self.clock,
            ledger,
            last: before.periods.clone(),
            before,
            fail_on: &self.fail_on,
            hook: self.hook.clone(),
            progress: Rc::clone(progress),
            cycles: 0,
            uncut: 0,
            sink: manner.sink,
            stretched: Stretched::default(),
            shown: self.output.shown.clone(),
        };
        if self.metrics.as_ref().is_some_and(MetricsFile::is_new) {
            self.publish(&session.of_this_run(session.ledger.detector.analysis(&view)));
        }
        Ok(session)
    }

    /// Rewrites the metrics file, if there is to be one.
    pub(crate) fn publish(&self, analysis: &Analysis) {
        let Some(file) = &self.metrics else { return };
        let before = file.text().as_deref().and_then(report::last_success);
        let counted = self.fail_on.gravest(&analysis.periods);
        let around = Surroundings {
            sources: &[],
            fail_on: &self.fail_on,
            recording: None,
            outcome: Outcome::of(analysis.verdict, counted),
            asked: Asked::PLAIN,
            notes: &[],
        };
        let metrics = self.output.metrics(analysis, around, before);
        if let Some(error) = file.write(&metrics) {
            let path = file.path().display();
            streams::say(&format!("warning: cannot write {path}: {error}\n"));
        }
    }

    /// Reports what a run found, and gives its outcome.
    pub(crate) fn conclude(self, concluded: &Concluded, form: Form) -> Result<Outcome, Failure> {
        let Concluded {
            analysis,
            ledger,
            trouble,
            stretched,
        } = concluded;
        let counted = self.fail_on.gravest(&analysis.periods);
        let outcome = match Outcome::of(analysis.verdict, counted) {
            // The evidence is the point: without it nothing is clean.
            Outcome::Clean if ledger.failed().is_some() => Outcome::Inconclusive,
            outcome => outcome,
        };
        let failed = ledger.failed();
        let notes: Vec<_> = failed
            .map(|error| format!("the recording is incomplete: {error}"))
            .into_iter()
            .collect();
        warn(&notes);
        let stretched = stretched.map(|stretch| report::stretched(&stretch));
        let notes: Vec<_> = notes.into_iter().chain(stretched).collect();
        self.publish(analysis);
        let outcome = outcome.forgiving(self.exit_zero());
        let flags = self.flags(analysis);
        let around = Surroundings {
            sources: &[],
            fail_on: &self.fail_on,
            recording: ledger.path(),
            outcome,
            asked: Asked {
                flags: &flags,
                named: self.output.shown.named(),
                narrowed: self.narrow().left(&ledger.detector),
            },
            notes: &notes,
        };
        if let (Form::NewsOnly, Some(trouble)) = (form, trouble) {
            self.output.trouble(*trouble, analysis, around);
        }
        // A file is no noise: it is written whoever is listening.
        let written = if form == Form::Full || self.output.is_for_a_file() {
            self.output.write(analysis, around)
        } else {
            Ok(())
        };
        exit::told(outcome, written)
    }
}

/// What was told about runners in view: of others nothing is judged, and so
/// nothing is taken back.
fn told_in(view: &View, host: &Host, told: &[Told]) -> Vec<Told> {
    let in_view = |told: &&Told| {
        let key = RunnerKey {
            host: host.clone(),
            scope: told.scope.clone(),
            id: told.runner,
        };
        let wanted = view.runners.as_ref();
        wanted.is_none_or(|wanted| wanted.contains(&key))
    };
    told.iter().filter(in_view).cloned().collect()
}

/// Waits for alerts under way, unless a signal comes.
pub(crate) async fn finish_alerts(hook: Option<Rc<Hook>>, signals: &mut Signals) {
    let Some(hook) = hook else { return };
    let failures = tokio::select! {
        failures = hook.finish() => failures,
        _ = signals.next() => vec!["--on-desync was cut off by a signal".to_owned()],
    };
    warn(&failures);
}

/// Says on stderr what keeps nothing from going on.
pub(crate) fn warn(failures: &[String]) {
    for failure in failures {
        streams::say(&format!("warning: {failure}\n"));
    }
}

/// Shows a wait; a long one also where there is no terminal to look at.
pub(super) fn say_waiting(progress: &Progress, span: Span, waiting: &Waiting) {
    if LONG_WAIT <= span {
        let secs = span.as_millis() / 1000;
        let line = format!("waiting {secs} s for {}\n", waiting.why);
        progress.suspend(|| streams::say(&line));
    }
    progress.waits(span, &waiting.why);
}

/// A run that is over.
pub(crate) struct Concluded {
    analysis: Analysis,
    ledger: Ledger,
    /// Whether it began or ended trouble: being unable to tell.
    trouble: Option<News>,
    /// How far the interval was stretched at most.
    stretched: Option<Stretch>,
}

/// What a run says at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Full,
    /// Nothing but the news it told, and the file that was asked for.
    NewsOnly,
}

impl<S: Source, C: Clock> Session<'_, S, C> {
    /// One cycle: sweep, judge, confirm, judge.
    pub(crate) async fn cycle(&mut self, view: impl Fn(&Detector) -> View) -> Result<(), Fatal> {
        let detector = &self.ledger.detector;
        let open = detector.open_jobs();
        let standing = detector.candidates(&view(detector));
        let swept = self.poller.sweep(&open, &standing).await;
        if swept.is_err() {
            self.poller.end_cycle();
        }
        self.collect();
        swept?;
        let detector = &self.ledger.detector;
        let candidates = detector.candidates(&view(detector));
        self.poller.confirm(&candidates).await;
        self.poller.end_cycle();
        self.collect();
        self.ledger.detector.seal(&view);
        self.cycles += 1;
        self.uncut += 1;
        Ok(())
    }

    /// Ends a cycle that a deadline or a signal cut off.
    pub(crate) fn cut_off(&mut self, view: impl FnOnce(&Detector) -> View) {
        self.poller.cut_off();
        self.poller.end_cycle();
        self.collect();
        self.ledger.detector.seal(view);
        self.cycles += 1;
    }

    /// Makes durable what was read, and tells nothing of it.
    pub(crate) fn keep(&mut self, view: &View) {
        let analysis = self.ledger.detector.analysis(view);
        self.ledger.sync(&analysis);
    }

    /// Moves what was read into the ledger.
    pub(crate) fn collect(&mut self) {
        self.ledger.take_raws(self.poller.drain_raws());
        self.ledger.take(self.poller.drain());
    }

    /// Judges, tells the news, and makes it durable.
    pub(crate) fn tell(&mut self, view: &View) -> Analysis {
        let mut analysis = self.ledger.detector.analysis(view);
        let redirects = self.poller.redirects();
        let requests = analysis.requests;
        analysis.requests = requests.map(|requests| requests.and_redirects(redirects));
        let at = self.clock.mono();
        let told = told_in(view, &analysis.host, self.ledger.detector.told());
        let items = news::news(&analysis.periods, &told, self.fail_on, at);
        self.progress
            .suspend(|| self.sink.news(&items, &self.shown));
        let alerts = news::alerts(&items, &told, &self.last);
        let records: Vec<_> = items
            .into_iter()
            .map(|item| Record::Told(item.told))
            .collect();
        self.ledger.take(records);
        self.ledger.sync(&analysis);
        // After it is recorded: an alert is not to come again with each check.
        if let Some(hook) = &self.hook {
            for of_one in alerts {
                hook.send(of_one);
            }
            self.last.clone_from(&analysis.periods);
        }
        if self.ledger.rotate_if_long(&analysis) == Rotated::Yes {
            // A 304 in the new file would refer to a body in the old one.
            self.poller.forget_answers();
            if let Err(error) = self.ledger.delete_old(self.clock.wall()) {
                self.progress.suspend(|| warn(&[error.to_string()]));
            }
        }
        analysis
    }

    /// What this run judges: periods open at its start, or opened, closed or
    /// settled by it.
    pub(crate) fn of_this_run(&self, mut analysis: Analysis) -> Analysis {
        analysis.periods = news::of_this_run(&self.before.periods, analysis.periods);
        analysis.verdict = detect::verdict(&analysis.periods, &analysis.coverage, &analysis.rules);
        analysis
    }

    /// Ends the run.
    pub(crate) fn end(self, analysis: Analysis) -> Concluded {
        let mut analysis = self.of_this_run(analysis);
        analysis.caveats.extend(self.ledger.caveats());
        analysis.caveats.sort_unstable();
        analysis.caveats.dedup();
        Concluded {
            trouble: self.before.trouble(&analysis),
            stretched: self.stretched.longest,
            analysis,
            ledger: self.ledger,
        }
    }
}

/// Waits from this length on are told.
const LONG_WAIT: Span = Span::secs(5);

/// Two seconds: what the end of a run may take for a last look at open jobs.
pub(crate) const LAST_LOOK: Duration = Duration::from_secs(2);
