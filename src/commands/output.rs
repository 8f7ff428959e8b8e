//! Where a report goes: stdout, or a file written whole and then renamed.
//! News of a watch goes line by line as it happens.

use std::path::Path;

use super::news::Item;
use super::shown::Shown;
use crate::cli::{
    AnswerArgs, AnswerFormatArg, ColorArg, FormatArg, OutputArgs, ScanFormatArg, ScanOutputArgs,
};
use crate::exit::{Failure, Outcome, Trouble};
use crate::model::{Analysis, News, ReportVerdict, Timestamp, Told};
use crate::notify;
use crate::report::{
    self, AnswerFormat, Asked, FailOn, Format, Report, ScanFormat, SourceNote, Style,
};
use crate::streams;
use crate::whole::{Readers, WholeFile};

/// A report's destination, known to be writable before any work.
pub(crate) struct Output {
    pub(crate) format: Format,
    style: Style,
    width: u16,
    file: Option<WholeFile>,
    /// What stands for names.
    pub(crate) shown: Shown,
}

/// What a report says besides the analysis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) sources: &'a [SourceNote],
    pub(crate) fail_on: &'a FailOn,
    pub(crate) recording: Option<&'a Path>,
    pub(crate) outcome: Outcome,
    pub(crate) asked: Asked<'a>,
    /// What the report has to say besides.
    pub(crate) notes: &'a [String],
}

/// How news is told as it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sink {
    /// Not at all: the report at the end says everything.
    Silent,
    /// A line for people on stdout.
    Lines,
    /// A line for people on stderr, as stdout is for a machine.
    Aside,
    /// One JSON object a line on stdout.
    Events,
}

impl Sink {
    /// Tells news. What opens and counts at once is one event, and what closes
    /// and settles at once is one line for people. A closed pipe is quiet.
    pub(crate) fn news(self, items: &[Item], shown: &Shown) {
        let beside = |told: &Told, news: News| {
            let other = Told {
                news,
                ..told.clone()
            };
            items.iter().any(|item| item.told == other)
        };
        for item in items {
            let told = &item.told;
            let said_already = match told.news {
                News::Counted => beside(told, News::Opened),
                News::Settled => self != Self::Events && beside(told, News::Closed),
                News::Opened | News::Closed | News::Retracted => false,
            };
            if !said_already {
                self.tell(item, shown);
            }
        }
    }

    fn tell(self, item: &Item, shown: &Shown) {
        let told = shown.told(&item.told);
        let period = item.period.map(|period| shown.period(period));
        let line = || report::news_line(&told, period.as_deref());
        match self {
            Self::Silent => {}
            Self::Lines => drop(streams::print(format!("{}\n", line()).as_bytes())),
            Self::Aside => streams::say(&format!("{}\n", line())),
            Self::Events => {
                let event = report::news_json(&told, period.as_deref());
                drop(streams::print(format!("{event}\n").as_bytes()));
            }
        }
    }
}

impl Output {
    /// Settles format and destination.
    ///
    /// # Errors
    /// When the file cannot be created where it is wanted.
    pub(crate) fn open(args: &OutputArgs) -> Result<Self, Failure> {
        let file = create(args.output.as_deref())?;
        Ok(Self {
            format: format(args.format),
            style: style(args.color, file.is_some()),
            width: width(file.is_some()),
            file,
            shown: Shown::of(args.redact)?,
        })
    }

    /// How a watch in this format tells news.
    pub(crate) fn sink(&self) -> Sink {
        match self.format {
            Format::Table => Sink::Lines,
            Format::Ndjson => Sink::Events,
            Format::Markdown
            | Format::Json
            | Format::Csv
            | Format::Prometheus
            | Format::Github
            | Format::Html => Sink::Aside,
            Format::Nagios => Sink::Silent,
        }
    }

    /// How a quiet check does, which prints no report that a line of JSON
    /// could spoil.
    pub(crate) fn quiet_sink(&self) -> Sink {
        match self.format {
            Format::Json => Sink::Events,
            Format::Table
            | Format::Ndjson
            | Format::Markdown
            | Format::Csv
            | Format::Prometheus
            | Format::Github
            | Format::Html
            | Format::Nagios => self.sink(),
        }
    }

    /// Whether the report goes into a file.
    pub(crate) fn is_for_a_file(&self) -> bool {
        self.file.is_some()
    }

    /// Tells a quiet run's listener that from now on, or no longer, nothing
    /// can be told.
    pub(crate) fn trouble(&self, news: News, analysis: &Analysis, around: Surroundings) {
        let mut analysis = self.shown.analysis(analysis).into_owned();
        let what = if news == News::Opened {
            // Also where a finding is the verdict: what is open was told.
            analysis.verdict = ReportVerdict::Inconclusive;
            "trouble:"
        } else {
            "trouble over, now"
        };
        let headline = report::headline(&self.report(&analysis, around, None));
        let line = format!("{what} {headline}\n");
        match self.sink() {
            Sink::Lines => drop(streams::print(line.as_bytes())),
            Sink::Aside | Sink::Events | Sink::Silent => streams::say(&line),
        }
    }

    /// The same report as metrics.
    pub(crate) fn metrics(
        &self,
        analysis: &Analysis,
        around: Surroundings,
        before: Option<Timestamp>,
    ) -> String {
        report::metrics(&self.report(analysis, around, None), before)
    }

    pub(super) fn report<'r>(
        &self,
        analysis: &'r Analysis,
        around: Surroundings<'r>,
        recording: Option<&'r str>,
    ) -> Report<'r> {
        Report {
            analysis,
            sources: around.sources,
            notes: around.notes,
            tool_version: env!("CARGO_PKG_VERSION"),
            fail_on: around.fail_on,
            service: around.outcome.service(),
            asked: around.asked,
            recording,
            width: self.width,
            style: self.style,
        }
    }

    /// Writes the report. A closed pipe is quiet.
    pub(crate) fn write(self, analysis: &Analysis, around: Surroundings) -> Result<(), Failure> {
        let recording = around.recording.map(|path| path.display().to_string());
        let recording = recording.map(|path| self.shown.file(&path));
        let analysis = self.shown.analysis(analysis);
        let sources = self.shown.sources(around.sources);
        let notes = self.shown.notes(around.notes);
        let around = Surroundings {
            sources: &sources,
            notes: &notes,
            ..around
        };
        let report = self.report(&analysis, around, recording.as_deref());
        let bytes = rendered(&report, self.format)?;
        if self.format == Format::Github {
            summarize(&report)?;
        }
        deliver(self.file, &bytes)
    }
}

/// Destination of the answer to a question.
#[derive(Debug)]
pub(crate) struct Answering {
    format: AnswerFormat,
    file: Option<WholeFile>,
}

impl Answering {
    /// Settles format and destination.
    ///
    /// # Errors
    /// When the file cannot be created where it is wanted.
    pub(crate) fn open(args: &AnswerArgs) -> Result<Self, Failure> {
        Ok(Self {
            format: match args.format {
                AnswerFormatArg::Table => AnswerFormat::Table,
                AnswerFormatArg::Json => AnswerFormat::Json,
            },
            file: create(args.output.as_deref())?,
        })
    }

    /// Writes what `render` gives. A closed pipe is quiet.
    pub(crate) fn write(
        self,
        render: impl FnOnce(AnswerFormat, &mut dyn std::io::Write) -> std::io::Result<()>,
    ) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        let rendered = render(self.format, &mut bytes);
        rendered.map_err(|error| failed("cannot render the answer", error))?;
        deliver(self.file, &bytes)
    }
}

/// Destination of what a scan found.
#[derive(Debug)]
pub(crate) struct Scanning {
    format: ScanFormat,
    style: Style,
    width: u16,
    file: Option<WholeFile>,
}

impl Scanning {
    /// Settles format and destination.
    ///
    /// # Errors
    /// When the file cannot be created where it is wanted.
    pub(crate) fn open(args: &ScanOutputArgs) -> Result<Self, Failure> {
        let file = create(args.output.as_deref())?;
        Ok(Self {
            format: match args.format {
                ScanFormatArg::Table => ScanFormat::Table,
                ScanFormatArg::Markdown => ScanFormat::Markdown,
                ScanFormatArg::Json => ScanFormat::Json,
                ScanFormatArg::Csv => ScanFormat::Csv,
            },
            style: style(args.color, file.is_some()),
            width: width(file.is_some()),
            file,
        })
    }

    pub(crate) const fn style(&self) -> Style {
        self.style
    }

    pub(crate) const fn width(&self) -> u16 {
        self.width
    }

    /// Writes what `render` gives. A closed pipe is quiet.
    pub(crate) fn write(
        self,
        render: impl FnOnce(ScanFormat, &mut dyn std::io::Write) -> std::io::Result<()>,
    ) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        let rendered = render(self.format, &mut bytes);
        rendered.map_err(|error| failed("cannot render the report", error))?;
        deliver(self.file, &bytes)
    }
}

/// What is no report goes into a file: `-` would be one of that name.
///
/// # Errors
/// When it is given.
pub(super) fn no_dash(flag: &str, path: Option<&Path>) -> Result<(), Failure> {
    if path != Some(Path::new("-")) {
        return Ok(());
    }
    let error = anyhow::anyhow!("{flag} writes a file, so it cannot go to stdout");
    Err(Failure::Usage(
        Trouble::new(error).hint(format!("give {flag} FILE")),
    ))
}

/// A file that is written whole, where the flag says; `-` is stdout.
fn create(path: Option<&Path>) -> Result<Option<WholeFile>, Failure> {
    let path = path.filter(|path| *path != Path::new("-"));
    let create =
        |path| WholeFile::create(path, Readers::Usual).map_err(|error| no_place(path, &error));
    path.map(create).transpose()
}

/// To stdout, or where a flag says.
fn deliver(file: Option<WholeFile>, bytes: &[u8]) -> Result<(), Failure> {
    match file {
        None => print(bytes).map(drop),
        Some(file) => {
            let what = format!("cannot write {}", file.path().display());
            file.finish(bytes).map_err(|error| failed(&what, error))
        }
    }
}

/// Prints what a command made. A closed pipe is quiet.
pub(crate) fn print(bytes: &[u8]) -> Result<Outcome, Failure> {
    streams::print(bytes).map_err(unwritable)?;
    Ok(Outcome::Clean)
}

/// What was made could not be written.
pub(crate) fn unwritable(error: std::io::Error) -> Failure {
    failed("cannot write to stdout", error)
}

pub(super) fn rendered(report: &Report<'_>, format: Format) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let rendered = report::render(report, format, &mut bytes);
    rendered.map_err(|error| failed("cannot render the report", error))?;
    Ok(bytes)
}

/// Appends the ticket to the summary of the workflow's step, if this is one.
/// What keeps it from that keeps nothing else from its end.
fn summarize(report: &Report<'_>) -> Result<(), Failure> {
    let path = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
    let Some(path) = path else { return Ok(()) };
    let ticket = rendered(report, Format::Markdown)?;
    if let Err(error) = notify::append_summary(Path::new(&path), &ticket) {
        streams::say(&format!("warning: no step summary was written: {error}\n"));
    }
    Ok(())
}

/// A place that does not take a file, found before any work.
pub(super) fn no_place(path: &Path, error: &std::io::Error) -> Failure {
    // Its own text names a temporary file, which nobody asked for.
    let why = match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such directory".to_owned(),
        std::io::ErrorKind::Unsupported => "it is a pipe or a device".to_owned(),
        kind => kind.to_string(),
    };
    let error = anyhow::anyhow!("cannot write {}: {why}", path.display());
    Failure::Usage(Trouble::new(error).hint("name a file in a directory that takes files"))
}

pub(super) fn failed(what: &str, error: std::io::Error) -> Failure {
    Failure::Runtime(Trouble::new(
        anyhow::Error::new(error).context(what.to_owned()),
    ))
}

fn format(arg: FormatArg) -> Format {
    match arg {
        FormatArg::Table => Format::Table,
        FormatArg::Markdown => Format::Markdown,
        FormatArg::Json => Format::Json,
        FormatArg::Ndjson => Format::Ndjson,
        FormatArg::Csv => Format::Csv,
        FormatArg::Nagios => Format::Nagios,
        FormatArg::Prometheus => Format::Prometheus,
        FormatArg::Github => Format::Github,
        FormatArg::Html => Format::Html,
    }
}

fn set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0")
}

/// `NO_COLOR` and `CLICOLOR_FORCE` are honored; a file gets no color.
fn style(arg: ColorArg, to_file: bool) -> Style {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let terminal = !to_file && streams::is_terminal() && !dumb;
    let colored = match arg {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => !no_color && (set("CLICOLOR_FORCE") || terminal),
    };
    if colored { Style::Color } else { Style::Plain }
}

/// Columns of the terminal, or `COLUMNS`, or 80.
fn width(to_file: bool) -> u16 {
    let stated = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok());
    let terminal = terminal_size::terminal_size().map(|(width, _)| width.0);
    let seen = if to_file { None } else { terminal };
    stated.or(seen).unwrap_or(80)
}
