//! Alerts: rules over the totals of final windows, evaluated beside the engine, and sent once.
//!
//! Whenever the durable frontier passes closes of windows, a thread of the leading process reads the documents of these
//! windows back from the sink, with those before that rules compare them with. Documents behind that frontier are
//! durable and never change, so this needs no state of the engine, works for clusters, and costs the engine nothing: it
//! may fall behind, and then takes more windows at once.
//!
//! What is found, and what is remembered of it beside the documents, is in [`sink::alerts`](mare_sink::alerts).
//!
//! # Layout
//! * [`evaluate`]: from rules and a history of totals to alerts (pure)
//! * [`history`]: the totals that rules look at (pure)
//! * [`robust`]: median, MAD and the score of an anomaly (pure)
//! * [`exact`]: comparing products of integers (pure)
//! * [`cooldown`]: who has fired not long ago (pure)
//! * [`feed`]: documents out of the sink into the history
//! * [`quiet`]: who has said nothing for how long by the clock (pure)
//! * [`desk`]: alerts on their way
//! * [`target`]: the log, a webhook, a topic
//! * [`recent`]: the newest alerts, in memory
//! * [`service`]: the thread
//! * [`events`]: what it tells the log and the metrics
//! * `memory`: a sink and a store in memory, for tests

pub mod cooldown;
pub mod desk;
pub mod evaluate;
pub mod events;
pub mod exact;
pub mod feed;
pub mod history;
#[cfg(test)]
mod memory;
pub mod quiet;
pub mod recent;
pub mod robust;
pub mod service;
pub mod target;
#[cfg(test)]
pub(crate) mod tests;

pub use recent::Recent;
pub use service::AlertService;

use mare_dataflow::Plan;
use mare_sink::SinkError;
use mare_sink::alerts::AlertStore;
pub use mare_sink::alerts::{Alert, AlertEntry, AlertState, Target};

/// Opens what is remembered of the alerts of `plan`, and makes it if it is absent; `None` for a sink that keeps
/// nothing.
///
/// # Errors
/// As for [`Writer::write`](mare_sink::Writer::write).
pub fn store(plan: &Plan) -> Result<Option<Box<dyn AlertStore>>, SinkError> {
    plan.sink().alerts(&plan.layout())
}

/// What is remembered of the alerts of `plan`, to be looked at: nothing is made for that. `None` if there is nothing.
///
/// # Errors
/// As for [`Reader::find`](mare_sink::Reader::find).
pub fn remembered(plan: &Plan) -> Result<Option<Box<dyn AlertStore>>, SinkError> {
    plan.sink().remembered()
}
