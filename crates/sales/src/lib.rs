//! The flagship's sales, made up: what record `i` of a topic says is a function of a seed, its index and its base time.
//!
//! Nothing here knows Kafka or a clock. Whoever produces asks for record `i`, sends it to partition `i mod partitions`,
//! and keeps the indices of a partition in order; then the log of every partition is the same for any number of
//! threads.
//!
//! The *base time* of a record is the event time of a sale that is on time: the wall clock of the moment, or an even
//! spread over a range ([`BaseTimes`]). It never decreases with the index, so everything that is late or out of order
//! can be drawn relative to it.
//!
//! # Layout
//! * [`Share`], [`Shares`] (`share`): how many of the records are something else than a sale on time
//! * [`SaleKind`] (`kind`): what a record is
//! * [`Garbage`] (`garbage`): the assortment of records that are no sales
//! * [`Sale`] (`sale`): the sale and its JSON
//! * [`Assortment`], [`Categories`], [`ValueRange`] (`assortment`): what is sold, and for how much
//! * [`BaseTimes`], [`Spread`] (`base`): base times
//! * [`Draws`] (`draw`): the function from index to kind
//! * [`Generator`] (`generator`): the function from index to record
#![forbid(unsafe_code)]

mod assortment;
mod base;
mod draw;
mod garbage;
mod generator;
mod kind;
mod sale;
mod share;

pub use assortment::{Assortment, AssortmentError, Categories, ValueRange};
pub use base::{BaseTimes, Spread, SpreadError};
pub use draw::{Drawn, Draws, REACH};
pub use garbage::Garbage;
pub use generator::Generator;
pub use kind::SaleKind;
pub use sale::{CATEGORIES, Sale, VALUE_CENTS};
pub use share::{Share, ShareError, Shares};
