//! Where events come from: partitioned logs, and the decoding of their records.
//!
//! # Layout
//! * [`Log`]: the seam between the engine and a log
//! * [`decode`]: from the bytes of a record to what the engine needs of it (pure)
//! * [`kafka`]: Kafka topics

pub mod decode;
pub mod kafka;
mod log;

pub use log::{Log, Polled};
pub use mare_model::position::{Offset, Partition, Positions};
pub use mare_model::record::{LastRead, Reached, Record, Waker};
