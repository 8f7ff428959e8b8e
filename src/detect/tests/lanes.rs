//! Ring 2: lanes in, periods out. One column a cycle of 30 s; `#` true or
//! running, `.` false, none or agreeing, `?` failed or unknown, `D` a desync.
//!
//! A job lane names its runner: `j7 @r1`. Its first `#` is where it starts,
//! by a "Set up job" step 5 s before the reading of that column, and it ends
//! 5 s before the reading of the column after its last `#`; with `>` at its
//! end it is last read as running. Jobs are read after the runners, once all
//! is over.

use std::collections::BTreeMap;

use super::make::*;
use crate::model::{Certainty, Class, Job, Pattern, Period};

const COLUMN: i64 = s(30);

fn column(index: usize) -> i64 {
    s(1000) + i64::try_from(index).unwrap() * COLUMN
}

/// Plays the lanes of one runner and its jobs.
fn play(lanes: &str) -> (Tape, Vec<char>) {
    let mut tape = Tape::live();
    let mut flags = Vec::new();
    let mut jobs = Vec::new();
    for line in lanes.trim().lines() {
        let (head, lane) = line.trim().rsplit_once(' ').unwrap();
        if let Some(id) = head.trim().strip_suffix("@r1") {
            let id = id.trim().trim_start_matches('j').parse().unwrap();
            jobs.push(job_of(id, lane));
        } else {
            flags = lane.chars().collect();
        }
    }
    for (index, flag) in flags.iter().enumerate() {
        let window = (column(index), column(index) + 200);
        match flag {
            '#' => tape.list(window, vec![runner(1, true)]),
            '.' => tape.list(window, vec![runner(1, false)]),
            'o' => tape.list(window, vec![offline(1, true)]),
            '?' => tape.failed(window, 1),
            other => panic!("unknown mark {other}"),
        }
    }
    let over = column(flags.len());
    tape.jobs((over, over + 100), jobs);
    tape.cycle(over);
    (tape, flags)
}

fn job_of(id: u64, lane: &str) -> Job {
    let first = lane.find('#').unwrap();
    let after = lane.rfind('#').unwrap() + 1;
    let job = running(id, column(first) - s(5));
    if lane.ends_with('>') {
        job
    } else {
        job.ended(column(after) - s(5), "success")
    }
}

fn words(period: &Period) -> String {
    let mut words = vec![period.kind.as_str()];
    words.extend(period.class.map(Class::as_str));
    words.extend(period.pattern.map(Pattern::as_str));
    if period.certainty == Certainty::Provisional {
        words.push("provisional");
    }
    words.join(", ")
}

/// What the detector made of the lanes: a mark per column, and a line per
/// period.
fn outcome(lanes: &str) -> (String, Vec<String>) {
    let (tape, flags) = play(lanes);
    let judged = tape.judged(1);
    let mut by_column = BTreeMap::new();
    let said = flags.iter().enumerate().filter(|(_, flag)| **flag != '?');
    for ((index, _), judged) in said.zip(&judged) {
        let mark = match short(judged.verdict) {
            Short::Desync(_) => 'D',
            Short::Agrees | Short::AgreesUnchanged | Short::Idle => '.',
            Short::Maybe(_) | Short::Late | Short::Unknown(_) => '?',
        };
        by_column.insert(index, mark);
    }
    let columns = 0..flags.len();
    let marks = columns.map(|index| by_column.get(&index).copied().unwrap_or('?'));
    let periods = tape.analysis().periods;
    (marks.collect(), periods.iter().map(words).collect())
}

#[track_caller]
fn check(lanes: &str, expect: &str, periods: &[&str]) {
    let (marks, found) = outcome(lanes);
    assert_eq!(marks, expect, "{lanes}");
    assert_eq!(found, periods, "{lanes}");
}

#[test]
fn agreement_is_clean() {
    check(
        "
        r1      ...#####...
        j7 @r1  ...#####...",
        "...........",
        &[],
    );
}

#[test]
fn flapped() {
    check(
        "
        r1      ..####....##....
        j7 @r1  ..##########....",
        "......DDDD......",
        &["busy-false, stale, flapped"],
    );
}

#[test]
fn unknown_readings_neither_close_nor_belong_to_a_period() {
    check(
        "
        r1      ..##.??.##..
        j7 @r1  ..########..",
        "....D??D....",
        &["busy-false, stale, flapped"],
    );
}

#[test]
fn an_agreeing_reading_parts_two_periods() {
    check(
        "
        r1      .##..#..##.
        j7 @r1  .#########.",
        "...DD.DD...",
        &["busy-false, stale, flapped", "busy-false, stale, flapped"],
    );
}

#[test]
fn lag_then_true() {
    check(
        "
        r1      ....####..
        j7 @r1  ..######..",
        "..DD......",
        &["busy-false, lag, late"],
    );
}

#[test]
fn too_long_for_lag() {
    check(
        "
        r1      ......##..
        j7 @r1  ..######..",
        "..DDDD....",
        &["busy-false, stale, late"],
    );
}

#[test]
fn never_set() {
    check(
        "
        r1      ..........
        j7 @r1  ..######..",
        "..DDDDDD..",
        &["busy-false, stale, never-set"],
    );
}

#[test]
fn flipped_within_the_lag_limit_is_stale() {
    check(
        "
        r1      ..#.......
        j7 @r1  ..##......",
        "...D......",
        &["busy-false, stale, flipped"],
    );
}

#[test]
fn the_next_job_after_a_break_is_another_period() {
    check(
        "
        r1      .#...#....#..
        j7 @r1  .###.........
        j8 @r1  .....#####...",
        "..DD..DDDD?..",
        &["busy-false, stale, flipped", "busy-false, stale, never-set"],
    );
}

#[test]
fn a_job_still_running_leaves_a_candidate() {
    check(
        "
        r1      ..###.....
        j7 @r1  ..#######>",
        ".....?????",
        &["busy-false, stale, flipped, provisional"],
    );
}

#[test]
fn busy_after_the_end_within_the_lag_limit_is_unknown() {
    check(
        "
        r1      .####.......
        j7 @r1  .##.........",
        "...??.......",
        &[],
    );
}

#[test]
fn busy_without_job_is_provisional() {
    check(
        "
        r1      .######.....
        j7 @r1  .#..........",
        "..?????.....",
        &["busy-without-job, provisional"],
    );
}

#[test]
fn an_offline_reading_ends_a_busy_false_period_and_opens_another() {
    check(
        "
        r1      ..#..oo##..
        j7 @r1  ..#######..",
        "...DD??....",
        &["busy-false, stale, flapped", "offline, provisional"],
    );
}

#[test]
fn jobs_in_close_succession_with_a_flag_that_stays() {
    check(
        "
        r1      .########...
        j7 @r1  .###........
        j8 @r1  ....#####...",
        "............",
        &[],
    );
}

#[test]
fn left_over_true_then_lag() {
    check(
        "
        r1      .####..##...
        j7 @r1  .###........
        j8 @r1  ....#####...",
        ".....DD.....",
        &["busy-false, lag, late"],
    );
}
