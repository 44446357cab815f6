//! The trace of the totals: differential's spine of batches, over batches of our own.
//!
//! Differential keeps an update as a key, a time and a difference, each a value of its own. Here the keys are many and
//! each is touched once or a few times, so what a group costs is what is kept of it; and half of a time is known from
//! the key, for all that is put in for a window has the event coordinate at which it closes. So a batch holds plain
//! columns (`BatchRows`), an update of it has the epoch alone, and a merge forgets windows that are closed
//! ([`super::totals`] has why that is right). What batches there are, which are merged and when, and that readers hold
//! that up, is differential's.
//!
//! # Layout
//! * `rows`: rows of a view in their order, a place in them, and what makes them
//! * `batch`: [`TotalsBatch`], the rows of all views that a frontier completes, and how two of them are merged
//! * `batcher`: [`ParcelBatcher`], from parcels to batches
//! * `cursor`: [`TotalsCursor`], several batches read as one, and the [`RowSum`] of a key's rows

mod batch;
mod batcher;
mod cursor;
mod rows;
#[cfg(test)]
mod tests;

pub use self::batch::TotalsBatch;
pub use self::batcher::ParcelBatcher;
pub use self::cursor::{RowSum, TotalsCursor};
pub use self::rows::RowKey;
