//! What happens in a process: one struct for each kind of event, which goes to the log and to the metrics by one call.
//!
//! An event is made where it happens and emitted at once: `SinkBack { after }.emit()`. None is made for each record.
//!
//! # Layout
//! * [`engine`]: runs, epochs
//! * [`kafka`]: brokers that do not answer, what a client has received
//! * [`sink`]: batches, a sink that is away
//! * [`checkpoint`]: checkpoints taken, and not
//! * [`letters`]: the brokers of late events and dead letters
//! * [`alerts`]: what rules find, and the targets that take it
//! * [`producer`]: `mare produce`

pub mod alerts;
pub mod checkpoint;
pub mod engine;
pub mod kafka;
pub mod letters;
pub mod producer;
pub mod sink;

/// Something that has happened.
pub trait Event {
    /// Tells the log and the metrics.
    fn emit(self);
}
