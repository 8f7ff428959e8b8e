//! What `doctor` says, line by line. Texts from GitHub are made safe here for
//! a terminal.

use super::UNKNOWN;
use super::pace::hourly;
use super::unit::{at_most, count, duration, grouped, percent};
use crate::model::{
    Asked, Checkup, ClockBounds, CredentialSeen, EtagsSeen, Health, LimitSeen, Need, Opened, Opens,
    Outlook, Price, Span, Spending, Target, Tried,
};
use crate::report::escape::terminal;

pub(crate) fn headline(checkup: &Checkup) -> &'static str {
    match checkup.health() {
        Health::Ready if checkup.lacks_samples() => {
            "ready, but for repositories that do not open: a watch can tell of no idle runner"
        }
        Health::Ready => "ready: everything that a watch of this target reads was answered",
        Health::NoAccess => "no access: the credential does not open all that a watch reads",
        Health::Failing => "failing: not all that a watch reads was answered",
    }
}

/// Source, purpose, scopes and end of a credential.
pub(crate) fn credential(credential: &CredentialSeen) -> String {
    let purpose = match credential.opens {
        Opens::Everything => "",
        Opens::Jobs => ", for jobs",
        Opens::Runners => ", for runners",
    };
    let scopes = match &credential.scopes {
        None => "no scopes are said, as of fine-grained tokens and Apps".to_owned(),
        Some(scopes) if scopes.is_empty() => "classic token without scopes".to_owned(),
        Some(scopes) => {
            let scopes: Vec<_> = scopes.iter().map(|scope| terminal(scope)).collect();
            format!("classic token with {}", scopes.join(", "))
        }
    };
    let expires = credential.expires;
    let expires = expires.map_or_else(String::new, |at| format!("; expires {at}"));
    format!(
        "{}{purpose}: {scopes}{expires}",
        terminal(&credential.source)
    )
}

/// What was read, or why it was not.
pub(crate) fn tried(tried: &Tried) -> String {
    let what = terminal(&tried.target.to_string());
    format!("{what}: {}", became(tried))
}

fn became(tried: &Tried) -> String {
    let detail = tried.detail.as_deref().map_or(UNKNOWN.to_owned(), terminal);
    match tried.opened {
        Opened::Yes => {
            let found = tried.found.map(|found| found_in(&tried.target, found));
            found.map_or("ok".to_owned(), |found| format!("ok, {found}"))
        }
        Opened::MissingPermission => match &tried.permission {
            Some(permission) => format!("missing permission {}", terminal(permission)),
            None => format!("missing permission ({detail})"),
        },
        Opened::SingleSignOn => {
            "the token is not authorized for the organization's single sign-on".to_owned()
        }
        Opened::Rejected => format!("credential rejected ({detail})"),
        Opened::NotFound => format!("not found, or hidden from this credential ({detail})"),
        Opened::Limited => format!("rate limited ({detail})"),
        Opened::Unreachable => format!("unreachable ({detail})"),
        Opened::Failed => format!("failed ({detail})"),
    }
}

fn found_in(target: &Target, found: u64) -> String {
    match target {
        Target::Runners { .. } => count(found, "runner", "runners"),
        Target::Repos { .. } => count(found, "active repository", "active repositories"),
        Target::Runs { .. } => format!(
            "{} on the newest page",
            count(found, "open run", "open runs")
        ),
        Target::Jobs { .. } | Target::AllJobs { .. } => count(found, "job", "jobs"),
        Target::Deliveries { .. } => count(found, "delivery about a job", "deliveries about jobs"),
        Target::Annotations { .. } => count(found, "annotation", "annotations"),
        Target::Runner { .. } | Target::Run { .. } | Target::Job { .. } | Target::RateLimit => {
            grouped(found)
        }
    }
}

/// What to try, beneath what failed.
pub(crate) fn hint(tried: &Tried) -> Option<String> {
    let beside = match tried.need {
        Need::Needed => "",
        Need::Sample => {
            "; a watch goes on without this repository, and claims nothing of idle runners"
        }
    };
    let hint = tried.hint.as_deref()?;
    Some(format!("hint: {}{beside}", terminal(hint)))
}

/// Which way the local clock is off, and by how much.
pub(crate) fn clock(bounds: Option<ClockBounds>) -> String {
    let Some(ClockBounds { low, high }) = bounds else {
        return "no answer said what time it is at GitHub".to_owned();
    };
    let between = format!("between {} and {} GitHub's", beside(low), beside(high));
    if low <= Span::ZERO && Span::ZERO <= high {
        format!("right, as far as can be told: {between}")
    } else {
        format!("off: {between}; reports correct for it")
    }
}

fn beside(ahead: Span) -> String {
    if ahead < Span::ZERO {
        format!("{} behind", duration(Span::ZERO - ahead))
    } else {
        format!("{} ahead of", duration(ahead))
    }
}

pub(crate) fn etags(etags: EtagsSeen) -> String {
    match etags {
        EtagsSeen::Work => "work: a list that has not changed is not charged",
        EtagsSeen::Ignored => "ignored: the same list came again in full, so each read is charged",
        EtagsSeen::Absent => "absent: answers have none, so each read is charged",
        EtagsSeen::Changed => "not known: the list changed from read to read",
        EtagsSeen::Unknown => "not known: no list was read twice",
    }
    .to_owned()
}

/// Said when answers carry an `Age`.
pub(crate) fn cache(age: u64) -> String {
    let age = count(age, "second", "seconds");
    format!("an answer was {age} old (Age): something on the way caches, and proves nothing")
}

pub(crate) fn limit(limit: LimitSeen) -> String {
    let spending = match limit {
        LimitSeen::Unknown => return "not known".to_owned(),
        LimitSeen::None => return "this server has none".to_owned(),
        LimitSeen::Limited(spending) => spending,
    };
    let Spending {
        limit,
        remaining,
        reset,
        ..
    } = spending;
    let figure = |figure: Option<u64>| figure.map_or(UNKNOWN.to_owned(), grouped);
    let reset = reset.map_or_else(String::new, |at| format!(" until {at}"));
    format!(
        "{} of {} requests left{reset}",
        figure(remaining),
        figure(limit)
    )
}

/// Who else spends the same requests.
pub(crate) fn others(limit: LimitSeen) -> Option<String> {
    let LimitSeen::Limited(spending) = limit else {
        return None;
    };
    let over = duration(spending.over);
    let used = spending.used.map_or_else(String::new, |used| {
        format!(
            "; {} used since the hour of this limit began",
            grouped(used)
        )
    });
    Some(match spending.by_others {
        None => format!("not known{used}"),
        Some(0) => format!("spent nothing in the {over} of this checkup{used}"),
        Some(spent) => format!(
            "spent {} in the {over} of this checkup{used}",
            count(spent, "request", "requests")
        ),
    })
}

/// What cycles cost.
pub(crate) fn price(outlook: &Outlook) -> String {
    let Price {
        first,
        unchanged,
        changed,
    } = outlook.price;
    let estimated = if outlook.counted < outlook.repos {
        format!(
            "; estimated from {} of {} repositories",
            grouped(outlook.counted),
            grouped(outlook.repos)
        )
    } else {
        String::new()
    };
    let later = if unchanged == changed {
        grouped(changed)
    } else {
        format!(
            "{} when nothing has changed, {} when every list in use has",
            grouped(unchanged),
            grouped(changed)
        )
    };
    format!(
        "about {} in the first cycle, later {later}; 3 more for each contradiction{estimated}",
        count(first, "charged request", "charged requests")
    )
}

/// The interval that keeps the budget.
pub(crate) fn interval(outlook: &Outlook) -> String {
    let fitting = at_most(outlook.fitting);
    let Some(per_hour) = outlook.per_hour else {
        return format!("{fitting}: no limit, no budget");
    };
    let budget = format!(
        "{} of the limit, {}",
        percent(outlook.budget),
        count(per_hour, "request an hour", "requests an hour")
    );
    if outlook.fitting == outlook.interval {
        return format!("{fitting} keeps to {budget}, whatever changes");
    }
    let Price {
        unchanged, changed, ..
    } = outlook.price;
    let hourly = |price| grouped(hourly(price, outlook.interval));
    format!(
        "{fitting} keeps to {budget}, whatever changes; {} takes {} to {}",
        duration(outlook.interval),
        hourly(unchanged),
        hourly(changed)
    )
}

/// What would be found at that interval.
pub(crate) fn guarantee(outlook: &Outlook) -> String {
    let least = at_most(outlook.would_detect);
    let found = if outlook.interval.max(outlook.fitting) < outlook.found_within {
        let seldom = at_most(outlook.found_within);
        match outlook.told_within.map(at_most) {
            Some(soon) => format!(
                "; a job in an idle repository is discovered within {soon} if its delivery \
                 arrives, else within {seldom}"
            ),
            None => format!("; a job in an idle repository is discovered within {seldom}"),
        }
    } else {
        String::new()
    };
    format!(
        "every desync of at least {least} inside the sure life of a discovered job would be found \
         at {}{found}",
        at_most(outlook.fitting)
    )
}

pub(crate) fn no_outlook(ready: bool) -> String {
    if ready {
        "not known: what limit there is could not be read".to_owned()
    } else {
        "not known: too little could be read".to_owned()
    }
}

pub(crate) fn asked(asked: Asked) -> String {
    format!(
        "{} by this checkup, {} charged",
        count(asked.total, "request", "requests"),
        grouped(asked.charged)
    )
}
