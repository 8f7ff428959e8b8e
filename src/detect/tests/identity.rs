//! Which readings and jobs are of one runner (`evidence.md` §1).

use super::make::*;
use crate::model::{Class, EndReason, Job, Kind, OnlineStatus, Runner, UnknownReason as Why};
use Short::{Desync, Idle, Unknown};

#[test]
fn a_re_registered_runner_is_not_held_to_the_old_job() {
    let read = |job| {
        let mut tape = Tape::files();
        tape.import(job);
        tape.reading(s(200), busy().with_version("2.1"));
        tape.reading(s(300), offline(1, true).with_version("2.1"));
        tape.reading(s(400), idle().with_version("2.2"));
        tape.last()
    };
    assert_eq!(read(failed_job()), Unknown(Why::ReRegistered));
    assert_eq!(read(moving_job(500)), Desync(Kind::BusyFalse));
}

/// Another version, system or label set; not one that only one of the two
/// readings states, and not the same labels in another order or case.
#[test]
fn what_shows_a_runner_registered_anew() {
    let read = |before: Runner, after: Runner| {
        let mut tape = Tape::files();
        tape.import(failed_job());
        tape.reading(s(300), before);
        tape.reading(s(400), after);
        tape.last()
    };
    let was = || offline(1, true);
    let other = |os: &str| Runner {
        os: Some(os.into()),
        ..idle()
    };
    let anew = Unknown(Why::ReRegistered);
    let same = Desync(Kind::BusyFalse);
    assert_eq!(read(was(), other("windows")), anew);
    assert_eq!(read(was(), Runner { os: None, ..idle() }), same);
    let versions = |before: Option<&str>, after: Option<&str>| {
        let version = |of: Option<&str>| of.map(Into::into);
        let before = Runner {
            version: version(before),
            ..was()
        };
        read(
            before,
            Runner {
                version: version(after),
                ..idle()
            },
        )
    };
    assert_eq!(versions(Some("2.1"), Some("2.2")), anew);
    assert_eq!(versions(Some("2.1"), Some("2.1")), same);
    assert_eq!(versions(Some("2.1"), None), same);
    assert_eq!(versions(None, Some("2.2")), same);
    let labels = |before: &[&str], after: &[&str]| {
        read(was().with_labels(before), idle().with_labels(after))
    };
    assert_eq!(labels(&["linux", "gpu"], &["linux"]), anew);
    assert_eq!(labels(&["linux", "gpu"], &["GPU", "Linux"]), same);
}

/// What one source does not state is not another version or label set.
#[test]
fn labels_not_stated_are_no_other_labels() {
    let mut tape = Tape::files();
    tape.import(failed_job());
    tape.reading(s(300), offline(1, true).with_labels(&["linux"]));
    tape.reading(s(400), idle());
    assert_eq!(tape.last(), Desync(Kind::BusyFalse));
}

#[test]
fn another_name_group_or_label_set_is_ambiguous() {
    let job = || done(7, s(100), s(1000));
    let read = |runner, job| imported(s(500), runner, vec![job]);
    assert_eq!(
        read(idle(), job().on_named(1, "other")),
        Unknown(Why::Ambiguous)
    );
    let mut grouped = job();
    grouped.assignment.as_mut().unwrap().group_id = Some(4);
    assert_eq!(
        read(idle().in_group(5), grouped.clone()),
        Unknown(Why::Ambiguous)
    );
    assert_eq!(
        read(idle().in_group(4), grouped.clone()),
        Desync(Kind::BusyFalse)
    );
    assert_eq!(read(idle(), grouped), Desync(Kind::BusyFalse));
    let mut labeled = job();
    labeled.labels = Some(vec!["self-hosted".into(), "GPU".into()]);
    let bare = idle().with_labels(&["self-hosted"]);
    assert_eq!(read(bare, labeled.clone()), Unknown(Why::Ambiguous));
    let fitting = idle().with_labels(&["self-hosted", "gpu", "x64"]);
    assert_eq!(read(fitting, labeled), Desync(Kind::BusyFalse));
}

#[test]
fn hosted_jobs_are_never_matched() {
    let hosted = done(7, s(100), s(1000)).hosted();
    assert_eq!(imported(s(500), idle(), vec![hosted]), Idle);
    let open = running(7, s(100)).hosted();
    assert_eq!(imported(s(500), idle(), vec![open]), Idle);
}

#[test]
fn a_nameless_reading_takes_the_only_name_its_jobs_give() {
    let nameless = || idle().named(None);
    let a = || done(7, s(100), s(1000)).on_named(1, "a");
    let b = || done(8, s(2000), s(3000)).on_named(1, "b");
    let read = |jobs| imported(s(500), nameless(), jobs);
    assert_eq!(read(vec![a()]), Desync(Kind::BusyFalse));
    assert_eq!(read(vec![a(), b()]), Unknown(Why::Ambiguous));
    // Another reading's name does not decide between the jobs' names.
    let mut tape = Tape::files();
    tape.import(a());
    tape.import(b());
    tape.reading(s(400), busy().named(Some("a")));
    tape.reading(s(500), nameless());
    assert_eq!(tape.last(), Unknown(Why::Ambiguous));
}

/// Nor does it stand for a name that no job gives.
#[test]
fn a_nameless_reading_takes_no_name_from_other_readings() {
    let mut tape = Tape::files();
    tape.import(done(7, s(100), s(1000)).on(2));
    tape.reading(s(400), idle());
    tape.reading(s(500), idle().named(None));
    assert_eq!(tape.last(), Unknown(Why::Ambiguous));
}

/// "Else it is ambiguous": with no job that names the id too.
#[test]
fn a_nameless_reading_that_no_job_names_is_ambiguous() {
    let elsewhere = done(7, s(100), s(1000)).on(2);
    let read = |runner: Runner| imported(s(500), runner, vec![elsewhere.clone()]);
    assert_eq!(read(idle().named(None)), Unknown(Why::Ambiguous));
    assert_eq!(read(idle()), Idle);
}

/// What narrows a view by name finds it by that name too.
#[test]
fn a_nameless_reading_is_found_by_the_name_that_jobs_give() {
    let names = |runner: Runner| {
        let mut tape = Tape::files();
        tape.import(done(7, s(100), s(1000)).on_named(1, "by-jobs"));
        tape.reading(s(500), runner);
        let detector = tape.detector();
        let (_, names) = detector.runners().next().unwrap();
        names
            .names
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(idle().named(None)), ["by-jobs"]);
    assert_eq!(names(idle().named(Some("own"))), ["own"]);
}

/// In logs that know only an instance id the name ends with it, and nothing
/// looser will do.
#[test]
fn an_instance_id_is_the_end_of_the_name() {
    let read = |instance: &str| {
        let mut tape = Tape::files();
        tape.import(done(7, s(100), s(1000)).on_named(1, "prod-i-0abc"));
        tape.instance_reading(s(500), instance, idle().named(None));
        tape.last()
    };
    assert_eq!(read("i-0abc"), Desync(Kind::BusyFalse));
    assert_eq!(read("prod-i-0abc"), Desync(Kind::BusyFalse));
    for other in ["0ab", "prod-i-0", "i-0ABC", "x-prod-i-0abc", ""] {
        assert_eq!(read(other), Unknown(Why::Ambiguous), "{other:?}");
    }
}

/// Equal readings from one source count once; two sources are two witnesses.
#[test]
fn equal_readings_from_one_source_count_once() {
    let mut tape = Tape::files();
    tape.import(done(7, s(100), s(1000)));
    tape.reading(s(500), busy());
    tape.reading(s(501), idle());
    tape.reading(s(500), busy());
    assert_eq!(tape.judged(1).len(), 2);
    tape.instance_reading(s(500), "r1", busy());
    assert_eq!(tape.judged(1).len(), 3);
}

/// With and without its name, which only one job gives, it is the same reading.
#[test]
fn a_reading_with_and_without_its_name_counts_once() {
    let count = |source: &[Runner]| {
        let mut tape = Tape::files();
        tape.import(done(7, s(100), s(1000)));
        for runner in source {
            tape.reading(s(500), runner.clone());
        }
        tape.instance_reading(s(500), "r1", idle());
        tape.reading(s(500), idle().named(None));
        tape.judged(1).len()
    };
    assert_eq!(count(&[idle()]), 2);
    assert_eq!(count(&[]), 2);
    assert_eq!(count(&[busy()]), 3);
}

/// It would say that this runner's job cannot have begun before its end.
#[test]
fn a_job_of_another_name_is_not_the_job_before() {
    let read = |before: Job| {
        let late = job(8)
            .started(s(50))
            .set_up(s(510))
            .ended(s(1000), "success");
        imported(s(520), idle(), vec![before, late])
    };
    let before = done(7, s(0), s(500));
    assert_eq!(read(before.clone()), Desync(Kind::BusyFalse));
    assert_eq!(read(before.on_named(1, "other")), Unknown(Why::Edge));
}

/// A job of another runner with this id, on another level, does not hide that
/// this runner is gone.
#[test]
fn a_404_takes_the_name_of_the_registration() {
    let mut tape = Tape::live();
    tape.list((s(200), s(201)), vec![busy()]);
    tape.by_id((s(400), s(401)), 1, None);
    tape.list((s(402), s(403)), vec![runner(2, false)]);
    let stranger = done(9, s(10), s(20)).on_named(1, "other");
    tape.jobs((s(1100), s(1101)), vec![moving_job(500), stranger]);
    assert_eq!(tape.last(), Desync(Kind::Missing));
}

#[test]
fn jobs_of_other_scopes_and_hosts_are_not_ours() {
    let mut elsewhere = done(7, s(100), s(1000));
    elsewhere.repo = crate::model::RepoName::parse("acme/other").unwrap();
    let jobs = vec![elsewhere, done(8, s(5000), s(6000))];
    assert_eq!(imported(s(500), idle(), jobs), Idle);
}

/// Two repositories of an owner can each have a runner of one id: what is read
/// of the other ends no period, and its jobs are not the jobs before.
#[test]
fn a_runner_of_another_name_under_the_same_id_is_another_runner() {
    let mut other = runner(1, false);
    other.name = Some("other".into());
    other.status = OnlineStatus::Offline;
    let mut of_other = done(3, s(10), s(95));
    of_other.assignment.as_mut().unwrap().runner_name = Some("other".into());
    let mut tape = Tape::files();
    tape.import(done(7, s(100), s(1000)));
    tape.import(of_other);
    tape.reading(s(130), runner(1, true));
    tape.reading(s(150), runner(1, false));
    tape.reading(s(300), other);
    let analysis = tape.analysis();
    let [period] = &analysis.periods[..] else {
        panic!("one period: {:?}", analysis.periods);
    };
    assert_eq!(period.class, Some(Class::Stale));
    assert_eq!(period.previous_job, None);
    assert_eq!(period.end.reason, EndReason::JobCompleted);
}
