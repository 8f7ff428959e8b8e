//! Lists that change while they are read, and pages that lead astray.

use serde_json::{Value, json};

use super::story::{LIAR, Place, REPO, Says, Story, fleet, strikes, strikes_at};
use crate::support::fake::{Builder, Reply, list_in};
use crate::support::{FakeGitHub, Fault};

const INCOMPLETE: Says = Says::Missing("incomplete-pages");

/// The fleet of every story and more runners than one page holds.
fn large_fleet() -> Builder {
    (1000..1120).fold(fleet(), |builder, id| {
        builder.runner(id, &format!("idle-{id}"))
    })
}

/// A check of the large fleet, one page of whose runners meets a fault.
#[track_caller]
fn page(number: Option<&'static str>, fault: Fault, says: Says) -> Story {
    let story = Story::of(large_fleet());
    story.fake.fail_when(move |line| {
        let hit = Place::Runners.is(line.asked) && line.param("page") == number;
        hit.then(|| fault.clone())
    });
    says.of(&story.check());
    let pages = story.fake.count(|asked| Place::Runners.is(asked));
    assert!(pages <= 8, "{pages} pages");
    story.check_healed();
    story
}

fn with_item(change: impl Fn(&mut Vec<Value>) + Send + Sync + 'static) -> Fault {
    Fault::json(move |body| change(list_in(body).expect("a list")))
}

fn honest(busy: bool) -> Value {
    json!({ "id": 1, "name": "honest-1", "os": "Linux", "status": "online", "busy": busy,
            "labels": [{ "name": "self-hosted" }] })
}

/// A runner that moved to a later page is listed twice, the second time as it
/// never was: no accusation without proof.
#[test]
fn an_id_on_two_pages() {
    page(
        Some("2"),
        with_item(|items| items.push(honest(true))),
        Says::Nothing,
    );
    page(
        Some("2"),
        with_item(|items| items.push(honest(false))),
        Says::Nothing,
    );
}

#[test]
fn an_item_skipped_between_pages() {
    page(
        Some("2"),
        with_item(|items| drop(items.remove(0))),
        INCOMPLETE,
    );
    // The liar itself.
    let lost = with_item(|items| items.retain(|item| item["id"] != LIAR));
    page(None, lost, INCOMPLETE);
}

/// Whichever page states more than was read: the rest is somewhere. A total
/// that drops between pages hides a runner that moved to a page already read.
#[test]
fn totals_that_change() {
    let total = |total: u64| Fault::json(move |body| body["total_count"] = total.into());
    page(None, total(125), INCOMPLETE);
    page(Some("2"), total(123), Says::Nothing);
    page(Some("2"), total(125), INCOMPLETE);
    page(Some("2"), total(u64::MAX), INCOMPLETE);
    page(None, total(0), Says::Nothing);
}

/// Neither the sum of two nor that of two cycles overflows.
#[test]
fn totals_that_are_absurd_twice() {
    let story = Story::of(fleet().repo("acme/globe").runner(9, "idle"));
    story.fake.fail_when(|line| {
        let absurd = Fault::json(|body| body["total_count"] = u64::MAX.into());
        Place::Runners.is(line.asked).then_some(absurd)
    });
    let tool = crate::support::Tool::new()
        .args(["watch", "-R", REPO, "-R", "acme/globe", "--interval", "1s"])
        .args(["--cycles", "2", "--format", "json"])
        .against(&story.fake);
    let ran = tool.run();
    ran.says_nowhere("panicked");
    let report = ran.code_is(11).json();
    assert!(report["coverage"]["ratio"].as_f64() < Some(0.1), "{ran}");
}

#[test]
fn a_total_that_is_missing() {
    let without = Fault::json(|body| {
        body.as_object_mut()
            .expect("an object")
            .remove("total_count");
    });
    strikes(&without, Says::Nothing);
    strikes_at(
        &[Place::Runners, Place::Jobs],
        &Fault::json(|body| body["total_count"] = json!("many")),
        Says::Nothing,
    );
}

#[test]
fn a_list_that_is_null() {
    let null = Fault::json(|body| {
        for list in ["runners", "workflow_runs", "jobs"] {
            if !body[list].is_null() {
                body[list] = Value::Null;
            }
        }
    });
    strikes_at(
        &[Place::Runners, Place::Runs, Place::Jobs],
        &null,
        Says::Missing("http-error"),
    );
}

/// Every run is in progress, and not one has a job.
#[test]
fn a_running_run_without_jobs() {
    strikes_at(&[Place::Jobs], &Fault::no_jobs(), INCOMPLETE);
}

fn leading_to(url: impl Fn(&Reply) -> String + Send + Sync + 'static) -> Fault {
    Fault::changed(move |reply| {
        let next = format!("<{}>; rel=\"next\"", url(reply));
        reply.drop_header("link");
        reply.headers.push(("link", next));
    })
}

/// A next page that is the same page again.
#[test]
fn links_that_loop() {
    let story = Story::of(large_fleet());
    let again = format!(
        "{}/repos/{REPO}/actions/runners?per_page=100&page=2",
        story.fake.url()
    );
    let url = again.clone();
    story.fake.fail_when(move |line| {
        let url = url.clone();
        let without_end = Fault::changed(move |reply| {
            reply.drop_header("link");
            reply
                .headers
                .push(("link", format!("<{url}>; rel=\"next\"")));
        });
        Place::Runners.is(line.asked).then_some(without_end)
    });
    Says::Nothing.of(&story.check());
    let pages = story.fake.count(|asked| Place::Runners.is(asked));
    assert!(pages <= 4, "{pages} pages");
    // Nor when there is no total that tells how many pages there can be.
    story.fake.fail_when(move |line| {
        let url = again.clone();
        let without_end = Fault::changed(move |reply| {
            reply.drop_header("link");
            reply
                .headers
                .push(("link", format!("<{url}>; rel=\"next\"")));
            reply.body = reply.body.replacen("total_count", "count", 1);
        });
        Place::Runners.is(line.asked).then_some(without_end)
    });
    let before = story.fake.count(|asked| Place::Runners.is(asked));
    Says::Missing("http-error").of(&story.check());
    let pages = story.fake.count(|asked| Place::Runners.is(asked)) - before;
    assert!(pages <= 4, "{pages} pages");
    story.check_healed();
}

/// The next page is said to be elsewhere: nobody there is asked, and what is
/// missing is said.
#[test]
fn a_link_to_another_host() {
    let other = FakeGitHub::builder().start();
    let url = format!(
        "{}/repos/{REPO}/actions/runners?per_page=100&page=2",
        other.url()
    );
    page(None, leading_to(move |_| url.clone()), INCOMPLETE);
    assert!(other.requests().is_empty());
}

/// A filtered list that is empty while the runs run: an index that is stale.
/// One that says it has some is not whole.
#[test]
fn a_filtered_list_that_is_empty() {
    empty_filtered_lists(0, Says::Nothing);
    empty_filtered_lists(1, Says::Missing("incomplete-pages"));
}

fn empty_filtered_lists(total: u64, says: Says) {
    let story = Story::begin();
    story.fake.fail_when(move |line| {
        let filtered = Place::Runs.is(line.asked) && line.param("status").is_some();
        let empty = Fault::json(move |body| {
            body["total_count"] = total.into();
            body["workflow_runs"] = json!([]);
        });
        // More runs than the newest page shows, so that filtered lists matter.
        let many = Fault::json(|body| {
            body["total_count"] = 5000.into();
            let runs = body["workflow_runs"].as_array_mut().expect("runs");
            runs.extend((runs.len()..100).map(|id| {
                json!({ "id": 9_000_000 + id, "status": "completed", "conclusion": "success",
                "updated_at": "2026-01-01T00:00:00Z", "created_at": "2026-01-01T00:00:00Z" })
            }));
        });
        let empty = if filtered { empty } else { many };
        Place::Runs.is(line.asked).then_some(empty)
    });
    says.of(&story.check());
    story.check_healed();
}

/// Two thousand runners on one page that should hold a hundred.
#[test]
fn a_page_of_thousands() {
    let story = Story::begin();
    story.fake.fail_when(|line| {
        let many = with_item(|items| {
            let more = (20_000..22_000).map(|id| {
                json!({ "id": id, "name": "r", "os": "Linux",
                "status": "online", "busy": false, "labels": [] })
            });
            items.extend(more);
        });
        Place::Runners.is(line.asked).then_some(many)
    });
    Says::Nothing.of(&story.check());
}
