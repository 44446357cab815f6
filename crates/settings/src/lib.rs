//! Reading a TOML file in which every value keeps its place, so that whatever is wrong with it is told at its line.
//! Pure.
//!
//! It knows no dataflow: a table is read where what it says is used, by the dataflow or in the folder of
//! a source or a sink, and all of them read it with what is here.
//!
//! # Layout
//! * `syntax`, `tree`, `section`: the text, its values with their places, and reading them table by table
//! * `quantity`: durations, sizes and counts
//! * `interpolate`: `${VAR}`
//! * `encoding`: texts that are not UTF-8
//! * `diagnostic`: [`Invalid`], problems with their places and remedies; `suggest`: "did you mean"
//! * `mask`: keeping passwords out of the lines that a problem shows
//! * [`Slip`] (`slip`): what is wrong with a value by which a server is to be reached

#![forbid(unsafe_code)]

pub mod diagnostic;
pub mod encoding;
pub mod interpolate;
pub mod mask;
pub mod quantity;
pub mod section;
mod slip;
pub mod suggest;
pub mod syntax;
pub mod tree;

pub use diagnostic::{Invalid, Problem};
pub use encoding::Foreign;
pub use slip::Slip;
