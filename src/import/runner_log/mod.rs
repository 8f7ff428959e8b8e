//! Runner logs (`Runner_*.log`, `Worker_*.log`): the third witness. Read as
//! a stream: what is kept grows with the events of a log, not with its size.
//!
//! The way of a line: [`lines`](super::lines) gives it, [`layout`] takes off
//! what an export put before it, [`header`] reads its head, [`log`] keeps
//! the state of its process, [`listener`] or [`worker`] say what its message
//! means, and [`page`] holds what came of it. [`whose`] then finds out which
//! runner's pages they are and [`follow`] which go on from which, [`whole`] puts those of one log together, and
//! [`join`] makes records of them.

mod discreet;
mod dump;
mod follow;
mod header;
mod jobs;
mod join;
mod layout;
mod lease;
mod listener;
mod log;
mod looks;
mod page;
#[cfg(test)]
pub(crate) mod tests;
mod trouble;
mod whole;
mod whose;
mod worker;

use std::collections::HashMap;
use std::io::{self, BufRead};

pub(crate) use header::Process;
pub(crate) use join::join;
pub(crate) use layout::Layout;
pub(crate) use looks::{is_self_update, is_undated, writer};
pub(crate) use page::Page;

use header::{Head, instant};
use layout::Laid;
use log::Log;
use looks::Unusable;

use crate::model::{Host, RunnerId, Scope};

/// What one file holds.
#[derive(Debug)]
pub(crate) struct LogFile {
    pub(crate) pages: Vec<Page>,
    /// Lines that cannot be used, by what they are.
    pub(crate) unusable: Unusable,
}

/// Reads a log. `otherwise` is who writes where the lines do not say it.
///
/// # Errors
/// Those of the source.
pub(crate) fn read(
    source: &mut dyn BufRead,
    layout: Option<Layout>,
    otherwise: Process,
) -> io::Result<LogFile> {
    let mut reader = Reader {
        layout: layout.unwrap_or(Layout::PLAIN),
        otherwise,
        streams: Vec::new(),
        by_name: HashMap::new(),
        current: 0,
        unusable: Unusable::default(),
    };
    super::lines::for_each_line(source, |line| reader.line(line))?;
    Ok(reader.finish())
}

/// One file as it is read.
struct Reader {
    layout: Layout,
    otherwise: Process,
    streams: Vec<Stream>,
    by_name: HashMap<Vec<u8>, usize>,
    current: usize,
    unusable: Unusable,
}

/// One of the streams merged into a file, such as a pod of several.
struct Stream {
    name: Vec<u8>,
    listener: Option<Log>,
    worker: Option<Log>,
    wrote: Wrote,
    /// A line of which the rest is still to come.
    partial: Vec<u8>,
}

/// What the last line was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrote {
    /// Nothing with a head yet.
    Nothing,
    /// A message that may go on in lines without a head.
    Message(Process),
    /// A message in the container's form, where every line has a head, unless the
    /// runner was told not to repeat it.
    Whole(Process),
}

/// Lines of more streams in one file are passed over.
const MOST_STREAMS: usize = 1 << 12;

/// More of a line in parts is dropped.
const LONGEST_PARTIAL: usize = 1 << 16;

impl Reader {
    fn line(&mut self, line: &[u8]) {
        let laid = self.layout.lay(line);
        let Some(current) = self.stream(&laid) else {
            self.unusable.crowded += 1;
            return;
        };
        self.current = current;
        let (otherwise, unusable) = (self.otherwise, &mut self.unusable);
        let stream = &mut self.streams[self.current];
        if laid.is_partial() {
            let room = LONGEST_PARTIAL.saturating_sub(stream.partial.len());
            let part = &laid.text[..laid.text.len().min(room)];
            stream.partial.extend_from_slice(part);
        } else if stream.partial.is_empty() {
            stream.text(laid.text, otherwise, unusable);
        } else {
            let mut whole = std::mem::take(&mut stream.partial);
            whole.extend_from_slice(laid.text);
            stream.text(&whole, otherwise, unusable);
        }
    }

    /// Index of the stream a line is of; that of the line before, mostly.
    /// None when there are too many.
    fn stream(&mut self, laid: &Laid<'_>) -> Option<usize> {
        let is = |stream: &Stream| {
            let named = stream.name.split(|byte| *byte == b' ');
            named.filter(|word| !word.is_empty()).eq(laid.stream())
        };
        if self.streams.get(self.current).is_some_and(is) {
            return Some(self.current);
        }
        let name = laid.stream().collect::<Vec<_>>().join(&b' ');
        if let Some(known) = self.by_name.get(&name) {
            return Some(*known);
        }
        let next = self.streams.len();
        (next < MOST_STREAMS).then(|| {
            self.streams.push(Stream::new(name.clone()));
            self.by_name.insert(name, next);
            next
        })
    }

    fn finish(mut self) -> LogFile {
        for stream in &mut self.streams {
            let cut = std::mem::take(&mut stream.partial);
            stream.text(&cut, self.otherwise, &mut self.unusable);
        }
        let streams = self.streams.into_iter();
        let logs = streams.flat_map(|stream| [stream.listener, stream.worker]);
        LogFile {
            pages: logs.flatten().flat_map(Log::finish).collect(),
            unusable: self.unusable,
        }
    }
}

impl Stream {
    fn new(name: Vec<u8>) -> Self {
        Self {
            name,
            listener: None,
            worker: None,
            wrote: Wrote::Nothing,
            partial: Vec::new(),
        }
    }

    fn text(&mut self, line: &[u8], otherwise: Process, unusable: &mut Unusable) {
        if let Some(head) = Head::of(line) {
            let process = head.process.unwrap_or(otherwise);
            if head.process.is_none() && looks::is_foreign(head.component, process) {
                unusable.foreign += 1;
            }
            self.wrote = match head.process {
                Some(_) => Wrote::Whole(process),
                None => Wrote::Message(process),
            };
            self.log(process).head(&head);
            return;
        }
        let wrote = self.wrote;
        if let Wrote::Message(process) | Wrote::Whole(process) = wrote
            && looks::is_indented(line)
            && !self.log(process).is_inside()
        {
            unusable.displaced += 1;
            return;
        }
        match wrote {
            Wrote::Message(process) => self.log(process).more(line),
            Wrote::Whole(process) if listener::timed(line).is_none() => {
                self.log(process).goes_on_with(line);
            }
            Wrote::Whole(_) => self.shown(line),
            Wrote::Nothing if unusable.takes(line) => {}
            Wrote::Nothing if listener::timed(line).is_some() => self.shown(line),
            Wrote::Nothing if otherwise == Process::Worker => {
                self.log(otherwise).before_any_head(line);
            }
            Wrote::Nothing => {}
        }
    }

    /// A line of the terminal, with a time of its own.
    fn shown(&mut self, line: &[u8]) {
        let Some((time, rest)) = listener::timed(line) else {
            return;
        };
        if let Some(at) = instant(time) {
            let log = self.log(Process::Runner);
            log.page.reaches(at);
            listener::shown(log, at, rest);
        }
    }

    fn log(&mut self, process: Process) -> &mut Log {
        let name = &self.name;
        let log = match process {
            Process::Runner => &mut self.listener,
            Process::Worker => &mut self.worker,
        };
        log.get_or_insert_with(|| {
            let name = (!name.is_empty()).then(|| page::text(name));
            Log::new(process, name)
        })
    }
}

impl LogFile {
    /// Where the runners of this log are registered, as it states, with their
    /// ids.
    pub(crate) fn homes(&self) -> impl Iterator<Item = (Option<RunnerId>, &(Host, Scope))> {
        let settings = self.pages.iter().map(|page| &page.settings);
        settings.filter_map(|settings| Some((settings.id, settings.home.as_ref()?)))
    }

    /// Whether it names a runner, and not where that is registered.
    pub(crate) fn is_homeless(&self) -> bool {
        let mut settings = self.pages.iter().map(|page| &page.settings);
        settings.any(|settings| settings.id.is_some() && settings.home.is_none())
    }

    /// Identity of a runner from its own `.runner` file, as a page that holds
    /// nothing else.
    pub(crate) fn of_settings(json: &[u8]) -> Self {
        let mut page = Page::new(Process::Runner, None);
        let mut dump = dump::Dump::new(dump::Begins::AtStart);
        for line in json.split(|byte| *byte == b'\n') {
            dump.feed(line, |path, scalar| {
                listener::setting(&mut page, path, scalar);
            });
        }
        Self {
            pages: vec![page],
            unusable: Unusable::default(),
        }
    }
}
