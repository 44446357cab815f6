//! What the whole of Maré speaks of: times and windows, records and positions, exact decimals, and texts made fit for
//! people.
//!
//! Types and arithmetic alone: nothing here does I/O, knows a clock, or depends on another crate of the workspace but
//! for tests.
//!
//! # Layout
//! * [`time`]: event time, epochs, the pair of both, windows
//! * [`schema`]: how an event is read from a record; [`datum`]: the value of a field
//! * [`view`]: what is kept of the events; [`measure`]: the numbers that a total keeps of them; [`summary`]: what it
//!   keeps where these are not enough; [`group`]: the canonical text of a group
//! * [`average`]: what is derived from that
//! * [`total`]: what is maintained for each window and group; [`columns`]: the same as columns
//! * [`position`]: partitions, offsets, how far somebody has come
//! * [`journal`]: what is promised for partitions that are silent
//! * [`extent`]: what there is to read of a partition, and what is not there any more
//! * [`record`]: a record of a log, and by what it is known again; [`header`]: its headers
//! * [`fault`]: what goes wrong at the edges
//! * [`json`]: JSON for people and programs
//! * [`decimal`]: exact decimals as texts and as doubles
//! * [`plain`](mod@plain): words of others, made fit for people: the one place that escapes
//! * [`laws`]: what a total must be, tried on one
//! * [`canary`](mod@canary): what the simulation can take away
#![forbid(unsafe_code)]

pub mod average;
pub mod canary;
pub mod columns;
pub mod datum;
pub mod decimal;
pub mod dispersion;
pub mod extent;
pub mod fault;
pub mod group;
pub mod header;
pub mod journal;
pub mod json;
pub mod laws;
pub mod measure;
pub mod plain;
pub mod position;
pub mod record;
pub mod schema;
pub mod summary;
pub mod time;
pub mod total;
pub mod view;
mod wide;
