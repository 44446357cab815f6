//! `mare verify`: is every document what the topic says?
//!
//! # Layout
//! * [`Args`]: the flags
//! * [`owner`]: whether the sink holds what the newest checkpoint has counted
//! * [`report`]: what is printed
//! * [`Bar`] (`bar`): how far the topic is read

mod bar;
mod json;
mod owner;
pub mod report;
#[cfg(test)]
mod tests;

pub(super) use bar::Bar;

pub use super::output::Printed;

use super::documents::{brokers_answer, reader};
use super::output::print;
use super::sheet::with_commas;
use super::when::RangeArgs;
use super::{DataflowArgs, Failure, ViewArgs};
use crate::dataflow::Plan;
use crate::raw::heap;
use crate::verify::audit::{AuditScope, Audited, audit};

/// Arguments of `mare verify`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  mare verify dataflows/black_friday.toml --from 2025-11-28T12:00 --to 2025-11-28T18:00"
)]
pub struct Args {
    #[command(flatten)]
    dataflow: DataflowArgs,
    #[command(flatten)]
    view: ViewArgs,
    /// Compare only windows that are certain, even if no run seems to be at work
    #[arg(long)]
    live: bool,
    /// Print at most so many documents that differ; 0 prints all
    #[arg(long, default_value_t = 20, value_name = "N")]
    limit: usize,
    /// How to print the verdict
    #[arg(long, value_enum, default_value_t = Printed::Table)]
    format: Printed,
    #[command(flatten)]
    range: RangeArgs,
}

impl Args {
    /// Audits the documents and prints the verdict.
    ///
    /// # Errors
    /// If a document differs, none could be compared, the newest checkpoint and the sink do not belong together, or the
    /// topic or the sink cannot be read.
    pub fn run(self) -> Result<(), Failure> {
        let plan = self.dataflow.load()?;
        let views = self.view.all(&plan)?;
        brokers_answer(&plan)?;
        heap::keep_free(); // a topic is read from its beginning, and then the program ends
        let (mut failures, mut is_proof) = (Vec::new(), false);
        for view in &views {
            if let (Some(name), Printed::Table) = (view.names().next().filter(|_| views.len() > 1), self.format) {
                print(format_args!("view {name}"));
            }
            match self.audit(view, views.len() > 1) {
                Ok(compared) => is_proof |= compared,
                Err(failure) => failures.push(failure),
            }
        }
        match failures.len() {
            0 if !is_proof => Err(Failure::new("no view has a document to be compared: nothing is proved")
                .remedy("look at --from, --to and the dataflow file")),
            0 => Ok(()),
            1 => Err(failures.remove(0)),
            several => Err(Failure::new(format!("{several} of {} views are not what the topic says", views.len()))),
        }
    }

    /// Audits the documents of a plan of one view and prints the verdict; whether anything was compared. One beside
    /// others (`is_one`) may have nothing to compare.
    ///
    /// # Errors
    /// As for [`Args::run`].
    fn audit(&self, plan: &Plan, is_one: bool) -> Result<bool, Failure> {
        let now = jiff::Zoned::now().with_time_zone(plan.zone().clone());
        let (from, to) = self.range.resolve(&now)?;
        let owned = owner::check(plan);
        if let (Err(why), Printed::Table) = (&owned, self.format) {
            print(format_args!("{why}\n"));
        }
        let mut reader = reader(plan)?;
        let bar = Bar::new();
        let bounds = AuditScope { from, to, live: self.live };
        let verdict = audit(plan, &mut *reader, bounds, &mut |read, length| bar.set(read, length))?;
        drop(bar);
        let limit = if self.limit == 0 { usize::MAX } else { self.limit };
        report::print(plan, &verdict, limit, self.format);
        owned?;
        let has_none = verdict.documents() == 0 && verdict.findings.is_empty() && verdict.uncounted().next().is_none();
        if is_one && has_none { Ok(false) } else { judge(&verdict).map(|()| true) }
    }
}

/// Whether the audit was passed: something was compared, and all of it is as it must be.
fn judge(verdict: &Audited) -> Result<(), Failure> {
    let count = |number: u64| with_commas(&number.to_string());
    match verdict.findings.len() {
        _ if verdict.is_exact() => Ok(()),
        0 if verdict.compared() == 0 => {
            let all = count(verdict.documents());
            Err(Failure::new(format!("0 of {all} documents compared: nothing is proved")).remedy(match verdict {
                Audited { unknown: 1.., .. } => {
                    "records of these documents are gone from the topic: ask for newer windows by --from, or bring them back"
                }
                Audited { open: 1.., .. } => {
                    "let a run go on until their windows are certain; if one has ended, the sink may be another one or emptied"
                }
                _ => "neither the sink nor the topic has a document there: look at --from, --to and the dataflow file",
            }))
        }
        0 => {
            let lost: Vec<_> = verdict.uncounted().map(ToString::to_string).collect();
            Err(Failure::new(format!("records are lost: {}", lost.join("; "))))
        }
        1 => Err(Failure::new("1 document is not what the topic says")),
        many => Err(Failure::new(format!("{} documents are not what the topic says", count(many as u64)))),
    }
}
