//! stdout and stderr: who prints does it here. Both may be closed, and stderr
//! may have to stay empty.

use std::io::{IsTerminal as _, Write as _};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether nothing may be said on stderr.
static MUTED: AtomicBool = AtomicBool::new(false);

/// Keeps stderr empty from now on.
pub(crate) fn mute() {
    MUTED.store(true, Ordering::Relaxed);
}

/// Whether nothing may be said on stderr.
pub(crate) fn is_muted() -> bool {
    MUTED.load(Ordering::Relaxed)
}

/// Where a command of the user's writes: to stderr, unless it is to stay
/// empty. stdout is the report's.
pub(crate) fn for_child() -> Stdio {
    if is_muted() {
        Stdio::null()
    } else {
        std::io::stderr().into()
    }
}

/// Writes to stderr, unless it is to stay empty; a closed stderr leaves the
/// code as earned.
pub(crate) fn say(text: &str) {
    if is_muted() {
        return;
    }
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

/// Whether somebody looks at stdout.
pub(crate) fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Whether somebody looks at stderr.
pub(crate) fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

/// Writes to stdout; a closed pipe is quiet and leaves the code as earned.
///
/// # Errors
/// When stdout cannot be written for another reason, such as a full disk.
pub(crate) fn print(bytes: &[u8]) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
