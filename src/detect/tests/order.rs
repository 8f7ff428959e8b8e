//! The fold does not depend on the order of answers within a cycle: a
//! recording writes unchanged lists after the changed ones. What a rotation
//! carried over counts once.

use super::make::*;
use crate::model::Record;

/// Two lists and the jobs between them; nothing runs.
fn quiet() -> Tape {
    let mut tape = Tape::live();
    tape.list((s(1000), s(1001)), vec![runner(1, false)]);
    tape.list((s(1002), s(1003)), vec![runner(2, false)]);
    tape.jobs((s(1004), s(1005)), vec![]);
    tape.cycle(s(1004));
    tape
}

fn is_exchange(record: &Record) -> bool {
    matches!(record, Record::Exchange(_))
}

#[test]
fn answers_of_a_cycle_come_in_any_order() {
    let mut tape = quiet();
    let in_order = tape.analysis();
    let first = tape.records.iter().position(is_exchange).unwrap();
    let exchanges = tape
        .records
        .iter()
        .filter(|record| is_exchange(record))
        .count();
    tape.records[first..first + exchanges].reverse();
    assert_eq!(in_order.coverage.readings.agree, 2);
    assert_eq!(tape.analysis(), in_order);
}

#[test]
fn what_was_carried_over_counts_once() {
    let mut tape = quiet();
    let once = tape.analysis();
    let again = tape.records.clone();
    tape.records.extend(again);
    assert_eq!(tape.analysis(), once);
}
