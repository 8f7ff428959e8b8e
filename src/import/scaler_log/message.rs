//! What a message of the scale-down Lambda means. Texts are matched from
//! their first letter on: an error that quotes one is none.

use crate::model::RunnerId;

/// What a message is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning<'l> {
    Said {
        /// Id of the machine at its provider. It names no runner by itself.
        instance: &'l str,
        act: Act,
    },
    Aside(Aside),
}

/// What was read or done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    Busy {
        id: RunnerId,
        busy: bool,
    },
    /// 404, which the Lambda treats as not busy. We do not.
    Missing {
        id: RunnerId,
    },
    Terminated(Why),
}

/// Why a machine was taken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    Idle,
    Orphan,
}

/// What is understood and counted, but names no reading and no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aside {
    FailedDeregistration,
    OrphanTag,
    IdleConfirmation,
    Listed,
}

/// How grave an entry says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Usual,
    /// No reading comes of an error.
    Error,
}

/// The meaning of a message, if it has one here.
pub(super) fn meaning(message: &str, level: Level) -> Option<Meaning<'_>> {
    let meaning = any(message.trim())?;
    match (meaning, level) {
        (Meaning::Said { .. }, Level::Error) => None,
        (Meaning::Said { .. }, Level::Usual) | (Meaning::Aside(_), _) => Some(meaning),
    }
}

fn any(message: &str) -> Option<Meaning<'_>> {
    if let Some(rest) = message.strip_prefix("Runner '") {
        let (instance, rest) = rest.split_once('\'')?;
        let said = |act| Meaning::Said { instance, act };
        let act = read(rest).or_else(|| judged(rest));
        return act.map(said).or_else(|| aside(rest));
    }
    if let Some(rest) = message.strip_prefix("Terminating orphan runner '") {
        let (instance, _) = rest.split_once('\'')?;
        let act = Act::Terminated(Why::Orphan);
        return Some(Meaning::Said { instance, act });
    }
    if message.starts_with("Failed to de-register GitHub runner ") {
        return Some(Meaning::Aside(Aside::FailedDeregistration));
    }
    if message.starts_with("GitHub runners for ") {
        return Some(Meaning::Aside(Aside::Listed));
    }
    terminated(message)
}

/// A reading, behind `Runner '{instance}'`.
fn read(rest: &str) -> Option<Act> {
    if let Some(rest) = rest.strip_prefix(" - GitHub Runner ID '") {
        let (id, rest) = identified(rest)?;
        return match rest {
            " - Busy: true" => Some(Act::Busy { id, busy: true }),
            " - Busy: false" => Some(Act::Busy { id, busy: false }),
            " - Not found on GitHub, treating as not busy" => Some(Act::Missing { id }),
            _ => None,
        };
    }
    let (id, rest) = identified(rest.strip_prefix(" with GitHub Runner ID '")?)?;
    (rest == " not found on GitHub (404)").then_some(Act::Missing { id })
}

/// An orphan whose runner is known is taken down without another word than
/// this (`runner-logs.md` §6).
fn judged(rest: &str) -> Option<Act> {
    rest.starts_with(" is judged to be orphaned")
        .then_some(Act::Terminated(Why::Orphan))
}

fn identified(rest: &str) -> Option<(RunnerId, &str)> {
    let (id, rest) = rest.split_once('\'')?;
    let digits = id.bytes().all(|byte| byte.is_ascii_digit());
    let id = digits.then(|| id.parse().ok()).flatten()?;
    (id != 0).then_some((RunnerId(id), rest))
}

/// Anything else behind `Runner '{instance}'`.
fn aside(rest: &str) -> Option<Meaning<'_>> {
    let begins = |texts: &[&str]| texts.iter().any(|text| rest.starts_with(text));
    let aside = if begins(&[" cannot be de-registered"]) {
        Aside::FailedDeregistration
    } else if begins(&[
        " tagged as orphan",
        " untagged as orphan",
        " is judged to not be ",
    ]) {
        Aside::OrphanTag
    } else if begins(&[" reads idle", " confirmed idle since ", " is busy again;"]) {
        Aside::IdleConfirmation
    } else if begins(&[" is '"]) {
        Aside::Listed
    } else {
        return None;
    };
    Some(Meaning::Aside(aside))
}

/// `AWS runner instance '{i}' is terminated and GitHub runner is
/// de-registered.`; later modules name the provider: `EC2 runner '{i}' …`.
fn terminated(message: &str) -> Option<Meaning<'_>> {
    let (who, rest) = message.split_once(" '")?;
    let provider = who
        .strip_suffix(" runner instance")
        .or_else(|| who.strip_suffix(" runner"))?;
    let is_name = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit();
    let is_provider = !provider.is_empty() && provider.chars().all(is_name);
    let (instance, rest) = rest.split_once('\'')?;
    let is_end = rest.starts_with(" is terminated and GitHub runner is de-registered");
    let act = Act::Terminated(Why::Idle);
    (is_provider && is_end).then_some(Meaning::Said { instance, act })
}
