//! What packages ship beside the program: completions and the manual page.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::Tool;

/// A program's verdict on a text given on stdin; `None` where it is missing.
fn accepts(program: &str, args: &[&str], text: &str) -> Option<bool> {
    let mut checker = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = checker.stdin.take().expect("a pipe");
    stdin.write_all(text.as_bytes()).expect("it reads");
    drop(stdin);
    let ended = checker.wait_with_output().expect("it ends");
    Some(ended.status.success() && ended.stderr.is_empty())
}

#[test]
fn every_shell_has_its_completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = Tool::new().args(["completions", shell]).run();
        ran.code_is(0).stdout_has("watch").stdout_has("lag-limit");
    }
    let script = Tool::new().args(["completions", "bash"]).run().stdout;
    assert_eq!(accepts("bash", &["-n"], &script), Some(true));
    Tool::new().args(["completions", "tcsh"]).run().code_is(2);
}

#[test]
fn the_manual_page_has_every_command_and_flag() {
    let page = Tool::new().args(["man"]).run();
    page.code_is(0).stdout_has(".TH runner-desync 1");
    for command in ["WATCH", "CHECK", "REPORT", "BUSY", "DOCTOR", "DEMO"] {
        page.stdout_has(&format!("COMMAND {command}"));
    }
    page.stdout_has("lag\\-limit")
        .stdout_has("130  interrupted");
    let formatted = accepts("groff", &["-man", "-Tutf8", "-ww"], &page.stdout);
    assert_ne!(formatted, Some(false), "groff warns about the page");
}
