//! What stays as it is: GitHub's own words, which name nobody and by which
//! the rules of evidence and its support go.

use super::Sort;

/// Labels that the runner program itself registers, and those of GitHub's own
/// machines without their version.
const LABELS: [&str; 9] = [
    "self-hosted",
    "linux",
    "windows",
    "macos",
    "x64",
    "x86",
    "arm",
    "arm64",
    "unknown",
];
const IMAGES: [&str; 3] = ["ubuntu-", "windows-", "macos-"];

/// Steps that every job has; the detector goes by some (`evidence.md` §1).
const STEPS: [&str; 7] = [
    "Set up job",
    "Complete job",
    "Set up runner",
    "Complete runner",
    "Initialize containers",
    "Stop containers",
    "Checkout repository",
];

/// Words of details: results of jobs, reasons of shutdowns and this program's
/// own.
const DETAILS: [&str; 23] = [
    "→",
    "Abandoned",
    "Canceled",
    "Cancelled",
    "Failed",
    "OperatingSystemShutdown",
    "Skipped",
    "Succeeded",
    "SucceededWithIssues",
    "UserCancelled",
    "after",
    "an",
    "as",
    "assumed",
    "at",
    "back",
    "end",
    "is",
    "its",
    "orphan",
    "renewal",
    "s",
    "the",
];

/// What GitHub and the runner say of a lost one. The detector goes by it
/// (`evidence.md` §6); the sentence around it names the runner.
const TELLING: [&str; 2] = [
    "lost communication with the server",
    "The runner has received a shutdown signal",
];

/// What stays of an annotation.
pub(super) fn telling(message: &str) -> Option<&'static str> {
    let mut telling = TELLING.into_iter();
    telling.find(|telling| message.contains(telling))
}

/// Whether a name of this sort is GitHub's own.
pub(super) fn is_kept(sort: Sort, name: &str) -> bool {
    if name.is_empty() {
        return true;
    }
    match sort {
        Sort::Host => matches!(name, "github.com" | "api.github.com"),
        Sort::Group => matches!(name, "Default" | "GitHub Actions"),
        Sort::Label => is_label(name),
        Sort::Step => STEPS.contains(&name),
        Sort::Owner
        | Sort::Repo
        | Sort::Enterprise
        | Sort::Runner
        | Sort::Job
        | Sort::Workflow
        | Sort::Instance
        | Sort::Source
        | Sort::Text => false,
    }
}

fn is_label(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let image = IMAGES.iter().find_map(|image| name.strip_prefix(image));
    LABELS.contains(&&*name)
        || image.is_some_and(|version| version == "latest" || is_version(version))
}

/// `2.334.0`; `22.04`.
pub(super) fn is_version(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    text.len() < 30 && text.split('.').all(digits)
}

/// A word of GitHub's API, such as the status of a job.
pub(super) fn is_word(text: &str) -> bool {
    text.len() < 40 && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// An id in hexadecimal digits or capitals, such as `X-GitHub-Request-Id` or
/// a GUID.
pub(super) fn is_id(text: &str) -> bool {
    text.len() < 100
        && text
            .bytes()
            .all(|b| b.is_ascii_hexdigit() || b.is_ascii_uppercase() || b == b':' || b == b'-')
}

/// Whether a text for people holds nothing but known words and numbers.
pub(super) fn is_plain(text: &str) -> bool {
    let plain = |word: &str| {
        let word = word.trim_end_matches([',', ';', ':']);
        let number = word
            .bytes()
            .all(|b| b.is_ascii_digit() || b".:TZ-".contains(&b));
        number || DETAILS.contains(&word)
    };
    text.len() < 200 && text.split(' ').all(plain)
}
