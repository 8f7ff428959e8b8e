//! What is emitted is what the schema promises, and the schema is strict.

use serde_json::{Value, json};

use crate::model::*;
use crate::report::{Format, json::PERIOD_SCHEMA, news_json};

use super::{golden, rendered};

const SCHEMA: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/schemas/runner-desync.report-1.schema.json"
));

const LINE_SCHEMA: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/schemas/runner-desync.period-1.schema.json"
));

const EVENT_SCHEMA: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/schemas/runner-desync.event-1.schema.json"
));

fn schema() -> Value {
    serde_json::from_str(SCHEMA).expect("JSON")
}

fn line_schema() -> Value {
    serde_json::from_str(LINE_SCHEMA).expect("JSON")
}

fn event_schema() -> Value {
    serde_json::from_str(EVENT_SCHEMA).expect("JSON")
}

fn check(schema: &Value, document: &Value) -> Result<(), String> {
    let validator = jsonschema::validator_for(schema).expect("a schema");
    let errors: Vec<_> = validator
        .iter_errors(document)
        .map(|error| error.to_string())
        .collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors.join("\n"))
    }
}

fn document(analysis: &Analysis) -> Value {
    serde_json::from_str(&rendered(analysis, Format::Json)).expect("JSON")
}

#[test]
fn every_golden_report_validates() {
    let schema = schema();
    for (name, analysis) in golden::all() {
        assert_eq!(check(&schema, &document(&analysis)), Ok(()), "{name}");
    }
}

#[test]
fn a_period_is_the_same_in_every_schema() {
    assert_eq!(line_schema()["$defs"], schema()["$defs"]);
    assert_eq!(event_schema()["$defs"], schema()["$defs"]);
}

#[test]
fn every_piece_of_news_validates() {
    let schema = event_schema();
    let analysis = golden::incident_1();
    let period = &analysis.periods[0];
    let kinds = [
        News::Opened,
        News::Counted,
        News::Closed,
        News::Settled,
        News::Retracted,
    ];
    for news in kinds {
        let told = Told {
            at: Mono::from_millis(1),
            news,
            scope: period.runner.key.scope.clone(),
            runner: period.runner.key.id,
            kind: period.kind,
            job: None,
            since: period.onset.by,
        };
        let period = (news != News::Retracted).then_some(period);
        let event: Value = serde_json::from_str(&news_json(&told, period)).expect("JSON");
        assert_eq!(check(&schema, &event), Ok(()), "{news:?}");
    }
}

#[test]
fn every_line_validates() {
    let schema = line_schema();
    for (name, analysis) in golden::all() {
        for line in rendered(&analysis, Format::Ndjson).lines() {
            let period: Value = serde_json::from_str(line).expect("JSON");
            assert_eq!(period["schema"], PERIOD_SCHEMA);
            assert_eq!(check(&schema, &period), Ok(()), "{name}");
        }
    }
}

/// Every word of every closed list of the model is allowed by the schema.
#[test]
fn every_word_is_allowed() {
    let schema = schema();
    let mut analysis = golden::incident_1();
    let template = analysis.periods.remove(0);
    for kind in Kind::ALL {
        let mut period = template.clone();
        period.kind = kind;
        period.class = None;
        period.pattern = None;
        period.job = None;
        analysis.periods.push(period);
    }
    let mut words = template;
    words.killed_because = vec![
        KilledBecause::Terminated,
        KilledBecause::Shutdown,
        KilledBecause::PostStepsSkipped,
        KilledBecause::DispatchWithoutFinish,
        KilledBecause::JobFailed,
        KilledBecause::JobCancelled,
        KilledBecause::JobSucceeded,
        KilledBecause::PostStepsRan,
    ];
    analysis.periods.push(words);
    analysis.coverage.unknown_reasons = UnknownReason::ALL.map(|reason| (reason, 1)).into();
    analysis.caveats = vec![
        Caveat::ScopeAssumed,
        Caveat::ClockAssumed,
        Caveat::ClockOffset(ClockOf::RunnerHost, Span::secs(-3)),
        Caveat::StartDisputed(JobId(2), golden::start_dispute()),
        Caveat::StartUnsure,
        Caveat::ReliesOn304,
        Caveat::RulesDiffer,
        Caveat::RecordingRepaired,
        Caveat::RecordingDamaged,
        Caveat::PageFull,
        Caveat::LowSample,
    ];
    assert_eq!(check(&schema, &document(&analysis)), Ok(()));
}

/// `timeline[].event` is a closed list; `job-state` is for people alone.
#[test]
fn the_timeline_holds_the_events_of_the_contract() {
    let mut analysis = golden::incident_1_with_log();
    let sample = analysis.timeline[0].clone();
    analysis.timeline = RunnerEventKind::ALL
        .map(|event| TimelineEntry {
            event,
            ..sample.clone()
        })
        .into();
    let document = document(&analysis);
    assert_eq!(check(&schema(), &document), Ok(()));
    let told = document["timeline"].as_array().expect("a timeline");
    assert_eq!(told.len(), RunnerEventKind::ALL.len() - 1);
    assert!(!document.to_string().contains("job-state"));
    assert!(!SCHEMA.contains("job-state"));
}

#[test]
fn nothing_else_is_allowed() {
    let schema = schema();
    let good = document(&golden::incident_1());
    let spoil = |path: &str, value: Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(path).expect(path) = value;
        assert!(check(&schema, &bad).is_err(), "{path}");
    };
    spoil("/verdict", json!("fine"));
    spoil("/periods/0/kind", json!("ghost"));
    spoil("/periods/0/onset/after", json!("2026-05-14 02:05:09"));
    spoil("/periods/0/onset/after", json!("2026-05-14T02:05:09.5Z"));
    spoil("/periods/0/observed_s", json!(null));
    spoil("/periods/0/runner/name", json!(7));
    spoil("/coverage/cycles", json!(null));
    spoil("/sources/0/kind", json!("log"));
    spoil("/caveats/0/code", json!("other"));
    let mut more = good.clone();
    more["extra"] = json!(1);
    assert!(check(&schema, &more).is_err());
}

#[test]
fn seconds_are_whole_where_they_can_be() {
    let text = rendered(&golden::open_proven(), Format::Json);
    assert!(text.contains("\"observed_s\": 299.62,"));
    assert!(text.contains("\"lag_limit_s\": 90,"));
    assert!(text.contains("\"margin_s\": 2,"));
    assert!(text.contains("\"at_most_s\": null,"));
    assert!(text.ends_with("}\n"));
}

/// The order is the contract's: it is what people see in `jq .`.
#[test]
fn fields_come_in_the_order_of_the_contract() {
    let text = rendered(&golden::incident_1(), Format::Json);
    let fields = [
        "schema", "tool", "verdict", "host", "targets", "rules", "window", "coverage", "periods",
        "lag", "timeline", "requests", "sources", "caveats",
    ];
    let places: Vec<_> = fields
        .iter()
        .map(|field| text.find(&format!("\n  \"{field}\":")).expect(field))
        .collect();
    assert!(places.is_sorted());
}
