//! The dataflow graph: source, totals, changes and sink as operators over [`Moment`](mare_model::time::Moment).
//!
//! # Every document becomes exact
//! *Claim*: when a run has read its partitions to some offsets and everything sent is durable, each document is the
//! exact total over the events that are not late, of the records before these offsets, whatever the number of workers,
//! the sizes of batches and epochs, and the interleaving of partitions.
//!
//! 1. A log hands each record before its position to [`intake`] once, in the order of its partition; which events are
//!    late is a function of that order alone (see there). Amounts are integers, so sums do not depend on any order.
//! 2. [`combine`] adds each event that is not late to one row of the epoch in hand. A seal sends all rows, each in one
//!    parcel to the one worker that the hash of its key names, and begins an empty epoch. A source ends only after a
//!    seal.
//! 3. Each row is inserted into [`totals`] once, at a moment that the frontier has not passed, so some later seal of
//!    the arrangement has it in its batch.
//! 4. For each key that a batch inserts into, [`changes`] sends the total over all batches so far, whole (see
//!    [`totals`]). So the last total sent for a key holds all of its rows, which by 2 are all of its events.
//! 5. [`sink`] replaces a pending total only by a newer one of the same worker, and lets go of an epoch's capability
//!    only when a total that is as new has been acknowledged. So what the durable frontier has passed is written.
//! 6. The guard of the sinks keeps the larger `n`. Of one key, totals with more rows have the larger `n`, so the last
//!    one wins.
//!
//! By 1 and 6 two runs over the same log can only agree: their documents are the same function of it, read as far as
//! each has come, and the one that has come further wins.
//!
//! # Layout
//! * [`source`]: reads, decodes, decides lateness ([`intake`], by what a partition has [`promise`]d) and repetition
//!   ([`seen`]; [`orders`] where they may be cancelled), combines ([`combine`]), seals epochs ([`pace`])
//! * [`totals`]: the arrangement of the combined [`partials`], in batches of our own ([`arrangement`])
//! * [`changes`]: the newest total of each touched key
//! * [`sink`]: hands changes to the writer thread and holds an epoch until it is durable; [`silence`]: until when a
//!   restored run writes nothing uncertain
//! * [`checkpoint`]: cuts at each [`boundary`]
//! * [`follow`]: lets a worker's source follow the others, and read on as epochs become durable
//! * [`graph`]: puts them together; [`run`]: runs it on the workers of a process
//! * [`idle`]: which partitions are silent, and what is promised for them
//! * [`pulse`]: whether the workers still run; `waker`: waking an operator from another thread
//! * `wire`: partials between processes as plain rows (with the feature `abomonation`)
//! * [`announcement`]: what the sources tell all workers
//! * `simulation`: all of it, several workers in one thread, under one seed (tests alone)
//! * [`events`]: runs and epochs, told to the log and to the metrics; [`metrics`]: what a run counts anyway
//! * [`lateness`]: when so many events are late that somebody should hear of it
//! * [`control`]: what ends a run; [`gauges`]: how far it has come
//! * [`ledger`], [`samples`], [`signals`], [`clock`]: what else is shared beside the graph

pub mod announcement;
pub mod arrangement;
pub mod boundary;
pub mod changes;
pub mod checkpoint;
pub mod clock;
pub mod combine;
pub mod control;
pub mod events;
pub mod follow;
pub mod gauges;
pub mod graph;
pub mod idle;
pub mod intake;
pub mod lateness;
pub mod ledger;
pub mod metrics;
pub mod orders;
pub mod pace;
pub mod partials;
pub mod promise;
pub mod pulse;
pub mod run;
pub mod samples;
pub mod seen;
pub mod sessions;
pub mod signals;
pub mod silence;
pub mod sink;
pub mod source;
pub mod totals;
mod waker;
#[cfg(feature = "abomonation")]
pub mod wire;

pub use control::Control;
pub use gauges::Gauges;
pub use ledger::Ledger;
pub use pulse::Vitality;
pub use run::{Fabric, Peer, Run};
pub use samples::Samples;
pub use sink::Observer;

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
