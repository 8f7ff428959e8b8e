//! `--runner` and `--label`: which runners are judged.

use std::collections::BTreeSet;

use wildmatch::WildMatch;

use crate::detect::{Detector, RunnerNames};
use crate::model::RunnerKey;

/// What a user narrows the runners by; empty lists mean all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Narrow<'a> {
    pub(crate) globs: &'a [String],
    pub(crate) labels: &'a [String],
}

impl Narrow<'_> {
    /// The runners wanted, or `None` for all of them.
    pub(crate) fn runners(&self, detector: &Detector) -> Option<BTreeSet<RunnerKey>> {
        if self.globs.is_empty() && self.labels.is_empty() {
            return None;
        }
        let wanted = detector.runners().filter(|(_, names)| self.wants(names));
        Some(wanted.map(|(key, _)| key.clone()).collect())
    }

    fn wants(&self, names: &RunnerNames) -> bool {
        let by_name = self.globs.is_empty()
            || self.globs.iter().any(|glob| {
                let pattern = WildMatch::new(glob);
                names.names.iter().any(|name| pattern.matches(name))
            });
        let by_label = self.labels.iter().all(|wanted| {
            let mut labels = names.labels.iter();
            labels.any(|label| label.eq_ignore_ascii_case(wanted))
        });
        by_name && by_label
    }
}
