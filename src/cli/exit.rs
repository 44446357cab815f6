//! Exit codes: the one table of them, from which the help of each command, its page of the manual and `docs/scripts.md`
//! come.

use std::fmt::Write as _;

use clap::Command;

use super::Failure;
use crate::cluster::decide;
use crate::fault::Retry;

/// It has done what was asked.
pub const DONE: u8 = 0;
/// It has not, and has said why.
pub const FAILED: u8 = 1;
/// The command line is misspelt; this one is `clap`'s.
pub const MISSPELT: u8 = 2;
/// Another run has taken over.
pub const SUPERSEDED: u8 = decide::SUPERSEDED;
/// A defect, or a lost process of a cluster; this one is Rust's for a panic.
pub const BROKEN_OFF: u8 = 101;
/// A second Ctrl-C: 128 and the number of SIGINT, as shells have it.
pub const INTERRUPTED: u8 = 130;

/// The exit code of a command that fails like this.
#[must_use]
pub fn code(failure: &Failure) -> u8 {
    match failure {
        Failure::One(fault) | Failure::Met(fault) if fault.retry == Retry::Never => SUPERSEDED,
        _ => FAILED,
    }
}

/// An exit code: the commands that have it with this meaning (all if none is named), and the meaning, in lines that fit
/// a terminal.
type Row = (u8, &'static [&'static str], &'static str);

/// Every exit code. Of two rows with one code, a command has the one that names it.
const ROWS: [Row; 15] = [
    (DONE, &[], "it has done what was asked"),
    (DONE, &["run", "cluster"], "it was stopped, or has come to the end: all is written"),
    (FAILED, &[], "it could not, and standard error says why"),
    (FAILED, &["check"], "a file is refused"),
    (FAILED, &["test"], "a test failed, there is none, or a file is refused"),
    (FAILED, &["doctor"], "a check failed, or the dataflow is refused"),
    (FAILED, &["verify"], "a document differs, none could be compared, or it could not look"),
    (FAILED, &["explain"], "there is no such document, or it differs or cannot be recomputed"),
    (FAILED, &["produce"], "a record was not delivered, or it could not begin"),
    (FAILED, &["demo"], "not every sale is accounted for, or it could not begin"),
    (FAILED, &["cluster"], "it gave up, or could not begin"),
    (MISSPELT, &[], "the command line is misspelt"),
    (SUPERSEDED, &["run", "cluster"], "another run has taken over: do not start it again"),
    (BROKEN_OFF, &[], "broken off by a defect or, in a cluster, by the loss of a process"),
    (INTERRUPTED, &["run", "cluster", "produce", "demo", "top"], "a second Ctrl-C ended it at once"),
];

/// The exit codes of the command `name`, `run` or `topic`, with what they mean there.
fn of(name: &str) -> Vec<(u8, String)> {
    let mut found: Vec<(u8, String)> = Vec::new();
    for (code, commands, meaning) in ROWS {
        if !commands.is_empty() && !commands.contains(&name) {
            continue;
        }
        match found.iter_mut().find(|(known, _)| *known == code) {
            Some(known) => meaning.clone_into(&mut known.1),
            None => found.push((code, meaning.to_owned())),
        }
    }
    found
}

/// The exit codes of the program: those of all commands, and those that only some have, with which.
fn of_all() -> Vec<(u8, String)> {
    let mut found: Vec<(u8, String)> = Vec::new();
    for (code, commands, meaning) in ROWS {
        let is_known = found.iter().any(|(known, _)| *known == code);
        match commands {
            [] => found.push((code, meaning.to_owned())),
            some if !is_known => found.push((code, format!("{}\n{meaning}", some.join(", ")))),
            _ => {}
        }
    }
    found
}

/// Exit codes as a help has them.
fn section(codes: Vec<(u8, String)>) -> String {
    let mut text = String::from("Exit codes:\n");
    for (code, meaning) in codes {
        let _ = writeln!(text, "  {code:<4} {}", meaning.replace('\n', "\n       ")); // a text takes every write
    }
    text
}

/// The command line with the exit codes in its help and in that of every command, before the examples.
#[must_use]
pub fn described(program: Command) -> Command {
    let names: Vec<String> = program.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let program =
        names.iter().fold(program, |program, name| program.mut_subcommand(name, |command| below(command, name)));
    with(program, &section(of_all()))
}

/// A command, and all below it, with the exit codes of `name`.
fn below(command: Command, name: &str) -> Command {
    let below_it: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let command = below_it.iter().fold(command, |command, sub| command.mut_subcommand(sub, |sub| below(sub, name)));
    with(command, &section(of(name)))
}

/// A command with `section` before its examples.
fn with(command: Command, section: &str) -> Command {
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let at = after.rfind("Example").unwrap_or(after.len());
    let (notes, examples) = after.split_at(at);
    let notes = notes.trim_end();
    let gap = if notes.is_empty() { "" } else { "\n\n" };
    command.after_help(format!("{notes}{gap}{section}\n{examples}"))
}

/// The exit codes of a command, or of the program, as a page of the manual has them, in the language of roff.
#[must_use]
pub fn manual(name: Option<&str>) -> String {
    let rows = name
        .map_or_else(of_all, of)
        .into_iter()
        .map(|(code, meaning)| format!(".TP\n{code}\n{}\n", meaning.replace('\n', ": ")));
    format!(".SH EXIT STATUS\n{}", rows.collect::<String>())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;
    use crate::fault::{Domain, Fault};

    /// The rows of the table in the docs.
    fn documented() -> Vec<String> {
        let rows = ROWS.iter().map(|(code, commands, meaning)| {
            let commands = commands.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            format!("| {code} | {} | {meaning} |", if commands.is_empty() { "all" } else { &commands })
        });
        rows.collect()
    }

    #[test]
    fn the_docs_have_every_exit_code() {
        let docs = include_str!("../../docs/scripts.md");
        for row in documented() {
            assert!(docs.lines().any(|line| line == row), "docs/scripts.md lacks\n{row}");
        }
    }

    #[test]
    fn every_help_has_its_exit_codes_and_fits_a_terminal() {
        let program = described(Cli::command());
        let help = program.clone().render_long_help().to_string();
        for code in ["  0  ", "  1  ", "  2  ", "  3    run, cluster\n       another run", "  101", "  130  run, "] {
            assert!(help.contains(code), "`{code}` is not in:\n{help}");
        }
        let mut commands: Vec<Command> = program.get_subcommands().cloned().collect();
        while let Some(mut command) = commands.pop() {
            if command.get_name() == "help" {
                continue;
            }
            let help = command.render_long_help().to_string();
            let codes = help.split_once("Exit codes:\n").map(|(_, codes)| codes).unwrap_or_default();
            assert!(codes.contains("  2    the command line is misspelt\n"), "{help}");
            assert!(codes.contains("\n\nExample"), "{help}");
            assert!(codes.lines().take_while(|line| !line.is_empty()).all(|line| line.len() <= 80), "{codes}");
            commands.extend(command.get_subcommands().cloned());
        }
    }

    #[test]
    fn a_command_has_its_own_meaning_of_a_code() {
        let meaning = |name, code| of(name).into_iter().find(|(known, _)| *known == code).map(|(_, meaning)| meaning);
        assert_eq!(meaning("doctor", FAILED).as_deref(), Some("a check failed, or the dataflow is refused"));
        assert_eq!(meaning("query", FAILED).as_deref(), Some("it could not, and standard error says why"));
        assert_eq!((meaning("check", SUPERSEDED), meaning("check", INTERRUPTED)), (None, None));
        assert!(manual(Some("run")).contains(".TP\n3\nanother run"), "{}", manual(Some("run")));
        assert!(manual(None).contains(".TP\n3\nrun, cluster: another run"), "{}", manual(None));
    }

    #[test]
    fn only_a_run_that_another_has_taken_over_from_must_not_be_started_again() {
        let codes = [Failure::new("a"), Failure::report("b"), Fault::new(Domain::Log, "c").later().into()];
        assert_eq!(codes.map(|failure| code(&failure)), [FAILED; 3]);
        assert_eq!(code(&Failure::superseded("d").remedy("e")), SUPERSEDED);
    }

    #[test]
    fn commands_that_are_named_exist() {
        let program = Cli::command();
        let named = ROWS.iter().flat_map(|(_, commands, _)| commands.iter());
        named.for_each(|name| assert!(program.find_subcommand(name).is_some(), "{name}"));
    }
}
