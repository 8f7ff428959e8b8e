//! Prices of fleets whose size is known.

use super::*;

/// The fleet of the issue: 250 runners, 5 repositories, 60 runs.
const SMALL: Fleet = Fleet {
    runner_pages: 3,
    repo_pages: 1,
    repos: 5,
    active: 5,
    long: 0,
    open_runs: 60,
    log_pages: 0,
    job_pages: 1,
};

#[test]
fn a_cycle_has_its_price() {
    let price = SMALL.price(EtagsSeen::Work);
    assert_eq!((price.first, price.unchanged, price.changed), (72, 6, 71));
    let dear = SMALL.price(EtagsSeen::Ignored);
    assert_eq!((dear.first, dear.unchanged, dear.changed), (72, 71, 71));
}

#[test]
fn idle_repositories_take_turns() {
    let wide = Fleet {
        repos: 400,
        active: 0,
        open_runs: 0,
        ..SMALL
    };
    assert_eq!(wide.turns(), 4);
    assert_eq!(wide.price(EtagsSeen::Absent).unchanged, 3 + 3 + 100);
    assert_eq!(SMALL.turns(), 1);
}

#[test]
fn the_interval_is_stretched_only_where_it_must_be() {
    let wanted = Span::secs(30);
    assert_eq!(fitting(6, 1000, wanted), wanted);
    assert_eq!(fitting(71, 1000, wanted), Span::secs(256));
    assert_eq!(fitting(71, 0, wanted), Span::secs(255_600));
}
