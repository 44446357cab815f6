//! The dataflow graph: source, totals, changes and sink as operators over [`Moment`](crate::time::Moment).
//!
//! # Layout
//! * [`source`]: reads, decodes, decides lateness ([`intake`]), combines ([`combine`]), seals epochs ([`pace`])
//! * [`totals`]: the arrangement of the combined [`partials`]
//! * [`changes`]: the newest total of each touched key
//! * [`sink`]: hands changes to the writer thread and holds an epoch until it is durable
//! * [`follow`]: lets a worker's source follow the others, and read on as epochs become durable
//! * [`graph`]: puts them together; [`run`]: runs it on the workers of a process
//! * [`control`], [`ledger`], [`signals`]: what is shared beside the graph

pub mod changes;
pub mod combine;
pub mod control;
pub mod follow;
pub mod graph;
pub mod intake;
pub mod ledger;
pub mod pace;
pub mod partials;
pub mod run;
pub mod signals;
pub mod sink;
pub mod source;
mod total;
pub mod totals;
#[cfg(feature = "abomonation")]
pub mod wire;

pub use control::Control;
pub use ledger::Ledger;
pub use run::{Place, Run};
pub use total::{Key, Total};

#[cfg(test)]
mod tests;
