//! Looks for original names in what was made under pseudonyms.
//!
//! A name can be an ordinary word: a runner called `busy`, a repository
//! called `report`. It is then in every report, whoever's. So the file is
//! compared with its control, which was made from the same values with
//! blanks in place of all names: what stands in the control is this program's
//! own, and only what is beyond it is a leak. A field that no walk knows
//! would be in both; the walks take every struct apart, so there is none, and
//! in JSON, where a name is a value of its own, it would be found without a
//! control ([`Search::value`]).

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, BuildError};
use serde_json::Value;

use super::kept::is_kept;
use super::{Original, Sort};

/// Shorter names are found as whole words only: `esk` is in `task`.
const WORD: usize = 6;

/// Keys of JSON whose values are words of this program or of GitHub, numbers
/// included: of details nothing else stays.
const PLAIN: [&str; 33] = [
    "certainty",
    "class",
    "code",
    "command",
    "conclusion",
    "crc",
    "detail",
    "end",
    "etag",
    "event",
    "format",
    "guid",
    "id",
    "kind",
    "killed",
    "killed_because",
    "level",
    "liveness",
    "news",
    "of",
    "pattern",
    "plan",
    "purpose",
    "reason",
    "rec",
    "request_id",
    "said",
    "schema",
    "status",
    "text",
    "tool",
    "verdict",
    "version",
];

/// The originals in all ways of writing them.
pub(crate) struct Search<'a> {
    originals: &'a [Original],
    automaton: AhoCorasick,
    /// Whose way of writing each pattern is, and how long it is.
    patterns: Vec<(usize, usize)>,
}

impl<'a> Search<'a> {
    /// `forms` gives every way in which a name can be written.
    ///
    /// # Errors
    /// When there are too many names.
    pub(crate) fn new(
        originals: &'a [Original],
        forms: impl Fn(&str) -> Vec<String>,
    ) -> Result<Self, BuildError> {
        let mut texts = Vec::new();
        let mut patterns = Vec::new();
        for (index, original) in originals.iter().enumerate() {
            for form in forms(&original.name) {
                patterns.push((index, form.len()));
                texts.push(form);
            }
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(&texts)?;
        Ok(Self {
            originals,
            automaton,
            patterns,
        })
    }

    /// A name that is in the file and not in its control.
    pub(crate) fn leak(&self, file: &[u8], control: &[u8]) -> Option<&'a Original> {
        let own = self.found(control);
        let found = self.found(file);
        let first = found.difference(&own).next()?;
        self.originals.get(*first)
    }

    fn found(&self, text: &[u8]) -> BTreeSet<usize> {
        let matches = self.automaton.find_overlapping_iter(text);
        let whole = matches.filter_map(|found| {
            let (index, length) = *self.patterns.get(found.pattern().as_usize())?;
            let is_whole = WORD <= length || is_word(text, found.start(), found.end());
            is_whole.then_some(index)
        });
        whole.collect()
    }

    /// A name that is the whole of a value in lines of JSON, or in one
    /// document of it, whatever else it means.
    pub(crate) fn value(&self, json: &[u8]) -> Option<&'a Original> {
        let documents = serde_json::Deserializer::from_slice(json).into_iter::<Value>();
        let mut documents = documents.filter_map(Result::ok);
        documents.find_map(|document| self.inside(&document))
    }

    fn inside(&self, value: &Value) -> Option<&'a Original> {
        match value {
            Value::Object(fields) => fields
                .iter()
                .filter(|(key, value)| value.is_object() || !PLAIN.contains(&key.as_str()))
                .filter(|(key, _)| *key != "tool")
                .find_map(|(_, value)| self.inside(value)),
            Value::Array(items) => items.iter().find_map(|item| self.inside(item)),
            Value::String(text) => self.is(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => None,
        }
    }

    fn is(&self, text: &str) -> Option<&'a Original> {
        let sorts = [Sort::Host, Sort::Group, Sort::Label, Sort::Step];
        if sorts.iter().any(|sort| is_kept(*sort, text)) {
            return None;
        }
        let mut originals = self.originals.iter();
        originals.find(|original| original.name.eq_ignore_ascii_case(text))
    }
}

/// Whether no letter or digit touches what stands there.
fn is_word(text: &[u8], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| text.get(at));
    let after = text.get(end);
    [before, after]
        .into_iter()
        .flatten()
        .all(|byte| !byte.is_ascii_alphanumeric())
}
