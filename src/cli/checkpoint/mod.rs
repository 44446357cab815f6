//! `mare checkpoint`: what a dataflow would go on from.
//!
//! # Layout
//! * [`Args`]: the flags
//! * [`list`], [`show`], [`heal`], [`delete`]: one file for each thing that can be done with checkpoints
//! * [`which`]: which checkpoint is meant

pub mod delete;
pub mod heal;
pub mod list;
pub mod show;
pub mod which;

use std::io::IsTerminal;

use console::Term;
use jiff::fmt::friendly::{Designator, SpanPrinter};
use jiff::{RoundMode, SignedDuration, Span, SpanRound, Timestamp, Unit};

use super::{DataflowArgs, Failure};
use crate::checkpoint::{Listed, Manifest, PartError, Repository, State, StoreError};
use crate::dataflow::Plan;

/// List, show and delete the checkpoints of a dataflow
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare checkpoint list dataflows/black_friday.toml")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What to do with checkpoints.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List the checkpoints, newest first, and read each to see whether it is whole
    List(list::Args),
    /// Show all that a checkpoint says of itself
    Show(show::Args),
    /// Put promises back that lie beyond the clock, so that events are counted again
    Heal(heal::Args),
    /// Delete a checkpoint, or all of them
    Delete(delete::Args),
}

impl Args {
    /// Does it.
    ///
    /// # Errors
    /// If the dataflow file is refused, or the store of the checkpoints does not answer.
    pub fn run(self) -> Result<(), Failure> {
        match self.action {
            Action::List(args) => args.run(),
            Action::Show(args) => args.run(),
            Action::Heal(args) => args.run(),
            Action::Delete(args) => args.run(),
        }
    }
}

/// The checkpoints of a dataflow file.
fn repository(dataflow: &DataflowArgs) -> Result<Repository, Failure> {
    repository_of(&dataflow.load()?)
}

/// The checkpoints of a dataflow.
fn repository_of(plan: &Plan) -> Result<Repository, Failure> {
    let settings = plan.checkpoint.as_ref().ok_or_else(|| Failure::new("this dataflow keeps no checkpoints"))?;
    Ok(Repository::open(settings, &plan.name)?)
}

/// Asks a question; `otherwise` says what it means that nobody can be asked.
fn asked(question: &str, otherwise: &str) -> Result<bool, Failure> {
    let terminal = Term::stderr();
    if !terminal.is_term() || !std::io::stdin().is_terminal() {
        return Err(Failure::new(format!("nobody can be asked: {otherwise}")).remedy("add --yes"));
    }
    let answer = terminal.write_str(&format!("{question} [y/N] ")).and_then(|()| terminal.read_line());
    let answer = answer.map_err(|error| Failure::new(format!("no answer: {error}")))?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// The manifest of a checkpoint all of whose bytes are good, or what is wrong.
fn verified<'a>(repository: &Repository, listed: &'a Listed) -> Result<(&'a Manifest, Result<(), String>), String> {
    match &listed.state {
        State::Whole(manifest) => Ok((manifest, repository.verify(manifest).map_err(|error| said(&error)))),
        State::Broken(broken) => Err(format!("broken: {broken}")),
        State::Unfinished => Err("unfinished: a run is writing it, or crashed while it did".to_owned()),
    }
}

fn said(error: &PartError) -> String {
    if error.is_damage() { format!("broken: {error}") } else { error.to_string() }
}

/// How long ago something was.
fn age(taken: Timestamp) -> String {
    in_words(Timestamp::now().duration_since(taken).max(SignedDuration::ZERO))
}

/// A duration to the second, and from a day on to the hour.
fn in_words(age: SignedDuration) -> String {
    let smallest = if age.as_hours() < 24 { Unit::Second } else { Unit::Hour };
    let rounded = SpanRound::new().largest(Unit::Day).smallest(smallest).mode(RoundMode::Trunc).days_are_24_hours();
    let span = Span::try_from(age).and_then(|age| age.round(rounded)).unwrap_or_default();
    SpanPrinter::new().designator(Designator::Compact).span_to_string(&span)
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::new(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_short() {
        for (ms, expected) in [(0, "0s"), (62_999, "1m 2s"), (3_600_000, "1h"), (93_599_999, "1d 1h")] {
            assert_eq!(in_words(SignedDuration::from_millis(ms)), expected);
        }
    }
}
