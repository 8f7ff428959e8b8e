//! Paces by hand, and an hour that is never overdrawn.

use super::*;

fn at(minutes: i64) -> Mono {
    Mono::from_millis(minutes * MINUTE)
}

fn spent(charges: &[(i64, u64)]) -> Hour {
    let mut hour = Hour::default();
    for &(minute, charged) in charges {
        (0..charged).for_each(|_| hour.charge(at(minute)));
    }
    hour
}

fn pace(hour: &Hour, now: i64, price: u64) -> i64 {
    hour.pace(at(now), price, 1000, SLOWEST).as_millis() / 1000
}

#[test]
fn cheap_cycles_need_no_pause() {
    assert_eq!(pace(&spent(&[]), 0, 0), 0);
    assert_eq!(pace(&spent(&[]), 0, 6), 21);
    assert_eq!(pace(&spent(&[(0, 72)]), 0, 6), 22);
}

#[test]
fn dear_cycles_are_spread_over_the_hour() {
    assert_eq!(pace(&spent(&[]), 0, 71), 255);
    assert_eq!(pace(&spent(&[(0, 72)]), 0, 71), 270);
}

/// What is left of the hour is spread, not waited for to its end.
#[test]
fn a_burst_slows_and_does_not_stop() {
    let burst = spent(&[(0, 500)]);
    assert_eq!(pace(&burst, 0, 100), 59 * 60 * 100 / 500);
    assert_eq!(pace(&burst, 30, 250), 900);
    assert_eq!(pace(&burst, 60, 250), 900);
    let all = spent(&[(0, 1000)]);
    assert_eq!(pace(&all, 0, 100), 60 * 60);
    assert_eq!(pace(&all, 50, 100), 10 * 60);
}

/// The pace is kept up by what it spent itself.
#[test]
fn an_even_pace_stays_even() {
    let even: Vec<_> = (0..10).map(|cycle| (cycle * 6, 100)).collect();
    assert_eq!(pace(&spent(&even), 59, 100), 360);
}

#[test]
fn no_hour_holds_more_than_the_budget() {
    for price in [3, 40, 166, 700] {
        let mut hour = Hour::default();
        let mut now = at(0);
        let mut sent = Vec::new();
        (0..500).for_each(|_| hour.charge(now));
        sent.push((now, 500));
        while now < at(300) {
            now = now + hour.pace(now, price, 1000, SLOWEST).max(Span::secs(30));
            (0..price).for_each(|_| hour.charge(now));
            sent.push((now, price));
        }
        for (end, _) in &sent {
            let within = sent
                .iter()
                .filter(|(at, _)| *at <= *end && *end < *at + Span::secs(59 * 60));
            let total: u64 = within.map(|(_, charged)| charged).sum();
            assert!(total <= 1000, "{price}: {total} by {end:?}");
        }
    }
}

/// A watch of a minute has the whole hour's requests.
#[test]
fn a_short_rest_is_not_spread() {
    let minute = spent(&[]).pace(at(0), 71, 1000, Span::secs(59));
    assert_eq!(minute, Span::millis(4260));
}

#[test]
fn nothing_is_slower_than_an_hour() {
    assert_eq!(pace(&spent(&[(0, 5000)]), 0, 5000), 3600);
}
