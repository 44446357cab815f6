//! What a SQL scalar expression comes to, as [`docs/expressions.md`] tells it: naively, over texts letter by letter and
//! numbers of any size where they are needed. Pure.
//!
//! It shares no code with `mare-expression`, which evaluates expressions for the engine. The auditor reads the
//! canonical text of an expression, in which every operator stands in parentheses, and evaluates that; the tests of
//! `mare-expression` hold both against each other, over expressions made up at random. So precedence is held too: the
//! tests write a [`Tree`] as people do, and have it evaluated here as it was before it was written.
//!
//! [`docs/expressions.md`]: https://github.com/mare-streaming/mare/blob/main/docs/expressions.md
//!
//! # Layout
//! * [`tree`]: expressions, and the scale of their numbers; [`read`](mod@read): from a canonical text to one
//! * [`value`]: what they come to: [`number`], [`text`], [`calendar`]
//! * [`big`]: whole numbers of any size
#![forbid(unsafe_code)]

pub mod big;
pub mod calendar;
pub mod number;
pub mod read;
#[cfg(test)]
mod tests;
pub mod text;
pub mod tree;
pub mod value;

pub use read::{NamedScale, Unreadable, read};
pub use tree::Tree;
pub use value::{NaiveFailure, NaiveRow, NaiveValue};
