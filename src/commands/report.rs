//! `report`: rebuilds the report from recordings and any other evidence
//! files, offline.

use std::fs::File;
use std::io::{BufRead, Read};
use std::path::Path;

use super::ledger;
use super::output::{Output, Surroundings};
use super::view::Narrow;
use crate::cli::ReportArgs;
use crate::detect::{CoverageOf, Detector, View};
use crate::exit::{self, ExitZero, Failure, Outcome, Trouble};
use crate::import::{self, Assumed, FileKind};
use crate::model::{Caveat, Host, ImportedJob, Record, Rules, Timestamp};
use crate::record;
use crate::report::{FailOn, SourceKind, SourceNote};

/// What the files hold together.
#[derive(Default)]
struct Evidence {
    recordings: Vec<Vec<Record>>,
    jobs: Vec<ImportedJob>,
    readings: Vec<import::ReadingLine>,
    sources: Vec<SourceNote>,
    caveats: Vec<Caveat>,
}

/// Reads every file, judges, reports.
pub(crate) fn report(args: &ReportArgs) -> Result<Outcome, Failure> {
    let fail_on = FailOn::parse(&args.judging.fail_on)
        .map_err(|error| Failure::Usage(Trouble::new(error)))?;
    let output = Output::open(&args.output)?;
    let mut evidence = Evidence::default();
    for file in &args.files {
        evidence.read(file)?;
    }
    evidence.sources.sort_by(|a, b| a.file.cmp(&b.file));
    let mut caveats = std::mem::take(&mut evidence.caveats);
    let sources = std::mem::take(&mut evidence.sources);
    let detector = evidence.judge(args, &mut caveats)?;
    let narrow = Narrow {
        globs: &args.runners,
        labels: &[],
    };
    let view = View {
        rules: Rules {
            lag_limit: args.judging.lag_limit,
            min_coverage: args.judging.min_coverage,
            clock_bound: args.clock_bound,
        },
        since: args.since,
        until: args.until,
        runners: narrow.runners(&detector),
        coverage_of: CoverageOf::Everything,
    };
    let mut analysis = detector.analysis(&view);
    analysis.caveats.extend(caveats);
    analysis.caveats.sort_unstable();
    analysis.caveats.dedup();
    let exit_zero = if args.judging.exit_zero {
        ExitZero::Yes
    } else {
        ExitZero::No
    };
    let outcome = Outcome::of(analysis.verdict, fail_on.gravest(&analysis.periods));
    let outcome = outcome.forgiving(exit_zero);
    let around = Surroundings {
        sources: &sources,
        fail_on: &fail_on,
        recording: None,
        outcome,
        notes: &[],
    };
    exit::told(outcome, output.write(&analysis, around))
}

impl Evidence {
    fn read(&mut self, path: &Path) -> Result<(), Failure> {
        let name = path.display().to_string();
        let unreadable = |error: anyhow::Error| {
            let what = format!("nothing was reported: cannot read {name}");
            Failure::Usage(Trouble::new(error.context(what)))
        };
        let reader: Box<dyn Read> = if path == Path::new("-") {
            Box::new(std::io::stdin())
        } else {
            Box::new(File::open(path).map_err(|error| unreadable(error.into()))?)
        };
        let mut reader = import::decompress(reader).map_err(|error| unreadable(error.into()))?;
        let kind = import::sniff(&mut *reader).map_err(|error| unreadable(error.into()))?;
        let taken = match kind {
            FileKind::Recording => self.recording(name.clone(), reader),
            FileKind::Jobs => self.imported(&name, SourceKind::Jobs, reader),
            FileKind::Readings => self.imported(&name, SourceKind::Readings, reader),
        };
        taken.map_err(unreadable)
    }

    fn recording(&mut self, file: String, reader: impl BufRead) -> anyhow::Result<()> {
        let mut reader = record::Reader::new(reader);
        let mut records = Vec::new();
        for read in &mut reader {
            if let record::Read::Record { record, .. } = read? {
                records.push(*record);
            }
        }
        let notes = reader.notes();
        self.caveats.extend(ledger::caveats(notes));
        self.sources.push(SourceNote {
            file,
            kind: SourceKind::Recording,
            records: notes.records,
            skipped: notes.skipped(),
            notes: notes.damaged.clone(),
        });
        self.recordings.push(records);
        Ok(())
    }

    fn imported(
        &mut self,
        file: &str,
        kind: SourceKind,
        mut reader: impl BufRead,
    ) -> anyhow::Result<()> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        let imported = match kind {
            SourceKind::Readings => import::parse_readings(&bytes)?,
            SourceKind::Jobs | SourceKind::Recording => import::parse_jobs(&bytes)?,
        };
        self.sources.push(SourceNote {
            file: file.to_owned(),
            kind,
            records: (imported.jobs.len() + imported.readings.len()) as u64,
            skipped: imported.skipped.len() as u64,
            notes: imported.skipped,
        });
        self.jobs.extend(imported.jobs);
        self.readings.extend(imported.readings);
        Ok(())
    }

    /// Feeds everything in an order that does not depend on that of the
    /// arguments.
    fn judge(mut self, args: &ReportArgs, caveats: &mut Vec<Caveat>) -> Result<Detector, Failure> {
        let mut detector = Detector::default();
        self.recordings
            .sort_by_cached_key(|records| end_of(records));
        for record in self.recordings.into_iter().flatten() {
            detector.feed(record);
        }
        let needs_scope = self.readings.iter().any(|reading| reading.scope.is_none());
        let scope = if needs_scope {
            let (scope, assumed) =
                import::resolve_scope(args.scope.clone(), &self.jobs).map_err(|error| {
                    Failure::Usage(
                        Trouble::new(error)
                            .hint("give --scope repo:OWNER/REPO, org:ORG or enterprise:NAME"),
                    )
                })?;
            caveats.extend((assumed == Assumed::FromJobs).then_some(Caveat::ScopeAssumed));
            Some(scope)
        } else {
            None
        };
        let host = self
            .jobs
            .first()
            .map_or_else(Host::github_com, |job| job.host.clone());
        self.jobs.sort_by_key(|imported| imported.job.id);
        for job in self.jobs {
            detector.feed(Record::Job(job));
        }
        self.readings
            .sort_by_key(|reading| (reading.at, reading.runner_id));
        for reading in self.readings {
            if let Some(record) = reading.record(&host, scope.as_ref()) {
                detector.feed(record);
            }
        }
        Ok(detector)
    }
}

/// Orders recordings by where they end, so that the rotated parts of one run
/// come in their order.
fn end_of(records: &[Record]) -> (Option<Timestamp>, Option<u64>) {
    let mut runs = records.iter().rev().filter_map(|record| match record {
        Record::Run(run) => Some(run.began),
        _ => None,
    });
    let mut exchanges = records.iter().rev().filter_map(|record| match record {
        Record::Exchange(exchange) => Some(exchange.number),
        _ => None,
    });
    (runs.next(), exchanges.next())
}
