//! A dataflow file becomes a checked plan. Pure: nothing is connected, and only [`load()`] reads a file.
//!
//! # Layout
//! * `load`: [`load()`] and [`parse`], from a file or its text to a plan
//! * `plan`: [`Plan`], what the engine runs; every name in it has been resolved and every bound checked
//! * [`alerts`]: the part of a plan that says when to alert whom
//! * [`connection`]: what is usually wrong with brokers, properties and connection strings
//! * `diagnostic`: [`Invalid`], problems with their places and remedies; `suggest`: "did you mean"
//! * `secret`, `mask`: keeping passwords out of all that is printed: of plans, of the lines of a file
//! * `encoding`: texts that are not UTF-8
//! * `syntax`, `tree`, `section`: the text, its values with their places, and reading them table by table
//! * `overrides`, `interpolate`: `--set key.path=value` and `${VAR}`
//! * `check`: one module for each table of the file
//! * `fixture`: files for tests, here and elsewhere
//!
#![doc = include_str!("../../docs/format.md")]

pub mod alerts;
mod check;
pub mod connection;
pub(crate) mod diagnostic;
mod encoding;
#[cfg(test)]
pub(crate) mod fixture;
mod interpolate;
mod load;
mod mask;
mod overrides;
mod plan;
mod secret;
pub(crate) mod section;
mod suggest;
mod syntax;
#[cfg(test)]
mod tests;
pub(crate) mod tree;

pub use diagnostic::{Invalid, Problem};
pub use encoding::Foreign;
pub use load::{LoadError, load, parse};
pub use overrides::Overrides;
pub use plan::{Checkpointing, Dashboard, Epochs, KafkaSource, LetterTopic, OnDataLoss, Output, Plan, Source, StartAt};
