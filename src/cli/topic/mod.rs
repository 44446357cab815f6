//! `mare topic`: topics without Kafka's own scripts.
//!
//! # Layout
//! * [`Args`]: the flags
//! * [`create`], [`list`], [`describe`], [`read`], [`delete`]: one file or folder for each thing that can be done with
//!   topics
//! * `connection`: the clients that they need

mod connection;
pub mod create;
pub mod delete;
pub mod describe;
pub mod list;
pub mod read;

use super::Failure;

/// Create, list, describe, read and delete Kafka topics
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
    /// Print the records of a topic, a line each
    Read(read::Args),
    /// Delete a topic and all its records
    Delete(delete::Args),
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
            Action::Read(args) => args.run(),
            Action::Delete(args) => args.run(),
        }
    }
}

/// Numbers, separated by commas.
fn joined(numbers: &[i32]) -> String {
    numbers.iter().map(i32::to_string).collect::<Vec<_>>().join(",")
}
