//! What the benches share. None of them asserts a time: they print what they measure, and fail only on wrong results.
//!
//! # Layout
//! * [`settings`]: what the environment says
//! * [`mare`]: the built binary as a child process
//! * [`topic`]: topics with sales in them

pub mod mare;
pub mod settings;
pub mod topic;
