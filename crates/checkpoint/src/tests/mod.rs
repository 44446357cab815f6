//! Checkpoints that are whole, broken in every way, half-written and foreign, in memory and on a real disk.
//!
//! # Layout
//! * `round_trip`, `damage`, `crashes`, `recovery`, `pruning`: what must hold, in memory
//! * `disk`: the same on a folder of this machine; `kept`: a kept checkpoint of format version 1
//! * `fuzz`: any bytes in the place of a part

mod crashes;
mod damage;
mod disk;
mod fuzz;
mod kept;
mod pruning;
mod recovery;
mod round_trip;
