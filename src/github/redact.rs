//! Keeps credentials out of everything that is shown or recorded. Pure.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};

const MASK: &str = "***";

/// Anything shorter is no token of GitHub, and masking it would tear up
/// answers: `l` is in every `null`.
const SHORTEST_TOKEN: usize = 8;

/// Prefixes of GitHub's tokens (`github-api.md` §8: also the long `ghs_` ones
/// with dots).
const SHAPES: [&str; 6] = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"];

/// An App's tokens change every hour; those before these have expired long
/// ago.
const REMEMBERED: usize = 64;

/// Knows the tokens in use and the shapes of all others.
#[derive(Default)]
pub(crate) struct Redactor {
    tokens: RefCell<VecDeque<SecretString>>,
}

impl Redactor {
    /// Takes in a token before it is used.
    pub(crate) fn learn(&self, token: &SecretString) {
        let text = token.expose_secret();
        let mut tokens = self.tokens.borrow_mut();
        let known = tokens.iter().any(|known| known.expose_secret() == text);
        if known || text.len() < SHORTEST_TOKEN {
            return;
        }
        if tokens.len() == REMEMBERED {
            tokens.pop_front();
        }
        tokens.push_back(token.clone());
    }

    /// For texts meant for people: the token, and whatever looks like one.
    pub(crate) fn shown(&self, text: &str) -> String {
        mask_shapes(&self.exact(text))
    }

    /// For answers: the tokens only. A runner may well be called `ghs_1`, and
    /// masking its name would make it another runner.
    pub(crate) fn exact(&self, text: &str) -> String {
        let tokens = self.tokens.borrow();
        let mut masked = text.to_owned();
        for token in tokens.iter().map(ExposeSecret::expose_secret) {
            if masked.contains(token) {
                masked = masked.replace(token, MASK);
            }
        }
        masked
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

/// Masks everything shaped like a token. It masks too much rather than too
/// little: a shape inside a word counts.
fn mask_shapes(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = SHAPES.iter().filter_map(|shape| rest.find(shape)).min() {
        masked.push_str(&rest[..at]);
        masked.push_str(MASK);
        rest = rest[at..].trim_start_matches(is_token_char);
    }
    masked + rest
}

fn is_token_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-')
}
