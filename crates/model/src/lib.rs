//! What the whole of Maré speaks of: times and windows, records and positions, exact decimals, and texts made fit for people.
//!
//! Types and arithmetic alone: nothing here does I/O, knows a clock, or depends on another crate of the workspace.
//!
//! # Layout
//! * [`time`]: event time, epochs, the pair of both, windows
//! * [`columns`]: totals of groups as columns
//! * [`position`]: partitions, offsets, how far somebody has come
//! * [`record`]: a record of a log, and by what it is known again
//! * [`decimal`]: exact decimals as texts and as doubles
//! * [`plain`](mod@plain): words of others, made fit for people: the one place that escapes
#![forbid(unsafe_code)]

pub mod columns;
pub mod decimal;
pub mod plain;
pub mod position;
pub mod record;
pub mod time;
