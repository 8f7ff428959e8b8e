//! What `scan` looked at, in numbers, and what that allows to say.

/// Whether a scan found what it looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanVerdict {
    /// Jobs died under their runner.
    Deaths,
    /// None were found, and too little was read to say that there are none.
    Inconclusive,
    Clean,
}

impl ScanVerdict {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Deaths => "deaths",
            Self::Inconclusive => "inconclusive",
            Self::Clean => "clean",
        }
    }
}

/// How a scan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanEnd {
    Complete,
    /// Somebody stopped it.
    Interrupted,
}

/// Whether all runs of the time are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RunsListed {
    All,
    /// A list of repositories or of runs was not read to its end.
    Some,
}

/// Why annotations are not known, if they are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnnotationAccess {
    Granted,
    /// The credential does not open them.
    Refused,
}

/// What a scan looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScanCounts {
    pub(crate) repos: u64,
    pub(crate) listed: RunsListed,
    /// Runs of the time, and older ones that were unfinished at the last
    /// scan.
    pub(crate) runs: u64,
    /// Those whose jobs are known, now or from an earlier scan.
    pub(crate) runs_read: u64,
    /// Those of them that an earlier scan read.
    pub(crate) runs_remembered: u64,
    /// Those that have not ended: the next scan reads them again.
    pub(crate) runs_unfinished: u64,
    /// Ended jobs on the runners wanted, all attempts.
    pub(crate) jobs: u64,
    /// Whether only some runners are.
    pub(crate) narrowed: bool,
    /// Jobs whose annotations can tell more than their record.
    pub(crate) annotations: u64,
    pub(crate) annotations_read: u64,
    pub(crate) access: AnnotationAccess,
}

impl ScanCounts {
    /// Usable answers over those that were needed; `None` when none was.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of runs are far below 2^52"
    )]
    pub(crate) fn coverage(&self) -> Option<f64> {
        let needed = self.runs + self.annotations;
        let got = self.runs_read + self.annotations_read;
        (0 < needed).then(|| got as f64 / needed as f64)
    }

    /// Whether no ended job was on a runner that is wanted.
    pub(crate) fn is_of_nobody(&self) -> bool {
        self.narrowed && self.jobs == 0
    }

    /// Whether enough is known to say that there are no others.
    pub(crate) fn suffices(&self, min_coverage: f64) -> bool {
        let all = self.listed == RunsListed::All && 0 < self.repos;
        // A name or label that nobody bears says nothing of anybody.
        all && !self.is_of_nobody() && self.coverage().is_none_or(|own| min_coverage <= own)
    }
}
