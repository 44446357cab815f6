//! A dataflow file becomes a checked plan. Pure: nothing is connected, and nothing is read but the file, by [`load()`],
//! and the tables that it names.
//!
//! # Layout
//! * `load`: [`load()`] and [`parse`], from a file or its text to a plan
//! * `plan`: [`Plan`], what the engine runs; every name in it has been resolved and every bound checked
//! * `documents`: what is asked of a plan's sink
//! * [`alerts`]: the part of a plan that says when to alert whom
//! * `overrides`: `--set key.path=value`
//! * `check`: one module for each table of the file, which [`mare_settings`] reads
//! * `lookup`: the files of tables in which events look values up
//! * `fixture`: files for tests, here and elsewhere (feature `fixture`)

pub mod alerts;
mod check;
mod documents;
#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
mod load;
mod lookup;
mod overrides;
mod plan;
#[cfg(test)]
mod tests;

pub use load::{LoadError, TESTS, load, parse, text};
pub use mare_decode::{Computed, Lookup, LookupTable};
pub use mare_settings::{Foreign, Invalid, Problem};
pub use overrides::Overrides;
pub use plan::{Dashboard, Epochs, FILTER_KEY, Output, Plan, RETRACT_KEY};
