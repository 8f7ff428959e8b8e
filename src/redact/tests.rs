//! Pseudonyms, what is kept, and what is looked for.

use super::places::{place, url};
use super::values::runner;
use super::{Blank, Key, Names, Original, Redactor, Search, Sort, name};
use crate::model::{Annotated, Annotation, Host, JobId, OnlineStatus, Record, Runner, RunnerId};

const KEY: Key = [7; 32];

fn redactor() -> Redactor {
    Redactor::new(&KEY)
}

#[test]
fn the_same_name_has_the_same_pseudonym() {
    let one = redactor().other(Sort::Runner, "gpu-1");
    assert_eq!(one, redactor().other(Sort::Runner, "gpu-1"));
    assert_ne!(one, redactor().other(Sort::Runner, "gpu-2"));
    assert_ne!(one, redactor().other(Sort::Runner, "GPU-1"));
    assert_ne!(one, Redactor::new(&[8; 32]).other(Sort::Runner, "gpu-1"));
    assert!(one.starts_with("runner-"), "{one}");
}

/// GitHub ignores their case, and so do the rules: acme/Atlas is acme/atlas.
#[test]
fn the_case_of_repositories_and_labels_means_nothing() {
    for sort in [Sort::Owner, Sort::Repo, Sort::Label, Sort::Host] {
        let names = redactor();
        assert_eq!(names.other(sort, "Acme"), names.other(sort, "aCME"));
    }
}

/// As the name of a runner ends with the id of its machine (evidence, §1).
#[test]
fn a_runner_called_after_its_machine_still_is() {
    let names = redactor().knowing(["i-06c".into(), "c".into()]);
    let machine = names.other(Sort::Instance, "i-06c");
    assert_eq!(names.other(Sort::Runner, "i-06c"), machine);
    let longer = names.other(Sort::Runner, "gpu-i-06c");
    assert!(longer.ends_with(&*machine) && longer != machine, "{longer}");
}

#[test]
fn words_of_github_stay() {
    let names = redactor();
    let stays = [
        (Sort::Host, "github.com"),
        (Sort::Group, "Default"),
        (Sort::Label, "self-hosted"),
        (Sort::Label, "X64"),
        (Sort::Label, "ubuntu-24.04"),
        (Sort::Step, "Set up job"),
        (Sort::Step, "Complete job"),
        (Sort::Runner, ""),
    ];
    for (sort, text) in stays {
        assert_eq!(&*name(&names, sort, text), text);
    }
    let goes = [
        (Sort::Host, "acme.ghe.com"),
        (Sort::Group, "Defaults"),
        (Sort::Label, "ubuntu-acme"),
        (Sort::Runner, "linux"),
        (Sort::Step, "Set up acme"),
    ];
    for (sort, text) in goes {
        assert_ne!(&*name(&names, sort, text), text);
    }
    assert_eq!(names.originals().len(), goes.len());
}

fn shown(text: &str) -> String {
    let names = redactor();
    let shown = url(&names, text).to_string();
    let mut originals = names.originals();
    originals.sort_by_key(|original| std::cmp::Reverse(original.name.len()));
    let replace = |text: String, original: &Original| {
        text.replace(
            &*original.pseudonym,
            &format!("<{} {}>", original.sort.as_str(), original.name),
        )
    };
    originals.iter().fold(shown, replace)
}

#[test]
fn addresses_keep_their_shape() {
    let cases = [
        (
            "https://api.github.com/repos/acme/atlas/actions/jobs/2",
            "https://api.github.com/repos/<owner acme>/<repo atlas>/actions/jobs/2",
        ),
        (
            "https://api.github.com/orgs/acme/actions/runners?per_page=100&page=2",
            "https://api.github.com/orgs/<owner acme>/actions/runners?per_page=100&page=2",
        ),
        (
            "https://ghe.acme.example:8443/api/v3/enterprises/big/actions/runners/7",
            "https://<host ghe.acme.example>:8443/api/v3/enterprises/<enterprise big>/actions/runners/7",
        ),
        (
            "https://api.acme.ghe.com/repos/repos/actions/actions/runs?status=in_progress",
            "https://api.<host acme.ghe.com>/repos/<owner repos>/<repo actions>/actions/runs?status=in_progress",
        ),
        (
            "https://github.com/actions/runner/actions/runs/1/job/2#step:3",
            "https://github.com/<owner actions>/<repo runner>/actions/runs/1/job/<text 2#step:3>",
        ),
        (
            "https://api.github.com/repos/a/b/pulls/x?q=acme&status=Acme",
            "https://api.github.com/repos/<owner a>/<repo b>/<text pulls>/<text x>?<text q=acme>&status=<text Acme>",
        ),
        ("acme", "<text acme>"),
        ("javascript://acme", "<text javascript://acme>"),
    ];
    for (original, expected) in cases {
        let shown = shown(original);
        // A host is told of twice: with and without `api.`.
        let shown = shown.replace("<host api.acme.ghe.com>", "api.<host acme.ghe.com>");
        assert_eq!(shown, expected);
    }
}

#[test]
fn places_keep_their_shape() {
    let names = redactor();
    let of = |sort, text| names.other(sort, text);
    let (owner, repo) = (of(Sort::Owner, "acme"), of(Sort::Repo, "atlas"));
    let big = of(Sort::Enterprise, "big");
    let odd = of(Sort::Owner, "cats of acme");
    let cases = [
        (
            "runners of repo:acme/atlas",
            format!("runners of repo:{owner}/{repo}"),
        ),
        ("runner 7 of org:acme", format!("runner 7 of org:{owner}")),
        ("deliveries of app", "deliveries of app".to_owned()),
        (
            "deliveries of org:acme#77",
            format!("deliveries of org:{owner}#77"),
        ),
        (
            "deliveries of repo:acme/atlas#77",
            format!("deliveries of repo:{owner}/{repo}#77"),
        ),
        (
            "runners of enterprise:big",
            format!("runners of enterprise:{big}"),
        ),
        (
            "filtered runs of acme/atlas",
            format!("filtered runs of {owner}/{repo}"),
        ),
        (
            "jobs of run 12 of acme/atlas",
            format!("jobs of run 12 of {owner}/{repo}"),
        ),
        (
            "annotations of job 2 of acme/atlas",
            format!("annotations of job 2 of {owner}/{repo}"),
        ),
        ("repositories of acme", format!("repositories of {owner}")),
        ("the rate limit", "the rate limit".to_owned()),
        ("acme/*", format!("{owner}/*")),
        ("acme/atlas", format!("{owner}/{repo}")),
        ("cats of acme", odd.to_string()),
    ];
    for (original, expected) in cases {
        assert_eq!(*place(&names, original), *expected, "{original}");
    }
}

#[test]
fn details_stay_only_when_every_word_is_known() {
    let names = redactor();
    for detail in [
        "Succeeded",
        "OperatingSystemShutdown",
        "as an orphan",
        "2.332.0 → 2.334.0, back at 2026-05-14T01:47:25Z",
        "its end is assumed, 600 s after the renewal",
    ] {
        assert_eq!(names.detail(detail).as_deref(), Some(detail));
    }
    for detail in ["broker.acme.example refused", "acme", "502 Bad Gateway"] {
        assert_eq!(names.detail(detail), None);
    }
}

#[test]
fn what_is_not_as_github_makes_it_counts_as_a_name() {
    let odd = Runner {
        id: RunnerId(7),
        name: Some("gpu".into()),
        os: Some("AcmeOS".into()),
        status: OnlineStatus::Other("at acme".into()),
        busy: false,
        labels: Some(vec!["Linux".into(), "acme".into()]),
        group_id: None,
        version: Some("2.acme".into()),
    };
    let shown = format!("{:?}", runner(&redactor(), &odd));
    assert!(
        !shown.to_lowercase().contains("acme") && shown.contains("Linux"),
        "{shown}"
    );
}

/// GitHub's sentence names the runner; the rules go by a part of it.
#[test]
fn of_annotations_what_the_rules_go_by_stays() {
    let shown = |message: &str| {
        let annotated = Record::Annotated(Annotated {
            host: Host::github_com(),
            job: JobId(2),
            annotations: vec![Annotation {
                level: Some("failure".into()),
                message: message.into(),
            }],
        });
        format!("{:?}", redactor().record(&annotated))
    };
    let lost = "The self-hosted runner: gpu-acme lost communication with the server. Verify";
    let lost = shown(lost);
    assert!(lost.contains("\"lost communication with the server\"") && !lost.contains("acme"));
    assert!(!shown("acme failed").contains("acme"));
}

#[test]
fn blanks_are_as_long_and_say_nothing() {
    let names = redactor().knowing(["i-06c".into()]);
    for (sort, text) in [
        (Sort::Runner, "gpu-i-06c"),
        (Sort::Host, "acme.ghe.com"),
        (Sort::Job, "Build"),
    ] {
        let (shown, blank) = (names.other(sort, text), Blank(&names).other(sort, text));
        assert_eq!(shown.len(), blank.len(), "{shown} {blank}");
    }
    assert_eq!(&*Blank(&names).other(Sort::Job, "Build"), "job-qqqqqqqqqq");
}

fn searched(name: &str, file: &str, control: &str) -> bool {
    let originals = [Original {
        sort: Sort::Runner,
        name: name.into(),
        pseudonym: "runner-bcdfghjkmn".into(),
    }];
    let search = Search::new(&originals, crate::report::forms).expect("few names");
    search.leak(file.as_bytes(), control.as_bytes()).is_some()
}

#[test]
fn a_name_is_found_however_it_is_written() {
    let name = "a|b \"c\"\n<d>\u{202e}名";
    for file in [
        name.to_owned(),
        serde_json::to_string(name).expect("JSON"),
        r#"a|b \"c\"\n<d>\u202e名"#.to_owned(),
        "a|b &quot;c&quot;\n&lt;d&gt;\u{202e}名".to_owned(),
        "a%7Cb%20%22c%22%0A%3Cd%3E%E2%80%AE%E5%90%8D".to_owned(),
        r#"| `a\|b "c"\n<d>\u{202e}名` |"#.to_owned(),
        "A|B \"C\"\n<D>\u{202e}名".to_owned(),
    ] {
        assert!(searched(name, &file, "no names"), "{file}");
    }
}

#[test]
fn an_ordinary_word_is_a_leak_only_beyond_the_control() {
    assert!(!searched("busy", "busy:false", "busy:false"));
    assert!(searched("busy", "runner busy, busy:false", "flag:false"));
    assert!(!searched("esk", "a task", ""), "part of a word");
    assert!(searched(
        "i-06cbe04821ccba677",
        "gpu_i-06cbe04821ccba677x",
        ""
    ));
}

#[test]
fn a_value_that_is_a_name_is_found_without_a_control() {
    let value = |name: &str, json: &str| {
        let originals = [Original {
            sort: Sort::Runner,
            name: name.into(),
            pseudonym: "runner-bcdfghjkmn".into(),
        }];
        let search = Search::new(&originals, crate::report::forms).expect("few names");
        search.value(json.as_bytes()).is_some()
    };
    assert!(value(
        "stale",
        r#"{"periods":[{"runner":{"name":"stale"}}]}"#
    ));
    assert!(!value("stale", r#"{"periods":[{"class":"stale"}]}"#));
    assert!(value("offline", "{\"a\":1}\n{\"labels\":[\"offline\"]}\n"));
    assert!(!value("linux", r#"{"labels":["linux"]}"#));
    assert!(!value(
        "runner-desync",
        r#"{"tool":{"name":"runner-desync"}}"#
    ));
}
