//! `--runner` and `--label`: which runners are judged.

use std::collections::BTreeSet;

use wildmatch::WildMatch;

use crate::detect::{Detector, RunnerNames};
use crate::model::{Job, RunnerKey};
use crate::report::Narrowed;

/// What a user narrows the runners by; empty lists mean all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Narrow<'a> {
    pub(crate) globs: &'a [String],
    pub(crate) labels: &'a [String],
}

impl Narrow<'_> {
    /// Whether only some runners are wanted.
    pub(crate) fn is_any(&self) -> bool {
        !self.globs.is_empty() || !self.labels.is_empty()
    }

    /// The runners wanted, or `None` for all of them.
    pub(crate) fn runners(&self, detector: &Detector) -> Option<BTreeSet<RunnerKey>> {
        if !self.is_any() {
            return None;
        }
        let wanted = detector.runners().filter(|(_, names)| self.wants(names));
        Some(wanted.map(|(key, _)| key.clone()).collect())
    }

    /// Whether anything is left of the runners that were seen.
    pub(crate) fn left(&self, detector: &Detector) -> Narrowed {
        let mut seen = detector.runners().peekable();
        let none = seen.peek().is_some() && !seen.any(|(_, names)| self.wants(&names));
        if none && self.is_any() {
            Narrowed::ToNone
        } else {
            Narrowed::ToSome
        }
    }

    /// Whether a job ran on a runner that is wanted, by the labels it asked for.
    pub(crate) fn wants_job(&self, job: &Job) -> bool {
        let assignment = job.assignment.as_ref();
        let name = assignment.and_then(|own| own.runner_name.as_deref());
        let labels = job.labels.iter().flatten();
        self.wants(&RunnerNames {
            names: name.into_iter().collect(),
            labels: labels.map(|label| &**label).collect(),
        })
    }

    fn wants(&self, names: &RunnerNames) -> bool {
        let by_name = self.globs.is_empty()
            || self.globs.iter().any(|glob| {
                let pattern = WildMatch::new(glob);
                // Of one that nobody names nothing but "any name" is known to fit.
                let nameless = names.names.is_empty() && pattern.matches("");
                nameless || names.names.iter().any(|name| pattern.matches(name))
            });
        let by_label = self.labels.iter().all(|wanted| {
            let mut labels = names.labels.iter();
            labels.any(|label| label.eq_ignore_ascii_case(wanted))
        });
        by_name && by_label
    }
}
