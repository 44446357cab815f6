//! What random tests share: the seed that a test takes, which it prints, and which can be asked for again.
//!
//! # Layout
//! * [`seed`](mod@seed): one seed, or many

pub mod seed;

pub use seed::{again, asked, count, seed, seeds};
