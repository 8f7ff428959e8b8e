//! `--redact`: what stands for names in what leaves the program.

use std::borrow::Cow;
use std::rc::Rc;

use anyhow::anyhow;

use crate::cli::RedactArg;
use crate::exit::{Failure, Trouble};
use crate::model::{Analysis, Host, Period, RunnerId, RunnerKey, Scope, Told};
use crate::redact::{Key, Redactor};
use crate::report::{Named, SourceNote};

/// What stands for names.
#[derive(Clone)]
pub(crate) enum Shown {
    Names,
    Pseudonyms(Rc<Redactor>),
}

impl Shown {
    /// # Errors
    /// When the system has no random bytes for the key.
    pub(crate) fn of(arg: Option<RedactArg>) -> Result<Self, Failure> {
        match arg {
            None | Some(RedactArg::None) => Ok(Self::Names),
            Some(RedactArg::Names) => Ok(Self::Pseudonyms(Rc::new(Redactor::new(&new_key()?)))),
        }
    }

    pub(crate) const fn named(&self) -> Named {
        match self {
            Self::Names => Named::Originals,
            Self::Pseudonyms(_) => Named::Pseudonyms,
        }
    }

    pub(crate) fn analysis<'a>(&self, analysis: &'a Analysis) -> Cow<'a, Analysis> {
        match self {
            Self::Names => Cow::Borrowed(analysis),
            Self::Pseudonyms(redactor) => Cow::Owned(redactor.analysis(analysis)),
        }
    }

    pub(super) fn period<'a>(&self, period: &'a Period) -> Cow<'a, Period> {
        match self {
            Self::Names => Cow::Borrowed(period),
            Self::Pseudonyms(redactor) => Cow::Owned(redactor.period(period)),
        }
    }

    pub(super) fn told(&self, told: &Told) -> Told {
        match self {
            Self::Names => told.clone(),
            Self::Pseudonyms(redactor) => redactor.told(told),
        }
    }

    /// A level on its host.
    pub(super) fn level(&self, host: &Host, scope: &Scope) -> (Host, Scope) {
        let key = RunnerKey {
            host: host.clone(),
            scope: scope.clone(),
            id: RunnerId(0),
        };
        let key = match self {
            Self::Names => key,
            Self::Pseudonyms(redactor) => redactor.runner_key(&key),
        };
        (key.host, key.scope)
    }

    /// The name of a file.
    pub(super) fn file(&self, file: &str) -> String {
        match self {
            Self::Names => file.to_owned(),
            Self::Pseudonyms(redactor) => redactor.file(file),
        }
    }

    /// Sources; why some of them was skipped can quote anything.
    pub(super) fn sources(&self, sources: &[SourceNote]) -> Vec<SourceNote> {
        let Self::Pseudonyms(redactor) = self else {
            return sources.to_vec();
        };
        let own = |source: &SourceNote| SourceNote {
            file: redactor.file(&source.file),
            notes: Vec::new(),
            ..source.clone()
        };
        sources.iter().map(own).collect()
    }

    /// What is said besides. What follows a colon can quote anything; stderr
    /// has said it in full.
    pub(super) fn notes(&self, notes: &[String]) -> Vec<String> {
        let begin = |note: &String| note.split(':').next().map(str::to_owned);
        match self {
            Self::Names => notes.to_vec(),
            Self::Pseudonyms(_) => notes.iter().filter_map(begin).collect(),
        }
    }
}

/// A key that is kept nowhere.
pub(super) fn new_key() -> Result<Key, Failure> {
    let mut key = Key::default();
    aws_lc_rs::rand::fill(&mut key).map_err(|_| {
        let error = anyhow!("nothing was read: the system gives no random bytes for pseudonyms");
        Failure::Runtime(Trouble::new(error))
    })?;
    Ok(key)
}
