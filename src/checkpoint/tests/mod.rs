//! Checkpoints that are whole, broken in every way, half-written and foreign, in memory and on a real disk.
//!
//! # Layout
//! * [`fixture`]: made-up states and the checkpoints of them
//! * `round_trip`, `damage`, `crashes`, `recovery`, `pruning`: what must hold, in memory
//! * `disk`: the same on a folder of this machine; `kept`: a kept checkpoint of format version 1
//! * `fuzz`: any bytes in the place of a part
//! * `shapes`: which settings are part of a shape

mod crashes;
mod damage;
mod disk;
pub(crate) mod fixture;
mod fuzz;
mod kept;
mod pruning;
mod recovery;
mod round_trip;
mod shapes;
