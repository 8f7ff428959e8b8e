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

/// The lines of the README before a termination, run with programs that answer
/// what they are told to.
struct ScaleIn(Tool);

impl ScaleIn {
    /// Each run of `ask` is answered by a code and what is printed.
    fn new() -> Self {
        let tool = Tool::new();
        let ask = "cd \"${0%/*}\"; read -r code said < answers; sed -i 1d answers\n\
                   printf '%s\\n' \"$said\"; exit \"$code\"";
        let gh = "case $* in *DELETE*) exec test ! -e \"${0%/*}/refused\";; esac; echo 3";
        let aws = "echo \"$*\" >> \"${0%/*}/terminated\"";
        for (name, script) in [("runner-desync", ask), ("gh", gh), ("aws", aws)] {
            let path = tool.file(name, format!("#!/bin/sh\n{script}\n"));
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(path, mode).expect("a mode");
        }
        Self(tool)
    }

    /// Runs the lines once, and tells how many terminations there were in all.
    fn run(&self, answers: &[&str]) -> usize {
        let dir = self.0.dir();
        self.0.file("answers", answers.join("\n") + "\n");
        let lines = blocks("sh").into_iter();
        let mut lines = lines.filter(|block| block.contains("terminate-instances"));
        let marks = dir.join("mark").display().to_string();
        let lines = lines.next().expect("the lines");
        let lines = lines.replace("/var/lib/scale-in/$NAME", &marks);
        let path = std::env::var("PATH").expect("a path");
        let ran = std::process::Command::new("sh")
            .args(["-c", &lines])
            .env("PATH", format!("{}:{path}", dir.display()))
            .env("NAME", "i-1")
            .output();
        ran.expect("a shell");
        let terminated = std::fs::read_to_string(dir.join("terminated"));
        terminated.map_or(0, |lines| lines.lines().count())
    }
}

const IDLE: &str = r#"0 {"runners":[{"because":"idle-over-lag-limit","job":null,"as_of":"x"}]}"#;
const GONE: &str = r#"11 {"runners":[{"because":"not-found","job":null,"as_of":"x"}]}"#;
const GONE_WITH_A_JOB: &str =
    r#"11 {"runners":[{"because":"not-found","job":{"id":1},"as_of":"x"}]}"#;
const BUSY: &str = r#"10 {"runners":[{"because":"job-running","job":{"id":1},"as_of":"x"}]}"#;
const FAILED: &str = "1 ";

#[test]
fn no_instance_is_lost_or_killed_by_the_lines_before_a_termination() {
    let no_jq = std::process::Command::new("jq").arg("--version").output();
    if no_jq.is_err() {
        return;
    }
    assert_eq!(ScaleIn::new().run(&[IDLE, GONE]), 1);
    assert_eq!(ScaleIn::new().run(&[BUSY, BUSY]), 0);
    let booting = ScaleIn::new();
    assert_eq!(booting.run(&[GONE, GONE]), 0, "not registered yet");
    for race in [GONE_WITH_A_JOB, FAILED] {
        let lines = ScaleIn::new();
        assert_eq!(lines.run(&[IDLE, race]), 0);
        assert_eq!(lines.run(&[GONE_WITH_A_JOB, GONE_WITH_A_JOB]), 0);
        assert_eq!(lines.run(&[GONE, GONE]), 1, "the job has ended");
        assert!(!lines.0.dir().join("mark").exists());
    }
    let refused = ScaleIn::new();
    refused.0.file("refused", "");
    assert_eq!(refused.run(&[IDLE, BUSY]), 0, "it was busy after all");
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
