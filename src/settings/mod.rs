//! Reading a TOML file in which every value keeps its place, so that whatever is wrong with it is told at its line. Pure.
//!
//! It knows no dataflow: a table is read where what it says is used, by [`dataflow`](crate::dataflow) or in the folder of
//! a source or a sink, and all of them read it with what is here.
//!
//! # Layout
//! * `syntax`, `tree`, `section`: the text, its values with their places, and reading them table by table
//! * `quantity`: durations, sizes and counts
//! * `interpolate`: `${VAR}`
//! * `encoding`: texts that are not UTF-8
//! * `diagnostic`: [`Invalid`], problems with their places and remedies; `suggest`: "did you mean"
//! * `mask`: keeping passwords out of the lines that a problem shows
//! * [`connection`]: what is usually wrong with brokers, properties and connection strings

pub mod connection;
pub(crate) mod diagnostic;
pub(crate) mod encoding;
pub(crate) mod interpolate;
pub(crate) mod mask;
pub(crate) mod quantity;
pub(crate) mod section;
pub(crate) mod suggest;
pub(crate) mod syntax;
pub(crate) mod tree;

pub use diagnostic::{Invalid, Problem};
pub use encoding::Foreign;
