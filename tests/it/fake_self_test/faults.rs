//! Faults do what they say, and breaches of GitHub's description are caught.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::{REPO, read, small};
use crate::support::http::{get, try_get};
use crate::support::{FakeGitHub, Fault, JobSpec, secs};

fn first_answer(fault: Fault) -> std::io::Result<crate::support::http::Got> {
    let fake = small().fail_every(1, fault).start();
    try_get(&format!("{}/repos/{REPO}/actions/runners", fake.url()), &[])
}

#[test]
fn faults_that_are_answers() {
    let answer = |fault| first_answer(fault).expect("an answer");
    let limited = answer(Fault::rate_limited(4_000_000_000));
    assert_eq!(limited.status, 403);
    assert_eq!(limited.header("x-ratelimit-reset"), Some("4000000000"));
    let secondary = answer(Fault::secondary_limit(Some(3)));
    assert_eq!(secondary.header("retry-after"), Some("3"));
    assert_eq!(answer(Fault::status(502, "Server Error")).status, 502);
    let html = answer(Fault::Html200);
    assert!(
        html.status == 200 && html.body.starts_with("<!DOCTYPE"),
        "{html:?}"
    );
    let half = answer(Fault::TruncatedJson);
    assert!(
        serde_json::from_str::<serde_json::Value>(&half.body).is_err(),
        "{half:?}"
    );
    assert_eq!(answer(Fault::EmptyBody).body, "");
    let plain = answer(Fault::WrongContentType);
    assert_eq!(plain.header("content-type"), Some("text/plain"));
}

#[test]
fn faults_that_are_no_answers() {
    use std::io::ErrorKind;
    let kind = |fault| first_answer(fault).expect_err("no answer").kind();
    assert_eq!(kind(Fault::Reset), ErrorKind::ConnectionReset);
    assert_eq!(kind(Fault::CutBody), ErrorKind::UnexpectedEof);
}

#[test]
fn a_hanging_request_is_logged_without_a_status() {
    let fake = small().fail_every(1, Fault::Hang).start();
    let host = fake.url().trim_start_matches("http://").to_owned();
    let mut stream = std::net::TcpStream::connect(host).expect("a connection");
    let request = b"GET /rate_limit HTTP/1.1\r\nhost: x\r\n\r\n";
    std::io::Write::write_all(&mut stream, request).expect("sent");
    while fake.requests().is_empty() {
        std::thread::yield_now();
    }
    stream
        .set_read_timeout(Some(Duration::from_millis(100)))
        .expect("an option");
    assert!(
        std::io::Read::read(&mut stream, &mut [0]).is_err(),
        "nothing comes"
    );
    let requests = fake.requests();
    assert_eq!((requests.len(), requests[0].status), (1, None));
    assert_eq!(fake.max_in_flight(), 1);
}

#[test]
fn latency_and_slowness_take_time_and_answers_show_the_middle() {
    let fake = small()
        .latency(Duration::from_secs(2))
        .fail_every(2, Fault::Slow(Duration::from_secs(5)))
        .manual_clock()
        .start();
    read(&fake, "runners");
    read(&fake, "runners");
    let served = fake.requests();
    let times = |i: usize| (served[i].line.at, served[i].instant, served[i].answered);
    assert_eq!(times(0), (secs(0), Some(secs(1)), Some(secs(2))));
    assert_eq!(times(1), (secs(2), Some(secs(3)), Some(secs(9))));
}

#[test]
fn faults_come_and_go_while_it_runs() {
    let fake = small().start();
    assert_eq!(read(&fake, "runners").status, 200);
    fake.fail_when(|line| {
        line.path
            .ends_with("/runners")
            .then(|| Fault::status(500, "no"))
    });
    assert_eq!(read(&fake, "runners").status, 500);
    assert_eq!(read(&fake, "runs").status, 200);
    fake.heal();
    assert_eq!(read(&fake, "runners").status, 200);
    let statuses: Vec<_> = fake.requests().iter().map(|served| served.status).collect();
    assert_eq!(statuses, [Some(200), Some(500), Some(200), Some(200)]);
}

#[test]
fn an_answer_that_breaks_the_description_is_caught() {
    let odd = || {
        let job = JobSpec::on(7)
            .id(2)
            .patch(|record, _| record["runner_id"] = "7".into());
        FakeGitHub::builder().repo(REPO).runner(7, "r7").job(job)
    };
    let fake = odd().start();
    read(&fake, "jobs/2");
    let found = fake.take_violations();
    assert!(
        found.len() == 1 && found[0].contains("/runner_id"),
        "{found:?}"
    );
    let allowed = odd().odd_answers().start();
    assert_eq!(read(&allowed, "jobs/2").json()["runner_id"], "7");
}

#[test]
fn a_request_that_breaks_the_description_fails_the_test() {
    let broken = |path: &str| {
        let fake = small().start();
        let url = format!("{}/repos/{REPO}/{path}", fake.url());
        get(&url);
        let ended = catch_unwind(AssertUnwindSafe(|| drop(fake)));
        let panic = ended.expect_err("the fake complains");
        *panic.downcast::<String>().expect("a text")
    };
    assert!(broken("actions/runners?perpage=5").contains("unknown query parameter `perpage`"));
    assert!(broken("actions/runs?status=busy").contains("`busy` is no value"));
    assert!(broken("actions/secrets").contains("no operation"));
}

#[test]
fn links_can_lead_astray() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(7, "r7")
        .runner(8, "r8")
        .link_origin("http://127.0.0.1:9")
        .start();
    let next = read(&fake, "runners?per_page=1").link("next");
    let expected = format!("http://127.0.0.1:9/repos/{REPO}/actions/runners?per_page=1&page=2");
    assert_eq!(next, Some(expected));
}
