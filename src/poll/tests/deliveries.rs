//! What a log of deliveries changes about whose runs are listed, and what it
//! does not.

use super::stage::*;
use crate::clock::{Clock, Virtual};
use crate::model::{
    About, Delivery, Hook, Mono, RepoId, RepoName, Said, Span, Target, Timestamp, UnknownReason,
};
use crate::poll::{Options, PollError};

const REPOS: u64 = 250;

fn hearing() -> Options {
    Options {
        hook: Some(Hook::App),
        repos: Vec::new(),
        owners: vec!["acme".into()],
        ..options()
    }
}

/// As many active repositories as a page can name, `r001` with the id 1.
fn organization() -> Said {
    let names: Vec<_> = (1..=REPOS).map(|number| format!("r{number:03}")).collect();
    let listed: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), crate::model::RepoState::Active))
        .collect();
    repos(&listed)
}

fn job_in(repo: u64, at: Timestamp) -> Delivery {
    Delivery {
        at,
        about: About::Job(Some(RepoId(repo))),
    }
}

/// An hour ago something ran, so that the log is known to tell of jobs.
fn long_ago() -> Delivery {
    job_in(1, morning() - Span::secs(3600))
}

/// What one cycle asked for.
struct Asked {
    lists: Vec<RepoName>,
    pages_of_the_log: usize,
}

impl Asked {
    fn lists_of(&self, repo: &str) -> usize {
        self.lists.iter().filter(|it| &*it.name == repo).count()
    }
}

/// Plays cycles, 31 s apart, with a log that is a function of the time.
async fn cycles(
    count: i64,
    log: impl Fn(Timestamp, &Target) -> Result<Vec<Delivery>, PollError>,
) -> Vec<Asked> {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Repos { .. } => Ok(organization()),
        target @ Target::Deliveries { .. } => Ok(deliveries(&log(clock.wall(), target)?)),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, hearing());
    let mut all = Vec::new();
    for number in 0..count {
        clock.sleep_until(Mono::from_millis(number * 31_000)).await;
        stage.forget_asked();
        poller.sweep(&[], &[]).await.unwrap();
        poller.end_cycle();
        let mut asked = Asked {
            lists: Vec::new(),
            pages_of_the_log: 0,
        };
        for target in stage.asked() {
            match target {
                Target::Runs { repo, .. } => asked.lists.push(repo),
                Target::Deliveries { .. } => asked.pages_of_the_log += 1,
                _ => {}
            }
        }
        all.push(asked);
    }
    all
}

fn counts(asked: &[Asked]) -> Vec<usize> {
    asked.iter().map(|it| it.lists.len()).collect()
}

#[tokio::test]
async fn silent_repositories_take_slow_turns() {
    let asked = cycles(90, |_, _| Ok(vec![long_ago()])).await;
    assert_eq!(counts(&asked[..4]), [250, 4, 3, 3]);
    assert!(asked.iter().all(|cycle| cycle.pages_of_the_log == 1));
    for number in 1..=REPOS {
        let name = format!("r{number:03}");
        let later = asked[1..].iter().any(|cycle| cycle.lists_of(&name) == 1);
        assert!(later, "{name} has had no second turn");
    }
}

#[tokio::test]
async fn a_repository_that_is_told_of_is_listed_at_once() {
    let told = morning() + Span::secs(40);
    let log = move |now: Timestamp, _: &Target| {
        let fresh = (told <= now).then(|| job_in(77, told));
        Ok(fresh.into_iter().chain([long_ago()]).collect())
    };
    let asked = cycles(6, log).await;
    let lists: Vec<_> = asked.iter().map(|cycle| cycle.lists_of("r077")).collect();
    // Once more, as a list may lag behind what was delivered.
    assert_eq!(lists, [1, 0, 1, 1, 0, 0]);
}

#[tokio::test]
async fn a_log_that_never_told_of_jobs_is_not_believed() {
    let other = Delivery {
        at: morning(),
        about: About::Other,
    };
    for log in [vec![], vec![other]] {
        let asked = cycles(3, move |_, _| Ok(log.clone())).await;
        assert_eq!(counts(&asked), [250, 100, 100]);
    }
}

#[tokio::test]
async fn a_log_that_cannot_be_read_is_no_silence() {
    let log = |now: Timestamp, _: &Target| {
        if now < morning() + Span::secs(25) || morning() + Span::secs(85) < now {
            return Ok(vec![long_ago()]);
        }
        Err(PollError::NotFound("404 Not Found".to_owned()))
    };
    assert_eq!(counts(&cycles(5, log).await), [250, 100, 100, 3, 3]);
}

/// A job whose repository nobody knows may be in any; it is looked for once.
#[tokio::test]
async fn a_delivery_of_an_unknown_repository_has_them_looked_up_once() {
    let clock = Virtual::starting(morning());
    let stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Repos { .. } => Ok(organization()),
        Target::Deliveries { .. } => Ok(deliveries(&[job_in(4711, morning())])),
        _ => quiet(ask),
    });
    let poller = poller(&stage, &clock, hearing());
    for number in 0..4 {
        clock.sleep_until(Mono::from_millis(number * 31_000)).await;
        poller.sweep(&[], &[]).await.unwrap();
        poller.end_cycle();
    }
    let asked = stage.asked();
    let lookups = asked.iter().filter(|it| matches!(it, Target::Repos { .. }));
    assert_eq!(lookups.count(), 2);
}

/// Other events fill it: what lies below the pages that are read is unknown.
#[tokio::test]
async fn a_log_that_runs_on_too_fast_is_a_gap() {
    let clock = Virtual::starting(morning());
    let mut stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Repos { .. } => Ok(organization()),
        Target::Deliveries { .. } => Ok(deliveries(&[job_in(1, clock.wall())])),
        _ => quiet(ask),
    });
    stage.leads = Leads::Onward;
    let poller = poller(&stage, &clock, hearing());
    for number in 0..2 {
        clock.sleep_until(Mono::from_millis(number * 300_000)).await;
        stage.forget_asked();
        poller.sweep(&[], &[]).await.unwrap();
        poller.end_cycle();
    }
    let asked = stage.asked();
    let pages = asked
        .iter()
        .filter(|it| matches!(it, Target::Deliveries { .. }));
    assert_eq!(pages.count(), 5);
    let lists = asked.iter().filter(|it| matches!(it, Target::Runs { .. }));
    assert_eq!(lists.count(), 101);
    let records = poller.drain();
    let gaps = &last_cycle(&records).gaps;
    let of_the_log = gaps.iter().find(|gap| &*gap.target == "deliveries of app");
    let reason = of_the_log.map(|gap| gap.reason);
    assert_eq!(reason, Some(UnknownReason::IncompletePages));
}

/// After deliveries were missed every repository is listed once more before
/// silence is believed again.
#[tokio::test]
async fn after_a_gap_everything_takes_its_turn_first() {
    let clock = Virtual::starting(morning());
    let lost = Span::secs(20)..Span::secs(50);
    let mut stage = Stage::new(&clock, |ask| match &ask.request.target {
        Target::Repos { .. } => Ok(organization()),
        Target::Deliveries { .. } => {
            let now = clock.wall();
            let busy = lost.contains(&(now - morning()));
            let long_ago = morning() - Span::secs(3600);
            let at = if busy { now } else { long_ago };
            Ok(deliveries(&[job_in(1, at)]))
        }
        _ => quiet(ask),
    });
    stage.leads = Leads::Onward;
    let poller = poller(&stage, &clock, hearing());
    let mut lists = Vec::new();
    for number in 0..6 {
        clock.sleep_until(Mono::from_millis(number * 31_000)).await;
        stage.forget_asked();
        poller.sweep(&[], &[]).await.unwrap();
        poller.end_cycle();
        let asked = stage.asked();
        let of_runs = asked.iter().filter(|it| matches!(it, Target::Runs { .. }));
        lists.push(of_runs.count());
    }
    // Missed at 31 s; 250 repositories take three cycles of a hundred.
    assert_eq!(lists[0], 250);
    assert!(lists[1..4].iter().all(|count| 100 <= *count), "{lists:?}");
    assert!(lists[5] < 10, "{lists:?}");
}

/// It would hold up what matters.
#[tokio::test]
async fn a_log_that_fails_is_not_tried_again_in_the_cycle() {
    let log = |_: Timestamp, _: &Target| Err(PollError::NotAnAnswer("502".to_owned()));
    let asked = cycles(3, log).await;
    assert!(asked.iter().all(|cycle| cycle.pages_of_the_log == 1));
}
