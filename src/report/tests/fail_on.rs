//! What counts, name by name.

use crate::model::*;
use crate::report::FailOn;

use super::golden;

fn parse(values: &[&str]) -> Result<FailOn, String> {
    let values: Vec<_> = values.iter().map(ToString::to_string).collect();
    FailOn::parse(&values).map_err(|error| error.to_string())
}

fn stale() -> Period {
    let mut period = golden::incident_1().periods.remove(0);
    period.killed = Killed::Unknown;
    period
}

fn lag() -> Period {
    golden::clean_with_lag().periods.remove(0)
}

fn of(kind: Kind) -> Period {
    Period {
        kind,
        class: None,
        pattern: None,
        killed: Killed::Yes,
        ..stale()
    }
}

#[track_caller]
fn names(values: &[&str], period: &Period) -> bool {
    parse(values).expect("good names").names(period)
}

#[test]
fn the_standard_is_stale_and_killed() {
    assert_eq!(parse(&[]), Ok(FailOn::standard()));
    assert_eq!(parse(&["stale", "killed"]), Ok(FailOn::standard()));
    assert!(names(&[], &stale()));
    assert!(!names(&[], &lag()));
    let killed = Period {
        killed: Killed::Likely,
        ..lag()
    };
    assert!(names(&[], &killed));
}

/// A monitor hears of every kind; lag it has to ask for.
#[test]
fn for_a_monitor_everything_counts_but_lag() {
    let names = |values: &[&str], period: &Period| {
        let values: Vec<_> = values.iter().map(ToString::to_string).collect();
        FailOn::for_monitoring(&values).unwrap().names(period)
    };
    for kind in Kind::ALL {
        if kind != Kind::BusyFalse {
            for values in [&[][..], &["stale"], &["lag"], &["all"]] {
                assert!(names(values, &of(kind)), "{kind:?} {values:?}");
            }
            assert!(!names(&["none"], &of(kind)));
        }
    }
    assert!(names(&["lag"], &stale()));
    assert!(!names(&["none"], &stale()));
    assert!(names(&["lag"], &lag()));
    assert!(!names(&[], &lag()));
    assert!(!names(&["stale"], &lag()));
}

#[test]
fn each_name_names_its_own() {
    for kind in Kind::ALL {
        for other in Kind::ALL {
            if kind != Kind::BusyFalse {
                assert_eq!(names(&[kind.as_str()], &of(other)), kind == other);
            }
        }
    }
    assert!(names(&["lag"], &lag()));
    assert!(!names(&["lag"], &stale()));
    assert!(!names(&["stale"], &lag()));
}

#[test]
fn killed_means_busy_false_periods_only() {
    for kind in Kind::ALL {
        assert_eq!(names(&["killed"], &of(kind)), kind == Kind::BusyFalse);
    }
}

#[test]
fn all_names_everything_and_none_nothing() {
    for kind in Kind::ALL {
        assert!(names(&["all"], &of(kind)));
        assert!(!names(&["none"], &of(kind)));
    }
    assert!(names(&["all"], &lag()));
    let none = parse(&["none"]).expect("a name");
    assert!(!none.names(&stale()));
}

#[test]
fn a_candidate_is_never_named() {
    let candidate = Period {
        finding: Finding::NotYet,
        killed: Killed::Yes,
        ..stale()
    };
    assert!(!names(&["all"], &candidate));
}

#[test]
fn other_names_are_refused_with_the_list() {
    let error = parse(&["busy-false"]).expect_err("not a name");
    assert_eq!(
        error,
        "`busy-false` is not something to fail on; use one of stale, lag, killed, offline, \
         missing, lost-runner, busy-without-job, double-assignment, all, none"
    );
    assert!(parse(&["Stale"]).is_err());
    assert!(parse(&[""]).is_err());
    assert!(parse(&["none", "lag"]).is_err());
}
