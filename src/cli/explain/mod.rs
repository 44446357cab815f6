//! `mare explain`: where does this number come from?
//!
//! # Layout
//! * [`Args`]: the flags
//! * [`report`]: what is printed
//! * [`events`]: the raw events, printed as they are read

pub mod events;
pub mod report;

use std::ops::ControlFlow;

use super::documents::{GroupArgs, brokers_answer, reader};
use super::verify::{Bar, Printed};
use super::when::When;
use super::{DataflowArgs, Failure, ViewArgs};
use crate::dataflow::Plan;
use crate::verify::explain::{DocumentKey, Explanation, explain};
use crate::verify::topic::PATIENCE;
use crate::verify::windows::window;

/// Arguments of `mare explain`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  mare explain dataflows/black_friday.toml --window 2025-11-28T12:00 --group categoria=Gamer"
)]
pub struct Args {
    #[command(flatten)]
    dataflow: DataflowArgs,
    #[command(flatten)]
    view: ViewArgs,
    /// The window: a time in it, such as 2025-11-28T12:00 in the dataflow's zone; where windows overlap, its
    /// start; where they grow, a time of its last step; of a session any time in it
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    window: Option<When>,
    /// Print the raw events instead, late and repeated ones too: partition, offset, timestamp, payload
    #[arg(long)]
    events: bool,
    /// How to print it; events as JSON are one object a line
    #[arg(long, value_enum, default_value_t = Printed::Table)]
    format: Printed,
    #[command(flatten)]
    group: GroupArgs,
}

impl Args {
    /// Explains the document.
    ///
    /// # Errors
    /// If the topic or the sink cannot be read, or the document is not there, not what the topic says, or cannot be
    /// recomputed.
    pub fn run(self) -> Result<(), Failure> {
        let plan = self.view.one(&self.dataflow.load()?)?;
        let target = self.target(&plan)?;
        brokers_answer(&plan)?;
        let mut reader = reader(&plan)?;
        let bar = Bar::new();
        let mut events = events::Events::new(self.format, plan.zone().clone(), plan.event.explode.is_some());
        let mut visit = |met: crate::verify::explain::Met<'_>| {
            if self.events {
                events.print(&met);
            }
        };
        let mut progress = |read, length| {
            bar.set(read, length);
            ControlFlow::Continue(())
        };
        let explanation = explain(&plan, &mut *reader, &target, PATIENCE, &mut visit, &mut progress)?;
        drop(bar);
        if self.events {
            events.finish();
        } else {
            report::print(&plan, &explanation, self.format);
        }
        judge(&explanation)
    }

    /// The document that is meant.
    fn target(&self, plan: &Plan) -> Result<DocumentKey, Failure> {
        let now = jiff::Zoned::now().with_time_zone(plan.zone().clone());
        let slot = match &self.window {
            Some(when) => window(plan, when.resolve(&now)?.0),
            None if plan.view().windows.is_global() => window(plan, 0),
            None => return Err(Failure::new("a document is of one window").remedy("give --window TIME")),
        };
        let chosen = self.group.resolve(plan)?;
        let group = chosen.one().ok_or_else(|| {
            let missing = chosen.open().iter().map(|name| format!("--group {name}=…")).collect::<Vec<_>>();
            Failure::new("a document is of one group").remedy(format!("give {}", missing.join(" ")))
        })?;
        Ok(DocumentKey { slot, group: group.to_string() })
    }
}

/// Whether the document is there, and what the topic says as far as that is known.
fn judge(explanation: &Explanation) -> Result<(), Failure> {
    let Explanation { id, is_there, is_equal, is_cut, .. } = explanation;
    let by_topic = explanation.parts.values().any(|part| part.counted > 0);
    let is_behind = explanation.unshown() > 0;
    match (is_there, is_equal) {
        (true, true) => Ok(()),
        (true, false) if is_behind => Ok(()),
        (true, false) if *is_cut => Err(Failure::new("the document cannot be recomputed: records of it are gone")
            .remedy("ask for a newer window, or bring the records back")),
        (true, false) => {
            Err(Failure::new("the document is not what the topic says").remedy("`mare verify` looks at all documents"))
        }
        (false, _) if is_behind => {
            Err(Failure::new(format!("the sink does not have the document {id} yet")).remedy("`mare run` writes it"))
        }
        (false, _) if by_topic => Err(Failure::new(format!("the document {id} is missing from the sink"))
            .remedy("`mare verify` looks at all documents")),
        (false, _) if *is_cut => Err(Failure::new(format!(
            "there is no document {id}, and whether there should be one is not known: records of that time are gone"
        ))),
        (false, _) => Err(Failure::new(format!("there is no document {id}, neither in the sink nor by the topic"))
            .remedy("`mare query latest` and `mare query groups` show which windows and groups there are")),
    }
}
