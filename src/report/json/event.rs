//! One piece of news as a line of JSON: schema `runner-desync.event/1`.

use serde::Serialize;

use super::period::PeriodV1;
use crate::model::{News, Period, Told};
use crate::report::escape;

/// Name and version of the schema of one piece of news.
const EVENT_SCHEMA: &str = "runner-desync.event/1";

/// One piece of news as a JSON object; `period` is `null` for one that was
/// taken back.
pub(crate) fn news_json(told: &Told, period: Option<&Period>) -> String {
    let event = EventV1 {
        schema: EVENT_SCHEMA,
        event: match told.news {
            News::Opened => "opened",
            News::Counted => "counted",
            News::Closed => "closed",
            News::Settled => "settled",
            News::Retracted => "retracted",
        },
        scope: told.scope.to_string(),
        runner_id: told.runner.0,
        kind: told.kind.as_str(),
        job_id: told.job.map(|job| job.0),
        since: told.since.to_string(),
        period: period.map(PeriodV1::from),
    };
    escape::json(&serde_json::json!(event).to_string())
}

#[derive(Serialize)]
struct EventV1<'a> {
    schema: &'static str,
    event: &'static str,
    scope: String,
    runner_id: u64,
    kind: &'static str,
    job_id: Option<u64>,
    since: String,
    period: Option<PeriodV1<'a>>,
}
