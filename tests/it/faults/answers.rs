//! Answers that are none: errors of GitHub and of what stands before it, and
//! bodies that nobody may read anything from.

use super::story::{Place, Says, strikes, strikes_at};
use crate::support::Fault;

const NO_ANSWER: Says = Says::Missing("http-error");

fn html(status: u16) -> Fault {
    let headers = vec![("content-type", "text/html".to_owned())];
    Fault::Status(status, headers, "<html>Unicorn!</html>".to_owned())
}

#[test]
fn a_500() {
    strikes(&Fault::status(500, "Server Error"), NO_ANSWER);
}

/// GitHub's own time limit: a large page cannot be built, a smaller one can.
#[test]
fn a_502_on_a_large_page_is_asked_for_smaller() {
    let story = super::story::Story::begin();
    story.fake.fail_when(|line| {
        let large = Place::Jobs.is(line.asked) && line.param("per_page") != Some("30");
        large.then(|| html(502))
    });
    Says::Nothing.of(&story.check());
    story.check_healed();
}

#[test]
fn a_503_with_retry_after() {
    let headers = vec![("retry-after", "1".to_owned())];
    let fault = Fault::Status(503, headers, "{}".to_owned());
    strikes(&fault, NO_ANSWER);
}

#[test]
fn a_504() {
    strikes_at(&[Place::Runners, Place::Jobs], &html(504), NO_ANSWER);
}

#[test]
fn a_page_for_people_with_502() {
    strikes_at(&[Place::Runners, Place::RunnerById], &html(502), NO_ANSWER);
}

#[test]
fn a_page_for_people_with_200() {
    strikes_at(&[Place::Runners, Place::RunnerById], &html(200), NO_ANSWER);
    strikes_at(&[Place::Runs, Place::Jobs], &Fault::Html200, NO_ANSWER);
}

#[test]
fn json_that_is_cut() {
    strikes(&Fault::TruncatedJson, NO_ANSWER);
}

#[test]
fn an_empty_body() {
    let places = [Place::Runners, Place::Jobs, Place::RunnerById];
    strikes_at(&places, &Fault::EmptyBody, NO_ANSWER);
}

#[test]
fn a_wrong_content_type() {
    let places = [Place::Runners, Place::Runs, Place::RunnerById];
    strikes_at(&places, &Fault::WrongContentType, NO_ANSWER);
}

#[test]
fn a_length_that_is_wrong() {
    strikes(&Fault::CutBody, NO_ANSWER);
}

#[test]
fn bytes_that_are_not_utf8() {
    let runner = b"{\"total_count\":1,\"runners\":[{\"id\":1,\"name\":\"\xff\xfe\"}]}".to_vec();
    let places = [Place::Runners, Place::Jobs, Place::RunnerById];
    strikes_at(&places, &Fault::Bytes(runner), NO_ANSWER);
}

#[test]
fn json_that_is_very_deep() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let places = [Place::Runners, Place::Jobs, Place::RunnerById];
    strikes_at(&places, &Fault::Bytes(deep.into_bytes()), NO_ANSWER);
}

/// A success that is no 200.
#[test]
fn a_204() {
    let none = Fault::Status(204, Vec::new(), String::new());
    strikes_at(&[Place::Runners, Place::RunnerById], &none, NO_ANSWER);
}

/// Nothing was asked conditionally, or nothing is kept that it could mean.
#[test]
fn a_304_without_a_body_of_ours() {
    let unchanged = Fault::Status(304, Vec::new(), String::new());
    strikes(&unchanged, NO_ANSWER);
}
