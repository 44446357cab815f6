//! What must come of a topic, and how far what a contestant says is from that. Nothing here reads or writes.
//!
//! # Layout
//! * [`sale`]: one record, read by code of its own
//! * [`oracle`]: the totals that are exact, by the naive model of [`mare_reference`]
//! * [`said`]: a contestant's lines
//! * [`verdict`]: the two beside each other
//! * [`statistics`]: the middle of a few numbers, and their ends
//! * `tests`: a target of its own, for `cargo test --test rivals`

pub mod oracle;
pub mod said;
pub mod sale;
pub mod statistics;
pub mod verdict;
