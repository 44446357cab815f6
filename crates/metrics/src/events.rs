//! What happens in a process: one struct for each kind of event, which goes to the log and to the metrics by one call.
//!
//! An event is made where it happens and emitted at once: `SinkBack { after }.emit()`. None is made for each record.
//! Its struct stands beside whoever emits it, in a file `events.rs` of that folder.

/// What the targets of events' log lines begin with; behind it is of what subsystem they are. It is no path of a
/// module: people filter by it, and it stays where it is when an event moves. The message of such a line says all that
/// its fields say.
pub const TARGET: &str = "mare::metrics::events";

/// Something that has happened.
pub trait InternalEvent {
    /// Tells the log and the metrics.
    fn emit(self);
}
