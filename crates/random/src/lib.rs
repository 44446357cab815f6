//! What random tests share: the seed that a test takes, which it prints, and which can be asked for again; and inputs
//! out of a kept corpus.
//!
//! # Layout
//! * [`seed`](mod@seed): one seed, or many
//! * [`fuzz`](mod@fuzz): a target, its corpus, and inputs made out of it; `mutate`: how

pub mod fuzz;
mod mutate;
pub mod seed;

pub use fuzz::fuzz;
pub use seed::{again, asked, count, seed, seeds};
