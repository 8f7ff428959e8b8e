//! Where recordings are kept when no file is named: one per target, shared by
//! the checks of it.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::model::{Host, Scope};

/// `$STATE_DIRECTORY`, else `$XDG_STATE_HOME/runner-desync`, else
/// `~/.local/state/runner-desync`; `None` when nothing is set.
pub(crate) fn state_file(
    host: &Host,
    scopes: &[Scope],
    environment: &dyn Fn(&str) -> Option<OsString>,
) -> Option<PathBuf> {
    let set = |name| {
        environment(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let shared = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local").join("state")));
    let own = shared.map(|shared| shared.join("runner-desync"));
    Some(
        set("STATE_DIRECTORY")
            .or(own)?
            .join(file_name(host, scopes)),
    )
}

/// Names the target in characters that every file system takes. Several
/// scopes are told apart by a checksum of all of them.
fn file_name(host: &Host, scopes: &[Scope]) -> String {
    let first = scopes.first().map_or_else(String::new, ToString::to_string);
    let more = match scopes {
        [] | [_] => String::new(),
        all => {
            let names: Vec<_> = all.iter().map(ToString::to_string).collect();
            let sum = crc32fast::hash(names.join(",").as_bytes());
            format!("_and_{}_more_{sum:08x}", all.len() - 1)
        }
    };
    let name = format!("{host}_{first}{more}");
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') {
            c
        } else {
            '_'
        }
    };
    format!("{}.ndjson", name.chars().map(safe).collect::<String>())
}
