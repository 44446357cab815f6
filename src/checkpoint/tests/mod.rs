//! Checkpoints that are whole, broken in every way, half-written and foreign, in memory and on a real disk.
//!
//! # Layout
//! * [`fixture`]: made-up states and the checkpoints of them
//! * `round_trip`: what is written is what is read

pub(crate) mod fixture;
mod round_trip;
