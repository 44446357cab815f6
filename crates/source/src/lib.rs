//! Where events come from: partitioned logs.
//!
//! Each kind of source is a [`Connector`]. Nobody but [`registry`] knows the kinds by name, but for what is about Kafka
//! itself: whoever needs a source asks the one that the plan holds.
//!
//! # Layout
//! * [`Log`]: the seam between the engine and a log; [`LogInHand`]: one that no source has
//! * [`connector`]: what a source brings; [`registry`]: which kinds there are
//! * [`kafka`]: Kafka topics. It has `config` (its table of a dataflow file), `connector` (what it brings), and what
//!   reads

pub mod connector;
pub mod kafka;
mod log;
pub mod registry;

pub use connector::{Connector, OnDataLoss, SourceDescription, StartAt, Survey};
pub use kafka::Health;
pub use log::{Log, LogInHand, Polled};
pub use registry::{OpenLog, Source};
