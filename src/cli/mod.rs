//! The command line: one file (or folder) and one line of the table behind [`Command`] for each command.
//!
//! A command is a `clap` struct `Args` with `fn run(self) -> Result<(), Failure>`. What a command prints for its user
//! goes to standard output, everything about its progress to standard error.
//!
//! # Layout
//! * [`Command`]: the table of commands; each stands in the file or folder of its name
//! * `complain`: how a command says why it failed; [`exit`]: the table of exit codes; `words`: what is meant by a
//!   command line
//! * [`kafka_args`]: brokers and properties
//! * [`http`]: where a run is shown
//! * [`DataflowArgs`] (`set`): a dataflow file with `--set`
//! * `documents`: the documents of a dataflow, and `--group`; [`when`]: times and periods
//! * `ask`: a question before what cannot be undone
//! * `order`: what is to be done before what it is done to
//! * [`output`]: what commands print; [`PerSecond`] (`per_second`): rates; `screen`: lines that are redrawn in place;
//!   [`sheet`]: as a table, JSON or CSV; `hang`: words in lines that fit
//! * [`logging`]: where log lines go; `colour`: in which colours
//! * [`on_signals`], [`stop_on_signals`] (`stop`): Ctrl-C

pub mod alerts;
mod ask;
pub mod check;
pub mod checkpoint;
pub mod cluster;
mod colour;
mod complain;
pub mod completions;
pub mod demo;
#[cfg(test)]
mod deployed;
pub mod doctor;
pub mod documents;
pub mod exit;
pub mod explain;
mod filtered;
mod hang;
pub mod http;
pub mod init;
pub mod kafka_args;
pub mod logging;
pub mod man;
pub mod menu;
mod order;
pub mod output;
mod per_second;
pub mod produce;
pub mod query;
pub mod run;
mod screen;
mod set;
pub mod sheet;
mod stop;
pub mod test;
pub mod top;
pub mod topic;
pub mod verify;
pub mod when;
mod words;

pub use per_second::PerSecond;
pub use set::{DataflowArgs, ViewArgs};
pub use stop::{on_signals, stop_on_signals};

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use crate::failure::Failure;
pub use crate::stop::Stop;

/// Windowed totals, kept in a database, level with a Kafka topic.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, after_help = "Examples:\n  mare demo\n  mare menu")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How log lines are written; RUST_LOG says which ones are, such as mare=debug,warn
    #[arg(long, global = true, env = "MARE_LOG_FORMAT", value_enum, default_value = "text", help_heading = "Log")]
    pub log_format: logging::LogFormat,
}

/// Makes [`Command`] out of its table. A line has the name of a command, with its help, and the module whose `Args` are
/// its flags and do it.
macro_rules! commands {
    ($($(#[$help:meta])* $name:ident => $module:ident,)+) => {
        /// What to do.
        #[derive(Debug, Subcommand)]
        pub enum Command {
            $($(#[$help])* $name($module::Args),)+
        }

        impl Command {
            /// Does it.
            ///
            /// # Errors
            /// Whatever stopped it, with the remedy where there is one.
            pub fn run(self) -> Result<(), Failure> {
                match self {
                    $(Command::$name(args) => args.run(),)+
                }
            }
        }
    };
}

// All commands, in the order of the help.
commands! {
    /// Run a dataflow: keep its totals level with the topic
    Run => run,
    /// Run a dataflow in several processes of this machine, and start them again when one fails
    Cluster => cluster,
    /// Write a dataflow file from a sample of a topic's records
    Init => init,
    /// Check dataflow files, and connect to nothing
    Check => check,
    /// Run the tests of dataflow files, without any server
    ///
    /// A dataflow's tests are tables `[[test]]` of its own file, and of the one beside it: `flow.test.toml` beside
    /// `flow.toml`. The engine runs over their events, and what comes of them is held against what they expect.
    Test => test,
    /// Show a running engine in the terminal
    Top => top,
    /// Look for what would go wrong, with the remedy, and change nothing
    Doctor => doctor,
    /// Send made-up sales to a Kafka topic, or records like those of any dataflow
    Produce => produce,
    /// Create, list, describe, read and delete Kafka topics
    Topic => topic,
    /// List, show and delete the checkpoints of a dataflow
    Checkpoint => checkpoint,
    /// Ask ready questions about the documents of a dataflow
    ///
    /// Sums are exact. The totals of documents are sums and counts, so they add up over windows and groups; an answer
    /// is as current as the documents are. Times without an offset are of the dataflow's zone.
    Query => query,
    /// List the alerts of a dataflow, and to whom they were sent
    Alerts => alerts,
    /// Recompute every document from the raw topic, and compare both ways
    ///
    /// Reads the topic by code of its own, from its beginning to its end at the time, and recomputes every document.
    /// While a run is at work, or if the sink is behind the topic, only windows are compared that no event can change
    /// any more.
    Verify => verify,
    /// Show which events made the numbers of one document
    ///
    /// Reads the topic as `mare verify` does: which offsets of which partitions hold the document's events, which came
    /// too late or twice, which events add most, and the document in the sink beside the recomputed numbers.
    Explain => explain,
    /// Show everything on this machine, with nothing installed
    Demo => demo,
    /// Offer the useful commands by number, and show each before it is run
    Menu => menu,
    /// Print what a shell needs to complete the command line
    Completions => completions,
    /// Print the manual, or write its pages
    Man => man,
}

/// The whole program; [`exit`] has its exit codes.
#[must_use]
pub fn main() -> ExitCode {
    colour::settle();
    let (cli, hint) = read(std::env::args_os().collect()).unwrap_or_else(|error| error.exit());
    logging::init(cli.log_format);
    if let Some(hint) = hint {
        logging::say(format_args!("{} {hint}", console::style("hint:").for_stderr().cyan().bold()));
    }
    match cli.command.run().and_then(|()| output::answered()) {
        Ok(()) => ExitCode::from(exit::DONE),
        Err(failure) => {
            complain::complain(&failure);
            ExitCode::from(exit::code(&failure))
        }
    }
}

/// What a command line asks for, and how to write it if its order was put right.
///
/// # Errors
/// If it is none; help and version are such errors, too.
pub fn read(words: Vec<OsString>) -> Result<(Cli, Option<String>), clap::Error> {
    let mut program = exit::described(Cli::command());
    let (words, hint) = order::put_right(words);
    let words = words::meant(words, &program);
    let matches = program.try_get_matches_from_mut(words)?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut program))?;
    Ok((cli, hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_help_ends_with_an_example() {
        let mut commands: Vec<_> = Cli::command().get_subcommands().cloned().collect();
        while let Some(mut command) = commands.pop() {
            if command.get_name() == "help" {
                continue;
            }
            let help = command.render_long_help().to_string();
            let example = help.rsplit_once("Example").map(|(_, example)| example).unwrap_or_default();
            assert!(example.contains("  mare "), "{}: {help}", command.get_name());
            assert_examples(example);
            commands.extend(command.get_subcommands().cloned());
        }
    }

    /// # Panics
    /// If the command line's own parser refuses one of the examples.
    fn assert_examples(text: &str) {
        for line in text.replace("\\\n", " ").lines().map(str::trim).filter(|line| line.starts_with("mare ")) {
            let words = shlex::split(line).expect("words");
            for words in words.split(|word| word == "|" || word == "&&").filter(|words| words[0] == "mare") {
                let kept = words.iter().take_while(|word| *word != ">").map(OsString::from);
                assert!(
                    read(kept.collect()).is_ok(),
                    "{line}: {}",
                    read(words.iter().map(OsString::from).collect())
                        .err()
                        .map(|error| error.to_string())
                        .unwrap_or_default()
                );
            }
        }
    }
}
