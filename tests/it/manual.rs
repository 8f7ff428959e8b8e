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

/// What bash offers for the last of these words, by the script as it is; `None`
/// where there is no bash.
fn offered(script: &str, words: &[&str]) -> Option<String> {
    // As bash calls it: the command, the word at the cursor, the one before.
    let asked = format!(
        "{script}\nCOMP_WORDS=({})\nCOMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
         _runner__desync runner-desync \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"\n\
         echo \"${{COMPREPLY[*]}}\"\n",
        words.join(" ")
    );
    let ran = Command::new("bash").args(["-c", &asked]).output().ok()?;
    let text = String::from_utf8(ran.stdout).expect("UTF-8");
    Some(text.trim().to_owned())
}

#[test]
fn bash_completes_the_flags_of_a_command() {
    let script = Tool::new().args(["completions", "bash"]).run().stdout;
    let offered = |words: &[&str]| offered(&script, words);
    let Some(flag) = offered(&["runner-desync", "check", "--fo"]) else {
        return;
    };
    assert_eq!(flag, "--format");
    let formats = offered(&["runner-desync", "check", "--format", "na"]);
    assert_eq!(formats.as_deref(), Some("nagios"));
    let commands = offered(&["runner-desync", "wa"]);
    assert_eq!(commands.as_deref(), Some("watch"));
    let commands = offered(&["runner-desync", "help", "sc"]);
    assert_eq!(commands.as_deref(), Some("scan"));
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
