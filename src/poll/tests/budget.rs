//! The share of the hourly limit, and what is left to others.

use super::stage::morning;
use crate::model::{Mono, MonoWindow, Rate, Said, Span, Stretch, StretchedBy};
use crate::poll::budget::Budget;
use crate::poll::{Head, PollError, Reply, Rest};

fn at(secs: i64) -> Mono {
    Mono::from_millis(0) + Span::secs(secs)
}

fn limit(remaining: u64) -> Rate {
    Rate {
        limit: Some(5000),
        remaining: Some(remaining),
        used: Some(5000 - remaining),
        reset: Some(morning() + Span::secs(3600)),
    }
}

fn reply(status: u16, rate: Option<Rate>, said: Result<Said, PollError>, secs: i64) -> Reply {
    Reply {
        head: Head {
            status: Some(status),
            date: Some(morning() + Span::secs(secs)),
            rate,
            ..Head::default()
        },
        said,
        next: None,
        raw: None,
        requests: 1,
    }
}

/// A budget after cycles that began at such seconds and cost so many charged
/// requests.
fn after(rate: Option<Rate>, cycles: &[(i64, u64)]) -> Budget {
    let budget = Budget::new(Some(0.2));
    for &(secs, price) in cycles {
        budget.begin_cycle();
        let window = MonoWindow {
            sent: at(secs),
            received: at(secs),
        };
        for _ in 0..price {
            budget.note(&reply(200, rate, Ok(Said::RateLimit), secs), window);
        }
        let unchanged = reply(304, rate, Ok(Said::NotModified), secs);
        budget.note(&unchanged, window);
        budget.end_cycle(at(secs));
    }
    budget
}

/// How a wanted interval of 30 s is stretched after a cycle that began then.
fn stretch(budget: &Budget, began: i64, rest: Rest) -> Option<Stretch> {
    budget.stretch(at(began), at(began), Span::secs(30), rest)
}

#[test]
fn redirects_are_charged() {
    let budget = Budget::new(Some(0.2));
    budget.begin_cycle();
    let window = MonoWindow {
        sent: at(0),
        received: at(0),
    };
    for status in [200, 304] {
        let followed = Reply {
            requests: 3,
            ..reply(status, Some(limit(4000)), Ok(Said::RateLimit), 0)
        };
        budget.note(&followed, window);
    }
    budget.end_cycle(at(0));
    assert_eq!(budget.price(), Some(5));
}

#[test]
fn what_fits_is_not_stretched() {
    let cheap: Vec<_> = (0..60).map(|cycle| (cycle * 30, 6)).collect();
    let budget = after(Some(limit(4000)), &cheap);
    assert_eq!(budget.price(), Some(6));
    assert_eq!(stretch(&budget, 1770, Rest::default()), None);
}

#[test]
fn what_does_not_fit_is_stretched_and_says_why() {
    let dear: Vec<_> = (0..6).map(|cycle| (cycle * 30, 71)).collect();
    let budget = after(Some(limit(4000)), &dear);
    let stretch = stretch(&budget, 150, Rest::default()).expect("a stretch");
    let why = StretchedBy::Budget {
        share: 0.2,
        per_hour: 1000,
    };
    assert_eq!((stretch.why, stretch.price), (why, 71));
    // 574 of the hour are left to spread over the rest of it.
    assert_eq!(stretch.interval.as_millis() / 1000, 423);
}

/// The first cycle of a run is dearer than the others, and so much is spent
/// at will.
#[test]
fn the_first_cycle_is_no_measure() {
    let budget = after(Some(limit(4000)), &[(0, 300)]);
    assert_eq!(stretch(&budget, 0, Rest::default()), None);
    let budget = after(Some(limit(4000)), &[(0, 300), (30, 4)]);
    assert_eq!(budget.price(), Some(4));
    let budget = after(Some(limit(4000)), &[(0, 700)]);
    let long = stretch(&budget, 0, Rest::default()).expect("a stretch");
    assert_eq!(long.interval, Span::secs(3600));
}

#[test]
fn a_rest_that_fits_is_not_stretched() {
    let dear: Vec<_> = (0..6).map(|cycle| (cycle * 30, 71)).collect();
    let budget = after(Some(limit(4000)), &dear);
    let few = |cycles| Rest {
        cycles: Some(cycles),
        until: None,
    };
    assert_eq!(stretch(&budget, 150, few(8)), None);
    assert_ne!(stretch(&budget, 150, few(9)), None);
    let soon = Rest {
        cycles: None,
        until: Some(at(400)),
    };
    let stretch = stretch(&budget, 150, soon).expect("a stretch");
    assert!(stretch.interval < Span::secs(60), "{stretch:?}");
}

/// When a cycle has spent the hour, further lists wait, and sandwiches stay
/// possible.
#[test]
fn a_spent_hour_leaves_sandwiches() {
    let budget = after(Some(limit(4000)), &[(0, 949)]);
    assert!(!budget.is_spent(at(10)));
    assert_eq!(budget.sandwiches(at(10)), 17);
    let budget = after(Some(limit(4000)), &[(0, 950)]);
    assert!(budget.is_spent(at(10)));
    let budget = after(Some(limit(4000)), &[(0, 1000)]);
    assert_eq!(budget.sandwiches(at(10)), 4);
    assert!(!budget.is_spent(at(3600)));
}

/// Others have all but used up the hour: what is left is theirs, too.
#[test]
fn a_reserve_is_left_to_others() {
    let cheap: Vec<_> = (0..10).map(|cycle| (cycle * 30, 6)).collect();
    let budget = after(Some(limit(501)), &cheap);
    assert_eq!(stretch(&budget, 270, Rest::default()), None);
    let budget = after(Some(limit(240)), &cheap);
    let spread = stretch(&budget, 270, Rest::default()).expect("a stretch");
    assert_eq!(spread.why, StretchedBy::Reserve { remaining: 240 });
    // Eight cycles of 6 are a fifth of 240, in 3,330 s.
    assert_eq!(spread.interval, Span::secs(371));
    // Nothing at all until the hour ends.
    let budget = after(Some(limit(3)), &cheap);
    let none = stretch(&budget, 270, Rest::default()).expect("a stretch");
    assert_eq!(none.interval, Span::secs(3331));
}

/// As on a GitHub Enterprise Server by default.
#[test]
fn without_a_limit_nothing_is_held_back() {
    let dear: Vec<_> = (0..6).map(|cycle| (cycle * 30, 5000)).collect();
    let budget = after(None, &dear);
    assert_eq!(stretch(&budget, 150, Rest::default()), None);
    assert!(!budget.is_spent(at(150)));
    assert_eq!(budget.sandwiches(at(150)), usize::MAX);
}

/// A rejected credential is answered with the limit of those without one.
#[test]
fn a_401_says_nothing_of_the_limit() {
    let dear: Vec<_> = (0..6).map(|cycle| (cycle * 30, 6)).collect();
    let budget = after(Some(limit(4000)), &dear);
    let nobodys = Rate {
        limit: Some(60),
        remaining: Some(0),
        ..limit(4000)
    };
    let refused = Err(PollError::Unauthorized("401".to_owned()));
    let window = MonoWindow {
        sent: at(160),
        received: at(160),
    };
    budget.note(&reply(401, Some(nobodys), refused, 160), window);
    assert_eq!(stretch(&budget, 150, Rest::default()), None);
}
