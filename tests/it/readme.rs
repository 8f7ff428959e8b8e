//! The README is kept true: its console blocks are run, its table of exit
//! codes is that of `exit.rs`, and its flags exist.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::support::Tool;

fn root() -> std::path::PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).expect("a README")
}

/// Code blocks of one language.
fn blocks(language: &str) -> Vec<String> {
    let text = readme();
    let mut found = Vec::new();
    let mut inside = false;
    for event in Parser::new(&text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind))) if &*kind == language => {
                inside = true;
                found.push(String::new());
            }
            Event::End(TagEnd::CodeBlock) => inside = false,
            Event::Text(text) if inside => found.last_mut().expect("a block").push_str(&text),
            _ => {}
        }
    }
    found
}

/// Runs `$ runner-desync …` and `$ cargo run … -- …` in the repository.
#[test]
fn console_blocks_print_what_they_say() {
    let mut run = 0;
    for block in blocks("console") {
        let (command, expected) = block.split_once('\n').unwrap_or((&block, ""));
        let command = command.strip_prefix("$ ").expect("a prompt");
        let args = command
            .strip_prefix("runner-desync ")
            .or(command.strip_prefix("cargo run --release -- "));
        let Some(args) = args else {
            assert_eq!(command, "cargo test", "an unknown kind of block");
            let gate = std::fs::read_to_string(root().join(".ci/run")).unwrap();
            assert!(
                gate.contains("cargo test"),
                "the gate runs the README's tests"
            );
            continue;
        };
        let tool = Tool::new();
        std::os::unix::fs::symlink(root().join("fixtures"), tool.dir().join("fixtures")).unwrap();
        let ran = tool.args(args.split(' ')).run();
        assert_eq!(ran.stdout.trim_end(), expected.trim_end(), "{command}");
        run += 1;
    }
    assert!(2 <= run, "the README shows a demo and a report");
}

/// Flags named in the README exist.
#[test]
fn flags_exist() {
    let help: String = ["watch", "check", "report", "busy", "doctor", "scan", "demo"]
        .iter()
        .map(|command| Tool::new().args([command, "--help"]).run().stdout)
        .collect();
    let text = readme();
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let flags = words.filter(|word| word.starts_with("--") && !word.trim_matches('-').is_empty());
    let of_others = [
        "--release",
        "--path",
        "--paginate",
        "--jq",
        "--instance-ids",
    ];
    for flag in flags.filter(|flag| !of_others.contains(flag)) {
        assert!(
            help.contains(flag),
            "{flag} is in the README and not in the help"
        );
    }
}

/// The codes of the README's table are those of the one table in `exit.rs`.
#[test]
fn exit_codes_are_those_of_the_program() {
    let section = readme();
    let section = section.split("## Exit codes").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let documented: Vec<u32> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok())
        .collect();
    let source = std::fs::read_to_string(root().join("src/exit.rs")).unwrap();
    let table = source.split("pub(crate) fn code(").nth(1).unwrap();
    let table = table.split("\n}").next().unwrap();
    let coded: Vec<u32> = table
        .lines()
        .filter_map(|line| line.split("=> ").nth(1)?.trim_end_matches(',').parse().ok())
        .collect();
    assert_eq!(documented, coded);
}

/// So are those that `--help` and the manual page list.
#[test]
fn the_help_lists_the_codes() {
    let source = std::fs::read_to_string(root().join("src/exit.rs")).unwrap();
    let table = source.split("pub(crate) fn code(").nth(1).unwrap();
    let table = table.split("\n}").next().unwrap();
    let coded: Vec<_> = table
        .lines()
        .filter_map(|line| Some(line.split("=> ").nth(1)?.trim_end_matches(',')))
        .collect();
    let help = Tool::new().args(["--help"]).run().stdout;
    let listed = help.split("Exit codes:").nth(1).unwrap();
    let listed: Vec<_> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(listed, coded);
}

/// Each command's help, read as prose in review.
#[test]
fn help() {
    for command in [
        "watch",
        "check",
        "report",
        "busy",
        "doctor",
        "scan",
        "demo",
        "completions",
        "man",
    ] {
        let ran = Tool::new().args([command, "--help"]).run();
        insta::assert_snapshot!(format!("help-{command}"), ran.code_is(0).stdout);
    }
    let ran = Tool::new().args(["--help"]).run();
    insta::assert_snapshot!("help", ran.code_is(0).stdout);
}
