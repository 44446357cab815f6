//! The tests of a dataflow file: events in, documents out, by the engine itself and without any server.
//!
//! A plan names a log and a sink. A rehearsal runs the same plan, with the same decoding, intake and graph, over the
//! records of a test and into memory. What comes of them is a function of the log alone, whatever the workers; a
//! rehearsal tries that as well: once by one worker, record by record in the order of the test, so that it is known
//! what became of each, and once by three workers that find all records there.
//!
//! # Layout
//! * [`case`](mod@case): a test, as it was read; [`read`]: from the tables of a file to tests (pure); [`load()`]
//!   (`load`): from which files
//! * [`run`]: a run over records in memory: [`log`], [`documents`], and what becomes of each record ([`fates`])
//! * [`compare`]: what differs from what is expected (pure); [`rehearse`]: all of it

#![forbid(unsafe_code)]

pub mod case;
pub mod compare;
mod documents;
mod fates;
mod load;
mod log;
mod read;
pub mod run;

pub use case::DataflowTest;
pub use compare::Deviation;
pub use fates::RecordFate;
pub use load::{beside, dataflow_of, load, parse};

use std::sync::Arc;

use mare_dataflow::Plan;
use mare_model::fault::Fault;
use mare_sink::document::Layout;
use run::TestOutcome;

/// How many workers read all at once, beside the one that reads record by record: more than one, and no power of two.
const WORKERS: usize = 3;

/// What came of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsal {
    /// What is not as expected; a test without any is good.
    pub deviations: Vec<Deviation>,
    /// What became of each of its events, in their order.
    pub fates: Vec<RecordFate>,
}

/// Runs a test: the view that it is of, alone, which comes to what it comes to beside others.
///
/// # Errors
/// If the engine itself fails, which no event makes it do.
pub fn rehearse(plan: &Arc<Plan>, test: &DataflowTest) -> Result<Rehearsal, Fault> {
    let plan = &Arc::new(plan.of(test.view));
    let one = run::run(plan, test, 1)?;
    let several = run::run(plan, test, WORKERS)?;
    Ok(judge(&plan.layout(), test, one, &several))
}

/// What came of a test that one worker has run, and several.
fn judge(layout: &Layout, test: &DataflowTest, one: TestOutcome, several: &TestOutcome) -> Rehearsal {
    let mut deviations = compare::compare(layout, &test.expected, &one);
    if (&one.documents, &one.tally) != (&several.documents, &several.tally) {
        deviations.push(Deviation::Workers(WORKERS));
    }
    Rehearsal { deviations, fates: one.fates }
}

#[cfg(test)]
mod tests;
