//! Event time, ingest epochs, and the partially ordered pair of both that the dataflow runs on. Pure.
//!
//! # Layout
//! * [`moment`]: [`Moment`], the dataflow's timestamp, and its two coordinates [`Epoch`] and [`EventTime`]
//! * [`window`]: windows, which event times belong to which, and the moment at which each closes

mod moment;
mod window;

pub use moment::{Epoch, EventTime, Moment};
pub use window::{Assigner, Window, Windows};
