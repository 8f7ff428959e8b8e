//! A burst, and the minute after it.

use super::*;

/// A redirect that is followed is a request of its own.
#[test]
fn redirects_count() {
    let minute = Minute::default();
    let at = |secs| Mono::from_millis(0) + Span::secs(secs);
    for _ in 0..400 {
        assert_eq!(minute.admit(at(0)), Ok(()));
        minute.followed(1, at(1));
    }
    assert_eq!(minute.admit(at(10)), Err(at(60)));
    assert_eq!(minute.admit(at(60)), Ok(()));
}

#[test]
fn no_minute_holds_more() {
    let minute = Minute::default();
    let at = |secs| Mono::from_millis(0) + Span::secs(secs);
    for number in 0..800 {
        assert_eq!(minute.admit(at(number / 100)), Ok(()));
    }
    assert_eq!(minute.admit(at(10)), Err(at(60)));
    assert_eq!(minute.admit(at(60)), Ok(()));
}
