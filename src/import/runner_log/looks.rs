//! Lines told by their looks: which program wrote them, and which are no
//! evidence whoever wrote them.

use super::header::{self, Head, Process};
use super::layout::Layout;
use crate::import::account::Account;

/// Which program wrote a file, by the first line that tells.
pub(crate) fn writer(head: &[u8], layout: Layout) -> Process {
    let lines = head.split(|byte| *byte == b'\n');
    let mut heads = lines.filter_map(|line| Head::of(layout.lay(line).text));
    let told = heads.find_map(|head| match head.process {
        Some(_) => Some(Process::Runner),
        None if LISTENER.contains(&head.component) => Some(Process::Runner),
        None => WORKER.contains(&head.component).then_some(Process::Worker),
    });
    told.unwrap_or(Process::Runner)
}

/// Components that only the listener has, and those that only a worker has.
/// In the container's form each line says who wrote it.
const LISTENER: [&[u8]; 6] = [
    b"JobDispatcher",
    b"BrokerMessageListener",
    b"MessageListener",
    b"Listener",
    b"Runner",
    b"Terminal",
];
const WORKER: [&[u8]; 8] = [
    b"Worker",
    b"JobRunner",
    b"JobExtension",
    b"StepsRunner",
    b"ExecutionContext",
    b"ActionRunner",
    b"ActionManager",
    b"JobServerQueue",
];

/// Lines that are no evidence because of what somebody did to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Unusable {
    /// Without a date: retyped by people.
    pub(crate) undated: u64,
    /// Of the self-update script, by the host's local time.
    pub(crate) self_update: u64,
    /// Of more streams than are told apart in one file.
    pub(crate) crowded: u64,
    /// With a head that does not begin the line, or not where those of the
    /// others do: a part of another message, for all that is known.
    pub(crate) displaced: u64,
    /// Of the other program, in a file that begins with one's own log.
    pub(crate) foreign: u64,
}

impl Unusable {
    /// Counts a line that is unusable by its looks.
    pub(super) fn takes(&mut self, line: &[u8]) -> bool {
        if is_self_update(line) {
            self.self_update += 1;
        } else if has_head(line) {
            self.displaced += 1;
        } else if is_undated(line) {
            self.undated += 1;
        } else {
            return false;
        }
        true
    }

    pub(super) fn account(self) -> Account {
        let mut account = Account::default();
        account.skip(self.undated, "lines without a date, which are no evidence");
        account.skip(
            self.self_update,
            "lines of a self-update, by local time, which are no evidence",
        );
        account.skip(self.crowded, "lines of further streams");
        account.skip(
            self.displaced,
            "lines that do not begin where the first message of the file begins",
        );
        account.skip(
            self.foreign,
            "lines of the other program in one file: give the Runner log and the Worker log \
             each by itself",
        );
        account
    }
}

/// Whether a head stands behind an indentation such as Markdown wants, by which
/// it is no line of the message before it.
pub(super) fn is_indented(line: &[u8]) -> bool {
    let text = line.trim_ascii_start();
    let by = &line[..line.len() - text.len()];
    (4 <= by.len() || by == b"\t") && Head::of(text).is_some()
}

/// Whether a head stands anywhere in a line.
fn has_head(line: &[u8]) -> bool {
    memchr::memchr_iter(b'[', line).any(|at| Head::of(&line[at..]).is_some())
}

/// Whether only the other program has such a component.
pub(super) fn is_foreign(component: &[u8], process: Process) -> bool {
    match process {
        Process::Runner => WORKER.contains(&component),
        Process::Worker => LISTENER.contains(&component),
    }
}

/// `[2020-12-18 03:49:10-2074] text`: the self-update script, by local time.
pub(crate) fn is_self_update(line: &[u8]) -> bool {
    let Some((time, rest)) = line
        .strip_prefix(b"[")
        .and_then(|rest| rest.split_at_checked(header::TIME))
    else {
        return false;
    };
    let fraction = rest.strip_prefix(b"-").unwrap_or(b"");
    let dated = header::is_time(time) && fraction.first().is_some_and(u8::is_ascii_digit);
    dated || is_self_update_of_windows(line)
}

/// `[%date% %time%] --------whoami--------`, with which the script of Windows
/// begins: a date and a time as the host's culture writes them.
fn is_self_update_of_windows(line: &[u8]) -> bool {
    let text = b"] --------whoami--------";
    let Some(end) = memchr::memmem::find(line, text) else {
        return false;
    };
    let digits = line[..end].iter().filter(|byte| byte.is_ascii_digit());
    line.starts_with(b"[") && 4 <= digits.count()
}

/// A line with a level and a component of a runner, but without a date.
pub(crate) fn is_undated(line: &[u8]) -> bool {
    let mut words = line
        .split(|byte| b" []\t".contains(byte))
        .filter(|word| !word.is_empty())
        .take(6);
    let levels: [&[u8]; 4] = [b"INFO", b"WARN", b"ERR", b"CRIT"];
    words.by_ref().any(|word| levels.contains(&word))
        && words.next().is_some_and(|word| COMPONENTS.contains(&word))
}

/// Components by which a log of a runner is told.
const COMPONENTS: [&[u8]; 12] = [
    b"JobDispatcher",
    b"BrokerMessageListener",
    b"MessageListener",
    b"BrokerServer",
    b"RunServer",
    b"GitHubActionsService",
    b"Listener",
    b"Runner",
    b"Terminal",
    b"HostContext",
    b"Worker",
    b"JobRunner",
];
