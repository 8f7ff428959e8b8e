//! Lanes are right for any times.

use proptest::prelude::*;

use crate::model::*;
use crate::report::lane::draw;
use crate::report::wording::Moments;

use super::golden;

fn drawn(period: &Period, columns: usize) -> String {
    draw(period, Moments::Short(None), columns).join("\n")
}

fn rows(text: &str, label: &str) -> String {
    let row = text.lines().find(|row| row.starts_with(label));
    row.expect(label)[8..].to_owned()
}

#[test]
fn incident_1_in_few_columns() {
    let analysis = golden::incident_1();
    let rows = draw(&analysis.periods[0], Moments::short(&analysis), 60);
    insta::assert_snapshot!(rows.join("\n"), @r"
            02:00:00                                    02:10:24
    job     [--------------------------------------------------]
    flag     #                       #                        .
    events                                                    T
    desync                           ~~~~~~~~~~~~~~~~~~~~~~~~~D
            # busy:true   . busy:false   T terminated
            D observed   ~ possible
    ");
}

#[test]
fn everything_at_one_instant() {
    let mut period = golden::incident_1().periods.remove(0);
    let instant = period.first_false_at;
    period.onset.after = Some(instant);
    period.end.by = Some(instant);
    period.job = None;
    let own = period.marks.iter().filter(|mark| mark.at == instant);
    period.marks = own.copied().collect();
    let text = drawn(&period, 60);
    assert_eq!(rows(&text, "flag"), ".");
    assert_eq!(rows(&text, "desync"), "D");
}

#[test]
fn one_second_in_five_days_still_shows() {
    let mut period = golden::incident_1().periods.remove(0);
    let job = period.job.as_mut().expect("a job");
    job.start_min = Some(golden::at("2026-05-09T02:10:24Z"));
    job.start_max = job.start_min;
    period.onset.after = Some(golden::at("02:10:07"));
    let text = drawn(&period, 60);
    assert!(text.contains("2026-05-09 02:10:24"));
    assert_eq!(rows(&text, "desync").trim(), "D");
}

#[test]
fn an_open_period_points_onward() {
    let mut period = golden::open_proven().periods.remove(0);
    period.last_false_at = golden::at("08:18:00");
    let text = drawn(&period, 60);
    assert!(rows(&text, "job").ends_with('>'));
    assert!(rows(&text, "desync").ends_with("~>"));
}

#[test]
fn an_unsure_start_is_drawn_as_possible() {
    let mut period = golden::incident_1().periods.remove(0);
    let job = period.job.as_mut().expect("a job");
    job.start_max = Some(golden::at("02:05:00"));
    assert!(rows(&drawn(&period, 60), "job").starts_with("[~~~~~"));
}

#[test]
fn different_marks_in_one_column_are_not_hidden() {
    let mut period = golden::incident_1().periods.remove(0);
    let close = |flag| Mark {
        at: golden::at("02:05:09"),
        flag,
    };
    period.marks = [close(Flag::True), close(Flag::False), close(Flag::True)].into();
    let text = drawn(&period, 60);
    assert_eq!(rows(&text, "flag").trim(), "*");
    assert!(text.contains("* several"));
}

fn instants() -> impl Strategy<Value = Timestamp> {
    let near = 0..100_000_i64;
    let far = -1_000_000_000_000..10_000_000_000_000_i64;
    let any = prop_oneof![Just(i64::MIN), Just(i64::MAX), any::<i64>()];
    prop_oneof![4 => near, 2 => far, 1 => any].prop_map(Timestamp::from_millis)
}

fn flags() -> impl Strategy<Value = Flag> {
    prop_oneof![
        Just(Flag::True),
        Just(Flag::False),
        Just(Flag::Offline),
        Just(Flag::Missing)
    ]
}

prop_compose! {
    /// Any times in any order.
    fn periods()(
        times in prop::array::uniform8(instants()),
        ends in prop::array::uniform3(prop::option::of(instants())),
        marks in prop::collection::vec((instants(), flags()), 0..40),
        has_job in any::<bool>(),
    ) -> Period {
        let mut period = golden::incident_1().periods.remove(0);
        [_, period.onset.by, period.first_false_at, period.last_false_at, ..] = times;
        period.onset.after = ends[0].map(|_| times[0]);
        period.end.after = times[4];
        period.end.by = ends[0];
        period.marks = marks.into_iter().map(|(at, flag)| Mark { at, flag }).collect();
        let mut job = period.job.take().expect("a job");
        job.start_min = ends[1];
        job.start_max = Some(times[5]);
        job.end = ends[2];
        job.job.completed_at = ends[2];
        period.previous_job = Some(job.clone());
        period.job = has_job.then_some(job);
        period
    }
}

proptest! {
    #[test]
    fn any_period_is_drawn_within_its_columns(period in periods(), columns in 0_usize..200) {
        let rows = draw(&period, Moments::Short(None), columns);
        let limit = columns.clamp(32, 108);
        for row in rows.iter().skip_while(|row| row.starts_with(' ')) {
            prop_assert!(row.is_ascii());
            prop_assert!(row.len() <= limit, "{row}");
        }
        let text = rows.join("\n");
        prop_assert!(text.contains('D'), "{text}");
    }
}
