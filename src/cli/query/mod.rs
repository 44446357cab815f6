//! `mare query`: ready questions about the documents of a dataflow.
//!
//! # Layout
//! * [`Args`]: the flags
//! * [`latest`], [`groups`], [`top`], [`hourly`], [`compare`], [`collection`]: one file for each question
//! * [`ask`]: reading the documents that a question is about
//! * [`sums`]: adding up totals
//! * [`period`]: the periods of a roll-up (pure); [`edges`]: where a period begins and ends among windows (pure);
//!   `advice`: what to ask for instead (pure)

mod advice;
pub mod ask;
pub mod collection;
pub mod compare;
pub mod edges;
pub mod groups;
pub mod hourly;
pub mod latest;
pub mod period;
pub mod sums;
pub mod top;

use super::Failure;

/// Arguments of `mare query`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare query groups dataflows/black_friday.toml --from -2h --group categoria=Gamer")]
pub struct Args {
    #[command(subcommand)]
    question: Question,
}

/// A question.
#[derive(Debug, clap::Subcommand)]
enum Question {
    /// The newest windows, group by group
    Latest(latest::Args),
    /// The total of each group
    Groups(groups::Args),
    /// The windows, groups or documents with the largest totals
    Top(top::Args),
    /// Totals by the hour, or by another period
    Hourly(hourly::Args),
    /// Two periods side by side: each group's totals, the difference, and the change in percent
    Compare(compare::Args),
    /// How much room the documents and their indexes take, and how often indexes are used
    Collection(collection::Args),
}

impl Args {
    /// Answers it.
    ///
    /// # Errors
    /// If the dataflow file is refused, the sink does not answer, or the question does not fit the dataflow.
    pub fn run(self) -> Result<(), Failure> {
        match self.question {
            Question::Latest(args) => args.run(),
            Question::Groups(args) => args.run(),
            Question::Top(args) => args.run(),
            Question::Hourly(args) => args.run(),
            Question::Compare(args) => args.run(),
            Question::Collection(args) => args.run(),
        }
    }
}
