//! Follows a JSON dump across the lines of a log and gives its scalars, each
//! with the place where it stands. Nothing is kept but the names of a short
//! list: a worker's dump holds scripts and inputs (`runner-logs.md` §4).

/// Where in a dump its lines are.
#[derive(Debug)]
pub(super) struct Dump {
    begins: Begins,
    path: Vec<Frame>,
}

/// How much of a dump there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begins {
    /// From its opening brace on.
    AtStart,
    /// The beginning is cut off, so what looks like the outermost object may
    /// be an inner one.
    Inside,
}

/// One container on the way to a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    Object {
        key: Option<Name>,
        /// Value of its `k`: a context is written as `{"k": …, "v": …}`.
        entry: Option<Name>,
    },
    Array,
}

/// Keys that mean something somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    AgentId,
    Agent,
    GitHubUrl,
    Plan,
    PlanId,
    JobId,
    DisplayedAs,
    ContextData,
    GitHub,
    Job,
    Entries,
    Key,
    Value,
    RunId,
    RunAttempt,
    Repository,
    CheckRunId,
    Other,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fed {
    Inside,
    /// The outermost object was closed.
    Done,
    /// An object was closed that was not seen to open: what was taken for
    /// the outermost one was not.
    Outgrown,
}

/// Nothing of interest is nested deeper.
const DEEPEST: usize = 64;

impl Dump {
    pub(super) fn new(begins: Begins) -> Self {
        let path = match begins {
            Begins::AtStart => Vec::new(),
            Begins::Inside => vec![OBJECT],
        };
        Self { begins, path }
    }

    /// Takes one line in; gives each scalar, as it is written, and the path
    /// to it. A text comes without its quotes and is not unescaped.
    pub(super) fn feed(&mut self, line: &[u8], mut each: impl FnMut(&[Frame], &[u8])) -> Fed {
        let line = line.trim_ascii();
        let mut fed = Fed::Inside;
        let mut at = 0;
        while let Some(&byte) = line.get(at) {
            at += 1;
            match byte {
                b'{' | b'[' if self.path.len() == DEEPEST => return Fed::Done,
                b'{' => self.path.push(OBJECT),
                b'[' => self.path.push(Frame::Array),
                b'}' | b']' => match self.close() {
                    Fed::Inside => {}
                    Fed::Done => return Fed::Done,
                    Fed::Outgrown => fed = Fed::Outgrown,
                },
                b',' => self.next_entry(),
                b':' | b' ' | b'\t' => {}
                b'"' => {
                    let text = text(&line[at..]);
                    self.text(text, &mut each);
                    at += text.len() + 1;
                }
                _ => {
                    let literal = literal(&line[at - 1..]);
                    each(&self.path, literal);
                    at += literal.len() - 1;
                }
            }
        }
        fed
    }

    fn close(&mut self) -> Fed {
        self.path.pop();
        match self.begins {
            _ if !self.path.is_empty() => Fed::Inside,
            Begins::AtStart => Fed::Done,
            Begins::Inside => {
                self.path.push(OBJECT);
                Fed::Outgrown
            }
        }
    }

    fn next_entry(&mut self) {
        if let Some(Frame::Object { key, .. }) = self.path.last_mut() {
            *key = None;
        }
    }

    fn text(&mut self, text: &[u8], each: &mut impl FnMut(&[Frame], &[u8])) {
        match self.path.last_mut() {
            Some(Frame::Object {
                key: key @ None, ..
            }) => *key = Some(Name::of(text)),
            Some(Frame::Object {
                key: Some(Name::Key),
                entry,
            }) => *entry = Some(Name::of(text)),
            _ => each(&self.path, text),
        }
    }
}

const OBJECT: Frame = Frame::Object {
    key: None,
    entry: None,
};

/// A text up to its closing quote; all of it where a line is cut.
fn text(rest: &[u8]) -> &[u8] {
    let mut at = 0;
    while let Some(mark) = memchr::memchr2(b'"', b'\\', rest.get(at..).unwrap_or(b"")) {
        at += mark;
        if rest[at] == b'"' {
            return &rest[..at];
        }
        at += 2;
    }
    rest
}

/// A number or a word; at least one byte.
fn literal(rest: &[u8]) -> &[u8] {
    let end = rest.iter().position(|byte| b",]} \t".contains(byte));
    &rest[..end.unwrap_or(rest.len()).max(1)]
}

impl Name {
    fn of(text: &[u8]) -> Self {
        match text {
            b"AgentId" | b"agentId" => Self::AgentId,
            b"AgentName" | b"agentName" => Self::Agent,
            b"GitHubUrl" | b"gitHubUrl" => Self::GitHubUrl,
            b"plan" => Self::Plan,
            b"planId" => Self::PlanId,
            b"jobId" => Self::JobId,
            b"jobDisplayName" => Self::DisplayedAs,
            b"contextData" => Self::ContextData,
            b"github" => Self::GitHub,
            b"job" => Self::Job,
            b"d" => Self::Entries,
            b"k" => Self::Key,
            b"v" => Self::Value,
            b"run_id" => Self::RunId,
            b"run_attempt" => Self::RunAttempt,
            b"repository" => Self::Repository,
            b"check_run_id" => Self::CheckRunId,
            _ => Self::Other,
        }
    }
}
