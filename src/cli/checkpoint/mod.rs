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

use jiff::fmt::friendly::{Designator, SpanPrinter};
use jiff::{RoundMode, SignedDuration, Span, SpanRound, Timestamp, Unit};
use serde::Serialize;

use super::{DataflowArgs, Failure};
use crate::checkpoint::{self, Listed, Manifest, Repository};
use crate::dataflow::Plan;

/// List, show, heal and delete the checkpoints of a dataflow
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

/// How a checkpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// Every byte of it is good.
    Whole,
    /// A run would pass it over.
    Broken,
    /// A run is writing it, or crashed while it did.
    Unfinished,
    /// The store does not tell.
    Unknown,
}

/// What came of reading a checkpoint.
struct Examined<'a> {
    state: State,
    /// What is wrong with it.
    detail: Option<String>,
    /// If it can be read.
    manifest: Option<&'a Manifest>,
}

/// Reads a checkpoint, all of its bytes.
fn examined<'a>(repository: &Repository, listed: &'a Listed) -> Examined<'a> {
    match &listed.state {
        checkpoint::CheckpointState::Whole(manifest) => {
            let (state, detail) = match repository.verify(manifest) {
                Ok(()) => (State::Whole, None),
                Err(error) if error.is_damage() => (State::Broken, Some(error.to_string())),
                Err(error) => (State::Unknown, Some(error.to_string())),
            };
            Examined { state, detail, manifest: Some(manifest) }
        }
        checkpoint::CheckpointState::Broken(broken) => {
            Examined { state: State::Broken, detail: Some(broken.to_string()), manifest: None }
        }
        checkpoint::CheckpointState::Unfinished => Examined {
            state: State::Unfinished,
            detail: Some("a run is writing it, or crashed while it did".to_owned()),
            manifest: None,
        },
    }
}

/// A state for a person, with what is wrong.
fn in_words(state: State, detail: Option<&str>) -> String {
    let name = match state {
        State::Whole => "whole",
        State::Broken => "broken",
        State::Unfinished => "unfinished",
        State::Unknown => return detail.unwrap_or("unknown").to_owned(),
    };
    detail.map_or_else(|| name.to_owned(), |detail| format!("{name}: {detail}"))
}

/// How long ago something was.
fn age(taken: Timestamp) -> String {
    duration(Timestamp::now().duration_since(taken).max(SignedDuration::ZERO))
}

/// A duration to the second, and from a day on to the hour.
fn duration(age: SignedDuration) -> String {
    let smallest = if age.as_hours() < 24 { Unit::Second } else { Unit::Hour };
    let rounded = SpanRound::new().largest(Unit::Day).smallest(smallest).mode(RoundMode::Trunc).days_are_24_hours();
    let span = Span::try_from(age).and_then(|age| age.round(rounded)).unwrap_or_default();
    SpanPrinter::new().designator(Designator::Compact).span_to_string(&span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_short() {
        for (ms, expected) in [(0, "0s"), (62_999, "1m 2s"), (3_600_000, "1h"), (93_599_999, "1d 1h")] {
            assert_eq!(duration(SignedDuration::from_millis(ms)), expected);
        }
    }
}
