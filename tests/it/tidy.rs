//! The rules of the house, as a test over the sources.
//!
//! What a compiler lint can say is said there; this says the rest: which
//! room may name which crate, and what the repository must not hold.

mod law;
mod rules;
mod scan;

use rules::{CODE, LAYERS, Matches, REPOSITORY, Rule, TEST_ROOMS};
use scan::{Line, Source, code_sources, root, tracked_files};

/// Asserts that a list of findings is empty, one a line.
#[track_caller]
fn none(findings: &[String]) {
    let count = findings.len();
    assert!(
        findings.is_empty(),
        "{count} untidy places:\n  {}",
        findings.join("\n  ")
    );
}

/// The places of a source that break a rule.
fn breaches(rule: &Rule, source: &Source) -> Vec<String> {
    if !rule.covers(&source.path) {
        return Vec::new();
    }
    let lines = source.lines.iter().filter(|line| rule.reads(line));
    let found = lines.filter_map(|line| {
        let name = rule.forbidden.iter().find(|name| rule.finds(name, line))?;
        Some(format!(
            "{}:{}: `{name}`: {}",
            source.path, line.number, rule.why
        ))
    });
    found.collect()
}

#[test]
fn the_sources_keep_to_their_rooms() {
    let sources = code_sources();
    let found = CODE.iter().flat_map(|rule| {
        let found = sources.iter().flat_map(|source| breaches(rule, source));
        found.collect::<Vec<_>>()
    });
    none(&found.collect::<Vec<_>>());
}

/// The room of a source, and what a line of it names of others.
fn room(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    inside.split_once('/').map_or_else(
        || inside.strip_suffix(".rs"),
        |(directory, _)| Some(directory),
    )
}

fn rooms_named(code: &str) -> impl Iterator<Item = &str> {
    code.split("crate::").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_');
        rest.get(..end.unwrap_or(rest.len()))
    })
}

/// Names of rooms that a source may not name outside its tests.
fn upward(source: &Source) -> Vec<String> {
    let own = room(&source.path).unwrap_or("");
    let Some((_, below)) = LAYERS.iter().find(|(name, _)| *name == own) else {
        return Vec::new();
    };
    let lines = source.lines.iter().filter(|line| !line.in_test);
    let named = lines.flat_map(|line| rooms_named(&line.code).map(move |name| (line, name)));
    let wrong = named.filter(|(_, name)| *name != own && !below.contains(name));
    let text = |(line, name): (&Line, &str)| {
        let (path, number) = (&source.path, line.number);
        format!("{path}:{number}: `{own}` may not name `{name}`")
    };
    wrong.map(text).collect()
}

#[test]
fn dependencies_run_down() {
    let sources = code_sources();
    none(&sources.iter().flat_map(upward).collect::<Vec<_>>());
}

#[test]
fn every_room_has_its_layer_and_names_none_above_it() {
    let codemap = std::fs::read_to_string(root().join("src/lib.rs")).expect("the codemap");
    let rooms = codemap.lines().filter_map(|line| line.strip_prefix("mod "));
    let rooms = rooms.map(|name| name.trim_end_matches(';'));
    let place = |name: &str| LAYERS.iter().position(|(own, _)| *own == name);
    let missing = rooms.filter(|name| place(name).is_none() && !TEST_ROOMS.contains(name));
    let mut found: Vec<_> = missing
        .map(|name| format!("src/lib.rs: `{name}` has no layer"))
        .collect();
    for (at, (own, below)) in LAYERS.iter().enumerate() {
        let above = below.iter().filter(|name| place(name) <= Some(at));
        found.extend(above.map(|name| format!("`{own}` names `{name}`, which stands above it")));
    }
    none(&found);
}

#[test]
fn a_name_of_a_room_is_found_in_a_line() {
    let named = |code| rooms_named(code).collect::<Vec<_>>();
    assert_eq!(named("use crate::exit::{self, Failure};"), ["exit"]);
    assert_eq!(
        named("fn f(a: crate::model::A) -> crate::poll::B"),
        ["model", "poll"]
    );
    assert_eq!(room("src/detect/seal/lane.rs"), Some("detect"));
    assert_eq!(room("src/exit.rs"), Some("exit"));
    assert_eq!(room("tests/it/main.rs"), None);
}

#[test]
fn the_repository_holds_nothing_that_must_not_leave() {
    let found = tracked_files().into_iter().flat_map(|path| {
        let Ok(text) = std::fs::read_to_string(root().join(&path)) else {
            return Vec::new();
        };
        let source = Source::of(&path, &text);
        let found = REPOSITORY.iter().flat_map(|rule| breaches(rule, &source));
        found.collect()
    });
    none(&found.collect::<Vec<_>>());
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent = code_sources().into_iter().filter(|source| {
        let first = source
            .lines
            .iter()
            .find(|line| !line.text.trim().is_empty());
        !first.is_some_and(|line| line.text.starts_with("//!"))
    });
    let text = |source: Source| format!("{}:1: begins without `//!`", source.path);
    none(&silent.map(text).collect::<Vec<_>>());
}

#[test]
fn every_fixture_has_a_test() {
    let files = tracked_files();
    let texts: Vec<String> = files
        .iter()
        .filter(|path| scan::has_extension(path, "rs"))
        .filter_map(|path| std::fs::read_to_string(root().join(path)).ok())
        .collect();
    let unused = files
        .iter()
        .filter(|path| path.starts_with("fixtures/"))
        .filter(|path| {
            let name = path.rsplit('/').next().unwrap_or(path);
            // Seeds are read by the directory of their target.
            let target = path.strip_prefix("fixtures/fuzz/");
            let named = target.and_then(|path| path.split_once('/')).map_or_else(
                || name.to_owned(),
                |(target, _)| format!("fuzz(\"{target}\""),
            );
            !texts.iter().any(|text| text.contains(&named))
        });
    let text = |path: &String| format!("{path}: no test names it");
    none(&unused.map(text).collect::<Vec<_>>());
}

/// `a::b::name` in backticks is a test: `fn name` in the file of `a::b`, of
/// the program's own tests or of these.
#[test]
fn every_test_named_for_a_fault_exists() {
    let list = std::fs::read_to_string(root().join("docs/faults.md")).expect("the list of faults");
    let named = list.split('`').skip(1).step_by(2);
    let named: Vec<_> = named.filter_map(|name| name.rsplit_once("::")).collect();
    assert!(60 < named.len(), "{} tests", named.len());
    let missing = named.into_iter().filter(|(module, name)| {
        let path = module.replace("::", "/");
        let files = [format!("tests/it/{path}.rs"), format!("src/{path}.rs")];
        let mut texts = files
            .iter()
            .filter_map(|file| std::fs::read_to_string(root().join(file)).ok());
        !texts.any(|text| text.contains(&format!("fn {name}(")))
    });
    let text = |(module, name): (&str, &str)| format!("docs/faults.md: no test `{module}::{name}`");
    none(&missing.map(text).collect::<Vec<_>>());
}

#[test]
fn rules_find_what_they_forbid() {
    let rule = |forbidden: &'static [&'static str], matches| Rule {
        rooms: &["src/model/"],
        except: &["src/model/free.rs"],
        forbidden,
        matches,
        why: "so",
    };
    let word = rule(&["tokio"], Matches::WordInCode);
    let count = |rule: &Rule, path: &str, text: &str| breaches(rule, &Source::of(path, text)).len();
    assert_eq!(count(&word, "src/model/a.rs", "use tokio::time;"), 1);
    assert_eq!(
        count(&word, "src/model/a.rs", "fn f() {} // as tokio does"),
        0
    );
    assert_eq!(
        count(
            &word,
            "src/model/a.rs",
            "/// Not tokio.\nlet tokio_like = 1;"
        ),
        0
    );
    assert_eq!(count(&word, "src/model/free.rs", "use tokio::time;"), 0);
    assert_eq!(count(&word, "src/poll/a.rs", "use tokio::time;"), 0);
    assert_eq!(
        count(&word, "src/model/a.rs", "let url = \"http://tokio\";"),
        1
    );
    let outside = rule(&["Result<"], Matches::CodeOutsideTests);
    let text = "#[cfg(test)]\nmod tests;\nfn a() -> Result<(), ()> {}\n";
    assert_eq!(count(&outside, "src/model/a.rs", text), 1);
    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() -> Result<(), ()> {}\n}\n";
    assert_eq!(count(&outside, "src/model/a.rs", text), 0);
    assert_eq!(
        count(
            &outside,
            "src/model/tests.rs",
            "fn b() -> Result<(), ()> {}"
        ),
        0
    );
    assert_eq!(
        count(&outside, "src/model/a.rs", "fn b() -> Result<(), ()> {}"),
        1
    );
    let token = rule(&["gh?_"], Matches::Token);
    let shaped = format!("ghs_{}", "a".repeat(16));
    assert_eq!(count(&token, "src/model/a.rs", &format!("// {shaped}")), 1);
    assert_eq!(
        count(
            &token,
            "src/model/a.rs",
            "ghs_short, gh[pousr]_, high_school"
        ),
        0
    );
    let home = rule(&["/home/"], Matches::Text); // tidy: data
    let path = ["let a = \"", "home", "x\";"].join("/");
    assert_eq!(count(&home, "src/model/a.rs", &path), 1);
    assert_eq!(
        count(&home, "src/model/a.rs", &(path + " // tidy: data")),
        0
    );
}
