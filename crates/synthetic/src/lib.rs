//! Records made up for any dataflow: what record `i` says is a function of the plan, a seed, its index and its base
//! time.
//!
//! Each field that the plan reads gets a value of its type, at its path, written as the file says; so what is no
//! garbage is an event, and a test holds that against the plan's own decoder. Whoever produces asks for record `i`, as
//! of `mare_sales`, whose draws say which records are late, repeated or no event.
//!
//! What a value is follows from what the plan does with it: a field of a group has few, a field that is compared with
//! a constant has that one often, a key of a table is one of the table's, an id is never the same again.
//!
//! # Layout
//! * [`Likeness`], [`SyntheticRecord`] (`likeness`): from an index to a record
//! * `origin`: where the values of a field come from; `origins`: which, by what the plan does with the field; `words`:
//!   texts
//! * `outline`: the JSON object that the paths of a plan make
//! * `written`: values as they are written
//! * `cancel`: what makes a record one that takes an earlier one back
//! * `harm`: what makes a record one that is no event
#![forbid(unsafe_code)]

mod cancel;
mod harm;
mod likeness;
mod origin;
mod origins;
mod outline;
#[cfg(test)]
mod tests;
mod words;
mod written;

pub use likeness::{Likeness, SyntheticRecord};
pub use outline::CrossedPaths;
