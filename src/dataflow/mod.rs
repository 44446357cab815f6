//! A dataflow file becomes a checked plan. Pure: nothing is connected, and only [`load()`] reads a file.
//!
//! # Layout
//! * `load`: [`load()`] and [`parse`], from a file or its text to a plan
//! * `plan`: [`Plan`], what the engine runs; every name in it has been resolved and every bound checked
//! * `documents`: what is asked of a plan's sink
//! * [`alerts`]: the part of a plan that says when to alert whom
//! * `overrides`: `--set key.path=value`
//! * `check`: one module for each table of the file, which [`settings`](crate::settings) reads
//! * `fixture`: files for tests, here and elsewhere
//!
#![doc = include_str!("../../docs/format.md")]

pub mod alerts;
mod check;
mod documents;
#[cfg(test)]
pub(crate) mod fixture;
mod load;
mod overrides;
mod plan;
#[cfg(test)]
mod tests;

pub use crate::settings::{Foreign, Invalid, Problem};
pub use load::{LoadError, load, parse};
pub use overrides::Overrides;
pub use plan::{Dashboard, Epochs, Output, Plan};
