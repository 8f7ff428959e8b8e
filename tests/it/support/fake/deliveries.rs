//! The log of a webhook: every change of a job was told, unless it got lost.

use serde_json::{Value, json};

use super::body::Snapshot;
use super::fault::RequestLine;
use super::route::Content;
use crate::support::time::Offset;

/// A page of the log, newest first. Pages are found by a cursor alone.
pub(crate) fn deliveries(now: &Snapshot<'_>, line: &RequestLine) -> Content {
    let all = delivered(now);
    let number = |name, otherwise| {
        let given = line.param(name).and_then(|value| value.parse().ok());
        given.unwrap_or(otherwise)
    };
    let (from, size): (usize, usize) = (number("cursor", 0), number("per_page", 30));
    let page = all.iter().skip(from).take(size);
    let items: Vec<_> = page.map(|(at, item)| record(now, *at, item)).collect();
    let more = from + size < all.len();
    let next = format!(
        "<{}{}?per_page={size}&cursor={}>; rel=\"next\"",
        now.base,
        line.path,
        from + size
    );
    Content {
        body: Value::Array(items).to_string(),
        link: more.then_some(next),
    }
}

/// When what was told, and of which repository.
fn delivered(now: &Snapshot<'_>) -> Vec<(Offset, (&'static str, u64))> {
    let mut all = Vec::new();
    for (repo, job) in now.world.jobs_told_of() {
        let id = now.repository_id(repo);
        let moments = [
            ("queued", Some(job.created_at())),
            ("in_progress", job.runner.map(|_| job.starts)),
            ("completed", job.ends),
        ];
        for (action, at) in moments {
            let at = at.filter(|at| *at <= now.at);
            all.extend(at.map(|at| (at, (action, id))));
        }
    }
    all.sort_by_key(|told| std::cmp::Reverse(told.0));
    all
}

fn record(now: &Snapshot<'_>, at: Offset, (action, repo): &(&str, u64)) -> Value {
    let id = u64::try_from(at.0 + 1_000_000_000_000).expect("an id");
    json!({
        "id": id, "guid": format!("0b989ba4-242f-11e5-81e1-{id:012x}"),
        "delivered_at": now.clock.whole(at), "redelivery": false, "duration": 0.03,
        "status": "OK", "status_code": 200, "event": "workflow_job", "action": action,
        "installation_id": null, "repository_id": repo, "throttled_at": null,
    })
}
