//! What is said, and what is never said.

use crate::model::*;
use crate::report::wording::unit::{at_most, count, duration, grouped, percent};
use crate::report::wording::{Moments, Story};
use crate::report::{FailOn, Format, Style};

use super::{golden, rendered, with};

#[test]
fn lengths_have_one_rule() {
    let cases = [
        (0, "0 s"),
        (350, "0.35 s"),
        (132_000, "132 s"),
        (179_999, "179.999 s"),
        (180_000, "3 min 0 s"),
        (300_000, "5 min 0 s"),
        (7_199_999, "119 min 59 s"),
        (7_200_000, "2 h 0 min"),
        (172_800_000, "2 d 0 h"),
        (-1_500, "-1.5 s"),
        (i64::MIN, "-106751991167 d 7 h"),
    ];
    for (millis, words) in cases {
        assert_eq!(duration(Span::millis(millis)), words);
    }
}

/// "At least 3 min 5 s would have been found" is false of 185.9 s.
#[test]
fn the_most_and_a_promise_are_rounded_up() {
    let cases = [
        (0, "0 s"),
        (350, "0.35 s"),
        (179_999, "179.999 s"),
        (185_900, "3 min 6 s"),
        (186_000, "3 min 6 s"),
        (7_199_001, "2 h 0 min"),
        (7_259_000, "2 h 1 min"),
        (172_799_000, "2 d 0 h"),
        (172_800_001, "2 d 1 h"),
        (-1_500, "-1.5 s"),
        (i64::MAX, "106751991167 d 8 h"),
    ];
    for (millis, words) in cases {
        assert_eq!(at_most(Span::millis(millis)), words);
    }
    let mut analysis = golden::incident_1();
    analysis.periods[0].at_most = Some(Span::millis(7_259_000));
    analysis.coverage.would_detect = Some(Span::millis(185_900));
    let text = with(
        &analysis,
        Format::Table,
        &FailOn::parse(&[]).unwrap(),
        200,
        Style::Plain,
    );
    assert!(text.contains("at most 2 h 1 min"), "{text}");
    assert!(text.contains("at least 3 min 6 s"), "{text}");
}

#[test]
fn numbers_are_grouped_and_shares_never_rounded_up() {
    assert_eq!(grouped(999), "999");
    assert_eq!(grouped(1_204), "1,204");
    assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
    assert_eq!(count(1, "job", "jobs"), "1 job");
    assert_eq!(count(0, "job", "jobs"), "0 jobs");
    assert_eq!(percent(0.9), "90 %");
    assert_eq!(percent(0.8999), "89.9 %");
    assert_eq!(percent(0.61), "61 %");
    assert_eq!(percent(1.0), "100 %");
    assert_eq!(percent(f64::NAN), "NaN %");
}

fn headline(analysis: &Analysis, fail_on: &[&str]) -> String {
    let names: Vec<_> = fail_on.iter().map(ToString::to_string).collect();
    let fail_on = FailOn::parse(&names).expect("names");
    let text = with(analysis, Format::Table, &fail_on, 120, Style::Plain);
    text.lines().next().expect("a line").to_owned()
}

#[test]
fn the_headline_says_what_was_not_counted() {
    let clean = golden::clean_with_lag();
    assert_eq!(
        headline(&clean, &[]),
        "clean, 12 lag periods not counted: 148 jobs of 12 runners read, coverage 99.8 %"
    );
    assert_eq!(
        headline(&clean, &["lag"]),
        "lag: 12 lag findings on 12 runners"
    );
    assert_eq!(
        headline(&golden::incident_1(), &["none"]),
        "desync: 1 stale finding on 1 runner; 1 job killed afterwards; not counted: 1 stale period"
    );
}

#[test]
fn the_headline_says_why_it_is_inconclusive() {
    let mut analysis = golden::inconclusive();
    assert_eq!(
        headline(&analysis, &[]),
        "inconclusive: coverage 61.3 % is below 90 % and 1 stale candidate is not confirmed"
    );
    analysis.coverage.ratio = None;
    assert_eq!(
        headline(&analysis, &[]),
        "inconclusive: the runners of a target were never listed and 1 stale candidate is not confirmed"
    );
    analysis.periods.clear();
    analysis.coverage = Coverage::default();
    assert_eq!(headline(&analysis, &[]), "inconclusive: no job was judged");
}

/// A final record is asked for where one is missing, and nowhere else.
#[test]
fn what_is_asked_for_is_what_is_missing() {
    let next = |analysis: &Analysis| {
        let text = rendered(analysis, Format::Table);
        let next = text.lines().find(|line| line.starts_with("next: "));
        next.unwrap().to_owned()
    };
    let mut analysis = golden::inconclusive();
    analysis.coverage.ratio = None;
    analysis.requests = None;
    assert!(next(&analysis).contains("the final record of the job"));
    analysis.periods.clear();
    assert!(next(&analysis).contains("readings of these runners"));
    analysis.coverage = Coverage::default();
    assert!(next(&analysis).contains("the jobs of these runners"));
}

#[test]
fn the_headline_names_sorts_when_there_are_several() {
    let mut analysis = golden::incident_1();
    let mut offline = analysis.periods[0].clone();
    offline.kind = Kind::Offline;
    offline.class = None;
    offline.killed = Killed::Unknown;
    analysis.periods.push(offline);
    assert_eq!(
        headline(&analysis, &[]),
        "desync: 2 findings (1 offline, 1 stale) on 1 runner; 1 job killed afterwards; \
         not counted: 1 offline period"
    );
}

#[test]
fn a_job_of_two_findings_is_killed_once() {
    let mut analysis = golden::incident_1();
    analysis.periods.push(analysis.periods[0].clone());
    assert_eq!(
        headline(&analysis, &[]),
        "desync: 2 stale findings on 1 runner; 1 job killed afterwards"
    );
}

#[test]
fn one_reading_and_many_are_worded_apart() {
    let analysis = golden::incident_1();
    let story = Story {
        period: &analysis.periods[0],
        moments: Moments::short(&analysis),
    };
    assert_eq!(
        story.said(),
        "busy:false at its 1 reading, 02:10:08, 10 min 8 s into the job"
    );
    let mut many = analysis.periods[0].clone();
    many.readings = 4;
    many.first_false_at = golden::at("02:08:08");
    many.longest_gap = Some(Span::secs(60));
    many.job_age = None;
    let story = Story {
        period: &many,
        ..story
    };
    assert_eq!(
        story.said(),
        "busy:false at every one of 4 readings from 02:08:08 to 02:10:08 (longest gap 60 s)"
    );
}

/// No format ever says that a desync caused anything.
#[test]
fn killed_follows_and_is_never_caused() {
    for (name, analysis) in golden::all() {
        for format in [Format::Table, Format::Markdown] {
            let text = rendered(&analysis, format).to_lowercase();
            assert!(!text.contains("caused by"), "{name}");
            assert!(!text.contains("because of"), "{name}");
        }
    }
    let text = rendered(&golden::incident_1(), Format::Table);
    assert!(text.contains("yes: the runner was terminated 1 s later and the job failed"));
}

/// Unknown is a dash, never a zero or nothing.
#[test]
fn the_unknown_is_a_dash() {
    let mut analysis = golden::incident_1();
    analysis.periods[0].runner.name = None;
    let text = rendered(&analysis, Format::Table);
    assert!(text.contains("—, id 18700, repo:acme/atlas"));
    assert!(text.contains("runner 18700 read busy:false"));
    assert!(text.contains("coverage   —"));
}

#[test]
fn another_level_is_named() {
    let text = rendered(&golden::inconclusive(), Format::Markdown);
    assert!(text.contains("3 running jobs are on self-hosted runners that are not registered"));
}

/// Thirty lag periods must not push one stale period off the screen.
#[test]
fn lag_that_does_not_count_takes_one_line_each() {
    let mut analysis = golden::clean_with_lag();
    analysis
        .periods
        .push(golden::incident_1().periods.remove(0));
    analysis.verdict = ReportVerdict::Desync;
    let text = rendered(&analysis, Format::Table);
    let stale = text.find("1. i-06cbe04821ccba677").expect("a block");
    let lag = text.find("not counted\n  lag on atlas-1").expect("lines");
    assert!(stale < lag);
    assert!(text.contains("and 2 more; `--format json` has all"));
}

/// What the runner itself told GitHub before the reading, and nothing where it
/// changed so near that nobody can tell.
#[test]
fn what_the_runner_told_github_is_said() {
    let analysis = golden::incident_1_with_log();
    let state = |told: &[(&str, &str)]| {
        let mut period = analysis.periods[0].clone();
        let sample = period.events[0].clone();
        period
            .events
            .extend(told.iter().map(|&(time, state)| TimelineEntry {
                at: golden::at(time),
                event: RunnerEventKind::JobState,
                detail: Some(state.into()),
                ..sample.clone()
            }));
        let story = Story {
            period: &period,
            moments: Moments::short(&analysis),
        };
        story.told_state()
    };
    let busy = ("02:07:49", "Busy");
    let said = |state: &str, from: &str| {
        Some(format!(
            "the runner was last to tell GitHub {state}, from {from} on"
        ))
    };
    assert_eq!(state(&[]), None);
    assert_eq!(state(&[busy]), said("Busy", "02:07:49"));
    let online = ("02:09:00", "Online");
    assert_eq!(state(&[busy, online]), said("Online", "02:09:00"));
    assert_eq!(
        state(&[busy, ("02:10:06", "Online")]),
        said("Online", "02:10:06")
    );
    for near in ["02:10:07", "02:10:09"] {
        assert_eq!(state(&[busy, (near, "Online")]), None);
    }
    assert_eq!(
        state(&[busy, ("02:10:10", "Online")]),
        said("Busy", "02:07:49")
    );
    assert_eq!(state(&[("02:07:49", "<script>")]), None);
}
