//! The dataflow graph: source, totals, changes and sink as operators over [`Moment`](crate::time::Moment).

mod total;

pub use total::{Key, Total};
