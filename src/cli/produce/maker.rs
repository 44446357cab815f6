//! What makes the records of a job.

use super::job::ProducedRecords;
use crate::cli::Failure;
use crate::sales::{BaseTimes, Generator, SaleKind, Shares};
use crate::synthetic::{Likeness, SyntheticRecord};

/// What makes the records of a job.
#[derive(Clone)]
pub(super) enum RecordMaker {
    /// Sales.
    Sales(Generator),
    /// Records like those of a dataflow.
    Like(Box<Likeness>),
}

impl RecordMaker {
    /// What makes `records` for a topic of `partitions`.
    ///
    /// # Errors
    /// If no record has what a dataflow requires.
    pub fn of(records: &ProducedRecords, seed: u64, shares: Shares, partitions: u64) -> Result<RecordMaker, Failure> {
        Ok(match records {
            ProducedRecords::Sales(assortment) => {
                RecordMaker::Sales(Generator::new(seed, shares, partitions).selling(assortment.clone()))
            }
            ProducedRecords::Like(plan) => {
                let likeness = Likeness::of(plan, seed, shares, partitions).map_err(Failure::new)?;
                RecordMaker::Like(Box::new(likeness))
            }
        })
    }

    /// Makes record `index` in the place of `record`, whose memory is used again where sales are made, which are many.
    pub fn make(&self, index: u64, times: &BaseTimes, record: &mut SyntheticRecord) {
        match self {
            RecordMaker::Sales(generator) => {
                record.payload.clear();
                record.kind = generator.write(index, times, &mut record.payload);
            }
            RecordMaker::Like(likeness) => *record = likeness.record(index, times),
        }
    }
}

/// The record that the first one takes the place of.
pub(super) const NO_RECORD: SyntheticRecord =
    SyntheticRecord { kind: SaleKind::OnTime, timestamp_ms: None, key: None, headers: Vec::new(), payload: Vec::new() };
