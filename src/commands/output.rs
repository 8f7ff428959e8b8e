//! Where a report goes: stdout, or a file written whole and then renamed.
//! News of a watch goes line by line as it happens.

use std::fs::{self, File};
use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::news::Item;
use crate::cli::{ColorArg, FormatArg, OutputArgs};
use crate::exit::{self, Failure, Outcome, Trouble};
use crate::model::{Analysis, News, Told};
use crate::report::{self, FailOn, Format, Report, SourceNote, Style};

/// A report's destination, known to be writable before any work.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) format: Format,
    style: Style,
    width: u16,
    file: Option<Destination>,
}

/// What `-o` names.
#[derive(Debug)]
enum Destination {
    /// A file, written whole beside its place and then renamed.
    Place(NamedTempFile, PathBuf),
    /// A pipe or a device, which is written to and never replaced.
    Stream(File, PathBuf),
}

/// What a report says besides the analysis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) sources: &'a [SourceNote],
    pub(crate) fail_on: &'a FailOn,
    pub(crate) recording: Option<&'a Path>,
    pub(crate) outcome: Outcome,
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
    /// Tells news. What closes and settles at once is one line for people. A
    /// closed pipe is quiet.
    pub(crate) fn news(self, items: &[Item]) {
        let closed = |told: &Told| {
            items.iter().any(|other| {
                other.told.news == News::Closed
                    && Told {
                        news: News::Settled,
                        ..other.told.clone()
                    } == *told
            })
        };
        for item in items {
            let one_line = matches!(self, Self::Lines | Self::Aside) && closed(&item.told);
            if !one_line {
                self.tell(item);
            }
        }
    }

    fn tell(self, item: &Item) {
        let line = || report::news_line(&item.told, item.period);
        match self {
            Self::Silent => {}
            Self::Lines => drop(exit::print(format!("{}\n", line()).as_bytes())),
            Self::Aside => exit::say(&format!("{}\n", line())),
            Self::Events => {
                let event = report::news_json(&item.told, item.period);
                drop(exit::print(format!("{event}\n").as_bytes()));
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
        let file = match &args.output {
            None => None,
            Some(path) => Some(destination(path)?),
        };
        Ok(Self {
            format: format(args.format),
            style: style(args.color, file.is_some()),
            width: width(file.is_some()),
            file,
        })
    }

    /// How a watch in this format tells news.
    pub(crate) fn sink(&self) -> Sink {
        match self.format {
            Format::Table => Sink::Lines,
            Format::Ndjson => Sink::Events,
            Format::Markdown | Format::Json | Format::Csv => Sink::Aside,
            Format::Nagios => Sink::Silent,
        }
    }

    /// Tells a quiet run's listener that from now on, or no longer, nothing
    /// can be told.
    pub(crate) fn trouble(&self, news: News, analysis: &Analysis, around: Surroundings) {
        let what = if news == News::Opened {
            "trouble"
        } else {
            "trouble over"
        };
        let headline = report::headline(&self.report(analysis, around, None));
        match self.sink() {
            Sink::Lines => drop(exit::print(format!("{what}: {headline}\n").as_bytes())),
            Sink::Aside | Sink::Events | Sink::Silent => {
                exit::say(&format!("{what}: {headline}\n"));
            }
        }
    }

    fn report<'r>(
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
            recording,
            width: self.width,
            style: self.style,
        }
    }

    /// Writes the report. A closed pipe is quiet.
    pub(crate) fn write(self, analysis: &Analysis, around: Surroundings) -> Result<(), Failure> {
        let recording = around.recording.map(|path| path.display().to_string());
        let report = self.report(analysis, around, recording.as_deref());
        let mut bytes = Vec::new();
        let rendered = report::render(&report, self.format, &mut bytes);
        rendered.map_err(|error| failed("cannot render the report", error))?;
        match self.file {
            None => print(&bytes).map(drop),
            Some(destination) => destination.write(&bytes),
        }
    }
}

impl Destination {
    fn write(self, bytes: &[u8]) -> Result<(), Failure> {
        let (written, path) = match self {
            Self::Place(mut temporary, path) => {
                let written = temporary.write_all(bytes);
                let renamed = || temporary.persist(&path).map_err(|error| error.error);
                (written.and_then(|()| renamed().map(drop)), path)
            }
            Self::Stream(mut stream, path) => (stream.write_all(bytes), path),
        };
        written.map_err(|error| failed(&format!("cannot write {}", path.display()), error))
    }
}

/// Prints what a command made. A closed pipe is quiet.
pub(crate) fn print(bytes: &[u8]) -> Result<Outcome, Failure> {
    exit::print(bytes).map_err(unwritable)?;
    Ok(Outcome::Clean)
}

/// What was made could not be written.
pub(crate) fn unwritable(error: std::io::Error) -> Failure {
    failed("cannot write to stdout", error)
}

fn failed(what: &str, error: std::io::Error) -> Failure {
    Failure::Runtime(Trouble::new(
        anyhow::Error::new(error).context(what.to_owned()),
    ))
}

/// Opens what a path names; links are followed.
fn destination(named: &Path) -> Result<Destination, Failure> {
    let path = fs::canonicalize(named).unwrap_or_else(|_| named.to_owned());
    let opened = match fs::metadata(&path) {
        Ok(found) if found.is_dir() => Err(std::io::ErrorKind::IsADirectory.into()),
        Ok(found) if !found.is_file() => {
            let stream = File::options().write(true).open(&path);
            stream.map(|stream| Destination::Stream(stream, path))
        }
        Ok(_) | Err(_) => beside(&path).map(|file| Destination::Place(file, path)),
    };
    opened.map_err(|error| {
        let what = format!("cannot write {}", named.display());
        Failure::Usage(Trouble::new(anyhow::Error::new(error).context(what)))
    })
}

/// A temporary file in the directory of the wanted one, so that renaming is
/// atomic and nothing is left behind.
fn beside(path: &Path) -> std::io::Result<NamedTempFile> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    readable(&mut builder);
    builder.tempfile_in(directory)
}

/// A report is for others too: what the umask allows, not the 0600 of
/// temporary files.
#[cfg(unix)]
fn readable(builder: &mut tempfile::Builder) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(std::fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn readable(_builder: &mut tempfile::Builder) {}

fn format(arg: FormatArg) -> Format {
    match arg {
        FormatArg::Table => Format::Table,
        FormatArg::Markdown => Format::Markdown,
        FormatArg::Json => Format::Json,
        FormatArg::Ndjson => Format::Ndjson,
        FormatArg::Csv => Format::Csv,
        FormatArg::Nagios => Format::Nagios,
    }
}

fn set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0")
}

/// `NO_COLOR` and `CLICOLOR_FORCE` are honored; a file gets no color.
fn style(arg: ColorArg, to_file: bool) -> Style {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let terminal = !to_file && std::io::stdout().is_terminal() && !dumb;
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
