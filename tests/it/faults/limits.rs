//! Rate limits and time-outs that GitHub states, well or badly. A check has a
//! deadline: what lasts longer is a gap, and nothing is asked meanwhile.

use super::story::{Place, Says, Story};
use crate::support::Fault;

fn limit(status: u16, headers: &[(&'static str, &str)], message: &str) -> Fault {
    let own = |&(name, value): &(&'static str, &str)| (name, value.to_owned());
    let body = serde_json::json!({ "message": message }).to_string();
    Fault::Status(status, headers.iter().map(own).collect(), body)
}

fn after(retry_after: &str) -> Fault {
    let message = "You have exceeded a secondary rate limit.";
    limit(403, &[("retry-after", retry_after)], message)
}

fn until(reset: i64) -> Fault {
    let reset = reset.to_string();
    let headers = [
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", reset.as_str()),
    ];
    limit(403, &headers, "API rate limit exceeded for user ID 1.")
}

/// The limit meets one kind of read; a gap says so, and there are no more
/// than `most` answers of that kind.
#[track_caller]
fn limits(fault: &Fault, most: usize) {
    for place in [Place::Runners, Place::RunnerById] {
        let story = Story::begin();
        let strike = fault.clone();
        story
            .fake
            .fail_when(move |line| place.is(line.asked).then(|| strike.clone()));
        let ran = story.check();
        Says::Missing("rate-limited").of(&ran);
        let asked = story.fake.requests();
        let limited = asked.iter().filter(|served| place.is(served.line.asked));
        assert!(limited.count() <= most, "{place:?}\n{ran}");
        story.check_healed();
    }
}

fn now() -> i64 {
    Story::begin()
        .fake
        .clock()
        .epoch_seconds(crate::support::secs(0))
}

#[test]
fn a_primary_limit_with_429() {
    let reset = (now() + 1800).to_string();
    let headers = [
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", reset.as_str()),
    ];
    limits(&limit(429, &headers, "API rate limit exceeded"), 2);
}

#[test]
fn a_secondary_limit_without_a_header() {
    limits(&Fault::secondary_limit(None), 2);
}

#[test]
fn retry_after_as_a_date() {
    let clock = Story::begin().fake.clock();
    limits(&after(&clock.http(crate::support::secs(900))), 2);
}

#[test]
fn retry_after_in_the_past() {
    limits(&after("Thu, 01 Jan 2015 00:00:00 GMT"), 6);
}

#[test]
fn retry_after_that_is_huge() {
    limits(&after("99999999999999999999"), 2);
    limits(&after("Fri, 31 Dec 9999 23:59:59 GMT"), 2);
}

#[test]
fn retry_after_that_is_garbage() {
    limits(&after("soon"), 2);
    limits(&after("-1"), 2);
}

#[test]
fn a_reset_in_the_past() {
    limits(&until(1), 6);
}

#[test]
fn a_reset_far_off() {
    limits(&until(now() + 400 * 86_400), 2);
    limits(&until(i64::MAX / 1000), 2);
    limits(&until(i64::MAX), 2);
}

/// For a ticket: what GitHub stated is in the recording.
#[test]
fn retry_after_is_recorded_as_stated() {
    let story = Story::begin();
    story
        .fake
        .fail_when(|line| Place::Runners.is(line.asked).then(|| after("900")));
    story.check();
    let stated = story.recorded();
    let stated = stated
        .iter()
        .filter_map(|line| line["retry_after_ms"].as_i64());
    assert_eq!(stated.collect::<Vec<_>>(), [900_000]);
}
