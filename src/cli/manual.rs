//! What packages ship beside the program: shell completions and the manual
//! page, both made from the flags themselves so that they cannot drift.

use std::io;

use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::Cli;
use crate::exit::MEANINGS;

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell to complete in
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

impl CompletionsArgs {
    /// The script that the shell is to load.
    pub(crate) fn script(&self) -> Vec<u8> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut program(), "runner-desync", &mut script);
        match self.shell {
            Shell::Bash => relabeled(script),
            _ => script,
        }
    }
}

/// The bash script with one name for each command. `clap_complete` 4.6.11 sets
/// `runner__desync__subcmd__check` and looks for
/// `runner__subcmd__desync__subcmd__check`: it takes the dash in the name of the
/// program for the beginning of a subcommand. Nothing changes once it does not.
fn relabeled(script: Vec<u8>) -> Vec<u8> {
    match String::from_utf8(script) {
        Ok(text) => text
            .replace(
                "runner__subcmd__desync__subcmd__",
                "runner__desync__subcmd__",
            )
            .into_bytes(),
        Err(other) => other.into_bytes(),
    }
}

/// The manual page, in roff: the program, each of its commands, and the exit
/// codes.
///
/// # Errors
/// Never in practice: it is written to memory.
pub(crate) fn manual() -> io::Result<Vec<u8>> {
    let mut program = program();
    program.build();
    let man = Man::new(program.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    for command in program.get_subcommands().filter(|c| c.get_name() != "help") {
        section(command, &mut page)?;
    }
    page.extend(exit_status().bytes());
    man.render_version_section(&mut page)?;
    Ok(page)
}

fn program() -> Command {
    Cli::command()
}

/// One command as a section of the page, under its own heading.
fn section(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let heading = format!(".SH \"COMMAND {}\"\n", command.get_name().to_uppercase());
    page.extend(heading.bytes());
    let man = Man::new(command.clone());
    man.render_description_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_options_section(page)
}

/// The exit codes, a line each as they stand in `--help`.
fn exit_status() -> String {
    let lines = MEANINGS.lines().skip(1).map(str::trim_start);
    let lines: Vec<_> = lines.collect();
    format!(".SH \"EXIT STATUS\"\n.nf\n{}\n.fi\n", lines.join("\n"))
}
