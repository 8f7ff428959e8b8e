//! What an exception says, without what opens a door: reports are pasted into
//! public issues, and exceptions of the runner quote URLs with signatures.

use std::sync::Arc;

use super::page::text;

/// What GitHub's tokens begin with (`github-api.md`), and every JWT.
const TOKENS: [&str; 7] = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "eyJ"];

/// Words that name what follows them.
const NAMES: [&str; 4] = ["Bearer", "bearer", "token", "Basic"];

const MASK: &str = "***";

/// The text of an exception, as much of it as is worth keeping.
pub(super) fn told(bytes: &[u8]) -> Arc<str> {
    let text = text(bytes);
    let mut before = "";
    let mut all = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        let (bare, space) = word.split_at(word.trim_end().len());
        if NAMES.contains(&before) && 20 <= bare.len() {
            all += MASK;
        } else {
            push(&mut all, bare);
        }
        all += space;
        before = bare;
    }
    all.into()
}

/// Adds a word: a URL up to its query, a token not at all.
fn push(all: &mut String, word: &str) {
    let query = word
        .find("://")
        .and_then(|at| Some(at + word[at..].find('?')?));
    let token = TOKENS.iter().filter_map(|token| word.find(token)).min();
    let secret = query.into_iter().chain(token).chain(signature(word)).min();
    match secret {
        Some(at) => *all += &[&word[..at], MASK].concat(),
        None => *all += word,
    }
}

/// Where the value of a signature begins.
fn signature(word: &str) -> Option<usize> {
    let at = word.find("sig=")?;
    Some(at + "sig=".len())
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn what_opens_a_door_is_masked() {
        let said =
            told(b"GET https://x.example/a?sig=CANARY&se=1 failed: Bearer CANARYCANARYCANARY1234");
        assert_eq!(&*said, "GET https://x.example/a*** failed: Bearer ***");
        assert_eq!(
            &*told(b"for (ghp_CANARY) and sig=CANARY"),
            "for (*** and sig=***"
        );
        assert_eq!(&*told(b"got eyJhbGciOiJ9.CANARY"), "got ***");
    }

    #[test]
    fn the_rest_stays_as_it_is() {
        let plain =
            "Catch exception:  System.TimeoutException: token expired, see https://x.example/a";
        assert_eq!(&*told(plain.as_bytes()), plain);
    }
}
