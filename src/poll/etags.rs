//! What lists said last, so that they can be asked whether they changed
//! (`github-api.md` §5). `max-age` is never honored: it would serve busy
//! flags that are a minute old.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;

use super::Request;
use crate::model::{Said, Target};

/// Answers remembered at once; the one not asked for longest goes first.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(4096).expect("more than none");

/// What a 304 would refer to.
#[derive(Debug, Clone)]
pub(super) struct Remembered {
    pub(super) etag: Arc<str>,
    pub(super) said: Arc<Said>,
    pub(super) next: Option<Arc<str>>,
}

/// A request but for its condition. Accept and API version are the same for
/// all requests of a run; where an App's token changes, GitHub's ETags do too,
/// and the answer is a 200.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    target: Target,
    next: Option<Arc<str>>,
    per_page: u32,
}

/// Bodies with their ETags.
#[derive(Debug)]
pub(super) struct Etags(LruCache<Key, Remembered>);

impl Default for Etags {
    fn default() -> Self {
        Self(LruCache::new(REMEMBERED))
    }
}

impl Etags {
    pub(super) fn remember(&mut self, request: &Request, answer: Remembered) {
        self.0.put(key(request), answer);
    }

    pub(super) fn recall(&mut self, request: &Request) -> Option<&Remembered> {
        self.0.get(&key(request))
    }

    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

fn key(request: &Request) -> Key {
    Key {
        target: request.target.clone(),
        next: request.next.clone(),
        per_page: request.per_page,
    }
}
