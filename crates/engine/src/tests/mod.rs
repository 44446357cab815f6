//! The engine against a naive oracle: random logs, any interleaving, any batch size, one to four workers.
//!
//! The log and the sink are in memory; everything between them is the real graph on real timely workers.

mod letters;
mod memory;
mod observed;
pub(super) mod oracle;
pub(super) mod plan;
mod recovery;
mod scenarios;
mod vitality;
