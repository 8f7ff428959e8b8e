//! Names become pseudonyms, so that a report can leave the house: the same
//! name the same pseudonym, everywhere in one run, by a keyed hash.
//!
//! It maps values of the model to values of the model, before anything is
//! rendered: `analysis` for a report, `records` for a recording. Each walk
//! takes every struct apart field by field, so that a field that is new does
//! not compile until somebody has decided whether it holds a name. A text
//! that is neither known to be harmless nor understood counts as a name.
//!
//! Numeric ids, request ids, times and versions stay: GitHub's support finds
//! an incident by them, and they name nobody.
//!
//! `search` is the second lock: it looks for the originals in what was made.
//! This room opens no file; the key comes from outside.

mod analysis;
mod kept;
mod period;
mod places;
mod records;
mod search;
mod values;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::hmac;

pub(crate) use search::Search;

/// What a text is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    Host,
    Owner,
    Repo,
    Enterprise,
    Runner,
    Group,
    Label,
    Job,
    Workflow,
    Step,
    /// A machine at its provider.
    Instance,
    /// Who or which file told something.
    Source,
    /// What was not understood.
    Text,
}

impl Sort {
    /// The word at the beginning of a pseudonym.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Owner => "owner",
            Self::Repo => "repo",
            Self::Enterprise => "enterprise",
            Self::Runner => "runner",
            Self::Group => "group",
            Self::Label => "label",
            Self::Job => "job",
            Self::Workflow => "workflow",
            Self::Step => "step",
            Self::Instance => "instance",
            Self::Source => "source",
            Self::Text => "text",
        }
    }

    /// Whether GitHub, and so the detector, takes names that differ in case
    /// only for the same.
    const fn ignores_case(self) -> bool {
        match self {
            Self::Host | Self::Owner | Self::Repo | Self::Enterprise | Self::Label => true,
            Self::Runner
            | Self::Group
            | Self::Job
            | Self::Workflow
            | Self::Step
            | Self::Instance
            | Self::Source
            | Self::Text => false,
        }
    }
}

/// What stands in place of texts.
pub(crate) trait Names {
    /// In place of a name that is not kept.
    fn other(&self, sort: Sort, name: &str) -> Arc<str>;
    /// The address of a request, or of a page on GitHub.
    fn url(&self, url: &str) -> Arc<str>;
    /// What was to be read, as a gap names it.
    fn place(&self, place: &str) -> Arc<str>;
    /// A text for people that may quote anything; `None` where nothing of it
    /// can stay.
    fn detail(&self, detail: &str) -> Option<Arc<str>>;
}

/// In place of a name; GitHub's own words stay.
fn name(names: &dyn Names, sort: Sort, text: &str) -> Arc<str> {
    if kept::is_kept(sort, text) {
        text.into()
    } else {
        names.other(sort, text)
    }
}

/// A name that was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Original {
    pub(crate) sort: Sort,
    pub(crate) name: Arc<str>,
    pub(crate) pseudonym: Arc<str>,
}

/// Key of the hash: 32 random bytes that are kept nowhere.
pub(crate) type Key = [u8; 32];

/// Pseudonyms by sort and name.
type Known = BTreeMap<(Sort, Arc<str>), Arc<str>>;

/// Gives pseudonyms, and remembers for whom.
pub(crate) struct Redactor {
    key: hmac::Key,
    /// Ids of machines, the longest first: the name of a runner can end with
    /// one, and its pseudonym must then end with that of the machine.
    instances: Vec<Arc<str>>,
    known: RefCell<Known>,
}

impl Redactor {
    pub(crate) fn new(key: &Key) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
            instances: Vec::new(),
            known: RefCell::default(),
        }
    }

    /// Lets it know the ids of machines; before it gives a pseudonym.
    pub(crate) fn knowing(mut self, instances: impl IntoIterator<Item = Arc<str>>) -> Self {
        self.instances.extend(instances);
        self.instances
            .sort_by(|a, b| (b.len(), b).cmp(&(a.len(), a)));
        self.instances.dedup();
        self.instances.retain(|id| !id.is_empty());
        self
    }

    /// The name of a file.
    pub(crate) fn file(&self, file: &str) -> String {
        name(self, Sort::Source, file).to_string()
    }

    /// All that was replaced: sort, name, pseudonym.
    pub(crate) fn originals(&self) -> Vec<Original> {
        let known = self.known.borrow();
        let known = known.iter().map(|((sort, name), pseudonym)| Original {
            sort: *sort,
            name: Arc::clone(name),
            pseudonym: Arc::clone(pseudonym),
        });
        known.collect()
    }

    fn pseudonym(&self, sort: Sort, name: &str) -> String {
        let word = sort.as_str();
        match sort {
            Sort::Host => format!("{word}-{}.example", self.hash(sort, name)),
            Sort::Runner => self.runner(name),
            Sort::Owner
            | Sort::Repo
            | Sort::Enterprise
            | Sort::Group
            | Sort::Label
            | Sort::Job
            | Sort::Workflow
            | Sort::Step
            | Sort::Instance
            | Sort::Source
            | Sort::Text => format!("{word}-{}", self.hash(sort, name)),
        }
    }

    fn runner(&self, name: &str) -> String {
        let machine = self.instances.iter().find(|id| name.ends_with(&***id));
        let own = || format!("runner-{}", self.hash(Sort::Runner, name));
        match machine {
            None => own(),
            Some(id) if **id == *name => self.pseudonym(Sort::Instance, id),
            Some(id) => format!("{}-{}", own(), self.pseudonym(Sort::Instance, id)),
        }
    }

    /// Ten letters of a keyed hash, without vowels so that they spell
    /// nothing: 40 bits, so that ten thousand names meet once in twenty
    /// thousand runs.
    fn hash(&self, sort: Sort, name: &str) -> String {
        const LETTERS: &[u8; 16] = b"bcdfghjkmnpqrstv";
        let folded = if sort.ignores_case() {
            name.to_ascii_lowercase()
        } else {
            name.to_owned()
        };
        let tag = hmac::sign(&self.key, format!("{}\0{folded}", sort.as_str()).as_bytes());
        let bytes = tag.as_ref().iter().take(5);
        let letter = |nibble: u8| char::from(LETTERS[usize::from(nibble)]);
        bytes
            .flat_map(|byte| [letter(byte >> 4), letter(byte & 15)])
            .collect()
    }
}

impl Names for Redactor {
    fn other(&self, sort: Sort, name: &str) -> Arc<str> {
        let mut known = self.known.borrow_mut();
        let known = known.entry((sort, name.into()));
        let given = known.or_insert_with(|| self.pseudonym(sort, name).into());
        Arc::clone(given)
    }

    fn url(&self, url: &str) -> Arc<str> {
        places::url(self, url)
    }

    fn place(&self, place: &str) -> Arc<str> {
        places::place(self, place)
    }

    fn detail(&self, detail: &str) -> Option<Arc<str>> {
        kept::is_plain(detail).then(|| detail.into())
    }
}

/// Blanks in place of pseudonyms, of the same length: what is left is what
/// this program says itself. A bundle made with it shows which names are also
/// ordinary words.
pub(crate) struct Blank<'a>(pub(crate) &'a Redactor);

impl Blank<'_> {
    /// The name of a file.
    pub(crate) fn file(&self, file: &str) -> String {
        name(self, Sort::Source, file).to_string()
    }
}

impl Names for Blank<'_> {
    fn other(&self, sort: Sort, name: &str) -> Arc<str> {
        let shown = self.0.other(sort, name);
        let words = ["runner", "instance", sort.as_str(), "example"];
        let blank = |part: &str| {
            if words.contains(&part) {
                part.to_owned()
            } else {
                "q".repeat(part.len())
            }
        };
        let parts = shown.split_inclusive(['-', '.']).map(|part| {
            let end = part.trim_end_matches(['-', '.']).len();
            blank(&part[..end]) + &part[end..]
        });
        parts.collect::<String>().into()
    }

    fn url(&self, url: &str) -> Arc<str> {
        places::url(self, url)
    }

    fn place(&self, place: &str) -> Arc<str> {
        places::place(self, place)
    }

    fn detail(&self, detail: &str) -> Option<Arc<str>> {
        self.0.detail(detail)
    }
}

/// Other names in place of all, for tests.
#[cfg(test)]
pub(crate) struct Named<'a>(pub(crate) &'a dyn Fn(Sort, &str) -> Arc<str>);

#[cfg(test)]
impl Names for Named<'_> {
    fn other(&self, sort: Sort, name: &str) -> Arc<str> {
        self.0(sort, name)
    }

    fn url(&self, url: &str) -> Arc<str> {
        places::url(self, url)
    }

    fn place(&self, place: &str) -> Arc<str> {
        places::place(self, place)
    }

    fn detail(&self, detail: &str) -> Option<Arc<str>> {
        Some(self.other(Sort::Text, detail))
    }
}
