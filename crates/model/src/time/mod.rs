//! Event time, ingest epochs, and the partially ordered pair of both that the dataflow runs on. Pure.
//!
//! # Layout
//! * [`moment`]: [`Moment`], the dataflow's timestamp, and its two coordinates [`Epoch`] and [`EventTime`]
//! * [`calendar`]: windows that follow the calendar of a time zone
//! * [`window`]: windows, which event times belong to which, and the moment at which each closes
//! * [`zone`]: time zones by their names

mod calendar;
mod moment;
mod window;
pub mod zone;

pub use calendar::{Calendar, CalendarUnit};
pub use moment::{Epoch, EventTime, Moment};
pub use window::{Assigner, Window, Windows, WindowsOf};
pub use zone::CalendarZone;
