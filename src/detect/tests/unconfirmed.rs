//! Nothing is claimed across an unknown: readings that no reading of the job
//! confirms stretch no claim. Found by the simulation (`sim`).

use super::make::*;
use crate::model::Finding;

#[test]
fn a_proven_period_ends_where_the_job_was_last_read() {
    let mut tape = Tape::live();
    let open = running(7, s(100));
    tape.sandwich(s(300), &open, runner(1, false));
    tape.sandwich(s(400), &open, runner(1, false));
    tape.cycle(s(410));
    // From here on no reading of the job succeeds, and it may be over.
    for cycle in 0..20 {
        let from = s(500) + cycle * s(60);
        tape.list((from, from + 100), vec![runner(1, false)]);
    }
    let analysis = tape.analysis();
    let period = &analysis.periods[0];
    assert_eq!(period.finding, Finding::Yes);
    assert_eq!(period.readings, 2, "{period:?}");
    assert!(period.last_false_at < at(s(500)), "{period:?}");
    assert_eq!(period.end.by, None);
    assert_eq!(analysis.coverage.readings.unknown, 20);
}

#[test]
fn a_candidate_that_nothing_confirms_stays_whole() {
    let mut tape = Tape::live();
    tape.jobs((s(200), s(201)), vec![running(7, s(100))]);
    for cycle in 0..3 {
        let from = s(300) + cycle * s(60);
        tape.list((from, from + 100), vec![runner(1, false)]);
    }
    let analysis = tape.analysis();
    assert_eq!(analysis.periods[0].finding, Finding::NotYet);
    assert_eq!(analysis.periods[0].readings, 3);
}
