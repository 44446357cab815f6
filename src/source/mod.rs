//! Where events come from: partitioned logs.
//!
//! # Layout
//! * [`Log`]: the seam between the engine and a log
//! * [`kafka`]: Kafka topics

pub mod kafka;
mod log;

pub use log::{Log, Polled};
