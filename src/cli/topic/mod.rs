//! `mare topic`: topics without Kafka's own scripts.
//!
//! # Layout
//! * [`Args`]: the flags
//! * [`create`], [`list`], [`describe`]: one file for each thing that can be done with topics
//! * `connection`: the clients that they need

mod connection;
pub mod create;
pub mod describe;
pub mod list;

use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::Failure;

/// Create, list and describe Kafka topics
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare topic create black-friday-sales --partitions 3")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What to do with topics.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Create a topic
    Create(create::Args),
    /// List the topics, without Kafka's internal ones
    List(list::Args),
    /// Show the partitions, offsets and settings of a topic
    Describe(describe::Args),
}

impl Args {
    /// Does it.
    ///
    /// # Errors
    /// If no broker answers, or it refuses.
    pub fn run(self) -> Result<(), Failure> {
        match self.action {
            Action::Create(args) => args.run(),
            Action::List(args) => args.run(),
            Action::Describe(args) => args.run(),
        }
    }
}

/// A table without lines, with these headings.
fn table<const N: usize>(headings: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(headings);
    table
}

/// Prints on standard output; that nobody reads it is no error.
fn print(text: impl std::fmt::Display) {
    use std::io::Write;
    let _gone = writeln!(std::io::stdout(), "{text}");
}

/// Numbers, separated by commas.
fn joined(numbers: &[i32]) -> String {
    numbers.iter().map(i32::to_string).collect::<Vec<_>>().join(",")
}
