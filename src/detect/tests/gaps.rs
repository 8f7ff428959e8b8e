//! What cycles lack, and whose lists show that a runner is absent.

use super::make::*;
use crate::model::{Gap, Host, Mono, Record, ReportVerdict, Said, Scope, Target, UnknownReason};

/// A cycle that lacks the jobs of a repository for a second.
fn lacking(tape: &mut Tape, from: i64, reason: UnknownReason) {
    tape.end_cycle(from, |cycle| {
        cycle.gaps.push(Gap {
            from: Mono::from_millis(from),
            to: Mono::from_millis(from + s(1)),
            target: "runs of acme/atlas".into(),
            reason,
        });
    });
}

#[test]
fn what_cycles_in_a_row_lack_for_one_reason_is_one_gap() {
    let (http, limited) = (UnknownReason::HttpError, UnknownReason::RateLimited);
    let mut tape = Tape::live();
    lacking(&mut tape, s(100), http);
    lacking(&mut tape, s(130), http);
    lacking(&mut tape, s(160), http);
    lacking(&mut tape, s(190), limited);
    tape.cycle(s(220));
    lacking(&mut tape, s(250), limited);
    let gaps = tape.analysis().coverage.gaps;
    let gaps: Vec<_> = (gaps.iter())
        .map(|gap| ((gap.to - gap.from).as_millis() / 1000, gap.reason))
        .collect();
    assert_eq!(gaps, [(61, http), (1, limited), (1, limited)]);
}

/// An organization of the same name on another server has other runners.
#[test]
fn a_list_of_one_host_shows_nothing_absent_on_another() {
    let mut tape = Tape::live();
    tape.list((s(100), s(101)), vec![runner(1, false)]);
    tape.cycle(s(102));
    let Some(Record::Run(own)) = tape.records.first().cloned() else {
        panic!("a tape begins with a header");
    };
    let mut elsewhere = own;
    elsewhere.id = "run-2".into();
    elsewhere.host = Host::new("github.acme.example");
    tape.records.push(Record::Run(elsewhere));
    tape.list((s(200), s(201)), vec![runner(2, false)]);
    tape.cycle(s(202));
    let reasons = tape.analysis().coverage.unknown_reasons;
    assert_eq!(reasons.get(&UnknownReason::RunnerAbsent), None);
}

#[test]
fn a_repository_that_was_listed_once_is_not_never_readable() {
    let unreadable = |listed: bool| {
        let mut tape = Tape::live();
        if listed {
            let target = Target::Runs {
                repo: repo(),
                status: None,
                page: 1,
            };
            let said = Said::Runs {
                total: Some(0),
                runs: Vec::new(),
                undecodable: 0,
            };
            tape.exchange((s(90), s(91)), target, said);
        }
        tape.end_cycle(s(100), |cycle| {
            cycle.unreadable = vec![repo().to_string().into()];
        });
        tape.analysis().coverage.unreadable.len()
    };
    assert_eq!((unreadable(false), unreadable(true)), (1, 0));
}

/// How many runners there are whose list never answered, nobody knows.
#[test]
fn a_share_is_not_known_where_a_scope_was_never_listed() {
    let coverage = |listed: bool| {
        let mut tape = Tape::live();
        if let Some(Record::Run(run)) = tape.records.first_mut() {
            run.targets.push(Scope::Org("other".into()));
        }
        tape.list((s(100), s(101)), vec![runner(1, false)]);
        if listed {
            let target = Target::Runners {
                scope: Scope::Org("other".into()),
                page: 1,
            };
            let said = Said::Runners {
                total: Some(0),
                runners: Vec::new(),
                undecodable: 0,
            };
            tape.exchange((s(102), s(103)), target, said);
        }
        tape.cycle(s(104));
        let analysis = tape.analysis();
        (analysis.coverage.ratio, analysis.verdict)
    };
    assert_eq!(coverage(true), (Some(1.0), ReportVerdict::Clean));
    assert_eq!(coverage(false), (None, ReportVerdict::Inconclusive));
}
